# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the gateway's agent is made of, without a session: messages, the line, the stream, runes, dials, hosts."""
from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils import ssm_message
from hypothesis import given
from hypothesis import strategies as st
from localcloud.hosts.channel import Channel, read_channel
from localcloud.hosts.line import Line, OVERTAKEN
from localcloud.hosts.messages import ACKNOWLEDGE, acknowledgement, BadMessage, channel_closed, INPUT, Message, OUTPUT, PAUSE, START
from localcloud.hosts.registry import Hosts, started_at
from localcloud.hosts.runes import RuneSplitter
from localcloud.hosts.stream import Stream
from localcloud.replies import AwsError

ID = "i-0123456789abcdef0"


# Messages


def test_a_message_is_laid_out_as_the_agent_has_it() -> None:
    id = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
    frame = Message(OUTPUT, b"hello", 7, 1, 1, id, 1_700_000_000_000).pack()
    assert frame[:4] == b"\0\0\0\x74"
    assert frame[4:36] == b"output_stream_data".ljust(32)
    assert frame[64:80] == bytes.fromhex("8899aabbccddeeff0011223344556677"), "the low half comes first"
    assert frame[112:] == b"\0\0\0\1\0\0\0\5hello"
    assert Message.unpack(frame) == Message(OUTPUT, b"hello", 7, 1, 1, id, 1_700_000_000_000)


@given(st.binary(max_size=2000), st.integers(0, 2**62), st.sampled_from([0, 1, 3]), st.sampled_from([1, 5, 11]))
def test_the_collections_codec_and_this_one_read_each_other(payload: bytes, sequence: int, flags: int, payload_type: int) -> None:
    ours = Message(OUTPUT, payload, sequence, flags, payload_type)
    theirs = ssm_message.Message.decode(ours.pack())
    assert (theirs.sequence, theirs.flags, theirs.payload_type, theirs.payload) == (sequence, flags, payload_type, payload)
    assert Message.unpack(theirs.encode()) == ours


@pytest.mark.parametrize("spoil", [
    lambda frame: frame[:100],
    lambda frame: frame[:-1],
    lambda frame: frame[:-1] + b"!",
    lambda frame: frame[:40] + bytes(8) + frame[48:],
    lambda frame: frame[:4] + b" " * 32 + frame[36:],
    lambda frame: bytes(4) + frame[4:],
])  # fmt: skip
def test_what_is_no_message_is_refused(spoil: Any) -> None:
    with pytest.raises(BadMessage):
        Message.unpack(spoil(Message(INPUT, b"hello").pack()))


def test_the_service_pads_the_end_with_nul() -> None:
    frame = channel_closed("root-1", "why")
    assert frame[4:36] == b"channel_closed".ljust(32, b"\0")
    assert json.loads(Message.unpack(frame).payload)["Output"] == "why"


# The line


def through(dial: Channel, count: int = 500, name: str = "up") -> list[int]:
    line = Line(name)
    for number in range(count):
        line.put(number.to_bytes(4), number * 0.001, 0.01, dial)
    arrived = []
    while line.due < float("inf"):
        frame = line.take(line.due)
        assert frame is not None
        arrived.append(int.from_bytes(frame))
    return arrived


def test_a_line_is_a_line() -> None:
    assert through(Channel()) == list(range(500))
    line = Line("up")
    line.put(b"x", 1.0, 0.5, Channel())
    assert (line.take(1.4), line.due, line.take(1.5), len(line)) == (None, 1.5, b"x", 0)


def test_a_share_is_lost_doubled_and_overtaken_and_the_seed_says_which() -> None:
    lost = through(Channel(lose=0.2))
    assert 350 < len(lost) < 450
    assert lost == sorted(lost) == through(Channel(lose=0.2))
    assert lost != through(Channel(lose=0.2, seed=1))
    assert lost != through(Channel(lose=0.2), name="down")
    doubled = through(Channel(duplicate=0.2))
    assert len(doubled) > 550
    assert set(doubled) == set(range(500))
    mixed = through(Channel(reorder=0.2))
    assert sorted(mixed) == list(range(500)) != mixed
    assert OVERTAKEN < 0.2, "or the agent would send again what is only late"


# The stream


def acks(stream: Stream) -> list[int]:
    said = [Message.unpack(frame) for frame in stream.outbox]
    stream.outbox.clear()
    return [json.loads(one.payload)["AcknowledgedMessageSequenceNumber"] for one in said if one.kind == ACKNOWLEDGE]


def sent(stream: Stream) -> list[int]:
    said = [Message.unpack(frame) for frame in stream.outbox]
    stream.outbox.clear()
    return [one.sequence for one in said if one.kind == OUTPUT]


def test_messages_are_handed_on_in_order_and_each_is_acknowledged() -> None:
    stream, taken = Stream(), []

    def deliver(message: Message) -> bool:
        taken.append(message.sequence)
        return True

    for number in (1, 2, 0, 2, 3):
        stream.receive(Message(INPUT, b"x", number), 0.0, deliver)
    assert taken == [0, 1, 2, 3]
    assert acks(stream) == [1, 2, 0, 2, 3], "what has come twice is acknowledged twice"


def test_what_is_not_taken_is_not_acknowledged_and_comes_again() -> None:
    stream, ready = Stream(), False
    for _time in range(2):
        stream.receive(Message(INPUT, b"x", 0), 0.0, lambda _message: ready)
        assert acks(stream) == []
    ready = True
    stream.receive(Message(INPUT, b"x", 0), 0.0, lambda _message: ready)
    assert acks(stream) == [0]


def test_the_oldest_alone_is_sent_again_and_the_wait_follows_the_round_trip() -> None:
    stream = Stream()
    for _number in range(3):
        stream.send(1, b"x", 0.0)
    assert [Message.unpack(frame).flags for frame in stream.outbox] == [1, 0, 0], "the first is SYN"
    assert sent(stream) == [0, 1, 2]
    for now, again in ((0.15, []), (0.26, [0]), (0.36, []), (0.47, [0])):
        stream.tick(now)
        assert sent(stream) == again
    stream.receive(Message.unpack(acknowledgement(Message(OUTPUT, b"x", 0))), 0.9, lambda _message: True)
    stream.tick(1.0)
    assert (sent(stream), stream.unacknowledged) == ([1], 2)
    stream.tick(1.2)
    assert sent(stream) == [], "a longer round trip is a longer wait"


def test_a_paused_agent_keeps_what_it_has_until_it_is_started() -> None:
    stream = Stream()
    stream.receive(Message(PAUSE), 0.0, lambda _message: True)
    stream.send(1, b"x", 0.0)
    stream.tick(1.0)
    assert sent(stream) == []
    stream.receive(Message(START), 1.0, lambda _message: True)
    stream.tick(1.2)
    assert sent(stream) == [0]


def test_acknowledgements_are_held_and_let_go() -> None:
    stream = Stream()
    stream.hold_acks = True
    stream.receive(Message(INPUT, b"x", 0), 0.0, lambda _message: True)
    assert acks(stream) == []
    stream.hold_acks = False
    stream.tick(0.1)
    assert acks(stream) == [0]


# Runes


@pytest.mark.parametrize(
    ("pieces", "out"),
    [
        ([b"plain"], b"plain"),
        (["häß…😀".encode()], "häß…😀".encode()),
        (["…".encode()[:2], "…".encode()[2:]], "…".encode()),
        ([b"a\xef\xbf\xbdbcd"], b"a\xefbcd"),
        ([b"a\xef\xbf\xbd"], b"a"),
        ([b"ab\xff"], b"ab"),
        ([b"ab\xff", b"cdef"], b"ab\xffcdef"),
        ([b"\xffabc"], b"\xffabc"),
        ([b"\xc0\xafabcd"], b"\xc0\xafabcd"),
        ([b"\xed\xa0\x80abcd"], b"\xed\xa0\x80abcd"),
        ([b"", b"\0\0"], b"\0\0"),
    ],
)
def test_output_goes_by_runes(pieces: list[bytes], out: bytes) -> None:
    splitter = RuneSplitter()
    assert b"".join(map(splitter.split, pieces)) == out


@given(st.text(alphabet=st.characters(exclude_characters="\ufffd", exclude_categories=["Cs"])), st.integers(1, 7))
def test_text_comes_whole_however_it_is_cut(text: str, size: int) -> None:
    splitter, data = RuneSplitter(), text.encode() + b"...."
    assert b"".join(splitter.split(data[at : at + size]) for at in range(0, len(data), size)) == data


# The dial


@pytest.mark.parametrize("given", [{"loss": 1}, {"lose": 2}, {"lose": True}, {"delay_ms": -1}, {"pause": 1}, {"handshake": "no"}, {"idle_s": "x"}])
def test_a_channel_that_cannot_be_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="channel"):
        read_channel(given)


def test_what_is_not_given_is_as_it_was() -> None:
    assert read_channel({"lose": 0.1, "idle_s": None}) == Channel(lose=0.1)
    assert Channel().pty_start_ms == 1000


# Hosts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hosts").mkdir(mode=0o700)
    return tmp_path / "hosts"


def write(folder: Path, mode: int = 0o600, name: str = ID, **what: Any) -> Path:
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"enter": ["nsenter"], "region": "eu-west-1"} | what))
    path.chmod(mode)
    return path


def hosts_in(folder: Path) -> Hosts:
    hosts = Hosts()
    hosts.folder = folder
    return hosts


def test_a_host_is_a_file_of_the_owners_own(folder: Path) -> None:
    hosts = hosts_in(folder)
    assert hosts.of("eu-west-1") == []
    write(folder, version="2023")
    found = hosts.get(ID, "eu-west-1")
    assert found
    assert (found.enter, found.version, found.online, found.is_this_machine) == (("nsenter",), "2023", True, False)
    assert hosts.get(ID, "us-east-1") is None
    (folder / f"{ID}.json").unlink()
    assert hosts.get(ID, "eu-west-1") is None


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda folder: write(folder, mode=0o640), "mode 0600"),
        (lambda folder: (write(folder), folder.chmod(0o755)), "mode 0700"),
        (lambda folder: os.symlink(write(folder, name="other"), folder / f"{ID}.json"), "other|symbolic"),
        (lambda folder: write(folder, enter="podman"), "list of words"),
        (lambda folder: write(folder, ping="Away"), "ping is"),
        (lambda folder: write(folder, shell="sh"), "has no shell"),
        (lambda folder: write(folder, name="i-1"), "no id"),
        (lambda folder: write(folder).write_text("{"), "i-0123"),
    ],
)
def test_a_file_that_cannot_be_trusted_or_read_is_told(folder: Path, spoil: Any, problem: str) -> None:
    spoil(folder)
    with pytest.raises(AwsError, match=problem):
        hosts_in(folder).of("eu-west-1")


def test_a_container_is_online_as_long_as_its_first_process_lives(folder: Path) -> None:
    hosts = hosts_in(folder)
    write(folder, init=[os.getpid(), started_at(os.getpid())], enter=None)
    found = hosts.get(ID, "eu-west-1")
    assert found
    assert (found.online, found.root, found.enter[:3]) == (True, f"/proc/{os.getpid()}/root", ("nsenter", "--target", str(os.getpid())))
    write(folder, init=[os.getpid(), "1"], enter=None)
    gone = hosts.get(ID, "eu-west-1")
    assert gone
    assert not gone.online, "another process has its id now"
