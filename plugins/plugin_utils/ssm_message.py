# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Messages of Session Manager's data channel: one binary websocket frame each, all integers big-endian.

The layout is that of AWS's own agent and client (``agent/session/contracts/agentmessage.go``, ``src/message/messageparser.go``).
"""

from __future__ import annotations

import hashlib
import json
import struct
import time
import typing as t
import uuid
from dataclasses import dataclass
from dataclasses import field

#: Types of messages. The first two are the streams; they alone are counted, acknowledged and sent again.
INPUT, OUTPUT = "input_stream_data", "output_stream_data"
ACKNOWLEDGE, CLOSED = "acknowledge", "channel_closed"
START, PAUSE = "start_publication", "pause_publication"

#: Flags of a message: the first of a stream, the last of a stream. What stands outside a stream bears both.
SYN, FIN = 1, 2


class PayloadType:
    """What the payload of a stream message is."""

    NONE = 0
    OUTPUT = 1
    ERROR = 2
    HANDSHAKE_REQUEST = 5
    HANDSHAKE_RESPONSE = 6
    HANDSHAKE_COMPLETE = 7
    CHALLENGE_REQUEST = 8
    CHALLENGE_RESPONSE = 9
    STDERR = 11
    EXIT_CODE = 12


#: HeaderLength, MessageType, SchemaVersion, CreatedDate, SequenceNumber, Flags, MessageId, PayloadDigest, PayloadType, PayloadLength
HEADER = struct.Struct(">I32sIQqQ16s32sII")
#: What HeaderLength says: where PayloadLength stands, which is the last field.
HEADER_LENGTH = HEADER.size - 4
SCHEMA_VERSION = 1


class Malformed(ValueError):
    """A frame that is no message. Says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``created`` is in milliseconds since the epoch; ``payload`` is as sent, which may be encrypted."""

    type: str
    payload: bytes = b""
    sequence: int = 0
    flags: int = 0
    payload_type: int = PayloadType.NONE
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    created: int = field(default_factory=lambda: time.time_ns() // 1_000_000)

    def encode(self) -> bytes:
        """The message as a frame."""
        head = HEADER.pack(
            HEADER_LENGTH,
            self.type.encode("ascii").ljust(32),
            SCHEMA_VERSION,
            self.created,
            self.sequence,
            self.flags,
            _swapped(self.id.bytes),
            hashlib.sha256(self.payload).digest(),
            self.payload_type,
            len(self.payload),
        )
        return head + self.payload

    @classmethod
    def decode(cls, frame: bytes) -> Message:
        """The message in a frame; raises Malformed where an official reader would refuse it, too."""
        if len(frame) < HEADER.size:
            raise Malformed(f"{len(frame)} bytes are no message")
        length, kind, _schema, created, sequence, flags, id_, digest, payload_type, payload_length = HEADER.unpack_from(frame)
        type_ = kind.rstrip(b" \0").decode("ascii", errors="replace")  # the service pads by NUL, agent and client by spaces
        if not (HEADER_LENGTH <= length <= len(frame) - 4 and type_ and created):
            raise Malformed("no header length, type or date")
        payload = frame[length + 4 :]
        if payload_length and type_ not in (START, PAUSE) and hashlib.sha256(payload).digest() != digest:
            raise Malformed("the payload does not match its digest")
        return cls(type_, payload, sequence, flags, payload_type, uuid.UUID(bytes=_swapped(id_)), created)


def acknowledgement(message: Message) -> Message:
    """What says that a stream message has come."""
    told = {
        "AcknowledgedMessageType": message.type,
        "AcknowledgedMessageId": str(message.id),
        "AcknowledgedMessageSequenceNumber": message.sequence,
        "IsSequentialMessage": True,
    }
    return Message(ACKNOWLEDGE, json.dumps(told).encode(), flags=SYN | FIN)


def content(payload: bytes) -> dict[str, t.Any]:
    """The JSON object in a payload; raises Malformed where there is none."""
    try:
        found = json.loads(payload)
    except ValueError as error:
        raise Malformed(f"no JSON: {error}") from error
    if not isinstance(found, dict):
        raise Malformed("no JSON object")
    return found


def _swapped(id_: bytes) -> bytes:
    """An id's other form: its two halves travel with the low one first."""
    return id_[8:] + id_[:8]
