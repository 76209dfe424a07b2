# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A load balancer's listener: a door on loopback, and what happens to each request that comes through it.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html says which cause has which status.
"""
from __future__ import annotations

import asyncio
import contextlib
import http.client
from collections.abc import Mapping
from dataclasses import dataclass

from . import cookies
from .forwarding import NoAnswer, Reply, TooSlow, ask, fields_for_target, release, send
from .groups import Group, Target
from .loop import LOOPBACK
from .messages import HEAD_LIMIT, NONE, BadMessage, Body, CutOff, Fields, Head, read_head, request_body, written
from .metrics import METRICS, Meter
from .rules import Answer, Forward, Redirect, Request, Rule, chosen
from .servers import Address

_FIELD_LIMIT = 16384
_MOST_FORWARDERS = 30
#: Stands for a request that is no good: an old client's, whose connection ends.
_REFUSED = Head(("GET", "/", "HTTP/1.0"), [])
_REASONS = {460: "Client Closed Connection", 463: "Too Many IP Addresses", 561: "Unauthorized", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}


@dataclass(frozen=True)
class Listener:
    """As it stands now: `balancer` is the ARN of its load balancer, `attributes` are that one's, `rules` come by their priority."""

    arn: str
    balancer: str
    protocol: str
    port: int
    rules: tuple[Rule, ...]
    attributes: Mapping[str, str]

    @property
    def idle_seconds(self) -> float:
        return float(self.attributes.get("idle_timeout.timeout_seconds", 60))


@dataclass
class Exchange:
    """One request and its answer: both ends of the client's connection, the request, and the listener as it stood when it came."""

    listener: Listener
    meter: Meter
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    request: Request
    body: Body
    port: int

    @property
    def head(self) -> Head:
        return self.request.head

    @property
    def stays(self) -> bool:
        """Whether the client wants to keep its connection."""
        return self.head.stays(self.head.words[2])

    def say(self, status: int, fields: Fields, text: str) -> bool:
        """An answer of the load balancer's own; whether the connection stays. What it was sent is not read, so a body ends it."""
        stays = self.stays and self.body is NONE
        fields = [("Server", "awselb/2.0"), *fields, ("Content-Length", str(len(text.encode()))), ("Connection", "keep-alive" if stays else "close")]
        self.writer.write(written(f"HTTP/1.1 {status} {reason(status)}", fields) + (b"" if self.head.words[0] == "HEAD" else text.encode()))
        return stays

    def refuse(self, status: int) -> bool:
        """Say what is wrong, as a page, and count it."""
        self.meter.add(f"HTTPCode_ELB_{status // 100}XX_Count")
        if status in (500, 502, 503, 504):
            self.meter.add(f"HTTPCode_ELB_{status}_Count")
        return self.say(status, [("Content-Type", "text/html")], page(status))


def reason(status: int) -> str:
    """The words beside a status."""
    return _REASONS.get(status) or http.client.responses.get(status, "")


def page(status: int) -> str:
    """What a load balancer says about an error."""
    line = f"{status} {reason(status)}"
    return f"<html>\r\n<head><title>{line}</title></head>\r\n<body>\r\n<center><h1>{line}</h1></center>\r\n</body>\r\n</html>\r\n"


class Door:
    """A listener's port on loopback. `listener` may be replaced at any time: each request is decided by the one that stands when it comes."""

    def __init__(self, listener: Listener, groups: Mapping[str, Group]) -> None:
        self.listener, self._groups = listener, groups
        self._meter = METRICS.meter(listener.balancer)
        self._clients: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._connection, LOOPBACK, 0, limit=HEAD_LIMIT)
        self.address: Address = self._server.sockets[0].getsockname()

    async def close(self) -> None:
        self._server.close()
        for writer in self._clients:
            writer.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        self._meter.add("NewConnectionCount")
        try:
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):  # the latter at the loop's end, which a stream's own task would report
                while await self._exchange(reader, writer):
                    await writer.drain()
        finally:
            self._clients.discard(writer)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request; whether the connection stays."""
        source, port = writer.get_extra_info("peername")
        head, body, status = _REFUSED, NONE, 0
        try:
            async with asyncio.timeout(self.listener.idle_seconds):
                came = await read_head(reader)
            if came is None:
                return False
            object_to(came)
            head, body = came, request_body(came)
        except TimeoutError:
            return False
        except BadMessage as bad:
            status = bad.status
        path, _mark, query = head.words[1].partition("?")
        exchange = Exchange(self.listener, self._meter, reader, writer, Request(head, path, query, source), body, port)
        return exchange.refuse(status) if status else await self._act(exchange)

    async def _act(self, exchange: Exchange) -> bool:
        listener = exchange.listener
        action = chosen(listener.rules, exchange.request).action
        if isinstance(action, Redirect):
            self._meter.add("HTTP_Redirect_Count")
            self._meter.add("HTTPCode_ELB_3XX_Count")
            to = action.location(exchange.request, listener.protocol, listener.port)
            return exchange.say(action.status, [("Content-Type", "text/html"), ("Location", to)], page(action.status))
        if isinstance(action, Answer) and action.body is None:
            return exchange.refuse(action.status)
        if isinstance(action, Answer):
            self._meter.add("HTTP_Fixed_Response_Count")
            return exchange.say(action.status, [("Content-Type", action.content_type)], action.body or "")
        group, target, sticking = self._choose(action, exchange.head)
        if group is None or target is None:
            return exchange.refuse(503)
        return await _forward(exchange, group, target, sticking)

    def _choose(self, action: Forward, head: Head) -> tuple[Group | None, Target | None, Fields]:
        """The group and its target, and the cookies by which the client stays with them."""
        arns = [arn for arn, _weight in action.groups]
        arn = (action.sticky and cookies.held(cookies.GROUP, head, arns)) or action.turns.next()
        group = self._groups.get(arn or "")
        if arn is None or group is None:
            return None, None, []
        sticking = cookies.given(cookies.GROUP, arn, action.sticky) if action.sticky else []
        seconds, target = group.settings.sticky, None
        if seconds:
            named = {f"{arn} {each.key.id}:{each.key.port}": each for each in group.serving}
            target = named.get(cookies.held(cookies.TARGET, head, named) or "")
        target = target or group.next()
        if seconds and target:
            sticking += cookies.given(cookies.TARGET, f"{arn} {target.key.id}:{target.key.port}", seconds)
        return group, target, sticking


def object_to(head: Head) -> None:
    """Raises BadMessage, with its status, for a request for which no target is asked."""
    method, target, version = head.words
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        raise BadMessage(f"no such version: {version}", 505 if version.startswith("HTTP/") else 400)
    if len(target) > _FIELD_LIMIT:
        raise BadMessage("the address is too long", 414)
    if any(len(name) + len(value) > _FIELD_LIMIT for name, value in head.fields):
        raise BadMessage("a field is too long")
    if not target.startswith("/") and target != "*":
        raise BadMessage("the address is none")
    if version == "HTTP/1.1" and len(head.all("host")) != 1:
        raise BadMessage("one Host there must be")
    if method == "TRACE":
        raise BadMessage("no TRACE", 405)
    if head.get("x-forwarded-for").count(",") >= _MOST_FORWARDERS:
        raise BadMessage("too many forwarders", 463)


# -- to a target and back --------------------------------------------------------------------------------------


async def _forward(exchange: Exchange, group: Group, target: Target, sticking: Fields) -> bool:
    head, listener = exchange.head, exchange.listener
    meters = (exchange.meter, METRICS.meter(listener.balancer, group.arn))
    for meter in meters:
        meter.add("RequestCount")
    meters[1].add("RequestCountPerTarget", 1 / max(1, len(group.targets)))
    if head.get("expect").lower() == "100-continue":
        exchange.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    source, door = (exchange.request.source, exchange.port), (listener.protocol.lower(), listener.port)
    first = written(f"{head.words[0]} {head.words[1]} HTTP/1.1", fields_for_target(head, exchange.body, listener.attributes, source, door))
    try:
        reply = await ask(target, first, head.words[0], exchange.reader, exchange.body, listener.idle_seconds)
    except NoAnswer as none:
        for meter in () if none.connected else meters:
            meter.add("TargetConnectionErrorCount")
        return exchange.refuse(none.status)
    except CutOff:
        exchange.refuse(460)
        return False
    except TooSlow:
        return exchange.refuse(408)
    except BadMessage as bad:
        return exchange.refuse(bad.status)
    for meter in meters:
        meter.add(f"HTTPCode_Target_{reply.status // 100}XX_Count")
        meter.add("TargetResponseTime", reply.seconds)
    whole = False
    try:
        whole = await _pass_on(exchange, reply, sticking)
    finally:
        await release(target, reply.link, reply.sending, whole and reply.head.stays(reply.head.words[0]))
    return whole and exchange.stays and reply.sending is None


async def _pass_on(exchange: Exchange, reply: Reply, sticking: Fields) -> bool:
    """Give the client the target's answer; whether all of it came."""
    old, writer = exchange.head.words[2] == "HTTP/1.0", exchange.writer
    unknown = reply.body.kind in ("chunked", "close")
    stays = exchange.stays and reply.sending is None and not (unknown and old)
    fields = [*reply.head.end_to_end(), *sticking, ("Connection", "keep-alive" if stays else "close")]
    if unknown and not old:
        fields.append(("Transfer-Encoding", "chunked"))
    writer.write(written(f"HTTP/1.1 {reply.head.words[1]} {reply.head.words[2]}", fields))
    try:
        await send(reply.link[0], reply.body, writer, exchange.listener.idle_seconds, unknown and not old)
    except (CutOff, BadMessage, TooSlow):
        return False
    if writer.is_closing():
        exchange.meter.add("HTTPCode_ELB_4XX_Count")  # 460: nobody waits for it any more
    return not (unknown and old)
