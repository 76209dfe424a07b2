# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What nobody wants is listed, or removed in the order that AWS asks for."""

from __future__ import annotations

import pytest

from .cases.table import BY_NAME
from .cases.ec2 import group, tables_and_groups
from .conftest import Runner


@pytest.fixture
def network(run: Runner, ec2) -> dict[str, str]:
    """A network of the stack's own, all types of it, whose groups refer to each other."""
    ids = {"vpc": run.ok("ec2_vpc", **BY_NAME["ec2_vpc"].create({}))["vpc"]["id"]}
    subnet = BY_NAME["ec2_subnet"].create(ids)
    ids["one"] = run.ok("ec2_subnet", **subnet)["subnets"][0]["id"]
    ids["igw"] = run.ok("ec2_internet_gateway", vpc_id=ids["vpc"], name="shop-igw")["internet_gateway"]["id"]
    ids["address"] = run.ok("ec2_address", addresses=[{"name": "shop-nat"}])["addresses"][0]["id"]
    for module in ("ec2_nat_gateway", "ec2_route_table", "ec2_network_acl"):
        run.ok(module, **BY_NAME[module].create(ids))
    for name, other in (("web", "db"), ("db", "web"), ("web", "db")):
        ingress = [{"from_port": 80, "source": ids[other]}] if other in ids else []
        options = {"vpc_id": ids["vpc"], "name": name, "description": name, "ingress": ingress}
        ids[name] = run.ok("ec2_security_group", component=name, **options)["security_group"]["id"]
    return ids


def actions(result: dict) -> dict[str, str]:
    return {entry["type"] + "/" + entry["key"]: entry["action"] for entry in result["planned"]}


def test_everything_is_removed_in_order_and_check_mode_says_so_before(run, network):
    checked = run.ok("stack_removal", check=True)
    writes = len(run.writes())
    removed = run.ok("stack_removal", wait_timeout=5)
    assert len(run.writes()) > writes
    assert actions(checked) == actions(removed)
    assert set(actions(removed).values()) == {"delete"}
    assert run.ok("stack_info", stack="shop")["resources"] == []
    assert not run.ok("stack_removal")["changed"]


def test_what_is_kept_stays_and_the_rest_is_listed_as_orphaned(run, network):
    every = run.ok("stack_info", stack="shop")["resources"]
    keep = [one["id"] for one in every if one["component"] != "db"]
    writes = len(run.writes())
    listed = run.ok("stack_removal", state="listed", keep=keep)
    assert actions(listed) == {"ec2_security_group/db": "orphaned"}
    assert not listed["changed"]
    assert len(run.writes()) == writes


def test_only_the_components_and_types_that_are_named(run, network):
    removed = run.ok("stack_removal", components=["web", "db"], types=["ec2_security_group"])
    assert sorted(actions(removed)) == ["ec2_security_group/db", "ec2_security_group/web"]


def test_a_group_in_use_is_told_with_its_holder(run, network, ec2):
    held = ec2.create_network_interface(SubnetId=network["one"], Groups=[network["web"]], Description="ELB app/shop")
    failed = run("stack_removal", components=["web"], wait_timeout=1)
    assert failed["failed"]
    assert held["NetworkInterface"]["NetworkInterfaceId"] in failed["msg"]
    assert "ELB app/shop" in failed["msg"]


def test_another_stacks_things_are_left_alone(run, aws):
    ids = tables_and_groups(aws)
    run.ok("ec2_security_group", **group(ids, []))
    run.ok("ec2_vpc", **{**BY_NAME["ec2_vpc"].create({}), "stack": "bank", "name": "bank"})
    assert list(actions(run.ok("stack_removal"))) == ["ec2_security_group/shop-web"]


def test_a_group_of_others_in_the_vpc_is_named_at_once(run, network, ec2):
    other = ec2.create_security_group(GroupName="by-hand", Description="by hand", VpcId=network["vpc"])["GroupId"]
    failed = run("stack_removal")
    assert failed["failed"]
    assert f"security group {other} (by-hand) in it is not the stack's" in failed["msg"]
    ec2.delete_security_group(GroupId=other)
    run.ok("stack_removal")
    assert run.ok("stack_info", stack="shop")["resources"] == []
