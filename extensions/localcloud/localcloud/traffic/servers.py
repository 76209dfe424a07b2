# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What runs on a target: a small HTTP server on loopback, that stands for an address and a port within a VPC."""
from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

from ..clock import CLOCK, Timer
from ..dials import DIALS
from ..versions import WELL, Version
from .loop import LOOP, LOOPBACK
from .messages import BadMessage, CutOff, Head, pieces, read_head, request_body, written

Address = tuple[str, int]
#: What load balancers call themselves when they ask for a target's health.
HEALTH_CHECKER = "ELB-HealthChecker/2.0"


class Place(Protocol):
    """Who is at an address of a VPC: the socket that stands for it here, or None where nothing listens."""

    @property
    def address(self) -> Address | None: ...


@dataclass
class Elsewhere:
    """A place that is served by somebody else: a booted host, or a test's own socket."""

    address: Address | None


#: Address and port within a VPC -> who is there.
PLACES: dict[Address, Place] = {}


class Shares:
    """Which of a version's requests go wrong: of n, that share, rounded down, whatever target they come to."""

    def __init__(self) -> None:
        self._asked: defaultdict[str, int] = defaultdict(int)

    def fails(self, name: str, share: float) -> bool:
        before = self._asked[name]
        self._asked[name] += 1
        return int((before + 1) * share + 1e-9) > int(before * share + 1e-9)

    def reset(self) -> None:
        self._asked.clear()


SHARES = Shares()


class Server:
    """A program of one version: it listens after its `start_seconds`, and until it is stopped or ends by itself.

    `log` takes its lines; `on_exit(target_id, exit code, reason)` is called when it ends by itself. `ready` says, where it is given,
    whether anything listens yet.
    """

    def __init__(
        self,
        target_id: str,
        version: str,
        log: Callable[[str], Any],
        on_exit: Callable[[str, int, str], Any] | None = None,
        ready: Callable[[], bool] | None = None,
    ) -> None:
        self.target_id, self.version, self._log, self._on_exit, self._ready = target_id, version, log, on_exit, ready
        self._began = CLOCK.monotonic()
        self._listening: asyncio.Server | None = None
        self._idle: set[asyncio.StreamWriter] = set()
        self._all: set[asyncio.StreamWriter] = set()
        self._timers: list[Timer] = []
        self._ended = False

    @property
    def behaviour(self) -> Version:
        """As the dial says now."""
        return DIALS.versions.get(self.version, WELL)

    @property
    def address(self) -> Address | None:
        if self._listening is None or (self._ready and not self._ready()):
            return None
        address: Address = self._listening.sockets[0].getsockname()
        return address

    def start(self) -> None:
        """Begin; it listens when this returns, unless its version needs time for that. Without traffic it but ends when its version does."""
        if LOOP.runs and self.behaviour.start_seconds:
            self._timers.append(CLOCK.after(self.behaviour.start_seconds, lambda: LOOP.submit(self._listen())))
        elif LOOP.runs:
            LOOP.submit(self._listen()).result()
        if self.behaviour.exit_after is not None:
            self._timers.append(CLOCK.after(self.behaviour.exit_after, self._exit))

    def stop(self) -> None:
        """As a program does at SIGTERM: it takes no new connection, and ends those that it has once they are answered."""
        self._end(self._close())

    def _exit(self) -> Future[Any] | None:
        code = self.behaviour.exit_code
        self._log(f"{self.version} ends with exit code {code}")
        ended = self._end(self._abort())
        if self._on_exit:
            self._on_exit(self.target_id, code, "Essential container in task exited")
        return ended

    def _end(self, how: Any) -> Future[Any] | None:
        self._ended = True
        for timer in self._timers:
            timer.cancel()
        if LOOP.runs:
            return LOOP.submit(how)
        how.close()
        return None

    async def _listen(self) -> None:
        if not self._ended:
            self._listening = await asyncio.start_server(self._connection, LOOPBACK, 0)
            self._log(f"{self.version} listens")

    async def _close(self) -> None:
        if self._listening:
            self._listening.close()
            self._listening = None
        for writer in self._idle:
            writer.close()

    async def _abort(self) -> None:
        await self._close()
        for writer in self._all:
            writer.transport.abort()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._all.add(writer)
        try:
            with contextlib.suppress(ConnectionError, BadMessage, CutOff, asyncio.CancelledError):
                while await self._exchange(reader, writer):
                    await writer.drain()
        finally:
            self._all.discard(writer)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request; whether the connection stays."""
        self._idle.add(writer)
        try:
            head = await read_head(reader)
        finally:
            self._idle.discard(writer)
        if head is None:
            return False
        async for _data in pieces(reader, request_body(head)):
            pass
        answer = await self._answer(head)
        stays = head.stays(head.words[2]) and not self._ended
        writer.write(answer if stays else answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        return stays

    async def _answer(self, head: Head) -> bytes:
        behaviour = self.behaviour
        if head.get("user-agent") == HEALTH_CHECKER:
            well = behaviour.is_well(CLOCK.monotonic() - self._began)
            return self._said("200 OK" if well else "503 Service Unavailable")
        if behaviour.latency_ms:
            await asyncio.sleep(behaviour.latency_ms / 1000)
        if SHARES.fails(self.version, behaviour.error_rate):
            self._log(f"{self.version} answers 500 to {head.words[0]} {head.words[1]}")
            return self._said("500 Internal Server Error")
        return self._said("200 OK", body=head.words[0] != "HEAD")

    def _said(self, status: str, body: bool = True) -> bytes:
        text = f"{self.version}\n"
        fields = [("Content-Type", "text/plain"), ("Content-Length", str(len(text))), ("Version", self.version), ("Target", self.target_id)]
        head = written(f"HTTP/1.1 {status}", fields)
        return head + text.encode() if body else head


async def connect(ip: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to a place of a VPC. Raises TimeoutError where nobody is, ConnectionError where nothing listens."""
    place = PLACES.get((ip, port))
    if place is None:
        raise TimeoutError(f"nobody is at {ip}:{port}")
    address = place.address
    if address is None:
        raise ConnectionRefusedError(f"nothing listens at {ip}:{port}")
    return await asyncio.open_connection(*address)
