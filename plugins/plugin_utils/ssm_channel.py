# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One end of a data channel: what it makes of a link that loses, delays, reorders and repeats is every byte once, in order.

It does nothing by itself: frames and the time are handed in, and what it wants sent is handed out. Each direction counts its own
stream messages from 0. Each of them is acknowledged by itself, and is sent again until it is.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .ssm_message import ACKNOWLEDGE
from .ssm_message import acknowledgement
from .ssm_message import CLOSED
from .ssm_message import content
from .ssm_message import HEADER
from .ssm_message import INPUT
from .ssm_message import Malformed
from .ssm_message import Message
from .ssm_message import OUTPUT
from .ssm_message import PAUSE
from .ssm_message import START

#: How often the oldest unanswered message is looked at, in seconds. This and what follows is what agent and client do.
TICK = 0.1
#: How long an answer is waited for, in seconds: at first, at most, and beyond the usual round trip at least.
FIRST_TIMEOUT, LONGEST_TIMEOUT, LEAST_SLACK = 0.2, 1.0, 0.01
#: The round trip that is assumed before one was measured, in seconds.
FIRST_ROUND_TRIP = 0.1
#: How often a message is sent again before the other end is given up.
MOST_RESENDS = 3000
#: Bytes of messages that are taken in, and were not taken out yet, at most. Further ones are not acknowledged, so they come again.
MOST_HELD = 1 << 24
#: Seconds between tries while the service has asked for a pause; whatever then comes of the other end is the end of the pause.
PROBE = 5.0


@dataclass(slots=True)
class Sent:
    """A message that was not answered yet: its frame, when it was sent last, and how often again."""

    frame: bytes
    at: float
    again: int = 0


class Channel:
    """One end. ``sends`` is the type of its stream messages, ``window`` how many of them may be under way at once.

    ``first_flags`` are those of its first stream message: the agent sets SYN there, a client nothing. Times are seconds of any clock
    that only goes forward.
    """

    def __init__(self, sends: str = INPUT, window: int = 64, first_flags: int = 0):
        self.sends, self.hears = sends, OUTPUT if sends == INPUT else INPUT
        self.window, self.first_flags = window, first_flags
        self.paused = False
        #: What the service said when it closed the channel; None while it is open.
        self.closed: str | None = None
        self._next = 0
        self._unanswered: dict[int, Sent] = {}  # in the order of their numbers
        self._taken = 0
        self._held: dict[int, Message] = {}
        self._weight = 0
        self._expected = 0
        self._round_trip, self._variation, self._timeout = FIRST_ROUND_TRIP, 0.0, FIRST_TIMEOUT

    @property
    def room(self) -> bool:
        """Whether another message may be sent. The window is counted from the oldest one that was not answered, so that the other
        end never has more than a window to hold back either."""
        oldest = next(iter(self._unanswered), self._next)
        return self._next - oldest < (1 if self.paused else self.window)

    @property
    def idle(self) -> bool:
        """Whether all that was sent has been answered: there is nothing to look at in time."""
        return not self._unanswered

    @property
    def given_up(self) -> bool:
        """Whether the other end has been silent for too long."""
        oldest = next(iter(self._unanswered.values()), None)
        return oldest is not None and oldest.again > MOST_RESENDS

    def send(self, payload_type: int, payload: bytes, now: float) -> bytes:
        """The frame of the next stream message. There must be room for it."""
        if not self.room:
            raise ValueError("the window is full")
        flags = 0 if self._next else self.first_flags
        frame = Message(self.sends, payload, self._next, flags, payload_type).encode()
        self._unanswered[self._next] = Sent(frame, now)
        self._next += 1
        return frame

    def receive(self, frame: bytes, now: float) -> bytes | None:
        """Take a frame in. Returns the frame that answers it, where one does. What is no message is passed over, as by AWS's own
        programs: if it was one, it comes again."""
        try:
            message = Message.decode(frame)
            if message.type == self.hears:
                return self._hold(message)
            if message.type == ACKNOWLEDGE:
                self._answered(content(message.payload), now)
            elif message.type == CLOSED:
                self.closed = str(content(message.payload).get("Output") or "")
            elif message.type in (START, PAUSE):
                self.paused = message.type == PAUSE
        except Malformed:
            pass
        return None

    def _hold(self, message: Message) -> bytes | None:
        """Keep a stream message for take(). One that came before is acknowledged again, for the first answer may be lost."""
        self.paused = False
        if message.sequence >= self._expected and message.sequence not in self._held:
            if message.sequence != self._taken and self._weight + _weight(message) > MOST_HELD:
                return None
            self._held[message.sequence] = message
            self._weight += _weight(message)
            while self._expected in self._held:
                self._expected += 1
        return acknowledgement(message).encode()

    def _answered(self, told: dict[str, t.Any], now: float) -> None:
        self.paused = False
        number = told.get("AcknowledgedMessageSequenceNumber")
        sent = self._unanswered.pop(number, None) if isinstance(number, int) and told.get("AcknowledgedMessageType") == self.sends else None
        if sent and not sent.again:  # else nobody knows which of the sendings was answered (RFC 6298, 3)
            self._measure(now - sent.at)

    def _measure(self, round_trip: float) -> None:
        self._variation += (abs(self._round_trip - round_trip) - self._variation) / 4
        self._round_trip += (round_trip - self._round_trip) / 8
        self._timeout = min(LONGEST_TIMEOUT, self._round_trip + max(LEAST_SLACK, 4 * self._variation))

    def peek(self) -> Message | None:
        """The next stream message in order, which stays."""
        return self._held.get(self._taken)

    def take(self) -> Message | None:
        """The next stream message in order, which is the caller's now."""
        message = self._held.pop(self._taken, None)
        if message:
            self._taken += 1
            self._weight -= _weight(message)
        return message

    def resend(self, now: float) -> bytes | None:
        """The oldest unanswered message, if it is time to send it again. To be asked each TICK while the channel is not idle."""
        oldest = next(iter(self._unanswered.values()), None)
        if oldest is None or now - oldest.at <= (PROBE if self.paused else self._timeout):
            return None
        oldest.at, oldest.again = now, oldest.again + 1
        self._timeout = min(LONGEST_TIMEOUT, 2 * self._timeout)  # until a round trip is measured again (RFC 6298, 5.5)
        return oldest.frame

    def resend_all(self, now: float) -> list[bytes]:
        """All unanswered messages: the link they were sent on is gone, and there is another."""
        self.paused = False
        for sent in self._unanswered.values():
            sent.at, sent.again = now, sent.again + 1
        return [sent.frame for sent in self._unanswered.values()]


def _weight(message: Message) -> int:
    return HEADER.size + len(message.payload)
