# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The channel of a session: handshake and encryption, the way in, resuming, what the dials do, and the collection's own client on it."""
from __future__ import annotations

import base64
import contextlib
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_control import Control
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_session import Session
from localcloud import LocalCloud
from localcloud.hosts import agent, data_channel, sessions
from localcloud.hosts.messages import ACKNOWLEDGE, CLOSED, INPUT, Message, OUTPUT, PAUSE, START
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from .conftest import FAST, HOST, REGION, signed
from .session_client import all_of, Begin, Client, code_of, COMMAND, ECHO, NO_TERMINAL, PATIENCE, said, status, there_and_back, wait_for


# The handshake, and encryption


def test_who_does_not_answer_the_handshake_fails(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "HANDSHAKE_TIME", 0.3)
    with Client(begin("true", NO_TERMINAL)) as client:
        assert "Handshake timed out" in json.loads(client.kind(CLOSED).payload)["Output"]


def test_an_action_that_fails_fails_the_session(ssm: Any, begin: Begin) -> None:
    way_in = begin("true", NO_TERMINAL)
    with Client(way_in) as client:
        client.receive()
        client.answer([{"ActionType": "SessionType", "ActionStatus": 3, "ActionResult": None, "Error": "no such type"}])
        assert "SessionType failed on client with status 3 error: no such type" in json.loads(client.kind(CLOSED).payload)["Output"]
    assert status(ssm, way_in, "History") == "Failed"


def test_input_within_the_handshake_is_acknowledged_and_lost(gateway: LocalCloud, begin: Begin) -> None:
    gateway.dials.channel = FAST | {"handshake": True}
    with Client(begin()) as client:
        client.send(b"lost")
        client.shake_hands()
        client.output(b"READY")
        client.send(b"found")
        assert client.output(b"found") == b"found"


def test_a_client_that_cannot_encrypt_is_refused(gateway: LocalCloud, begin: Begin) -> None:
    gateway.dials.channel = FAST | {"kms": "alias/sessions"}
    with Client(begin()) as client:
        asked = json.loads(client.receive().payload)["RequestedClientActions"][1]
        assert asked["ActionParameters"]["KMSKeyId"] == "alias/sessions"
        client.answer([{"ActionType": "KMSEncryption", "ActionStatus": 3, "ActionResult": None, "Error": "Unsupported"}])
        assert "KMSEncryption failed" in json.loads(client.kind(CLOSED).payload)["Output"]


def test_a_data_key_of_another_context_is_none(gateway: LocalCloud, begin: Begin) -> None:
    kms = signed(gateway, "kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    gateway.dials.channel = FAST | {"kms": key}
    wrapped = kms.generate_data_key(KeyId=key, NumberOfBytes=64, EncryptionContext={"aws:ssm:SessionId": "another", "aws:ssm:TargetId": HOST})
    with Client(begin()) as client:
        client.receive()
        result = {"KMSCipherTextKey": base64.b64encode(wrapped["CiphertextBlob"]).decode()}
        client.answer([{"ActionType": "KMSEncryption", "ActionStatus": 1, "ActionResult": result, "Error": ""}])
        assert "Fetching data key failed" in json.loads(client.kind(CLOSED).payload)["Output"]


# The way in


def test_a_token_lets_in_once(ssm: Any, begin: Begin) -> None:
    way_in = begin()
    with Client(way_in) as client:
        client.output(b"READY")
        with Client(way_in) as second, pytest.raises(ConnectionClosed):
            second.receive()
        client.send(b"still here")
        assert client.output(b"here")
    for token in ("", "another"):
        with Client(ssm.resume_session(SessionId=way_in["SessionId"]) | {"TokenValue": token}) as stranger, pytest.raises(ConnectionClosed):
            stranger.receive()


def test_a_token_grows_old(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "TOKEN_TIME", 0.0)
    with Client(begin()) as client, pytest.raises(ConnectionClosed):
        client.receive()


def test_a_token_is_of_one_session(begin: Begin) -> None:
    one, other = begin(), begin()
    with Client(one | {"TokenValue": other["TokenValue"]}) as client, pytest.raises(ConnectionClosed):
        client.receive()


def test_the_data_channel_is_for_no_browser_no_other_path_and_no_other_machine(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    way_in = begin()
    url = way_in["StreamUrl"]
    assert url.startswith(f"ws://127.0.0.1:{url.split(':')[2].partition('/')[0]}/v1/data-channel/{way_in['SessionId']}?role=publish_subscribe")
    with pytest.raises(InvalidStatus, match="403"), connect(url, origin="http://127.0.0.1"):  # type: ignore[arg-type]
        pass
    with pytest.raises(InvalidStatus, match="404"), connect(url.replace("data-channel", "control-channel")):
        pass
    monkeypatch.setattr(data_channel, "OPENING", 0.2)
    with connect(url) as silent, pytest.raises(ConnectionClosed):
        silent.recv(PATIENCE)


def test_what_is_said_before_the_client_comes_waits_for_it(begin: Begin) -> None:
    way_in = begin()
    before = time.process_time()
    time.sleep(1)
    assert time.process_time() - before < 0.5, "and nobody turns in circles meanwhile"
    with Client(way_in) as client:
        assert client.output(b"READY") == b"READY"


# Resuming


def test_a_session_outlives_its_socket_and_loses_nothing(ssm: Any, begin: Begin) -> None:
    way_in = begin()
    with Client(way_in, acknowledge=False) as client:
        assert client.receive().payload
    assert wait_for(lambda: status(ssm, way_in) == "Disconnected")
    again = ssm.resume_session(SessionId=way_in["SessionId"])
    assert again["TokenValue"] != way_in["TokenValue"]
    with Client(again) as client:
        assert client.output(b"READY") == b"READY", "what was not acknowledged comes again"
        client.send(b"x")
        assert client.output(b"x") == b"x"


def test_a_new_socket_takes_the_place_of_the_old_one(ssm: Any, begin: Begin) -> None:
    way_in = begin()
    with Client(way_in) as old:
        old.output(b"READY")
        with Client(ssm.resume_session(SessionId=way_in["SessionId"])) as new:
            with pytest.raises(ConnectionClosed):
                old.receive()
            new.send(b"x")
            assert new.output(b"x") == b"x"
            assert status(ssm, way_in) == "Connected"


def test_what_never_was_cannot_be_resumed(gateway: LocalCloud, ssm: Any, begin: Begin) -> None:
    assert code_of(lambda: ssm.resume_session(SessionId="root-0")) == "DoesNotExistException"
    elsewhere = boto3.client("ssm", endpoint_url=gateway.endpoint, region_name="us-east-1",
                             aws_access_key_id=gateway.key.id, aws_secret_access_key=gateway.key.secret)  # fmt: skip
    assert code_of(lambda: elsewhere.resume_session(SessionId=begin()["SessionId"])) == "DoesNotExistException"


# The dials


def test_a_socket_is_dropped_after_so_many_frames(gateway: LocalCloud, ssm: Any, begin: Begin) -> None:
    gateway.dials.channel = FAST | {"close_after": 6}
    way_in = begin()
    with Client(way_in) as client:
        client.send(b"x")
        assert 0 < len(all_of(client)) <= 5
    assert wait_for(lambda: status(ssm, way_in) == "Disconnected")


def test_acknowledgements_are_held_while_the_dial_is_on(gateway: LocalCloud, begin: Begin) -> None:
    with Client(begin()) as client:
        client.output(b"READY")
        gateway.dials.channel = FAST | {"hold_acks": True}
        time.sleep(0.2)
        client.send(b"x")
        assert not [one for one in client.until(lambda found: said(found) == b"x") if one.kind == ACKNOWLEDGE]
        gateway.dials.channel = FAST
        assert client.kind(ACKNOWLEDGE)


def test_output_pauses_while_the_dial_is_on(gateway: LocalCloud, begin: Begin) -> None:
    with Client(begin()) as client:
        client.output(b"READY")
        gateway.dials.channel = FAST | {"pause": True}
        client.kind(PAUSE)
        client.send(b"x")
        client.kind(ACKNOWLEDGE)
        assert all_of(client) == []
        gateway.dials.channel = FAST
        found = client.until(lambda found: said(found) == b"x")
        assert [one.kind for one in found if one.kind in (START, OUTPUT)] == [START, OUTPUT]


def test_frames_take_half_of_the_latency_each_way_and_the_delay_besides(gateway: LocalCloud, begin: Begin) -> None:
    with Client(begin()) as client:
        client.output(b"READY")
        for latency, delay, least in ((0, 0, 0), (200, 0, 0.2), (0, 100, 0.2), (100, 50, 0.2)):
            gateway.dials.latency_ms = latency
            gateway.dials.channel = FAST | {"delay_ms": delay}
            assert least <= min(there_and_back(client) for _time in range(3)) < least + 0.19
        gateway.dials.latency_ms = 0


def test_start_session_alone_is_slower(gateway: LocalCloud, ssm: Any, begin: Begin) -> None:
    gateway.dials.start_session_ms = 500
    began = time.monotonic()
    ssm.get_connection_status(Target=HOST)
    between = time.monotonic()
    begin()
    assert between - began < 0.5 <= time.monotonic() - between


def test_what_is_no_message_is_passed_over(begin: Begin) -> None:
    with Client(begin()) as client:
        client.output(b"READY")
        for frame in (b"", b"x" * 200, Message(ACKNOWLEDGE, b"{").pack(), Message(INPUT, b"?", 0, 0, 1).pack()[:-1] + b"!"):
            client.socket.send(frame)
        client.socket.send("text")
        client.send(b"x")
        assert client.output(b"x") == b"x"


# With the collection's own client


@contextlib.contextmanager
def opened(gateway: LocalCloud, command: str = ECHO, document: str = COMMAND, **how: Any) -> Iterator[Session]:
    keys = {"aws_access_key_id": gateway.key.id, "aws_secret_access_key": gateway.key.secret}
    control = Control(boto3.session.Session(region_name=REGION, **keys), endpoint_url=gateway.endpoint)
    control._endpoints["kms"] = gateway.endpoint
    session = Session.open(control, HOST, document=document, parameters={"command": [command]}, **how)
    try:
        yield session
    finally:
        session.close()


def receive(session: Session, length: int) -> bytes:
    got = b""
    while len(got) < length:
        more = session.receive(PATIENCE)
        assert more, f"{len(got)} of {length} bytes have come"
        got += more[1]
    return got


TROUBLE = {"lose": 0.03, "duplicate": 0.05, "reorder": 0.1}


@pytest.mark.parametrize("dial", [{}, TROUBLE, TROUBLE | {"seed": 1, "delay_ms": 10}, {"close_after": 100}, {"close_after": 60, "lose": 0.02}])
def test_bytes_arrive_whatever_befalls_the_channel(gateway: LocalCloud, dial: dict[str, Any]) -> None:
    gateway.dials.channel = FAST | dial
    with opened(gateway) as session:
        data = bytes(range(128)) * 240
        assert receive(session, 5) == b"READY"
        sender = threading.Thread(target=session.send, args=[data])
        sender.start()
        assert receive(session, len(data)) == data
        sender.join()


@pytest.mark.parametrize("document", [COMMAND, NO_TERMINAL])
def test_an_encrypted_session_says_the_same(gateway: LocalCloud, document: str) -> None:
    key = signed(gateway, "kms").create_key()["KeyMetadata"]["Arn"]
    gateway.dials.channel = FAST | {"kms": key}
    with opened(gateway, "echo secret", document) as session:
        assert "encrypted" in session.banner
        assert receive(session, 7).strip() == b"secret"
