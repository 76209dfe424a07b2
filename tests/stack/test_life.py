# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a stack goes through: faults, kills, orphans, adoption, protection, and its end."""

from __future__ import annotations

from collections import Counter

from .conftest import Outcome, Runs
from .test_plan_is_truthful import CREATES

WEB = ("web", "ec2_security_group", "shop-web")
READS = {
    "describe_vpcs": "Vpcs",
    "describe_subnets": "Subnets",
    "describe_internet_gateways": "InternetGateways",
    "describe_addresses": "Addresses",
    "describe_nat_gateways": "NatGateways",
    "describe_route_tables": "RouteTables",
    "describe_security_groups": "SecurityGroups",
}


def owned(ec2) -> Counter:
    """What bears the stack's tag, by an independent reader; tombstones apart."""
    filters = [{"Name": "tag:groundwork:stack", "Values": ["shop"]}]
    found = ((field, raw) for operation, field in READS.items() for raw in getattr(ec2, operation)(Filters=filters)[field])
    names = ((field, next(tag["Value"] for tag in raw["Tags"] if tag["Key"] == "Name")) for field, raw in found if raw.get("State") != "deleted")
    return Counter(names)


def assert_one_of_each(ec2) -> None:
    """A VPC, four subnets, a gateway, an address, a NAT gateway, three tables, two groups."""
    found = owned(ec2)
    assert Counter(field for field, _name in found) == {
        "Vpcs": 1,
        "Subnets": 4,
        "InternetGateways": 1,
        "Addresses": 1,
        "NatGateways": 1,
        "RouteTables": 3,
        "SecurityGroups": 2,
    }
    assert set(found.values()) == {1}


def test_each_create_loses_its_first_reply_and_one_of_each_stands(shop: Runs, ec2):
    shop.cloud.dials.faults = [{"kind": "lose_reply", "operation": operation, "nth": 1} for operation in CREATES]
    shop.ok("site")
    assert_one_of_each(ec2)
    shop.cloud.dials.faults = []
    assert shop.ok("site").writes == []


def test_throttling_of_a_third_of_all_calls_ends_well(shop: Runs, ec2):
    shop.cloud.dials.faults = [{"kind": "throttle", "share": 0.3, "seed": 11}]
    shop.ok("site")
    assert_one_of_each(ec2)


def test_a_run_that_was_killed_is_resumed_at_once(shop: Runs, ec2):
    shop.kill_at("CreateNatGateway", 1, "site")
    shop.ok("site")
    assert_one_of_each(ec2)


def test_what_leaves_the_inventory_is_an_orphan_until_it_is_pruned(shop: Runs, ec2):
    shop.ok("site")
    hosts = shop.inventory / "hosts.yml"
    hosts.write_text(hosts.read_text().partition("    services:")[0])
    planned = shop.ok("site", "--check")
    assert planned.changes == {(*WEB, "orphaned", ())}
    assert "1 orphaned" in planned.screen
    assert ("SecurityGroups", "shop-web") in owned(ec2)
    pruned = shop.ok("site", "-e", "stack_prune=true")
    assert pruned.changes == {(*WEB, "delete", ())}
    assert ("SecurityGroups", "shop-web") not in owned(ec2)


def test_what_was_made_by_hand_is_refused_and_then_adopted(shop: Runs, ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "shop-vpc"}])
    refused = shop("site")
    assert refused.rc != 0
    assert f"{vpc} exists and is not ours; adopt it with stack_adopt: true" in refused.screen
    assert "door was not taken further: vpc failed" in refused.screen
    assert [record["operation"] for record in refused.writes] == ["CreateTable"]
    adopted = shop.ok("site", "-e", "stack_adopt=true")
    assert ("vpc", "ec2_vpc", "shop-vpc", "update", ("dns_hostnames", "tags")) in adopted.changes
    assert_one_of_each(ec2)


def test_destroy_wants_the_name_and_leaves_tombstones_alone(shop: Runs, ec2):
    shop.ok("site", "-e", "stack_protected=true")
    before = owned(ec2)
    refused = shop("destroy")
    assert refused.rc != 0
    assert "the protected stack shop" in refused.screen
    assert refused.writes == []
    unpruned = shop("site", "-e", "stack_protected=true", "-e", "stack_prune=true")
    assert unpruned.rc != 0
    assert "shop is protected: give its name" in unpruned.screen

    planned = shop.ok("destroy", "--check", "-e", "destroy_stack=shop")
    assert (planned.writes, owned(ec2)) == ([], before)
    gone = shop.ok("destroy", "-e", "destroy_stack=shop")
    assert gone.changes == planned.changes
    assert {action for *_who, action, _keys in gone.changes} == {"delete"}
    assert not owned(ec2)
    assert "Nothing is left but tombstones" in gone.screen
    again = shop.ok("destroy", "-e", "destroy_stack=shop")
    assert (again.changes, again.writes) == (set(), [])


def test_two_runs_at_once_the_second_is_refused_by_name(shop: Runs, ec2):
    second: list[Outcome] = []

    def hook(record: dict, phase: str) -> None:
        # The first run holds the lock: it has just made its VPC.
        if phase == "after" and record["operation"] == "CreateVpc" and not second:
            second.append(shop("site"))

    shop.cloud.on_call(hook)
    first = shop.start("site")
    screen, _stderr = first.communicate(timeout=240)
    assert first.returncode == 0, screen
    assert second[0].rc != 0
    assert "the lock of stack shop, which is still held by" in second[0].screen
    assert second[0].writes == []
