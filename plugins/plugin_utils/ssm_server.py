# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The background process of one host: it holds the session, and joins whoever asks on a private socket to the helper at its other end.

It belongs to one controller. It ends with it, however that ends, and when nobody has asked for a while; and it ends its session then,
after the helper has ended what it ran. If it is killed itself, the helper hears nothing more, and ends by itself.

Each connection is one piece of work. Its frames are the helper's: they are handed on as they are, but for their number. From the
moment a request was handed on it is not handed on again, whatever happens.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import importlib.util
import json
import os
import queue
import select
import signal
import socket
import sys
import threading
import time
import typing as t

from . import private_socket
from . import ssm_helper
from .ssm_control import Control
from .ssm_control import SsmError
from .ssm_frames import kind_of
from .ssm_frames import number_of
from .ssm_frames import numbered
from .ssm_frames import opened
from .ssm_link import Link
from .ssm_link import NoPython
from .ssm_link import Target
from .ssm_raw import RawCommand
from .ssm_raw import TooLong

#: What is imported from elsewhere, by whoever uses it.
NEEDED = ("boto3", "websockets")
#: Bytes of a packet on the socket at most: a frame with a command that Linux would still run.
LARGEST = 1 << 18
#: Seconds between looks at what there is to do by itself; and for a connection to be told the last word.
TICK, LAST_WORD = 0.5, 2.0


class Peer:
    """Somebody who asks. What is for them is written by a thread of its own, so that nobody else waits for it."""

    def __init__(self, connection: socket.socket):
        self.connection, self.number = connection, 0
        self.left: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.raw: RawCommand | None = None
        self.writer = threading.Thread(target=self._write, daemon=True)
        self.writer.start()

    def tell(self, kind: int, **said: t.Any) -> None:
        self.left.put(ssm_helper.pack(0, kind, json.dumps(said).encode()))

    def _write(self) -> None:
        with contextlib.suppress(OSError):
            while frame := self.left.get():
                self.connection.send(frame)

    def packets(self) -> t.Iterator[bytes]:
        """What they say, until they go."""
        with contextlib.suppress(OSError):
            while packet := self.connection.recv(LARGEST):
                yield packet

    def close(self) -> None:
        self.left.put(None)
        self.writer.join(LAST_WORD)
        self.connection.close()


class Server:
    """Serves on a socket until there is a reason to end. ``link`` is None while the host has no Python."""

    def __init__(self, target: Target, link: Link | None, settings: dict[str, t.Any], watch: int):
        self.target, self.link, self.watch = target, link, watch
        self.path, self.idle = settings["path"], settings["idle_timeout"]
        self.listener: socket.socket | None = private_socket.listen(self.path)
        self.peers: set[Peer] = set()
        self.by_number: dict[int, Peer] = {}
        self.lock, self.reaching = threading.Lock(), threading.Lock()
        self.used = time.monotonic()
        #: Whether there is a reason to end; whether the session has ended.
        self.over, self.lost = threading.Event(), threading.Event()
        self.begin_hearing()

    def serve(self) -> None:
        """Until the controller ends, the session does, or nobody asks any more."""
        poll = select.poll()
        poll.register(self.watch, select.POLLIN)
        listener = self.listener
        poll.register(listener, select.POLLIN)
        while not self.over.is_set() and not self.lost.is_set():
            ready = [descriptor for descriptor, _event in poll.poll(TICK * 1000)]
            if self.listener is None and listener.fileno() >= 0:
                poll.unregister(listener)
                listener.close()
            elif listener.fileno() in ready:
                self.accept(listener.accept()[0])
            if self.watch in ready or self.idle_for() > (self.idle if self.listener else 0):
                return

    def idle_for(self) -> float:
        """Seconds since anything was asked or done."""
        with self.lock:
            now = time.monotonic()
            if self.peers or self.by_number:
                self.used = now
            return now - self.used

    def accept(self, connection: socket.socket) -> None:
        if private_socket.user_of(connection) != os.geteuid():
            connection.close()
            return
        peer = Peer(connection)
        with self.lock:
            self.peers.add(peer)
        threading.Thread(target=self.attend, args=(peer,), daemon=True).start()

    def attend(self, peer: Peer) -> None:
        """Be there for one who asks, until they go: then what they asked for ends."""
        try:
            peer.tell(ssm_helper.HELLO)
            for packet in peer.packets():
                self.hand_on(peer, packet)
        except SsmError as error:
            peer.tell(ssm_helper.DONE, lost=str(error))
        finally:
            with self.lock:
                standing = self.by_number.get(peer.number) is peer
            if standing:
                with contextlib.suppress(SsmError):
                    self.link.send(ssm_helper.pack(peer.number, ssm_helper.KILL))
            if peer.raw:
                peer.raw.end()
            peer.close()
            with self.lock:
                self.peers.discard(peer)

    def hand_on(self, peer: Peer, packet: bytes) -> None:
        kind = kind_of(packet)
        if kind == ssm_helper.LEAVE:
            self.refuse_more()
            peer.tell(ssm_helper.DONE)
        elif kind not in (ssm_helper.EXEC, ssm_helper.PUT, ssm_helper.FETCH):
            if peer.number:
                self.link.send(numbered(packet, peer.number))
        elif self.link or requested(packet)[0] is None and self.reach():
            peer.number = self.link.ask(packet, lambda number: self.expect(number, peer))
        else:
            self.run_raw(peer, packet)

    def expect(self, number: int, peer: Peer) -> None:
        with self.lock:
            self.by_number[number] = peer

    def refuse_more(self) -> None:
        """Whoever asks from now on finds nobody, and starts another process; what is under way may end."""
        with self.lock:
            if self.listener:
                with contextlib.suppress(OSError):
                    os.unlink(self.path)
                self.listener = None

    def begin_hearing(self) -> None:
        if self.link:
            for serve in (self.hear, self.link.beat):
                threading.Thread(target=serve, daemon=True).start()

    def hear(self) -> None:
        """Hand the helper's frames to whom they are for. When the session ends, everybody is told."""
        reason = "The background process failed"
        try:
            for frame in self.link.frames():
                number = number_of(frame)
                with self.lock:
                    peer = self.by_number.pop(number, None) if kind_of(frame) == ssm_helper.DONE else self.by_number.get(number)
                if peer:
                    peer.left.put(frame)
        except SsmError as error:
            reason = str(error)
        finally:
            self.refuse_more()
            with self.lock:
                peers, self.by_number = list(self.by_number.values()), {}
            for peer in peers:
                peer.tell(ssm_helper.DONE, lost=reason)
            self.lost.set()

    def reach(self) -> bool:
        """Look whether the host has a Python by now."""
        with self.reaching:
            if self.link is None:
                with contextlib.suppress(NoPython):
                    self.link = Link.open(self.target)
                    self.begin_hearing()
            return self.link is not None

    def run_raw(self, peer: Peer, packet: bytes) -> None:
        """Run a command of the shell's without the helper; nothing else can be done without it."""
        asked, command = requested(packet)
        if asked is None or self.target.settings["elevated"]:
            target = self.target.settings["target"]
            return peer.tell(ssm_helper.DONE, unfit=f"{target} has no Python 3, which this needs: install one by ansible.builtin.raw, without elevated")
        try:
            peer.raw = RawCommand(self.target.open, command, asked["timeout"])
        except TooLong as error:
            return peer.tell(ssm_helper.DONE, unfit=str(error))
        threading.Thread(target=functools.partial(self.await_raw, peer, peer.raw), daemon=True).start()
        return None

    def await_raw(self, peer: Peer, raw: RawCommand) -> None:
        try:
            over, *streams = raw.run()
        except SsmError as error:
            return peer.tell(ssm_helper.DONE, lost=str(error))
        for kind, data in zip((ssm_helper.OUTPUT, ssm_helper.ERRORS), streams, strict=True):
            for start in range(0, len(data), ssm_helper.PIECE):
                peer.left.put(ssm_helper.pack(0, kind, data[start : start + ssm_helper.PIECE]))
        return peer.tell(ssm_helper.DONE, **over)

    def leave(self) -> None:
        """Let the helper end what it runs, then end the session, and tell whoever still waits."""
        self.refuse_more()
        self.tidy_up()
        with self.lock:
            peers = list(self.peers)
        for peer in peers:
            if peer.raw:
                peer.raw.end()
        if self.link:
            threading.Thread(target=self.dismiss, daemon=True).start()  # who waits for room in the window may wait in vain
            self.lost.wait(ssm_helper.MERCY + LAST_WORD)
            with contextlib.suppress(SsmError):
                self.link.close()
        for peer in peers:
            peer.close()

    def dismiss(self) -> None:
        with contextlib.suppress(SsmError):
            self.link.send(ssm_helper.pack(0, ssm_helper.LEAVE))

    def tidy_up(self) -> None:
        """Take the folder away, unless somebody is about to use it."""
        with contextlib.suppress(OSError):
            folder = os.open(os.path.dirname(self.path), os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.rmdir(os.path.dirname(self.path))
            finally:
                os.close(folder)


def requested(packet: bytes) -> tuple[dict[str, t.Any] | None, bytes]:
    """What a request asks for, and the command, if that is one which needs no helper: without input and terminal."""
    kind, payload = opened(packet)
    asked, _line, command = payload.partition(b"\n")
    told = json.loads(asked)
    return (told if kind == ssm_helper.EXEC and not told["input"] and not told["tty"] else None), command


def begin(settings: dict[str, t.Any], say: t.Callable[..., None]) -> None:
    """Reach the host, say that it was reached or why it was not, and serve."""
    watch = os.pidfd_open(settings["controller"])
    if private_socket.started(settings["controller"]) != settings["born"]:
        return
    import boto3.session

    keys = {name: settings[name] for name in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "profile_name", "region_name")}
    session = boto3.session.Session(**{name: value for name, value in keys.items() if value})
    target = Target(Control(session, settings["endpoint_url"], settings["proxy"]), settings)
    warning: list[str] = []
    asking = threading.Thread(target=lambda: warning.append(target.logged()), daemon=True)
    asking.start()
    try:
        link = Link.open(target)
    except NoPython:
        link = None
    asking.join(LAST_WORD)
    server = Server(target, link, settings, watch)
    signal.signal(signal.SIGTERM, lambda *_: server.over.set())
    say(session=link.session.id if link else "", warning="".join(warning))
    try:
        server.serve()
    finally:
        server.leave()


def main() -> None:
    """In the process of its own: the settings come on standard input, and how it went goes to standard output, once."""

    def say(**said: t.Any) -> None:
        with contextlib.suppress(OSError):
            os.write(1, json.dumps(said).encode() + b"\n")
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(nothing, descriptor)
        os.close(nothing)

    settings = json.load(sys.stdin)
    missing = [name for name in NEEDED if not importlib.util.find_spec(name)]
    if missing:
        return say(missing=f"{sys.executable} lacks {' and '.join(missing)}, which this connection needs: install what is missing by pip")
    try:
        begin(settings, say)
    except SsmError as error:
        say(error=str(error))
    except Exception as error:
        say(error=f"the background process failed: {error!r}")
        raise
    return None
