# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The four types of scaling policies, as shapes and as AWS takes them. Pure.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_ScalingPolicy.html
"""

from __future__ import annotations

import typing as t

from .._core.plan import Shape

TYPE_NAMES = {"target_tracking": "TargetTrackingScaling", "step": "StepScaling", "simple": "SimpleScaling", "predictive": "PredictiveScaling"}
TYPES = {name: kind for kind, name in TYPE_NAMES.items()}
_METRIC, _BY_ALARM = ("target_tracking", "predictive"), ("step", "simple")
#: Every key but the type itself and ``enabled``, and the types that it belongs to.
KEYS = {
    "metric": _METRIC,
    "target_value": _METRIC,
    "load_balancer_id": _METRIC,
    "target_group_id": _METRIC,
    "disable_scale_in": ("target_tracking",),
    "estimated_warmup": ("target_tracking", "step"),
    "adjustment_type": _BY_ALARM,
    "min_adjustment_magnitude": _BY_ALARM,
    "steps": ("step",),
    "metric_aggregation": ("step",),
    "adjustment": ("simple",),
    "cooldown": ("simple",),
    "mode": ("predictive",),
    "max_capacity_behavior": ("predictive",),
    "max_capacity_buffer": ("predictive",),
    "scheduling_buffer": ("predictive",),
}
#: The metrics by the names of target tracking, and what predictive scaling calls the pair of load and use that each belongs to.
METRICS = {
    "ASGAverageCPUUtilization": "ASGCPUUtilization",
    "ASGAverageNetworkIn": "ASGNetworkIn",
    "ASGAverageNetworkOut": "ASGNetworkOut",
    "ALBRequestCountPerTarget": "ALBRequestCount",
}
REQUESTS = "ALBRequestCountPerTarget"
BALANCER = ("load_balancer_id", "target_group_id")
#: Keys that AWS takes only where another one has a certain value.
ONLY_WITH = {
    "load_balancer_id": ("metric", REQUESTS),
    "target_group_id": ("metric", REQUESTS),
    "min_adjustment_magnitude": ("adjustment_type", "percent"),
    "max_capacity_buffer": ("max_capacity_behavior", "increase"),
}
_PAIRS = {pair: metric for metric, pair in METRICS.items()}
ADJUSTMENTS = {"change": "ChangeInCapacity", "percent": "PercentChangeInCapacity", "exact": "ExactCapacity"}
AGGREGATIONS = {"average": "Average", "minimum": "Minimum", "maximum": "Maximum"}
MODES = {"forecast_only": "ForecastOnly", "forecast_and_scale": "ForecastAndScale"}
BEHAVIORS = {"honor": "HonorMaxCapacity", "increase": "IncreaseMaxCapacity"}
STEP_FIELDS = {"lower": "MetricIntervalLowerBound", "upper": "MetricIntervalUpperBound", "adjustment": "ScalingAdjustment"}


def sort_steps(steps: t.Iterable[t.Mapping[str, t.Any]]) -> list[dict[str, t.Any]]:
    """Steps from the lowest on; a bound that is None is open."""
    whole = [{key: step.get(key) for key in STEP_FIELDS} for step in steps]
    return sorted(whole, key=lambda step: float("-inf") if step["lower"] is None else step["lower"])


def empty(kind: str) -> dict[str, t.Any]:
    """The keys of the other types: what they left behind is no value of this one's."""
    return {key: [] if key == "steps" else "" for key, kinds in KEYS.items() if kind not in kinds}


def to_shape(raw: dict[str, t.Any]) -> dict[str, t.Any]:
    """AWS's answer as managed keys."""
    kind = TYPES[raw["PolicyType"]]
    read = {"target_tracking": _read_tracking, "predictive": _read_prediction, "step": _read_steps, "simple": _read_simple}[kind]
    return {"type": kind, "enabled": raw.get("Enabled", True), **read(raw), **empty(kind)}


def to_spec(shape: Shape) -> dict[str, t.Any]:
    """Managed keys as PutScalingPolicy takes them, but for the names."""
    write = {"target_tracking": _tracking, "predictive": _prediction, "step": _steps, "simple": _simple}[shape["type"]]
    return _given({"Enabled": shape.get("enabled"), **write(shape)})


def _given(fields: dict[str, t.Any]) -> dict[str, t.Any]:
    """What has a value; a zero is one."""
    return {field: value for field, value in fields.items() if value is not None and value != ""}


def _word(words: dict[str, str], value: str | None) -> str | None:
    """Our word for AWS's."""
    return next((ours for ours, theirs in words.items() if theirs == value), value)


# -- target tracking, prediction -----------------------------------------------------------------------------------


def _read_tracking(raw: dict[str, t.Any]) -> dict[str, t.Any]:
    tracking = raw["TargetTrackingConfiguration"]
    predefined = tracking.get("PredefinedMetricSpecification", {})
    return {
        # A metric of somebody's own is none of ours: it reads as a difference, and is mended.
        "metric": predefined.get("PredefinedMetricType", "customized"),
        "target_value": tracking["TargetValue"],
        "disable_scale_in": tracking.get("DisableScaleIn", False),
        "estimated_warmup": raw.get("EstimatedInstanceWarmup"),
        **_balancer(raw, predefined.get("ResourceLabel")),
    }


def _tracking(shape: Shape) -> dict[str, t.Any]:
    metric = _given({"PredefinedMetricType": shape.get("metric"), "ResourceLabel": _label(shape)})
    tracking = {"PredefinedMetricSpecification": metric, "TargetValue": shape.get("target_value"), "DisableScaleIn": shape.get("disable_scale_in")}
    return {"TargetTrackingConfiguration": _given(tracking), "EstimatedInstanceWarmup": shape.get("estimated_warmup")}


def _read_prediction(raw: dict[str, t.Any]) -> dict[str, t.Any]:
    prediction = raw["PredictiveScalingConfiguration"]
    first = prediction["MetricSpecifications"][0]
    pair = first.get("PredefinedMetricPairSpecification", {})
    return {
        "metric": _PAIRS.get(pair.get("PredefinedMetricType"), "customized"),
        "target_value": first["TargetValue"],
        "mode": _word(MODES, prediction.get("Mode", MODES["forecast_only"])),
        "max_capacity_behavior": _word(BEHAVIORS, prediction.get("MaxCapacityBreachBehavior", BEHAVIORS["honor"])),
        "max_capacity_buffer": prediction.get("MaxCapacityBuffer", ""),
        "scheduling_buffer": prediction.get("SchedulingBufferTime"),
        **_balancer(raw, pair.get("ResourceLabel")),
    }


def _prediction(shape: Shape) -> dict[str, t.Any]:
    pair = _given({"PredefinedMetricType": METRICS.get(shape.get("metric")), "ResourceLabel": _label(shape)})
    prediction = {
        "MetricSpecifications": [_given({"TargetValue": shape.get("target_value"), "PredefinedMetricPairSpecification": pair})],
        "Mode": MODES.get(shape.get("mode")),
        "MaxCapacityBreachBehavior": BEHAVIORS.get(shape.get("max_capacity_behavior")),
        "MaxCapacityBuffer": shape.get("max_capacity_buffer"),
        "SchedulingBufferTime": shape.get("scheduling_buffer"),
    }
    return {"PredictiveScalingConfiguration": _given(prediction)}


def _label(shape: Shape) -> str | None:
    """What names a target group of a load balancer: app/NAME/ID/targetgroup/NAME/ID, the ends of their ARNs."""
    if not shape.get("load_balancer_id"):
        return None
    return f"{shape['load_balancer_id'].partition(':loadbalancer/')[2]}/{shape['target_group_id'].rpartition(':')[2]}"


def _balancer(raw: dict[str, t.Any], label: str | None) -> dict[str, t.Any]:
    """The ARNs that a label was made from: both lie in the account and region of the policy."""
    if not label:
        return {"load_balancer_id": "", "target_group_id": ""}
    _arn, partition, _service, region, account = raw["PolicyARN"].split(":")[:5]
    balancer, _between, group = label.partition("/targetgroup/")
    where = f"arn:{partition}:elasticloadbalancing:{region}:{account}"
    return {"load_balancer_id": f"{where}:loadbalancer/{balancer}", "target_group_id": f"{where}:targetgroup/{group}"}


# -- steps, one step -----------------------------------------------------------------------------------------------


def _read_steps(raw: dict[str, t.Any]) -> dict[str, t.Any]:
    return {
        "adjustment_type": _word(ADJUSTMENTS, raw.get("AdjustmentType")),
        "min_adjustment_magnitude": raw.get("MinAdjustmentMagnitude", ""),
        "steps": sort_steps({key: step.get(field) for key, field in STEP_FIELDS.items()} for step in raw["StepAdjustments"]),
        "metric_aggregation": _word(AGGREGATIONS, raw.get("MetricAggregationType")),
        "estimated_warmup": raw.get("EstimatedInstanceWarmup"),
    }


def _steps(shape: Shape) -> dict[str, t.Any]:
    return {
        "AdjustmentType": ADJUSTMENTS.get(shape.get("adjustment_type")),
        "MinAdjustmentMagnitude": shape.get("min_adjustment_magnitude"),
        "StepAdjustments": [_given({field: step[key] for key, field in STEP_FIELDS.items()}) for step in shape.get("steps") or []],
        "MetricAggregationType": AGGREGATIONS.get(shape.get("metric_aggregation")),
        "EstimatedInstanceWarmup": shape.get("estimated_warmup"),
    }


def _read_simple(raw: dict[str, t.Any]) -> dict[str, t.Any]:
    return {
        "adjustment_type": _word(ADJUSTMENTS, raw.get("AdjustmentType")),
        "min_adjustment_magnitude": raw.get("MinAdjustmentMagnitude", ""),
        "adjustment": raw.get("ScalingAdjustment"),
        "cooldown": raw.get("Cooldown"),
    }


def _simple(shape: Shape) -> dict[str, t.Any]:
    return {
        "AdjustmentType": ADJUSTMENTS.get(shape.get("adjustment_type")),
        "MinAdjustmentMagnitude": shape.get("min_adjustment_magnitude"),
        "ScalingAdjustment": shape.get("adjustment"),
        "Cooldown": shape.get("cooldown"),
    }
