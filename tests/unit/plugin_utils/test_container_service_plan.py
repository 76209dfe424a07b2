# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of a container service follow from its inputs."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.aws.plugins.module_utils._core.plan import UNKNOWN
from ansible_collections.groundwork.aws.plugins.plugin_utils.container_service_plan import container_service_plan
from ansible_collections.groundwork.aws.plugins.plugin_utils.kinds import BY_GROUP

DOOR = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop-door/50dc6c495c0c9188"
GROUPS = {colour: f"arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-app-{colour}/73e2d6bc24d8a067" for colour in ("blue", "green")}
ROLES = {key: f"arn:aws:iam::123456789012:role/shop-app-{key}" for key in ("execution", "task")}
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db/credentials-AbCdEf"
WIRING = {"port": 8080, "region": "eu-west-1", "account": "123456789012", "partition": "aws", "load_balancer_id": DOOR}
KIND = BY_GROUP["container_services"]


def plan(wiring: dict[str, t.Any] | None = None, standing: dict[str, str] | None = None, **inputs: t.Any) -> dict[str, t.Any]:
    named = {f"container_service_{name}": pattern.format(stack="shop", component="app", hyphened="app") for name, _rule, pattern in KIND.names}
    given = {**KIND.defaults, **named, **{f"container_service_{key}": value for key, value in inputs.items()}}
    return container_service_plan("app", {**given, "container_service_wiring": {**WIRING, **(wiring or {})}}, "shop", standing)


def container(**inputs: t.Any) -> dict[str, t.Any]:
    (one,) = plan(**inputs)["containers"]
    return one


def test_each_colour_has_a_target_group_of_addresses() -> None:
    blue, green = plan(health_path="/up", green_target_group_name="shop-green-tg")["target_groups"]
    assert (blue["key"], blue["name"], green["key"], green["name"]) == ("blue", "shop-app-blue", "green", "shop-green-tg")
    assert {(one["target_type"], one["protocol"], one["port"], one["health_check"]["path"]) for one in (blue, green)} == {("ip", "HTTP", 8080, "/up")}


def test_a_check_of_a_target_ends_before_the_next_one_begins() -> None:
    paces = [plan(health_interval=seconds)["target_groups"][0]["health_check"] for seconds in (5, 30)]
    assert [(one["interval"], one["timeout"]) for one in paces] == [(5, 4), (30, 5)]


def test_each_colour_has_a_service_and_blue_begins() -> None:
    blue, green = plan(standing=GROUPS, desired=3)["services"]
    assert [(one["key"], one["name"], one["desired_count"]) for one in (blue, green)] == [("blue", "shop-app-blue", 3), ("green", "shop-app-green", 0)]
    assert blue["load_balancer"] == {"target_group_id": GROUPS["blue"], "container": "app", "port": 8080}


def test_a_route_leads_to_both_colours() -> None:
    rules = plan({"routes": [{"load_balancer": "door", "listener_id": "l1", "paths": ["/a"], "priority": 10}]}, GROUPS)["rules"]
    wanted = {"key": "door-0", "name": "shop-app-door-0", "paths": ["/a"], "priority": 10, "target_group_ids": [GROUPS["blue"], GROUPS["green"]]}
    assert rules == {"l1": [wanted]}


def test_the_roles_are_taken_on_by_tasks_of_this_account_alone() -> None:
    statement = {"Sid": "SecretDb"}
    execution, task = plan({"execution_statements": [{"Sid": "Images"}], "task_statements": [statement]}, statements=[{"Sid": "Mine"}])["roles"]
    assert (execution["name"], task["name"]) == ("shop-app-execution", "shop-app-task")
    assert task["policies"]["groundwork"]["Statement"] == [statement, {"Sid": "Mine"}]
    (trust,) = execution["trust"]["Statement"]
    assert trust["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    condition = {"ArnLike": {"aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:*"}, "StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert trust["Condition"] == condition


def test_containers_that_need_no_rights_have_none() -> None:
    assert plan()["roles"][1]["policies"] == {}


def test_an_identity_takes_the_place_of_the_containers_role() -> None:
    found = plan({"task_role_arn": "arn:aws:iam::123456789012:role/shop-web"}, ROLES, identity="web")
    assert [one["key"] for one in found["roles"]] == ["execution"]
    assert (found["execution_role_arn"], found["task_role_arn"]) == (ROLES["execution"], "arn:aws:iam::123456789012:role/shop-web")


def test_a_container_says_no_more_than_it_is_given() -> None:
    found = container()
    assert not {"image", "command", "health_check"} & set(found)
    assert (found["read_only_root"], found["mounts"]) == (True, [])
    found = container(image="nginx:1.29", command=["serve"], health_command="curl -f localhost", environment={"WORKERS": 4})
    assert (found["image"], found["command"], found["environment"]) == ("nginx:1.29", ["serve"], {"WORKERS": "4"})
    assert found["health_check"]["command"] == ["CMD-SHELL", "curl -f localhost"]


def test_a_secret_is_told_by_its_arn_and_field_and_never_by_its_value() -> None:
    wiring = {"secrets": {"DB_PASSWORD": {"arn": SECRET, "field": "password"}, "DB": {"arn": SECRET, "field": ""}}}
    assert plan(wiring)["containers"][0]["secrets"] == {"DB_PASSWORD": f"{SECRET}:password::", "DB": SECRET}


def test_a_path_to_write_to_is_a_volume_of_the_tasks_own() -> None:
    found = plan(writable=["/tmp", "/var/cache/app"])
    assert found["volumes"] == [{"name": "tmp"}, {"name": "var-cache-app"}]
    assert found["containers"][0]["mounts"] == [{"volume": "tmp", "path": "/tmp"}, {"volume": "var-cache-app", "path": "/var/cache/app"}]


def test_its_log_is_encrypted_by_its_own_key_or_another_or_by_awss() -> None:
    assert plan(standing={"logs": "arn:key"})["log_groups"] == [{"name": "/shop/app", "retention_days": 30, "kms_key_id": "arn:key"}]
    assert plan(log_key_id="arn:other")["log_groups"][0]["kms_key_id"] == "arn:other"
    assert "kms_key_id" not in plan(log_encrypted=False)["log_groups"][0]


def test_both_colours_are_watched_and_each_alarm_has_a_name_of_its_own() -> None:
    alarms = plan({"alarm_actions": ["topic"]}, GROUPS)["alarms"]
    assert len({one["name"] for one in alarms}) == len({one["key"] for one in alarms}) == len(alarms) == 8
    unhealthy = next(one for one in alarms if one["name"] == "shop-app-green-unhealthy-hosts")
    assert unhealthy["dimensions"] == {"TargetGroup": "targetgroup/shop-app-green/73e2d6bc24d8a067", "LoadBalancer": "app/shop-door/50dc6c495c0c9188"}
    cpu = next(one for one in alarms if one["name"] == "shop-app-blue-cpu")
    assert (cpu["namespace"], cpu["dimensions"]) == ("AWS/ECS", {"ClusterName": "shop-app", "ServiceName": "shop-app-blue"})
    assert all(one["actions"] == ["topic"] and one["treat_missing_data"] == "notBreaching" for one in alarms)
    assert plan(alarms=False)["alarms"] == []


def test_what_is_unknown_stays_so() -> None:
    found = plan({"secrets": {"DB_PASSWORD": {"arn": UNKNOWN, "field": "password"}}, "load_balancer_id": UNKNOWN})
    assert {found["execution_role_arn"], found["task_role_arn"], found["containers"][0]["secrets"]["DB_PASSWORD"]} == {UNKNOWN}
    assert {one["load_balancer"]["target_group_id"] for one in found["services"]} == {UNKNOWN}
    assert {value for one in found["alarms"] for value in one["dimensions"].values() if "shop" not in value} == {UNKNOWN}
