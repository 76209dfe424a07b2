# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts are changed a batch at a time, out of service while they restart; what the roles do on a host is tried on real ones, not here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .account import REGION
from .conftest import Outcome
from .conftest import ROOT
from .conftest import Runs

#: Stand in for the roles that change a host: each writes down what it was told. RESTARTS says for whom a restart is due, FAILS who fails.
TELL = """
- name: {entry} | Write down what it was told
  ansible.builtin.lineinfile:
    path: "{{{{ lookup('ansible.builtin.env', 'TOLD') }}}}"
    line: "{role} {entry} {{{{ inventory_hostname }}}} {{{{ {told} }}}}"
    create: true
    mode: "0600"
"""
RESTART = """
- name: Prepare | Hand out whether it is to be restarted
  ansible.builtin.set_fact: {userdata_node_outputs: {restart_due: "{{ lookup('ansible.builtin.env', 'RESTARTS') == 'yes' }}"}}
"""
FAIL = """
- name: Serve | Fail
  ansible.builtin.assert: {that: "inventory_hostname != lookup('ansible.builtin.env', 'FAILS')"}
"""
NODE = "[userdata_node_region, userdata_node_port, userdata_node_health_path, userdata_node_secret] | join(',')"
FINDS = {
    "plugin": "amazon.aws.aws_ec2",
    "regions": [REGION],
    "filters": {"tag:groundwork:stack": "shop", "instance-state-name": "running"},
    "hostnames": ["instance-id"],
    "groups": {"hosts": "true"},
}


class Hosts:
    """Two hosts of a small shop, in service; their roles are told by what they wrote down."""

    def __init__(self, runs: Runs):
        self.runs = runs
        self.told = runs.folder / "told"
        (runs.folder / "shop.aws_ec2.yml").write_text(json.dumps(FINDS))
        self.collections = _with_telling_roles(runs.folder / "collections")
        self.elbv2, self.ec2 = runs.account.client("elbv2"), runs.account.client("ec2")
        self.group = self.elbv2.describe_target_groups()["TargetGroups"][0]["TargetGroupArn"]
        self.elbv2.add_tags(ResourceArns=[self.group], Tags=[{"Key": "localcloud:health", "Value": "healthy"}])
        self.ids = sorted(self.health())

    def health(self) -> dict[str, str]:
        found = self.elbv2.describe_target_health(TargetGroupArn=self.group)["TargetHealthDescriptions"]
        return {one["Target"]["Id"]: one["TargetHealth"]["State"] for one in found}

    def run(self, *arguments: str, **environment: str) -> Outcome:
        """Run hosts.yml; what was told before is forgotten."""
        self.told.unlink(missing_ok=True)
        paths = f"{self.collections}:{ROOT / '.build' / 'collections'}"
        beside = ("-i", str(self.runs.folder / "shop.aws_ec2.yml"))
        return self.runs("hosts", *beside, *arguments, TOLD=str(self.told), ANSIBLE_COLLECTIONS_PATH=paths, **environment)

    def lines(self, role: str = "") -> list[str]:
        return [line for line in self.told.read_text().splitlines() if line.startswith(role)] if self.told.exists() else []


def _with_telling_roles(folder: Path) -> Path:
    """A tree of collections with ours in it, in which the roles that change a host only write down what they were told."""
    ours = folder / "ansible_collections" / "groundwork" / "aws"
    (ours / "roles").mkdir(parents=True)
    for path in ROOT.iterdir():
        if path.name not in ("roles", ".build"):
            (ours / path.name).symlink_to(path)
    for path in (ROOT / "roles").iterdir():
        if not path.name.startswith("userdata_"):
            (ours / "roles" / path.name).symlink_to(path)
    entries = {"userdata_base": {"main": ""}, "userdata_node": {"prepare": RESTART, "serve": FAIL}}
    for role, tasks in entries.items():
        for entry, more in tasks.items():
            path = ours / "roles" / role / "tasks" / f"{entry}.yml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("---" + TELL.format(role=role, entry=entry.title(), told=NODE if role == "userdata_node" else "userdata_base_log_group") + more)
    return folder


@pytest.fixture
def hosts(shop: Runs) -> Hosts:
    capacity = {"service_capacity": {"min": 2, "desired": 2, "max": 2}, "service_log_groups": ["/shop/web"], "service_health_path": "/well"}
    (shop.inventory / "host_vars").mkdir()
    (shop.inventory / "host_vars" / "web.yml").write_text(json.dumps({**capacity, "service_user_data": "#!/bin/sh\n"}))
    (shop.inventory / "group_vars").mkdir()
    here = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}", "ansible_become": False}
    (shop.inventory / "group_vars" / "hosts.yml").write_text(json.dumps(here))
    shop.ok("site")
    return Hosts(shop)


def moved(outcome: Outcome) -> list[tuple[str, str]]:
    """What was done to the target group, in order."""
    targets = [one for one in outcome.writes if one["operation"] in ("RegisterTargets", "DeregisterTargets")]
    return [(one["operation"], one["params"]["Targets"][0]["Id"]) for one in targets]


def test_one_host_after_the_other_is_out_while_it_restarts_and_back_when_it_is_well(hosts: Hosts):
    first, second = hosts.ids
    outcome = hosts.run(RESTARTS="yes")
    assert outcome.rc == 0, outcome.screen[-3000:]
    assert moved(outcome) == [(way, host) for host in (first, second) for way in ("DeregisterTargets", "RegisterTargets")]
    assert hosts.health() == {first: "healthy", second: "healthy"}
    assert hosts.lines() == [
        line
        for host in (first, second)
        for line in (
            f"userdata_base Main {host} /shop/web",
            f"userdata_node Prepare {host} {REGION},8080,/well,",
            f"userdata_node Serve {host} {REGION},8080,/well,",
        )
    ]

    quiet = hosts.run(RESTARTS="no")
    assert (quiet.rc, quiet.writes) == (0, []), quiet.screen[-3000:]
    assert len(hosts.lines()) == 6


def test_a_batch_that_fails_stops_the_rest_and_a_later_run_brings_back_what_is_out(hosts: Hosts):
    first, second = hosts.ids
    failed = hosts.run(RESTARTS="yes", FAILS=first)
    assert failed.rc != 0
    assert moved(failed) == [("DeregisterTargets", first)]
    assert hosts.health() == {second: "healthy"}
    assert not hosts.lines(f"userdata_base Main {second}")

    mended = hosts.run(RESTARTS="no")
    assert mended.rc == 0, mended.screen[-3000:]
    assert moved(mended) == [("RegisterTargets", first)], mended.screen
    assert hosts.health() == {first: "healthy", second: "healthy"}


def test_a_plan_writes_nothing_and_no_stranger_is_touched(hosts: Hosts):
    image = hosts.ec2.describe_instances()["Reservations"][0]["Instances"][0]["ImageId"]
    tags = [{"Key": f"groundwork:{key}", "Value": value} for key, value in (("stack", "shop"), ("component", "web"))]
    stranger = hosts.ec2.run_instances(
        ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, TagSpecifications=[{"ResourceType": "instance", "Tags": tags}]
    )["Instances"][0]["InstanceId"]
    planned = hosts.run("--check", "--diff", RESTARTS="yes")
    assert planned.rc == 0, planned.screen[-3000:]
    assert (planned.writes, hosts.lines()) == ([], [])
    assert f"left alone: {stranger}" in planned.screen


def test_without_the_inventory_of_hosts_it_says_so(hosts: Hosts):
    missed = hosts.runs("hosts")
    assert missed.rc != 0
    assert "No host of shop was found. Give the inventory that finds them" in missed.screen
