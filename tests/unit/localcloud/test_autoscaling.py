# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fleets: groups, their instances, and the refreshes that replace them."""
from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud, additions
from localcloud.clock import CLOCK
from localcloud.hosts.registry import started_at

from .conftest import client_of

SMALL, GPU = "t3.small", "g4dn.xlarge"
REFRESH = {"AutoScalingGroupName": "web"}


class Fleet:
    """A network, a launch template, and clients to make a group with."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.ec2, self.scaling, self.elb, self.iam = (client_of(cloud.endpoint, name) for name in ("ec2", "autoscaling", "elbv2", "iam"))
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        zones = zip(("a", "b"), (0, 1), strict=True)
        nets = [{"VpcId": self.vpc, "CidrBlock": f"10.0.{n}.0/24", "AvailabilityZone": f"eu-west-1{zone}"} for zone, n in zones]
        self.subnets = [self.ec2.create_subnet(**net)["Subnet"]["SubnetId"] for net in nets]
        self.template = self.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=self.data())["LaunchTemplate"]["LaunchTemplateId"]

    def data(self, kind: str = SMALL, **more: Any) -> dict[str, Any]:
        tags = [{"Key": "from", "Value": "template"}, {"Key": "Name", "Value": "template"}]
        specs = [{"ResourceType": "instance", "Tags": tags}, {"ResourceType": "volume", "Tags": tags[:1]}]
        return {"ImageId": "ami-12345678", "InstanceType": kind, "TagSpecifications": specs, **more}

    def version(self, kind: str = SMALL, **more: Any) -> str:
        made = self.ec2.create_launch_template_version(LaunchTemplateId=self.template, LaunchTemplateData=self.data(kind, **more))
        return str(made["LaunchTemplateVersion"]["VersionNumber"])

    def make(self, version: str = "1", **params: Any) -> None:
        spec = {"AutoScalingGroupName": "web", "MinSize": 1, "MaxSize": 4, "DesiredCapacity": 2, "VPCZoneIdentifier": ",".join(self.subnets)}
        self.scaling.create_auto_scaling_group(**spec | {"LaunchTemplate": self.of(version)} | params)

    def of(self, version: str) -> dict[str, str]:
        return {"LaunchTemplateId": self.template, "Version": version}

    def update(self, **params: Any) -> None:
        self.scaling.update_auto_scaling_group(AutoScalingGroupName="web", **params)

    @property
    def group(self) -> dict[str, Any]:
        return next(iter(self.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["web"])["AutoScalingGroups"]), {})

    @property
    def states(self) -> list[str]:
        return [one["LifecycleState"] for one in self.group["Instances"]]

    @property
    def versions(self) -> list[str]:
        return [one["LaunchTemplate"]["Version"] for one in self.group["Instances"] if one["LifecycleState"] == "InService"]

    @property
    def activities(self) -> list[dict[str, Any]]:
        return self.scaling.describe_scaling_activities(AutoScalingGroupName="web")["Activities"]

    @property
    def refresh(self) -> dict[str, Any]:
        return self.scaling.describe_instance_refreshes(**REFRESH)["InstanceRefreshes"][0]

    def start(self, version: str | None, **preferences: Any) -> str:
        wanted = {"DesiredConfiguration": {"LaunchTemplate": self.of(version)}} if version else {}
        return self.scaling.start_instance_refresh(**REFRESH, **wanted, Preferences=preferences)["InstanceRefreshId"]

    def target_group(self, *, used: bool = True) -> str:
        made = self.elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=self.vpc)["TargetGroups"][0]["TargetGroupArn"]
        if used:
            balancer = self.elb.create_load_balancer(Name="web", Subnets=self.subnets)["LoadBalancers"][0]["LoadBalancerArn"]
            to = [{"Type": "forward", "TargetGroupArn": made}]
            self.elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=to)
        return made

    def health(self, target_group: str) -> list[str]:
        found = self.elb.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
        return [one["TargetHealth"]["State"] for one in found]


@pytest.fixture
def fleet(cloud: LocalCloud) -> Fleet:
    additions.load()
    return Fleet(cloud)


Case = Callable[[Fleet], Any]
NO_TEMPLATE = {"LaunchTemplateId": "lt-0123456789abcdef0", "Version": "1"}
POLICY = {"MinHealthyPercentage": 90, "MaxHealthyPercentage": 195}
# addition, what AWS says, the last call of this
REFUSALS: list[tuple[str, str, Case]] = [
    ("group_must_stand", "ValidationError", lambda f: f.update(MinSize=0)),
    ("group_must_stand", "ValidationError", lambda f: (f.make(), settled(f, 9).delete_auto_scaling_group(**REFRESH, ForceDelete=True), f.update(MinSize=0))),
    ("one_group_a_name", "AlreadyExists", lambda f: (f.make(), f.make())),
    ("one_group_a_name", "ValidationError", lambda f: f.make(AutoScalingGroupName="a:b")),
    ("check_group", "ValidationError", lambda f: f.make(MinSize=5)),
    ("check_group", "ValidationError", lambda f: f.make(DesiredCapacity=5)),
    ("check_group", "ValidationError", lambda f: f.make(LaunchTemplate=NO_TEMPLATE)),
    ("check_group", "ValidationError", lambda f: f.make("7")),
    ("check_group", "ValidationError", lambda f: f.make(f.version(IamInstanceProfile={"Name": "none"}))),
    ("check_group", "ValidationError", lambda f: f.make(VPCZoneIdentifier="subnet-0123456789abcdef0")),
    ("check_group", "ValidationError", lambda f: f.make(HealthCheckType="ALB")),
    ("check_group", "ValidationError", lambda f: f.make(TerminationPolicies=["Oldest"])),
    ("check_group", "ValidationError", lambda f: f.make(MaxInstanceLifetime=3600)),
    ("check_group", "ValidationError", lambda f: f.make(InstanceMaintenancePolicy=POLICY)),
    ("target_groups_exist", "ValidationError", lambda f: f.make(TargetGroupARNs=["arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/x/1"])),
    ("delete_empty_or_forced", "ResourceInUse", lambda f: (f.make(), f.scaling.delete_auto_scaling_group(**REFRESH))),
    ("delete_empty_or_forced", "ResourceInUse",
     lambda f: (f.make(DeletionProtection="prevent-force-deletion"), f.scaling.delete_auto_scaling_group(**REFRESH, ForceDelete=True))),
    ("tag_what_exists", "ValidationError", lambda f: f.scaling.create_or_update_tags(Tags=[tag("k")])),
    ("tag_what_exists", "ValidationError", lambda f: (f.make(), f.scaling.create_or_update_tags(Tags=[tag("aws:k")]))),
    ("check_refresh", "InstanceRefreshInProgress", lambda f: (f.make(), settled(f, 9), f.start(None), f.start(None))),
    ("check_refresh", "ValidationError", lambda f: (f.make(), f.start(None, AutoRollback=True))),
    ("check_refresh", "ValidationError", lambda f: (f.make("$Latest"), f.start("1", AutoRollback=True))),
    ("check_refresh", "ValidationError", lambda f: (f.make(), f.start("7"))),
    ("check_refresh", "ValidationError", lambda f: (f.make(), f.start("1", CheckpointPercentages=[50, 20]))),
    ("check_refresh", "ValidationError", lambda f: (f.make(), f.start("1", MaxHealthyPercentage=110))),
    ("check_end_of_refresh", "ActiveInstanceRefreshNotFound", lambda f: (f.make(), f.scaling.cancel_instance_refresh(**REFRESH))),
    ("check_end_of_refresh", "IrreversibleInstanceRefresh",
     lambda f: (f.make(), settled(f, 9), f.start(None), f.scaling.rollback_instance_refresh(**REFRESH))),
    ("no_change_while_refreshing", "InstanceRefreshInProgress",
     lambda f: (f.make(), settled(f, 9), f.start("1"), f.scaling.attach_load_balancer_target_groups(**REFRESH, TargetGroupARNs=[f.target_group()]))),
]  # fmt: skip
#: They see to time that passed, and refuse nothing.
PASSING = {"replace_and_retry", "go_on"}


def settled(fleet: Fleet, seconds: float) -> Any:
    fleet.cloud.dials.settle = seconds
    return fleet.scaling


def tag(key: str) -> dict[str, Any]:
    return {"ResourceId": "web", "ResourceType": "auto-scaling-group", "Key": key, "Value": "v", "PropagateAtLaunch": False}


@pytest.mark.parametrize(
    ("code", "case"), [row[1:] for row in REFUSALS], ids=[f"{row[0]}-{row[1]}-{n}" for n, row in enumerate(REFUSALS)]
)
def test_what_autoscaling_refuses_is_refused(fleet: Fleet, code: str, case: Case) -> None:
    with pytest.raises(ClientError) as refused:
        case(fleet)
    assert refused.value.response["Error"]["Code"] == code


def test_every_addition_of_autoscaling_that_checks_a_call_has_its_refusal_here() -> None:
    additions.load()
    files = ("autoscaling_groups", "autoscaling_instances", "autoscaling_refreshes")
    checking = {each.run.__name__ for each in additions.ADDITIONS if each.when in ("before", "last") and each.run.__module__.endswith(files)}
    assert checking == {row[0] for row in REFUSALS} | PASSING


@pytest.mark.usefixtures("virtual_time")
def test_instances_settle_in_turns_with_the_tags_of_both(fleet: Fleet) -> None:
    settled(fleet, 0.3)
    both = [{"Key": "Name", "Value": "group", "PropagateAtLaunch": True}, {"Key": "own", "Value": "x", "PropagateAtLaunch": False}]
    fleet.make(Tags=both)
    assert fleet.states == ["Pending", "Pending"]
    assert {one["StatusCode"] for one in fleet.activities} == {"InProgress"}
    CLOCK.advance(0.3)
    assert fleet.states == ["InService", "InService"]
    assert {one["StatusCode"] for one in fleet.activities} == {"Successful"}
    found = [one for all in fleet.ec2.describe_instances()["Reservations"] for one in all["Instances"]]
    assert {one["SubnetId"] for one in found} == set(fleet.subnets)
    tags = {one["Key"]: one["Value"] for one in found[0]["Tags"]}
    assert (tags["Name"], tags["from"], tags["aws:autoscaling:groupName"]) == ("group", "template", "web")
    assert "own" not in tags
    volume = fleet.ec2.describe_volumes()["Volumes"][0]["Tags"]
    assert volume == [{"Key": "from", "Value": "template"}]


@pytest.mark.usefixtures("virtual_time")
def test_a_group_is_being_deleted_for_a_while_and_leaves_nothing_behind(fleet: Fleet) -> None:
    fleet.make(NewInstancesProtectedFromScaleIn=True)
    hook = {"LifecycleHookName": "drain", "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "HeartbeatTimeout": 7200}
    fleet.scaling.put_lifecycle_hook(**REFRESH, **hook)
    fleet.scaling.terminate_instance_in_auto_scaling_group(InstanceId=fleet.group["Instances"][0]["InstanceId"], ShouldDecrementDesiredCapacity=False)
    fleet.scaling.suspend_processes(**REFRESH)
    settled(fleet, 0.3).delete_auto_scaling_group(**REFRESH, ForceDelete=True)
    assert fleet.group["Status"] == "Delete in progress"
    with pytest.raises(ClientError, match="pending delete"):
        fleet.make()
    CLOCK.advance(0.35)
    assert fleet.group == {}
    fleet.ec2.delete_subnet(SubnetId=fleet.subnets[0])  # no interface is left in it
    fleet.make(VPCZoneIdentifier=fleet.subnets[1])
    assert fleet.scaling.describe_lifecycle_hooks(**REFRESH)["LifecycleHooks"] == []


def test_a_hook_holds_an_instance(fleet: Fleet) -> None:
    fleet.make()
    hook = {"LifecycleHookName": "boot", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "HeartbeatTimeout": 7200}
    fleet.scaling.put_lifecycle_hook(**REFRESH, **hook)
    fleet.scaling.set_desired_capacity(**REFRESH, DesiredCapacity=3)
    assert fleet.states == ["InService", "InService", "Pending:Wait"]


@pytest.mark.usefixtures("virtual_time")
def test_a_launch_that_is_refused_is_told_and_tried_again(fleet: Fleet) -> None:
    fleet.cloud.dials.quotas = {"vcpus": 3}
    fleet.make()
    assert fleet.states == ["InService"]
    failed = fleet.activities[0]
    assert failed["StatusCode"] == "Failed"
    assert "VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU limit of 3" in failed["StatusMessage"]
    fleet.cloud.dials.quotas = {}
    CLOCK.advance(0.25)
    assert fleet.states == ["InService", "InService"]


def test_settings_are_kept_and_cleared(fleet: Fleet) -> None:
    kept = {"DefaultInstanceWarmup": 180, "MaxInstanceLifetime": 86400, "TerminationPolicies": ["OldestInstance"], "CapacityRebalance": True}
    fleet.make(InstanceMaintenancePolicy={"MinHealthyPercentage": 90, "MaxHealthyPercentage": 110}, **kept)
    assert {key: fleet.group[key] for key in kept} == kept
    assert fleet.group["HealthCheckGracePeriod"] == 0
    cleared = {"MinHealthyPercentage": -1, "MaxHealthyPercentage": -1}
    fleet.update(DefaultInstanceWarmup=-1, MaxInstanceLifetime=0, CapacityRebalance=False, InstanceMaintenancePolicy=cleared)
    assert not {"DefaultInstanceWarmup", "MaxInstanceLifetime", "InstanceMaintenancePolicy"} & set(fleet.group)
    assert fleet.group["CapacityRebalance"] is False
    fleet.scaling.enable_metrics_collection(**REFRESH, Granularity="1Minute")
    assert len(fleet.group["EnabledMetrics"]) == 13
    fleet.scaling.disable_metrics_collection(**REFRESH, Metrics=["GroupMinSize"])
    assert len(fleet.group["EnabledMetrics"]) == 12
    fleet.scaling.disable_metrics_collection(**REFRESH)
    assert fleet.group["EnabledMetrics"] == []


@pytest.mark.usefixtures("virtual_time")
def test_targets_turn_healthy_and_the_unhealthy_are_replaced_by_elb_health_alone(fleet: Fleet) -> None:
    targets = fleet.target_group()
    settled(fleet, 3)
    fleet.make(TargetGroupARNs=[targets])
    assert fleet.health(targets) == ["initial", "initial"]
    CLOCK.advance(3)
    settled(fleet, 0)
    assert fleet.health(targets) == ["unhealthy", "unhealthy"]  # nothing is deployed yet
    fleet.elb.add_tags(ResourceArns=[targets], Tags=[{"Key": "localcloud:health", "Value": "healthy"}])
    assert fleet.health(targets) == ["healthy", "healthy"]
    first = {one["InstanceId"] for one in fleet.group["Instances"]}
    fleet.elb.add_tags(ResourceArns=[targets], Tags=[{"Key": "localcloud:health", "Value": "unhealthy"}])
    assert fleet.health(targets) == ["unhealthy", "unhealthy"]
    assert {one["InstanceId"] for one in fleet.group["Instances"]} == first
    fleet.update(HealthCheckType="ELB")
    assert not first & {one["InstanceId"] for one in fleet.group["Instances"]}
    fleet.scaling.detach_load_balancer_target_groups(**REFRESH, TargetGroupARNs=[targets])
    assert fleet.health(targets) == []


def test_targets_of_no_load_balancer_are_unused(fleet: Fleet) -> None:
    targets = fleet.target_group(used=False)
    fleet.make(TargetGroupARNs=[targets])
    assert fleet.health(targets) == ["unused", "unused"]


class Answers(BaseHTTPRequestHandler):
    """Answers the path of the health check with the status that its server was told last, and whatever else is asked with 404."""

    def do_GET(self) -> None:
        self.send_response(self.server.status if self.path == "/well" else 404)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


def test_a_booted_host_says_itself_how_its_target_is(fleet: Fleet) -> None:
    targets = fleet.target_group()
    fleet.elb.modify_target_group(TargetGroupArn=targets, HealthCheckPath="/well", Matcher={"HttpCode": "200,204-206"})
    fleet.make(TargetGroupARNs=[targets], DesiredCapacity=1)
    instance, here = fleet.group["Instances"][0]["InstanceId"], os.getpid()
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        fleet.cloud.hosts.add(instance, init=[here, started_at(here)], ip="127.0.0.1")
        assert fleet.health(targets) == ["unhealthy"]  # nothing listens at the group's port
        fleet.elb.deregister_targets(TargetGroupArn=targets, Targets=[{"Id": instance}])
        fleet.elb.register_targets(TargetGroupArn=targets, Targets=[{"Id": instance, "Port": server.server_port}])
        for status, health in ((503, "unhealthy"), (200, "healthy"), (205, "healthy"), (207, "unhealthy")):
            server.status = status  # type: ignore[attr-defined]
            assert fleet.health(targets) == [health], status
        server.shutdown()
    assert fleet.health(targets) == ["unhealthy"]


def until(fleet: Fleet, *states: str) -> list[str]:
    """The statuses and percentages that a refresh went through until one of ``states``."""
    seen: list[str] = []
    for _look in range(100):
        found = fleet.refresh
        said = f"{found['Status']} {found.get('PercentageComplete')}"
        seen += [said] if said not in seen else []
        if said.startswith(states):
            return seen
        time.sleep(0.05)
    raise AssertionError(seen)


def test_a_refresh_replaces_one_after_another_and_the_group_follows(fleet: Fleet) -> None:
    fleet.make()
    version = fleet.version()
    settled(fleet, 0.2)
    fleet.start(version, SkipMatching=True, AutoRollback=True)
    seen, way = until(fleet, "Successful"), ["Pending 0", "InProgress 50", "InProgress 100", "Successful 100"]
    assert seen == [one for one in way if one in seen]  # a look may come late, and miss a step
    assert fleet.versions == [version, version]
    assert fleet.group["LaunchTemplate"]["Version"] == version
    first = {one["InstanceId"] for one in fleet.group["Instances"]}
    settled(fleet, 0)
    fleet.start(version, SkipMatching=True)
    assert until(fleet, "Successful") == ["Successful 100"]
    assert {one["InstanceId"] for one in fleet.group["Instances"]} == first


def test_a_refresh_that_cannot_launch_rolls_back_or_fails(fleet: Fleet) -> None:
    fleet.make()
    version = fleet.version(GPU)
    fleet.cloud.dials.quotas = {"gpu_vcpus": 4}
    settled(fleet, 0.1)
    fleet.start(version, AutoRollback=True)
    until(fleet, "RollbackSuccessful")
    assert "could not be launched" in fleet.refresh["StatusReason"]
    assert fleet.group["LaunchTemplate"]["Version"] == "1"
    time.sleep(0.4)
    assert fleet.versions == ["1", "1"]
    assert "VcpuLimitExceeded" in next(one["StatusMessage"] for one in fleet.activities if one["StatusCode"] == "Failed")
    fleet.cloud.dials.quotas = {"gpu_vcpus": 0}
    fleet.start(version)
    assert until(fleet, "Failed")[-1].startswith("Failed")


def test_a_refresh_pauses_at_a_checkpoint_and_is_cancelled_or_rolled_back(fleet: Fleet) -> None:
    fleet.make()
    version = fleet.version()
    fleet.start(version, CheckpointPercentages=[50, 100], CheckpointDelay=3600)
    assert until(fleet, "InProgress 50")[-1] == "InProgress 50"
    assert sorted(fleet.versions) == ["1", version]
    fleet.scaling.rollback_instance_refresh(**REFRESH)
    until(fleet, "RollbackSuccessful")
    assert fleet.versions == ["1", "1"]
    fleet.start(version, CheckpointPercentages=[50, 100])
    fleet.scaling.cancel_instance_refresh(**REFRESH)
    until(fleet, "Cancelled")


def test_suspended_processes_stay_undone_until_they_are_resumed(fleet: Fleet) -> None:
    fleet.make()
    fleet.scaling.suspend_processes(**REFRESH, ScalingProcesses=["Launch"])
    fleet.scaling.set_desired_capacity(**REFRESH, DesiredCapacity=3)
    assert len(fleet.states) == 2
    fleet.scaling.resume_processes(**REFRESH)
    assert len(fleet.states) == 3
