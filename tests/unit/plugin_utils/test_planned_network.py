# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan is judged by the network that it would leave: what it makes and mends is as declared, what it does not touch is as it stands."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.groundwork.aws.plugins.module_utils._reach.matrix import Matrix
from ansible_collections.groundwork.aws.plugins.module_utils._reach.model import Network
from ansible_collections.groundwork.aws.plugins.plugin_utils.judge import Judge
from ansible_collections.groundwork.aws.plugins.plugin_utils.planned_network import BESIDE
from ansible_collections.groundwork.aws.plugins.plugin_utils.planned_network import PLACED
from ansible_collections.groundwork.aws.plugins.plugin_utils.planned_network import planned_network
from ansible_collections.groundwork.aws.plugins.plugin_utils.planned_network import TYPES
from tests.facts.networks import Model
from tests.facts.networks import renamed
from tests.facts.networks import tio

EMPTY: Model = {name: [] for name in (*TYPES, "prefix_lists", "places")}
#: Where a component stands follows from one of its resources.
HOMES = {"load_balancer": "elbv2_load_balancer", "fleet": "autoscaling_group", "database": "rds_instance"}
KINDS = {"vpcs": "ec2_vpc", "subnets": "ec2_subnet", "security_groups": "ec2_security_group", "acls": "ec2_network_acl", "route_tables": "ec2_route_table"}
KINDS |= {"load_balancers": "elbv2_load_balancer", "target_groups": "elbv2_target_group"}
GATEWAYS = {"internet": "ec2_internet_gateway", "nat": "ec2_nat_gateway", "endpoint": "ec2_vpc_endpoint"}


def entry(component: str, type_: str, name: str, action: str) -> dict[str, str]:
    return {"component": component, "type": type_, "name": name, "action": action}


def making(model: Model) -> list[dict[str, str]]:
    """The plan that makes all of it."""
    found = [entry(one["component"], type_, one["name"], "create") for kind, type_ in KINDS.items() for one in model[kind] if one["name"]]
    found += [entry(one["component"], GATEWAYS[one["kind"]], one["name"], "create") for one in model["gateways"]]
    return found + [entry(one["component"], HOMES[one["role"]], one["name"], "create") for one in model["places"]]


def stands() -> Model:
    """TIO as AWS would have it: with other ids than the declaration's."""
    return renamed(tio())


def open_(model: Model) -> list[t.Any]:
    return [{**cell, "open": [one["ports"] for one in cell["open"]]} for cell in Matrix(Network.of(model)).cells(reasons=False)]


def test_what_a_plan_makes_of_an_empty_account_is_what_is_declared() -> None:
    planned = planned_network(EMPTY, tio(), making(tio()))
    assert planned["places"]
    assert open_(planned) == open_(tio())
    assert Judge(tio()).judge(planned) == []


def test_without_a_plan_it_is_what_stands() -> None:
    assert planned_network(stands(), tio(), []) == stands()


def test_what_a_plan_mends_is_as_declared_and_the_rest_as_it_stands() -> None:
    bent = stands()
    for name in ("TIO-DB-SG", "TIO-Spring-EC2-SG"):
        next(one for one in bent["security_groups"] if one["name"] == name)["ingress"] = []
    mended = planned_network(bent, tio(), [entry("db", "ec2_security_group", "TIO-DB-SG", "update")])
    assert {one.component for one in Judge(tio()).judge(mended)} == {"spring"}, "the plan leaves Spring's group as it is"
    assert {one["id"] for one in mended["security_groups"]} == {one["id"] for one in bent["security_groups"]}, "what stands keeps its id"


def test_of_parts_of_one_type_that_alone_is_mended_which_the_plan_names() -> None:
    bent = stands()
    for table in bent["route_tables"]:
        table["routes"] = [one for one in table["routes"] if one["destination"] != "0.0.0.0/0"]
    name = "tryiton-service-rtb-private1-ap-northeast-2a"
    mended = planned_network(bent, tio(), [entry("vpc", "ec2_route_table", name, "update")])
    assert [len(one["routes"]) for one in mended["route_tables"] if one["name"] == name] == [3]
    assert sorted(len(one["routes"]) for one in mended["route_tables"]) == [1, 2, 3]


def test_an_acl_of_nobodys_stays_where_somebody_put_it() -> None:
    """The network has no ACL for the tier, so the plan leaves alone which one the subnet has; and it is not taken for the VPC's default one."""
    bent = stands()
    bent["acls"].insert(0, {**bent["acls"][0], "id": "acl-0", "entries": []})
    next(one for one in bent["subnets"] if one["name"].endswith("private2-ap-northeast-2b"))["acl"] = "acl-0"
    mended = planned_network(bent, tio(), [entry("vpc", "ec2_route_table", "tryiton-service-rtb-public", "update")])
    assert [one["acl"] for one in mended["subnets"]] == [one["acl"] for one in bent["subnets"]]
    made = planned_network({**bent, "subnets": []}, tio(), [entry("vpc", "ec2_subnet", one["name"], "create") for one in tio()["subnets"]])
    assert {one["acl"] for one in made["subnets"]} == {stands()["acls"][0]["id"]}


def test_what_a_plan_removes_is_gone() -> None:
    removed = planned_network(stands(), tio(), [entry("db", "rds_instance", "tio-db", "delete")])
    assert "db" not in {one["component"] for one in removed["places"]}


def test_what_a_plan_makes_beside_what_stands_refers_to_that() -> None:
    half = stands()
    half["security_groups"] = [one for one in half["security_groups"] if one["name"] != "TIO-DB-SG"]
    half["places"] = [one for one in half["places"] if one["component"] != "db"]
    plan = [entry("db", "ec2_security_group", "TIO-DB-SG", "create"), entry("db", "rds_instance", "tio-db", "create")]
    assert Judge(tio()).judge(planned_network(half, tio(), plan)) == []


def test_what_a_plan_leaves_out_is_not_made() -> None:
    """As under --limit."""
    half = copy.deepcopy(stands())
    half["places"] = [one for one in half["places"] if one["component"] not in ("db", "node")]
    planned = planned_network(half, tio(), [entry("db", "rds_instance", "tio-db", "create")])
    assert {one["component"] for one in stands()["places"]} - {one["component"] for one in planned["places"]} == {"node"}


def test_each_type_that_places_something_is_one_that_a_module_keeps() -> None:
    from ansible_collections.groundwork.aws.plugins.module_utils._stack.types import TYPES as KNOWN

    assert {type_ for types in (*TYPES.values(), *BESIDE.values()) for type_ in types} | set(PLACED) <= {one.TYPE for one in KNOWN}
