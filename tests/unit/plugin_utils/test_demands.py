# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a declaration wants of an account, counted from the same inputs that the roles take."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import Declaration
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import examine
from ansible_collections.groundwork.aws.plugins.plugin_utils.demands import demands

GROUPS = {"networks": ["vpc"], "load_balancers": ["door"], "services": ["web"], "databases": ["db"], "buckets": ["files"]}
VALUES = {
    "vpc": {"network_cidr": "10.0.0.0/16"},
    "door": {"load_balancer_scheme": "internet-facing", "load_balancer_ports": [80, 443], "load_balancer_clients": ["internet"]},
    "web": {"service_port": 8080, "service_clients": ["door"]},
    "db": {"database_port": 3306, "database_clients": ["web"]},
}


def wanted(**changes: dict[str, t.Any]) -> dict[str, list[dict[str, t.Any]]]:
    """What the declaration wants with these variables changed."""
    values = {name: {**VALUES.get(name, {}), **changes.get(name, {})} for group in GROUPS.values() for name in group}
    stack = {"stack_name": "shop"}
    declaration = Declaration({"components": sorted(values), **GROUPS}, values, stack=stack, account_id="123456789012", region="eu-west-1")
    problems, components = examine(declaration)
    assert problems == []
    return demands(components, declaration.place)


def of(quota: str, **changes: dict[str, t.Any]) -> list[tuple[t.Any, ...]]:
    """Whose and how much of a quota is wanted, with zone or thing."""
    return [tuple(value for key, value in one.items() if key != "quota") for one in wanted(**changes)["quotas"] if one["quota"] == quota]


def test_a_network_wants_its_gateways_and_their_addresses() -> None:
    assert (of("vpcs"), of("internet_gateways"), of("addresses")) == ([("vpc", 1)], [("vpc", 1)], [("vpc", 1)])
    assert of("nat_gateways_per_zone") == [("vpc", 1, "eu-west-1a")]
    each = {"network_nat": "per_zone", "network_zones": ["a", "eu-west-1c"]}
    assert of("addresses", vpc=each) == [("vpc", 2)]
    assert of("nat_gateways_per_zone", vpc=each) == [("vpc", 1, "eu-west-1a"), ("vpc", 1, "eu-west-1c")]


def test_a_closed_network_wants_no_gateway() -> None:
    inner = {"load_balancer_scheme": "internal", "load_balancer_clients": ["web"]}
    open_tiers = {"public": {"egress": "internet"}, "private": {"egress": "none"}}
    changes = {"vpc": {"network_nat": "none", "network_tiers": {"private": {"egress": "none"}}}, "door": inner}
    assert (of("internet_gateways", **changes), of("addresses", **changes)) == ([], [])
    assert of("internet_gateways", vpc={"network_tiers": open_tiers}) == [("vpc", 1)]


def test_one_of_each_for_what_serves() -> None:
    assert (of("load_balancers"), of("target_groups"), of("db_instances")) == ([("door", 1)], [("web", 1)], [("db", 1)])


def test_a_service_without_a_port_wants_no_target_group() -> None:
    assert of("target_groups", web={"service_port": None, "service_clients": None}, db={"database_clients": ["10.0.0.0/8"]}) == []


def test_a_fleet_says_its_type_its_numbers_and_its_zones() -> None:
    found = wanted(web={"service_instance_type": "g4dn.xlarge", "service_capacity": {"min": "1", "desired": 2, "max": 4}})["fleets"]
    zones = ["eu-west-1a", "eu-west-1b"]
    assert found == [{"component": "web", "type": "g4dn.xlarge", "min": 1, "desired": 2, "max": 4, "zones": zones}]


def test_routes_are_rules_of_their_load_balancer() -> None:
    assert of("rules_per_load_balancer") == []
    routes = [{"load_balancer": "door", "paths": ["/a"]}, {"load_balancer": "door", "hosts": ["a.example.com"]}]
    assert of("rules_per_load_balancer", web={"service_routes": routes}) == [("door", 2, "load balancer shop-door")]


def test_rules_of_a_group_count_by_the_version_of_ip_and_a_groups_in_both() -> None:
    def rules(*clients: str) -> int:
        [count] = [one[1] for one in of("rules_per_group", web={"service_clients": list(clients)}) if one[0] == "web"]
        return count

    assert rules("10.0.0.0/8", "192.168.0.0/16") == 2
    assert rules("10.0.0.0/8", "192.168.0.0/16", "2001:db8::/32") == 2
    assert rules("10.0.0.0/8", "2001:db8::/32", "door") == 2


def test_an_interface_has_the_groups_of_its_endpoint() -> None:
    groups = [f"sg-{number}" for number in range(6)]
    endpoint = {"service": "ssm", "type": "interface", "tiers": ["private"], "security_group_ids": groups}
    assert of("groups_per_interface", vpc={"network_endpoints": [endpoint]}) == [("vpc", 6, "endpoint shop-vpc-vpce-ssm")]
    assert of("groups_per_interface") == []
