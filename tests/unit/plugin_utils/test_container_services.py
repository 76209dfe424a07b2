# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a container service is to other components, what it may do, what it wants, and what can be wrong with how it is declared."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.groundwork.aws.plugins.module_utils._stack.types import TYPES
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import Declaration
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import examine
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import outline
from ansible_collections.groundwork.aws.plugins.plugin_utils.demands import demands
from ansible_collections.groundwork.aws.plugins.plugin_utils.outputs import summary

ROOT = Path(__file__).parents[3]
GROUPS = {
    "networks": ["vpc"],
    "identities": ["role"],
    "load_balancers": ["door"],
    "container_services": ["app"],
    "databases": ["db"],
    "buckets": ["files"],
}
VALUES: dict[str, dict[str, t.Any]] = {
    "vpc": {"network_cidr": "10.0.0.0/16"},
    "role": {"identity_services": ["ecs-tasks.amazonaws.com"]},
    "door": {"load_balancer_scheme": "internet-facing", "load_balancer_ports": [80], "load_balancer_clients": ["internet"], "load_balancer_default": "app"},
    "app": {
        "container_service_port": 8080,
        "container_service_clients": ["door"],
        "container_service_secrets": {"DB_PASSWORD": {"component": "db", "field": "password"}},
    },
    "db": {"database_port": 3306, "database_clients": ["app"]},
    "files": {"bucket_clients": ["app"]},
}
OTHER = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:other-AbCdEf"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000000"
NO_DEFAULT = {"door": {"load_balancer_default": ""}}
CLOSED = {"network_tiers": {"public": {"egress": "internet"}, "inner": {"egress": "none"}}}


def declared(**changed: dict[str, t.Any]) -> Declaration:
    values = {name: {**inputs, **changed.get(name, {})} for name, inputs in VALUES.items()}
    stack = {"stack_name": "shop", "stack_alarm_actions": ["topic"]}
    return Declaration({"components": sorted(values), **GROUPS}, values, stack=stack, account_id="123456789012", region="eu-west-1")


def outlined(**changed: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    declaration = declared(**changed)
    problems, components = examine(declaration)
    assert problems == []
    return outline(components, declaration)


def wired(**changed: dict[str, t.Any]) -> dict[str, t.Any]:
    return outlined(**changed)["app"]["wiring"]["present"]


def told(**changed: dict[str, t.Any]) -> list[tuple[str, str, str]]:
    return [(one.component, one.key, one.text) for one in examine(declared(**changed))[0]]


def app(**inputs: t.Any) -> dict[str, dict[str, t.Any]]:
    return {"app": {f"container_service_{key}": value for key, value in inputs.items()}}


def route(**more: t.Any) -> dict[str, dict[str, t.Any]]:
    """The service behind a rule, rather than as the default of its load balancer."""
    return {**NO_DEFAULT, **app(routes=[{"load_balancer": "door", "paths": ["/a"], **more}])}


def test_a_load_balancer_forwards_to_both_colours_from_the_start() -> None:
    found = outlined()["door"]["wiring"]["present"]["default_target_group_ids"]
    assert found == ["ref:app/elbv2_target_group/blue", "ref:app/elbv2_target_group/green"]


def test_a_route_names_the_listener_of_its_load_balancer() -> None:
    found = wired(**route(priority=10))
    assert found["routes"] == [{"load_balancer": "door", "paths": ["/a"], "priority": 10, "listener_id": "ref:door/elbv2_listener/entry"}]
    assert found["load_balancer_id"] == "ref:door/elbv2_load_balancer/load_balancer"


def test_its_tasks_lie_where_nobody_reaches_them_without_addresses_of_their_own() -> None:
    assert (wired()["subnet_ids"], wired()["public"]) == (["ref:vpc/ec2_subnet/private-a", "ref:vpc/ec2_subnet/private-b"], False)
    found = wired(**app(tier="public"))
    assert (found["subnet_ids"][0], found["public"]) == ("ref:vpc/ec2_subnet/public-a", True)


def test_ecs_may_fetch_the_image_write_the_log_and_read_the_secrets_and_no_more() -> None:
    found = {one["Sid"]: one for one in wired()["execution_statements"]}
    assert {sid: one["Resource"] for sid, one in found.items()} == {
        "RegistryToken": ["*"],
        "Images": ["arn:aws:ecr:eu-west-1:123456789012:repository/shop-app"],
        "Logs": ["arn:aws:logs:eu-west-1:123456789012:log-group:/shop/app:*"],
        "Secrets": ["ref:db/secretsmanager_secret/secret"],
    }
    assert found["RegistryToken"]["Action"] == ["ecr:GetAuthorizationToken"]
    assert not any("*" in action for one in found.values() for action in one["Action"])


def test_a_secret_that_is_given_by_its_arn_is_read_by_its_key() -> None:
    secrets = {"OTHER": {"arn": OTHER, "key_arn": KEY}, "AGAIN": {"arn": OTHER, "field": "a", "key_arn": KEY}}
    found = wired(**app(secrets=secrets))
    assert found["secrets"] == {"OTHER": {"arn": OTHER, "field": ""}, "AGAIN": {"arn": OTHER, "field": "a"}}
    statements = {one["Sid"]: (one["Action"], one["Resource"]) for one in found["execution_statements"]}
    assert statements["Secrets"] == (["secretsmanager:GetSecretValue"], [OTHER])
    assert statements["SecretKeys"] == (["kms:Decrypt"], [KEY])


def test_its_containers_may_do_what_its_arrows_ask_for() -> None:
    found = {one["Sid"]: one["Resource"] for one in wired()["task_statements"]}
    assert set(found) == {"ObjectsFiles", "ListFiles", "KeyFiles", "SecretDb"}
    assert found["ObjectsFiles"] == ["arn:aws:s3:::shop-files-123456789012-eu-west-1/app/*"]


def test_an_identity_gets_them_in_the_place_of_a_role_of_its_own() -> None:
    found = outlined(**app(identity="role"))
    assert found["app"]["wiring"]["present"]["task_statements"] == []
    assert found["app"]["wiring"]["present"]["task_role_arn"] == "ref:role/iam_role/role"
    assert {one["Sid"] for one in found["role"]["wiring"]["present"]["statements"]} == {"ObjectsFiles", "ListFiles", "KeyFiles", "SecretDb"}


def test_what_is_reserved_refers_to_nothing_of_its_own_layer() -> None:
    reserved = outlined()["app"]["wiring"]["reserve"]
    assert reserved == {"vpc_id": "ref:vpc/ec2_vpc/vpc", "port": 8080, "region": "eu-west-1", "partition": "aws", "account": "123456789012"}


def test_a_deploy_knows_what_a_run_over_the_stack_knows_and_finds_what_that_made() -> None:
    found = outlined()["app"]["wiring"]
    assert found["deploy"] == found["present"]
    assert found["deploy"]["family_id"] == "any:app/ecs_task_definition/definition"
    groups = {colour: f"any:app/elbv2_target_group/{colour}" for colour in ("blue", "green")}
    roles = {key: f"any:app/iam_role/{key}" for key in ("execution", "task")}
    assert found["deploy"]["standing"] == {**groups, **roles, "logs": "any:app/kms_key/logs"}


@pytest.mark.parametrize("changed", [{}, {"app": {"container_service_identity": "role"}}])
def test_a_rollback_reads_every_type_that_it_is_wired_to(changed: dict[str, t.Any]) -> None:
    """And no other: somebody is waiting for it."""
    begin = yaml.safe_load((ROOT / "playbooks" / "rollback.yml").read_text())[0]
    one = outlined(**changed)["app"]
    used = set(re.findall(r"(?:ref|any):[^/]+/([^/]+)/", repr([one["wiring"]["deploy"], one["firewall"]])))
    assert used <= set(begin["vars"]["stack_types"]) <= {kind.TYPE for kind in TYPES}


def test_it_needs_what_it_calls_and_what_it_lies_in() -> None:
    assert outlined()["app"]["needs"] == ["db", "door", "files", "vpc"]
    assert outlined(**app(identity="role", secrets={}))["app"]["needs"] == ["db", "door", "files", "role", "vpc"]


def test_it_is_called_through_its_load_balancer_alone() -> None:
    wall = outlined()["app"]["firewall"]
    assert [(one["source"], one["from_port"]) for one in wall["ingress"]] == [("ref:door/ec2_security_group/group", 8080)]


def test_it_wants_room_for_both_colours_and_its_rule_counts() -> None:
    changes = route()
    changes["app"] |= {"container_service_cpu": 512, "container_service_memory": 1024, "container_service_desired": 3}
    declaration = declared(**changes)
    found = demands(examine(declaration)[1], declaration.place)
    counts = {one["quota"]: one["count"] for one in found["quotas"]}
    assert (counts["target_groups"], counts["rules_per_load_balancer"], counts["fargate_vcpus"], found["fleets"]) == (2, 1, 3, [])


def test_it_says_where_images_go_and_where_its_logs_are() -> None:
    outputs = {"app": {"repository_uri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-app", "log_group": "/shop/app"}}
    assert summary({"app": {"kind": "container_service"}}, outputs, "eu-west-1") == [
        "app: push an image to 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-app, then: "
        "ansible-playbook deploy.yml -e deploy_component=NAME -e deploy_image=IMAGE",
        "app: its logs: aws logs tail --region eu-west-1 --follow /shop/app",
    ]


ENDPOINTS = [{"service": service, "type": "interface", "tiers": ["inner"]} for service in ("ecr.api", "ecr.dkr", "logs", "secretsmanager")]
S3 = {"service": "s3", "type": "gateway", "tiers": ["inner"]}
SLIPS: dict[str, tuple[dict[str, dict[str, t.Any]], str, str, str]] = {
    "no place": (NO_DEFAULT, "app", "routes", "it has 0 places in load balancers: give it one"),
    "two places": (app(routes=[{"load_balancer": "door", "paths": ["/a"]}]), "app", "routes", "it has 2 places in load balancers"),
    "a route that catches nothing": ({**NO_DEFAULT, **app(routes=[{"load_balancer": "door"}])}, "app", "routes[0]", "neither paths nor hosts"),
    "no port": ({**app(port=None, clients=[])}, "app", "port", "the port that it listens on is not set"),
    "two ports": (app(ports=[9090]), "app", "ports", "its target groups have one port, and 8080, 9090 are set"),
    "memory that Fargate has not": (app(memory=4096), "app", "memory", "with 256 units memory is 512, 1024, 2048"),
    "memory between two steps": (app(cpu=1024, memory=2500), "app", "memory", "in steps of 1024"),
    "cpu": (app(cpu=300), "app", "cpu", "value of container_service_cpu must be one of"),
    "nobody": (app(desired=0), "app", "desired", "0 tasks serve nobody"),
    "a stop that takes too long": (app(stop_timeout=300), "app", "stop_timeout", "2 to 120 seconds"),
    "a check too often": (app(health_interval=4), "app", "health_interval", "every 5 to 300 seconds, not 4"),
    "a path that is none": (app(writable=["tmp"]), "app", "writable", "each is a path below /"),
    "an identity that is none": (app(identity="rol"), "app", "identity", "the nearest is role"),
    "an identity of hosts": ({**app(identity="role"), "role": {"identity_services": ["ec2.amazonaws.com"]}}, "app", "identity", "add ecs-tasks.amazonaws.com"),
    "a secret of nobody": (app(secrets={"A": {"field": "a"}}), "app", "secrets[A]", "set one"),
    "a secret of two": (app(secrets={"A": {"component": "db", "arn": OTHER}}), "app", "secrets[A]", "set one"),
    "a slip in a secret": (app(secrets={"A": {"component": "db", "feild": "a"}}), "app", "secrets[A]", "there is no feild"),
    "a secret that is a text": (app(secrets={"A": "db"}), "app", "secrets[A]", "db is no dictionary"),
    "a secret of another kind": (app(secrets={"A": {"component": "door"}}), "app", "secrets[A]", "door is one of the load_balancers"),
    "a secret of no client's": ({"db": {"database_clients": []}}, "app", "secrets[DB_PASSWORD]", "app is not among the clients of db"),
    "a secret by half its arn": (app(secrets={"A": {"arn": OTHER[:-7]}}), "app", "secrets[A]", "with the six characters at its end"),
    "a variable twice": (app(environment={"DB_PASSWORD": "x"}), "app", "environment[DB_PASSWORD]", "it is among container_service_secrets too"),
    "a variable that is no text": (app(environment={"DEBUG": True}), "app", "environment[DEBUG]", "True is no text: write it in quotes"),
    "a tier without a way out": ({"vpc": CLOSED}, "app", "tier", "no way to ecr.api, ecr.dkr, logs, s3, secretsmanager"),
    "a tier without one of them": ({"vpc": {**CLOSED, "network_endpoints": ENDPOINTS}}, "app", "tier", "no way to s3: give it egress nat"),
    "a default that is none": ({"door": {"load_balancer_default": "db"}}, "door", "default", "db is one of the databases"),
    "a name that ecr refuses": (app(repository_name="Shop"), "app", "repository_name", "AWS refuses 'Shop'"),
    "one name for both": (app(blue_target_group_name="x", green_target_group_name="x"), "app", "green_target_group_name", "another of its own"),
}
PREFIXES = {"app": "container_service", "door": "load_balancer"}


@pytest.mark.parametrize(("changes", "component", "key", "words"), SLIPS.values(), ids=SLIPS)
def test_a_slip_is_told(changes: dict[str, t.Any], component: str, key: str, words: str) -> None:
    found = [text for name, where, text in told(**changes) if (name, where) == (component, f"{PREFIXES[component]}_{key}")]
    assert any(words in text for text in found), told(**changes)


SOUND = {
    "all by the defaults": {},
    "a rule": route(),
    "memory on a step": app(cpu=8192, memory=20480),
    "a closed tier with its endpoints": {"vpc": {**CLOSED, "network_endpoints": [*ENDPOINTS, S3]}},
    "an identity of tasks": app(identity="role"),
    "numbers": app(environment={"WORKERS": 4}),
}


@pytest.mark.parametrize("changes", SOUND.values(), ids=SOUND)
def test_there_is_nothing_wrong_with(changes: dict[str, t.Any]) -> None:
    assert told(**changes) == []


def test_a_priority_is_one_services_alone_of_whatever_kind() -> None:
    values = {**VALUES, **{name: {**VALUES[name], **changed} for name, changed in route(priority=5).items()}, "web": {"service_port": 80}}
    values["web"]["service_routes"] = [{"load_balancer": "door", "paths": ["/b"], "priority": 5}]
    stack = {"stack_name": "shop"}
    declaration = Declaration({"components": sorted(values), **GROUPS, "services": ["web"]}, values, stack=stack, account_id="1" * 12, region="eu-west-1")
    assert [(one.component, one.key) for one in examine(declaration)[0]] == [("app", "container_service_routes[0]"), ("web", "service_routes[0]")]
