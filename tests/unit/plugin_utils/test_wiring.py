# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What other components are to a component, and what its identity may do, follow from the arrows and from nothing else."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import Declaration
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import examine
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import outline

GROUPS = {
    "networks": ["vpc"],
    "identities": ["role"],
    "load_balancers": ["door", "inner_door"],
    "services": ["web", "api"],
    "databases": ["db"],
    "buckets": ["files"],
}
VALUES: dict[str, dict[str, t.Any]] = {
    "vpc": {"network_cidr": "10.0.0.0/16"},
    "door": {"load_balancer_scheme": "internet-facing", "load_balancer_ports": [80], "load_balancer_clients": ["internet"], "load_balancer_default": "web"},
    "inner_door": {"load_balancer_ports": [80], "load_balancer_clients": ["web"]},
    "web": {"service_port": 8080, "service_clients": ["door"], "service_identity": "role", "service_log_groups": ["/shop/web"]},
    "api": {
        "service_port": 9000,
        "service_clients": ["inner_door"],
        "service_routes": [{"load_balancer": "inner_door", "paths": ["/api/*"]}],
        "service_scaling": [{"metric": "requests", "target": 600}],
    },
    "db": {"database_port": 3306, "database_clients": ["web", "api"]},
    "role": {},
    "files": {"bucket_clients": ["web"]},
}
STACK = {"stack_name": "shop", "stack_alarm_actions": ["arn:aws:sns:eu-west-1:123456789012:alarms"]}


def outlined(**changed: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    values = {name: {**inputs, **changed.get(name, {})} for name, inputs in VALUES.items()}
    hosts = sorted(values)
    declaration = Declaration({"components": hosts, **GROUPS}, values, stack=STACK, account_id="123456789012", region="eu-west-1")
    problems, components = examine(declaration)
    assert problems == []
    return outline(components, declaration)


def statements(**changed: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    return {one["Sid"]: one for one in outlined(**changed)["role"]["wiring"]["present"]["statements"]}


def subnets(component: str, **changed: dict[str, t.Any]) -> list[str]:
    return outlined(**changed)[component]["wiring"]["present"]["subnet_ids"]


def test_a_door_to_the_internet_lies_where_the_internet_is() -> None:
    assert subnets("door") == ["ref:vpc/ec2_subnet/public-a", "ref:vpc/ec2_subnet/public-b"]


@pytest.mark.parametrize("component", ["inner_door", "web", "db"])
def test_all_else_lies_where_nobody_reaches_it(component: str) -> None:
    assert subnets(component) == ["ref:vpc/ec2_subnet/private-a", "ref:vpc/ec2_subnet/private-b"]


def test_a_tier_that_is_named_is_taken() -> None:
    tiers = {"public": {"egress": "internet"}, "app": {"egress": "nat"}, "data": {"egress": "none"}}
    assert subnets("db", vpc={"network_tiers": tiers}, db={"database_tier": "data"}) == ["ref:vpc/ec2_subnet/data-a", "ref:vpc/ec2_subnet/data-b"]


def test_a_default_service_gets_what_no_rule_catches() -> None:
    found = outlined()
    assert found["door"]["wiring"]["present"]["default_target_group_ids"] == ["ref:web/elbv2_target_group/group"]
    assert found["inner_door"]["wiring"]["present"]["default_target_group_ids"] == []
    assert found["web"]["wiring"]["present"]["load_balancer_id"] == "ref:door/elbv2_load_balancer/load_balancer"


def test_a_route_names_the_listener_of_its_load_balancer() -> None:
    wiring = outlined()["api"]["wiring"]["present"]
    assert wiring["routes"] == [{"load_balancer": "inner_door", "paths": ["/api/*"], "listener_id": "ref:inner_door/elbv2_listener/entry"}]
    assert wiring["load_balancer_id"] == "ref:inner_door/elbv2_load_balancer/load_balancer"


def test_what_is_reserved_refers_to_nothing_of_its_own_layer() -> None:
    assert outlined()["web"]["wiring"]["reserve"] == {"vpc_id": "ref:vpc/ec2_vpc/vpc", "port": 8080, "region": "eu-west-1"}
    assert outlined()["role"]["wiring"]["reserve"] == {}


def test_alarms_tell_whom_the_stack_says() -> None:
    assert outlined()["web"]["wiring"]["present"]["alarm_actions"] == STACK["stack_alarm_actions"]


def test_an_identity_may_do_what_its_services_arrows_ask_for_and_no_more() -> None:
    found = statements()
    assert set(found) == {"Logs", "ObjectsFiles", "ListFiles", "KeyFiles", "SecretDb"}
    assert found["Logs"]["Resource"] == ["arn:aws:logs:eu-west-1:123456789012:log-group:/shop/web:*"]
    assert found["ObjectsFiles"]["Resource"] == ["arn:aws:s3:::shop-files-123456789012-eu-west-1/web/*"]
    assert found["ListFiles"]["Condition"] == {"StringLike": {"s3:prefix": ["web/*"]}}
    assert found["SecretDb"]["Resource"] == ["ref:db/secretsmanager_secret/secret"]
    assert "*" not in [resource for one in found.values() for resource in one["Resource"]]


def test_a_service_without_the_identity_gives_it_nothing() -> None:
    assert statements(web={"service_identity": ""}, files={"bucket_clients": []}) == {}


def test_a_whole_bucket_is_an_empty_prefix() -> None:
    found = statements(files={"bucket_prefixes": {"web": ""}})
    assert found["ObjectsFiles"]["Resource"] == ["arn:aws:s3:::shop-files-123456789012-eu-west-1/*"]
    assert "Condition" not in found["ListFiles"]


def test_a_component_needs_those_that_its_inputs_name() -> None:
    found = outlined()
    assert found["api"]["needs"] == ["db", "inner_door", "vpc"]
    assert found["web"]["needs"] == ["db", "door", "files", "inner_door", "role", "vpc"]
