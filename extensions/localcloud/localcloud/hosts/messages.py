# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The messages of the data channel, as the agent writes and reads them.

Of its own, and not the collection's: where the two differ, one of them is wrong. Source: the agent's session/contracts.
"""
from __future__ import annotations

import hashlib
import json
import struct
import time
import uuid
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

# Offset of the payload's length, type, schema, created (ms), sequence, flags, id, digest, payload type, payload length.
_HEADER = struct.Struct(">I32sIQqQ16s32sII")
_LENGTH_AT = 116
#: Bytes of a message at most; a terminal's agent takes that much (a mebibyte), and writes a kibibyte.
MOST = (1 << 20) + _HEADER.size

INPUT, OUTPUT, ACKNOWLEDGE = "input_stream_data", "output_stream_data", "acknowledge"
CLOSED, PAUSE, START = "channel_closed", "pause_publication", "start_publication"
SYN, SYN_FIN = 1, 3


class Payload(IntEnum):
    """What a stream message holds."""

    NOTHING = 0
    OUTPUT = 1
    ERROR = 2
    SIZE = 3
    PARAMETER = 4
    HANDSHAKE_REQUEST = 5
    HANDSHAKE_RESPONSE = 6
    HANDSHAKE_COMPLETE = 7
    CHALLENGE_REQUEST = 8
    CHALLENGE_RESPONSE = 9
    FLAG = 10
    STDERR = 11
    EXIT_CODE = 12


class BadMessage(ValueError):
    """A frame that is no message; says why."""


@dataclass(frozen=True)
class Message:
    """One message; times are milliseconds since the epoch."""

    kind: str
    payload: bytes = b""
    sequence: int = 0
    flags: int = SYN_FIN
    payload_type: int = Payload.NOTHING
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    created: int = field(default_factory=lambda: int(time.time() * 1000))

    def pack(self, padding: bytes = b" ") -> bytes:
        kind = self.kind.encode().ljust(32, padding)
        digest = hashlib.sha256(self.payload).digest()
        head = (_LENGTH_AT, kind, 1, self.created, self.sequence, self.flags, _swapped(self.id.bytes), digest, self.payload_type, len(self.payload))
        return _HEADER.pack(*head) + self.payload

    @classmethod
    def unpack(cls, frame: bytes) -> Message:
        """Raises BadMessage for what the agent does not take, and for a digest that is not the payload's, which the client checks."""
        if len(frame) < _HEADER.size:
            raise BadMessage(f"{len(frame)} bytes are no message")
        length_at, kind, _schema, created, sequence, flags, id, digest, payload_type, length = _HEADER.unpack_from(frame)
        payload, name = frame[length_at + 4 :], kind.rstrip(b" \0").decode("ascii", "replace")
        if length_at < _LENGTH_AT or not name or not created:
            raise BadMessage("HeaderLength, MessageType and CreatedDate must be set")
        if len(payload) != length or (length and digest != hashlib.sha256(payload).digest()):
            raise BadMessage("PayloadLength and PayloadDigest must be the payload's")
        return cls(name, payload, sequence, flags, payload_type, uuid.UUID(bytes=_swapped(id)), created)


def _swapped(id: bytes) -> bytes:
    """The low half of a UUID comes first."""
    return id[8:] + id[:8]


def acknowledgement(message: Message) -> bytes:
    """The frame that says that a message has come."""
    said = {
        "AcknowledgedMessageType": message.kind,
        "AcknowledgedMessageId": str(message.id),
        "AcknowledgedMessageSequenceNumber": message.sequence,
        "IsSequentialMessage": True,
    }
    return Message(ACKNOWLEDGE, json.dumps(said).encode()).pack()


def channel_closed(session_id: str, output: str) -> bytes:
    """The frame that ends a session; `output` is the reason where something failed. The service pads its type with NUL."""
    message_id, now = uuid.uuid4(), int(time.time() * 1000)
    said: dict[str, Any] = {"MessageId": str(message_id), "CreatedDate": str(now), "DestinationId": session_id, "SessionId": session_id}
    said |= {"MessageType": CLOSED, "SchemaVersion": 1, "Output": output}
    return Message(CLOSED, json.dumps(said).encode(), id=message_id, created=now).pack(padding=b"\0")
