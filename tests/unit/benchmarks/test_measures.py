# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What samples come to: medians, ratios, bounds, and runs put together."""

from __future__ import annotations

import copy
import json

import pytest
from benchmarks.performance import measures
from benchmarks.performance.measures import Key
from benchmarks.performance.measures import Results
from benchmarks.performance.measures import Sample

NO_OP = Key("no-op", "tio", 0, 0, "ours")


def samples(key: Key, *seconds: float, calls: int = 10, memory: float = 100) -> list[Sample]:
    return [Sample(*key, number, one, memory + number, calls + number, number) for number, one in enumerate(seconds)]


def results(*found: Sample, **other: object) -> Results:
    parts = {"commit": "abc", "machine": {"cores": "2"}, "versions": {"Python": "3.11.7"}, "commands": ["run"], "left_out": [], "counts": {}}
    return Results(**(copy.deepcopy(parts) | other), samples=list(found))


def test_a_summary_is_of_all_runs_of_the_same() -> None:
    found = measures.summarized([*samples(NO_OP, 5.0, 1.0, 9.0, 2.0), *samples(NO_OP._replace(side="stock"), 7.0)])
    assert list(found) == [NO_OP, NO_OP._replace(side="stock")]
    ours = found[NO_OP]
    assert (ours.median, ours.least, ours.most, ours.runs) == (3.5, 1.0, 9.0, 4)
    assert (ours.calls, ours.writes, ours.memory) == (11.5, 3, 103)


def test_what_differs_in_latency_settle_or_stack_is_not_the_same() -> None:
    keys = [NO_OP, NO_OP._replace(latency=50), NO_OP._replace(settle=20), NO_OP._replace(stack="fleet3")]
    assert list(measures.summarized(one for key in keys for one in samples(key, 1.0))) == keys


def test_the_bounds_are_ratios_of_medians() -> None:
    of = {"ours": (1.0, 2.0, 30.0), "terraform": (4.0, 4.0, 4.0), "stock": (8.0, 8.0, 8.0)}
    found = measures.bounds(measures.summarized(one for side, seconds in of.items() for one in samples(NO_OP._replace(side=side), *seconds)))
    assert [(one.ratio, one.limit, one.aim, one.holds) for one in found] == [(0.5, 0.6, 0.4, True), (0.25, 0.2, None, False)]
    assert "terraform plan, 0 ms" in found[0].says


def test_a_bound_holds_at_its_limit() -> None:
    assert measures.Bound("", 0.6, 0.6).holds


def test_a_first_create_is_held_to_terraform_without_latency_alone() -> None:
    keys = [Key("first create", "tio", latency, 0, side) for latency in (0, 50) for side in ("ours", "terraform")]
    found = measures.bounds(measures.summarized(one for key in keys for one in samples(key, 2.0 if key.side == "ours" else 10.0)))
    assert [(one.says, one.ratio, one.limit) for one in found] == [("first create against terraform apply, 0 ms a request", 0.2, 0.3)]


def test_without_the_other_side_there_is_no_bound() -> None:
    assert measures.bounds(measures.summarized(samples(NO_OP, 1.0))) == []


def test_growth_is_what_each_further_service_costs_of_the_first_three_mean() -> None:
    of = {3: (6.0, 30), 10: (9.5, 58), 30: (60.0, 138)}
    found = measures.summarized(one for size, (seconds, calls) in of.items() for one in samples(NO_OP._replace(stack=f"fleet{size}"), seconds, calls=calls))
    assert [(round(one.ratio, 3), one.holds) for one in measures.bounds(found)] == [(0.25, True), (1.0, False)]
    assert [(key.stack, calls) for key, calls in measures.calls_a_service(found).items()] == [("fleet10", 4.0), ("fleet30", 4.0)]
    assert measures.sizes(found) == [3, 10, 30]


def test_results_read_as_they_were_written() -> None:
    one = results(*samples(NO_OP, 1.0, 2.0), counts={"tio": {"ours": {"ec2_vpc": 1}}})
    assert Results.read(json.loads(json.dumps(one.raw()))) == one


def test_runs_of_the_same_are_put_together() -> None:
    first = results(*samples(NO_OP, 1.0), counts={"tio": {"ours": {"ec2_vpc": 1}}}, left_out=["terraform: not here"])
    second = results(*samples(NO_OP, 3.0), versions={"Python": "3.11.7", "terraform": "1.11.4"}, commands=["again"], left_out=["terraform: not here"],
                     counts={"tio": {"terraform": {"ec2_vpc": 1}}, "fleet3": {"ours": {}}})  # fmt: skip
    both = measures.merged([first, second])
    assert (both.commands, both.left_out) == (["run", "again"], ["terraform: not here"])
    assert both.versions == {"Python": "3.11.7", "terraform": "1.11.4"}
    assert both.counts == {"tio": {"ours": {"ec2_vpc": 1}, "terraform": {"ec2_vpc": 1}}, "fleet3": {"ours": {}}}
    assert measures.summarized(both.samples)[NO_OP].median == 2.0


@pytest.mark.parametrize("other", [
    {"commit": "abd"}, {"machine": {"cores": "4"}}, {"versions": {"Python": "3.12.1"}}, {"counts": {"tio": {"ours": {"ec2_vpc": 2}}}},
], ids=lambda other: next(iter(other)))  # fmt: skip
def test_runs_of_something_else_are_not(other: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(other))):
        measures.merged([results(counts={"tio": {"ours": {"ec2_vpc": 1}}}), results(**other)])
