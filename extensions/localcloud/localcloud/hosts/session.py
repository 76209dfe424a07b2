# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One session, on a thread of its own: between the client's socket and the agent, with what the dials do to it on the way."""
from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
import time
import traceback
from datetime import datetime, UTC
from typing import Protocol

from ..dials import DIALS
from .agent import Agent, Failed, Unwrap
from .channel import Channel
from .documents import Preferences, Task
from .line import Line
from .messages import BadMessage, channel_closed, Message, PAUSE, START
from .programs import tell_group
from .registry import Host
from .stream import LOOK, Stream

#: Frames on their way to the agent before the client's socket is read no further.
_FULL = 4096
#: Seconds that the agent waits for its last output to be acknowledged (its PrepareToCloseChannel).
CLOSING = 2.0
#: Seconds, beside what a frame takes, for the client to be told of the end.
_LAST_WORDS = 0.2
#: Seconds that a program has to end in after it was hung up on, before it is left to itself.
_LEAVING = 1.0
CONNECTING, CONNECTED, DISCONNECTED, TERMINATING, TERMINATED, FAILED = (
    "Connecting", "Connected", "Disconnected", "Terminating", "Terminated", "Failed",
)  # fmt: skip


class Socket(Protocol):
    """What a session needs of the client's socket."""

    def send(self, frame: bytes) -> None: ...

    def drop(self) -> None:
        """Close the connection without a word."""

    def leave(self) -> None:
        """Close it as the protocol has it."""


class Session:
    """What Session Manager knows of a session, and its thread. `about` holds its region, owner, reason and document."""

    def __init__(self, session_id: str, host: Host, task: Task, preferences: Preferences, unwrap: Unwrap, **about: str) -> None:
        self.id, self.host, self.task, self.about = session_id, host, task, about
        self.started, self.ended_at, self.status, self.output = datetime.now(UTC), None, CONNECTING, ""
        self.region = about["region"]
        self._preferences = preferences
        self._stream = Stream()
        self._agent = Agent(session_id, host, task, self._stream, DIALS.channel, unwrap)
        self._up, self._down = Line("up"), Line("down")
        self._lock = threading.Condition()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._socket: Socket | None = None
        self._ever_connected = self._paused_by_dial = self._asked_to_end = self._gone = False
        self._frames = 0
        self._used = self._began = time.monotonic()
        self.thread = threading.Thread(target=self._run, daemon=True, name=session_id)

    # What the service's other threads call.

    @property
    def over(self) -> bool:
        return self.ended_at is not None

    def attach(self, socket: Socket) -> bool:
        """Take a client's socket, in place of the one before; False where the session is over."""
        with self._lock:
            if self.over or self._asked_to_end:
                return False
            before, self._socket, self.status, self._frames = self._socket, socket, CONNECTED, 0
            self._ever_connected, self._stream.paused = True, False
        if before:
            before.leave()
        self._stir()
        return True

    def detach(self, socket: Socket) -> None:
        """The client's socket is gone; another may come."""
        with self._lock:
            if self._socket is socket:
                self._socket = None
                if not self.over:
                    self.status, self._stream.paused = DISCONNECTED, True
                self._lock.notify_all()

    def arrive(self, socket: Socket, frame: bytes) -> None:
        """A frame of the client's. Waits where the agent takes no more."""
        with self._lock:
            self._lock.wait_for(lambda: len(self._up) < _FULL or self._socket is not socket or self.over)
            if self._socket is socket and not self.over:
                self._up.put(frame, time.monotonic(), self._delay, DIALS.channel)
                self._count()
        self._stir()

    def terminate(self) -> None:
        """End it, as TerminateSession does: the agent ends its program, the client is told."""
        self._asked_to_end = True
        self._stir()

    def _stir(self) -> None:
        with self._lock:
            if not self._gone:
                os.eventfd_write(self._wake, 1)

    @property
    def _delay(self) -> float:
        """Seconds one way: half of a request's latency, and what the channel's dial adds."""
        return (DIALS.latency_ms / 2 + DIALS.channel.delay_ms) / 1000

    def _count(self) -> None:
        """Drop the socket where the dial says so."""
        self._frames += 1
        if DIALS.channel.close_after and self._frames >= DIALS.channel.close_after and self._socket:
            self._socket.drop()

    # The thread's own.

    def _run(self) -> None:
        try:
            while not self._finished():
                self._step()
        except Failed as failure:
            self.output, self.status = str(failure), FAILED
        except Exception as failure:  # noqa: BLE001 - a failure of ours must not leave a program behind, and is told
            traceback.print_exc()
            self.output, self.status = f"{type(failure).__name__}: {failure}", FAILED
        finally:
            self._close()

    def _finished(self) -> bool:
        now, dial = time.monotonic(), DIALS.channel
        idle = self._preferences.idle * 60 if dial.idle_s is None else dial.idle_s
        longest = (self._preferences.duration or float("inf")) * 60 if dial.duration_s is None else dial.duration_s
        if now - self._used >= idle:
            self.output = f"Session {self.id} timed out due to inactivity."
        elif now - self._began >= longest:
            self.output = f"Session {self.id} has reached its maximum duration."
        return bool(self._asked_to_end or self._agent.over or self.output)

    def _step(self) -> None:
        """Wait until something is due, and do it."""
        self._turn(DIALS.channel)
        now = time.monotonic()
        until = self._agent.advance(now, DIALS.channel)
        self._send_all()
        reads, writable = self._agent.reads, self._agent.handler.writable
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        for descriptor in {*reads, *([writable] if writable is not None else [])}:
            poll.register(descriptor, (select.POLLIN if descriptor in reads else 0) | (select.POLLOUT if descriptor == writable else 0))
        with self._lock:
            # Nobody is there yet who takes output; while a program takes no input, the agent reads nothing more, acknowledgements neither.
            until = min(until, self._down.due if self._ever_connected else until, self._up.due if writable is None else until)
        found = dict(poll.poll(max(0.0, min(until, now + LOOK) - time.monotonic()) * 1000))
        self._after(found, reads, writable)

    def _after(self, found: dict[int, int], reads: list[int], writable: int | None) -> None:
        if self._wake in found:
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._wake)
        if writable in found:
            self._agent.handler.write()
        for descriptor in reads:
            if descriptor in found:
                self._agent.read(descriptor)
                self._used = time.monotonic()
        self._take_all()
        self._stream.tick(time.monotonic())
        self._send_all()

    def _turn(self, dial: Channel) -> None:
        """See to the dials that are on or off."""
        self._stream.hold_acks = dial.hold_acks
        if dial.pause != self._paused_by_dial:
            self._paused_by_dial = dial.pause
            self._stream.outbox.append(Message(PAUSE if dial.pause else START).pack())
        if dial.pause:
            self._stream.paused = True
        elif self._socket and self._stream.paused:
            self._stream.paused = False

    def _take_all(self) -> None:
        """Hand the agent what has arrived, as long as its program takes it."""
        while self._agent.handler.writable is None:
            with self._lock:
                frame = self._up.take(time.monotonic())
                self._lock.notify_all()
            if frame is None:
                return
            try:
                message = Message.unpack(frame)
                self._stream.receive(message, time.monotonic(), self._deliver)
            except (BadMessage, ValueError, KeyError, TypeError):
                continue  # as the agent does, which writes it to its log

    def _deliver(self, message: Message) -> bool:
        self._used = time.monotonic()
        return self._agent.take(message)

    def _send_all(self) -> None:
        """Put the agent's frames on their way, and hand the client what has arrived."""
        now, dial = time.monotonic(), DIALS.channel
        with self._lock:
            for frame in self._stream.outbox:
                self._down.put(frame, now, self._delay, dial)
            self._stream.outbox.clear()
            socket, waits = self._socket, not self._ever_connected
        while not waits and (ripe := self._down.take(time.monotonic())) is not None:
            if socket:
                self._hand_over(socket, ripe)

    def _hand_over(self, socket: Socket, frame: bytes) -> None:
        with contextlib.suppress(OSError):
            socket.send(frame)
        with self._lock:
            if socket is self._socket:
                self._count()

    def _close(self) -> None:
        """The agent says Terminating, the service tells the client, and nothing is left."""
        failed, self.status = self.status == FAILED, TERMINATING
        with contextlib.suppress(Exception):
            self._flush()
        self._agent.end()
        with self._lock:
            self.status, self.ended_at = FAILED if failed else TERMINATED, datetime.now(UTC)
            self._down.put(channel_closed(self.id, self.output), time.monotonic(), self._delay, DIALS.channel)
            self._lock.notify_all()
        deadline = time.monotonic() + self._delay + _LAST_WORDS
        while self._socket and len(self._down) and time.monotonic() < deadline:
            self._send_all()
            time.sleep(0.005)
        with self._lock:
            socket, self._socket = self._socket, None
        if socket:
            socket.leave()
        self._bury()

    def _flush(self) -> None:
        """Let the client acknowledge the last output, where the program ended by itself."""
        deadline = time.monotonic() + CLOSING
        while self._stream.unacknowledged and not self._asked_to_end and time.monotonic() < deadline:
            self._stream.tick(time.monotonic())
            self._send_all()
            self._take_all()
            time.sleep(0.005)

    def _bury(self) -> None:
        process = self._agent.handler.process
        if process is not None:
            with contextlib.suppress(Exception):
                process.wait(_LEAVING)
        with self._lock:
            self._gone = True
            os.close(self._wake)

    def put_an_end(self) -> None:
        """For the end of the cloud: whoever did not leave when it was hung up on is killed."""
        process = self._agent.handler.process
        if process is not None and process.poll() is None:
            tell_group(process, signal.SIGKILL)
            process.wait(_LEAVING)
