# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What traffic is made of: the clock, turns, versions, figures; and the cloud without it, and as a daemon with it."""
from __future__ import annotations

import json
import re
import socket
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.request import urlopen

import pytest
from localcloud import LocalCloud
from localcloud.clock import Clock
from localcloud.statistics import Sample, Series, evaluate, series, single, summed_up, verdict
from localcloud.traffic.weights import Turns
from localcloud.versions import Version, read_versions

from .daemon import run, state_of
from .door import Door, forwards

# -- the clock -------------------------------------------------------------------------------------------------


@pytest.fixture
def clock() -> Clock:
    return Clock().virtual()


def test_virtual_time_stands_still_and_goes_on_by_what_it_is_advanced(clock: Clock) -> None:
    epoch, monotonic = clock.now(), clock.monotonic()
    assert (clock.now(), clock.monotonic()) == (epoch, monotonic)
    clock.advance(90)
    assert (clock.now(), clock.monotonic()) == (epoch + 90, monotonic + 90)


def test_timers_fire_in_order_each_at_its_time(clock: Clock) -> None:
    began, fired = clock.now(), []

    def at(name: str) -> Any:
        return lambda: fired.append((name, round(clock.now() - began)))

    clock.after(20, at("late"))
    clock.after(10, lambda: (at("first")(), clock.after(5, at("of the first"))))
    clock.after(10, at("second"))
    clock.after(31, at("never"))
    assert fired == []
    clock.advance(30)
    assert fired == [("first", 10), ("second", 10), ("of the first", 15), ("late", 20)]
    assert clock.now() == began + 30


def test_a_timer_that_was_cancelled_or_forgotten_does_not_fire(clock: Clock) -> None:
    fired: list[str] = []
    clock.after(1, lambda: fired.append("cancelled")).cancel()
    clock.advance(1)
    clock.after(1, lambda: fired.append("forgotten"))
    clock.forget()
    clock.advance(5)
    assert fired == []


def test_a_timer_that_fails_hinders_no_other(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    fired: list[int] = []
    clock.after(1, lambda: 1 / 0)
    clock.after(2, lambda: fired.append(2))
    clock.advance(2)
    assert fired == [2]
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_who_advances_time_waits_for_what_it_set_going(clock: Clock) -> None:
    future: Future[str] = Future()
    clock.after(1, lambda: (threading.Timer(0.05, future.set_result, ["done"]).start(), future)[1])
    clock.advance(1)
    assert future.done()


def test_real_time_fires_by_itself_and_cannot_be_advanced() -> None:
    clock, fired = Clock(), threading.Event()
    clock.after(0.01, fired.set)
    assert fired.wait(10)
    assert abs(clock.now() - time.time()) < 5
    with pytest.raises(RuntimeError, match="only virtual time"):
        clock.advance(1)


def test_after_virtual_time_comes_real_time() -> None:
    clock, fired = Clock(), threading.Event()
    with clock.virtual():
        clock.after(0.01, fired.set)
        assert not fired.wait(0.05)
    assert fired.wait(10)


# -- turns and versions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("weights", [{"a": 1, "b": 2, "c": 4}, {"a": 999, "b": 1}, {"a": 5, "b": 0, "c": 5}])
def test_turns_are_shared_exactly_and_evenly(weights: dict[str, int]) -> None:
    turns, total = Turns(weights), sum(weights.values())
    seen = [turns.next() for _time in range(3 * total)]
    for at in range(2 * total):
        assert {name: seen[at : at + total].count(name) for name in weights} == weights


def test_nobody_with_weight_has_no_turn() -> None:
    assert Turns({"a": 0}).next() is None


def test_a_version_is_what_it_is_told() -> None:
    assert read_versions({"v2": {"healthy": False, "error_rate": 0.02}, "v1": {}}) == {"v2": Version(healthy=False, error_rate=0.02), "v1": Version()}
    assert [Version(sick_after=10).is_well(age) for age in (0, 9, 10, 11)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sick": True}, "no such setting of a version: sick; there are start_seconds"),
        ({"healthy": 1}, "versions.v1.healthy must be true or false, not 1"),
        ({"error_rate": 2}, "versions.v1.error_rate must be a number from 0 to 1, not 2"),
        ({"start_seconds": None}, "versions.v1.start_seconds must be a number from 0 on, not None"),
        ({"latency_ms": -1}, "versions.v1.latency_ms must be a number from 0 on, not -1"),
    ],
)
def test_a_version_that_is_none_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        read_versions({"v1": given})


# -- figures ---------------------------------------------------------------------------------------------------


def test_what_is_known_only_in_sum_has_no_percentile() -> None:
    told = [Sample(0, 4, 10, 1, 4)]
    assert [summed_up(told, stat) for stat in ("Sum", "Average", "Minimum", "Maximum", "SampleCount", "p90")] == [10, 2.5, 1, 4, 4, None]


def test_percentiles_count_how_often_a_value_came() -> None:
    told = [single(0, 0.1, 97), single(0, 0.5, 2), single(0, 2.0)]
    assert [summed_up(told, stat) for stat in ("p50", "p97", "p98", "p99", "p99.9", "p100")] == [0.1, 0.1, 0.5, 0.5, 2.0, 2.0]


def test_periods_without_samples_are_left_out() -> None:
    assert series([single(0, 1), single(59.9, 2), single(130, 4), single(240, 8)], "Sum", 60, 0, 240) == {0: 3, 120: 4}


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("a + b", {0: 6}),
        ("100 * b / a", {0: 500}),
        ("-a", {0: -1, 60: -2}),
        ("(a + 1) ^ 2", {0: 4, 60: 9}),
        ("FILL(b, 0) / a", {0: 5, 60: 0}),
        ("SUM([a, b])", {0: 6, 60: 2}),
        ("MAX(METRICS())", {0: 5, 60: 2}),
        ("AVG(a)", {0: 1.5, 60: 1.5, 120: 1.5}),
        ("a > 1", {0: 0, 60: 1}),
        ("IF(a > 1 OR FILL(b, 0) > 9, 7, a)", {0: 1, 60: 7}),
        ("IF(a > 1 && a < 9, 7, 8)", {0: 8, 60: 7}),
        ("CEIL(a / 2)", {0: 1, 60: 1}),
        ("a / 0", {}),
    ],
)
def test_math_expressions(expression: str, found: Series) -> None:
    known = {"a": {0: 1.0, 60: 2.0}, "b": {0: 5.0}}
    assert evaluate(expression, known, range(0, 180, 60)) == found


@pytest.mark.parametrize("expression", ["a +", "c", "SEARCH('x')", "METRICS()", "__import__('os')", "a.b", "[a, b]", "'text'", "a if b else a", "RATE(a)"])
def test_math_that_is_not_there_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        evaluate(expression, {"a": {0: 1.0}, "b": {0: 1.0}}, [0])


# As the tables of the user guide, alarms-and-missing-data, have it: 3 periods, 3 datapoints; then 3 periods, 2 datapoints.
@pytest.mark.parametrize(
    ("points", "needed", "states"),
    [
        ("0-X-X", 3, ["OK", "OK", "OK", "OK"]),
        ("----0", 3, ["OK", "OK", "OK", "OK"]),
        ("-----", 3, ["INSUFFICIENT_DATA", "so far", "ALARM", "OK"]),
        ("0XX-X", 3, ["ALARM", "ALARM", "ALARM", "ALARM"]),
        ("--X--", 3, ["ALARM", "so far", "ALARM", "OK"]),
        ("0-X-X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]),
        ("00X0X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]),
        ("0-X--", 2, ["OK", "OK", "ALARM", "OK"]),
        ("----0", 2, ["OK", "OK", "ALARM", "OK"]),
        ("---X-", 2, ["ALARM", "so far", "ALARM", "OK"]),
    ],
)
def test_an_alarms_verdict(points: str, needed: int, states: list[str]) -> None:
    breaches = [{"0": False, "X": True, "-": None}[one] for one in points]
    assert [verdict(breaches, 3, needed, missing, "so far") for missing in ("missing", "ignore", "breaching", "notBreaching")] == states


# -- without it, and as a daemon -------------------------------------------------------------------------------


def test_without_traffic_nothing_serves_and_health_is_as_it_was(cloud: LocalCloud) -> None:
    door = Door(cloud)
    group = door.group("v1")
    door.default(forwards(group))
    door.run(group, "v1")
    assert door.states(group) == ["healthy"]
    assert cloud.traffic.doors() == []
    with pytest.raises(KeyError, match="started without traffic"):
        cloud.traffic.address(door.balancer, 80)


def test_without_traffic_a_program_ends_when_its_version_does(cloud: LocalCloud) -> None:
    ended = threading.Event()
    cloud.dials.versions = {"v1": {"exit_after": 0.01}}
    cloud.traffic.start("task/1", "10.0.0.1", 80, "v1", lambda line: None, lambda *_what: ended.set())
    assert ended.wait(10)


def test_a_daemon_tells_its_doors(directory: Path) -> None:
    place = ("--state-dir", str(directory))
    assert "started" in run("start", *place, "--traffic", "--versions", '{"v1": {"error_rate": 0.5}}').stdout
    assert json.loads(run("dials", *place).stdout)["versions"]["v1"]["error_rate"] == 0.5
    door = Door(SimpleNamespace(endpoint=state_of(directory)["endpoint"]))  # type: ignore[arg-type]
    door.listen(8080, {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "MessageBody": "here"}})
    doors = {one["port"]: one for one in map(json.loads, run("doors", *place).stdout.splitlines())}
    assert doors.keys() == {80, 8080}
    assert doors[8080]["load_balancer"] == door.balancer
    with urlopen(doors[8080]["url"]) as answer:
        assert answer.read() == b"here"
    run("reset", *place)
    assert run("doors", *place).stdout == ""


def test_nothing_listens_once_the_cloud_is_stopped(directory: Path) -> None:
    place = ("--state-dir", str(directory))
    run("start", *place, "--traffic")
    door = Door(SimpleNamespace(endpoint=state_of(directory)["endpoint"]))  # type: ignore[arg-type]
    port = int(json.loads(run("doors", *place).stdout)["url"].rpartition(":")[2].strip("/"))
    run("stop", *place)
    assert door.listener
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
