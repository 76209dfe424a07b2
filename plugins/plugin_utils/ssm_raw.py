# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands on a host that has no Python: each by a session of its own, with its return code and its two streams apart.

The document AWS-StartNonInteractiveCommand splits its command into words and runs it without a shell or a terminal, so the command is
``sh -c``. It is a parameter of StartSession, so CloudTrail keeps it: nothing secret belongs there. What comes back passes the
agent's splitter of UTF-8, which is not clean, so it is encoded where the host can do that.
"""

from __future__ import annotations

import binascii
import string
import threading
import time
import typing as t

from .ssm_control import SessionEnded
from .ssm_control import SsmError
from .ssm_frames import quoted
from .ssm_session import Session

DOCUMENT = "AWS-StartNonInteractiveCommand"
#: What StartSession takes as a parameter's value at most.
LONGEST = 65535
#: Characters that mean nothing to whatever reads the command on its way: the document's braces, the agent's words, the shell.
PLAIN = frozenset((string.ascii_letters + string.digits + " _./=:,@+-").encode())
#: What runs the command: its first word on standard output says how both streams are encoded. The return code takes a way of its own.
SCRIPT = (
    "c=$(printf %%b \"%s\"); if command -v base64 >/dev/null; then e=base64; else e=cat; fi; echo $e; exec 5>&1 6>&2; "
    "s=$({ { { sh -c \"$c\" </dev/null 3>&- 4>&- 5>&- 6>&-; echo $? >&3; } 2>&4 | $e >&5; } 4>&1 | $e >&6; } 3>&1); exit $s"
)


class TooLong(Exception):
    """A command does not fit into a parameter of StartSession."""


def line(command: bytes) -> str:
    """The document's parameter that runs a command."""
    octal = "".join(chr(byte) if byte in PLAIN else f"\\0{byte:03o}" for byte in command)
    told = f"sh -c '{SCRIPT % octal}'"
    if len(told) > LONGEST:
        raise TooLong(f"the command is {len(command)} bytes long, and without Python on the host it has to fit into a parameter of StartSession")
    return told


class RawCommand:
    """One command by one session, which ends with it. ``open_session`` begins a session by document and parameters."""

    def __init__(self, open_session: t.Callable[[str, dict[str, list[str]]], Session], command: bytes, timeout: float | None):
        self._deadline = time.monotonic() + timeout if timeout else None
        self._open, self._line = open_session, line(command)
        self._end = threading.Event()

    def end(self) -> None:
        """End it, and what it began."""
        self._end.set()

    def run(self) -> tuple[dict[str, t.Any], bytes, bytes]:
        """How it ended, as the helper says it (``status`` or ``why``), its standard output and error. Raises SsmError."""
        session = self._open(DOCUMENT, {"command": [self._line], "separateOutputStream": ["True"]})
        heard = {"stdout": bytearray(), "stderr": bytearray(), "exit": bytearray()}
        why = ""
        try:
            while not heard["exit"]:
                if self._end.is_set() or self._deadline and time.monotonic() > self._deadline:
                    why = "asked" if self._end.is_set() else "timeout"
                    break
                said = session.receive(0.2)
                if said:
                    heard[said[0]] += said[1]
        except SessionEnded:
            if not heard["exit"]:
                raise
        finally:
            session.close()
        if why:
            return {"why": why}, b"", b""
        return {"status": int(heard["exit"])}, *_decoded(bytes(heard["stdout"]), bytes(heard["stderr"]))


def _decoded(output: bytes, errors: bytes) -> tuple[bytes, bytes]:
    encoding, _line, rest = output.partition(b"\n")
    if encoding.strip() == b"cat":
        return rest, errors
    try:
        if encoding.strip() == b"base64":
            return binascii.a2b_base64(rest), binascii.a2b_base64(errors)
    except binascii.Error as error:
        raise SsmError(f"What the host said came back garbled ({error}): {quoted(output)}") from error
    raise SsmError(f"The host ran something else than the command: {quoted(output + errors)}")
