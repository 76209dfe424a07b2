# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The waiter, with a clock that costs no time."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._core.wait import Waiter, WaitTimeout


class Time:
    def __init__(self):
        self.now, self.pauses = 0.0, []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


def waiter(time: Time, **more) -> Waiter:
    return Waiter(clock=lambda: time.now, pause=time.pause, **more)


def test_what_is_there_is_not_waited_for(time):
    one = waiter(time)
    one.until(lambda: (True, "there"), "it", 10)
    assert (time.pauses, one.waited) == ([], [])


def test_polls_soon_and_backs_off(time):
    one = waiter(time)
    one.until(lambda: (time.now > 60, "pending"), "the gateway", 600)
    assert time.pauses[0] < 0.5
    assert 7 < max(time.pauses) <= 12
    assert one.waited[0]["for"] == "the gateway"
    assert one.waited[0]["seconds"] > 60


def test_a_timeout_says_what_was_awaited_and_the_last_state(time):
    with pytest.raises(WaitTimeout, match="waited 30 s for the gateway, which is still pending"):
        waiter(time).until(lambda: (False, "pending"), "the gateway", 30)


def test_the_lock_is_renewed_while_waiting(time):
    renewed = []
    waiter(time, alive=lambda: renewed.append(time.now)).until(lambda: (time.now > 5, "pending"), "it", 60)
    assert len(renewed) == len(time.pauses)


def test_what_is_watched_is_looked_at_at_once_in_between_and_at_the_end(time):
    looks, renewed = [], []
    one = waiter(time, alive=lambda: renewed.append(time.now))
    one.watch(lambda: looks.append(time.now), "the step", 25, 10)
    assert (looks, renewed) == ([0, 10, 20, 25], [0, 10, 20])
    assert one.waited == [{"for": "the step", "seconds": 25}]


def test_what_is_watched_ends_with_what_the_look_raises(time):
    def look() -> None:
        if time.now >= 10:
            raise ValueError("sick")

    with pytest.raises(ValueError, match="sick"):
        waiter(time).watch(look, "the step", 60, 10)
    assert time.now == 10
