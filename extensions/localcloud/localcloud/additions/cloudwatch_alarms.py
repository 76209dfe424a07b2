# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudWatch: alarms that go by their metrics."""
from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends

from ..clock import CLOCK
from ..statistics import verdict
from . import patch
from .cloudwatch_metrics import answer, moment

_MINUTE = 60
#: Periods that are looked at beside those that are evaluated, where some of those have no data.
_SPARE = 2
#: Minutes that are made up for at most, when nobody has looked for longer.
_MOST_MINUTES = 180
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_WORDS = {name: re.sub("([A-Z])", r" \1", name.removesuffix("Threshold")).lower().strip() for name in _COMPARED}


@patch("cloudwatch", "PutMetricAlarm", adds="what is put over a standing alarm leaves its state", source="API_PutMetricAlarm")
def state_is_left() -> None:
    first = CloudWatchBackend.put_metric_alarm

    def put(self: Any, name: str, *args: Any, **kwargs: Any) -> Alarm:
        before = self.alarms.get(name)
        alarm = first(self, name, *args, **kwargs)
        for kept in ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history") if before else ():
            setattr(alarm, kept, getattr(before, kept))
        return alarm

    CloudWatchBackend.put_metric_alarm = put


@patch("cloudwatch", "DescribeAlarms", "DescribeAlarmsForMetric", "SetAlarmState", adds="an alarm on metrics is evaluated each minute since it was "
       "put, by its period, periods, datapoints and what it makes of missing data; what SetAlarmState says holds for a minute",
       source="CloudWatch user guide: alarm-evaluation, alarms-and-missing-data; API_SetAlarmState")  # fmt: skip
def alarms_follow_their_metrics() -> None:
    first = CloudWatchBackend.set_alarm_state

    def set_alarm_state(self: Any, alarm_name: str, *args: Any) -> None:
        first(self, alarm_name, *args)
        self.alarms[alarm_name].seen = CLOCK.now()

    Alarm.state_value, CloudWatchBackend.set_alarm_state = property(_state, _set_state), set_alarm_state


def _set_state(alarm: Alarm, state: str) -> None:
    alarm.__dict__.setdefault("seen", CLOCK.now())
    alarm.__dict__["state"] = state


def _state(alarm: Alarm) -> str:
    """Whoever looks makes up for the minutes since somebody looked."""
    if alarm.rule is None and alarm.comparison_operator in _COMPARED:
        minutes = int((CLOCK.now() - alarm.seen) // _MINUTE)
        since, alarm.seen = alarm.seen, alarm.seen + minutes * _MINUTE
        for minute in range(max(1, minutes - _MOST_MINUTES), minutes + 1):
            _evaluate(alarm, since + minute * _MINUTE)
    return str(alarm.state)


def _evaluate(alarm: Alarm, at: float) -> None:
    periods = alarm.evaluation_periods
    values = _values(alarm, int(at // _MINUTE * _MINUTE), periods + _SPARE)
    compare, threshold = _COMPARED[alarm.comparison_operator], float(alarm.threshold)
    breaches = [None if value is None else compare(value, threshold) for value in values]
    state = verdict(breaches, periods, alarm.datapoints_to_alarm or periods, alarm.treat_missing_data or "missing", alarm.state)
    if state != alarm.state:
        alarm.update_state(_reason(alarm, state, values, breaches), "{}", state)
        alarm.state_updated_timestamp = moment(at)


def _values(alarm: Alarm, at: int, periods: int) -> list[float | None]:
    """The last periods' values, the newest last; None where there is no data."""
    _arn, _partition, _service, region, account, _name = alarm.alarm_arn.split(":", 5)
    if alarm.metric_data_queries:
        queries = [_query(one) for one in alarm.metric_data_queries]
        wanted = next(one.id for one in alarm.metric_data_queries if str(one.return_data) not in ("False", "false"))
        period = int(next((one["MetricStat"]["Period"] for one in queries if "MetricStat" in one), _MINUTE))
    else:
        wanted, period = "m", int(alarm.period)
        metric = {"Namespace": alarm.namespace, "MetricName": alarm.metric_name, "Dimensions": _dimensions(alarm.dimensions)}
        stat = {"Metric": metric, "Period": period, "Stat": alarm.statistic or alarm.extended_statistic, "Unit": alarm.unit}
        queries = [{"Id": wanted, "MetricStat": stat}]
    start = at - periods * period
    found = answer(cloudwatch_backends[account][region], queries, start, at, aligned=False)[wanted]
    return [found.get(begin) for begin in range(start, at, period)]


def _query(one: Any) -> dict[str, Any]:
    if one.metric_stat is None:
        return {"Id": one.id, "Expression": one.expression, "Period": one.period}
    metric = one.metric_stat.metric
    named = {"Namespace": metric.namespace, "MetricName": metric.metric_name, "Dimensions": _dimensions(metric.dimensions)}
    return {"Id": one.id, "MetricStat": {"Metric": named, "Period": one.metric_stat.period, "Stat": one.metric_stat.stat, "Unit": one.metric_stat.unit}}


def _dimensions(given: list[Any]) -> list[dict[str, str]]:
    return [{"Name": one.name, "Value": one.value} for one in given]


def _reason(alarm: Alarm, state: str, values: list[float | None], breaches: list[bool | None]) -> str:
    seen = [(value, breach) for value, breach in zip(values, breaches, strict=True) if value is not None][-alarm.evaluation_periods :]
    if state == "INSUFFICIENT_DATA" or not seen:
        return f"Insufficient Data: no datapoints were received; missing ones are treated as {alarm.treat_missing_data or 'missing'}."
    count = sum(breach is (state == "ALARM") for _value, breach in seen)
    how = ("" if state == "ALARM" else "not ") + _WORDS[alarm.comparison_operator]
    points = [value for value, _breach in seen]
    return f"Threshold Crossed: {count} out of the last {len(seen)} datapoints {points} was {how} the threshold ({alarm.threshold})."
