# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elastic Load Balancing, as it is: names, zones, ports, places, certificates, and what each refuses."""
from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud
from localcloud.clock import CLOCK

from .conftest import client_of
from .network import Network

NOWHERE = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:"
NO_CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
PATH = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a"]}}]
ANSWER = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]


class Door(Network):
    """A load balancer and what belongs to it, by plain boto3, made when first asked for."""

    def __init__(self, clients: dict[str, Any]) -> None:
        super().__init__(clients["ec2"])
        self.clients, self.elbv2 = clients, clients["elbv2"]

    def new_balancer(self, name: str = "door", **params: Any) -> dict[str, Any]:
        assert self.igw
        asked = {"Name": name, "Subnets": [self.subnet, self.neighbour]} | params
        return self.elbv2.create_load_balancer(**asked)["LoadBalancers"][0]

    @cached_property
    def balancer(self) -> str:
        return self.new_balancer()["LoadBalancerArn"]

    def new_group(self, name: str = "target", **params: Any) -> str:  # a target group, not a security group
        asked = {"Name": name, "Protocol": "HTTP", "Port": 80, "VpcId": self.vpc} | params
        return self.elbv2.create_target_group(**asked)["TargetGroups"][0]["TargetGroupArn"]

    @cached_property
    def target(self) -> str:
        return self.new_group()

    @cached_property
    def fence(self) -> str:
        """A security group."""
        return super().new_group("fence")

    def new_listener(self, port: int = 80, balancer: str | None = None, **params: Any) -> str:
        asked = {"LoadBalancerArn": balancer or self.balancer, "Port": port, "Protocol": "HTTP", "DefaultActions": ANSWER} | params
        return self.elbv2.create_listener(**asked)["Listeners"][0]["ListenerArn"]

    @cached_property
    def listener(self) -> str:
        return self.new_listener()

    def rule(self, place: int, **params: Any) -> str:
        asked = {"ListenerArn": self.listener, "Priority": place, "Conditions": PATH, "Actions": ANSWER} | params
        return self.elbv2.create_rule(**asked)["Rules"][0]["RuleArn"]

    def pending(self) -> str:
        return self.clients["acm"].request_certificate(DomainName="example.com", ValidationMethod="DNS")["CertificateArn"]

    def protect(self, balancer: str) -> str:
        attributes = [{"Key": "deletion_protection.enabled", "Value": "true"}]
        self.elbv2.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=attributes)
        return balancer

    def log(self, bucket: str) -> Any:
        attributes = [{"Key": "access_logs.s3.enabled", "Value": "true"}, {"Key": "access_logs.s3.bucket", "Value": bucket}]
        return self.elbv2.modify_load_balancer_attributes(LoadBalancerArn=self.balancer, Attributes=attributes)

    def tag(self, arn: str, *keys: str) -> Any:
        return self.elbv2.add_tags(ResourceArns=[arn], Tags=[{"Key": key, "Value": "v"} for key in keys])

    def interfaces(self) -> list[dict[str, Any]]:
        return self.ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["NetworkInterfaces"]


def forward(arn: str) -> list[dict[str, Any]]:
    return [{"Type": "forward", "TargetGroupArn": arn}]


@pytest.fixture(scope="module")
def _plain(standing_cloud: LocalCloud) -> dict[str, Any]:
    return {service: client_of(standing_cloud.endpoint, service) for service in ("ec2", "elbv2", "acm")}


@pytest.fixture
def door(cloud: LocalCloud, _plain: dict[str, Any]) -> Door:
    return Door(_plain)


# addition, what AWS says, the last call of this
REFUSALS: list[tuple[str, str, Callable[[Door], Any]]] = [
    ("name_load_balancers", "ValidationError", lambda d: d.new_balancer("x" * 33)),
    ("name_load_balancers", "ValidationError", lambda d: d.new_balancer("under_score")),
    ("name_load_balancers", "ValidationError", lambda d: d.new_balancer("edge-")),
    ("name_load_balancers", "ValidationError", lambda d: d.new_balancer("internal-door")),
    ("span_two_zones", "ValidationError", lambda d: d.new_balancer(Subnets=[d.subnet])),
    ("span_two_zones", "SubnetNotFound", lambda d: d.new_balancer(Subnets=[d.subnet, "subnet-0123456789abcdef0"])),
    ("span_two_zones", "InvalidConfigurationRequest",
     lambda d: d.new_balancer(Subnets=[d.subnet, d.neighbour, d.new_subnet("10.0.3.0/24", "eu-west-1b")])),
    ("span_two_zones", "InvalidSubnet", lambda d: d.new_balancer(Subnets=[d.subnet, _small(d)])),
    ("span_two_zones", "InvalidSubnet",
     lambda d: d.elbv2.create_load_balancer(Name="door", Subnets=[d.subnet, d.neighbour])),
    ("span_two_zones", "ValidationError", lambda d: d.elbv2.set_subnets(LoadBalancerArn=d.balancer, Subnets=[d.subnet])),
    ("groups_of_the_vpc", "InvalidSecurityGroup", lambda d: d.new_balancer(SecurityGroups=["sg-0123456789abcdef0"])),
    ("groups_of_the_vpc", "InvalidConfigurationRequest",
     lambda d: d.new_balancer(SecurityGroups=[Network.new_group(d, "away", d.other_vpc)])),
    ("one_of_a_name", "DuplicateLoadBalancerName", lambda d: (d.balancer, d.new_balancer(Scheme="internal"))),
    ("one_of_a_name", "DuplicateTargetGroupName", lambda d: (d.target, d.new_group(Port=81))),
    ("log_where_it_may", "InvalidConfigurationRequest", lambda d: d.log("nobodys")),
    ("keep_what_is_protected", "OperationNotPermitted",
     lambda d: d.elbv2.delete_load_balancer(LoadBalancerArn=d.protect(d.balancer))),
    ("serve_one_load_balancer", "TargetGroupAssociationLimit",
     lambda d: (d.new_listener(DefaultActions=forward(d.target)),
                d.new_listener(balancer=d.new_balancer("other")["LoadBalancerArn"], DefaultActions=forward(d.target)))),
    ("serve_one_load_balancer", "TargetGroupAssociationLimit",
     lambda d: (d.new_listener(81, d.new_balancer("other")["LoadBalancerArn"], DefaultActions=forward(d.target)),
                d.elbv2.modify_rule(RuleArn=d.rule(1), Actions=forward(d.target)))),
    ("one_a_port", "DuplicateListener", lambda d: (d.listener, d.new_listener(DefaultActions=forward(d.target)))),
    ("one_a_port", "DuplicateListener", lambda d: d.elbv2.modify_listener(ListenerArn=d.new_listener(81), Port=_port(d))),
    ("certificates_are_issued", "ValidationError", lambda d: d.new_listener(443, Protocol="HTTPS")),
    ("certificates_are_issued", "SSLPolicyNotFound", lambda d: d.new_listener(443, SslPolicy="nothing")),
    ("certificates_are_issued", "CertificateNotFound",
     lambda d: d.new_listener(443, Protocol="HTTPS", Certificates=[{"CertificateArn": NO_CERTIFICATE}])),
    ("certificates_are_issued", "UnsupportedCertificate",
     lambda d: d.new_listener(443, Protocol="HTTPS", Certificates=[{"CertificateArn": d.pending()}])),
    ("certificates_are_issued", "UnsupportedCertificate",
     lambda d: d.elbv2.modify_listener(ListenerArn=d.listener, Protocol="HTTPS", Certificates=[{"CertificateArn": d.pending()}])),
    ("delete_what_is_a_rule", "RuleNotFound", lambda d: d.elbv2.delete_rule(RuleArn=NOWHERE + "listener-rule/app/a/b/c/d")),
    ("delete_what_is_a_rule", "OperationNotPermitted", lambda d: d.elbv2.delete_rule(RuleArn=_default_rule(d))),
    ("places_are_swapped", "PriorityInUse",
     lambda d: d.elbv2.set_rule_priorities(RulePriorities=[{"RuleArn": d.rule(1), "Priority": 2}, {"RuleArn": d.rule(3), "Priority": _held(d)}])),
    ("tag_what_stands", "LoadBalancerNotFound",
     lambda d: d.elbv2.describe_tags(ResourceArns=[d.balancer, NOWHERE + "loadbalancer/app/a/b"])),
    ("tag_what_stands", "RuleNotFound", lambda d: d.elbv2.describe_tags(ResourceArns=[NOWHERE + "listener-rule/app/a/b/c/d"])),
    ("tag_what_stands", "TargetGroupNotFound", lambda d: d.tag(NOWHERE + "targetgroup/a/b", "k")),
    ("restrict_elbv2_tags", "DuplicateTagKeys", lambda d: d.tag(d.target, "k", "k")),
    ("restrict_elbv2_tags", "ValidationError", lambda d: d.tag(d.target, "aws:k")),
    ("fifty_tags", "TooManyTags", lambda d: d.tag(d.target, *map(str, range(51)))),
]  # fmt: skip
SMALL_QUOTAS: list[tuple[str, str, dict[str, int], Callable[[Door], Any]]] = [
    ("one_of_a_name", "TooManyLoadBalancers", {"load_balancers": 0}, lambda d: d.balancer),
    ("one_of_a_name", "TooManyTargetGroups", {"target_groups": 0}, lambda d: d.target),
    ("one_a_port", "TooManyListeners", {"listeners_per_load_balancer": 1}, lambda d: (d.listener, d.new_listener(81))),
    ("rule_quota", "TooManyRules", {"rules_per_load_balancer": 1}, lambda d: (d.rule(1), d.rule(2))),
]


def _small(door: Door) -> str:
    subnet = door.new_subnet("10.0.4.0/28", "eu-west-1b")
    for _time in range(4):
        door.ec2.create_network_interface(SubnetId=subnet)
    return subnet


def _port(door: Door) -> int:
    assert door.listener
    return 80


def _default_rule(door: Door) -> str:
    return door.elbv2.describe_rules(ListenerArn=door.listener)["Rules"][0]["RuleArn"]


def _held(door: Door) -> int:
    door.rule(9)
    return 9


@pytest.mark.parametrize(("code", "case"), [row[1:] for row in REFUSALS], ids=[f"{row[0]}-{row[1]}-{n}" for n, row in enumerate(REFUSALS)])
def test_what_aws_refuses_is_refused(door: Door, code: str, case: Callable[[Door], Any]) -> None:
    with pytest.raises(ClientError) as refused:
        case(door)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(("code", "quotas", "case"), [row[1:] for row in SMALL_QUOTAS], ids=[row[1] for row in SMALL_QUOTAS])
def test_a_quota_is_kept(cloud: LocalCloud, door: Door, code: str, quotas: dict[str, int], case: Callable[[Door], Any]) -> None:
    cloud.dials.quotas = quotas
    with pytest.raises(ClientError) as refused:
        case(door)
    assert refused.value.response["Error"]["Code"] == code


def test_a_create_that_is_repeated_answers_with_what_stands(door: Door) -> None:
    assert door.new_balancer()["LoadBalancerArn"] == door.new_balancer()["LoadBalancerArn"]
    assert door.new_group() == door.new_group()
    assert door.new_listener() == door.new_listener()


@pytest.mark.usefixtures("virtual_time")
def test_a_load_balancer_is_provisioned_first(cloud: LocalCloud, door: Door) -> None:
    cloud.dials.settle = 0.3
    made = door.new_balancer()
    assert made["State"]["Code"] == "provisioning"
    CLOCK.advance(0.4)
    found = door.elbv2.describe_load_balancers(Names=["door"])["LoadBalancers"][0]
    assert found["State"]["Code"] == "active"
    assert len(found["SecurityGroups"]) == 1  # the VPC's default one


@pytest.mark.usefixtures("virtual_time")
def test_its_interfaces_hold_group_and_subnet_until_some_time_after_it(cloud: LocalCloud, door: Door) -> None:
    arn = door.new_balancer(SecurityGroups=[door.fence])["LoadBalancerArn"]
    assert {one["Description"] for one in door.interfaces()} == {"ELB " + arn.partition(":loadbalancer/")[2]}
    cloud.dials.settle = 0.3
    door.elbv2.delete_load_balancer(LoadBalancerArn=arn)
    for call, params in ((door.ec2.delete_security_group, {"GroupId": door.fence}), (door.ec2.delete_subnet, {"SubnetId": door.subnet})):
        with pytest.raises(ClientError) as refused:
            call(**params)
        assert refused.value.response["Error"]["Code"] == "DependencyViolation"
    CLOCK.advance(0.4)
    door.ec2.delete_security_group(GroupId=door.fence)
    assert door.interfaces() == []


def test_interfaces_follow_subnets_and_groups(door: Door) -> None:
    door.elbv2.set_security_groups(LoadBalancerArn=door.balancer, SecurityGroups=[door.fence])
    third = door.new_subnet("10.0.5.0/24", "eu-west-1c")
    door.elbv2.set_subnets(LoadBalancerArn=door.balancer, Subnets=[door.subnet, third])
    found = door.interfaces()
    assert {one["SubnetId"] for one in found} == {door.subnet, third}
    assert {group["GroupId"] for one in found for group in one["Groups"]} == {door.fence}


def test_attributes_are_all_there(door: Door) -> None:
    found = door.elbv2.describe_load_balancer_attributes(LoadBalancerArn=door.balancer)["Attributes"]
    assert {"Key": "idle_timeout.timeout_seconds", "Value": "60"} in found
    assert {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "false"} in found
    found = door.elbv2.describe_target_group_attributes(TargetGroupArn=door.target)["Attributes"]
    assert {"Key": "stickiness.lb_cookie.duration_seconds", "Value": "86400"} in found


def test_actions_are_told_whole(door: Door) -> None:
    arn = door.new_listener(DefaultActions=forward(door.target))
    action = door.elbv2.describe_listeners(ListenerArns=[arn])["Listeners"][0]["DefaultActions"][0]
    assert action["ForwardConfig"]["TargetGroups"] == [{"TargetGroupArn": door.target, "Weight": 1}]
    assert action["TargetGroupArn"] == door.target
    redirect = [{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}]
    told = door.elbv2.modify_listener(ListenerArn=arn, DefaultActions=redirect)["Listeners"][0]["DefaultActions"][0]
    assert told["RedirectConfig"]["Path"] == "/#{path}"


def test_a_target_group_is_used_by_whoever_forwards_to_it_now(door: Door) -> None:
    arn = door.new_listener(DefaultActions=forward(door.target))

    def users() -> list[str]:
        return door.elbv2.describe_target_groups(TargetGroupArns=[door.target])["TargetGroups"][0].get("LoadBalancerArns", [])

    assert users() == [door.balancer]
    door.elbv2.modify_listener(ListenerArn=arn, DefaultActions=ANSWER)
    assert users() == []


def test_rules_of_one_call_swap_places(door: Door) -> None:
    one, two = door.rule(1), door.rule(2)
    moved = [{"RuleArn": one, "Priority": 2}, {"RuleArn": two, "Priority": 1}]
    door.elbv2.set_rule_priorities(RulePriorities=moved)
    found = door.elbv2.describe_rules(RuleArns=[one, two])["Rules"]
    assert {rule["RuleArn"]: rule["Priority"] for rule in found} == {one: "2", two: "1"}


def test_tags_end_with_what_bore_them(door: Door) -> None:
    door.tag(door.listener, "k")
    door.elbv2.delete_load_balancer(LoadBalancerArn=door.balancer)
    with pytest.raises(ClientError) as refused:
        door.elbv2.describe_tags(ResourceArns=[door.listener])
    assert refused.value.response["Error"]["Code"] == "ListenerNotFound"
