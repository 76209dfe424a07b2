# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The warm process: a Python that stands ready, and is forked for each module instead of being started.

It is run from standard input by the very command that a module is run by, so that what the shell does to a module, it does to this
process too. It imports nothing of Ansible and does not look into a payload, which is a Python program as any. warm_library.py says
what is kept warm; private_socket.py, handed in as ``sockets``, how the two sides know each other.

There are three kinds of process. The server accepts and forks. A keeper, one for each module, leads its process group, waits for it,
and ends it when the asking side or the controller is gone. The module's own process comes back from begin() with nothing of the
server's about it: no descriptor but 0, 1 and 2, the namespace of __main__ as Python made it, and the end that Python gives every program.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import select
import signal
import socket
import sys
import types
import typing as t

#: Seconds for a request to come once somebody has connected.
ASKING = 10.0
#: Seconds that a module has to end in after SIGINT, and then after SIGTERM, when nobody waits for its result any more.
LEAVE = ((signal.SIGINT, 2.0), (signal.SIGTERM, 3.0))

Json = dict[str, t.Any]


def begin(main: Json, warmth: t.Callable[[], t.Any], sockets: t.Any, *, controller: int, born: str, path: str, digest: str, idle: float) -> None:
    """Stay behind as a server, for the process ``controller`` that began at ``born``; the caller's own process ends at once.

    ``main`` is the namespace of __main__ before anything was put into it, ``warmth`` loads what is kept warm, ``path`` is where to
    listen, ``digest`` says in which circumstances (the asking side's business), ``idle`` after how many seconds without a module it ends.
    Returns in the process of a module, after the module's last statement.
    """
    watch = os.pidfd_open(controller)
    if sockets.started(controller) != born:
        raise SystemExit("the controller is gone")
    ready, told = os.pipe()
    if os.fork():
        os.close(told)
        os._exit(0 if os.read(ready, 1) else 1)
    os.close(ready)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    listener = sockets.listen(path)
    os.write(told, b".")
    os.close(told)
    server = Server(listener, watch, path, digest, idle, sockets.user_of)
    run(main, server.serve(warmth), server.warmth)


def run(main: Json, payload: bytes, warmth: t.Any) -> None:
    """Run a payload as Python runs a program on its standard input: same name, same namespace, same place in a traceback.

    ``warmth`` is told with what status it ends, for it is what runs last.
    """
    module = sys.modules["__main__"] = types.ModuleType("__main__")  # a new one, for what is frozen is never collected
    space = module.__dict__
    space.update(main)
    del module
    try:
        exec(compile(payload, "<stdin>", "exec", dont_inherit=True), space)
        warmth.status = 0
    except BaseException as error:
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        warmth.status = status_of(error)
        raise


def status_of(error: BaseException) -> int | None:
    """The exit status that Python gives a program that ends by this, where that is plain."""
    if not isinstance(error, SystemExit):
        return 1 if isinstance(error, Exception) else None
    if error.code is None:
        return 0
    return int(error.code) if isinstance(error.code, int) and 0 <= error.code < 256 else None


class Server:
    """Accepts, forks, and learns from the modules that ended."""

    def __init__(self, listener: socket.socket, watch: int, path: str, digest: str, idle: float, user_of: t.Callable[[socket.socket], int]):
        self.listener, self.watch, self.path, self.digest, self.idle, self.user_of = listener, watch, path, digest, idle, user_of
        self.keepers: dict[int, tuple[int, mmap.mmap]] = {}  # by pidfd: the process, and what its module learnt
        self.poll = select.poll()
        for one in (listener.fileno(), watch):
            self.poll.register(one, select.POLLIN)

    def serve(self, warmth: t.Callable[[], t.Any]) -> bytes:
        """Until the controller ends or nobody asks any more. Returns in a module's process only, with its payload."""
        server = os.getpid()
        try:
            self.warmth = warmth()
            while True:
                ready = [one for one, _event in self.poll.poll(self.idle * 1000)]
                leave = [self.reap(one) for one in ready if one in self.keepers]
                if self.watch in ready or any(leave) or not (ready or self.keepers):
                    break
                if self.listener.fileno() in ready:
                    connection = self.listener.accept()[0]
                    room = mmap.mmap(-1, self.warmth.ROOM)
                    keeper = os.fork()
                    if not keeper:
                        return self.attend(connection, room)
                    connection.close()
                    pidfd = os.pidfd_open(keeper)
                    self.keepers[pidfd] = keeper, room
                    self.poll.register(pidfd, select.POLLIN)
        finally:
            if os.getpid() == server:
                self.leave()

    def reap(self, pidfd: int) -> bool:
        """Take leave of a keeper. Whether the server has to go too, since what it holds is out of date."""
        self.poll.unregister(pidfd)
        keeper, room = self.keepers.pop(pidfd)
        os.close(pidfd)
        status = os.waitstatus_to_exitcode(os.waitpid(keeper, 0)[1])
        if status == 0:
            self.warmth.learn(room)
        room.close()
        return status == Keeper.OUT_OF_DATE

    def leave(self) -> t.NoReturn:
        with contextlib.suppress(OSError):
            os.unlink(self.path)
            os.rmdir(os.path.dirname(self.path))  # unless another server has its socket there
        os._exit(0)

    def attend(self, connection: socket.socket, room: mmap.mmap) -> bytes:
        """In the keeper, which ends here; in the module's process it comes back."""
        payload = None
        try:
            self.listener.close()
            for pidfd in self.keepers:
                os.close(pidfd)
            if self.user_of(connection) != os.geteuid():
                os._exit(1)
            program = Keeper(connection, self.watch, self.digest, self.warmth).keep()
            self.warmth.enter(room)
            payload = program
        finally:
            if payload is None:
                os._exit(1)
        return payload


class Keeper:
    """Leads the process group of one module, waits for it, and ends it when nobody waits for its result."""

    OUT_OF_DATE = 3

    def __init__(self, connection: socket.socket, watch: int, digest: str, warmth: t.Any):
        self.connection, self.watch, self.digest, self.warmth = connection, watch, digest, warmth

    def keep(self) -> bytes:
        """Returns in the module's process only, with its payload."""
        os.setsid()
        self.connection.settimeout(ASKING)
        message, descriptors, _flags, _address = socket.recv_fds(self.connection, 1 << 16, 3)
        request = json.loads(message)
        self.decide(request, descriptors)
        module = os.fork()
        if not module:
            return self.become(descriptors, request["length"])
        for descriptor in descriptors:
            os.close(descriptor)
        self.wait(module)

    def say(self, **message: t.Any) -> None:
        self.connection.send(json.dumps(message).encode())

    def decide(self, request: Json, descriptors: list[int]) -> None:
        """Go on, or say why not: the asking side has handed out nothing yet."""
        stale = self.warmth.stale()
        if stale or request.get("end"):
            self.say(declined=f"{stale} is not what it was" if stale else "as asked")
            os._exit(self.OUT_OF_DATE)
        if self.warmth.unfit or request["digest"] != self.digest or len(descriptors) != 3:
            self.say(declined=self.warmth.unfit or "the circumstances are others")
            os._exit(1)

    def become(self, descriptors: list[int], length: int) -> bytes:
        """Be the module's process: its standard streams and no other descriptor, and the whole of its payload or the end."""
        self.connection.close()
        os.close(self.watch)
        for target, descriptor in enumerate(descriptors):
            os.dup2(descriptor, target)
            os.close(descriptor)
        payload = bytearray()
        while part := os.read(0, 1 << 20):
            payload += part
        if len(payload) != length:
            os._exit(1)  # whoever sent it has gone
        return bytes(payload)

    def wait(self, module: int) -> t.NoReturn:
        """Hand on how the module ended. Group and session are the keeper's, so the module may still make a session of its own."""
        pidfd = os.pidfd_open(module)
        self.say(group=os.getpid())
        poll = select.poll()
        for one in (pidfd, self.connection.fileno(), self.watch):
            poll.register(one, select.POLLIN)
        ready = [one for one, _event in poll.poll()]
        if pidfd not in ready:
            self.put_an_end(pidfd)
        status = os.waitpid(module, 0)[1]
        with contextlib.suppress(OSError):
            self.say(status=status)
        os._exit(0)

    def put_an_end(self, pidfd: int) -> t.NoReturn:
        """End the whole group: first as Ctrl-C does, which lets a module tidy up."""
        for number, seconds in LEAVE:
            signal.signal(number, signal.SIG_IGN)
            os.killpg(0, number)
            if select.select([pidfd], [], [], seconds)[0]:
                break
        os.killpg(0, signal.SIGKILL)  # this process too
        os._exit(1)
