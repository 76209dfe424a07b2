# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Auto Scaling: the policies of a group."""

from __future__ import annotations

import typing as t

from .case import Case
from .case import Ids
from .case import ZONE

GROUP = "shop-web"
WHERE = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012"
BALANCER = {
    "load_balancer_id": f"{WHERE}:loadbalancer/app/shop/0123456789abcdef",
    "target_group_id": f"{WHERE}:targetgroup/web/fedcba9876543210",
}
CPU = "ASGAverageCPUUtilization"
STEPS = [{"lower": 10, "adjustment": 2}, {"lower": 0, "upper": 10, "adjustment": 1}]


def a_group(aws: t.Any) -> Ids:
    """A group of no instances, which bears the stack's tags."""
    data = {"InstanceType": "t3.micro"}
    template = aws.ec2.create_launch_template(LaunchTemplateName="any", LaunchTemplateData=data)["LaunchTemplate"]["LaunchTemplateId"]
    tags = {"groundwork:stack": "shop", "groundwork:component": "vpc", "groundwork:key": GROUP}
    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        MinSize=0,
        MaxSize=4,
        AvailabilityZones=[ZONE],
        LaunchTemplate={"LaunchTemplateId": template},
        Tags=[{"Key": key, "Value": value, "ResourceId": GROUP, "ResourceType": "auto-scaling-group"} for key, value in tags.items()],
    )
    return {}


def policies(*listed: dict[str, t.Any]) -> t.Callable[[Ids], dict[str, t.Any]]:
    return lambda ids: {"group_name": GROUP, "policies": list(listed)}


def drifted(name: str, **changes: t.Any) -> t.Callable[[t.Any, str, Ids], None]:
    """Somebody put the policy anew; a change is a value, or what makes one of what stands."""

    def change(aws: t.Any, id: str, ids: Ids) -> None:
        found = aws.autoscaling.describe_policies(AutoScalingGroupName=GROUP, PolicyNames=[name])["ScalingPolicies"][0]
        known = aws.autoscaling.meta.service_model.operation_model("PutScalingPolicy").input_shape.members
        asked = {field: value for field, value in found.items() if field in known and value}
        new = {field: value(asked.get(field)) if callable(value) else value for field, value in changes.items()}
        aws.autoscaling.put_scaling_policy(**{**asked, "Enabled": found["Enabled"], **new})

    return change


def tracking(**changes: t.Any) -> t.Callable[[t.Any, str, Ids], None]:
    return drifted("requests", TargetTrackingConfiguration=lambda standing: {**standing, **changes})


def counted(balancer: str, group: str) -> t.Callable[[t.Any, str, Ids], None]:
    return tracking(
        PredefinedMetricSpecification={"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": f"app/{balancer}/targetgroup/{group}"}
    )


def forecast(**changes: t.Any) -> t.Callable[[t.Any, str, Ids], None]:
    return drifted("forecast", PredictiveScalingConfiguration=lambda standing: {**standing, **changes})


def of_network(standing: dict[str, t.Any]) -> dict[str, t.Any]:
    pair = {"PredefinedMetricPairSpecification": {"PredefinedMetricType": "ASGNetworkIn"}}
    return {**standing, "MetricSpecifications": [{**standing["MetricSpecifications"][0], **pair}]}


REQUESTS = {"name": "requests", "type": "target_tracking", "metric": "ALBRequestCountPerTarget", "target_value": 1000, "estimated_warmup": 180}
STEPWISE = {"name": "stepwise", "type": "step", "adjustment_type": "percent", "estimated_warmup": 90}
SIMPLE = {"name": "simple", "type": "simple", "adjustment_type": "change", "adjustment": 1, "cooldown": 120}
FORECAST = {"name": "forecast", "type": "predictive", "metric": CPU, "target_value": 50, "mode": "forecast_and_scale", "scheduling_buffer": 300}

CASES = [
    Case(
        "autoscaling_policy",
        a_group,
        policies(
            {**REQUESTS, **BALANCER, "disable_scale_in": True},
            {**STEPWISE, "steps": STEPS, "metric_aggregation": "maximum", "min_adjustment_magnitude": 1},
            SIMPLE,
            {**FORECAST, "max_capacity_behavior": "increase", "max_capacity_buffer": 10},
        ),
        policies(
            {**REQUESTS, "metric": CPU, "target_value": 60, "disable_scale_in": False, "enabled": False},
            {**STEPWISE, "steps": [{"upper": 0, "adjustment": -10}], "adjustment_type": "exact", "metric_aggregation": "average"},
            {"name": "simple", "type": "target_tracking", "metric": "ASGAverageNetworkOut", "target_value": 70},
            {**FORECAST, "metric": "ASGAverageNetworkIn", "mode": "forecast_only", "max_capacity_behavior": "honor"},
        ),
        ("PutScalingPolicy",),
        {
            "enabled": drifted("simple", Enabled=False),
            "metric": drifted("forecast", PredictiveScalingConfiguration=of_network),
            "target_value": tracking(TargetValue=10.0),
            "load_balancer_id": counted("other/0123456789abcdef", "web/fedcba9876543210"),
            "target_group_id": counted("shop/0123456789abcdef", "other/fedcba9876543210"),
            "disable_scale_in": tracking(DisableScaleIn=False),
            "estimated_warmup": drifted("stepwise", EstimatedInstanceWarmup=10),
            "adjustment_type": drifted("simple", AdjustmentType="ExactCapacity"),
            "min_adjustment_magnitude": drifted("stepwise", MinAdjustmentMagnitude=2),
            "steps": drifted("stepwise", StepAdjustments=lambda steps: [{**steps[0], "ScalingAdjustment": 4}, *steps[1:]]),
            "metric_aggregation": drifted("stepwise", MetricAggregationType="Minimum"),
            "adjustment": drifted("simple", ScalingAdjustment=-1),
            "cooldown": drifted("simple", Cooldown=600),
            "mode": forecast(Mode="ForecastOnly"),
            "max_capacity_buffer": forecast(MaxCapacityBuffer=20),
            "scheduling_buffer": forecast(SchedulingBufferTime=60),
        },
        {
            "type": "another type has other keys: a change of it is never alone",
            "max_capacity_behavior": "the buffer goes with it: a change of it is never alone",
            "tags": "a policy bears none: its group does",
        },
    ),
]
