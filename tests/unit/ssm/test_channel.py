# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The data channel: every byte once and in order over any link, in bounded memory, and when it sends again."""

from __future__ import annotations

import heapq
import itertools
import json
import random
from dataclasses import dataclass

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils import ssm_channel
from ansible_collections.groundwork.aws.plugins.plugin_utils import ssm_message
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_channel import Channel
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_message import acknowledgement
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_message import Message
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_message import PayloadType
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

BYTES = PayloadType.OUTPUT


@dataclass(frozen=True)
class Link:
    """Shares of frames that are lost, late and sent twice; seconds one way; and the chance that decides."""

    lose: float = 0.0
    reorder: float = 0.0
    duplicate: float = 0.0
    delay: float = 0.01
    seed: int = 0


class Joined:
    """A client's end and an agent's, and the link between them, in a time of their own. What arrives is taken out at once."""

    def __init__(self, link: Link, window: int, up: list[bytes], down: list[bytes]):
        self.link, self.chance, self.now, self.count = link, random.Random(link.seed), 0.0, itertools.count()
        self.ends = [Channel(window=window), Channel(ssm_message.OUTPUT, window, ssm_message.SYN)]
        self.waiting = [list(up), list(down)]
        self.heard: list[list[bytes]] = [[], []]
        self.most_held = 0
        self.flying: list[tuple[float, int, int, bytes]] = []

    def put(self, to: int, frame: bytes | None) -> None:
        copies = 0 if frame is None else 1 + (self.chance.random() < self.link.duplicate)
        for _copy in range(copies):
            if self.chance.random() >= self.link.lose:
                late = self.chance.uniform(0, 1.0) if self.chance.random() < self.link.reorder else 0.0
                heapq.heappush(self.flying, (self.now + self.link.delay + late, next(self.count), to, frame))

    def run(self, most: float) -> None:
        """Until both have all, or for that many seconds."""
        tick = ssm_channel.TICK
        while self.now < most and (any(self.waiting) or not all(end.idle for end in self.ends)):
            for this, end in enumerate(self.ends):
                while self.waiting[this] and end.room:
                    self.put(1 - this, end.send(BYTES, self.waiting[this].pop(0), self.now))
            if not self.flying or self.flying[0][0] > tick:
                self.now, tick = tick, tick + ssm_channel.TICK
                for this, end in enumerate(self.ends):
                    self.put(1 - this, end.resend(self.now))
                continue
            self.now, _number, to, frame = heapq.heappop(self.flying)
            self.put(1 - to, self.ends[to].receive(frame, self.now))
            self.most_held = max(self.most_held, *(len(end._held) for end in self.ends))
            while message := self.ends[to].take():
                self.heard[to].append(message.payload)


LINKS = st.builds(
    Link,
    lose=st.floats(0, 0.4),
    reorder=st.floats(0, 1),
    duplicate=st.floats(0, 1),
    delay=st.floats(0, 1.5),
    seed=st.integers(0, 2**32),
)
TEXTS = st.lists(st.binary(max_size=20), max_size=40)


@settings(deadline=None, max_examples=150)
@given(LINKS, st.integers(1, 12), TEXTS, TEXTS)
def test_every_byte_arrives_once_and_in_order_in_bounded_memory(link: Link, window: int, up: list[bytes], down: list[bytes]) -> None:
    joined = Joined(link, window, up, down)
    joined.run(most=3600)
    assert joined.heard == [down, up]
    assert joined.most_held <= window
    assert all(end.idle for end in joined.ends)


def test_a_bulk_goes_through_a_bad_link_at_a_fair_speed() -> None:
    parts = [number.to_bytes(4, "big") for number in range(2000)]
    joined = Joined(Link(lose=0.02, reorder=0.01, duplicate=0.01, delay=0.01, seed=1), 64, parts, [])
    joined.run(most=60)
    assert joined.heard[1] == parts
    assert joined.now < 25


def test_of_both_ends_only_the_agent_marks_its_first_message() -> None:
    client, agent = Channel(), Channel(ssm_message.OUTPUT, first_flags=ssm_message.SYN)
    for end, first in ((client, 0), (agent, ssm_message.SYN)):
        sent = [Message.decode(end.send(BYTES, b"x", 0.0)) for _number in range(3)]
        assert [(one.sequence, one.flags) for one in sent] == [(0, first), (1, 0), (2, 0)]


def output(sequence: int, payload: bytes = b"x") -> Message:
    return Message(ssm_message.OUTPUT, payload, sequence, 0, BYTES)


def acknowledged(answer: bytes | None) -> int:
    assert answer is not None
    return json.loads(Message.decode(answer).payload)["AcknowledgedMessageSequenceNumber"]


def test_what_came_before_is_acknowledged_again_and_taken_once() -> None:
    channel = Channel()
    frame = output(0).encode()
    assert [acknowledged(channel.receive(frame, 0.0)) for _number in range(2)] == [0, 0]
    assert channel.take().payload == b"x"
    assert acknowledged(channel.receive(frame, 0.0)) == 0
    assert channel.take() is None


def test_what_comes_too_early_is_acknowledged_and_held_back() -> None:
    channel = Channel()
    assert acknowledged(channel.receive(output(1, b"b").encode(), 0.0)) == 1
    assert channel.peek() is None
    assert acknowledged(channel.receive(output(0, b"a").encode(), 0.0)) == 0
    assert channel.peek().payload == b"a"
    assert [channel.take().payload, channel.take().payload] == [b"a", b"b"]


def test_what_nobody_takes_out_is_not_taken_in_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssm_channel, "MOST_HELD", 2 * len(output(0).encode()))
    channel = Channel()
    answers = [channel.receive(output(number).encode(), 0.0) for number in range(3)]
    assert answers[2] is None
    assert acknowledged(channel.receive(output(1).encode(), 0.0)) == 1
    channel.take()
    assert acknowledged(channel.receive(output(2).encode(), 0.0)) == 2


def test_what_is_next_is_taken_in_however_large_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssm_channel, "MOST_HELD", 10)
    channel = Channel()
    assert channel.receive(output(1).encode(), 0.0) is None
    assert acknowledged(channel.receive(output(0).encode(), 0.0)) == 0


@given(st.sampled_from([ssm_message.ACKNOWLEDGE, ssm_message.CLOSED, ssm_message.PAUSE, ssm_message.OUTPUT]), st.binary(max_size=50), st.integers(-9, 9))
def test_whatever_comes_raises_nothing(kind: str, payload: bytes, sequence: int) -> None:
    channel = Channel()
    channel.send(BYTES, b"x", 0.0)
    channel.receive(Message(kind, payload, sequence).encode(), 0.0)
    channel.receive(payload, 0.0)


def answered(channel: Channel, frame: bytes, now: float) -> None:
    assert channel.receive(acknowledgement(Message.decode(frame)).encode(), now) is None


def test_the_window_is_counted_from_the_oldest() -> None:
    channel = Channel(window=2)
    first, second = channel.send(BYTES, b"1", 0.0), channel.send(BYTES, b"2", 0.0)
    assert not channel.room
    with pytest.raises(ValueError, match="window"):
        channel.send(BYTES, b"3", 0.0)
    answered(channel, second, 0.1)
    assert not channel.room
    answered(channel, first, 0.1)
    assert channel.room
    assert channel.idle


def sendings(channel: Channel, until: float) -> list[float]:
    """When it sends again, if it is looked at each hundredth of a second."""
    times = [number / 100 for number in range(int(until * 100) + 1)]
    return [now for now in times if channel.resend(now)]


def test_what_is_not_answered_is_sent_again_later_each_time_and_at_least_each_second() -> None:
    channel = Channel()
    channel.send(BYTES, b"1", 0.0)
    assert sendings(channel, 4.0) == pytest.approx([0.2, 0.6, 1.4, 2.4, 3.4], abs=0.06)


def test_the_same_bytes_are_sent_again_and_the_oldest_alone() -> None:
    channel = Channel()
    first, second = channel.send(BYTES, b"1", 0.0), channel.send(BYTES, b"2", 0.0)
    assert [channel.resend(1.0), channel.resend(1.0)] == [first, None]
    answered(channel, first, 1.1)
    assert channel.resend(1.1) == second


def test_the_time_out_follows_the_round_trips_that_are_measured() -> None:
    channel, trip, variation = Channel(), 0.1, 0.0
    for number, took in enumerate([0.1, 0.12, 0.05, 0.05, 0.3]):
        frame = channel.send(BYTES, b"x", float(number))
        answered(channel, frame, number + took)
        variation = 3 / 4 * variation + 1 / 4 * abs(trip - took)
        trip = 7 / 8 * trip + 1 / 8 * took
        expected = min(1.0, trip + max(0.01, 4 * variation))
        frame = channel.send(BYTES, b"x", 10.0)
        assert channel.resend(10.0 + expected - 0.001) is None
        assert channel.resend(10.0 + expected + 0.001) == frame
        answered(channel, frame, 10.1)  # sent twice: says nothing of the round trip, and so the time-out stays doubled
        frame = channel.send(BYTES, b"x", 20.0)
        assert channel.resend(20.0 + min(1.0, 2 * expected) - 0.001) is None
        answered(channel, frame, 20.0 + trip)  # and is measured again by this one
        variation = 3 / 4 * variation
    assert channel.idle


def test_an_answer_to_something_else_is_none() -> None:
    channel = Channel()
    frame = channel.send(BYTES, b"1", 0.0)
    for told in ({"AcknowledgedMessageType": ssm_message.OUTPUT}, {"AcknowledgedMessageSequenceNumber": 1}, {"AcknowledgedMessageSequenceNumber": [0]}):
        whole = json.loads(acknowledgement(Message.decode(frame)).payload) | told
        channel.receive(Message(ssm_message.ACKNOWLEDGE, json.dumps(whole).encode()).encode(), 0.1)
    assert not channel.idle


@pytest.mark.parametrize("frame", [b"", b"x" * 200, Message(ssm_message.ACKNOWLEDGE, b"no JSON").encode(), Message("something new").encode()])
def test_what_it_does_not_know_is_passed_over(frame: bytes) -> None:
    channel = Channel()
    assert channel.receive(frame, 0.0) is None
    assert channel.closed is None


def test_a_pause_lets_one_message_through_and_asks_seldom_whether_it_is_over() -> None:
    channel = Channel()
    first = channel.send(BYTES, b"1", 0.0)
    channel.receive(Message(ssm_message.PAUSE).encode(), 0.0)
    assert not channel.room
    assert sendings(channel, 12.0) == pytest.approx([5, 10], abs=0.03)
    answered(channel, first, 12.0)
    channel.send(BYTES, b"2", 12.0)
    assert channel.room


@pytest.mark.parametrize("sign", [Message(ssm_message.START), output(0)], ids=["start_publication", "output"])
def test_a_pause_ends_when_the_other_end_is_heard(sign: Message) -> None:
    channel = Channel()
    frame = channel.send(BYTES, b"1", 0.0)
    channel.receive(Message(ssm_message.PAUSE).encode(), 0.0)
    assert channel.resend(1.0) is None
    channel.receive(sign.encode(), 1.0)
    assert channel.room
    assert channel.resend(1.0) == frame


def test_a_paused_channel_still_sends_when_nothing_else_would_end_the_pause() -> None:
    channel = Channel()
    channel.receive(Message(ssm_message.PAUSE).encode(), 0.0)
    assert channel.room
    channel.send(BYTES, b"1", 0.0)
    assert not channel.room


@pytest.mark.parametrize("said", ["", "Setting up data channel failed"])
def test_a_closed_channel_says_why(said: str) -> None:
    channel = Channel()
    channel.receive(Message(ssm_message.CLOSED, json.dumps({"SessionId": "s", "Output": said}).encode()).encode(), 0.0)
    assert channel.closed == said


def test_on_another_link_all_that_was_not_answered_is_sent_again() -> None:
    channel = Channel()
    frames = [channel.send(BYTES, b"x", 0.0) for _number in range(3)]
    answered(channel, frames[1], 0.1)
    channel.receive(Message(ssm_message.PAUSE).encode(), 0.2)
    assert channel.resend_all(1.0) == [frames[0], frames[2]]
    assert channel.resend(1.1) is None
    assert channel.room


def test_an_end_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssm_channel, "MOST_RESENDS", 3)
    channel = Channel()
    channel.send(BYTES, b"1", 0.0)
    assert [bool(channel.resend(2.0 * number)) and channel.given_up for number in range(1, 6)] == [False, False, False, True, True]
