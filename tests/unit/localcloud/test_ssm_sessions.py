# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sessions on this very machine, by a client that does as it is told: what the agent does with programs, and how a session ends."""
from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from localcloud import LocalCloud
from localcloud.hosts.messages import ACKNOWLEDGE, CLOSED, OUTPUT, Payload
from websockets.exceptions import ConnectionClosed

from .conftest import FAST, HOST
from .session_client import all_of, Begin, Client, NO_TERMINAL, PATIENCE, said, status, there_and_back, wait_for

# Programs on a terminal


def test_a_command_on_a_terminal_takes_and_gives_bytes(ssm: Any, begin: Begin) -> None:
    way_in = begin()
    with Client(way_in) as client:
        first = client.receive()
        assert (first.payload_type, first.sequence, first.flags) == (Payload.OUTPUT, 0, 1), "no handshake, and the first is SYN"
        assert first.payload.startswith(b"R")
        client.output(b"Y" if first.payload != b"READY" else b"")
        assert status(ssm, way_in) == "Connected"
        asked = client.send(b"a\x03b\x04c\r\n\x00z")
        acknowledged = json.loads(client.kind(ACKNOWLEDGE).payload)
        assert (acknowledged["AcknowledgedMessageSequenceNumber"], acknowledged["AcknowledgedMessageId"]) == (0, str(asked.id))
        assert client.output(b"z") == b"a\x03b\x04c\r\n\x00z"


def test_a_session_ends_with_its_command(ssm: Any, begin: Begin) -> None:
    way_in = begin("echo done")
    with Client(way_in) as client:
        found = client.until(lambda found: bool(found) and found[-1].kind == CLOSED)
        assert said(found) == b"done\r\n"
        assert json.loads(found[-1].payload)["Output"] == ""
        with pytest.raises(ConnectionClosed):
            client.receive()
    assert (status(ssm, way_in), status(ssm, way_in, "History")) == (None, "Terminated")
    assert not ssm.resume_session(SessionId=way_in["SessionId"])["TokenValue"]


def test_a_shell_is_the_session_without_a_document(ssm: Any) -> None:
    with Client(ssm.start_session(Target=HOST)) as client:
        client.output(b"$ " if os.geteuid() else b"# ")
        client.send(json.dumps({"cols": 101, "rows": 33}).encode(), Payload.SIZE)
        client.send(b"echo $TERM $(pwd) $(stty size)\nexit\n")
        assert b"xterm-256color /usr/bin 33 101" in said(client.until(lambda found: bool(found) and found[-1].kind == CLOSED))


def test_a_terminal_takes_lines_of_4095_bytes_until_it_is_raw(begin: Begin) -> None:
    with Client(begin("stty -echo; printf READY; head -n 1 | wc -c; printf END")) as client:
        client.output(b"READY")
        for piece in (b"x" * 1000,) * 5 + (b"\n",):
            client.send(piece)
        assert client.output(b"END").split() == [b"4096", b"END"]


def test_output_that_is_no_text_is_mangled_as_the_agent_does(begin: Begin) -> None:
    with Client(begin(r"stty raw; printf 'a\357\277\275b....\377'")) as client:
        assert said(client.until(lambda found: bool(found) and found[-1].kind == CLOSED)) == b"a\xefb...."


def test_nothing_of_the_cloud_is_in_the_environment_of_a_program(gateway: LocalCloud, begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", gateway.key.secret)
    with Client(begin("env; printf END")) as client:
        names = {line.partition(b"=")[0] for line in client.output(b"END").splitlines() if b"=" in line}
    assert names == {b"PATH", b"TERM", b"LANG", b"HOME", b"PWD"} | ({b"_"} & names)


def test_input_that_comes_before_the_agent_is_acknowledged_and_lost(gateway: LocalCloud, begin: Begin) -> None:
    gateway.dials.channel = FAST | {"attach_ms": 400}
    with Client(begin()) as client:
        client.send(b"lost")
        assert client.receive().kind == ACKNOWLEDGE
        client.output(b"READY")
        client.send(b"found")
        assert client.output(b"found") == b"found"


def test_a_terminal_is_read_after_its_second_only(gateway: LocalCloud, begin: Begin) -> None:
    gateway.dials.channel = {"attach_ms": 0}
    began = time.monotonic()
    with Client(begin()) as client:
        client.output(b"READY")
    assert time.monotonic() - began >= 1.0


def test_who_does_not_read_its_input_is_not_sent_more(begin: Begin) -> None:
    with Client(begin("stty raw -echo; printf READY; sleep 60")) as client:
        client.output(b"READY")
        for _piece in range(300):
            client.send(b"x" * 1024)
        assert 0 < len(all_of(client)) < 150


# Commands without a terminal


def test_a_command_without_a_terminal_has_two_outputs_and_an_exit_code(begin: Begin) -> None:
    way_in = begin("sh -c 'echo out; echo err >&2; cat; exit 3'", NO_TERMINAL, separateOutputStream="True", stdErrSeparatorPrefix="E:")
    with Client(way_in) as client:
        asked = client.shake_hands()
        assert [one["ActionType"] for one in asked["RequestedClientActions"]] == ["SessionType"]
        assert asked["RequestedClientActions"][0]["ActionParameters"]["SessionType"] == "NonInteractiveCommands"
        found = client.until(lambda found: bool(found) and found[-1].kind == CLOSED)
    stream = [one for one in found if one.kind == OUTPUT]
    assert stream[0].payload_type == Payload.HANDSHAKE_COMPLETE
    assert json.loads(stream[0].payload)["HandshakeTimeToComplete"] > 0
    assert (said(found), said(found, Payload.STDERR)) == (b"out\n", b"E:err\n")
    assert (stream[-1].payload_type, stream[-1].payload) == (Payload.EXIT_CODE, b"EXIT_CODE: 3")


def test_outputs_come_together_and_at_the_end_where_nothing_else_is_asked(begin: Begin) -> None:
    with Client(begin("sh -c 'echo out; sleep 0.3; echo err >&2; exit 3'", NO_TERMINAL)) as client:
        client.shake_hands()
        stream = [one for one in client.until(lambda found: bool(found) and found[-1].kind == CLOSED) if one.kind == OUTPUT]
    assert [(one.payload_type, one.payload) for one in stream[1:]] == [(Payload.OUTPUT, b"out\nerr\n")]


def test_such_a_command_takes_two_signals_and_no_input(begin: Begin) -> None:
    program = "sh -c 'trap \"echo interrupted; exit 5\" INT; echo READY; while :; do sleep 0.05; done'"
    with Client(begin(program, NO_TERMINAL, separateOutputStream="True")) as client:
        client.shake_hands()
        client.output(b"READY\n")
        client.send(b"nothing\n")
        client.send(b"\x03")
        found = client.until(lambda found: bool(said(found, Payload.EXIT_CODE)))
    assert (said(found), said(found, Payload.EXIT_CODE)) == (b"interrupted\n", b"EXIT_CODE: 5")


def test_a_command_that_a_signal_ends_has_the_code_minus_one(begin: Begin) -> None:
    with Client(begin("sh -c 'kill -9 $$'", NO_TERMINAL, separateOutputStream="True")) as client:
        client.shake_hands()
        assert said(client.until(lambda found: bool(said(found, Payload.EXIT_CODE))), Payload.EXIT_CODE) == b"EXIT_CODE: -1"


# A port


def test_a_session_to_a_port_is_one_connection(ssm: Any) -> None:
    with listening() as (port, answer):
        way_in = ssm.start_session(Target=HOST, DocumentName="AWS-StartSSHSession", Parameters={"portNumber": [str(port)]})
        with Client(way_in) as client:
            asked = client.shake_hands()
            assert asked["RequestedClientActions"][0]["ActionParameters"]["Properties"] == {"portNumber": str(port)}
            client.until(lambda found: bool(found) and found[-1].payload_type == Payload.HANDSHAKE_COMPLETE)
            client.send(bytes(range(256)))
            connection = answer()
            assert connection.recv(256) == bytes(range(256))
            connection.sendall(b"\xef\xbf\xbd\xff")
            assert client.output(b"\xff") == b"\xef\xbf\xbd\xff", "eight bits wide"
            connection.close()
            client.kind(CLOSED)


@contextlib.contextmanager
def listening() -> Iterator[tuple[int, Callable[[], socket.socket]]]:
    """A port of this machine, and who takes a connection to it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        yield server.getsockname()[1], lambda: server.accept()[0]


# The end


def test_terminating_hangs_up_on_a_terminal(ssm: Any, begin: Begin, tmp_path: Path) -> None:
    way_in = begin(f"trap 'echo hung up >{tmp_path}/said; exit' HUP; echo READY; while :; do sleep 0.05; done")
    with Client(way_in) as client:
        client.output(b"READY\r\n")
        assert ssm.terminate_session(SessionId=way_in["SessionId"])["SessionId"] == way_in["SessionId"]
        client.kind(CLOSED)
    assert wait_for(lambda: (tmp_path / "said").exists() and (tmp_path / "said").read_text()) == "hung up\n"
    assert ssm.terminate_session(SessionId=way_in["SessionId"]), "once more is no error"


def test_terminating_kills_a_command_with_what_it_started(ssm: Any, begin: Begin) -> None:
    way_in = begin("sh -c 'sleep 60 & echo $!; wait'", NO_TERMINAL, separateOutputStream="True")
    with Client(way_in) as client:
        client.shake_hands()
        pid = int(client.output(b"\n"))
        ssm.terminate_session(SessionId=way_in["SessionId"])
        client.kind(CLOSED)
    wait_for(lambda: not lives(pid))


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_client_may_end_its_session_by_a_flag(begin: Begin) -> None:
    with Client(begin()) as client:
        client.output(b"READY")
        client.send((2).to_bytes(4, "big"), Payload.FLAG)
        client.kind(CLOSED)


def test_a_reset_ends_all_sessions_with_what_ignores_their_end(gateway: LocalCloud, begin: Begin) -> None:
    with Client(begin("trap '' HUP TERM; echo $$; while :; do sleep 0.05; done")) as client:
        pid = int(client.output(b"\r\n"))
        gateway.reset()
    assert not lives(pid)


@pytest.mark.parametrize(("dial", "reason"), [({"idle_s": 0.3}, "inactivity"), ({"duration_s": 0.3}, "maximum duration")])
def test_a_session_ends_when_its_time_is_over(gateway: LocalCloud, ssm: Any, begin: Begin, dial: dict[str, Any], reason: str) -> None:
    way_in = begin()
    with Client(way_in) as client:
        client.output(b"READY")
        gateway.dials.channel = FAST | dial
        assert reason in json.loads(client.kind(CLOSED).payload)["Output"]
    assert reason in ssm.describe_sessions(State="History")["Sessions"][0]["Details"]


def test_pings_are_no_use_of_a_session_and_data_are(gateway: LocalCloud, begin: Begin) -> None:
    with Client(begin()) as client:
        client.output(b"READY")
        gateway.dials.channel = FAST | {"idle_s": 1}
        began = time.monotonic()
        while time.monotonic() - began < 1.2:
            there_and_back(client)
            time.sleep(0.1)
        began = time.monotonic()
        while time.monotonic() - began < 0.7:
            assert client.socket.ping(b"keepalive").wait(PATIENCE)
            time.sleep(0.1)
        client.kind(CLOSED)
        assert time.monotonic() - began < 1.6


def test_the_account_says_how_long_a_session_may_be_idle(ssm: Any, begin: Begin) -> None:
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {"idleSessionTimeout": "0.005"}}
    ssm.create_document(Name="SSM-SessionManagerRunShell", Content=json.dumps(content), DocumentType="Session")
    with Client(begin()) as client:
        assert "inactivity" in json.loads(client.kind(CLOSED).payload)["Output"]
