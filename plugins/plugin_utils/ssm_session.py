# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A session of Session Manager: bytes to a command on a host, and what it says, byte for byte, whatever happens to the link.

Two threads serve it: one hears what comes, and resumes the session when its socket drops; one looks after what was not answered.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time

from .ssm_channel import Channel
from .ssm_channel import MOST_RESENDS
from .ssm_channel import TICK
from .ssm_control import AccessDenied
from .ssm_control import Control
from .ssm_control import Grant
from .ssm_control import SessionEnded
from .ssm_control import SsmError
from .ssm_handshake import Cipher
from .ssm_handshake import ENCRYPTED
from .ssm_handshake import Handshake
from .ssm_handshake import HandshakeFailed
from .ssm_message import Malformed
from .ssm_message import Message
from .ssm_message import PayloadType
from .ssm_stream import Dropped
from .ssm_stream import Stream

#: Bytes of a stream message, and how many may be under way. AWS's own programs send 1024 bytes; larger ones are the user's to choose.
FRAME, WINDOW = 1024, 64
#: Seconds for a session to take input, from its start.
READY = 60.0
#: Seconds for which a session is tried to be resumed, and between tries at first and at most.
RESUMING, FIRST_PAUSE, LONGEST_PAUSE = 120.0, 0.1, 5.0

#: What a command says, by the type of its payload.
KINDS = {PayloadType.OUTPUT: "stdout", PayloadType.ERROR: "stderr", PayloadType.STDERR: "stderr", PayloadType.EXIT_CODE: "exit"}
HANDSHAKE = (PayloadType.HANDSHAKE_REQUEST, PayloadType.CHALLENGE_REQUEST, PayloadType.HANDSHAKE_COMPLETE)


class Session:
    """A session that was begun. To be opened by open(), and closed by close() in any case."""

    def __init__(self, control: Control, session_id: str, target: str, frame: int, window: int):
        self.id, self.target = session_id, target
        #: What the account's administrators say to whoever opens a session.
        self.banner = ""
        self._control, self._frame = control, frame
        self._state = threading.Condition()  # of the channel, the stream and the end
        self._channel = Channel(window=window)
        self._stream: Stream | None = None
        self._ended: str | None = None
        self._over = threading.Event()
        self._sending = threading.Lock()
        self._cipher: Cipher | None = None
        self._pause = 0.0

    @classmethod
    def open(
        cls,
        control: Control,
        target: str,
        *,
        document: str | None = None,
        parameters: dict[str, list[str]] | None = None,
        reason: str = "",
        frame: int = FRAME,
        window: int = WINDOW,
        ready: float = READY,
    ) -> Session:
        """Begin a session and wait until it takes input, at most ``ready`` seconds: until its handshake is complete, or, where it has
        none, until the first output.

        ``frame`` is how many bytes a message holds at most, ``window`` how many messages may be under way. Document, parameters and
        reason are seen by whoever reads CloudTrail. Raises SsmError, and leaves no session behind then.
        """
        grant = control.start(target, document, parameters, reason)
        session = cls(control, grant.session_id, target, frame, window)
        try:
            session._begin(grant, time.monotonic() + ready)
        except BaseException:
            with contextlib.suppress(SsmError):
                session.close()
            raise
        return session

    def _begin(self, grant: Grant, deadline: float) -> None:
        try:
            self._stream = Stream(grant, self._control)
        except Dropped as error:
            raise SsmError(f"The session's data channel was not reached: {error}. Look at the proxy and at this machine's network") from error
        for serve in (self._listen, self._mind):
            threading.Thread(target=serve, name=f"{self.id} {serve.__name__}", daemon=True).start()
        handshake = Handshake(self.id, self.target, self._control.generate_data_key)
        while not handshake.complete and self._next(deadline).payload_type in HANDSHAKE:
            self._shake(handshake)
        self._cipher, self.banner = handshake.cipher, handshake.banner

    def _next(self, deadline: float) -> Message:
        """The next message, which stays."""
        with self._state:
            self._state.wait_for(lambda: self._ended is not None or self._channel.peek(), deadline - time.monotonic())
            message = self._channel.peek()
            if message:
                return message
            if self._ended is not None:
                raise SessionEnded(self._ended)
        raise SsmError(f"Session {self.id} on {self.target} was begun, and its command said nothing in time: look at the agent's log on the host")

    def _shake(self, handshake: Handshake) -> None:
        with self._state:
            message = self._channel.take()
        try:
            reply = handshake.answer(message)
        except ValueError as error:
            raise SsmError(f"The agent of {self.target} made no sense in the handshake: {error}") from error
        if reply:
            self._post(*reply)
        if isinstance(handshake.failure, HandshakeFailed):
            raise SsmError(str(handshake.failure)) from handshake.failure
        if handshake.failure:
            raise handshake.failure

    def send(self, data: bytes) -> None:
        """Send bytes to the command, which keep together whoever else sends. Waits while the window is full; raises SessionEnded."""
        view = memoryview(data)
        with self._sending:
            for start in range(0, len(view), self._frame):
                part = bytes(view[start : start + self._frame])
                self._post(PayloadType.OUTPUT, self._cipher.encrypt(part) if self._cipher else part)

    def _post(self, payload_type: int, payload: bytes) -> None:
        with self._state:
            self._state.wait_for(lambda: self._ended is not None or self._channel.room)
            if self._ended is not None:
                raise SessionEnded(self._ended)
            if self._channel.idle:
                self._state.notify_all()  # there is something to look after
            frame = self._channel.send(payload_type, payload, time.monotonic())
            stream = self._stream
        stream.send(frame)

    def receive(self, timeout: float | None = None) -> tuple[str, bytes] | None:
        """What the command says next: ("stdout" or "stderr", bytes), or ("exit", its code in digits); None after ``timeout`` seconds.

        Raises SessionEnded once all has been received. For one thread at a time.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            with self._state:
                if not self._state.wait_for(lambda: self._ended is not None or self._channel.peek(), left):
                    return None
                message = self._channel.take()
                if not message:
                    raise SessionEnded(self._ended)
            if message.payload_type in KINDS:
                return KINDS[message.payload_type], self._read(message)

    def _read(self, message: Message) -> bytes:
        data = message.payload
        if self._cipher and message.payload_type in ENCRYPTED:
            try:
                data = self._cipher.decrypt(data)
            except Malformed as error:
                self._end(f"What came from {self.target} was {error}")
                raise SessionEnded(self._ended) from error
        return data.removeprefix(b"EXIT_CODE: ").strip() if message.payload_type == PayloadType.EXIT_CODE else data

    def close(self) -> None:
        """End the session, on the host too. Raises SsmError where AWS was not told: it then ends by the account's idle timeout."""
        self._end("The session was closed")
        try:
            self._control.terminate(self.id)
        finally:
            with self._state:
                stream = self._stream
            if stream:
                stream.close()

    def _end(self, reason: str) -> None:
        """The first reason is the one that stays."""
        with self._state:
            self._ended = self._ended or reason
            self._over.set()
            self._state.notify_all()

    def _listen(self) -> None:
        """Hear one stream after the other, until the session is over."""
        try:
            while not self._over.is_set():
                try:
                    for frame in self._stream.frames():
                        self._hear(frame)
                        if self._over.is_set():
                            break
                except Dropped as error:
                    self._resume(error)
        except SsmError as error:
            self._end(str(error))
        except Exception as error:
            self._end(f"An error of ours: {error!r}")
            raise

    def _hear(self, frame: bytes) -> None:
        with self._state:
            answer = self._channel.receive(frame, time.monotonic())
            said, stream, self._pause = self._channel.closed, self._stream, 0.0
            self._state.notify_all()
        if answer:
            stream.send(answer)
        if said is not None:
            self._end(f"The session was ended on the host's or AWS's side{f': {said}' if said else ''}")

    def _resume(self, why: Exception) -> None:
        """Get another stream to the same session; what was under way is sent again there."""
        deadline = time.monotonic() + RESUMING
        while not self._over.wait(self._pause * random.uniform(0.5, 1.0)):
            self._pause = min(LONGEST_PAUSE, 2 * self._pause or FIRST_PAUSE)
            try:
                stream = Stream(self._control.resume(self.id), self._control)
            except (Dropped, SsmError) as error:
                if isinstance(error, (SessionEnded, AccessDenied)) or time.monotonic() > deadline:
                    raise SessionEnded(f"The connection to the session was lost ({why}) and not resumed: {error}") from error
                continue
            with self._state:
                dropped, self._stream = self._stream, stream
                again = self._channel.resend_all(time.monotonic())
            dropped.close()
            for frame in again:
                stream.send(frame)
            break
        if self._over.is_set():  # close() may have seen the stream before this one
            self._stream.close()

    def _mind(self) -> None:
        """Send again what was not answered in time."""
        while not self._over.wait(TICK):
            with self._state:
                self._state.wait_for(lambda: self._ended is not None or not self._channel.idle)
                frame = self._channel.resend(time.monotonic())
                stream, silent = self._stream, self._channel.given_up
            if silent:
                self._end(f"The agent of {self.target} did not answer {MOST_RESENDS} times: look at the host")
            elif frame:
                stream.send(frame)
