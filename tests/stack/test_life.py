# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a stack goes through: faults, kills, orphans, adoption, protection, and its end."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from .conftest import Runs
from .test_plan_is_truthful import CREATES


def owned(ec2) -> Counter:
    """Type and name of all that bears the stack's tag, by an independent reader; tombstones apart."""
    found: Counter = Counter()
    filters = [{"Name": "tag:groundwork:stack", "Values": ["tio"]}]
    for operation, field in (
        ("describe_vpcs", "Vpcs"),
        ("describe_subnets", "Subnets"),
        ("describe_internet_gateways", "InternetGateways"),
        ("describe_addresses", "Addresses"),
        ("describe_nat_gateways", "NatGateways"),
        ("describe_route_tables", "RouteTables"),
        ("describe_vpc_endpoints", "VpcEndpoints"),
        ("describe_security_groups", "SecurityGroups"),
        ("describe_network_acls", "NetworkAcls"),
    ):
        for raw in getattr(ec2, operation)(Filters=filters)[field]:
            name = next(tag["Value"] for tag in raw["Tags"] if tag["Key"] == "Name")
            if raw.get("State") != "deleted":
                found[field, name] += 1
    return found


def assert_one_of_each(runs: Runs, ec2) -> None:
    found = owned(ec2)
    assert len(found) == 18
    assert set(found.values()) == {1}
    assert runs.ok("site").changes == set()


def test_each_create_loses_its_first_reply_and_one_of_each_stands(runs: Runs, ec2):
    runs.cloud.dials.faults = [{"kind": "lose_reply", "operation": operation, "nth": 1} for operation in CREATES]
    runs.ok("site")
    runs.cloud.dials.faults = []
    assert_one_of_each(runs, ec2)


def test_throttling_of_a_third_of_all_calls_ends_well(runs: Runs, ec2):
    runs.cloud.dials.faults = [{"kind": "throttle", "share": 0.3, "seed": 11}]
    runs.ok("site")
    runs.cloud.dials.faults = []
    assert_one_of_each(runs, ec2)


@pytest.mark.parametrize(("operation", "nth"), [("CreateVpc", 1), ("CreateNatGateway", 1), ("AuthorizeSecurityGroupIngress", 5)])
def test_a_run_that_was_killed_is_resumed_at_once(runs: Runs, ec2, operation: str, nth: int):
    runs.kill_at(operation, nth, "site")
    runs.ok("site")
    assert_one_of_each(runs, ec2)


def test_what_leaves_the_inventory_is_an_orphan_until_it_is_pruned(runs: Runs, ec2, tmp_path: Path):
    runs.ok("site")
    runs.inventory = shutil.copytree(runs.inventory, tmp_path / "tio")
    hosts = runs.inventory / "hosts.yml"
    hosts.write_text(hosts.read_text().replace("        python:\n", ""))
    for name in ("db.yml", "python.yml"):
        path = runs.inventory / "host_vars" / name
        path.write_text(path.read_text().replace(", python]", "]"))
    (runs.inventory / "host_vars" / "python.yml").unlink()

    planned = runs.ok("site", "--check")
    orphan = ("python", "ec2_security_group", "TIO-Python-EC2-SG", "orphaned", ())
    rule = ("db", "ec2_security_group", "TIO-DB-SG", "update", ("ingress",))
    assert planned.changes == {orphan, rule}
    assert "1 orphaned" in planned.screen
    runs.ok("site")
    assert ("SecurityGroups", "TIO-Python-EC2-SG") in owned(ec2)

    pruned = runs.ok("site", "-e", "stack_prune=true")
    assert pruned.changes == {(*orphan[:3], "delete", ())}
    assert ("SecurityGroups", "TIO-Python-EC2-SG") not in owned(ec2)
    assert runs.ok("site", "--check").changes == set()


def test_what_was_made_by_hand_is_refused_and_then_adopted(runs: Runs, ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "tryiton-service-vpc"}])
    refused = runs("site")
    assert refused.rc != 0
    assert f"{vpc} exists and is not ours; adopt it with stack_adopt: true" in refused.screen
    assert [record["operation"] for record in refused.writes] == ["CreateTable"]

    adopted = runs.ok("site", "-e", "stack_adopt=true")
    assert ("vpc", "ec2_vpc", "tryiton-service-vpc", "update", ("dns_hostnames", "tags")) in adopted.changes
    assert_one_of_each(runs, ec2)


def test_destroy_wants_the_name_and_leaves_tombstones_alone(runs: Runs, ec2):
    runs.ok("site", "-e", "stack_protected=true")
    before = owned(ec2)
    refused = runs("destroy")
    assert refused.rc != 0
    assert "the protected stack tio" in refused.screen
    assert refused.writes == []

    planned = runs.ok("destroy", "--check", "-e", "destroy_stack=tio")
    assert (planned.writes, owned(ec2)) == ([], before)
    gone = runs.ok("destroy", "-e", "destroy_stack=tio")
    assert gone.changes == planned.changes
    assert len(gone.changes) == 19
    assert not owned(ec2)
    assert "Nothing is left but tombstones" in gone.screen

    again = runs.ok("destroy", "-e", "destroy_stack=tio")
    assert (again.changes, again.writes) == (set(), [])


def test_two_runs_at_once_the_second_is_refused_by_name(runs: Runs, ec2):
    runs.ok("site")
    answers = []

    def hook(record, phase) -> None:
        # While the first run holds the lock: its first write to EC2 has been made.
        if phase == "after" and record["operation"] == "ModifyVpcAttribute" and not answers:
            answers.append(None)
            answers[0] = runs("site")

    vpc = ec2.describe_vpcs(Filters=[{"Name": "tag:groundwork:stack", "Values": ["tio"]}])["Vpcs"][0]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
    runs.cloud.on_call(hook)
    first = runs.start("site")
    first.communicate(timeout=240)
    assert first.returncode == 0
    assert answers[0].rc != 0
    assert "held by" in answers[0].screen

