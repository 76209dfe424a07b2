# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fleet is moved to another version of its launch template: planned, resumed, rolled back."""

from __future__ import annotations

import typing as t

import pytest
from localcloud import additions

from .cases.autoscaling import a_fleets_needs, a_template, fleet, NAME

GROUP = {"AutoScalingGroupName": NAME}
MODULE = "autoscaling_instance_refresh"
UNKNOWN = "(known after apply)"


@pytest.fixture
def ids(run, aws) -> dict[str, str]:
    """A fleet of two at version 1 of its template."""
    additions.load()
    ids = a_fleets_needs(aws)
    run.ok("autoscaling_group", **fleet(ids))
    return ids


def to(version: int | str, **more: t.Any) -> dict[str, t.Any]:
    return {"name": NAME, "launch_template_version": version, **more}


def group(aws: t.Any) -> dict[str, t.Any]:
    return aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[NAME])["AutoScalingGroups"][0]


def versions(aws: t.Any) -> list[str]:
    return [group(aws)["LaunchTemplate"]["Version"], *(one["LaunchTemplate"]["Version"] for one in group(aws)["Instances"])]


def refreshes(aws: t.Any) -> list[dict[str, t.Any]]:
    return aws.autoscaling.describe_instance_refreshes(**GROUP)["InstanceRefreshes"]


def a_gpu_version(run, aws: t.Any, ids: dict[str, str]) -> int:
    """A version that cannot be launched, for want of a quota."""
    run.cloud.dials.quotas = {"gpu_vcpus": 0}
    made = aws.ec2.create_launch_template_version(
        LaunchTemplateId=ids["template"], LaunchTemplateData={"ImageId": "ami-12345678", "InstanceType": "g4dn.xlarge"}
    )
    return made["LaunchTemplateVersion"]["VersionNumber"]


def test_nothing_is_planned_where_no_fleet_stands_or_runs(run, aws):
    assert not run.ok(MODULE, check=True, **to(UNKNOWN))["changed"]
    assert run.ok(MODULE, **to(3))["instance_refresh"]["launch_template_version"] == 3
    ids = a_fleets_needs(aws)
    run.ok("autoscaling_group", **fleet(ids, min_size=0, desired_capacity=0))
    assert not run.ok(MODULE, **to(2))["changed"]
    assert run.ok("autoscaling_group", **fleet(ids, min_size=0, desired_capacity=0, launch_template_version=2))["changed"]


def test_check_mode_predicts_the_very_diff_and_a_second_run_changes_nothing(run, aws, ids):
    assert not run.ok(MODULE, **to(1))["changed"]
    assert run.ok(MODULE, check=True, **to(UNKNOWN))["planned"][0]["keys"] == ["launch_template_version"]
    before = len(run.writes())
    checked = run.ok(MODULE, check=True, **to(2))
    assert len(run.writes()) == before
    real = run.ok(MODULE, **to(2))
    assert not real.get("warnings")
    assert real["diff"] == checked["diff"]
    assert real["planned"] == checked["planned"]
    assert (real["planned"][0]["action"], real["planned"][0]["id"]) == ("update", NAME)
    assert real["instance_refresh"]["refresh"]["status"] == "Successful"
    assert versions(aws) == ["2", "2", "2"]
    before = len(run.writes())
    assert not run.ok(MODULE, **to(2))["changed"]
    assert not run.ok("autoscaling_group", **fleet(ids, launch_template_version=2))["changed"]
    assert len(run.writes()) == before


def test_what_is_asked_of_aws(run, aws, ids):
    run.ok(MODULE, **to(2, min_healthy_percentage=75, max_healthy_percentage=125, instance_warmup=30, scale_in_protected_instances="refresh"))
    asked = next(one["params"] for one in run.writes() if one["operation"] == "StartInstanceRefresh")
    assert asked["DesiredConfiguration"] == {"LaunchTemplate": {"LaunchTemplateId": ids["template"], "Version": "2"}}
    assert asked["Preferences"] == {
        "MinHealthyPercentage": 75,
        "MaxHealthyPercentage": 125,
        "InstanceWarmup": 30,
        "SkipMatching": True,
        "AutoRollback": True,
        "ScaleInProtectedInstances": "Refresh",
        "StandbyInstances": "Ignore",
    }


def test_it_waits_and_says_how_far_it_is(run, aws, ids):
    run.cloud.dials.settle = 0.6
    real = run.ok(MODULE, **to(2))
    assert [one["for"] for one in real["waited"]] == [f"the instance refresh of {NAME} to succeed"]
    run.cloud.dials.settle = 30
    late = run(MODULE, **to(1, wait_timeout=2))
    assert "which is still Pending at 0 %" in late["msg"]
    started = run.ok(MODULE, **to(1, wait=False, wait_timeout=2))
    assert not started.get("warnings")
    assert started["instance_refresh"]["refresh"]["status"] == "Pending"
    assert len(refreshes(aws)) == 2


def test_a_lost_reply_and_a_kill_leave_one_refresh(run, aws, ids):
    run.cloud.dials.settle = 0.4
    run.cloud.dials.faults = [{"kind": "lose_reply", "operation": "StartInstanceRefresh", "nth": 1}]
    run.ok(MODULE, **to(2))
    run.cloud.dials.faults = []
    assert [one["Status"] for one in refreshes(aws)] == ["Successful"]

    assert run.killed_at(1, MODULE, **to(1))
    assert run.ok(MODULE, **to(1))["changed"]
    assert [one["Status"] for one in refreshes(aws)] == ["Successful", "Successful"]
    assert versions(aws) == ["1", "1", "1"]


@pytest.mark.usefixtures("brief_retries")
def test_a_throttled_refresh_ends_well(run, aws, ids):
    run.cloud.dials.faults = [{"kind": "throttle", "share": 0.3, "seed": 7}]
    run.ok(MODULE, **to(2))
    run.cloud.dials.faults = []
    assert versions(aws) == ["2", "2", "2"]


def test_one_that_fails_is_rolled_back_and_says_why(run, aws, ids):
    version = a_gpu_version(run, aws, ids)
    failed = run(MODULE, **to(version))["msg"]
    assert "is RollbackSuccessful" in failed
    assert "VcpuLimitExceeded" in failed
    assert "run the earlier version again" in failed
    run.ok("autoscaling_group", **fleet(ids, launch_template_version=version))
    assert group(aws)["LaunchTemplate"]["Version"] == "1"
    assert not run.ok(MODULE, **to(1))["changed"] or versions(aws) == ["1", "1", "1"]

    failed = run(MODULE, **to(version, auto_rollback=False))["msg"]
    assert "is Failed" in failed
    assert failed.count("VcpuLimitExceeded") == 1  # that of this refresh


def test_one_that_is_cancelled_by_another_hand_fails_with_the_reason(run, aws, ids):
    def hook(record: dict[str, t.Any], phase: str) -> None:
        if phase == "after" and record["operation"] == "StartInstanceRefresh":
            cancelled.append(aws.autoscaling.cancel_instance_refresh(**GROUP))

    cancelled: list[t.Any] = []
    run.cloud.dials.settle = 0.3
    run.cloud.on_call(hook)
    failed = run(MODULE, **to(2))["msg"]
    assert "is Cancelled: Cancelled by user" in failed
    assert cancelled


def test_one_for_something_else_is_awaited_first(run, aws, ids):
    run.cloud.dials.settle = 0.4
    wanted = {"LaunchTemplate": {"LaunchTemplateId": ids["template"], "Version": "2"}}
    aws.autoscaling.start_instance_refresh(**GROUP, DesiredConfiguration=wanted)
    run.ok("autoscaling_group", **fleet(ids))  # a fleet in the midst of it is left in peace
    run.ok(MODULE, **to(1))
    assert [one["Status"] for one in refreshes(aws)] == ["Successful", "Successful"]
    assert versions(aws) == ["1", "1", "1"]


def test_instances_of_another_template_are_replaced_and_standby_is_left_alone(run, aws, ids):
    other = a_template(aws, "third")
    run.ok("autoscaling_group", **fleet(ids, launch_template_id=other))
    assert run.ok(MODULE, check=True, **to(1))["diff"][0]["before"] == {"launch_template_version": f"{ids['template']} 1"}
    away = group(aws)["Instances"][0]["InstanceId"]
    aws.autoscaling.enter_standby(**GROUP, InstanceIds=[away], ShouldDecrementDesiredCapacity=True)
    run.ok(MODULE, **to(1))
    found = {one["InstanceId"]: one["LaunchTemplate"]["LaunchTemplateId"] for one in group(aws)["Instances"]}
    assert found.pop(away) == ids["template"]
    assert set(found.values()) == {other}
    assert not run.ok(MODULE, **to(1))["changed"]


def test_what_moves_by_itself_and_what_is_anothers_are_refused(run, ids):
    assert "must be a number" in run(MODULE, **to("$Latest"))["msg"]
    assert "belongs to component vpc" in run(MODULE, **to(2, component="other"))["msg"]


def test_a_group_without_a_launch_template_is_refused(run, aws, ids):
    aws.autoscaling.create_launch_configuration(LaunchConfigurationName="old", ImageId="ami-12345678", InstanceType="t3.small")
    tags = [{"Key": f"groundwork:{key}", "Value": value, "PropagateAtLaunch": False} for key, value in (("stack", "shop"), ("component", "vpc"))]
    spec = {"AutoScalingGroupName": "old", "LaunchConfigurationName": "old", "MinSize": 1, "MaxSize": 1, "VPCZoneIdentifier": ids["one"]}
    aws.autoscaling.create_auto_scaling_group(**spec, Tags=tags)
    assert "has no launch template of its own" in run(MODULE, **to(1) | {"name": "old"})["msg"]
