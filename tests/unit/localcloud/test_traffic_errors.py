# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The load balancer's conformance list: what a client is told when no target answers, each by its cause."""
from __future__ import annotations

import pytest
from localcloud.clock import CLOCK

from .door import HEAD, Door, Held, behind, forwards, says, socket_target


def test_503_where_no_target_is_registered(door: Door) -> None:
    door.default(forwards(door.group("empty")))
    answered = door.ask()
    assert (answered.status, answered.fields["Server"]) == (503, "awselb/2.0")
    assert b"<h1>503 Service Temporarily Unavailable</h1>" in answered.body


@pytest.mark.parametrize("answer", [b"", b"rubbish\r\n\r\n", b"HTTP/1.1 2xx OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nno field\r\n\r\n", b"HTTP/1.1 200 OK\r\nCut: off",
                                    b"HTTP/1.1 200 OK\r\nLong: " + b"x" * 40000 + b"\r\n\r\n"])  # fmt: skip
def test_502_where_a_target_closes_or_answers_rubbish(door: Door, answer: bytes) -> None:
    talk = says(answer)
    group, address = behind(door)
    with socket_target(door.cloud, address, talk):
        door.register(group, address)
        assert door.ask().status == 502


def test_502_where_nothing_listens(door: Door) -> None:
    door.cloud.dials.versions = {"slow": {"start_seconds": 60}}
    group = door.group("slow")
    door.default(forwards(group))
    door.run(group, "slow")
    assert door.ask().status == 502
    CLOCK.advance(60)
    assert door.ask().version == "slow"


def test_504_where_nobody_is(door: Door) -> None:
    group = door.group("nobody")
    door.default(forwards(group))
    door.register(group, next(door.addresses))
    assert door.ask().status == 504


def test_504_where_a_target_does_not_answer_in_time(door: Door) -> None:
    held = Held()
    group, address = behind(door)
    door.attributes(idle_timeout__timeout_seconds="1")
    with socket_target(door.cloud, address, held):
        door.register(group, address)
        assert door.ask().status == 504
        held.goes.set()


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (400, b"nonsense\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\n\r\n"),
        (400, HEAD + b"Host: b\r\n\r\n"),
        (400, HEAD + b"no colon\r\n\r\n"),
        (400, HEAD + b"Folded: a\r\n b\r\n\r\n"),
        (400, HEAD + b"Content-Length: x\r\n\r\n"),
        (400, HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
        (400, HEAD + b"Long: " + b"x" * 17000 + b"\r\n\r\n"),
        (400, HEAD + b"Long: " + b"x" * 70000 + b"\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n"),
        (405, b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"),
        (414, b"GET /" + b"x" * 17000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
        (463, HEAD + b"X-Forwarded-For: " + b", ".join([b"192.0.2.1"] * 31) + b"\r\n\r\n"),
        (501, HEAD + b"Transfer-Encoding: gzip\r\n\r\n"),
        (505, b"GET / HTTP/3.0\r\nHost: a\r\n\r\n"),
    ],
)
def test_what_is_wrong_with_a_request(door: Door, status: int, sent: bytes) -> None:
    door.serving("v1")
    got = door.raw(sent)
    assert got.startswith(b"HTTP/1.1 %d " % status)
    assert b"Connection: close" in got


def test_408_where_a_body_does_not_come(door: Door) -> None:
    door.serving("v1")
    door.attributes(idle_timeout__timeout_seconds="1")
    assert door.raw(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab").startswith(b"HTTP/1.1 408 ")


def test_an_idle_connection_is_closed_without_a_word(door: Door) -> None:
    door.attributes(idle_timeout__timeout_seconds="1")
    assert door.raw(b"") == b""
