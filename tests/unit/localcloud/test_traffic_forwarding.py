# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The load balancer's conformance list: a request's way to its target and back."""
from __future__ import annotations

import socket
import threading

import pytest

from .conftest import client_of
from .door import HEAD, Door, ask, behind, forwards, read_head, says, socket_target

LARGE = bytes(range(256)) * 8192


# -- what the target gets --------------------------------------------------------------------------------------


class Recorder:
    """Keeps what it was asked, and answers 200."""

    def __init__(self) -> None:
        self.heads: list[str] = []

    def __call__(self, connection: socket.socket) -> None:
        if head := read_head(connection):
            self.heads.append(head.decode())
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def fields(self) -> dict[str, str]:
        """Of the last request, by their names in lower case."""
        lines = self.heads[-1].split("\r\n\r\n")[0].split("\r\n")[1:]
        return {name.lower(): value for name, _colon, value in (line.partition(": ") for line in lines)}


def test_a_target_is_told_who_asked(door: Door) -> None:
    recorder = Recorder()
    group, address = behind(door)
    with socket_target(door.cloud, address, recorder):
        door.register(group, address)
        assert door.ask("/a?b=c", Host="shop.example.com", X_Own="1").status == 200
        told = recorder.fields()
        assert recorder.heads[-1].startswith("GET /a?b=c HTTP/1.1\r\n")
        assert (told["host"], told["x-own"]) == ("shop.example.com", "1")
        assert (told["x-forwarded-for"], told["x-forwarded-proto"], told["x-forwarded-port"]) == ("127.0.0.1", "http", "80")
        assert told["x-amzn-trace-id"].startswith("Root=1-")


def test_who_forwarded_before_is_kept_in_front(door: Door) -> None:
    recorder = Recorder()
    group, address = behind(door)
    with socket_target(door.cloud, address, recorder):
        door.register(group, address)
        door.ask(X_Forwarded_For="192.0.2.1", X_Amzn_Trace_Id="Root=1-a-b", X_Forwarded_Proto="gopher")
        told = recorder.fields()
        assert (told["x-forwarded-for"], told["x-forwarded-proto"]) == ("192.0.2.1, 127.0.0.1", "http")
        assert told["x-amzn-trace-id"].endswith(";Root=1-a-b")


@pytest.mark.parametrize(("mode", "told"), [("preserve", "192.0.2.1"), ("remove", None)])
def test_the_other_ways_with_who_forwarded_before(door: Door, mode: str, told: str | None) -> None:
    recorder = Recorder()
    group, address = behind(door)
    door.attributes(routing__http__xff_header_processing__mode=mode)
    with socket_target(door.cloud, address, recorder):
        door.register(group, address)
        door.ask(X_Forwarded_For="192.0.2.1")
        assert recorder.fields().get("x-forwarded-for") == told


def test_a_target_is_told_that_the_client_came_by_https(door: Door) -> None:
    recorder = Recorder()
    group, address = behind(door)
    acm, route53 = (client_of(door.cloud.endpoint, service) for service in ("acm", "route53"))
    certificate = acm.request_certificate(DomainName="example.com", ValidationMethod="DNS")["CertificateArn"]
    proof = acm.describe_certificate(CertificateArn=certificate)["Certificate"]["DomainValidationOptions"][0]["ResourceRecord"]
    record = {"Name": proof["Name"], "Type": proof["Type"], "TTL": 60, "ResourceRecords": [{"Value": proof["Value"]}]}
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="one")["HostedZone"]["Id"]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]})
    door.listen(443, forwards(group), protocol="HTTPS", Certificates=[{"CertificateArn": certificate}])
    with socket_target(door.cloud, address, recorder):
        door.register(group, address)
        door.ask(port=443)
        assert (recorder.fields()["x-forwarded-proto"], recorder.fields()["x-forwarded-port"]) == ("https", "443")


def test_what_concerns_one_connection_is_not_passed_on(door: Door) -> None:
    recorder = Recorder()
    group, address = behind(door)
    with socket_target(door.cloud, address, recorder):
        door.register(group, address)
        door.raw(HEAD + b"Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nX-Stays: 1\r\n\r\n")
        told = recorder.fields()
        assert told.keys() & {"x-hop", "keep-alive", "te", "connection"} == set()
        assert told["x-stays"] == "1"


# -- connections and bodies ------------------------------------------------------------------------------------


def test_a_connection_is_kept_on_both_sides(door: Door) -> None:
    group = door.serving("v1")
    with door.client() as client:
        assert {ask(client).status for _time in range(50)} == {200}
        first = client.sock
        assert ask(client).fields["Connection"] == "keep-alive"
        assert client.sock is first
        assert ask(client, Connection="close").fields["Connection"] == "close"
    assert door.states(group) == ["healthy"]


@pytest.mark.parametrize(("asked", "ends"), [(b"", b"close"), (b"Connection: keep-alive\r\n", b"keep-alive")])
def test_an_old_client_is_let_go_unless_it_wants_to_stay(door: Door, asked: bytes, ends: bytes) -> None:
    door.serving("v1")
    with socket.create_connection(door.cloud.traffic.address(door.balancer, 80), timeout=20) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n" + asked + b"\r\n")
        got = read_head(connection)
    assert b"200 OK" in got
    assert b"Connection: " + ends in got


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_large_body_goes_and_comes_back_whole(door: Door, framing: str) -> None:
    got = bytearray()

    def echo(connection: socket.socket) -> None:
        head, _end, rest = read_head(connection).partition(b"\r\n\r\n")
        if head:
            got.extend(rest)
            while len(got) < len(LARGE) if framing == "length" else not got.endswith(b"\r\n0\r\n\r\n"):
                got.extend(connection.recv(65536))
            body = bytes(got) if framing == "length" else _unchunked(bytes(got))
            size = b"Content-Length: %d\r\n\r\n" % len(body) if framing == "length" else b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body)
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + size + body + (b"" if framing == "length" else b"\r\n0\r\n\r\n"))

    group, address = behind(door)
    with socket_target(door.cloud, address, echo):
        door.register(group, address)
        sent = LARGE if framing == "length" else iter([LARGE[at : at + 50000] for at in range(0, len(LARGE), 50000)])
        assert door.ask(method="POST", body=sent).body == LARGE


def _unchunked(raw: bytes) -> bytes:
    body = b""
    while raw:
        size, _end, raw = raw.partition(b"\r\n")
        body, raw = body + raw[: int(size, 16)], raw[int(size, 16) + 2 :]
    return body


def test_both_ways_at_once(door: Door) -> None:
    def echo(connection: socket.socket) -> None:
        if read_head(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
            for _part in range(2):
                connection.sendall(connection.recv(3))

    group, address = behind(door)
    with socket_target(door.cloud, address, echo):
        door.register(group, address)
        with socket.create_connection(door.cloud.traffic.address(door.balancer, 80), timeout=20) as connection:
            connection.sendall(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n")
            assert read_head(connection).startswith(b"HTTP/1.1 200")
            for part in (b"one", b"two"):
                connection.sendall(part)
                assert connection.recv(3) == part


def test_an_answer_comes_as_it_is_made(door: Door) -> None:
    seen = threading.Event()

    def slowly(connection: socket.socket) -> None:
        if read_head(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none")
            assert seen.wait(20)
            connection.sendall(b"two")

    group, address = behind(door)
    with socket_target(door.cloud, address, slowly):
        door.register(group, address)
        with door.client() as client:
            client.request("GET", "/")
            answer = client.getresponse()
            assert answer.read(3) == b"one"
            seen.set()
            assert answer.read() == b"two"


def test_a_body_goes_as_it_is_made(door: Door) -> None:
    began, got = threading.Event(), []

    def reads(connection: socket.socket) -> None:
        body = read_head(connection).partition(b"\r\n\r\n")[2]
        if not body:
            body = connection.recv(100)
        began.set()
        body += connection.recv(100)
        got.append(body)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    group, address = behind(door)
    with socket_target(door.cloud, address, reads):
        door.register(group, address)
        with socket.create_connection(door.cloud.traffic.address(door.balancer, 80), timeout=20) as connection:
            connection.sendall(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\none")
            assert began.wait(20)
            connection.sendall(b"two")
            assert read_head(connection).startswith(b"HTTP/1.1 200")
    assert got == [b"onetwo"]


def test_a_target_may_answer_before_it_has_the_whole_body(door: Door) -> None:
    talk = says(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
    group, address = behind(door)
    with socket_target(door.cloud, address, talk):
        door.register(group, address)
        got = door.raw(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nsome")
    assert got.startswith(b"HTTP/1.1 413 Too Large\r\n")
    assert b"Connection: close" in got


def test_a_body_that_waits_to_be_asked_for_is_asked_for(door: Door) -> None:
    door.serving("v1")
    with socket.create_connection(door.cloud.traffic.address(door.balancer, 80), timeout=20) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert read_head(connection) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"ok")
        assert read_head(connection).startswith(b"HTTP/1.1 200 OK")


def test_an_answer_without_a_length_ends_with_its_connection(door: Door) -> None:
    talk = says(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")
    group, address = behind(door)
    with socket_target(door.cloud, address, talk):
        door.register(group, address)
        with door.client() as client:
            assert [ask(client).body for _time in range(2)] == [b"until the end"] * 2
        assert door.raw(b"GET / HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\nuntil the end")


@pytest.mark.parametrize("first", [b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n",
                                   b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"])  # fmt: skip
def test_answers_without_a_body(door: Door, first: bytes) -> None:
    talk = says(first)
    group, address = behind(door)
    with socket_target(door.cloud, address, talk):
        door.register(group, address)
        with door.client() as client:
            answered = ask(client)
    assert (answered.status in (204, 304, 200), answered.body) == (True, b"")
