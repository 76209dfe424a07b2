# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The scaling policies of autoscaling groups."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud
from .conftest import REGION, client_of

CPU = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}, "TargetValue": 50.0}
REQUESTS = {"PredefinedMetricType": "ALBRequestCountPerTarget"}
LABEL = "app/shop/0123456789abcdef/targetgroup/web/fedcba9876543210"
STEPS = [
    {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 10.0, "ScalingAdjustment": 1},
    {"MetricIntervalLowerBound": 10.0, "ScalingAdjustment": 2},
]
FORECAST = {"MetricSpecifications": [{"TargetValue": 50.0, "PredefinedMetricPairSpecification": {"PredefinedMetricType": "ASGCPUUtilization"}}]}
BY_STEPS = {"PolicyType": "StepScaling", "AdjustmentType": "ChangeInCapacity"}


@pytest.fixture
def autoscaling(cloud: LocalCloud) -> Any:
    """Two groups without instances."""
    ec2, client = (client_of(cloud.endpoint, service) for service in ("ec2", "autoscaling"))
    template = ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"InstanceType": "t3.micro"})["LaunchTemplate"]["LaunchTemplateId"]
    for name in ("one", "two"):
        client.create_auto_scaling_group(
            AutoScalingGroupName=name, MinSize=0, MaxSize=4, LaunchTemplate={"LaunchTemplateId": template}, AvailabilityZones=[f"{REGION}a"]
        )
    return client


def put(client: Any, group: str = "one", name: str = "cpu", **asked: Any) -> str:
    spec = asked or {"PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration": CPU}
    return client.put_scaling_policy(AutoScalingGroupName=group, PolicyName=name, **spec)["PolicyARN"]


def track(client: Any, metric: dict[str, str]) -> str:
    return put(client, PolicyType="TargetTrackingScaling", TargetTrackingConfiguration={**CPU, "PredefinedMetricSpecification": metric})


# addition, the last call of this
REFUSALS: list[tuple[str, Callable[[Any], Any]]] = [
    ("put_policy", lambda c: put(c, "three")),
    ("put_policy", lambda c: put(c, PolicyType="Magic")),
    ("put_policy", lambda c: put(c, PolicyType="TargetTrackingScaling")),
    ("put_policy", lambda c: put(c, PolicyType="SimpleScaling", AdjustmentType="ChangeInCapacity")),
    ("put_policy", lambda c: put(c, PolicyType="TargetTrackingScaling", TargetTrackingConfiguration=CPU, Cooldown=60)),
    ("put_policy", lambda c: put(c, **BY_STEPS, StepAdjustments=STEPS, TargetTrackingConfiguration=CPU)),
    ("put_policy", lambda c: put(c, **BY_STEPS, StepAdjustments=[STEPS[0], {**STEPS[1], "MetricIntervalLowerBound": 20.0}])),
    ("put_policy", lambda c: put(c, **BY_STEPS, StepAdjustments=[STEPS[0], {**STEPS[1], "MetricIntervalLowerBound": 5.0}])),
    ("put_policy", lambda c: track(c, REQUESTS)),
    ("put_policy", lambda c: track(c, {**REQUESTS, "ResourceLabel": "targetgroup/web/fedcba9876543210"})),
    ("put_policy", lambda c: track(c, {"PredefinedMetricType": "ASGAverageCPUUtilization", "ResourceLabel": LABEL})),
    ("put_policy", lambda c: put(c, **BY_STEPS, StepAdjustments=STEPS, MinAdjustmentMagnitude=2)),
    ("put_policy", lambda c: put(c, PolicyType="PredictiveScaling", PredictiveScalingConfiguration={**FORECAST, "MaxCapacityBuffer": 5})),
    ("one_policy_a_metric", lambda c: (put(c), put(c, "two"), put(c, name="another"))),
    ("delete_policy", lambda c: (put(c), c.delete_policy(AutoScalingGroupName="two", PolicyName="cpu"))),
    ("delete_policy", lambda c: c.delete_policy(PolicyName="cpu")),
]


@pytest.mark.parametrize("case", [row[1] for row in REFUSALS], ids=[f"{row[0]}-{n}" for n, row in enumerate(REFUSALS)])
def test_what_aws_refuses_is_refused(autoscaling: Any, case: Callable[[Any], Any]) -> None:
    with pytest.raises(ClientError) as refused:
        case(autoscaling)
    assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_two_groups_have_a_policy_of_one_name_each(autoscaling: Any) -> None:
    first, second = put(autoscaling, "one"), put(autoscaling, "two")
    assert first != second
    assert put(autoscaling, "one") == first
    autoscaling.delete_policy(AutoScalingGroupName="one", PolicyName="cpu")
    left = autoscaling.describe_policies()["ScalingPolicies"]
    assert [(one["AutoScalingGroupName"], one["PolicyARN"]) for one in left] == [("two", second)]


def test_a_forecast_is_taken(autoscaling: Any) -> None:
    increased = {**FORECAST, "MaxCapacityBreachBehavior": "IncreaseMaxCapacity", "MaxCapacityBuffer": 5}
    put(autoscaling, PolicyType="PredictiveScaling", PredictiveScalingConfiguration=increased)
    assert autoscaling.describe_policies()["ScalingPolicies"][0]["PredictiveScalingConfiguration"] == increased


def test_a_policy_reads_as_it_was_written(autoscaling: Any) -> None:
    put(autoscaling, **BY_STEPS, StepAdjustments=STEPS, EstimatedInstanceWarmup=120, Enabled=False)
    one = autoscaling.describe_policies(AutoScalingGroupName="one")["ScalingPolicies"][0]
    assert (one["PolicyType"], one["StepAdjustments"], one["EstimatedInstanceWarmup"]) == ("StepScaling", STEPS, 120)
    assert (one["Enabled"], one["MetricAggregationType"]) == (False, "Average")
    track(autoscaling, {**REQUESTS, "ResourceLabel": LABEL})
    one = autoscaling.describe_policies(AutoScalingGroupName="one")["ScalingPolicies"][0]
    assert one["TargetTrackingConfiguration"]["PredefinedMetricSpecification"]["ResourceLabel"] == LABEL
    assert one["Enabled"] is True
    assert "PredictiveScalingConfiguration" not in one
    assert not one.get("StepAdjustments")


def test_a_simple_policy_is_carried_out_in_its_own_group(autoscaling: Any) -> None:
    for group, size in (("one", 1), ("two", 2)):
        put(autoscaling, group, PolicyType="SimpleScaling", AdjustmentType="ExactCapacity", ScalingAdjustment=size)
    autoscaling.execute_policy(AutoScalingGroupName="two", PolicyName="cpu")
    groups = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert {one["AutoScalingGroupName"]: one["DesiredCapacity"] for one in groups} == {"one": 0, "two": 2}


def test_its_policies_go_with_a_group(autoscaling: Any) -> None:
    for group in ("one", "two"):
        put(autoscaling, group)
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="one", ForceDelete=True)
    assert [one["AutoScalingGroupName"] for one in autoscaling.describe_policies()["ScalingPolicies"]] == ["two"]
