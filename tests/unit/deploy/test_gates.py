# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a version may keep its requests: each gate by itself, at its limit and over it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._deploy.gates import cause
from ansible_collections.groundwork.aws.plugins.module_utils._deploy.gates import Figures
from ansible_collections.groundwork.aws.plugins.module_utils._deploy.gates import Limits

LIMITS = Limits(min_healthy=50, max_5xx=1, max_latency=0.5, min_requests=100)


def why(healthy: int = 2, percent: float = 100, is_over: bool = True, alarms: dict[str, str] | None = None, **figures: t.Any) -> str:
    seen = Figures(**{"requests": 1000, "failed": 0, "latency": 0.1, **figures})
    return cause("green", healthy, percent, seen, LIMITS, alarms or {}, is_over=is_over)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"healthy": 0, "percent": 0}, "health: green has no healthy target"),
        ({"percent": 49}, "health: 49 % of the targets of green are healthy, under 50 %"),
        ({"alarms": {"b": "ALARM", "a": "ALARM", "c": "OK"}}, "alarm: a and b in ALARM"),
        ({"failed": 11}, "5xx share: 1.10 % of 1000 requests to green, over 1 %"),
        ({"latency": 0.51}, "latency: p99 of green is 0.510 s, over 0.5 s"),
        ({"requests": 99}, "requests: 99 requests seen by green, under 100"),
        ({"requests": 0, "latency": None}, "requests: no requests seen by green, under 100"),
    ],
)
def test_each_gate_names_figure_and_limit(found: dict[str, t.Any], said: str):
    assert why(**found).startswith(said)


@pytest.mark.parametrize("found", [{}, {"percent": 50}, {"failed": 10}, {"latency": 0.5}, {"alarms": {"a": "INSUFFICIENT_DATA"}}, {"requests": 100}])
def test_what_is_at_its_limit_passes(found: dict[str, t.Any]):
    assert why(**found) == ""


def test_requests_may_still_come_before_the_step_is_over():
    assert why(requests=0, latency=None, is_over=False) == ""


def test_figures_are_told_to_people():
    assert Figures(1204, 3, 0.1204).said(99) == "0.25 % 5xx of 1204 requests, p99 0.120 s"
    assert Figures().said(99) == "no requests seen"


@pytest.mark.parametrize(("limits", "seconds", "warns"), [(LIMITS, 60, True), (LIMITS, 180, False), (Limits(), 0, False)])
def test_a_step_that_ends_before_figures_come_is_told(limits: Limits, seconds: float, warns: bool):
    assert bool(limits.too_short(seconds)) is warns
