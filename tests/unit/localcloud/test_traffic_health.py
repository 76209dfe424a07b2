# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The load balancer's conformance list: what it finds out about its targets, and what DescribeTargetHealth says of it."""
from __future__ import annotations

import socket
from typing import Any

import pytest
from localcloud.clock import CLOCK

from .door import PORT, Door, forwards, socket_target

UNUSED = {"State": "unused", "Reason": "Target.NotInUse", "Description": "Target group is not configured to receive traffic from the load balancer"}


def _one(door: Door, version: str = "v1", **checks: Any) -> tuple[str, str]:
    """A group in use, and its one target."""
    group = door.group("one", **checks)
    door.default(forwards(group))
    return group, door.run(group, version)


def test_a_new_target_is_well_after_one_check(door: Door) -> None:
    group, address = _one(door)
    assert door.health(group)[address] == {
        "State": "initial", "Reason": "Elb.RegistrationInProgress", "Description": "Target registration is in progress",
    }  # fmt: skip
    CLOCK.advance(0)
    assert door.health(group)[address] == {"State": "healthy"}


def test_a_new_target_that_fails_is_initial_until_it_failed_often_enough(door: Door) -> None:
    door.cloud.dials.versions = {"v1": {"healthy": False}}
    group, address = _one(door, UnhealthyThresholdCount=3)
    CLOCK.advance(10)
    assert door.health(group)[address] == {
        "State": "initial", "Reason": "Elb.InitialHealthChecking", "Description": "Initial health checks in progress",
    }  # fmt: skip
    CLOCK.advance(10)
    assert door.health(group)[address] == {
        "State": "unhealthy", "Reason": "Target.ResponseCodeMismatch", "Description": "Health checks failed with these codes: [503]",
    }  # fmt: skip


def test_thresholds_count_checks_in_a_row(door: Door) -> None:
    group, address = _one(door, HealthyThresholdCount=3, UnhealthyThresholdCount=2)
    told = []
    for well in (True, False, True, False, False, True, False, True, True, True):
        door.cloud.dials.versions = {"v1": {"healthy": well}}
        CLOCK.advance(10 if told else 0)
        told.append(door.states(group)[0])
    assert told == ["healthy"] * 4 + ["unhealthy"] * 5 + ["healthy"]


def test_a_version_that_sickens_is_found_out_within_its_checks(door: Door) -> None:
    door.cloud.dials.versions = {"v1": {"sick_after": 95}}
    group, _address = _one(door)
    CLOCK.advance(109)
    assert door.states(group) == ["healthy"]
    CLOCK.advance(1)
    assert door.states(group) == ["unhealthy"]


def test_a_version_that_is_slow_to_start_gets_its_traffic_when_it_listens(door: Door) -> None:
    door.cloud.dials.versions = {"v1": {"start_seconds": 45}}
    group, address = _one(door)
    CLOCK.advance(44)
    assert door.health(group)[address] == {"State": "unhealthy", "Reason": "Target.FailedHealthChecks", "Description": "Health checks failed"}
    CLOCK.advance(26)
    assert door.states(group) == ["healthy"]


def test_where_nobody_is_checks_time_out(door: Door) -> None:
    group = door.group("nobody")
    door.default(forwards(group))
    door.register(group, "10.0.0.99")
    CLOCK.advance(10)
    assert door.health(group)["10.0.0.99"] == {"State": "unhealthy", "Reason": "Target.Timeout", "Description": "Request timed out"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 302 Found\r\n\r\n", None),
        (b"HTTP/1.1 299 Odd\r\n\r\n", None),
        (b"HTTP/1.1 301 Moved\r\n\r\n", "Target.ResponseCodeMismatch"),
        (b"rubbish", "Target.FailedHealthChecks"),
        (b"", "Target.FailedHealthChecks"),
        (None, "Target.Timeout"),
    ],
)
def test_what_a_check_makes_of_an_answer(door: Door, answer: bytes | None, reason: str | None) -> None:
    asked: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        asked.append(connection.recv(4096))
        if answer is None:
            connection.recv(1)
        else:
            connection.sendall(answer)

    group = door.group("own", Matcher={"HttpCode": "200-299,302"}, HealthCheckPath="/up?full", UnhealthyThresholdCount=2)
    door.default(forwards(group))
    with socket_target(door.cloud, "10.0.0.9", talk):
        door.register(group, "10.0.0.9")
        CLOCK.advance(0 if reason is None else 10)
        assert door.health(group)["10.0.0.9"].get("Reason") == reason
    head = asked[0].decode()
    assert head.startswith("GET /up?full HTTP/1.1\r\n")
    assert f"Host: 10.0.0.9:{PORT}\r\nUser-Agent: ELB-HealthChecker/2.0\r\n" in head


def test_checks_go_to_a_port_of_their_own(door: Door) -> None:
    group, address = _one(door, HealthCheckPort="9000")
    CLOCK.advance(10)
    assert door.health(group)[address]["Reason"] == "Target.Timeout"
    door.cloud.traffic.start("check", address, 9000, "checks", door.logged.append)
    CLOCK.advance(30)
    assert door.states(group) == ["healthy"]


def test_new_settings_hold_from_the_next_check(door: Door) -> None:
    group, address = _one(door)
    CLOCK.advance(0)
    door.elbv2.modify_target_group(TargetGroupArn=group, Matcher={"HttpCode": "204"}, HealthCheckIntervalSeconds=60)
    CLOCK.advance(69)
    assert door.states(group) == ["healthy"]
    CLOCK.advance(1)
    assert door.health(group)[address]["Reason"] == "Target.ResponseCodeMismatch"


def test_a_group_that_nobody_forwards_to_is_unused_and_not_checked(door: Door) -> None:
    group = door.group("one")
    address = door.run(group, "v1")
    CLOCK.advance(60)
    assert door.health(group)[address] == UNUSED
    rule = door.rule(1, [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a"]}}], forwards(group))
    CLOCK.advance(0)
    assert door.states(group) == ["healthy"]
    door.elbv2.delete_rule(RuleArn=rule)
    CLOCK.advance(10)
    assert door.health(group)[address] == UNUSED
    door.default(forwards(group))
    assert door.states(group) == ["initial"]


def test_a_group_of_weight_0_is_checked(door: Door) -> None:
    blue, green = door.group("blue"), door.group("green")
    door.run(green, "v2")
    door.default(forwards(blue, green, weights=(100, 0)))
    CLOCK.advance(0)
    assert door.states(green) == ["healthy"]


def test_who_was_never_registered(door: Door) -> None:
    group, _address = _one(door)
    assert door.health(group, "10.0.0.200")["10.0.0.200"] == {
        "State": "unused", "Reason": "Target.NotRegistered", "Description": "Target is not registered to the target group",
    }  # fmt: skip


def test_who_comes_back_while_it_drains_begins_anew(door: Door) -> None:
    group, address = _one(door)
    CLOCK.advance(0)
    door.deregister(group, address)
    assert door.states(group) == ["draining"]
    door.register(group, address)
    assert door.states(group) == ["initial"]
    CLOCK.advance(300)
    assert door.states(group) == ["healthy"]
