# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The asking side of the warm process (warm_server.py): finds or starts the one of this run, and hands it a module.

A payload is handed over only after the other side has said that it is ready to run it. Up to there everything may fail without harm
(Unavailable), for nothing was begun; from there on nothing is tried twice.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import multiprocessing
import os
import selectors
import shlex
import signal
import socket
import sys
import typing as t

from . import private_socket

#: Seconds for a warm process that was just started to have its libraries loaded.
READY = 30.0
#: Warm processes of one run at most. Each stands for other circumstances: if they keep changing, none is worth its start.
MOST = 4
#: What else of a process reaches a program that it starts (proc_pid_status(5)).
INHERITED = "Umask: Uid: Gid: Groups: SigBlk: SigIgn: CapInh: CapPrm: CapEff: CapBnd: CapAmb: NoNewPrivs: Seccomp: Cpus_allowed:".split()
#: The program that becomes the warm process. What it leaves in __main__ is wiped out before a module runs there; the part of
#: a traceback that is this program's own is taken off, so that the module's is as if it had been run by itself.
PROGRAM = """\
_main = dict(globals())
import importlib.util as _util
def _load(name):
    spec = _util.spec_from_file_location(name, {folder!r} + name + ".py")
    module = _util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
try:
    _load("warm_server").begin(_main, _load("warm_library").Warmth, _load("private_socket"), **{how!r})
except BaseException as _error:
    _error.__traceback__ = _error.__traceback__.tb_next.tb_next
    raise
"""

#: A program that dies by a signal, whatever Python does about that signal otherwise.
DEATH = """\
import os, signal
if {signal} not in (signal.SIGKILL, signal.SIGSTOP):
    signal.signal({signal}, signal.SIG_DFL)
os.kill(os.getpid(), {signal})
"""

#: (return code, standard output, standard error) of a command.
Ran = tuple[int, bytes, bytes]


class Unavailable(Exception):
    """No warm process takes this module, and nothing of it was begun. Says why."""


class Lost(Exception):
    """The warm process went while the module ran: it may have done anything or nothing. Says so."""


class WarmProcess:
    """The warm process for one command in the present circumstances. ``cold`` runs a command as the local connection does."""

    def __init__(self, command: str, cwd: str | None, idle: float, cold: t.Callable[[bytes], Ran]):
        self.cold, self.idle = cold, idle
        parent = multiprocessing.parent_process()  # Ansible's workers are short-lived children of the controller
        self.controller = parent.pid if parent and parent.pid else os.getpid()
        try:
            os.close(os.pidfd_open(self.controller))
            self.born = private_socket.started(self.controller)
            self.digest = circumstances(command, cwd)
        except (OSError, AttributeError) as error:
            raise Unavailable(f"this system lacks what it needs ({error})") from error
        self.folder = os.path.join(private_socket.runtime_folder(), f"groundwork-warm-{self.controller}-{self.born}")
        self.path = os.path.join(self.folder, self.digest[:16])

    @property
    def is_there(self) -> bool:
        return os.path.exists(self.path)

    def prepare(self) -> None:
        """Have it started. Whoever runs a module by it finds out himself where that fails."""
        with contextlib.suppress(OSError, Unavailable, private_socket.NotPrivate):
            self.reach().close()

    def run(self, payload: bytes) -> Ran:
        """Run a module there."""
        with contextlib.ExitStack() as stack:
            try:
                server = stack.enter_context(self.reach())
                streams = stack.enter_context(Streams(payload))
                group = self.hand_over(server, streams)
            except (OSError, private_socket.NotPrivate) as error:
                raise Unavailable(str(error)) from error
            output, errors = streams.exchange(server, group)
            status = os.waitstatus_to_exitcode(hear(server, group)["status"])
        if status >= 0:
            return status, output, errors
        # What the shell says of a program that died by a signal is for the shell to say: let another die the same death.
        code, more_output, more_errors = self.cold(DEATH.format(signal=-status).encode())
        return code, output + more_output, errors + more_errors

    def reach(self) -> socket.socket:
        """Connect to it; start it first where there is none."""
        private_socket.own_folder(self.folder)
        with contextlib.suppress(OSError):
            return self.connect()
        lock = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)  # of several workers one starts it
            with contextlib.suppress(OSError):
                return self.connect()
            self.start()
            return self.connect()
        finally:
            os.close(lock)

    def connect(self) -> socket.socket:
        return private_socket.connect(self.path, READY)

    def start(self) -> None:
        """By the very command that modules are run by, so that it is to a module's process what Python's start would be."""
        if len(os.listdir(self.folder)) >= MOST:
            raise Unavailable(f"this run has {MOST} warm processes already")
        how = dict(controller=self.controller, born=self.born, path=self.path, digest=self.digest, idle=self.idle)
        code, output, errors = self.cold(PROGRAM.format(folder=os.path.dirname(os.path.abspath(__file__)) + os.sep, how=how).encode())
        if code or output or errors:  # a shell that adds words of its own would be missed in a module's output
            with contextlib.suppress(OSError, private_socket.NotPrivate), self.connect() as server:
                server.send(json.dumps({"end": True}).encode())
            raise Unavailable(f"its start ended with code {code}: {(errors or output).decode(errors='replace').strip()}")

    def hand_over(self, server: socket.socket, streams: Streams) -> int:
        """Give away the module's ends of its streams, and wait until they are taken. Returns its process group."""
        request = {"digest": self.digest, "length": len(streams.payload)}
        socket.send_fds(server, [json.dumps(request).encode()], streams.theirs)
        streams.let_go()
        answer = json.loads(server.recv(1 << 16) or "{}")
        if "group" not in answer:
            raise Unavailable(answer.get("declined", "it ended"))
        server.settimeout(None)
        return answer["group"]


class Streams:
    """Pipes to a module's standard input and from its standard output and error, as subprocess makes them."""

    def __init__(self, payload: bytes):
        self.payload = payload
        pairs = [os.pipe() for _stream in range(3)]
        self.ours = {"in": pairs[0][1], "out": pairs[1][0], "err": pairs[2][0]}
        self.theirs = [pairs[0][0], pairs[1][1], pairs[2][1]]

    def __enter__(self) -> t.Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.let_go()
        for name in list(self.ours):
            os.close(self.ours.pop(name))

    def let_go(self) -> None:
        while self.theirs:
            os.close(self.theirs.pop())

    def exchange(self, server: socket.socket, group: int) -> tuple[bytes, bytes]:
        """Write the payload, and read until nobody holds the other ends any more, as communicate() of subprocess does."""
        left, got = memoryview(self.payload), {"out": bytearray(), "err": bytearray()}
        with selectors.DefaultSelector() as selector:
            for name, descriptor in self.ours.items():
                os.set_blocking(descriptor, False)
                selector.register(descriptor, selectors.EVENT_WRITE if name == "in" else selectors.EVENT_READ, name)
            selector.register(server, selectors.EVENT_READ, "server")
            while {"out", "err"} & self.ours.keys():
                for key, _event in selector.select():
                    if key.data == "server":
                        selector.unregister(server)
                        hear(server, group, socket.MSG_PEEK)
                        continue
                    if key.data == "in":
                        left = left[self.write(left) :]
                        ended = not left
                    else:
                        part = os.read(key.fd, 1 << 16)
                        got[key.data] += part
                        ended = not part
                    if ended:
                        selector.unregister(key.fd)
                        os.close(self.ours.pop(key.data))
        return bytes(got["out"]), bytes(got["err"])

    def write(self, left: memoryview) -> int:
        try:
            return os.write(self.ours["in"], left[: 1 << 16])
        except BrokenPipeError:  # it does not want to hear the rest
            return len(left)


def hear(server: socket.socket, group: int, *flags: int) -> dict[str, int]:
    """How the module ended. If that will never be known, nothing of it is left running."""
    try:
        answer = server.recv(1 << 16, *flags)
    except OSError:
        answer = b""
    if not answer:
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)
        raise Lost("The warm process that ran the module was killed or crashed. What the module did until then is not known")
    return json.loads(answer)


def interpreter_of(command: str) -> str | None:
    """The interpreter that a command runs on its standard input, and does nothing else: ``/bin/sh -c '/usr/bin/python3 && sleep 0'``."""
    with contextlib.suppress(ValueError):
        match shlex.split(command):
            case [_shell, "-c", inner]:
                return inner.removesuffix(" && sleep 0")
    return None


def circumstances(command: str, cwd: str | None) -> str:
    """A digest of all that a program started here inherits. A process that was started in the same is what it would be."""
    with open("/proc/self/stat", encoding="utf-8", errors="replace") as file:
        terminal = file.read().rpartition(")")[2].split()[4]
    if terminal != "0":
        raise OSError("modules have a terminal here")
    with open("/proc/self/status", encoding="utf-8", errors="replace") as file:
        status = [line.strip() for line in file if line.split()[0] in INHERITED]
    with open("/proc/self/limits", encoding="utf-8") as file:
        limits = file.read()
    all_of_it = command, sys.executable, cwd, os.getcwd(), status, limits, os.nice(0), sorted(os.environb.items())
    return hashlib.sha256(repr(all_of_it).encode()).hexdigest()
