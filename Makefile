# Two commands: `make demo` and `make test`. All that they need goes below .build/; nothing is installed on the machine.

# PYTHON chooses the interpreter; unasked, it is the first of these that runs and is new enough.
CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(or $(shell for it in $(CANDIDATES); do $$it -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$it && break; done),python3)
endif
# In full, for the environment comes first on the PATH below, and must not be what makes itself anew.
override PYTHON := $(or $(shell $(PYTHON) -c 'import sys; print(sys.executable)'),$(PYTHON))

VENV := .build/venv-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
BIN := $(VENV)/bin
STATE := .build/localcloud
SCENARIOS := .build/molecule
COPY := .build/copy/ansible_collections/groundwork/aws
STOOD_ON := $(addprefix ../../collections/ansible_collections/,amazon community)
CLOUD := PYTHONPATH=extensions/localcloud $(BIN)/python -m localcloud
AS_CLIENT := exec --state-dir $(STATE)
# Where inventories/tio stands.
REGION := ap-northeast-2

# By name, since Ansible passes over an ansible.cfg that lies in a directory which everyone may write to.
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
# Activated, as it were.
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help demo down test bench unit whole scenarios deps-system test-hosts hosts-down lint lint-python lint-content lint-changelog copy sanity release venv clean iam lock
.DEFAULT_GOAL := help

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile
	@echo 'PYTHON=python3.13 chooses the interpreter (3.11 or newer)'

demo: venv ## make TIO stand on a local cloud, and say how to look at it
	@$(CLOUD) start --state-dir $(STATE)
	@$(CLOUD) $(AS_CLIENT) -- $(BIN)/ansible-playbook -i inventories/tio playbooks/site.yml
	@$(CLOUD) $(AS_CLIENT) --region $(REGION) -- $(BIN)/python tools/what_stands.py

# Whichever Python it was started by, any environment can stop it.
STOP = for python in $(wildcard .build/venv-*/bin/python); do \
	PYTHONPATH=extensions/localcloud $$python -m localcloud stop --state-dir $(1); break; done
down: ## stop what demo started
	@$(call STOP,$(STATE))

test: unit whole scenarios ## pass every test but those of hosts (test-hosts), which need what deps-system installs
	@echo 'Hosts were not tested: make deps-system, then make test-hosts, as root'

unit: venv ## pass the tests of the parts; LESS=folder leaves one out
	@$(BIN)/python -m pytest --numprocesses 4 --dist worksteal -rs $(addprefix --ignore=,$(LESS)) tests/unit

whole: venv ## pass the tests of whole runs
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -rs tests/stack

# Molecule's own place would be the home directory's, and one for all checkouts of a name.
scenarios: export MOLECULE_EPHEMERAL_DIRECTORY := $(CURDIR)/$(SCENARIOS)
scenarios: venv
	@rm -f $(SCENARIOS)/state.yml
	@molecule test --all --no-command-borders

# Takes hours on two cores: RUN='--runs 1 --only a,b' looks at less. TF_PLUGIN_DIR is a folder with Terraform's AWS provider (a filesystem
# mirror); without it, or without terraform, that side is left out, and said to be. Its environment holds what the run needs and no more.
BENCH := $(subst venv-,venv-bench-,$(VENV))
RUN :=
bench: ## measure it beside Terraform and a stock playbook, and write docs/performance.md; RUN='--runs 1 --only a,b' chooses
	@$(PYTHON) tools/environment.py $(BENCH) requirements/bench.txt
	@$(BENCH)/bin/python tools/fetch_collections.py .build/collections
	@PYTHONPATH=extensions/localcloud $(BENCH)/bin/python -m benchmarks.performance --json .build/bench/results.json --report docs/performance.md $(RUN)

# What hosts are made of and tested with, by the packages of Debian 12. The one target that installs something on the machine.
SYSTEM_PACKAGES := podman runc mmdebstrap iptables iproute2 openjdk-17-jdk-headless
deps-system: ## install what test-hosts needs: Debian packages, as root
	@if dpkg-query --show --showformat='$${db:Status-Abbrev}\n' $(SYSTEM_PACKAGES) 2>&1 | grep -qv '^ii'; then \
		apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $(SYSTEM_PACKAGES); fi

# Each scenario boots hosts of its own and takes them away again. What a killed run left goes first, and what a failed one left last.
HOSTS := PYTHONPATH=extensions/hosts $(BIN)/python -m testhosts
HOST_SCENARIOS := .build/hosts/molecule
test-hosts: export MOLECULE_EPHEMERAL_DIRECTORY := $(CURDIR)/$(HOST_SCENARIOS)
test-hosts: export MOLECULE_GLOB := extensions/hosts/molecule/*/molecule.yml
test-hosts: venv ## pass the tests of hosts: booted systems, reached over Session Manager
	@$(HOSTS) make
	@$(BIN)/python -m pytest -rs tests/hosts
	@molecule --base-config extensions/hosts/molecule/config.yml test --all --no-command-borders; \
		outcome=$$?; $(MAKE) --no-print-directory hosts-down; exit $$outcome

hosts-down: ## take away hosts that a killed run left
	@$(HOSTS) down --owner $(HOST_SCENARIOS)
	@$(HOSTS) down --owner .build/hosts/stack
	@$(call STOP,$(HOST_SCENARIOS)/localcloud) >/dev/null

lint: lint-python lint-content lint-changelog sanity release ## hold code, content and built collection to their rules

lint-python: venv
	@ruff check

lint-content: venv
	@ansible-lint

lint-changelog: venv
	@antsibull-changelog lint

copy: venv
	@rm -rf .build/copy
	@$(BIN)/python tools/listed_copy.py $(COPY)
	@ln -s $(STOOD_ON) .build/copy/ansible_collections/

sanity: copy
	@$(BIN)/python tools/sanity.py $(COPY) .build/sanity

# A collection is what its tarball holds: build that, put it where nothing of this checkout is, and import all of it.
release: export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.build/release
release: copy
	@rm -rf .build/release && mkdir -p .build/release/ansible_collections
	@ln -s $(STOOD_ON) .build/release/ansible_collections/
	@ansible-galaxy collection build $(COPY) --output-path .build/release
	@ansible-galaxy collection install .build/release/*.tar.gz --offline
	@$(BIN)/python tools/import_all.py .build/release groundwork.aws
	@ansible-doc --metadata-dump groundwork.aws >/dev/null

venv: ## make the environment (the other targets do this first)
	@$(PYTHON) tools/environment.py $(VENV)
	@$(BIN)/python tools/fetch_collections.py .build/collections

clean: down ## take away all that was made here
	@$(call STOP,$(SCENARIOS)/localcloud) >/dev/null
	@[ ! -d $(HOST_SCENARIOS) ] || $(MAKE) --no-print-directory hosts-down
	@rm -rf .build

# For who keeps the project: after a change to what a role calls.
iam: venv ## write docs/iam: what a deployer must be allowed, role by role
	@PYTHONPATH=extensions/localcloud $(BIN)/python tools/iam_policies.py

# For who keeps the project: after a change to requirements/*.in. Needs uv.
UV_LOCK := uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links
lock: ## pin requirements/*.in anew, with hashes
	$(UV_LOCK) requirements/runtime.in --output-file requirements/runtime.txt
	$(UV_LOCK) requirements/dev.in --constraint requirements/runtime.txt --output-file requirements/dev.txt
	$(UV_LOCK) requirements/bench.in --constraint requirements/dev.txt --output-file requirements/bench.txt
