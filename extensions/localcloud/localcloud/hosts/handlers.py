# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the agent does in a session, by its type: a program on a terminal, a command with pipes, or one connection to a port."""
from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
from collections.abc import Callable

from .documents import INTERACTIVE, NON_INTERACTIVE, PORT, SHELL, Task
from .messages import Message, Payload
from .programs import CannotStart, set_size, start_on_terminal, start_with_pipes, tell_group, user_of
from .registry import Host
from .runes import RuneSplitter

#: Bytes that the agent reads at once, and sends as one message.
PIECE = 1024
#: Seconds between two looks at a program that has closed its output and has not ended.
_LOOK = 0.02
_INTERRUPT, _QUIT = 0x03, 0x1C
_TERMINATE_SESSION = 2
_CONNECT_FAILED = (3).to_bytes(4, "big")
#: Carries bytes between its own pipes and a port of the host. Ends with the connection.
_RELAY = """\
import os, socket, sys, threading
try:
    there = socket.create_connection(("localhost", int(sys.argv[1])))
except OSError as error:
    sys.exit(f"{error}")
def up():
    while part := os.read(0, 65536):
        there.sendall(part)
    there.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
while part := there.recv(65536):
    while part:
        part = part[os.write(1, part):]
"""

Emit = Callable[[int, bytes], None]


class Handler:
    """One program. `over` once there is nothing more to come of it, `pending` what it has not yet taken, `failure` why it could not begin."""

    def __init__(self, task: Task, host: Host, emit: Emit) -> None:
        self.task, self.host, self.emit = task, host, emit
        self.process: subprocess.Popen[bytes] | None = None
        self.pending, self.over, self.failure = bytearray(), False, ""
        self._writing: int | None = None

    def start(self, now: float, pty_start: float) -> None:
        """Start the program. Raises CannotStart."""
        raise NotImplementedError

    def feed(self, message: Message) -> bool:
        """Take input; whether this was ready for it."""
        raise NotImplementedError

    def readable(self, now: float) -> list[int]:
        """The descriptors that may be read now."""
        raise NotImplementedError

    def read(self, descriptor: int, now: float, pace: float) -> None:
        """Read a descriptor that has something."""
        raise NotImplementedError

    def look(self, now: float) -> float:
        """See to what time brings; when to look again."""
        return float("inf")

    def end(self) -> None:
        """End the program with what it has started."""
        raise NotImplementedError

    @property
    def writable(self) -> int | None:
        """The descriptor that `pending` waits for."""
        return self._writing if self.pending else None

    def write(self) -> None:
        """Hand on what is pending, as far as it goes."""
        if self._writing is None:
            return
        try:
            while self.pending:
                del self.pending[: os.write(self._writing, self.pending[: 1 << 16])]
        except BlockingIOError:
            return
        except OSError:
            self.pending.clear()  # it is gone; what it wrote is still to be read

    def take(self, data: bytes) -> None:
        self.pending += data
        self.write()


class Terminal(Handler):
    """A shell, or one command, on a terminal. It has all that terminals have: lines of 4,095 bytes, echo and signals, until it is set raw."""

    def __init__(self, task: Task, host: Host, emit: Emit) -> None:
        super().__init__(task, host, emit)
        self._splitter, self._from = RuneSplitter(), 0.0

    def start(self, now: float, pty_start: float) -> None:
        argv = ["sh", "-c", self.task.command] if self.task.command.strip() else ["sh"]
        self.process, self._writing = start_on_terminal(self.host, user_of(self.host, self.task), argv)
        self._from = now + pty_start
        if self.task.session_type == SHELL and self.task.profile:
            self.take(self.task.profile.encode() + b"\n")

    def feed(self, message: Message) -> bool:
        if self._writing is None:
            return False
        if message.payload_type == Payload.OUTPUT:
            self.take(message.payload)
        elif message.payload_type == Payload.SIZE:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                said = json.loads(message.payload)
                set_size(self._writing, int(said["cols"]), int(said["rows"]))
        return True

    def readable(self, now: float) -> list[int]:
        return [self._writing] if self._writing is not None and now >= self._from and not self.over else []

    def look(self, now: float) -> float:
        return self._from if now < self._from else float("inf")

    def read(self, descriptor: int, now: float, pace: float) -> None:
        try:
            piece = os.read(descriptor, PIECE)
        except BlockingIOError:
            return
        except OSError:  # EIO: nobody has the terminal any more
            piece = b""
        self.over = not piece
        self.emit(Payload.OUTPUT, self._splitter.split(piece))
        self._from = now + pace

    def end(self) -> None:
        """Hang up: whoever runs on the terminal gets SIGHUP, and may live on all the same."""
        if self._writing is not None:
            os.close(self._writing)
            self._writing = None


class Piped(Handler):
    """A program with pipes: what two that have no terminal share."""

    def __init__(self, task: Task, host: Host, emit: Emit) -> None:
        super().__init__(task, host, emit)
        self._open: dict[int, int] = {}  # descriptor: type of the payload

    def _begin(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        for pipe, payload_type in ((process.stdout, Payload.OUTPUT), (process.stderr, Payload.STDERR)):
            if pipe is not None:
                self._open[pipe.fileno()] = payload_type

    def readable(self, now: float) -> list[int]:
        return list(self._open)

    def look(self, now: float) -> float:
        if self.process is None or self._open or self.over:
            return float("inf")
        if self.process.poll() is None:
            return now + _LOOK
        self.over = True
        self.ended(self.process.returncode)
        return float("inf")

    def ended(self, code: int) -> None:
        """The program has ended, with all its output read."""

    def end(self) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            tell_group(self.process, signal.SIGKILL)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        self._open.clear()
        self._writing = None


class Command(Piped):
    """A command without a shell, a terminal and an input. Its outputs come apart, with its exit code, or spooled, together, at the end."""

    def __init__(self, task: Task, host: Host, emit: Emit) -> None:
        super().__init__(task, host, emit)
        self._splitters = {Payload.OUTPUT: RuneSplitter(), Payload.STDERR: RuneSplitter()}
        self._spool = bytearray()

    def start(self, now: float, pty_start: float) -> None:
        try:
            argv = shlex.split(self.task.command)
        except ValueError as error:
            raise CannotStart(f"Failed to split the command: {error}") from None
        if not argv:
            raise CannotStart(f"Commands cannot be empty for session type {NON_INTERACTIVE}")
        self._begin(start_with_pipes(self.host, user_of(self.host, self.task), argv, merged=not self.task.separate))

    def feed(self, message: Message) -> bool:
        if self.process is None:
            return False
        for byte, number in ((_INTERRUPT, signal.SIGINT), (_QUIT, signal.SIGQUIT)):
            if message.payload_type == Payload.OUTPUT and byte in message.payload and self.process.poll() is None:
                tell_group(self.process, number)
        return True

    def read(self, descriptor: int, now: float, pace: float) -> None:
        payload_type = self._open[descriptor]
        piece = os.read(descriptor, PIECE)
        if not piece:
            del self._open[descriptor]
        elif self.task.separate:
            self._say(payload_type, piece)
        else:
            self._spool += piece

    def _say(self, payload_type: int, piece: bytes) -> None:
        prefix = self.task.stdout_prefix if payload_type == Payload.OUTPUT else self.task.stderr_prefix
        if whole := self._splitters[Payload(payload_type)].split(piece):
            self.emit(payload_type, prefix + whole)

    def ended(self, code: int) -> None:
        for at in range(0, len(self._spool), PIECE):
            self._say(Payload.OUTPUT, bytes(self._spool[at : at + PIECE]))
        if self.task.separate:
            # Go's ExitCode(): -1 for a program that a signal ended.
            self.emit(Payload.EXIT_CODE, b"EXIT_CODE: %d" % max(code, -1))


class Port(Piped):
    """One connection to a port of the host, eight bits wide both ways. The host needs python3 for it."""

    def start(self, now: float, pty_start: float) -> None:
        user = user_of(self.host, Task(PORT, elevated=True))  # the agent's own, whoever the session's is
        self._begin(start_with_pipes(self.host, user, ["python3", "-c", _RELAY, str(self.task.port)], stdin=True))
        assert self.process is not None
        assert self.process.stdin is not None
        self._writing = self.process.stdin.fileno()
        os.set_blocking(self._writing, False)

    def feed(self, message: Message) -> bool:
        if self.process is None:
            return False
        if message.payload_type == Payload.OUTPUT:
            self.take(message.payload)
        return True

    def read(self, descriptor: int, now: float, pace: float) -> None:
        piece, payload_type = os.read(descriptor, PIECE), self._open[descriptor]
        if not piece:
            del self._open[descriptor]
        elif payload_type == Payload.OUTPUT:
            self.emit(Payload.OUTPUT, piece)
        else:
            self.failure += piece.decode(errors="replace")

    def ended(self, code: int) -> None:
        if code == 1 and self.failure:
            self.emit(Payload.FLAG, _CONNECT_FAILED)


HANDLERS: dict[str, type[Handler]] = {SHELL: Terminal, INTERACTIVE: Terminal, NON_INTERACTIVE: Command, PORT: Port}


def asks_to_end(message: Message) -> bool:
    """Whether the client's message is the flag by which it ends its session."""
    return message.payload_type == Payload.FLAG and int.from_bytes(message.payload[:4], "big") == _TERMINATE_SESSION
