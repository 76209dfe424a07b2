# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sequence, acknowledgement and sending again, as the agent does it (its session/datachannel). Pure: time is handed in, frames are handed out."""
from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from .messages import ACKNOWLEDGE, acknowledgement, INPUT, Message, OUTPUT, PAUSE, START, SYN

#: Messages out of order that are kept.
INCOMING_MOST = 100_000
#: Seconds: how often the oldest message is looked at, the first wait for its acknowledgement, and the longest.
LOOK, FIRST_WAIT, LONGEST_WAIT = 0.1, 0.2, 1.0
_GRANULARITY = 0.01

#: Takes one message of the client's, and says whether it was ready for it.
Deliver = Callable[[Message], bool]


@dataclass
class _Sent:
    frame: bytes
    at: float


class Stream:
    """The agent's end. `outbox` holds the frames to be sent, `held` acknowledgements that the dial holds back."""

    def __init__(self) -> None:
        self.outbox: list[bytes] = []
        self.paused = self.hold_acks = False
        self._next, self._expected = 0, 0
        self._unacknowledged: dict[int, _Sent] = {}
        self._early: dict[int, Message] = {}
        self._held: list[bytes] = []
        self._round_trip, self._variation, self._wait = 0.1, 0.0, FIRST_WAIT
        self._looked = 0.0

    @property
    def unacknowledged(self) -> int:
        return len(self._unacknowledged)

    def send(self, payload_type: int, payload: bytes, now: float) -> None:
        """Send what is not empty; while paused, keep it."""
        if not payload:
            return
        frame = Message(OUTPUT, payload, self._next, 0 if self._next else SYN, payload_type).pack()
        if not self.paused:
            self.outbox.append(frame)
        self._unacknowledged[self._next] = _Sent(frame, now)
        self._next += 1

    def receive(self, message: Message, now: float, deliver: Deliver) -> None:
        """Take a message that has come in."""
        if message.kind == ACKNOWLEDGE:
            self.paused = False
            self._acknowledged(message, now)
        elif message.kind == INPUT:
            self.paused = False
            self._take(message, deliver)
        elif message.kind in (PAUSE, START):
            self.paused = message.kind == PAUSE

    def _take(self, message: Message, deliver: Deliver) -> None:
        if message.sequence > self._expected:
            if len(self._early) < INCOMING_MOST:
                self._early[message.sequence] = message
                self._acknowledge(message)
            return
        if message.sequence == self._expected:
            if not deliver(message):
                return  # not acknowledged: the client sends it again
            self._expected += 1
        self._acknowledge(message)
        while (early := self._early.get(self._expected)) and deliver(early):
            del self._early[self._expected]
            self._expected += 1

    def _acknowledge(self, message: Message) -> None:
        (self._held if self.hold_acks else self.outbox).append(acknowledgement(message))

    def _acknowledged(self, message: Message, now: float) -> None:
        sent = self._unacknowledged.pop(int(json.loads(message.payload)["AcknowledgedMessageSequenceNumber"]), None)
        if sent is None:
            return
        trip = now - sent.at
        self._variation = 0.75 * self._variation + 0.25 * abs(self._round_trip - trip)
        self._round_trip = 0.875 * self._round_trip + 0.125 * trip
        self._wait = min(LONGEST_WAIT, self._round_trip + max(_GRANULARITY, 4 * self._variation))

    def tick(self, now: float) -> None:
        """Send the oldest again where its acknowledgement is overdue. To be called every `LOOK` seconds."""
        if self._held and not self.hold_acks:
            self.outbox += self._held
            self._held.clear()
        if now - self._looked < LOOK:
            return
        self._looked = now
        oldest = next(iter(self._unacknowledged.values()), None)
        if oldest and not self.paused and now - oldest.at > self._wait:
            oldest.at = now
            self.outbox.append(oldest.frame)
