# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The agent's way with output that is no UTF-8: it sends runes, and what it cannot read as one it mangles or keeps. Pure.

After processStdoutData of its session/shell, which reads by Go's utf8.DecodeRune.
"""
from __future__ import annotations

import re

#: Go's UTFMax: an unreadable byte so near the end may be a rune that has not yet come whole.
_LONGEST = 4
#: What DecodeRune takes for a rune: no overlong forms, no surrogates, nothing above U+10FFFF.
_RUNE = re.compile(
    rb"[\x00-\x7f]+|(?:[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})"
)
_REPLACEMENT = "\ufffd".encode()


class RuneSplitter:
    """Takes output piece by piece. What is left over at the end is lost, as with the agent."""

    def __init__(self) -> None:
        self._kept = b""

    def split(self, piece: bytes) -> bytes:
        """What is sent of all that has come."""
        if not self._kept and piece.isascii():
            return piece
        given, done, at = self._kept + piece, bytearray(), 0
        while at < len(given):
            found = _RUNE.match(given, at)
            if found and found[0] != _REPLACEMENT:
                done += found[0]
                at = found.end()
            elif len(given) - at < _LONGEST:
                break
            else:
                # One byte is kept, and as many are left behind as were read: a true U+FFFD loses two.
                done += given[at : at + 1]
                at = found.end() if found else at + 1
        self._kept = given[at:]
        return bytes(done)
