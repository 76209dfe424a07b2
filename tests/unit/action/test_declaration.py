# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check, through a real ansible-playbook: what it reads, which files it names, and what it hands out."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
GOOD = {
    "hosts.yml": """
        components:
          children:
            networks: {hosts: {vpc: }}
            services: {hosts: {web: , job: }}
        """,
    "group_vars/components.yml": "stack_name: shop",
    "host_vars/vpc.yml": "network_cidr: 10.0.0.0/16",
    "host_vars/web.yml": "service_port: 8080\nservice_clients: [job]",
}
PLAY = """
- hosts: components
  gather_facts: false
  vars: {play_variable: 1}
  tasks:
    - ansible.builtin.set_fact: {service_fact: 1}
    - ansible.builtin.debug: {msg: 1}
      register: service_register
    - groundwork.aws.declaration: {account_id: "123456789012", region: eu-west-1, zones: [eu-west-1a, eu-west-1b]}
      register: declared
      run_once: true
      ignore_errors: true
    - ansible.builtin.copy: {content: "{{ declared | to_json }}", dest: "{{ playbook_dir }}/declared.json"}
      run_once: true
      delegate_to: localhost
      check_mode: false
      vars: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}"}
"""

Check = t.Callable[..., dict[str, t.Any]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Check an inventory of these files (the good one's, where not given), and say what was declared."""

    def run(files: dict[str, str] | None = None, *arguments: str, inventory: str = "inventory") -> dict[str, t.Any]:
        for name, text in {**GOOD, **(files or {})}.items():
            path = tmp_path / "inventory" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (tmp_path / "play.yml").write_text(PLAY)
        command = [Path(sys.executable).parent / "ansible-playbook", "-i", inventory, "play.yml", *arguments]
        settings = {"ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/collections"), "ANSIBLE_HOME": str(tmp_path / "home")}
        ran = subprocess.run(command, env=os.environ | settings, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return json.loads((tmp_path / "declared.json").read_text())

    return run


def test_a_sound_declaration_is_handed_out_with_its_firewalls_and_the_runs_owner(check: Check) -> None:
    declared = check()
    assert not declared["changed"]
    assert declared["layers"] == ["network", "foundations", "services", "delivery"]
    assert declared["components"]["web"]["firewall"]["ingress"] == [
        {"protocol": "tcp", "from_port": 8080, "to_port": 8080, "source": "ref:job/ec2_security_group/group", "description": "from job"}
    ]
    assert declared["components"]["job"]["needs"] == ["vpc", "web"]
    assert re.fullmatch(r"\S+@\S+:[1-9]\d*:\d+", declared["run_owner"])


def test_check_mode_checks_too(check: Check) -> None:
    assert check({"host_vars/web.yml": "service_prot: 1"}, "--check")["problems"]


def test_all_problems_are_told_at_once_each_with_its_file(check: Check) -> None:
    declared = check(
        {
            "host_vars/web.yml": "service_port: 8080\nservice_prot: 1\nservice_clients: [jbo]",
            "host_vars/vpc/main.yml": "network_cidr: 10.0.100.0/18",
            "host_vars/vpc.yml": "",
            "group_vars/services.yml": "service_ingres: []",
            "group_vars/components.yml": "stack_name: shop\nstack_account_id: '210987654321'",
            "more.yml": "services: {hosts: {job: {service_port: '{{ nothing }}'}}}",
        }
    )
    assert [(one["component"], one["key"], one["file"]) for one in declared["problems"]] == [
        ("job", "service_port", "inventory/more.yml:1"),
        ("services", "service_ingres", "inventory/group_vars/services.yml:1"),
        ("stack", "stack_account_id", "inventory/group_vars/components.yml:2"),
        ("vpc", "network_cidr", "inventory/host_vars/vpc/main.yml:1"),
        ("web", "service_clients", "inventory/host_vars/web.yml:3"),
        ("web", "service_prot", "inventory/host_vars/web.yml:2"),
    ]
    first, *lines = declared["msg"].splitlines()
    assert first == "The declaration of shop has 6 problems:"
    assert lines[-1] == (
        "web: service_prot: inventory/host_vars/web.yml:2: services know no such key: the nearest is service_port, write that, or list it in stack_extra_vars"
    )
    assert "10.0.100.0/18 is no network address: it lies in 10.0.64.0/18" in lines[3]


def test_a_value_that_a_group_sets_is_found_in_the_groups_file(check: Check) -> None:
    declared = check({"group_vars/services.yml": "service_port: 70000"})
    assert [(one["component"], one["file"]) for one in declared["problems"]] == [
        ("job", "inventory/group_vars/services.yml:1"),
    ], "web has a port of its own"


def test_what_the_command_line_sets_counts_and_is_no_slip(check: Check) -> None:
    declared = check(None, "-e", "network_cidr=10.0.0.0/8", "-e", "destroy_stack=shop")
    assert [one["key"] for one in declared["problems"]] == ["network_cidr"]


def test_variables_beside_the_playbook_are_checked(check: Check, tmp_path: Path) -> None:
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars/web.yml").write_text("service_prot: 1")
    (problem,) = check()["problems"]
    assert (problem["component"], problem["file"]) == ("web", "host_vars/web.yml:1")


def test_an_inventory_of_other_making_is_checked_as_well(check: Check) -> None:
    files = {"hosts.yml": "", "hosts.ini": "[components:children]\nnetworks\nservices\n[networks]\nvpc\n[services]\nweb service_prot=1\njob\n"}
    (problem,) = check(files, inventory="inventory/hosts.ini")["problems"]
    assert (problem["component"], problem["key"], problem["file"].split(":")[0]) == ("web", "service_prot", "inventory/hosts.ini")


def test_under_limit_all_are_checked(check: Check) -> None:
    declared = check({"host_vars/web.yml": "service_prot: 1"}, "--limit", "vpc")
    assert [one["component"] for one in declared["problems"]] == ["web"]


def test_what_contradicts_itself_is_warned_of_or_handed_out_and_the_rest_is_refused(check: Check) -> None:
    door = "\n".join(
        ("load_balancer_scheme: internet-facing", "load_balancer_clients: [internet]", "load_balancer_ports: [80, 443, 8443]", "load_balancer_default: web")
    )
    files = {"more.yml": "components: {children: {load_balancers: {hosts: {door: }}}}", "host_vars/door.yml": door}
    refused = check(files)
    assert [(one["component"], one["file"]) for one in refused["problems"]] == [("web", "inventory/host_vars/web.yml:2")], "door may not call web"
    declared = check({**files, "host_vars/web.yml": "service_port: 8080\nservice_clients: [door]"})
    assert [(one["severity"], one["key"]) for one in declared["findings"]] == [("medium", "load_balancer_ports"), ("informational", "load_balancer_ports")]
    assert len(declared["warnings"]) == 1
    assert "door: load_balancer_ports: port 8443 is open and has no listener" in declared["warnings"][0]
