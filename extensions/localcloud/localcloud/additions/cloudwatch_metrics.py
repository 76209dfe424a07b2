# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudWatch: what load balancers counted, and figures by period, statistic and expression."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, UTC
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend, MetricAggregatedDatum, MetricDatum
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from ..call import Call
from ..clock import CLOCK
from ..replies import AwsError
from ..statistics import Sample, Series, evaluate, known, series, single
from ..traffic.metrics import METRICS
from . import before, patch

BALANCERS = "AWS/ApplicationELB"
_MOST_POINTS = 1440


def epoch(moment: datetime) -> float:
    """Seconds since 1970; a time without zone is UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def moment(at: float) -> datetime:
    """The same, as moto has times."""
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None)


def samples(backend: CloudWatchBackend, metric: Mapping[str, Any], unit: str | None = None) -> Iterator[Sample]:
    """All that was measured of a metric (Namespace, MetricName and exactly these Dimensions, as the API has them)."""
    dimensions = sorted((one["Name"], one["Value"]) for one in metric.get("Dimensions") or ())
    for each in backend.metric_data + backend.aws_metric_data:
        if (each.namespace, each.name) != (metric["Namespace"], metric["MetricName"]) or (unit and each.unit != unit):
            continue
        if sorted((one.name, one.value) for one in each.dimensions) != dimensions:
            continue
        if isinstance(each, MetricAggregatedDatum):
            yield Sample(epoch(each.timestamp), each.sample_count, each.sum, each.min, each.max)
        elif isinstance(each, MetricDatum):
            yield single(epoch(each.timestamp), each.value)
    if metric["Namespace"] == BALANCERS and not unit:
        for figures in METRICS.figures(backend.account_id, backend.region_name):
            if figures.name == metric["MetricName"] and sorted(figures.dimensions) == dimensions:
                yield from (single(figures.at, value, count) for value, count in figures.values.items())


def answer(backend: CloudWatchBackend, queries: Iterable[Mapping[str, Any]], start: float, end: float, aligned: bool = True) -> dict[str, Series]:
    """The series of each query (as the API has them) by its id. Periods begin at multiples of themselves where they are `aligned`,
    otherwise at `start`."""
    asked = {one["Id"]: one for one in queries}
    of: dict[str, Series] = {}
    for name in sorted(asked, key=lambda name: "MetricStat" not in asked[name]):
        stat = asked[name].get("MetricStat")
        if stat:
            period = int(stat["Period"])
            first = int(start // period * period) if aligned else int(start)
            of[name] = series(samples(backend, stat["Metric"], stat.get("Unit")), stat["Stat"], period, first, end)
        else:
            period = int(asked[name].get("Period") or min((int(one["MetricStat"]["Period"]) for one in asked.values() if "MetricStat" in one), default=60))
            first = int(start // period * period) if aligned else int(start)
            of[name] = evaluate(asked[name]["Expression"], of, range(first, int(end), period))
    return {name: of[name] for name in asked}


@before("cloudwatch", "GetMetricData", "GetMetricStatistics", adds="a statistic that there is, a period that is one, at most 1,440 points a call of "
        "GetMetricStatistics", source="API_GetMetricStatistics, API_MetricStat")  # fmt: skip
def check_figures(call: Call) -> None:
    asked = call.params
    stats = [one["MetricStat"] for one in asked.get("MetricDataQueries", []) if "MetricStat" in one]
    stats += [{"Period": asked.get("Period"), "Stat": one} for one in (*asked.get("Statistics", []), *asked.get("ExtendedStatistics", []))]
    for one in stats:
        if one["Period"] not in (1, 5, 10, 20, 30) and one["Period"] % 60:
            raise AwsError("InvalidParameterValue", "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
        if not known(one["Stat"]):
            raise AwsError("InvalidParameterValue", f"The value {one['Stat']} for parameter Stat is not supported.")
    if "Period" in asked:
        points = (asked["EndTime"] - asked["StartTime"]).total_seconds() / asked["Period"]
        if points > _MOST_POINTS:
            text = f"You have requested up to {int(points)} datapoints, which exceeds the limit of 1,440."
            raise AwsError("InvalidParameterCombination", text)


@patch("cloudwatch", "PutMetricData", "GetMetricData", "GetMetricStatistics", "ListMetrics", adds="percentiles, periods at whole multiples, exactly "
       "the dimensions that are asked for, math expressions; with `--traffic` what load balancers counted, once its minute is over",
       source="API_GetMetricData; Application Load Balancers user guide: load-balancer-cloudwatch-metrics")  # fmt: skip
def figures_by_period() -> None:
    first_put, first_all = CloudWatchBackend.put_metric_data, CloudWatchBackend.get_all_metrics

    def put(self: Any, namespace: str, metric_data: list[dict[str, Any]]) -> None:
        first_put(self, namespace, [{"Timestamp": moment(CLOCK.now())} | one for one in metric_data])

    def everything(self: Any) -> list[Any]:
        counted = {(one.name, one.dimensions): one.at for one in METRICS.figures(self.account_id, self.region_name)}
        told = [
            MetricDatum(BALANCERS, name, 0, [{"Name": key, "Value": value} for key, value in dimensions], moment(at))
            for (name, dimensions), at in counted.items()
        ]
        return [*first_all(self), *told]

    CloudWatchBackend.put_metric_data, CloudWatchBackend.get_all_metrics = put, everything
    CloudWatchBackend.get_metric_data, CloudWatchResponse.get_metric_statistics = _get_metric_data, _get_metric_statistics


def _get_metric_data(
    self: Any, queries: list[dict[str, Any]], start_time: datetime, end_time: datetime, scan_by: str = "TimestampDescending"
) -> list[dict[str, Any]]:
    if end_time <= start_time:
        raise AwsError("ValidationError", "The parameter EndTime must be greater than StartTime.")
    try:
        found = answer(self, queries, epoch(start_time), epoch(end_time))
    except ValueError as problem:
        raise AwsError("ValidationError", str(problem)) from problem
    told = []
    for query in (one for one in queries if one.get("ReturnData", True)):
        points = sorted(found[query["Id"]].items(), reverse=scan_by == "TimestampDescending")
        stat = query.get("MetricStat")
        label = query.get("Label") or (stat["Metric"]["MetricName"] if stat else query["Id"])
        told.append(
            {
                "id": query["Id"],
                "label": label,
                "values": [value for _at, value in points],
                "timestamps": [moment(at) for at, _value in points],
                "status_code": "Complete",
            }
        )
    return told


def _get_metric_statistics(self: Any) -> ActionResult:
    asked = self._get_params()
    start, end, period = epoch(asked["StartTime"]), epoch(asked["EndTime"]), int(asked["Period"])
    plain, extended = asked.get("Statistics") or [], asked.get("ExtendedStatistics") or []
    if end <= start:
        raise AwsError("InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime.")
    if bool(plain) == bool(extended):
        raise AwsError("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics, but not both")
    measured = list(samples(self.cloudwatch_backend, asked, asked.get("Unit")))
    first = int(start // period * period)
    by = {statistic: series(measured, statistic, period, first, end) for statistic in (*plain, *extended)}
    points = []
    for at in sorted({at for values in by.values() for at in values}):
        found = {statistic: values[at] for statistic, values in by.items() if at in values}
        figures = {"ExtendedStatistics": found} if extended else found
        points.append({"Timestamp": moment(at), **figures, "Unit": asked.get("Unit") or "None"})
    return ActionResult({"Label": asked["MetricName"], "Datapoints": points})
