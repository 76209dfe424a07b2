# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Replies are lost, processes are killed, calls are throttled, reads lag: the end is the same, and one of each exists."""

from __future__ import annotations

import typing as t

import pytest

from .cases.table import BY_NAME, Case, CASES
from .conftest import Runner, WHO


def owned(run: Runner, case: Case) -> list[tuple[str, str]]:
    """What the stack owns of the case's type, by an independent burst; tombstones apart."""
    found = run.ok("stack_info", stack=WHO["stack"])["resources"]
    return [(one["type"], one["key"]) for one in found if one["type"] == case.module]


def assert_settled(run: Runner, case: Case, params: dict[str, t.Any]) -> None:
    """One of each exists, and another run changes nothing."""
    again = run.ok(case.module, **params)
    assert not again["changed"], again["diff"]
    assert sorted(owned(run, case)) == sorted((entry["type"], entry["key"]) for entry in again["planned"] if params.get("state") != "absent")


@pytest.mark.parametrize(("module", "operation"), [(case.module, one) for case in CASES for one in case.creates])
def test_a_lost_reply_leaves_one_of_each(run, aws, module: str, operation: str):
    case = BY_NAME[module]
    ids = case.given(aws)
    run.cloud.dials.faults = [{"kind": "lose_reply", "operation": operation, "nth": 1}]
    run.ok(module, **case.create(ids))
    assert operation in [record["operation"] for record in run.writes()]
    run.cloud.dials.faults = []
    assert_settled(run, case, case.create(ids))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.module)
def test_a_kill_at_each_write_is_resumed(run, aws, case: Case):
    ids = case.given(aws)
    steps = (case.create(ids), case.change(ids), {**case.change(ids), "state": "absent"})
    for before, params in zip((steps[2], *steps), steps, strict=False):
        kills = 0
        while run.killed_at(kills + 1, case.module, **params):
            kills += 1
            run.ok(case.module, **params)
            assert_settled(run, case, params)
            run.ok(case.module, **before)
        assert kills, "no write was made"
        assert_settled(run, case, params)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.module)
@pytest.mark.usefixtures("brief_retries")
def test_throttling_of_a_third_ends_well(run, aws, case: Case):
    ids = case.given(aws)
    run.cloud.dials.faults = [{"kind": "throttle", "share": 0.3, "seed": 7}]
    for params in (case.create(ids), case.change(ids), {**case.change(ids), "state": "absent"}):
        run.ok(case.module, **params)
    run.cloud.dials.faults = []
    assert owned(run, case) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.module)
def test_reads_that_lag_are_waited_out(run, aws, case: Case):
    ids = case.given(aws)
    run.cloud.dials.faults = [{"kind": "not_found_after_create", "seconds": 0.6}]
    made = run.ok(case.module, **case.create(ids))
    assert not made.get("warnings"), made["warnings"]
    run.cloud.dials.faults = []
    assert_settled(run, case, case.create(ids))
