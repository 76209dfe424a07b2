# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What runs on a host while a session lasts: it runs commands, and writes and reads files, as it is told by frames.

This file is sent to the host as it stands (ssm_frames.py), so it is one piece: Python 3.9 to 3.14 and the standard library only. It
reads frames from standard input, a terminal in raw mode, and answers by a line of base64 for each frame, since what comes back
through the agent has to be text. Whatever happens, it goes on reading: an agent whose terminal is full answers nobody any more. So
neither side sends more of a stream than the other has promised to take in (CREDIT).

A frame belongs to a piece of work, by the number that who asked for it has given. Numbers only grow: none is begun twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
import zlib
from base64 import b64encode

#: Work that is asked for: run a command, write a file, read one. Its request is a line of JSON and then bytes, the command or path.
EXEC, PUT, FETCH = 1, 2, 3
#: Parts of streams: of standard input or a file, the end of those; of standard output or a file, of standard error.
INPUT, END, OUTPUT, ERRORS = 4, 5, 6, 7
#: So many bytes more may come (4 bytes); end this work; how it ended (JSON); a sign of life; the helper is to go; it is there (JSON).
CREDIT, KILL, DONE, PING, LEAVE, HELLO = 8, 9, 10, 11, 12, 13
#: Number, kind, whether it is compressed, length and CRC-32 of what follows.
HEAD = struct.Struct(">IBBII")
AMOUNT = struct.Struct(">I")
#: Bytes of a part of a stream at most, of a stream before more are promised, and of a frame at most (commands come in one).
PIECE, WINDOW, LONGEST = 1 << 15, 1 << 20, 1 << 21
#: Bytes that wait for the terminal, from which on nothing more is read for it; and bytes below which compressing is not worth it.
FULL, SMALL = 1 << 17, 200
#: Seconds that processes have between being asked to end and being ended.
MERCY = 3.0
USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def pack(number: int, kind: int, payload: bytes = b"") -> bytes:
    """A frame."""
    small = zlib.compress(payload, 1) if len(payload) > SMALL else payload
    body = small if len(small) < len(payload) else payload
    return HEAD.pack(number, kind, body is not payload, len(body), zlib.crc32(body)) + body


class Frames:
    """Takes frames out of bytes that come as they please. A garbled one is a ValueError: nothing after it can be trusted."""

    def __init__(self) -> None:
        self.left = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """The frames that are whole by now, each as (number, kind, payload)."""
        self.left += data
        found, at = [], 0
        while len(self.left) - at >= HEAD.size:
            number, kind, small, length, check = HEAD.unpack_from(self.left, at)
            if length > LONGEST:
                raise ValueError("a frame without end")
            end = at + HEAD.size + length
            if len(self.left) < end:
                break
            body = bytes(self.left[at + HEAD.size : end])
            if zlib.crc32(body) != check:
                raise ValueError("a garbled frame")
            found.append((number, kind, zlib.decompress(body) if small else body))
            at = end
        del self.left[:at]
        return found


class Work:
    """What was asked for under a number. ``over`` says how it ended, once it has; ``due`` when it wants a look without any event."""

    def __init__(self, say):
        self.say, self.credit, self.taken = say, WINDOW, 0
        self.over: dict | None = None
        self.due: float | None = None

    def took(self, count: int) -> None:
        """So many bytes were taken in: promise as many more, in portions."""
        self.taken += count
        if self.taken >= WINDOW // 4:
            self.say(CREDIT, AMOUNT.pack(self.taken))
            self.taken = 0

    def wants(self, room: bool) -> dict[int, int]:
        """Descriptors to wait for, each with its events. ``room`` is whether there is room for output."""
        return {}

    def look(self, room: bool) -> None:
        """Do what is due."""

    def fail(self, error: OSError) -> None:
        self.finish({"error": error.strerror or str(error), "errno": error.errno})

    def end(self, why: str) -> None:
        self.finish({"why": why})


class Command(Work):
    """A command of the shell's, in a session and a process group of its own."""

    def __init__(self, say, asked: dict, command: bytes):
        super().__init__(say)
        self.left, self.ended, self.why, self.kill_at, self.killed = bytearray(), False, "", None, False
        self.input, theirs = None, None
        if asked.get("tty"):
            self.input, theirs = os.openpty()
        elif asked.get("input"):
            theirs, self.input = os.pipe()
        try:
            streams = {"stdin": subprocess.DEVNULL if theirs is None else theirs, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            self.process = subprocess.Popen(["/bin/sh", "-c", command], start_new_session=True, **streams)
        except BaseException:
            self.close_input()
            raise
        finally:
            if theirs is not None:
                os.close(theirs)
        self.outputs = {self.process.stdout.fileno(): OUTPUT, self.process.stderr.fileno(): ERRORS}
        for descriptor in [*self.outputs, *([] if self.input is None else [self.input])]:
            os.set_blocking(descriptor, False)
        self.deadline = time.monotonic() + asked["timeout"] if asked.get("timeout") else None
        self.due = self.deadline

    def hear(self, kind: int, payload: bytes) -> None:
        self.left += payload
        self.ended = self.ended or kind == END
        self.feed()

    def feed(self) -> None:
        """Hand on what the command takes. What it does not want to hear is let go."""
        try:
            while self.left and self.input is not None:
                count = os.write(self.input, self.left[:PIECE])
                del self.left[:count]
                self.took(count)
        except BlockingIOError:
            return
        except OSError:
            self.ended = True
        self.took(len(self.left))
        self.left.clear()
        if self.ended:
            self.close_input()

    def close_input(self) -> None:
        if self.input is not None:
            os.close(self.input)
            self.input = None

    def wants(self, room: bool) -> dict[int, int]:
        wanted = dict.fromkeys(self.outputs, select.POLLIN) if room and self.credit > 0 else {}
        if self.left and self.input is not None:
            wanted[self.input] = select.POLLOUT
        return wanted

    def ready(self, descriptor: int) -> None:
        if descriptor not in self.outputs:
            self.feed()
        elif self.credit > 0:
            data = os.read(descriptor, min(PIECE, self.credit))
            self.credit -= len(data)
            if data:
                self.say(self.outputs[descriptor], data)
            else:
                del self.outputs[descriptor]

    def look(self, room: bool) -> None:
        now = time.monotonic()
        status = self.process.poll()
        if self.deadline is not None and now >= self.deadline:
            self.end("timeout")
        if self.kill_at is not None and not self.killed and now >= self.kill_at:
            self.killed = True
            self.signal("KILL")
        if status is not None and (self.killed or not self.outputs and (self.kill_at is None or not self.stands())):
            self.finish({"status": status, "why": self.why})
        self.due = now + 0.05 if self.kill_at is not None else self.deadline

    def finish(self, over: dict) -> None:
        self.close_input()
        self.process.stdout.close()
        self.process.stderr.close()
        self.over = over

    def end(self, why: str) -> None:
        """End the whole group; what does not heed the request is killed."""
        self.deadline = None
        if self.kill_at is None:
            self.why, self.kill_at = why, time.monotonic() + MERCY
            self.due = 0.0
            self.close_input()
            self.signal("TERM")
        self.outputs = {} if why == "left" else self.outputs

    def signal(self, name: str) -> None:
        try:
            os.killpg(self.process.pid, getattr(signal, "SIG" + name))
        except ProcessLookupError:
            pass
        except PermissionError:  # what became another user may be ended by who may become one
            nothing = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.call(["sudo", "-n", "kill", "-s", name, "--", f"-{self.process.pid}"], timeout=MERCY, **nothing)

    def stands(self) -> bool:
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True


class File(Work):
    """A file that is opened by FLAGS and handed on, and what was handed on of it."""

    def __init__(self, say, asked: dict, path: bytes):
        super().__init__(say)
        self.file = os.open(path, self.FLAGS | os.O_NONBLOCK, 0o666)  # a pipe without its other end is an error, and no standstill
        self.digest, self.size = hashlib.sha256(), 0

    def count(self, part: bytes) -> None:
        self.digest.update(part)
        self.size += len(part)

    def finish(self, over: dict) -> None:
        os.close(self.file)
        self.over = {"size": self.size, "sha256": self.digest.hexdigest(), **over}


class Upload(File):
    """A file that is written in place, as it comes."""

    FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC

    def hear(self, kind: int, payload: bytes) -> None:
        if kind == END:
            return self.finish({})
        left = memoryview(payload)
        while left:
            left = left[os.write(self.file, left) :]
        self.count(payload)
        return self.took(len(payload))


class Download(File):
    """A file that is read as fast as it is taken."""

    FLAGS = os.O_RDONLY

    def hear(self, kind: int, payload: bytes) -> None:
        """Only credit comes."""

    def look(self, room: bool) -> None:
        self.due = 0.0 if self.credit > 0 and room else None
        if self.due is not None:
            part = os.read(self.file, min(PIECE, self.credit))
            self.count(part)
            self.credit -= len(part)
            self.say(OUTPUT, part) if part else self.finish({})


KINDS = {EXEC: Command, PUT: Upload, FETCH: Download}


class Helper:
    """Reads, does and answers, until it is told to go, nobody is there any more, or nothing was heard for ``silence`` seconds."""

    def __init__(self, source: int, sink: int, silence: float):
        self.source, self.sink, self.silence = source, sink, silence
        self.frames, self.out, self.work, self.last = Frames(), bytearray(), {}, 0
        self.heard, self.leaving = time.monotonic(), False
        self.woken, waker = os.pipe()
        for descriptor in (source, sink, self.woken, waker):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.leave)

    def leave(self, *_signal) -> None:
        self.leaving = True

    def say(self, number: int, kind: int, payload: bytes = b"") -> None:
        self.out += b64encode(pack(number, kind, payload)) + b"\n"

    def serve(self) -> None:
        try:
            while not self.leaving:
                self.turn()
        finally:
            self.end_all()

    def turn(self) -> None:
        """Wait for whatever comes first, and do what there is to do."""
        room = len(self.out) < FULL
        wanted = {descriptor: (one, events) for one in self.work.values() for descriptor, events in one.wants(room).items()}
        poll = select.poll()
        for descriptor, events in (self.source, select.POLLIN), (self.woken, select.POLLIN), (self.sink, select.POLLOUT if self.out else 0):
            poll.register(descriptor, events)
        for descriptor, (_one, events) in wanted.items():
            poll.register(descriptor, events)
        due = min([self.heard + self.silence] + [one.due for one in self.work.values() if one.due is not None])
        for descriptor, _events in poll.poll(1000 * max(0.0, due - time.monotonic() + 0.001)):
            if descriptor in wanted:
                if wanted[descriptor][0].over is None:
                    wanted[descriptor][0].ready(descriptor)
            else:
                {self.source: self.listen, self.woken: lambda: os.read(self.woken, 1 << 12), self.sink: self.write}[descriptor]()
        for number, one in list(self.work.items()):
            self.attend(number, one, lambda one=one: one.look(len(self.out) < FULL))
        if time.monotonic() - self.heard > self.silence:
            self.leave()

    def attend(self, number: int, one: Work, do) -> None:
        """Let a piece of work do something, and say when it is over."""
        try:
            do()
        except OSError as error:
            one.fail(error)
        if one.over is not None:
            del self.work[number]
            self.say(number, DONE, json.dumps(one.over).encode())

    def listen(self) -> None:
        try:
            data = os.read(self.source, 1 << 16)
        except BlockingIOError:
            return
        except OSError:  # a terminal that was hung up
            data = b""
        self.leaving = self.leaving or not data
        self.heard = time.monotonic()
        for number, kind, payload in self.frames.feed(data):
            self.obey(number, kind, payload)

    def obey(self, number: int, kind: int, payload: bytes) -> None:
        one = self.work.get(number)
        if kind == PING:
            self.say(number, PING)
        elif kind == LEAVE:
            self.leave()
        elif kind in KINDS and number > self.last:
            self.last = number
            self.begin(number, kind, payload)
        elif one is None:
            pass  # it is over, which who sent this has yet to hear
        elif kind == CREDIT:
            one.credit += AMOUNT.unpack(payload)[0]
        else:
            self.attend(number, one, (lambda: one.end("asked")) if kind == KILL else lambda: one.hear(kind, payload))

    def begin(self, number: int, kind: int, payload: bytes) -> None:
        asked, _line, rest = payload.partition(b"\n")
        try:
            self.work[number] = KINDS[kind](lambda kind, payload: self.say(number, kind, payload), json.loads(asked), rest)
        except (OSError, ValueError) as error:
            self.say(number, DONE, json.dumps({"error": getattr(error, "strerror", None) or str(error), "errno": getattr(error, "errno", None)}).encode())

    def write(self) -> None:
        with contextlib.suppress(BlockingIOError):
            del self.out[: os.write(self.sink, self.out[:FULL])]

    def end_all(self) -> None:
        """Leave nothing running that was begun here. Nobody is there to hear of it."""
        for one in self.work.values():
            one.end("left")
        while left := [one for one in self.work.values() if one.over is None]:
            for one in left:
                one.look(False)
            time.sleep(0.02)


def settle() -> dict[str, str]:
    """Be where a login would be. Returns who and what is here."""
    for name, value in (("HOME", os.path.expanduser("~")), ("PATH", USUAL_PATH)):
        os.environ.setdefault(name, value)
    os.chdir("/")
    with contextlib.suppress(OSError):  # a user without a home is at the root
        os.chdir(os.environ["HOME"])
    return {"python": sys.version.split()[0], "user": str(os.geteuid())}


def serve(silence: float, source: int = 0, sink: int = 1) -> None:
    """Be the helper until the end. ``silence``: after how many seconds without a word it ends."""
    signal.alarm(0)  # which ends a host's side that is never told anything
    helper = Helper(source, sink, silence)
    helper.say(0, HELLO, json.dumps(settle()).encode())
    helper.serve()
