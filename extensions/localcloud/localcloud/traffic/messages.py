# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTP/1.1 messages on a stream: their heads, and how their bodies are framed (RFC 9112)."""
from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from typing import NamedTuple

HEAD_LIMIT = 65536
_PIECE = 65536
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*)")
#: What concerns one connection alone, and is not passed on (RFC 9110, 7.6.1).
HOP_BY_HOP = frozenset(("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"))

Fields = list[tuple[str, str]]


class BadMessage(Exception):
    """What came is no HTTP/1.1; `status` is what a server says to it."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class CutOff(Exception):
    """The other side went away in the middle of a message."""


class Body(NamedTuple):
    """How a body is framed: `none`, `length` (in bytes), `chunked`, or until the other side closes (`close`)."""

    kind: str
    length: int = 0


NONE, CHUNKED, CLOSE = Body("none"), Body("chunked"), Body("close")


class Head:
    """The first line's three words, and the fields as they came."""

    __slots__ = ("_values", "fields", "words")

    def __init__(self, words: tuple[str, str, str], fields: Fields) -> None:
        self.words, self.fields = words, fields
        self._values: dict[str, str] = {}
        for name, value in fields:
            key = name.lower()
            self._values[key] = f"{self._values[key]}, {value}" if key in self._values else value

    def get(self, name: str) -> str:
        """A field's value by its name in lower case; of several, their values with commas between; "" for none."""
        return self._values.get(name, "")

    def all(self, name: str) -> list[str]:
        """The value of each field of that name, in lower case."""
        return [value for each, value in self.fields if each.lower() == name]

    def end_to_end(self) -> Fields:
        """The fields that go on to the next one."""
        listed = self.get("connection").lower()
        dropped = HOP_BY_HOP if listed in ("", "keep-alive", "close") else HOP_BY_HOP | {one.strip() for one in listed.split(",")}
        return [field for field in self.fields if field[0].lower() not in dropped]

    def stays(self, version: str) -> bool:
        """Whether the connection is to be kept after this message, in the version that it speaks."""
        asked = self.get("connection").lower()
        return "keep-alive" in asked if version == "HTTP/1.0" else "close" not in asked


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """The next message's head; None where the other side closed before it began one. Raises BadMessage."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as cut:
        if not cut.partial:
            return None
        raise BadMessage("the head was cut off") from cut
    except asyncio.LimitOverrunError as long:
        raise BadMessage("the head is too long") from long
    first, *lines = raw[:-4].decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    found = [_FIELD.fullmatch(line) for line in lines]
    if len(words) < 2 or not all(found):
        raise BadMessage("the head is malformed")
    words.append("")
    return Head((words[0], words[1], words[2]), [(field[1], field[2].rstrip(" \t")) for field in found if field])


def request_body(head: Head) -> Body:
    """Raises BadMessage: 501 for a coding that nobody can undo here, 400 for a length that is none, or one beside a coding."""
    coding, length = head.get("transfer-encoding"), head.get("content-length")
    if coding and coding.lower() != "chunked":
        raise BadMessage(f"no such transfer coding: {coding}", 501)
    if (coding and length) or (length and not length.isdecimal()):
        raise BadMessage("the body's length is ambiguous")
    return CHUNKED if coding else Body("length", int(length)) if length and int(length) else NONE


def response_body(head: Head, method: str) -> Body:
    """Raises BadMessage for a length that is none."""
    if method == "HEAD" or head.words[1] in ("204", "304"):
        return NONE
    if head.get("transfer-encoding").lower() == "chunked":
        return CHUNKED
    length = head.get("content-length")
    if not length:
        return CLOSE
    if not length.isdecimal():
        raise BadMessage("the body's length is none")
    return Body("length", int(length)) if int(length) else NONE


async def pieces(reader: asyncio.StreamReader, body: Body) -> AsyncIterator[bytes]:
    """A body's bytes as they come, its framing taken off. Raises CutOff where it ends too soon, BadMessage where its chunks are none."""
    left = body.length
    while body.kind in ("close", "length") and (left or body.kind == "close"):
        data = await reader.read(min(left, _PIECE) or _PIECE)
        if not data and body.kind == "length":
            raise CutOff
        if not data:
            return
        left -= len(data) if left else 0
        yield data
    if body.kind == "chunked":
        async for data in _chunks(reader):
            yield data


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    try:
        while size := _size(await reader.readuntil(b"\r\n")):
            while size:
                data = await reader.readexactly(min(size, _PIECE))
                size -= len(data)
                yield data
            if await reader.readexactly(2) != b"\r\n":
                raise BadMessage("a chunk does not end where it says")
        while await reader.readuntil(b"\r\n") != b"\r\n":
            pass  # trailer fields are not passed on
    except asyncio.IncompleteReadError as cut:
        raise CutOff from cut
    except asyncio.LimitOverrunError as long:
        raise BadMessage("a chunk's line is too long") from long


def _size(line: bytes) -> int:
    try:
        return int(line.partition(b";")[0].strip(), 16)
    except ValueError as problem:
        raise BadMessage("a chunk has no size") from problem


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body; of nothing, the last one."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def written(first: str, fields: Iterable[tuple[str, str]]) -> bytes:
    """A head as it goes over the wire."""
    return "".join([first, "\r\n", *[f"{name}: {value}\r\n" for name, value in fields], "\r\n"]).encode("latin-1")
