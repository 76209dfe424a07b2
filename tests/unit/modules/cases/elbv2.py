# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elastic Load Balancing: the door of a system."""

from __future__ import annotations

import json
import typing as t

from .acm import a_zone
from .acm import change_records
from .acm import issued
from .case import Case
from .case import Ids
from .case import TAGS
from .case import ZONE
from .ec2 import tables_and_groups

MAY_WRITE = {"Effect": "Allow", "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "*"}


def a_street(aws: t.Any) -> Ids:
    """A network with a third subnet, a zone, and a bucket for logs."""
    ids = tables_and_groups(aws)
    spec = {"VpcId": ids["vpc"], "CidrBlock": "10.0.2.0/24", "AvailabilityZone": ZONE.replace("2a", "2c")}
    ids |= {"three": aws.ec2.create_subnet(**spec)["Subnet"]["SubnetId"], "zone": a_zone(aws), "bucket": "shop-logs"}
    aws.s3.create_bucket(Bucket=ids["bucket"], CreateBucketConfiguration={"LocationConstraint": ZONE[:-1]})
    aws.s3.put_bucket_policy(Bucket=ids["bucket"], Policy=json.dumps({"Version": "2012-10-17", "Statement": [MAY_WRITE]}))
    return ids


def a_door(aws: t.Any) -> Ids:
    """A load balancer, two target groups, and two certificates, none of them ours."""
    ids = tables_and_groups(aws) | {"zone": a_zone(aws)}
    balancer = aws.elbv2.create_load_balancer(Name="door", Subnets=[ids["one"], ids["two"]], SecurityGroups=[ids["group"]])
    ids["balancer"] = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    for name in ("blue", "green"):
        made = aws.elbv2.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=ids["vpc"])
        ids[name] = made["TargetGroups"][0]["TargetGroupArn"]
        ids[f"{name} certificate"] = issued(aws, ids["zone"], f"{name}.example.com")
    return ids


def a_listener(aws: t.Any) -> Ids:
    ids = a_door(aws)
    spec = {"LoadBalancerArn": ids["balancer"], "Protocol": "HTTP", "Port": 80, "DefaultActions": [answer("404")]}
    return ids | {"listener": aws.elbv2.create_listener(**spec)["Listeners"][0]["ListenerArn"]}


def answer(code: str) -> dict[str, t.Any]:
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": code}}


def tagged(aws: t.Any, arn: str, ids: Ids) -> None:
    aws.elbv2.add_tags(ResourceArns=[arn], Tags=[{"Key": "Name", "Value": "renamed"}, {"Key": "foreign", "Value": "kept"}])


def attribute(key: str, value: str) -> t.Callable[[t.Any, str, Ids], t.Any]:
    """Turn one attribute of a load balancer or of a target group."""

    def change(aws: t.Any, arn: str, ids: Ids) -> None:
        attributes = [{"Key": key, "Value": value}]
        if ":targetgroup/" in arn:
            aws.elbv2.modify_target_group_attributes(TargetGroupArn=arn, Attributes=attributes)
        else:
            aws.elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)

    return change


# -- load balancers --------------------------------------------------------------------------------------------


def balancer(ids: Ids, subnets: list[str], group: str, names: list[str], **more: t.Any) -> dict[str, t.Any]:
    return {
        "name": "shop-alb",
        "scheme": "internet-facing",
        "subnet_ids": [ids[name] for name in subnets],
        "security_group_ids": [ids[group]],
        "records": [{"zone_id": ids["zone"], "name": f"{name}.example.com"} for name in names],
        **more,
    }


SAFE = {"ip_address_type": "ipv4", "deletion_protection": True, "drop_invalid_header_fields": True, "idle_timeout": 30}
LAX = {"ip_address_type": "dualstack", "deletion_protection": False, "drop_invalid_header_fields": False, "idle_timeout": 90}


def drop_record(aws: t.Any, arn: str, ids: Ids) -> None:
    found = aws.route53.list_resource_record_sets(HostedZoneId=ids["zone"])["ResourceRecordSets"]
    change_records(aws, ids["zone"], "DELETE", [next(one for one in found if one["Type"] == "A")])


# -- target groups, listeners, rules ---------------------------------------------------------------------------


HEALTH = {"path": "/health", "port": "traffic-port", "protocol": "HTTP", "interval": 15, "timeout": 5}
HEALTH |= {"healthy_threshold": 3, "unhealthy_threshold": 4, "matcher": "200-299"}
STICKY = {"enabled": True, "type": "app_cookie", "duration": 600, "cookie_name": "SHOP"}


def groups(ids: Ids, **more: t.Any) -> dict[str, t.Any]:
    one = {"key": "app", "name": "shop-app", "protocol": "HTTP", "port": 8080, "target_type": "ip", "slow_start": 30}
    return {"vpc_id": ids["vpc"], "target_groups": [one | {"health_check": HEALTH, "stickiness": STICKY, "deregistration_delay": 30} | more]}


def listeners(ids: Ids, certificate: str, policy: str | None, *actions: dict[str, t.Any], **more: t.Any) -> dict[str, t.Any]:
    plain = {"key": "http", "name": "shop-alb http", "port": 80, "protocol": "HTTP", "default_action": actions[0]}
    safe = {"key": "https", "name": "shop-alb https", "port": 443, "protocol": "HTTPS", "default_action": actions[1]}
    safe |= {"certificate_arn": ids[f"{certificate} certificate"], "ssl_policy": policy}
    return {"load_balancer_id": ids["balancer"], "listeners": [safe, plain], **more}


REDIRECT = {"type": "redirect", "status_code": "HTTP_301", "protocol": "HTTPS", "port": "443"}
ANSWER = {"type": "fixed_response", "status_code": "404", "content_type": "text/plain", "message_body": "No such page"}


def modify(field: str, value: t.Callable[[Ids], t.Any]) -> t.Callable[[t.Any, str, Ids], t.Any]:
    return lambda aws, arn, ids: aws.elbv2.modify_listener(ListenerArn=arn, **{field: value(ids)})


def rules(ids: Ids, *places: int, **more: t.Any) -> dict[str, t.Any]:
    api = {"key": "api", "name": "shop api", "priority": places[0], "paths": ["/api/*", "/v2/*"], "hosts": ["*.example.com"]}
    web = {"key": "web", "name": "shop web", "priority": places[1], "paths": ["/*"], "target_group_ids": [ids["green"], ids["blue"]]}
    return {"listener_id": ids["listener"], "rules": [{**api, "target_group_id": ids["blue"], **more}, web]}


def condition(field: str, config: str, *values: str) -> t.Callable[[t.Any, str, Ids], t.Any]:
    def change(aws: t.Any, arn: str, ids: Ids) -> None:
        found = aws.elbv2.describe_rules(RuleArns=[arn])["Rules"][0]["Conditions"]
        others = [{"Field": one["Field"], **{key: one[key] for key in one if key.endswith("Config")}} for one in found if one["Field"] != field]
        aws.elbv2.modify_rule(RuleArn=arn, Conditions=[*others, {"Field": field, config: {"Values": list(values)}}])

    return change


CASES = [
    Case(
        "elbv2_load_balancer",
        a_street,
        lambda ids: balancer(ids, ["one", "two"], "group", ["shop", "*.shop"], **SAFE, access_logs={"bucket": ids["bucket"], "prefix": "alb"}),
        lambda ids: balancer(ids, ["one", "three"], "group2", ["shop", "www"], **LAX, access_logs={}, tags=TAGS),
        ("CreateLoadBalancer", "ModifyLoadBalancerAttributes", "AddTags", "ChangeResourceRecordSets"),
        {
            "subnet_ids": lambda aws, arn, ids: aws.elbv2.set_subnets(LoadBalancerArn=arn, Subnets=[ids["two"], ids["three"]]),
            "security_group_ids": lambda aws, arn, ids: aws.elbv2.set_security_groups(LoadBalancerArn=arn, SecurityGroups=[ids["group2"]]),
            "ip_address_type": lambda aws, arn, ids: aws.elbv2.set_ip_address_type(LoadBalancerArn=arn, IpAddressType="dualstack"),
            "deletion_protection": attribute("deletion_protection.enabled", "false"),
            "drop_invalid_header_fields": attribute("routing.http.drop_invalid_header_fields.enabled", "false"),
            "idle_timeout": attribute("idle_timeout.timeout_seconds", "4000"),
            "access_logs": attribute("access_logs.s3.enabled", "false"),
            "records": drop_record,
            "tags": tagged,
        },
        {"scheme": "AWS cannot change it"},
    ),
    Case(
        "elbv2_target_group",
        tables_and_groups,
        lambda ids: groups(ids, load_balancing_algorithm="round_robin"),
        lambda ids: (
            groups(ids, health_check={"path": "/", "interval": 20}, stickiness={"enabled": False}, slow_start=0, deregistration_delay=0) | {"tags": TAGS}
        ),
        ("CreateTargetGroup", "ModifyTargetGroupAttributes"),
        {
            "health_check": lambda aws, arn, ids: aws.elbv2.modify_target_group(TargetGroupArn=arn, HealthCheckPath="/"),
            "deregistration_delay": attribute("deregistration_delay.timeout_seconds", "300"),
            "slow_start": attribute("slow_start.duration_seconds", "60"),
            "load_balancing_algorithm": attribute("load_balancing.algorithm.type", "least_outstanding_requests"),
            "stickiness": attribute("stickiness.enabled", "false"),
            "tags": tagged,
        },
        {"protocol": "AWS cannot change it", "port": "AWS cannot change it", "target_type": "AWS cannot change it"},
    ),
    Case(
        "elbv2_listener",
        a_door,
        lambda ids: listeners(ids, "blue", None, REDIRECT, {"type": "forward", "target_group_id": ids["blue"]}),
        lambda ids: listeners(ids, "green", "ELBSecurityPolicy-TLS13-1-3-2021-06", {**REDIRECT, "path": "/new"}, ANSWER, tags=TAGS),
        ("CreateListener",),
        {
            "port": modify("Port", lambda ids: 8443),
            "certificate_arn": modify("Certificates", lambda ids: [{"CertificateArn": ids["green certificate"]}]),
            "ssl_policy": modify("SslPolicy", lambda ids: "ELBSecurityPolicy-2016-08"),
            "default_action": modify("DefaultActions", lambda ids: [{"Type": "forward", "TargetGroupArn": ids["green"]}]),
            "tags": tagged,
        },
        {"protocol": "a change of it changes certificate and policy too: test_elbv2.py"},
    ),
    Case(
        "elbv2_listener_rule",
        a_listener,
        lambda ids: rules(ids, 10, 20),
        lambda ids: rules(ids, 20, 10, paths=["/api/*"], hosts=[], target_group_id=ids["green"]) | {"tags": TAGS},
        ("CreateRule",),
        {
            "priority": lambda aws, arn, ids: aws.elbv2.set_rule_priorities(RulePriorities=[{"RuleArn": arn, "Priority": 5}]),
            "paths": condition("path-pattern", "PathPatternConfig", "/api/*"),
            "hosts": condition("host-header", "HostHeaderConfig", "example.com"),
            "target_group_id": lambda aws, arn, ids: aws.elbv2.modify_rule(RuleArn=arn, Actions=[{"Type": "forward", "TargetGroupArn": ids["green"]}]),
            "target_group_ids": lambda aws, arn, ids: aws.elbv2.modify_rule(
                RuleArn=ids["web"], Actions=[{"Type": "forward", "TargetGroupArn": ids["green"]}]
            ),
            "tags": tagged,
        },
        {},
    ),
]
