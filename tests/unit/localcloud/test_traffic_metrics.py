# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What load balancers count, as CloudWatch tells it, and the alarms that go by it."""
from __future__ import annotations

import socket
from datetime import datetime, timedelta, UTC
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud.clock import CLOCK

from .door import Door, forwards, socket_target

SPACE = "AWS/ApplicationELB"


def _at(seconds: float = 0) -> datetime:
    return datetime.fromtimestamp(CLOCK.now() + seconds, UTC)


def _to_the_minute() -> None:
    """What happens from here on is one minute's."""
    CLOCK.advance(60 - CLOCK.now() % 60)


def _dimensions(door: Door, group: str | None = None) -> list[dict[str, str]]:
    balancer = {"Name": "LoadBalancer", "Value": door.balancer.partition("loadbalancer/")[2]}
    return [balancer, {"Name": "TargetGroup", "Value": group.rpartition(":")[2]}] if group else [balancer]


def _query(door: Door, metric: str, stat: str = "Sum", group: str | None = None, name: str = "m", period: int = 60) -> dict[str, Any]:
    measured = {"Namespace": SPACE, "MetricName": metric, "Dimensions": _dimensions(door, group)}
    return {"Id": name, "MetricStat": {"Metric": measured, "Period": period, "Stat": stat}}


def _data(door: Door, *queries: dict[str, Any], since: float = -600) -> dict[str, list[float]]:
    asked = {"MetricDataQueries": list(queries), "StartTime": _at(since), "EndTime": _at(), "ScanBy": "TimestampAscending"}
    return {one["Id"]: one["Values"] for one in door.cloudwatch.get_metric_data(**asked)["MetricDataResults"]}


def test_requests_are_counted_by_the_minute_once_it_is_over(door: Door) -> None:
    group = door.serving("v1")
    _to_the_minute()
    counts = []
    for times in (3, 0, 5):
        door.versions(times)
        CLOCK.advance(59)
        counts.append(_data(door, _query(door, "RequestCount"))["m"])
        CLOCK.advance(1)
    assert counts == [[], [3], [3]]
    assert _data(door, _query(door, "RequestCount"), _query(door, "RequestCount", group=group, name="g")) == {"m": [3, 5], "g": [3, 5]}


def test_codes_are_counted_by_who_gave_them(door: Door) -> None:
    door.cloud.dials.versions = {"v1": {"error_rate": 0.5}}
    group = door.serving("v1")
    _to_the_minute()
    door.versions(10)
    door.default(forwards(door.group("empty")))
    assert door.ask().status == 503
    CLOCK.advance(60)
    names = ("HTTPCode_Target_2XX_Count", "HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "HTTPCode_ELB_503_Count", "RequestCount")
    assert _data(door, *(_query(door, metric, name=f"m{n}") for n, metric in enumerate(names))) == {
        "m0": [5], "m1": [5], "m2": [1], "m3": [1], "m4": [10],
    }  # fmt: skip
    assert _data(door, *(_query(door, metric, group=group, name=f"m{n}") for n, metric in enumerate(names[:3]))) == {"m0": [5], "m1": [5], "m2": []}


def test_a_target_that_cannot_be_connected_to_is_counted(door: Door) -> None:
    group = door.group("nobody")
    door.default(forwards(group))
    door.register(group, "10.0.0.99")
    _to_the_minute()
    assert door.ask().status == 504
    CLOCK.advance(60)
    wanted = [_query(door, "TargetConnectionErrorCount", group=group), _query(door, "HTTPCode_ELB_504_Count", name="e")]
    assert _data(door, *wanted) == {"m": [1], "e": [1]}


def test_a_client_that_goes_away_is_counted(door: Door) -> None:
    def waits(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.recv(1)

    group = door.group("own")
    door.default(forwards(group))
    _to_the_minute()
    with socket_target(door.cloud, "10.0.0.9", waits):
        door.register(group, "10.0.0.9")
        with socket.create_connection(door.cloud.traffic.address(door.balancer, 80), timeout=20) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(4096).startswith(b"HTTP/1.1 460 ")
    CLOCK.advance(60)
    assert _data(door, _query(door, "HTTPCode_ELB_4XX_Count")) == {"m": [1]}


def test_response_times_have_percentiles(door: Door) -> None:
    door.cloud.dials.versions = {"v1": {"latency_ms": 150}}
    group = door.serving("v1")
    _to_the_minute()
    door.versions(3)
    door.cloud.dials.versions = {}
    door.versions(97)
    CLOCK.advance(60)
    stats = ("p50", "p99", "Maximum", "Minimum", "SampleCount", "Average")
    found = _data(door, *(_query(door, "TargetResponseTime", stat, group, f"m{n}") for n, stat in enumerate(stats)))
    median, late, most, least, count, mean = (found[f"m{n}"][0] for n in range(6))
    assert count == 100
    assert least <= median <= mean <= late <= most
    assert median < 0.15 <= late
    asked = {"Namespace": SPACE, "MetricName": "TargetResponseTime", "Dimensions": _dimensions(door, group), "Period": 300}
    told = door.cloudwatch.get_metric_statistics(**asked, StartTime=_at(-600), EndTime=_at(), ExtendedStatistics=["p50", "p99"])["Datapoints"]
    assert [one["ExtendedStatistics"] for one in told] == [{"p50": median, "p99": late}]
    assert told[0]["Timestamp"].timestamp() % 300 == 0


def test_healthy_hosts_are_counted_at_each_check(door: Door) -> None:
    group = door.serving("v1", targets=2)
    door.cloud.dials.versions = {"sick": {"healthy": False}}
    door.run(group, "sick")
    _to_the_minute()
    CLOCK.advance(120)
    wanted = [_query(door, metric, "Maximum", group, metric[0].lower()) for metric in ("HealthyHostCount", "UnHealthyHostCount")]
    assert _data(door, *wanted, since=-60) == {"h": [2], "u": [1]}


def test_what_is_counted_is_listed(door: Door) -> None:
    group = door.serving("v1")
    door.versions(1)
    CLOCK.advance(60)
    listed = door.cloudwatch.list_metrics(Namespace=SPACE, MetricName="RequestCount")["Metrics"]
    assert sorted(len(one["Dimensions"]) for one in listed) == [1, 2]
    assert {"Name": "TargetGroup", "Value": group.rpartition(":")[2]} in max((one["Dimensions"] for one in listed), key=len)


def test_a_share_is_an_expression(door: Door) -> None:
    door.cloud.dials.versions = {"v1": {"error_rate": 0.25}}
    door.serving("v1")
    _to_the_minute()
    door.versions(8)
    CLOCK.advance(60)
    queries = [_query(door, "HTTPCode_Target_5XX_Count", name="bad"), _query(door, "RequestCount", name="all")]
    share = {"Id": "share", "Expression": "100 * bad / all"}
    assert _data(door, *({**one, "ReturnData": False} for one in queries), share) == {"share": [25]}


# -- a user's own figures --------------------------------------------------------------------------------------


def _put(door: Door, *values: float, **more: Any) -> None:
    door.cloudwatch.put_metric_data(Namespace="shop", MetricData=[{"MetricName": "depth", "Value": value, **more} for value in values])


def _own(stat: str, period: int = 60, **more: Any) -> dict[str, Any]:
    return {"Id": "m", "MetricStat": {"Metric": {"Namespace": "shop", "MetricName": "depth", **more}, "Period": period, "Stat": stat}}


def test_own_figures_are_told_by_statistic_and_exactly_by_dimensions(door: Door) -> None:
    _to_the_minute()
    _put(door, 1, 2, 6)
    _put(door, 100, Dimensions=[{"Name": "queue", "Value": "a"}])
    CLOCK.advance(1)
    assert [_data(door, _own(stat))["m"] for stat in ("Sum", "Average", "Maximum", "SampleCount", "p50")] == [[9], [3], [6], [3], [2]]
    assert _data(door, _own("Sum", Dimensions=[{"Name": "queue", "Value": "a"}]))["m"] == [100]


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("InvalidParameterValue", {"Statistics": ["Sum"], "Period": 61}),
        ("InvalidParameterValue", {"ExtendedStatistics": ["p101"], "Period": 60}),
        ("InvalidParameterCombination", {"Statistics": ["Sum"], "ExtendedStatistics": ["p9"], "Period": 60}),
        ("InvalidParameterCombination", {"Statistics": ["Sum"], "Period": 60, "StartTime": datetime(2026, 1, 1, tzinfo=UTC)}),
    ],
)
def test_figures_that_cannot_be_asked_for(door: Door, code: str, asked: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        door.cloudwatch.get_metric_statistics(**{"Namespace": "shop", "MetricName": "depth", "StartTime": _at(-60), "EndTime": _at()} | asked)
    assert refused.value.response["Error"]["Code"] == code


def test_an_expression_of_what_nobody_asked_for_is_refused(door: Door) -> None:
    with pytest.raises(ClientError, match="uses the id other"):
        _data(door, _own("Sum"), {"Id": "e", "Expression": "m + other"})


# -- alarms ----------------------------------------------------------------------------------------------------


def _alarm(door: Door, **more: Any) -> None:
    asked = {"AlarmName": "deep", "Namespace": "shop", "MetricName": "depth", "Statistic": "Maximum", "Period": 60, "EvaluationPeriods": 1}
    door.cloudwatch.put_metric_alarm(**asked | {"Threshold": 5, "ComparisonOperator": "GreaterThanThreshold"} | more)


def _state(door: Door) -> str:
    return str(door.cloudwatch.describe_alarms(AlarmNames=["deep"])["MetricAlarms"][0]["StateValue"])


def _run(door: Door, *values: float | None) -> list[str]:
    """The alarm's state after each minute in which that was measured."""
    states = []
    for value in values:
        if value is not None:
            _put(door, value)
        CLOCK.advance(60)
        states.append(_state(door))
    return states


def test_an_alarm_follows_its_metric(door: Door) -> None:
    _to_the_minute()
    _alarm(door)
    assert _state(door) == "INSUFFICIENT_DATA"
    assert _run(door, 1, 6, 6, 5) == ["OK", "ALARM", "ALARM", "OK"]
    told = door.cloudwatch.describe_alarms(StateValue="OK")["MetricAlarms"][0]
    assert told["StateReason"] == "Threshold Crossed: 1 out of the last 1 datapoints [5.0] was not greater than the threshold (5.0)."
    assert told["StateUpdatedTimestamp"].timestamp() == pytest.approx(CLOCK.now(), abs=1)


def test_an_alarm_waits_for_as_many_datapoints_as_it_is_told(door: Door) -> None:
    _to_the_minute()
    _alarm(door, EvaluationPeriods=3, DatapointsToAlarm=2)
    assert _run(door, 1, 1, 6, 1, 6, 1, 1) == ["OK", "OK", "OK", "OK", "ALARM", "OK", "OK"]


@pytest.mark.parametrize(
    ("treated", "states"),
    [
        ("missing", ["ALARM", "ALARM", "ALARM", "INSUFFICIENT_DATA"]),
        ("ignore", ["ALARM", "ALARM", "ALARM", "ALARM"]),
        ("breaching", ["ALARM", "ALARM", "ALARM", "ALARM"]),
        ("notBreaching", ["ALARM", "ALARM", "ALARM", "OK"]),
    ],
)
def test_missing_data_is_treated_as_the_alarm_says(door: Door, treated: str, states: list[str]) -> None:
    _to_the_minute()
    _alarm(door, TreatMissingData=treated)
    assert _run(door, 6, None, None, None) == states


def test_what_nobody_looked_at_is_made_up_for(door: Door) -> None:
    _to_the_minute()
    _alarm(door, TreatMissingData="ignore")
    for value in (6, 1, 6):
        _put(door, value)
        CLOCK.advance(60)
    assert _state(door) == "ALARM"
    for value in (1, 6, 1):
        _put(door, value)
        CLOCK.advance(60)
    CLOCK.advance(3600)
    assert _state(door) == "OK"
    _put(door, 6)
    CLOCK.advance(3600)
    assert _state(door) == "ALARM"


def test_a_state_that_was_set_holds_until_the_next_evaluation(door: Door) -> None:
    _to_the_minute()
    _alarm(door, TreatMissingData="notBreaching")
    door.cloudwatch.set_alarm_state(AlarmName="deep", StateValue="ALARM", StateReason="a test")
    CLOCK.advance(59)
    assert _state(door) == "ALARM"
    CLOCK.advance(1)
    assert _state(door) == "OK"


def test_an_alarm_that_is_put_again_keeps_its_state(door: Door) -> None:
    _to_the_minute()
    _alarm(door)
    assert _run(door, 6) == ["ALARM"]
    _alarm(door, Threshold=50)
    assert _state(door) == "ALARM"
    assert _run(door, 6) == ["OK"]


def test_an_alarm_on_a_load_balancers_errors(door: Door) -> None:
    door.cloud.dials.versions = {"v2": {"error_rate": 0.02}}
    group = door.serving("v2")
    _to_the_minute()
    dimensions = _dimensions(door, group)
    _alarm(door, Namespace=SPACE, MetricName="HTTPCode_Target_5XX_Count", Statistic="Sum", Dimensions=dimensions, Threshold=0, TreatMissingData="notBreaching")
    door.versions(49)
    CLOCK.advance(60)
    assert _state(door) == "OK"
    door.versions(1)
    CLOCK.advance(60)
    assert _state(door) == "ALARM"


def test_an_alarm_on_an_expression(door: Door) -> None:
    door.cloud.dials.versions = {"v2": {"error_rate": 0.1}}
    door.serving("v2")
    _to_the_minute()
    queries = [_query(door, "HTTPCode_Target_5XX_Count", name="bad"), _query(door, "RequestCount", name="all")]
    share = {"Id": "share", "Expression": "FILL(bad, 0) / all", "ReturnData": True}
    door.cloudwatch.put_metric_alarm(
        AlarmName="deep", EvaluationPeriods=1, Threshold=0.05, ComparisonOperator="GreaterThanThreshold",
        Metrics=[*({**one, "ReturnData": False} for one in queries), share],
    )  # fmt: skip
    states = []
    for times in (9, 10):
        door.versions(times)
        CLOCK.advance(60)
        states.append(_state(door))
    assert states == ["OK", "ALARM"]


def test_the_first_moment_of_a_period_is_its_own(door: Door) -> None:
    _to_the_minute()
    _put(door, 7, Timestamp=_at())
    CLOCK.advance(60)
    _put(door, 8, Timestamp=_at() - timedelta(milliseconds=1))
    asked = {"Namespace": "shop", "MetricName": "depth", "Period": 60, "StartTime": _at(-90), "EndTime": _at(60), "Statistics": ["Sum"]}
    assert [(one["Timestamp"], one["Sum"]) for one in door.cloudwatch.get_metric_statistics(**asked)["Datapoints"]] == [(_at(-60).replace(microsecond=0), 15)]
