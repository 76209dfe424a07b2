# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A request's way to its target, and the answer's way back."""
from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass

from .groups import Link, Target
from .messages import NONE, BadMessage, Body, Fields, Head, chunk, pieces, read_head, response_body
from .servers import connect

CONNECT_SECONDS = 10
_ANSWER_LIMIT = 32768


class NoAnswer(Exception):
    """The target gave none: `status` is what the client is told (502, 504), `connected` whether there was a connection."""

    def __init__(self, status: int, connected: bool = True) -> None:
        super().__init__(status)
        self.status, self.connected = status, connected


class TooSlow(Exception):
    """The client did not send its body in time."""


@dataclass
class Reply:
    """A target's answer, of which the head is there: seconds that it took, the body on its way, and what is still being sent to the
    target, which may answer before it has all of it."""

    head: Head
    body: Body
    seconds: float
    link: Link
    sending: asyncio.Task[None] | None

    @property
    def status(self) -> int:
        return int(self.head.words[1])


def fields_for_target(head: Head, body: Body, attributes: Mapping[str, str], source: tuple[str, int], door: tuple[str, int]) -> Fields:
    """What the target gets: the client's fields, and those by which it knows who asked. `source` and `door` are address or protocol, and port.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
    """
    ours = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-port", "x-amzn-trace-id"}
    fields = [field for field in head.end_to_end() if field[0].lower() not in ours and field[0].lower() != "expect"]
    if attributes.get("routing.http.drop_invalid_header_fields.enabled") == "true":
        fields = [field for field in fields if field[0].replace("-", "").isalnum()]
    if body.kind == "chunked":
        fields.append(("Transfer-Encoding", "chunked"))
    port = f":{source[1]}" if attributes.get("routing.http.xff_client_port.enabled") == "true" else ""
    before, mode = head.get("x-forwarded-for"), attributes.get("routing.http.xff_header_processing.mode", "append")
    after = {"append": f"{before}, {source[0]}{port}" if before else f"{source[0]}{port}", "preserve": before, "remove": ""}[mode]
    root = f"1-{int(time.time()):08x}-{random.getrandbits(96):024x}"
    trace = head.get("x-amzn-trace-id")
    fields += [("X-Forwarded-For", after)] if after else []
    fields += [("X-Forwarded-Proto", door[0]), ("X-Forwarded-Port", str(door[1]))]
    return [*fields, ("X-Amzn-Trace-Id", f"Self={root};{trace}" if trace else f"Root={root}")]


async def ask(target: Target, first: bytes, method: str, client: asyncio.StreamReader, body: Body, seconds: float) -> Reply:
    """Send a request, and wait for the head of its answer: `seconds` for each side to say something.

    Raises NoAnswer; CutOff where the client went away, TooSlow where it does not send its body, BadMessage where that is none.
    """
    link = await _link(target)
    target.busy.add(link)
    began, sending = time.perf_counter(), None
    try:
        link[1].write(first)
        if body is not NONE:
            sending = asyncio.create_task(send(client, body, link[1], seconds, body.kind == "chunked"))
        head = await (_answer_meanwhile(link[0], sending, seconds) if sending else _answer(link[0], seconds))
        return Reply(head, response_body(head, method), time.perf_counter() - began, link, None if sending is None or sending.done() else sending)
    except BaseException as end:
        await release(target, link, sending, whole=False)
        if isinstance(end, TimeoutError):
            raise NoAnswer(504) from end
        if isinstance(end, ConnectionError):
            raise NoAnswer(502) from end
        raise


async def _link(target: Target) -> Link:
    while target.idle:
        link = target.idle.pop()
        if not link[0].at_eof() and not link[1].is_closing():
            return link
        link[1].close()
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await connect(target.ip, target.key.port)
    except TimeoutError as late:
        raise NoAnswer(504, connected=False) from late
    except OSError as refused:
        raise NoAnswer(502, connected=False) from refused


async def release(target: Target, link: Link, sending: asyncio.Task[None] | None, whole: bool) -> None:
    """Done with a connection: kept for the next request where the answer was `whole` and the target stays, and has all that it was sent."""
    target.busy.discard(link)
    if sending:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    if whole and not sending and not target.leaves:
        target.idle.append(link)
    else:
        link[1].close()


async def _answer(reader: asyncio.StreamReader, seconds: float | None) -> Head:
    """The head of an answer, those that only say that one will come (1xx) left out. Raises TimeoutError, NoAnswer."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                head = await read_head(reader)
            except BadMessage as rubbish:
                raise NoAnswer(502) from rubbish
            if head is None or not head.words[0].startswith("HTTP/1.") or len(head.words[1]) != 3 or not head.words[1].isdecimal():
                raise NoAnswer(502)
            if sum(len(name) + len(value) for name, value in head.fields) > _ANSWER_LIMIT:
                raise NoAnswer(502)
            if head.words[1][0] != "1":
                return head


async def _answer_meanwhile(reader: asyncio.StreamReader, sending: asyncio.Task[None], seconds: float) -> Head:
    """The same, while the body is sent, which counts for nothing in `seconds`. Raises what its sending does, too."""
    answering = asyncio.create_task(_answer(reader, None))
    try:
        await asyncio.wait({sending, answering}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            with contextlib.suppress(ConnectionError):  # the target takes no more of it; it may still say why
                await sending
            async with asyncio.timeout(seconds):
                await answering
        return answering.result()
    finally:
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)


async def send(reader: asyncio.StreamReader, body: Body, writer: asyncio.StreamWriter, seconds: float, chunked: bool) -> None:
    """Pass a body on as it comes. Raises CutOff, BadMessage, ConnectionError; TooSlow where nothing comes for that long."""
    parts = pieces(reader, body)
    while True:
        try:
            async with asyncio.timeout(seconds):
                data = await anext(parts, None)
        except TimeoutError as late:
            raise TooSlow from late
        if data is None:
            break
        writer.write(chunk(data) if chunked else data)
        await writer.drain()
    if chunked:
        writer.write(chunk(b""))
