# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The asking side of a host's background process (ssm_server.py): finds or starts it, and has it do a piece of work.

Up to the request everything may be tried again. From there on nothing is: whoever asked is told that it is not known what was done.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import multiprocessing
import os
import select
import socket
import subprocess
import sys
import time
import typing as t

from . import private_socket
from . import ssm_helper
from .ssm_frames import opened
from .ssm_frames import request

#: Seconds that a background process has to answer in; and beyond the time to connect in, to start.
ANSWER, STARTING = 30.0, 90.0
#: How often a process that goes while it is asked is looked for again.
TRIES = 5
#: Bytes of a command at most (MAX_ARG_STRLEN of Linux, execve(2)): its end is marked by one more.
LONGEST = (1 << 17) - 1
#: What of the environment says who asks AWS for what, and by which way.
WHO = "AWS_"
WAY = {"HOME", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"}
#: The program that is the background process. Its package is found where this one was.
PROGRAM = "import importlib, sys; sys.path.insert(0, sys.argv[1]); importlib.import_module(sys.argv[2]).main()"

CRASHED = "The background process was killed or crashed. What was done until then is not known"

Json = dict[str, t.Any]
#: (return code, standard output, standard error) of a command.
Ran = tuple[int, bytes, bytes]


class Unreachable(Exception):
    """The host is not reached, and nothing was begun. Says why."""


class Lost(Exception):
    """The session or its process went while work was under way, which may have done anything or nothing. Says so."""


class Unfit(Exception):
    """It cannot be done this way, and was not. Says why."""


class Refused(OSError):
    """The host's system refused it; the error is the system's."""


class TimedOut(Exception):
    """A command took longer than it may, and was ended."""


class Host:
    """A host by its settings, as the plugin's options have them. What differs in any of them, or in whose credentials, shares nothing."""

    def __init__(self, settings: Json, warn: t.Callable[[str], None], note: t.Callable[[str], None]):
        self.settings, self.warn, self.note = settings, warn, note
        parent = multiprocessing.parent_process()  # Ansible's workers are short-lived children of the controller
        controller = parent.pid if parent and parent.pid else os.getpid()
        try:
            self.owner = {"controller": controller, "born": private_socket.started(controller)}
        except OSError as error:
            raise Unfit(f"This connection needs a controller on Linux ({error})") from error
        who = sorted((name, value) for name, value in os.environ.items() if name.startswith(WHO) or name.upper() in WAY)
        digest = hashlib.sha256(json.dumps([settings, who], sort_keys=True).encode()).hexdigest()
        self.folder = os.path.join(private_socket.runtime_folder(), f"groundwork-ssm-{controller}-{self.owner['born']}-{digest[:20]}")
        self.path = os.path.join(self.folder, "socket")

    def run(self, command: bytes, source: Source, *, tty: bool, timeout: float) -> tuple[Json, bytes, bytes]:
        """Run a command of the shell's, with ``source`` for its standard input. Returns how it ended, and both its streams."""
        if len(command) > LONGEST:
            raise Refused(errno.E2BIG, os.strerror(errno.E2BIG))
        said = {ssm_helper.OUTPUT: bytearray(), ssm_helper.ERRORS: bytearray()}

        def take(kind: int, part: bytes) -> None:
            said[kind] += part
            source.hear(kind, part)

        asked = {"input": source.any, "tty": tty, "timeout": timeout}
        over = self._work(request(ssm_helper.EXEC, asked, command), source, take)
        if over.get("why") == "timeout":
            raise TimedOut(f"It took longer than {timeout:g} s, and was ended with all that it had started")
        return over["status"], bytes(said[ssm_helper.OUTPUT]), bytes(said[ssm_helper.ERRORS])

    def put(self, local: str, remote: bytes) -> None:
        """Write a local file's content to a path on the host."""
        digest = hashlib.sha256()
        with open(local, "rb") as file:

            def parts() -> t.Iterator[bytes]:
                while part := file.read(ssm_helper.PIECE):
                    digest.update(part)
                    yield part

            over = self._work(request(ssm_helper.PUT, {}, remote), Source(parts()), lambda _kind, _part: None)
        self._compare(over, digest.hexdigest())

    def fetch(self, remote: bytes, local: str) -> None:
        """Write what a path on the host holds to a local file."""
        digest = hashlib.sha256()
        with open(local, "wb") as file:

            def take(_kind: int, part: bytes) -> None:
                digest.update(part)
                file.write(part)

            over = self._work(request(ssm_helper.FETCH, {}, remote), Source(), take)
        self._compare(over, digest.hexdigest())

    @staticmethod
    def _compare(over: Json, digest: str) -> None:
        if over["sha256"] != digest:
            raise Lost(f"The file arrived other than it was sent (SHA-256 {over['sha256']} on the host, {digest} here)")

    def _work(self, asked: bytes, source: Source, take: t.Callable[[int, bytes], None]) -> Json:
        with self.reach() as server:
            over = Work(server, source, take).do(asked)
        if "lost" in over:
            raise Lost(f"{over['lost']}. What was done until then is not known")
        if "unfit" in over:
            raise Unfit(over["unfit"])
        if "error" in over:
            raise Refused(over["errno"], over["error"])
        return over

    def reset(self) -> None:
        """Let go of the session, if there is one: what is asked from now on begins another."""
        with contextlib.suppress(OSError, Unreachable), self.greeted(private_socket.connect(self.path, ANSWER)) as server:
            server.send(ssm_helper.pack(0, ssm_helper.LEAVE))
            server.recv(1 << 16)

    def reach(self) -> socket.socket:
        """Connect to its process; start it first where there is none. Raises Unreachable."""
        last: OSError | None = None
        for _try in range(TRIES):
            try:
                with self.alone():
                    with contextlib.suppress(OSError):
                        return self.greeted(private_socket.connect(self.path, ANSWER))
                    try:
                        self.start()
                    except (Unreachable, Unfit):
                        os.rmdir(self.folder)
                        raise
                    return self.greeted(private_socket.connect(self.path, ANSWER))
            except private_socket.NotPrivate as error:
                raise Unreachable(str(error)) from error
            except OSError as error:  # it ended meanwhile, and took its folder along
                last = error
        raise Unreachable(f"no background process came about: {last}") from last

    @contextlib.contextmanager
    def alone(self) -> t.Iterator[None]:
        """Of several who ask, one looks and starts at a time."""
        private_socket.own_folder(self.folder)
        lock = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.path.samestat(os.fstat(lock), os.stat(self.folder)):
                raise FileNotFoundError(errno.ENOENT, "it was taken away", self.folder)
            yield
        finally:
            os.close(lock)

    @staticmethod
    def greeted(server: socket.socket) -> socket.socket:
        """The same connection, once the process at its other end has said that it is there for it. Raises OSError."""
        try:
            if not server.recv(1 << 16):
                raise ConnectionResetError(errno.ECONNRESET, "it ended")
            server.settimeout(None)
        except BaseException:
            server.close()
            raise
        return server

    def start(self) -> None:
        """Start the process; it says how it went once. Credentials reach it by a pipe."""
        package = __name__.rpartition(".")[0]
        root = os.path.dirname(os.path.abspath(__file__))
        for _part in package.split("."):
            root = os.path.dirname(root)
        command = [sys.executable, "-c", PROGRAM, root, f"{package}.ssm_server"]
        settings = self.settings | self.owner | {"path": self.path}
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        with process.stdin, process.stdout:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(json.dumps(settings).encode())
                process.stdin.close()
            said = self._first_word(process)
        if "missing" in said:
            raise Unfit(said["missing"])
        if "error" in said:
            raise Unreachable(said["error"])
        if said["warning"]:
            self.warn(said["warning"])
        self.note(f"SSM session {said['session'] or 'for raw commands only: the host has no Python'}")

    def _first_word(self, process: subprocess.Popen[bytes]) -> Json:
        end = time.monotonic() + STARTING + self.settings["connect_timeout"] * (1 + self.settings["retries"])
        said = b""
        while select.select([process.stdout], [], [], max(0.0, end - time.monotonic()))[0]:
            part = os.read(process.stdout.fileno(), 1 << 16)
            said += part
            if part:
                continue
            with contextlib.suppress(ValueError, IndexError):
                return json.loads(said.splitlines()[-1])
            raise Unreachable(f"the background process ended with code {process.wait()}: {said.decode(errors='replace').strip()}")
        process.terminate()
        raise Unreachable("the background process said nothing in time")


class Source:
    """What is sent: parts, as they come, and then the end, unless that is ``open``. ``any`` is whether there is anything to send at all."""

    def __init__(self, parts: t.Iterable[bytes] | None = None, open: bool = False):
        self.any, self.open = parts is not None, open
        self._parts = iter(parts or ())

    def next(self) -> bytes | None:
        """The next part; nothing at the end."""
        return next(self._parts, None)

    def hear(self, kind: int, part: bytes) -> None:
        """Told what the other end says."""

    def wait(self) -> float | None:
        """For how many seconds a word of the other end is awaited before the next part; None where it need not be."""
        return None

    def waited_in_vain(self) -> None:
        """The word did not come. Raises."""


class Work:
    """One piece of work on a connection: a request, streams both ways within what was promised, and an end."""

    def __init__(self, server: socket.socket, source: Source, take: t.Callable[[int, bytes], None]):
        self.server, self.source, self.take = server, source, take
        self.credit, self.taken = ssm_helper.WINDOW, 0

    def do(self, asked: bytes) -> Json:
        self._tell(asked)
        sending = self.source.any
        while True:
            patience = self.source.wait() if sending else None
            while sending and patience is None and self.credit > 0:
                part = self.source.next()
                sending = part is not None
                self._send(part)
                patience = self.source.wait()
            over = self._hear(patience)
            if over is not None:
                return over

    def _tell(self, frame: bytes) -> None:
        try:
            self.server.send(frame)
        except OSError as error:
            raise Lost(CRASHED) from error

    def _send(self, part: bytes | None) -> None:
        for start in range(0, len(part or b""), ssm_helper.PIECE):
            self._tell(ssm_helper.pack(0, ssm_helper.INPUT, part[start : start + ssm_helper.PIECE]))
        self.credit -= len(part or b"")
        if part is None and not self.source.open:
            self._tell(ssm_helper.pack(0, ssm_helper.END))

    def _hear(self, patience: float | None) -> Json | None:
        try:
            self.server.settimeout(patience)
            frame = self.server.recv(1 << 18)
        except TimeoutError:
            self.source.waited_in_vain()
            raise
        except OSError as error:
            raise Lost(CRASHED) from error
        if not frame:
            raise Lost(CRASHED)
        kind, payload = opened(frame)
        if kind == ssm_helper.DONE:
            return json.loads(payload)
        if kind == ssm_helper.CREDIT:
            self.credit += ssm_helper.AMOUNT.unpack(payload)[0]
        else:
            self.take(kind, payload)
            self.taken += len(payload)
            if self.taken >= ssm_helper.WINDOW // 4:
                self._tell(ssm_helper.pack(0, ssm_helper.CREDIT, ssm_helper.AMOUNT.pack(self.taken)))
                self.taken = 0
        return None
