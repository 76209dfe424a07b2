# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module cloudwatch_alarm: keep the alarms of a component as described."""

from __future__ import annotations

from .._aws import Aws
from .._cloudwatch.alarm import Alarm
from .._core.run import run
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import many

METRIC = dict(
    id=dict(required=True),
    expression=dict(),
    label=dict(),
    account_id=dict(),
    return_data=dict(type="bool", default=True),
    namespace=dict(),
    metric=dict(),
    dimensions=dict(type="dict"),
    statistic=dict(),
    unit=dict(),
    period=dict(type="int"),
)
OPTIONS = dict(
    alarms=many(
        namespace=dict(),
        metric=dict(),
        dimensions=dict(type="dict"),
        statistic=dict(choices=["SampleCount", "Average", "Sum", "Minimum", "Maximum"]),
        extended_statistic=dict(),
        period=dict(type="int"),
        unit=dict(),
        metrics=dict(type="list", elements="dict", options=METRIC),
        comparison=dict(
            choices=["GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"],
            required=True,
        ),
        threshold=dict(type="float", required=True),
        evaluation_periods=dict(type="int", required=True),
        datapoints_to_alarm=dict(type="int"),
        treat_missing_data=dict(choices=["breaching", "notBreaching", "ignore", "missing"]),
        description=dict(),
        actions_enabled=dict(type="bool"),
        actions=dict(type="list", elements="str"),
        ok_actions=dict(type="list", elements="str"),
        insufficient_data_actions=dict(type="list", elements="str"),
    ),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run(aws, [Alarm(aws, item) for item in items(module, "alarms")], "alarms")
