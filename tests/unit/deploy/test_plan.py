# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a deployment has left to do follows from what both colours are, and from nothing else."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._core.plan import Refusal
from ansible_collections.groundwork.aws.plugins.module_utils._deploy.plan import Colour
from ansible_collections.groundwork.aws.plugins.module_utils._deploy.plan import draw_up
from ansible_collections.groundwork.aws.plugins.module_utils._deploy.plan import go_back
from ansible_collections.groundwork.aws.plugins.module_utils._deploy.strategy import Strategy
from ansible_collections.groundwork.aws.plugins.module_utils._deploy.strategy import strategy_of

CANARY = Strategy("canary", 10, 10, 5)
LINEAR = Strategy("linear", 10, 30, 1)
AT_ONCE = Strategy("all_at_once", 10, 10, 0)


def blue(weight: int, revision: int = 1, tasks: int = 2, healthy: int | None = None) -> Colour:
    return colour("blue", weight, revision, tasks, healthy)


def green(weight: int, revision: int = 2, tasks: int = 2, healthy: int | None = None) -> Colour:
    return colour("green", weight, revision, tasks, healthy)


def colour(name: str, weight: int, revision: int, tasks: int, healthy: int | None) -> Colour:
    well = tasks if healthy is None else healthy
    return Colour(name, f"{name}-tg", weight, well, tasks, revision, f"app:{revision}", tasks, tasks)


def drawn(one: Colour, other: Colour, revision: int | None, strategy: Strategy = CANARY):
    return draw_up({one.name: one, other.name: other}, revision, strategy, 3)


def shares(deployment) -> list[int]:
    return [step.share for step in deployment.steps]


@pytest.mark.parametrize(("strategy", "wanted"), [(CANARY, [10, 100]), (LINEAR, [30, 60, 90, 100]), (AT_ONCE, [100])])
def test_a_new_revision_goes_to_the_idle_colour_by_the_strategy(strategy: Strategy, wanted: list[int]):
    found = drawn(blue(100), green(0, 0, 0), 2, strategy)
    assert (found.live, found.new, found.old, found.size, found.settle, found.retires) == ("blue", "green", "blue", 2, None, True)
    assert shares(found) == wanted
    assert [step.weights for step in found.steps] == [{"green-tg": share, "blue-tg": 100 - share} for share in wanted]
    assert {step.seconds for step in found.steps} == {strategy.seconds}


def test_one_that_is_yet_to_be_registered_is_new_too():
    assert shares(drawn(blue(100), green(0, 2, 0), None)) == [10, 100]


def test_nothing_healthy_is_not_left_slowly():
    assert shares(drawn(blue(100, 1, 2, healthy=0), green(0, 0, 0), 2)) == [100]
    first = drawn(blue(100, 0, 0), green(0, 0, 0), 1)
    assert (first.new, first.size, shares(first), first.retires) == ("green", 3, [100], False)


def test_what_is_live_and_alone_has_nothing_left_to_do():
    found = drawn(blue(0, 1, 0), green(100, 2), 2)
    assert (found.live, found.steps, found.retires) == ("green", [], False)


def test_what_is_live_is_watched_again_while_the_old_colour_stands_or_while_it_is_sick():
    assert (shares(drawn(blue(0, 1), green(100, 2), 2)), drawn(blue(0, 1), green(100, 2), 2).retires) == ([100], True)
    assert shares(drawn(blue(0, 1, 0), green(100, 2, 2, healthy=0), 2)) == [100]


@pytest.mark.parametrize(
    ("weight", "strategy", "wanted"),
    [(10, CANARY, [10, 100]), (30, LINEAR, [30, 60, 90, 100]), (60, LINEAR, [60, 90, 100]), (45, LINEAR, [45, 60, 90, 100]), (50, CANARY, [50, 100])],
)
def test_a_shift_that_was_cut_off_goes_on_from_the_share_that_it_has(weight: int, strategy: Strategy, wanted: list[int]):
    found = drawn(blue(100 - weight), green(weight), 2, strategy)
    assert (found.new, found.old, found.settle, shares(found)) == ("green", "blue", None, wanted)


def test_a_shift_to_something_else_ends_on_the_old_colour_first():
    found = drawn(blue(90), green(10), 3)
    assert (found.settle, found.new, found.old, shares(found)) == ({"blue-tg": 100, "green-tg": 0}, "green", "blue", [10, 100])
    back = drawn(blue(10), green(90), 1)
    assert (back.settle, back.live, back.new, shares(back)) == ({"blue-tg": 100, "green-tg": 0}, "blue", "blue", [100])


def test_a_shift_to_what_got_sick_ends_on_the_old_colour_first():
    found = drawn(blue(50), green(50, 2, 2, healthy=0), 2)
    assert (found.settle, found.new, shares(found)) == ({"blue-tg": 100, "green-tg": 0}, "green", [10, 100])


def test_a_shift_from_what_got_sick_ends_on_the_new_colour():
    assert shares(drawn(blue(50, 1, 2, healthy=0), green(50), 2)) == [100]
    other = drawn(blue(50, 1, 2, healthy=0), green(50), 3)
    assert (other.settle, other.new, other.old) == ({"green-tg": 100, "blue-tg": 0}, "blue", "green")


def test_where_nothing_is_healthy_nothing_is_settled():
    assert drawn(blue(50, 1, 2, healthy=0), green(50, 2, 2, healthy=0), 2).settle is None


@pytest.mark.parametrize(
    ("one", "other", "gets"),
    [(blue(0), green(100), "blue"), (blue(100, 3), green(0, 2), "green"), (blue(50), green(50), "blue"), (blue(10), green(90), "blue")],
)
def test_the_way_back_is_the_kept_colour_or_where_a_shift_comes_from(one: Colour, other: Colour, gets: str):
    found = go_back({"blue": one, "green": other})
    assert (found.new, [step.weights[f"{gets}-tg"] for step in found.steps]) == (gets, [100])


@pytest.mark.parametrize(("kept", "said"), [(blue(0, 1, 0), "its tasks were scaled in"), (blue(0, 1, 2, healthy=0), "0 of its 2 targets are healthy")])
def test_there_is_no_way_back_to_what_cannot_answer(kept: Colour, said: str):
    with pytest.raises(Refusal, match=f"blue cannot answer, {said}"):
        go_back({"blue": kept, "green": green(100)})


def test_without_any_weight_site_has_to_run_first():
    with pytest.raises(Refusal, match=r"run site\.yml first"):
        drawn(blue(0), green(0), 2)


def test_minutes_and_shares_are_of_the_strategy():
    given = {"strategy": "linear", "share": 10, "step": 50, "bake_minutes": 5.0, "interval_minutes": 0.5}
    assert (strategy_of(given).shares, strategy_of(given).seconds) == ([50, 100], 30)
    assert strategy_of({**given, "strategy": "canary"}).seconds == 300
