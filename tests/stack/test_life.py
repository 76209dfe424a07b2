# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a stack goes through: faults, kills, orphans, adoption, protection, and its end."""

from __future__ import annotations

from collections import Counter

import yaml

from .conftest import Outcome
from .conftest import PATIENCE
from .conftest import Runs
from .conftest import write_inventory
from .record import CREATES
from .record import lost
from .record import PARTS

ROLE = ("iam_role", "plot-web-role")


def assert_one_of_each(shop: Runs) -> None:
    """What the smallest inventory makes, counted by hand; and nothing else stands in the account."""
    found = shop.account.standing()
    assert Counter(kind for kind, _name in found) == {
        "stack_lock": 1,
        "iam_service_linked_role": 2,
        "ec2_vpc": 1,
        "ec2_subnet": 4,
        "ec2_internet_gateway": 1,
        "ec2_address": 1,
        "ec2_nat_gateway": 1,
        "ec2_route_table": 3,
        "iam_role": 1,
        "iam_instance_profile": 1,
        "ec2_security_group": 2,
        "elbv2_target_group": 1,
        "elbv2_load_balancer": 1,
        "elbv2_listener": 1,
        "ec2_launch_template": 1,
        "autoscaling_group": 1,
        "cloudwatch_alarm": 5,
    }
    assert set(found.values()) == {1}
    assert shop.account.hosts() == {"shop-web": 1}


def test_each_create_loses_its_first_reply_and_one_of_each_stands(shop: Runs):
    shop.cloud.dials.faults = lost(CREATES.keys() | PARTS)
    shop.ok("site")
    assert_one_of_each(shop)
    shop.cloud.dials.faults = []
    assert shop.ok("site").writes == []


def test_a_run_that_was_killed_late_is_resumed_at_once_while_a_third_of_all_calls_is_throttled(shop: Runs):
    shop.cloud.dials.faults = [{"kind": "throttle", "share": 0.3, "seed": 11}]
    shop.kill_at("CreateAutoScalingGroup", 1, "site")
    shop.ok("site")
    shop.cloud.dials.faults = []  # who looks now is no part of the run
    assert_one_of_each(shop)


def test_what_leaves_the_inventory_is_an_orphan_until_it_is_pruned(plot: Runs):
    plot.ok("site")
    hosts = plot.inventory / "hosts.yml"
    inventory = yaml.safe_load(hosts.read_text())
    del inventory["components"]["children"]["identities"]
    hosts.write_text(yaml.safe_dump(inventory))
    planned = plot.ok("site", "--check")
    assert planned.changes == {("web_role", *ROLE, "orphaned", ())}
    assert "1 orphaned" in planned.screen
    assert ROLE in plot.account.standing()
    pruned = plot.ok("site", "-e", "stack_prune=true")
    assert pruned.changes == {("web_role", *ROLE, "delete", ())}
    assert ROLE not in plot.account.standing()


def test_what_was_made_by_hand_is_refused_and_then_adopted(plot: Runs, ec2):
    door = {"load_balancer_scheme": "internet-facing", "load_balancer_ports": [80], "load_balancer_clients": ["internet"]}
    write_inventory(plot, "more", {"load_balancers": {"door": door}})
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "plot-vpc"}])
    refused = plot("site")
    assert refused.rc != 0
    assert f"{vpc} exists and is not ours; adopt it with stack_adopt: true" in refused.screen
    assert "door was not taken further: vpc failed" in refused.screen
    assert not {record["operation"] for record in refused.writes} & {"CreateVpc", "CreateTags", "CreateSubnet"}
    (plot.inventory / "more.yml").unlink()
    adopted = plot.ok("site", "-e", "stack_adopt=true")
    assert ("vpc", "ec2_vpc", "plot-vpc", "update", ("dns_hostnames", "tags")) in adopted.changes
    assert plot.account.standing()["ec2_vpc", "plot-vpc"] == 1


def test_destroy_wants_the_name_and_leaves_tombstones_alone(plot: Runs):
    plot.ok("site", "-e", "stack_protected=true")
    before = plot.account.standing()
    refused = plot("destroy")
    assert refused.rc != 0
    assert "the protected stack plot" in refused.screen
    assert refused.writes == []
    unpruned = plot("site", "-e", "stack_protected=true", "-e", "stack_prune=true")
    assert unpruned.rc != 0
    assert "plot is protected: give its name" in unpruned.screen

    planned = plot.ok("destroy", "--check", "-e", "destroy_stack=plot")
    assert (planned.writes, plot.account.standing()) == ([], before)
    gone = plot.ok("destroy", "-e", "destroy_stack=plot")
    assert gone.changes == planned.changes
    assert {action for *_who, action, _keys in gone.changes} == {"delete"}
    assert not plot.account.standing()
    assert "Nothing is left but tombstones" in gone.screen
    again = plot.ok("destroy", "-e", "destroy_stack=plot")
    assert (again.changes, again.writes) == (set(), [])


def test_two_runs_at_once_the_second_is_refused_by_name(plot: Runs):
    second: list[Outcome] = []

    def hook(record: dict, phase: str) -> None:
        # The first run holds the lock: it has just made its VPC.
        if phase == "after" and record["operation"] == "CreateVpc" and not second:
            second.append(plot("site"))

    plot.cloud.on_call(hook)
    first = plot.start("site")
    screen, _stderr = first.communicate(timeout=PATIENCE)
    assert first.returncode == 0, screen
    assert second[0].rc != 0
    assert "the lock of stack plot, which is still held by" in second[0].screen
    assert second[0].writes == []
