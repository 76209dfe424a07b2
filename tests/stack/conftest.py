# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whole runs of the playbooks by ansible-playbook, against a local cloud in this process."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from localcloud import LocalCloud
from localcloud.client_env import clean_environ

from .account import Account
from .account import REGION

ROOT = Path(__file__).parents[2]
#: Seconds that a run may take on a machine that has other things to do.
PATIENCE = 480
#: The lock is no resource that a plan names, nor are seals: items of a table, which runs that may write take and give back, or put there.
LOCKING = ("UpdateItem", "PutItem")


@pytest.fixture(scope="module")
def one_cloud() -> t.Iterator[LocalCloud]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # no test here needs an image, and a reset loads them anew
        with LocalCloud() as cloud:
            yield cloud


@dataclass
class Outcome:
    """How a run ended: exit status, screen, plan as JSON, and the mutating requests that it made."""

    rc: int
    screen: str
    plan: dict[str, t.Any] = field(default_factory=dict)
    writes: list[dict[str, t.Any]] = field(default_factory=list)

    @property
    def changes(self) -> set[tuple]:
        """(component, type, name, action, keys) of all that changes."""
        return {
            (one["component"], one["type"], one["name"], one["action"], tuple(one["keys"]))
            for one in self.plan["resources"]
            if one["action"] != "none"
        }


@dataclass
class Runs:
    """Runs playbooks as a user would."""

    cloud: LocalCloud
    folder: Path
    inventory: Path = ROOT / "inventories" / "tio"

    @functools.cached_property
    def account(self) -> Account:
        """An independent reader."""
        return Account(self.cloud.endpoint)

    def start(self, playbook: str, *arguments: str, **environment: str) -> subprocess.Popen:
        ansible = Path(sys.executable).with_name("ansible-playbook")
        command = [str(ansible), "-i", str(self.inventory), str(ROOT / "playbooks" / f"{playbook}.yml"), *arguments]
        env = clean_environ(os.environ, self.cloud.endpoint) | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")} | environment
        return subprocess.Popen(
            command, cwd=self.folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )

    def __call__(self, playbook: str, *arguments: str, **environment: str) -> Outcome:
        before, plan = len(self.cloud.records()), self.folder / "plan.json"
        plan.unlink(missing_ok=True)
        process = self.start(playbook, *arguments, GROUNDWORK_PLAN_FILE=str(plan), **environment)
        screen, _stderr = process.communicate(timeout=PATIENCE)
        writes = [one for one in self.cloud.records()[before:] if one["mutating"] and one["operation"] not in LOCKING]
        found = json.loads(plan.read_text()) if plan.exists() else {}
        return Outcome(process.returncode, screen, found, writes)

    def ok(self, playbook: str, *arguments: str, **environment: str) -> Outcome:
        outcome = self(playbook, *arguments, **environment)
        assert outcome.rc == 0, outcome.screen[-3000:]
        return outcome

    def kill_at(self, operation: str, nth: int, playbook: str, *arguments: str) -> None:
        """Kill a run with its children, when its nth call of an operation was carried out and not yet answered."""
        seen: list[int] = []

        def hook(record: dict[str, t.Any], phase: str) -> None:
            if phase == "after" and record["operation"] == operation and len(seen) < nth:
                seen.append(record["n"])
                if len(seen) == nth:
                    os.killpg(process.pid, signal.SIGKILL)

        self.cloud.on_call(hook)
        process = self.start(playbook, *arguments)
        screen, _stderr = process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGKILL, screen


@pytest.fixture
def runs(one_cloud: LocalCloud, tmp_path: Path) -> Runs:
    """An empty account, and playbooks to run against it."""
    one_cloud.reset()
    return Runs(one_cloud, tmp_path)


@pytest.fixture
def shop(runs: Runs) -> Runs:
    """The smallest inventory, as README.md prints it: a network, and a fleet behind a door."""
    text = (ROOT / "README.md").read_text().partition("# inventories/shop/hosts.yml\n")[2].partition("```")[0]
    runs.inventory = runs.folder / "shop"
    runs.inventory.mkdir()
    (runs.inventory / "hosts.yml").write_text(text.replace("eu-west-1", REGION))
    return runs


#: A network without private tiers.
FIELD = {"network_cidr": "10.0.0.0/16", "network_tiers": {"public": {"egress": "internet"}}}


@pytest.fixture
def plot(runs: Runs) -> Runs:
    """As little as a run can be about: a small network, and a role."""
    runs.inventory = runs.folder / "plot"
    runs.inventory.mkdir()
    here = {"ansible_connection": "groundwork.aws.warm", "ansible_python_interpreter": "{{ ansible_playbook_python }}", "ansible_pipelining": True}
    write_inventory(runs, "hosts", {"networks": {"vpc": FIELD}, "identities": {"web_role": {}}}, stack_region=REGION, **here)
    return runs


def write_inventory(runs: Runs, name: str, kinds: dict[str, dict[str, t.Any]], **variables: t.Any) -> None:
    """Write one file of the inventory: components with their variables, by kind. Ansible puts the files of a folder together."""
    groups = {group: {"hosts": hosts} for group, hosts in kinds.items()}
    (runs.inventory / f"{name}.yml").write_text(yaml.safe_dump({"components": {"vars": variables, "children": groups}}))


@pytest.fixture
def ec2(runs: Runs) -> t.Any:
    """An independent reader of EC2."""
    return runs.account.client("ec2")
