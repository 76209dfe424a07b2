# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A network's parts follow from its inputs, and stay where they are when others are added."""

from __future__ import annotations

import ipaddress
import typing as t

import pytest
import yaml
from ansible_collections.groundwork.aws.plugins.plugin_utils.kinds import ROLES
from ansible_collections.groundwork.aws.plugins.plugin_utils.network_plan import network_plan
from ansible_collections.groundwork.aws.plugins.plugin_utils.network_plan import NetworkPlanError

REGION = "eu-west-1"
DEFAULTS = yaml.safe_load((ROLES / "network/defaults/main.yml").read_text())


def plan(**inputs: t.Any) -> dict[str, t.Any]:
    given = {f"network_{key}": value for key, value in inputs.items()}
    return network_plan("vpc", {**DEFAULTS, "network_name": "shop", "network_cidr": "10.0.0.0/16", **given}, REGION)


def keyed(items: list[dict[str, t.Any]], value: str) -> dict[str, t.Any]:
    return {item["key"]: item[value] for item in items}


def test_a_range_alone_makes_a_whole_network() -> None:
    assert plan() == {
        "vpc": {"key": "vpc", "name": "shop", "cidr_block": "10.0.0.0/16"},
        "subnets": [
            {"key": key, "name": f"shop-{key}", "cidr_block": cidr, "availability_zone": f"eu-west-1{key[-1]}", "map_public_ip_on_launch": False}
            for key, cidr in (
                ("public-a", "10.0.0.0/20"),
                ("public-b", "10.0.16.0/20"),
                ("private-a", "10.0.64.0/20"),
                ("private-b", "10.0.80.0/20"),
            )
        ],
        "internet_gateway": {"key": "igw", "name": "shop-igw"},
        "addresses": [{"key": "nat-a", "name": "shop-eip-nat-a"}],
        "nat_gateways": [
            {
                "key": "a",
                "name": "shop-nat-a",
                "subnet_id": "ref:vpc/ec2_subnet/public-a",
                "allocation_id": "ref:vpc/ec2_address/nat-a",
            }
        ],
        "route_tables": [
            {
                "key": "public",
                "name": "shop-rtb-public",
                "subnet_ids": ["ref:vpc/ec2_subnet/public-a", "ref:vpc/ec2_subnet/public-b"],
                "routes": [{"destination": "0.0.0.0/0", "target": "ref:vpc/ec2_internet_gateway/igw"}],
            },
            *(
                {
                    "key": f"private-{zone}",
                    "name": f"shop-rtb-private-{zone}",
                    "subnet_ids": [f"ref:vpc/ec2_subnet/private-{zone}"],
                    "routes": [{"destination": "0.0.0.0/0", "target": "ref:vpc/ec2_nat_gateway/a"}],
                }
                for zone in "ab"
            ),
        ],
        "endpoints": [],
        "network_acls": [],
    }


def test_a_tier_or_a_zone_that_is_added_moves_no_subnet() -> None:
    before = keyed(plan()["subnets"], "cidr_block")
    tiers = {**DEFAULTS["network_tiers"], "data": {"egress": "none"}, "cache": {"egress": "none"}}
    after = keyed(plan(tiers=tiers, zones=["a", "b", "c", "d"])["subnets"], "cidr_block")
    assert before.items() <= after.items()
    assert len(after) == 16
    assert sum(ipaddress.IPv4Network(cidr).num_addresses for cidr in after.values()) == 2**16, "they fill the VPC and overlap nowhere"


def test_one_nat_or_one_a_zone_differ_by_a_route() -> None:
    one, each = (keyed(plan(nat=nat)["route_tables"], "routes") for nat in ("single", "per_zone"))
    assert {key for key in one if one[key] != each[key]} == {"private-b"}
    assert each["private-b"][0]["target"] == "ref:vpc/ec2_nat_gateway/b"


def test_each_zone_has_its_nat_and_address_when_that_is_wanted() -> None:
    found = plan(nat="per_zone")
    assert keyed(found["nat_gateways"], "subnet_id") == {"a": "ref:vpc/ec2_subnet/public-a", "b": "ref:vpc/ec2_subnet/public-b"}
    assert keyed(found["nat_gateways"], "allocation_id") == {"a": "ref:vpc/ec2_address/nat-a", "b": "ref:vpc/ec2_address/nat-b"}
    assert [address["key"] for address in found["addresses"]] == ["nat-a", "nat-b"]


def test_a_network_that_leads_nowhere_has_no_gateway() -> None:
    found = plan(tiers={"data": {"egress": "none"}})
    assert (found["internet_gateway"], found["nat_gateways"], found["addresses"]) == (None, [], [])
    assert keyed(found["route_tables"], "routes") == {"data-a": [], "data-b": []}


def test_no_nat_is_made_that_no_tier_would_use() -> None:
    assert plan(tiers={"public": {"egress": "internet"}})["nat_gateways"] == []


def test_a_nat_needs_a_tier_that_leads_to_the_internet() -> None:
    with pytest.raises(NetworkPlanError, match="there is none: add one"):
        plan(tiers={"private": {"egress": "nat"}})


def test_ranges_that_are_given_are_taken() -> None:
    tiers = {"web": {"egress": "internet", "cidrs": ["10.0.1.0/24", "10.0.2.0/24"], "map_public_ip": True}}
    subnets = plan(tiers=tiers)["subnets"]
    assert keyed(subnets, "cidr_block") == {"web-a": "10.0.1.0/24", "web-b": "10.0.2.0/24"}
    assert all(keyed(subnets, "map_public_ip_on_launch").values())


def test_a_smaller_subnet_stays_at_the_beginning_of_its_part() -> None:
    tiers = {"public": {"egress": "internet", "prefix_length": 24}, "private": {"egress": "nat"}}
    assert keyed(plan(tiers=tiers)["subnets"], "cidr_block") == {
        "public-a": "10.0.0.0/24",
        "public-b": "10.0.16.0/24",
        "private-a": "10.0.64.0/20",
        "private-b": "10.0.80.0/20",
    }


NO_ROOM = {
    "a fifth tier": {"tiers": {f"t{number}": {"egress": "none"} for number in range(5)}},
    "a fifth zone": {"zones": list("abcde")},
    "a larger subnet than its part": {"tiers": {"data": {"egress": "none", "prefix_length": 19}}},
    "a smaller subnet than AWS takes": {"tiers": {"data": {"egress": "none", "prefix_length": 29}}},
    "a VPC too small to be divided": {"cidr": "10.0.0.0/25"},
    "fewer ranges than zones": {"tiers": {"data": {"egress": "none", "cidrs": ["10.0.0.0/24"]}}},
}


@pytest.mark.parametrize("inputs", NO_ROOM.values(), ids=NO_ROOM)
def test_there_is_no_room_for(inputs: dict) -> None:
    with pytest.raises(NetworkPlanError, match="give"):
        plan(**inputs)


def test_a_fifth_tier_has_room_when_it_brings_its_ranges() -> None:
    tiers = {f"t{number}": {"egress": "none"} for number in range(3)}
    tiers |= {"t3": {"egress": "none", "cidrs": ["10.0.192.0/24", "10.0.193.0/24"]}, "t4": {"egress": "none", "cidrs": ["10.0.194.0/24", "10.0.195.0/24"]}}
    assert keyed(plan(tiers=tiers)["subnets"], "cidr_block")["t4-b"] == "10.0.195.0/24"


def test_a_zone_is_the_same_by_its_letter_and_in_full() -> None:
    assert plan(zones=["eu-west-1a", "eu-west-1b"]) == plan(zones=["a", "b"])


def test_a_local_zone_keeps_its_place_in_keys() -> None:
    (subnet,) = plan(zones=["eu-west-1-lhr-1a"], tiers={"edge": {"egress": "none"}})["subnets"]
    assert (subnet["key"], subnet["availability_zone"]) == ("edge-lhr-1a", "eu-west-1-lhr-1a")


def test_a_gateway_endpoint_serves_every_table_of_its_tiers() -> None:
    (endpoint,) = plan(endpoints=[{"service": "s3", "type": "gateway", "tiers": ["public", "private"]}])["endpoints"]
    assert endpoint == {
        "key": "s3",
        "name": "shop-vpce-s3",
        "service": "s3",
        "type": "gateway",
        "route_table_ids": [f"ref:vpc/ec2_route_table/{key}" for key in ("public", "private-a", "private-b")],
    }


def test_an_interface_endpoint_lies_in_the_subnets_of_its_tier() -> None:
    wanted = {"service": "com.amazonaws.eu-west-1.ssm", "type": "interface", "tiers": ["private"], "security_group_ids": ["sg-1"], "private_dns": False}
    (endpoint,) = plan(endpoints=[wanted])["endpoints"]
    assert endpoint == {
        "key": "ssm",
        "name": "shop-vpce-ssm",
        "service": "com.amazonaws.eu-west-1.ssm",
        "type": "interface",
        "subnet_ids": ["ref:vpc/ec2_subnet/private-a", "ref:vpc/ec2_subnet/private-b"],
        "security_group_ids": ["sg-1"],
        "private_dns_enabled": False,
    }


def test_both_endpoints_of_s3_stand_side_by_side() -> None:
    both = [{"service": "s3", "type": kind, "tiers": ["private"]} for kind in ("gateway", "interface")]
    assert list(keyed(plan(endpoints=both)["endpoints"], "type").items()) == [("s3", "gateway"), ("s3-interface", "interface")]


def test_a_tier_has_the_filter_that_it_asks_for() -> None:
    acls = {"private": {"ingress": [{"number": 100, "protocol": "tcp", "cidr": "10.0.0.0/16", "from_port": 3306}]}}
    (acl,) = plan(acls=acls)["network_acls"]
    assert (acl["key"], acl["name"], acl["egress"]) == ("private", "shop-acl-private", [])
    assert acl["subnet_ids"] == ["ref:vpc/ec2_subnet/private-a", "ref:vpc/ec2_subnet/private-b"]
    assert acl["ingress"][0].items() >= {"number": 100, "action": "allow", "protocol": "tcp", "from_port": 3306}.items()


def test_names_are_overridden_by_part_and_by_type() -> None:
    names = {"ec2_subnet/public-a": "front-a", "ec2_subnet": "other", "ec2_address": "way-out"}
    found = plan(names=names)
    assert keyed(found["subnets"], "name") == {"public-a": "front-a", "public-b": "other", "private-a": "other", "private-b": "other"}
    assert keyed(found["addresses"], "name") == {"nat-a": "way-out"}
