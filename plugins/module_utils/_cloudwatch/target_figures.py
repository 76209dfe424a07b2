# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What CloudWatch measured of one target group of an application load balancer.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""

from __future__ import annotations

import typing as t
from datetime import datetime
from datetime import UTC

from .._aws import Aws
from .._deploy.gates import Figures

MINUTE = 60
#: Metrics by the ids under which they are asked for. A connection that fails is answered 502 by the load balancer, which counts it to no target group.
COUNTS = {"requests": "RequestCount", "answered": "HTTPCode_Target_5XX_Count", "refused": "TargetConnectionErrorCount"}
LATENCY = "TargetResponseTime"


def figures_of(aws: Aws, forward: str, target_group: str, since: float, until: float, percentile: float) -> Figures:
    """The figures of every finished minute from ``since`` to ``until``, in epoch seconds, as far as AWS has them by now.

    ``forward`` is the ARN of the listener or rule, whose load balancer is meant. The minute in which a step began counts as its own: what
    the target group answered then was its version's.
    """
    start, end = since // MINUTE * MINUTE, until // MINUTE * MINUTE
    if end <= start:
        return Figures()
    dimensions = [
        {"Name": "LoadBalancer", "Value": "/".join(forward.split("/")[1:4])},
        {"Name": "TargetGroup", "Value": target_group.rpartition(":")[2]},
    ]
    asked = {name: (metric, "Sum") for name, metric in COUNTS.items()} | {"latency": (LATENCY, f"p{percentile:g}")}
    found = aws.read(
        "cloudwatch",
        "get_metric_data",
        "MetricDataResults",
        MetricDataQueries=[_query(name, metric, statistic, dimensions) for name, (metric, statistic) in asked.items()],
        StartTime=_moment(start),
        EndTime=_moment(end),
    )
    values = {name: [value for one in found if one["Id"] == name for value in one["Values"]] for name in asked}
    return Figures(
        requests=round(sum(values["requests"])),
        failed=round(sum(values["answered"]) + sum(values["refused"])),
        latency=max(values["latency"], default=None),
    )


def _query(name: str, metric: str, statistic: str, dimensions: list[dict[str, str]]) -> dict[str, t.Any]:
    measured = {"Namespace": "AWS/ApplicationELB", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": measured, "Period": MINUTE, "Stat": statistic}}


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
