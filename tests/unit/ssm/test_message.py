# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The codec of the data channel, by frames that were put together by hand."""

from __future__ import annotations

import hashlib
import json
import uuid

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils import ssm_message
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_message import Malformed
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_message import Message
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_message import PayloadType
from hypothesis import given
from hypothesis import strategies as st

ID = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
HELLO = Message(ssm_message.INPUT, b"hello", 7, ssm_message.SYN, PayloadType.OUTPUT, ID, 1_700_000_000_000)
#: The same, byte by byte.
FRAME = bytes.fromhex(
    "00000074"  # header length: 116
    "696e7075745f73747265616d5f64617461202020202020202020202020202020"  # input_stream_data, and fifteen spaces
    "00000001"  # schema version
    "0000018bcfe56800"  # milliseconds
    "0000000000000007"  # sequence number
    "0000000000000001"  # flags: SYN
    "8899aabbccddeeff0011223344556677"  # the id, its low half first
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"  # SHA-256 of the payload
    "00000001"  # payload type: Output
    "00000005"  # payload length
    "68656c6c6f"
)
OFFSETS = {
    "header length": 0,
    "type": 4,
    "date": 40,
    "digest": 80,
    "payload length": 116,
}


def changed(field: str, value: bytes) -> bytes:
    start = OFFSETS[field]
    return FRAME[:start] + value + FRAME[start + len(value) :]


def test_a_message_is_the_frame_that_was_put_together_by_hand() -> None:
    assert HELLO.encode() == FRAME
    assert Message.decode(FRAME) == HELLO


def test_the_payload_begins_four_bytes_behind_what_the_header_length_says() -> None:
    longer = changed("header length", (120).to_bytes(4, "big"))
    longer = longer[:120] + b"more" + longer[120:]
    assert Message.decode(longer).payload == b"hello"


@pytest.mark.parametrize("padding", [b" ", b"\0"], ids=["spaces", "NUL"])
def test_types_are_padded_by_spaces_or_by_nul(padding: bytes) -> None:
    assert Message.decode(changed("type", b"channel_closed".ljust(32, padding))).type == ssm_message.CLOSED


MALFORMED = {
    "nothing": b"",
    "half a header": FRAME[:119],
    "no header length": changed("header length", bytes(4)),
    "a header longer than the frame": changed("header length", (122).to_bytes(4, "big")),
    "no type": changed("type", b" " * 32),
    "no date": changed("date", bytes(8)),
    "another digest": changed("digest", bytes(32)),
    "a payload that was cut": FRAME[:-1],
}


@pytest.mark.parametrize("frame", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_an_official_reader_refuses_is_refused(frame: bytes) -> None:
    with pytest.raises(Malformed):
        Message.decode(frame)


@pytest.mark.parametrize("kind", [ssm_message.START, ssm_message.PAUSE])
def test_the_digest_of_a_publication_message_does_not_matter(kind: str) -> None:
    frame = FRAME[:4] + kind.encode().ljust(32) + FRAME[36:80] + bytes(32) + FRAME[112:]
    assert Message.decode(frame).type == kind


def test_nothing_has_no_digest_to_hold_to() -> None:
    frame = changed("payload length", bytes(4))[:120]
    assert Message.decode(frame[:80] + bytes(32) + frame[112:]).payload == b""


def test_an_acknowledgement_names_what_it_is_for_and_is_outside_the_stream() -> None:
    told = Message.decode(ssm_message.acknowledgement(HELLO).encode())
    assert (told.type, told.sequence, told.flags, told.payload_type) == (ssm_message.ACKNOWLEDGE, 0, 3, 0)
    assert json.loads(told.payload) == {
        "AcknowledgedMessageType": "input_stream_data",
        "AcknowledgedMessageId": str(ID),
        "AcknowledgedMessageSequenceNumber": 7,
        "IsSequentialMessage": True,
    }


MESSAGES = st.builds(
    Message,
    type=st.sampled_from([ssm_message.INPUT, ssm_message.OUTPUT, ssm_message.ACKNOWLEDGE, ssm_message.CLOSED, "agent_session_state"]),
    payload=st.binary(max_size=2000),
    sequence=st.integers(-(2**63), 2**63 - 1),
    flags=st.integers(0, 2**64 - 1),
    payload_type=st.integers(0, 2**32 - 1),
    id=st.uuids(),
    created=st.integers(1, 2**64 - 1),
)


@given(MESSAGES)
def test_any_message_comes_back_the_same(message: Message) -> None:
    assert Message.decode(message.encode()) == message
    assert message.encode()[80:112] == hashlib.sha256(message.payload).digest()


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_are_refused(frame: bytes) -> None:
    try:
        assert isinstance(Message.decode(frame), Message)
    except Malformed:
        pass


@pytest.mark.parametrize("payload", [b"", b"[]", b"{", b"\xff"])
def test_what_is_no_json_object_is_refused(payload: bytes) -> None:
    with pytest.raises(Malformed):
        ssm_message.content(payload)
