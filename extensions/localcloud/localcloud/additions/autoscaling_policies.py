# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Auto Scaling: the scaling policies of a group."""
from __future__ import annotations

import uuid
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeScalingPolicy, autoscaling_backends
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from ..call import Call
from ..replies import AwsError
from . import before, patch

_PUT = "API_PutScalingPolicy"
_ALB_METRICS = ("ALBRequestCountPerTarget", "ALBRequestCount", "ALBTargetGroupRequestCount")
#: What each type must be given.
_NEEDS = {
    "SimpleScaling": ("AdjustmentType", "ScalingAdjustment"),
    "StepScaling": ("AdjustmentType", "StepAdjustments"),
    "TargetTrackingScaling": ("TargetTrackingConfiguration",),
    "PredictiveScaling": ("PredictiveScalingConfiguration",),
}
#: What a type is not to be given: what is another type's own.
_FORBIDDEN = {
    "SimpleScaling": ("StepAdjustments", "TargetTrackingConfiguration", "PredictiveScalingConfiguration", "EstimatedInstanceWarmup"),
    "StepScaling": ("ScalingAdjustment", "Cooldown", "TargetTrackingConfiguration", "PredictiveScalingConfiguration"),
    "TargetTrackingScaling": ("AdjustmentType", "ScalingAdjustment", "Cooldown", "StepAdjustments", "PredictiveScalingConfiguration"),
    "PredictiveScaling": ("AdjustmentType", "ScalingAdjustment", "Cooldown", "StepAdjustments", "TargetTrackingConfiguration"),
}


def _refuse(text: str) -> AwsError:
    return AwsError("ValidationError", text)


def _backend(call: Call) -> AutoScalingBackend:
    return autoscaling_backends[call.account][call.region]


@before("autoscaling", "PutScalingPolicy", adds="each type is given what it needs and nothing of another's; a metric of a load balancer has its "
        "resource label; steps leave no gap and do not overlap; a least magnitude with percents only, a buffer with an increase only",
        source=_PUT + ", API_PredictiveScalingConfiguration")  # fmt: skip
def put_policy(call: Call) -> None:
    asked = call.params
    kind = asked.get("PolicyType", "SimpleScaling")
    if kind not in _NEEDS:
        raise _refuse(f"Policy type {kind} is not valid")
    for name in _NEEDS[kind]:
        if asked.get(name) in (None, [], {}):
            raise _refuse(f"{name} must be specified for a {kind} policy")
    for name in _FORBIDDEN[kind]:
        if asked.get(name) not in (None, [], {}):
            raise _refuse(f"{name} cannot be specified for a {kind} policy")
    _check_companions(asked)
    _check_metrics(asked)
    _check_steps(asked.get("StepAdjustments", []))


@before("autoscaling", "PutScalingPolicy", adds="one policy of a group tracks a metric", source="Auto Scaling user guide, as-scaling-target-tracking")
def one_policy_a_metric(call: Call) -> None:
    group, name = call.params["AutoScalingGroupName"], call.params["PolicyName"]
    wanted = _metric(call.params.get("TargetTrackingConfiguration"))
    others = [one for one in _backend(call).policies.values() if one.auto_scaling_group_name == group and one.name != name]
    if wanted and any(one.tracks == wanted for one in others):
        raise _refuse("Only one TargetTrackingScaling policy for a given metric specification is allowed.")


def _metric(tracking: Any) -> dict[str, Any]:
    return {key: value for key, value in (tracking or {}).items() if key.endswith("MetricSpecification") and value}


def _check_companions(asked: dict[str, Any]) -> None:
    """What is taken only where something else has a certain value."""
    if "MinAdjustmentMagnitude" in asked and asked.get("AdjustmentType") != "PercentChangeInCapacity":
        raise _refuse("MinAdjustmentMagnitude can be specified for the adjustment type PercentChangeInCapacity only")
    predicted = asked.get("PredictiveScalingConfiguration", {})
    if "MaxCapacityBuffer" in predicted and predicted.get("MaxCapacityBreachBehavior") != "IncreaseMaxCapacity":
        raise _refuse("MaxCapacityBuffer can be specified for the behavior IncreaseMaxCapacity only")


def _check_metrics(asked: dict[str, Any]) -> None:
    tracking = asked.get("TargetTrackingConfiguration", {}).get("PredefinedMetricSpecification")
    predicted = asked.get("PredictiveScalingConfiguration", {}).get("MetricSpecifications", [])
    for metric in [tracking, *(one.get("PredefinedMetricPairSpecification") for one in predicted)]:
        if not metric:
            continue
        of_balancer, label = metric["PredefinedMetricType"] in _ALB_METRICS, metric.get("ResourceLabel", "")
        if of_balancer and not (label.startswith("app/") and "/targetgroup/" in label):
            raise _refuse(f"ResourceLabel '{label}' is not of the form app/NAME/ID/targetgroup/NAME/ID")
        if label and not of_balancer:
            raise _refuse(f"ResourceLabel cannot be specified for {metric['PredefinedMetricType']}")


def _check_steps(steps: list[dict[str, Any]]) -> None:
    """The ranges follow each other without a gap; only the outer bounds may be open."""
    bounds = sorted(
        (float(step.get("MetricIntervalLowerBound", "-inf")), float(step.get("MetricIntervalUpperBound", "inf"))) for step in steps
    )
    for (_low, high), (following, _high) in zip(bounds, bounds[1:], strict=False):
        if high != following:
            raise _refuse(f"StepAdjustment intervals can't have gaps or overlap: one ends at {high}, and the next begins at {following}")


@before("autoscaling", "DeletePolicy", adds="the policy must exist in the group that is named", source="API_DeletePolicy")
def delete_policy(call: Call) -> None:
    group, name = call.params.get("AutoScalingGroupName"), call.params["PolicyName"]
    if not _named(_backend(call), group, name):
        raise _refuse(f"No scaling policy named {name} found" + (f" in group {group}" if group else ""))


def _named(backend: AutoScalingBackend, group: str | None, name: str) -> list[tuple[str, str]]:
    """The keys of the policies that a name, or an ARN, means."""
    return [
        key for key, policy in backend.policies.items() if name in (policy.name, policy.arn) and group in (None, policy.auto_scaling_group_name)
    ]


@patch("autoscaling", "PutScalingPolicy", "DescribePolicies", "DeletePolicy", "ExecutePolicy",
       adds="two groups may each have a policy of one name; Enabled; an ARN of its own, in the answer too; MetricAggregationType "
       "Average unless given otherwise; no forecast where none was given", source="API_ScalingPolicy")  # fmt: skip
def policies_belong_to_groups() -> None:
    first_put = AutoScalingBackend.put_scaling_policy

    def put(self: Any, **asked: Any) -> FakeScalingPolicy:
        key = (asked["as_name"], asked["name"])
        earlier = self.policies.get(key)
        policy = first_put(self, **asked)
        self.policies[key] = self.policies.pop(policy.name)
        policy.own_id = earlier.own_id if earlier else str(uuid.uuid4())
        policy.tracks = _metric(asked["target_tracking_config"])
        if policy.policy_type == "StepScaling":
            policy.metric_aggregation_type = policy.metric_aggregation_type or "Average"
        policy.predictive_scaling_configuration = policy.predictive_scaling_configuration or None
        return policy

    def arn(self: Any) -> str:
        where = f"{self.autoscaling_backend.partition}:autoscaling:{self.autoscaling_backend.region_name}:{self.autoscaling_backend.account_id}"
        return f"arn:{where}:scalingPolicy:{self.own_id}:autoScalingGroupName/{self.auto_scaling_group_name}:policyName/{self.name}"

    FakeScalingPolicy.arn = FakeScalingPolicy.policy_arn = property(arn)
    AutoScalingBackend.put_scaling_policy = put
    _answer_by_group()


def _answer_by_group() -> None:
    """The three operations whose parameters moto does not read."""
    first_put = AutoScalingResponse.put_scaling_policy

    def put(self: Any) -> ActionResult:
        first_put(self)
        policy = self.autoscaling_backend.policies[self._get_param("AutoScalingGroupName"), self._get_param("PolicyName")]
        policy.enabled = str(self._get_param("Enabled")).lower() != "false"
        return ActionResult({"PolicyARN": policy.arn})

    def delete(self: Any) -> EmptyResult:
        backend = self.autoscaling_backend
        for key in _named(backend, self._get_param("AutoScalingGroupName"), self._get_param("PolicyName")):
            del backend.policies[key]
        return EmptyResult()

    def execute(self: Any) -> EmptyResult:
        backend = self.autoscaling_backend
        for key in _named(backend, self._get_param("AutoScalingGroupName"), self._get_param("PolicyName")):
            backend.policies[key].execute()
        return EmptyResult()

    AutoScalingResponse.put_scaling_policy, AutoScalingResponse.delete_policy = put, delete
    AutoScalingResponse.execute_policy = execute
