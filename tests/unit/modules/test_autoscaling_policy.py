# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the table of cases cannot say of scaling policies: whose they are, and what a type takes."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._core.plan import UNKNOWN

from .cases.autoscaling_policy import a_group, BALANCER, CPU, FORECAST, GROUP, REQUESTS, SIMPLE, STEPS, STEPWISE
from .cases.case import ZONE

MODULE = "autoscaling_policy"
TRACKING = {"name": "cpu", "type": "target_tracking", "metric": CPU, "target_value": 50}


def another_group(aws: t.Any, name: str, **tags: str) -> None:
    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=0,
        MaxSize=1,
        AvailabilityZones=[ZONE],
        LaunchTemplate={"LaunchTemplateName": "any"},
        Tags=[{"Key": f"groundwork:{key}", "Value": value, "ResourceId": name, "ResourceType": "auto-scaling-group"} for key, value in tags.items()],
    )


def standing(aws: t.Any) -> list[tuple[str, str]]:
    found = aws.autoscaling.describe_policies()["ScalingPolicies"]
    return sorted((one["AutoScalingGroupName"], one["PolicyName"]) for one in found)


def test_a_policy_of_the_same_name_in_another_group_stays(run, aws):
    a_group(aws)
    another_group(aws, "shop-till", stack="shop", component="vpc", key="shop-till")
    for group in (GROUP, "shop-till"):
        run.ok(MODULE, group_name=group, policies=[TRACKING])
    run.ok(MODULE, group_name=GROUP, policies=[TRACKING], state="absent")
    assert standing(aws) == [("shop-till", "cpu")]
    again = run.ok(MODULE, group_name=GROUP, policies=[TRACKING], state="absent")
    assert not again["changed"]


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("check", [True, False])
def test_a_group_of_others_is_left_alone(run, aws, state: str, check: bool):
    a_group(aws)
    another_group(aws, "bakery", stack="bakery", component="vpc")
    another_group(aws, "by-hand")
    for group, cause in (("bakery", "belongs to another component or stack"), ("by-hand", "adopt")):
        refused = run(MODULE, check=check, group_name=group, policies=[TRACKING], state=state)
        assert refused["failed"]
        assert cause in refused["msg"]
    assert standing(aws) == []


def test_what_is_not_listed_is_left_alone_and_found_as_the_stacks(run, aws):
    a_group(aws)
    run.ok(MODULE, group_name=GROUP, policies=[TRACKING, SIMPLE])
    assert not run.ok(MODULE, group_name=GROUP, policies=[TRACKING])["changed"]
    owned = [one for one in run.ok("stack_info", stack="shop")["resources"] if one["type"] == MODULE]
    assert [(one["component"], one["key"]) for one in owned] == [("vpc", "cpu"), ("vpc", "simple")]
    assert [one["id"] for one in owned] == [one["PolicyARN"] for one in aws.autoscaling.describe_policies()["ScalingPolicies"]]


def test_a_plan_needs_no_group_and_no_load_balancer(run, aws):
    unknown = dict.fromkeys(BALANCER, UNKNOWN)
    asked = {"group_name": UNKNOWN, "policies": [TRACKING, {**REQUESTS, **unknown}]}
    checked = run.ok(MODULE, check=True, **asked)
    assert [entry["action"] for entry in checked["planned"]] == ["create", "create"]
    assert [one["operation"] for one in run.cloud.records() if one["service"] == "autoscaling"] == []
    a_group(aws)
    asked["group_name"] = GROUP
    assert "run again without --limit" in run(MODULE, **asked)["msg"]
    run.ok(MODULE, group_name=GROUP, policies=[{**REQUESTS, **BALANCER}])
    checked = run.ok(MODULE, check=True, group_name=GROUP, policies=[{**REQUESTS, **unknown}])
    assert checked["planned"][0]["keys"] == sorted(BALANCER)


def test_a_group_that_is_not_there_has_no_policies(run, aws):
    assert not run.ok(MODULE, group_name="nobody", policies=[TRACKING], state="absent")["changed"]
    refused = run(MODULE, group_name="nobody", policies=[TRACKING])
    assert "'nobody' not found" in refused["msg"]


@pytest.mark.parametrize(
    ("policy", "cause"),
    [
        ({**TRACKING, "steps": STEPS, "cooldown": 3}, "a target_tracking policy takes no steps, cooldown"),
        ({**STEPWISE, "steps": STEPS, "metric": CPU}, "a step policy takes no metric"),
        ({**SIMPLE, "mode": "forecast_only"}, "a simple policy takes no mode"),
        ({**FORECAST, "disable_scale_in": False}, "a predictive policy takes no disable_scale_in"),
        (REQUESTS, "give load_balancer_id and target_group_id"),
        ({**REQUESTS, "load_balancer_id": BALANCER["load_balancer_id"]}, "give load_balancer_id and target_group_id"),
        ({**TRACKING, **BALANCER}, "load_balancer_id goes with metric: ALBRequestCountPerTarget only"),
        ({**SIMPLE, "min_adjustment_magnitude": 2}, "min_adjustment_magnitude goes with adjustment_type: percent only"),
        ({**FORECAST, "max_capacity_behavior": "honor", "max_capacity_buffer": 5}, "goes with max_capacity_behavior: increase only"),
    ],
)
def test_what_a_type_does_not_take_is_refused_before_any_write(run, aws, policy: dict, cause: str):
    a_group(aws)
    refused = run(MODULE, check=True, group_name=GROUP, policies=[policy])
    assert refused["failed"]
    assert cause in refused["msg"]


def test_a_metric_of_somebodys_own_is_a_difference(run, aws):
    a_group(aws)
    run.ok(MODULE, group_name=GROUP, policies=[TRACKING])
    metric = {"MetricName": "jobs", "Namespace": "shop", "Statistic": "Average"}
    tracking = {"CustomizedMetricSpecification": metric, "TargetValue": 50.0}
    named = {"AutoScalingGroupName": GROUP, "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling"}
    aws.autoscaling.put_scaling_policy(**named, TargetTrackingConfiguration=tracking)
    mended = run.ok(MODULE, group_name=GROUP, policies=[TRACKING])
    assert mended["planned"][0]["keys"] == ["metric"]
    assert mended["policies"][0]["metric"] == CPU


def test_one_that_tracks_the_same_metric_is_kept_by_the_name_it_has(run, aws):
    a_group(aws)
    run.ok(MODULE, group_name=GROUP, policies=[{**TRACKING, "name": "by-hand", "target_value": 70}])
    renamed = run.ok(MODULE, group_name=GROUP, policies=[TRACKING])
    assert [(one["action"], one["keys"]) for one in renamed["planned"]] == [("update", ["target_value"])]
    assert standing(aws) == [(GROUP, "by-hand")]
    assert not run.ok(MODULE, group_name=GROUP, policies=[TRACKING])["changed"]
    owned = [one["id"] for one in run.ok("stack_info", stack="shop")["resources"] if one["type"] == MODULE]
    assert owned == [one["id"] for one in renamed["planned"]]
    assert not run.ok(MODULE, group_name=GROUP, policies=[TRACKING], state="absent")["changed"]
    assert standing(aws) == [(GROUP, "by-hand")]


def test_the_label_of_a_load_balancers_requests_is_made_of_its_arns(run, aws):
    a_group(aws)
    kept = run.ok(MODULE, group_name=GROUP, policies=[{**REQUESTS, **BALANCER}])["policies"][0]
    assert {key: kept[key] for key in BALANCER} == BALANCER
    said = aws.autoscaling.describe_policies()["ScalingPolicies"][0]["TargetTrackingConfiguration"]["PredefinedMetricSpecification"]
    assert said["ResourceLabel"] == "app/shop/0123456789abcdef/targetgroup/web/fedcba9876543210"


def test_a_policy_is_removed_by_what_its_group_says_of_it(run, aws):
    a_group(aws)
    run.ok(MODULE, group_name=GROUP, policies=[TRACKING])
    removed = run.ok("stack_removal", state="absent", types=[MODULE])
    assert [(entry["type"], entry["key"], entry["action"]) for entry in removed["planned"]] == [(MODULE, "cpu", "delete")]
    assert standing(aws) == []
