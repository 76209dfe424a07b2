# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's side of the helper's frames (ssm_helper.py): how the helper comes to the host, and how to read what it says.

The command of a session is short and always the same, for it is in CloudTrail. It puts the terminal in raw mode, says that it is
ready, and runs the program that it is then sent.
"""

from __future__ import annotations

import binascii
import functools
import json
import struct
import typing as t
import zlib
from pathlib import Path

from . import ssm_helper

#: What the command says before it takes anything; and what it says where the host has no Python. Each may stand after a document's own words.
READY, NO_PYTHON = b"groundwork-ready-1\n", b"groundwork-no-python"
#: Where a host's Python may be. The second is that of Red Hat's family for its own tools.
PYTHONS = "python3 /usr/libexec/platform-python /usr/local/bin/python3"
#: Seconds for the program to come, once the command is ready.
COMING = 60
#: Seconds for which a host without Python waits to be heard: what ends at once may end before anybody listens.
LINGER = 10
#: Characters of what a host said that an error quotes.
QUOTED = 500


@functools.cache
def program(silence: float) -> bytes:
    """The helper as it is sent, to end after so many seconds without a word."""
    text = Path(ssm_helper.__file__).read_bytes()
    return zlib.compress(text + f"\n\nserve({silence!r})\n".encode(), 9)


def loader(silence: float) -> str:
    """The command of a session, as it is given to a shell on a terminal. It holds no newline and no brace, which a document would read."""
    size = len(program(silence))
    python = (
        f'import os,signal,sys,tty,zlib;tty.setraw(0);signal.alarm({COMING});os.write(1,b"{READY.decode().strip()}"+bytes([10]));b=bytearray();'
        f"[b.extend(os.read(0,{size}-len(b))or sys.exit())for _ in iter(lambda:len(b)<{size},False)];"
        'exec(compile(zlib.decompress(bytes(b)),"groundwork-helper","exec"))'
    )
    words = NO_PYTHON.decode()
    return f"for p in {PYTHONS}; do command -v $p >/dev/null 2>&1 && exec $p -I -S -c '{python}'; done; echo {words}; sleep {LINGER}"


def request(kind: int, asked: dict[str, t.Any], rest: bytes) -> bytes:
    """The frame that asks for a piece of work; a number is put in later. ``rest`` is the command or the path."""
    return ssm_helper.pack(0, kind, json.dumps(asked).encode() + b"\n" + rest)


def numbered(frame: bytes, number: int) -> bytes:
    """The same frame, of another piece of work."""
    return ssm_helper.AMOUNT.pack(number) + frame[ssm_helper.AMOUNT.size :]


def kind_of(frame: bytes) -> int:
    return ssm_helper.HEAD.unpack_from(frame)[1]


def number_of(frame: bytes) -> int:
    return ssm_helper.HEAD.unpack_from(frame)[0]


def opened(frame: bytes) -> tuple[int, bytes]:
    """The kind and the payload of a frame. A garbled one is a ValueError."""
    ((_number, kind, payload),) = ssm_helper.Frames().feed(frame)
    return kind, payload


class Lines:
    """Takes the helper's frames, packed, out of what a session says. What is no line of its is a ValueError that quotes it."""

    def __init__(self) -> None:
        self.left = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that are whole by now."""
        self.left += data
        *lines, rest = self.left.split(b"\n")
        self.left = rest
        return [self._frame(bytes(line)) for line in lines if line.strip()]

    def _frame(self, line: bytes) -> bytes:
        try:
            frame = binascii.a2b_base64(line, strict_mode=True)
            *_which, length, check = ssm_helper.HEAD.unpack_from(frame)
            body = frame[ssm_helper.HEAD.size :]
        except (binascii.Error, struct.error) as error:
            raise ValueError(f"the helper said something that is no frame ({error}): {quoted(line)}") from error
        if len(body) != length or zlib.crc32(body) != check:
            raise ValueError(f"a frame of the helper was garbled on its way: {quoted(line)}")
        return frame


def quoted(said: bytes) -> str:
    """What a host said, for an error."""
    text = said.decode(errors="replace").strip()
    return repr(text[-QUOTED:]) if text else "nothing"
