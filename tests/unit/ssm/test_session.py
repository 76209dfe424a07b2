# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sessions over real sockets, to a service and an agent that do what the test will have them do."""

from __future__ import annotations

import base64
import json
import logging
import sys
import threading
import time
import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils import ssm_control
from ansible_collections.groundwork.aws.plugins.plugin_utils import ssm_session
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_control import SessionEnded
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_control import SsmError
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_message import Message
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_message import PayloadType
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_session import Session
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .service import Agent
from .service import KEY
from .service import refused
from .service import Service
from .service import TARGET

ASKED = {"AgentVersion": "3.3.0.0", "RequestedClientActions": [{"ActionType": "SessionType", "ActionParameters": {"SessionType": "NonInteractiveCommands"}}]}


def echo(agent: Agent, message: Message) -> None:
    """Without a handshake: a first word, and then what it is told."""
    if message.type == "opened":
        agent.say(b"READY")
    elif message.payload_type == PayloadType.OUTPUT:
        agent.say(message.payload)


@pytest.fixture
def start() -> t.Iterator[t.Callable[..., Service]]:
    services: list[Service] = []

    def begin(act: t.Callable[[Agent, Message], None] = echo, **options: t.Any) -> Service:
        services.append(Service(act, **options))
        return services[-1]

    yield begin
    for service in services:
        service.stop()


@pytest.fixture
def opened(start) -> t.Iterator[t.Callable[..., tuple[Service, Session]]]:
    sessions: list[Session] = []

    def begin(act: t.Callable[[Agent, Message], None] = echo, drops: t.Sequence[int] = (), **options: t.Any) -> tuple[Service, Session]:
        service = start(act)
        service.drops += drops
        sessions.append(Session.open(service.control(), TARGET, **options))
        return service, sessions[-1]

    yield begin
    for session in sessions:
        session.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("session-") and (thread.join(5) or thread.is_alive())]


def heard(session: Session, size: int) -> bytes:
    """The next so many bytes of standard output."""
    data = b""
    while len(data) < size:
        told = session.receive(10)
        assert told, f"nothing more after {len(data)} bytes"
        assert told[0] == "stdout"
        data += told[1]
    return data


def until(true: t.Callable[[], t.Any], what: str) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.01)


def test_a_session_without_a_handshake_is_open_with_its_first_output(opened):
    service, session = opened(document="Doc", parameters={"command": ["sh"]}, reason="a play")
    asked = service.named("StartSession")[0]
    assert (asked["Target"], asked["DocumentName"], asked["Parameters"]) == (TARGET, "Doc", {"command": ["sh"]})
    assert asked["Reason"].startswith("a play ")
    assert session.id == "session-0"
    assert session.receive(5) == ("stdout", b"READY")
    data = bytes(range(256)) * 20
    session.send(data)
    assert heard(session, len(data)) == data
    assert session.receive(0.05) is None
    sent = service.agents[0].heard
    assert {len(one.payload) for one in sent} == {1024}
    assert {one.flags for one in sent} == {0}


def test_the_first_frame_bears_the_token_and_who_we_are(opened):
    service, _session = opened()
    told = service.openings[0]
    assert told.keys() == {"MessageSchemaVersion", "RequestId", "TokenValue", "ClientId", "ClientVersion"}
    assert (told["MessageSchemaVersion"], told["TokenValue"]) == ("1.0", "token-0-1")


def test_frames_are_as_large_as_asked_for(opened):
    service, session = opened(frame=40_000)
    session.send(b"x" * 100_000)
    assert heard(session, 100_005)[5:] == b"x" * 100_000
    assert [len(one.payload) for one in service.agents[0].heard] == [40_000, 40_000, 20_000]


def shaking(agent: Agent, message: Message) -> None:
    """With a handshake; input before it is complete is acknowledged and lost, as an agent does it."""
    if message.type == "opened":
        agent.say(ASKED, PayloadType.HANDSHAKE_REQUEST)
    elif message.payload_type == PayloadType.HANDSHAKE_RESPONSE:
        time.sleep(0.2)
        agent.say({"HandshakeTimeToComplete": 1000, "CustomerMessage": "All is recorded."}, PayloadType.HANDSHAKE_COMPLETE)
    elif message.payload_type == PayloadType.OUTPUT:
        agent.say(b"out")
        agent.say(b"err", PayloadType.STDERR)
        agent.say(b"EXIT_CODE: 3", PayloadType.EXIT_CODE)
        agent.close()


def test_a_handshake_is_gone_through_before_anything_is_sent(opened):
    service, session = opened(shaking)
    assert session.banner == "All is recorded."
    session.send(b"go")
    assert [session.receive(5) for _number in range(3)] == [("stdout", b"out"), ("stderr", b"err"), ("exit", b"3")]
    answer = json.loads(service.agents[0].heard[0].payload)
    done = {"ActionType": "SessionType", "ActionStatus": 1, "ActionResult": None, "Error": ""}
    assert (answer["ProcessedClientActions"], answer["Errors"]) == ([done], None)
    assert [one.payload_type for one in service.agents[0].heard] == [PayloadType.HANDSHAKE_RESPONSE, PayloadType.OUTPUT]
    with pytest.raises(SessionEnded):
        session.receive(5)


class Encrypting:
    """An agent that wants its session encrypted, and has the key that KMS made for it."""

    def __init__(self, spoil: bool = False):
        self.mine, self.its, self.spoil, self.accepted = AESGCM(KEY[:32]), AESGCM(KEY[32:]), spoil, False

    def seal(self, data: bytes) -> bytes:
        sealed = b"n" * 12 + self.mine.encrypt(b"n" * 12, data, None)
        return sealed[:-1] + bytes([sealed[-1] ^ self.spoil])

    def __call__(self, agent: Agent, message: Message) -> None:
        if message.type == "opened":
            key = {"ActionType": "KMSEncryption", "ActionParameters": {"KMSKeyId": "arn:key", "Challenge": "Y2hhbGxlbmdl"}}
            agent.say(ASKED | {"RequestedClientActions": [*ASKED["RequestedClientActions"], key]}, PayloadType.HANDSHAKE_REQUEST)
        elif message.payload_type == PayloadType.HANDSHAKE_RESPONSE:
            result = json.loads(message.payload)["ProcessedClientActions"][1]
            if result["ActionStatus"] == 1:
                assert result["ActionResult"] == {"KMSCipherTextKey": base64.b64encode(b"sealed").decode(), "ChallengeAcknowledgement": True}
                sealed = b"n" * 12 + self.mine.encrypt(b"n" * 12, b"64 bytes", None)
                agent.say({"Challenge": base64.b64encode(sealed).decode()}, PayloadType.CHALLENGE_REQUEST)
        elif message.payload_type == PayloadType.CHALLENGE_RESPONSE:
            sealed = base64.b64decode(json.loads(message.payload)["Challenge"])
            self.accepted = self.its.decrypt(sealed[:12], sealed[12:], None) == b"64 bytes"
            agent.say({"HandshakeTimeToComplete": 1, "CustomerMessage": ""}, PayloadType.HANDSHAKE_COMPLETE)
        elif message.payload_type == PayloadType.OUTPUT:
            agent.say(self.seal(self.its.decrypt(message.payload[:12], message.payload[12:], None)))
            agent.say(self.seal(b"EXIT_CODE: 0"), PayloadType.EXIT_CODE)


@pytest.fixture
def with_kms(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., tuple[Service, ssm_control.Control]]:
    def begin(service: Service) -> tuple[Service, ssm_control.Control]:
        monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", service.endpoint)
        return service, service.control()

    return begin


def test_a_session_is_encrypted_where_the_account_wants_it(start, with_kms):
    agent = Encrypting()
    service, control = with_kms(start(agent))
    session = Session.open(control, TARGET)
    assert agent.accepted
    assert service.named("GenerateDataKey")[0] == {
        "KeyId": "arn:key",
        "NumberOfBytes": 64,
        "EncryptionContext": {"aws:ssm:SessionId": "session-0", "aws:ssm:TargetId": TARGET, "aws:ssm:RandomChallenge": "Y2hhbGxlbmdl"},
    }
    session.send(b"a secret word")
    assert [session.receive(5), session.receive(5)] == [("stdout", b"a secret word"), ("exit", b"0")]
    assert not any(b"a secret word" in frame for frame in service.agents[0].wire)
    session.close()


def test_what_was_not_encrypted_by_the_sessions_key_ends_it(start, with_kms):
    service, control = with_kms(start(Encrypting(spoil=True)))
    session = Session.open(control, TARGET)
    session.send(b"x")
    with pytest.raises(SessionEnded, match="not encrypted by this session's key"):
        session.receive(5)
    with pytest.raises(SessionEnded):
        session.send(b"more")
    session.close()
    assert service.named("TerminateSession")


def test_without_the_package_for_it_encryption_is_refused_with_what_to_install(start, with_kms, monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    service, control = with_kms(start(Encrypting()))
    with pytest.raises(SsmError, match="Python package 'cryptography'"):
        Session.open(control, TARGET)
    assert service.named("TerminateSession") == [{"SessionId": "session-0"}]


def test_without_the_right_to_the_key_the_action_is_named(start, with_kms):
    service, control = with_kms(start(Encrypting()))
    service.refusals["GenerateDataKey"] = [refused("AccessDeniedException")]
    with pytest.raises(ssm_control.AccessDenied, match="kms:GenerateDataKey"):
        Session.open(control, TARGET)
    until(lambda: service.named("TerminateSession"), "the session to be terminated")


def test_a_port_is_no_command(start):
    port = {"RequestedClientActions": [{"ActionType": "SessionType", "ActionParameters": {"SessionType": "Port"}}]}
    service = start(lambda agent, message: agent.say(port, PayloadType.HANDSHAKE_REQUEST) if message.type == "opened" else None)
    with pytest.raises(SsmError, match="The agent asks for 'Port'"):
        Session.open(service.control(), TARGET)
    until(lambda: service.agents[0].heard, "the agent to be told")
    answer = json.loads(service.agents[0].heard[0].payload)
    assert (answer["ProcessedClientActions"][0]["ActionStatus"], answer["Errors"]) == (3, ["Port is not supported"])
    assert service.named("TerminateSession")


@pytest.mark.parametrize("actions", [b"[1]", b'[{"ActionParameters": "x"}]', b'"x"'])
def test_a_handshake_without_sense_is_told(start, actions):
    asked = b'{"RequestedClientActions": %s}' % actions
    service = start(lambda agent, message: agent.say(asked, PayloadType.HANDSHAKE_REQUEST))
    with pytest.raises(SsmError, match="made no sense"):
        Session.open(service.control(), TARGET)
    assert service.named("TerminateSession")


def test_a_dropped_socket_is_resumed_and_no_byte_is_lost_or_doubled(opened):
    service, session = opened(drops=[30, 20, 7, 1, 10])
    data = bytes(range(256)) * 400
    threading.Thread(target=session.send, args=(data,), daemon=True).start()
    assert heard(session, len(data) + 5)[5:] == data
    assert len(service.named("ResumeSession")) == 5
    assert len({one["TokenValue"] for one in service.openings}) == 6
    assert b"".join(one.payload for one in service.agents[0].heard) == data


def test_after_a_resume_what_was_under_way_is_sent_again_at_once(opened, monkeypatch):
    channel = "ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_channel"
    for name in ("FIRST_TIMEOUT", "LONGEST_TIMEOUT", "LEAST_SLACK"):
        monkeypatch.setattr(f"{channel}.{name}", 1000.0)
    _service, session = opened(drops=[5], window=20)
    session.send(bytes(20 * 1024))
    assert heard(session, 20 * 1024 + 5)[5:] == bytes(20 * 1024)


def test_what_is_said_while_nobody_is_there_comes_after_the_resume(opened):
    def act(agent: Agent, message: Message) -> None:
        if message.type == "opened":
            agent.say(b"READY")
        elif message.payload == b"go":
            agent.cut()
            for number in range(5):
                agent.channel.send(PayloadType.OUTPUT, b"%d" % number, 0.0)

    _service, session = opened(act)
    session.send(b"go")
    assert heard(session, 10) == b"READY01234"


def test_a_link_that_takes_nothing_any_more_is_left_for_another(opened, monkeypatch):
    monkeypatch.setattr("ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_stream.ARRIVING", 1.0)

    def act(agent: Agent, message: Message) -> None:  # no echo: two ends that both only send would wait for each other
        if message.type == "opened":
            agent.say(b"READY")
        elif sum(len(one.payload) for one in agent.heard) == len(data):
            agent.say(b"ALL")

    data = bytes(range(256)) * 60_000
    service, session = opened(act, drops=[1], frame=100_000, window=100)
    service.agents[0].stuck = stuck = threading.Event()
    threading.Thread(target=session.send, args=(data,), daemon=True).start()
    assert session.receive(10) == ("stdout", b"READY")
    assert session.receive(20) == ("stdout", b"ALL")
    assert b"".join(one.payload for one in service.agents[0].heard) == data
    assert service.named("ResumeSession")
    stuck.set()


@pytest.mark.parametrize("gone", [{"SessionId": "session-0", "TokenValue": "", "StreamUrl": ""}, None], ids=["an empty token", "DoesNotExistException"])
def test_a_session_that_is_gone_is_not_resumed(opened, gone):
    service, session = opened(drops=[3])
    if gone:
        service.answers["ResumeSession"] = gone
    else:
        service.refusals["ResumeSession"] = [refused("DoesNotExistException")]
    with pytest.raises(SessionEnded, match=r"connection to the session was lost .* not resumed"):
        session.send(b"x" * 1_000_000)
    session.close()
    assert service.named("TerminateSession") == [{"SessionId": "session-0"}]


def test_no_leave_to_resume_ends_the_session_with_the_action(opened):
    service, session = opened()
    service.refusals["ResumeSession"] = [refused("AccessDeniedException")]
    service.agents[0].cut()
    with pytest.raises(SessionEnded, match="ssm:ResumeSession"):
        heard(session, 1000)


def test_what_cannot_be_resumed_in_time_is_given_up(opened, monkeypatch):
    monkeypatch.setattr(ssm_session, "RESUMING", 0.5)
    service, session = opened()
    service.url = "ws://127.0.0.1:1"
    service.agents[0].cut()
    with pytest.raises(SessionEnded, match="not resumed: no websocket to 127.0.0.1:1"):
        heard(session, 1000)
    assert len(service.named("ResumeSession")) > 1


def test_a_closed_channel_ends_the_session_with_its_words_once_all_was_received(opened):
    def act(agent: Agent, message: Message) -> None:
        agent.say(b"last word")
        agent.close("the agent was stopped")

    _service, session = opened(act)
    assert session.receive(5) == ("stdout", b"last word")
    for _number in range(2):
        with pytest.raises(SessionEnded, match="the agent was stopped"):
            session.receive(5)
    with pytest.raises(SessionEnded, match="the agent was stopped"):
        session.send(b"x")


def test_a_full_window_makes_the_sender_wait_until_it_is_answered(opened):
    service, session = opened(window=4)
    service.agents[0].deaf = True
    sent = threading.Event()
    threading.Thread(target=lambda: (session.send(b"x" * 10 * 1024), sent.set()), daemon=True).start()
    assert not sent.wait(0.5)
    service.agents[0].deaf = False
    assert sent.wait(10)
    assert heard(session, 10 * 1024 + 5)[5:] == b"x" * 10 * 1024


def test_who_waits_for_the_window_is_freed_by_the_end(opened):
    service, session = opened(window=1)
    service.agents[0].deaf = True
    told: list[str] = []

    def send() -> None:
        try:
            session.send(b"x" * 5000)
        except SessionEnded as error:
            told.append(str(error))

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    sender.join(0.2)
    session.close()
    sender.join(5)
    assert told == ["The session was closed"]


def test_what_one_sends_keeps_together(opened):
    service, session = opened(frame=10)
    senders = [threading.Thread(target=session.send, args=(bytes([letter]) * 200,)) for letter in b"abcdef"]
    for sender in senders:
        sender.start()
    data = heard(session, 1205)[5:]
    assert sorted(data[start : start + 200] for start in range(0, 1200, 200)) == [bytes([letter]) * 200 for letter in b"abcdef"]


def test_an_end_that_does_not_answer_is_given_up(opened, monkeypatch):
    monkeypatch.setattr("ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_channel.MOST_RESENDS", 2)
    service, session = opened()
    service.agents[0].deaf = True
    session.receive(5)
    session.send(b"x")
    with pytest.raises(SessionEnded, match="did not answer"):
        session.receive(10)


def test_a_command_that_says_nothing_is_not_waited_for_without_end(start):
    service = start(lambda agent, message: None)
    with pytest.raises(SsmError, match="said nothing in time"):
        Session.open(service.control(), TARGET, ready=0.3)
    assert service.named("TerminateSession") == [{"SessionId": "session-0"}]


UNFIT = {"ws://127.0.0.1:1": "data channel was not reached", "ws://192.0.2.1": "not encrypted", "http://x": "not encrypted"}


@pytest.mark.parametrize(("url", "says"), UNFIT.items())
def test_a_stream_that_cannot_or_may_not_be_dialled_leaves_no_session(start, url, says):
    service = start()
    service.url = url
    with pytest.raises(SsmError, match=says):
        Session.open(service.control(), TARGET)
    assert service.named("TerminateSession") == [{"SessionId": "session-0"}]


def test_the_token_is_in_no_log_and_no_word(start, caplog):
    with caplog.at_level(logging.DEBUG, "websockets"):
        service = start()
        caplog.clear()
        control = service.control()
        grant = control.start(TARGET, None, None, "")
        assert grant.token
        assert grant.token not in repr(grant)
        session = ssm_session.Session(control, grant.session_id, TARGET, 1024, 64)
        session._begin(grant, time.monotonic() + 10)
        session.close()
    assert not [record for record in caplog.records if record.name == "websockets.client"]
