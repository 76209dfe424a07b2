# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fleets: what only they do. The rest stands in the table of cases."""

from __future__ import annotations

import time
import typing as t

import pytest
from localcloud import additions

from .cases.autoscaling import a_fleets_needs, a_template, fleet, NAME

GROUP = {"AutoScalingGroupName": NAME}


@pytest.fixture
def ids(run, aws) -> dict[str, str]:
    additions.load()
    return a_fleets_needs(aws)


def group(aws: t.Any) -> dict[str, t.Any]:
    return aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[NAME])["AutoScalingGroups"][0]


def keys(result: dict[str, t.Any]) -> list[str]:
    return result["planned"][0]["keys"] if result["changed"] else []


def serve(aws: t.Any, ids: dict[str, str]) -> None:
    """Let a load balancer use the first target group."""
    balancer = aws.elbv2.create_load_balancer(Name="shop", Subnets=[ids["one"], ids["two"]])["LoadBalancers"][0]["LoadBalancerArn"]
    to = [{"Type": "forward", "TargetGroupArn": ids["targets"]}]
    aws.elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=to)


def test_a_fleet_that_scaled_out_is_no_drift(run, aws, ids):
    run.ok("autoscaling_group", **fleet(ids))
    aws.autoscaling.set_desired_capacity(**GROUP, DesiredCapacity=4)
    assert not run.ok("autoscaling_group", **fleet(ids))["changed"]
    assert group(aws)["DesiredCapacity"] == 4


def test_new_bounds_move_the_capacity_and_the_plan_says_so(run, aws, ids):
    run.ok("autoscaling_group", **fleet(ids))
    params = fleet(ids, min_size=3, desired_capacity=3)
    checked = run.ok("autoscaling_group", check=True, **params)
    assert keys(checked) == ["desired_capacity", "min_size"]
    run.cloud.dials.settle = 0.3
    real = run.ok("autoscaling_group", **params)
    assert real["diff"] == checked["diff"]
    assert not real.get("warnings")
    assert [one["state"] for one in real["auto_scaling_group"]["instances"]] == ["InService"] * 3  # it was waited for
    params = fleet(ids, max_size=2)
    assert keys(run.ok("autoscaling_group", **params)) == ["desired_capacity", "max_size", "min_size"]


def test_impossible_sizes_are_refused_under_check_mode_too(run, ids):
    assert "must lie between" in run("autoscaling_group", check=True, **fleet(ids, desired_capacity=5))["msg"]


def test_a_version_that_moves_by_itself_is_refused(run, ids):
    assert "must be a number" in run("autoscaling_group", **fleet(ids, launch_template_version="$Latest"))["msg"]


def test_instances_bear_the_templates_tags_and_the_fleets_but_not_whose_it_is(run, aws, ids):
    run.ok("autoscaling_group", **fleet(ids))
    found = [one for all in aws.ec2.describe_instances()["Reservations"] for one in all["Instances"]]
    tags = {one["Key"]: one["Value"] for one in found[0]["Tags"]}
    assert (tags["Name"], tags["service"], tags["from"]) == ("web-server", "web", "template")
    assert not [key for key in tags if key.startswith("groundwork:")]
    assert "cannot hold groundwork:stack" in run("autoscaling_group", **fleet(ids, instance_tags={"groundwork:stack": "x"}))["msg"]


def test_a_name_moves_between_the_groups_tags_and_the_instances(run, aws, ids):
    run.ok("autoscaling_group", **fleet(ids, instance_tags=None))
    assert {one["Value"] for one in group(aws)["Tags"] if one["Key"] == "Name"} == {NAME}
    for tags in ({"Name": "web-server"}, {}):
        assert keys(run.ok("autoscaling_group", purge_tags=True, **fleet(ids, instance_tags=tags))) == ["instance_tags", "tags"]
        assert {one["Value"] for one in group(aws)["Tags"] if one["Key"] == "Name"} == {tags.get("Name", NAME)}
        assert not run.ok("autoscaling_group", purge_tags=True, **fleet(ids, instance_tags=tags))["changed"]


def test_creating_waits_for_the_instances_and_can_be_told_not_to(run, ids):
    run.cloud.dials.settle = 1.2
    made = run.ok("autoscaling_group", **fleet(ids))
    assert [one["state"] for one in made["auto_scaling_group"]["instances"]] == ["InService", "InService"]
    assert [one["for"] for one in made["waited"]] == [f"the instances of {NAME} to be in service"]
    gone = run.ok("autoscaling_group", **fleet(ids, state="absent"))
    assert [one["for"] for one in gone["waited"]] == [f"autoscaling group {NAME} to be gone"]
    quick = run.ok("autoscaling_group", **fleet(ids, wait_for_instances=False))
    assert [one["state"] for one in quick["auto_scaling_group"]["instances"]] == ["Pending", "Pending"]


def test_a_launch_that_is_refused_fails_at_once_with_its_reason(run, aws, ids):
    run.cloud.dials.quotas = {"vcpus": 2}
    run.cloud.dials.settle = 60
    start = time.monotonic()
    failed = run("autoscaling_group", **fleet(ids))
    assert time.monotonic() - start < 10
    assert "vcpu limit of 2" in failed["msg"].lower()
    assert "run again" in failed["msg"]


def test_a_fleet_that_never_ran_takes_a_mended_version_and_old_failures_do_not_count(run, aws, ids):
    run.cloud.dials.quotas = {"gpu_vcpus": 0}
    bad = a_template(aws, "bad", InstanceType="g4dn.xlarge")
    params = fleet(ids, launch_template_id=bad)
    assert "VcpuLimitExceeded" in run("autoscaling_group", **params)["msg"]
    aws.ec2.create_launch_template_version(LaunchTemplateId=bad, LaunchTemplateData={"ImageId": "ami-12345678", "InstanceType": "t3.small"})
    mended = run.ok("autoscaling_group", **{**params, "launch_template_version": 2})
    assert keys(mended) == ["launch_template_version"]
    assert {one["launch_template_version"] for one in mended["auto_scaling_group"]["instances"]} == {2}


def test_a_fleet_that_runs_keeps_its_version_until_it_is_refreshed(run, aws, ids):
    run.ok("autoscaling_group", **fleet(ids))
    for version in (2, "(known after apply)"):
        assert not run.ok("autoscaling_group", check=True, **fleet(ids, launch_template_version=version))["changed"]
    aws.autoscaling.update_auto_scaling_group(**GROUP, LaunchTemplate={"LaunchTemplateId": ids["template"], "Version": "$Latest"})
    assert keys(run.ok("autoscaling_group", **fleet(ids, launch_template_version=2))) == ["launch_template_version"]


def test_health_turns_to_elb_once_the_fleet_was_healthy_and_stays(run, aws, ids):
    serve(aws, ids)
    run.ok("autoscaling_group", **fleet(ids))
    assert group(aws)["HealthCheckType"] == "EC2"
    assert not run.ok("autoscaling_group", **fleet(ids))["changed"]  # nothing is deployed yet

    aws.elbv2.add_tags(ResourceArns=[ids["targets"]], Tags=[{"Key": "localcloud:health", "Value": "healthy"}])
    checked = run.ok("autoscaling_group", check=True, **fleet(ids))
    assert keys(checked) == ["health_check"]
    assert run.ok("autoscaling_group", **fleet(ids))["diff"] == checked["diff"]
    assert group(aws)["HealthCheckType"] == "ELB"

    aws.elbv2.add_tags(ResourceArns=[ids["targets"]], Tags=[{"Key": "localcloud:health", "Value": "unhealthy"}])
    assert not run.ok("autoscaling_group", **fleet(ids))["changed"]
    assert keys(run.ok("autoscaling_group", **fleet(ids, target_group_ids=[]))) == ["health_check", "target_group_ids"]


def test_health_does_not_turn_while_a_part_is_unhealthy(run, aws, ids):
    serve(aws, ids)
    run.ok("autoscaling_group", **fleet(ids, target_group_ids=[ids["targets"], ids["targets2"]]))
    assert not run.ok("autoscaling_group", **fleet(ids, target_group_ids=[ids["targets"], ids["targets2"]]))["changed"]


def test_what_others_did_survives_a_converge_and_does_not_hold_up_a_removal(run, aws, ids):
    run.ok("autoscaling_group", **fleet(ids))
    hook = {"LifecycleHookName": "drain", "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "HeartbeatTimeout": 7200}
    aws.autoscaling.put_lifecycle_hook(**GROUP, **hook)
    instances = [one["InstanceId"] for one in group(aws)["Instances"]]
    aws.autoscaling.set_instance_protection(**GROUP, InstanceIds=instances, ProtectedFromScaleIn=True)
    aws.autoscaling.terminate_instance_in_auto_scaling_group(InstanceId=instances[0], ShouldDecrementDesiredCapacity=True)
    aws.autoscaling.suspend_processes(**GROUP, ScalingProcesses=["Launch", "Terminate"])
    found = run.ok("autoscaling_group", **fleet(ids))
    assert not found["changed"]
    assert found["auto_scaling_group"]["suspended_processes"] == ["Launch", "Terminate"]
    assert "Launch" in [one["ProcessName"] for one in group(aws)["SuspendedProcesses"]]
    assert run.ok("autoscaling_group", min_size=3, **{k: v for k, v in fleet(ids, desired_capacity=3).items() if k != "min_size"})["changed"]
    gone = run.ok("autoscaling_group", **fleet(ids, state="absent", wait_timeout=10))
    assert gone["planned"][0]["action"] == "delete"


def test_a_name_that_is_being_deleted_is_waited_for(run, aws, ids):
    run.ok("autoscaling_group", **fleet(ids))
    run.cloud.dials.settle = 4
    run.ok("autoscaling_group", **fleet(ids, state="absent", wait=False))
    run.cloud.dials.settle = 0
    assert group(aws)["Status"] == "Delete in progress"
    assert run.ok("stack_info", stack="shop")["tombstones"][0]["type"] == "autoscaling_group"
    assert run.ok("autoscaling_group", **fleet(ids))["planned"][0]["action"] == "create"
    assert "Status" not in group(aws)
    assert len([one for one in run.writes() if one["operation"] == "CreateAutoScalingGroup"]) == 2  # none of them in vain


def test_a_profile_that_is_not_known_everywhere_is_waited_for(run, aws, ids):
    young = a_template(aws, "young", IamInstanceProfile={"Name": "young"})
    iam = aws.iam

    def hook(record: dict[str, t.Any], phase: str) -> None:
        if phase == "after" and record["operation"] == "CreateAutoScalingGroup" and not seen:
            seen.append(record)
            iam.create_instance_profile(InstanceProfileName="young")

    seen: list[t.Any] = []
    run.cloud.on_call(hook)
    run.ok("autoscaling_group", **fleet(ids, launch_template_id=young))
    assert len([one for one in run.writes() if one["operation"] == "CreateAutoScalingGroup"]) == 2


def test_the_target_groups_are_awaited_and_another_ones_group_is_refused(run, aws, ids):
    run.ok("autoscaling_group", **fleet(ids))
    assert "belongs to component vpc of stack shop" in run("autoscaling_group", **fleet(ids, component="other"))["msg"]
    aws.autoscaling.delete_auto_scaling_group(**GROUP, ForceDelete=True)
    spec = {"MinSize": 0, "MaxSize": 1, "VPCZoneIdentifier": ids["one"], "LaunchTemplate": {"LaunchTemplateId": ids["template"], "Version": "1"}}
    aws.autoscaling.create_auto_scaling_group(**GROUP, **spec)
    assert "not ours" in run("autoscaling_group", **fleet(ids))["msg"]
    assert run.ok("autoscaling_group", adopt=True, **fleet(ids))["planned"][0]["action"] == "update"
