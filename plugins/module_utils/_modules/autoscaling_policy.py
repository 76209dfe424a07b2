# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module autoscaling_policy: keep scaling policies of an autoscaling group as described."""

from __future__ import annotations

from .._autoscaling.policy import ScalingPolicy
from .._aws import Aws
from .._core.run import run
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import many

OPTIONS = dict(
    group_name=dict(required=True),
    policies=many(
        type=dict(choices=["target_tracking", "step", "simple", "predictive"], required=True),
        enabled=dict(type="bool", default=True),
        metric=dict(choices=["ASGAverageCPUUtilization", "ASGAverageNetworkIn", "ASGAverageNetworkOut", "ALBRequestCountPerTarget"]),
        target_value=dict(type="float"),
        load_balancer_id=dict(),
        target_group_id=dict(),
        disable_scale_in=dict(type="bool"),
        estimated_warmup=dict(type="int"),
        adjustment_type=dict(choices=["change", "percent", "exact"]),
        min_adjustment_magnitude=dict(type="int"),
        steps=dict(
            type="list",
            elements="dict",
            options=dict(lower=dict(type="float"), upper=dict(type="float"), adjustment=dict(type="int", required=True)),
        ),
        metric_aggregation=dict(choices=["average", "minimum", "maximum"]),
        adjustment=dict(type="int"),
        cooldown=dict(type="int"),
        mode=dict(choices=["forecast_only", "forecast_and_scale"]),
        max_capacity_behavior=dict(choices=["honor", "increase"]),
        max_capacity_buffer=dict(type="int"),
        scheduling_buffer=dict(type="int"),
    ),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run(aws, [ScalingPolicy(aws, item) for item in items(module, "policies")], "policies")
