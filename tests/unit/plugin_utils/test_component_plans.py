# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of a service, of a load balancer and of a database follow from their inputs."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.aws.plugins.module_utils._core.plan import UNKNOWN
from ansible_collections.groundwork.aws.plugins.plugin_utils.alarms import of_database
from ansible_collections.groundwork.aws.plugins.plugin_utils.kinds import BY_GROUP
from ansible_collections.groundwork.aws.plugins.plugin_utils.load_balancer_plan import load_balancer_plan
from ansible_collections.groundwork.aws.plugins.plugin_utils.service_plan import service_plan

DOOR = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop-door/50dc6c495c0c9188"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-web/73e2d6bc24d8a067"
CERTIFICATE = {"id": "arn:aws:acm:eu-west-1:123456789012:certificate/1", "status": "ISSUED"}


def service(wiring: dict[str, t.Any] | None = None, target_group: str = GROUP, **inputs: t.Any) -> dict[str, t.Any]:
    given = {**BY_GROUP["services"].defaults, "service_instance_name": "web-host", "service_target_group_name": "web", "service_group_name": "fleet"}
    given |= {f"service_{key}": value for key, value in inputs.items()} | {"service_wiring": wiring or {"port": 80}}
    return service_plan("web", given, "shop", target_group)


def door(certificate: dict | None = None, standing: dict | None = None, **inputs: t.Any) -> dict[str, t.Any]:
    given = {**BY_GROUP["load_balancers"].defaults, "load_balancer_name": "shop-door", "load_balancer_wiring": {}}
    given |= {f"load_balancer_{key}": value for key, value in inputs.items()}
    return load_balancer_plan("door", given, "shop", certificate, standing)


def test_a_runtime_says_image_and_root() -> None:
    assert "al2023" in service(runtime="spring")["image"]
    assert "ubuntu-22.04" in service(runtime="gpu")["image"]
    assert service(runtime="gpu")["root_volume"] == {"size": 100}
    assert service(runtime="gpu", root_volume={"size": 200})["root_volume"] == {"size": 200}
    assert service(runtime="gpu", image="ami-0123456789abcdef0")["image"] == "ami-0123456789abcdef0"


def test_hosts_bear_the_names_that_people_look_for() -> None:
    assert service(instance_tags={"Team": "web"})["instance_tags"] == {"Name": "web-host", "Service": "shop-web", "Team": "web"}


def test_what_listens_on_no_port_has_no_target_group() -> None:
    assert service(wiring={"port": None})["target_groups"] == []
    assert service(health_path="/up")["target_groups"][0]["health_check"] == {"path": "/up"}


def test_each_route_is_a_rule_of_its_listener() -> None:
    routes = [{"load_balancer": "door", "listener_id": "l1", "paths": ["/a"], "priority": 10}, {"load_balancer": "door", "listener_id": "l1", "hosts": ["b.c"]}]
    rules = service(wiring={"port": 80, "routes": routes})["rules"]["l1"]
    assert rules[0] == {"key": "door-0", "name": "shop-web-door-0", "paths": ["/a"], "priority": 10, "target_group_id": GROUP}
    assert rules[1] == {"key": "door-1", "name": "shop-web-door-1", "hosts": ["b.c"], "target_group_id": GROUP}


def test_requests_are_counted_where_they_come_in() -> None:
    cpu, requests = service(
        wiring={"port": 80, "load_balancer_id": DOOR}, scaling=[{"metric": "cpu", "target": 60, "name": "by cpu"}, {"metric": "requests", "target": 600}]
    )["policies"]
    assert cpu == {"key": "cpu", "name": "by cpu", "type": "target_tracking", "metric": "ASGAverageCPUUtilization", "target_value": 60}
    assert (requests["load_balancer_id"], requests["target_group_id"], requests["target_value"]) == (DOOR, GROUP, 600)


def test_alarms_name_load_balancer_and_target_group_as_cloudwatch_does() -> None:
    unhealthy, errors, memory, disk = service(wiring={"port": 80, "load_balancer_id": DOOR, "alarm_actions": ["topic"]})["alarms"]
    assert unhealthy["dimensions"] == {"TargetGroup": "targetgroup/shop-web/73e2d6bc24d8a067", "LoadBalancer": "app/shop-door/50dc6c495c0c9188"}
    assert (errors["metric"], errors["namespace"], errors["actions"]) == ("HTTPCode_Target_5XX_Count", "AWS/ApplicationELB", ["topic"])
    assert {one["dimensions"]["AutoScalingGroupName"] for one in (memory, disk)} == {"fleet"}
    assert all(one["name"].startswith("shop-web-") for one in (unhealthy, errors, memory, disk))


def test_what_is_unknown_stays_so() -> None:
    unhealthy = service(wiring={"port": 80, "load_balancer_id": UNKNOWN}, target_group=UNKNOWN)["alarms"][0]
    assert set(unhealthy["dimensions"].values()) == {UNKNOWN}


def test_alarms_are_left_out_on_demand() -> None:
    assert service(alarms=False)["alarms"] == door(alarms=False)["alarms"] == []


def test_without_a_domain_the_door_is_plain() -> None:
    (entry,) = door(standing={"dns_name": "d.elb"})["listeners"]
    assert (entry["key"], entry["port"], entry["protocol"], entry["default_action"]["status_code"]) == ("entry", 80, "HTTP", "404")
    assert door(standing={"dns_name": "d.elb"})["url"] == "http://d.elb"


def test_with_a_zone_of_ours_the_door_is_planned_as_it_will_be() -> None:
    found = door(domain="shop.example", zone_id="Z1")
    entry, redirect = found["listeners"]
    assert (entry["key"], entry["port"], entry["certificate_arn"]) == ("entry", 443, UNKNOWN)
    assert (redirect["key"], redirect["port"], redirect["default_action"]["type"]) == ("redirect", 80, "redirect")
    assert found["records"] == [{"zone_id": "Z1", "name": "shop.example"}]
    assert found["records_to_add"] == []


def test_without_one_it_stays_plain_until_the_certificate_is_issued_and_says_what_to_add() -> None:
    pending = {**CERTIFICATE, "status": "PENDING_VALIDATION", "validation_records": [{"name": "_a.shop.example", "type": "CNAME", "value": "_b.acm"}]}
    found = door(certificate=pending, standing={"dns_name": "d.elb"}, domain="shop.example")
    assert [one["port"] for one in found["listeners"]] == [80]
    assert found["records_to_add"] == [*pending["validation_records"], {"name": "shop.example", "type": "CNAME", "value": "d.elb"}]
    issued = door(certificate=CERTIFICATE, domain="shop.example")
    assert [(one["port"], one.get("certificate_arn")) for one in issued["listeners"]] == [(443, CERTIFICATE["id"]), (80, None)]


def test_a_default_service_is_forwarded_to() -> None:
    (entry,) = door(wiring={"default_target_group_ids": [GROUP]})["listeners"]
    assert entry["default_action"] == {"type": "forward", "target_group_id": GROUP}


def test_a_database_is_watched_by_what_it_was_made_with() -> None:
    cpu, storage = of_database("shop-db", "tio-db", 20, [])
    assert (cpu["threshold"], storage["threshold"], storage["comparison"]) == (80, 2 * 1024**3, "LessThanThreshold")
    assert cpu["dimensions"] == storage["dimensions"] == {"DBInstanceIdentifier": "tio-db"}
