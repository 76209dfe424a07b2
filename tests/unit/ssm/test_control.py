# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the API's refusals come to, by which way it and the data channel are reached, and what is left behind."""

from __future__ import annotations

import contextlib
import datetime
import http.server
import ipaddress
import select
import socket
import ssl
import threading
import typing as t
import urllib.parse
from pathlib import Path

import boto3.session
import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils import ssm_control
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_control import AccessDenied
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_control import Control
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_control import Grant
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_control import NoSuchInstance
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_control import SessionEnded
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_control import SsmError
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_control import TargetNotConnected
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_control import Throttled
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_session import Session
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_stream import Dropped
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_stream import Stream
from botocore.stub import Stubber
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .service import Agent
from .service import LOST
from .service import Message
from .service import PayloadType
from .service import REGION
from .service import refused
from .service import Service
from .service import TARGET


def echo(agent: Agent, message: Message) -> None:
    if message.type == "opened":
        agent.say(b"READY")
    elif message.payload_type == PayloadType.OUTPUT:
        agent.say(message.payload)


@pytest.fixture
def service() -> t.Iterator[Service]:
    it = Service(echo)
    yield it
    it.stop()


def echoes(control: Control) -> None:
    """A session, there and back."""
    session = Session.open(control, TARGET)
    session.send(b"there")
    assert [session.receive(5), session.receive(5)] == [("stdout", b"READY"), ("stdout", b"there")]
    session.close()


class Described:
    """A control whose answers are given one after another, as AWS's documentation has them."""

    session = boto3.session.Session("AKIDEXAMPLE", "secret", region_name=REGION)  # one for all: it reads EC2's model once

    def __init__(self) -> None:
        self.control = Control(self.session)
        self.ssm, self.ec2 = (Stubber(self.control._client(name)) for name in ("ssm", "ec2"))
        self.ssm.add_client_error("start_session", "TargetNotConnected", f"{TARGET} is not connected.", 400)
        self.ssm.activate()
        self.ec2.activate()

    def seen(self, *found: dict[str, t.Any]) -> None:
        asked = {"Filters": [{"Key": "InstanceIds", "Values": [TARGET]}]}
        self.ssm.add_response("describe_instance_information", {"InstanceInformationList": list(found)}, asked)

    def standing(self, state: str | None) -> None:
        instances = [{"Instances": [{"InstanceId": TARGET, "State": {"Name": state}}]}] if state else []
        self.ec2.add_response("describe_instances", {"Reservations": instances}, {"InstanceIds": [TARGET]})

    def refusal(self, target: str = TARGET) -> SsmError:
        with pytest.raises(SsmError) as told:
            self.control.start(target, None, None, "")
        self.ssm.assert_no_pending_responses()
        self.ec2.assert_no_pending_responses()
        return told.value


LAST = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)


@pytest.fixture
def described() -> Described:
    return Described()


def test_an_agent_that_is_not_connected_is_told_with_its_ping_status_and_the_usual_causes(described):
    described.seen({"InstanceId": TARGET, "PingStatus": "ConnectionLost", "LastPingDateTime": LAST, "AgentVersion": "3.3.1"})
    error = described.refusal()
    assert isinstance(error, TargetNotConnected)
    for part in ("ping status ConnectionLost", "2026-01-02 03:04:05", "agent 3.3.1", "(1)", "AmazonSSMManagedInstanceCore", f"ec2messages of {REGION}"):
        assert part in str(error)


def test_an_agent_that_answers_but_takes_no_session_is_told_apart(described):
    described.seen({"InstanceId": TARGET, "PingStatus": "Online", "LastPingDateTime": LAST, "AgentVersion": "3.3.1"})
    assert "holds no connection to ssmmessages" in str(described.refusal())


@pytest.mark.parametrize("state", ["pending", "running", "stopped"])
def test_an_instance_that_never_registered_is_told_with_what_ec2_says(described, state):
    described.seen()
    described.standing(state)
    error = described.refusal()
    assert isinstance(error, TargetNotConnected)
    assert f"to EC2 it is {state}" in str(error)
    assert "(3)" in str(error)


@pytest.mark.parametrize("state", ["shutting-down", "terminated", None])
def test_an_instance_that_is_gone_is_not_waited_for(described, state):
    described.seen()
    described.standing(state)
    assert isinstance(described.refusal(), NoSuchInstance)


def test_an_instance_that_never_was_is_told(described):
    described.seen()
    described.ec2.add_client_error("describe_instances", "InvalidInstanceID.NotFound", "no", 400)
    error = described.refusal()
    assert isinstance(error, NoSuchInstance)
    assert f"no instance {TARGET} in {REGION}" in str(error)


def test_without_leave_to_look_what_is_known_is_told(described):
    described.ssm.add_client_error("describe_instance_information", "AccessDeniedException", "no", 400)
    assert "ssm:DescribeInstanceInformation" in str(described.refusal())


def test_without_leave_to_ask_ec2_it_may_still_come(described):
    described.seen()
    described.ec2.add_client_error("describe_instances", "UnauthorizedOperation", "no", 403)
    error = described.refusal()
    assert isinstance(error, TargetNotConnected)
    assert "EC2 does not say" in str(error)


def test_ec2_is_not_asked_about_machines_elsewhere():
    described, target = Described(), "mi-0123456789abcdef0"
    asked = {"Filters": [{"Key": "InstanceIds", "Values": [target]}]}
    described.ssm.add_response("describe_instance_information", {"InstanceInformationList": []}, asked)
    assert isinstance(described.refusal(target), TargetNotConnected)


REFUSALS = {
    "AccessDeniedException": (AccessDenied, "may not ssm:StartSession"),
    "ExpiredTokenException": (SsmError, "renew them"),
    "UnrecognizedClientException": (SsmError, "does not know these credentials"),
    "InvalidSignatureException": (SsmError, "clock"),
    "InvalidDocument": (SsmError, "no such session document"),
}


@pytest.mark.parametrize(("code", "expected"), REFUSALS.items(), ids=REFUSALS.keys())
def test_a_refusal_says_what_to_do(service, code, expected):
    service.refusals["StartSession"] = [refused(code)]
    with pytest.raises(expected[0], match=expected[1]) as told:
        service.control().start(TARGET, "Doc", None, "")
    assert "as the test will have it" in str(told.value)
    assert len(service.calls) == 1


def test_what_is_throttled_is_tried_again(service):
    service.refusals["StartSession"] = [refused("ThrottlingException")] * 2
    assert service.control().start(TARGET, None, None, "").session_id == "session-0"
    assert len(service.named("StartSession")) == 3


def test_what_stays_throttled_is_told(service, monkeypatch):
    monkeypatch.setattr(ssm_control, "ATTEMPTS", 2)
    service.refusals["StartSession"] = [refused("ThrottlingException")] * 2
    with pytest.raises(Throttled, match="forks"):
        service.control().start(TARGET, None, None, "")


def test_a_session_whose_answer_was_lost_is_ended(service):
    service.refusals["StartSession"] = [LOST]
    lost = {"SessionId": "session-0", "Target": TARGET}
    other = {"SessionId": "session-other", "Target": TARGET, "Reason": "somebody else"}

    def answer(operation: str, asked: dict[str, t.Any]) -> dict[str, t.Any]:
        if operation == "DescribeSessions":
            reason = service.named("StartSession")[0]["Reason"]
            return {"Sessions": [one | {"Reason": one.get("Reason", reason)} for one in (other, lost, lost | {"SessionId": "session-1"})]}
        return original(operation, asked)

    original, service.answer = service.answer, answer
    assert service.control().start(TARGET, None, None, "").session_id == "session-1"
    assert service.named("DescribeSessions")[0] == {"State": "Active", "Filters": [{"key": "Target", "value": TARGET}]}
    assert service.named("TerminateSession") == [{"SessionId": "session-0"}]


def test_a_start_that_failed_on_the_way_leaves_no_session(service, monkeypatch):
    monkeypatch.setattr(ssm_control, "ATTEMPTS", 1)
    service.refusals["StartSession"] = [LOST]
    service.answers["DescribeSessions"] = {"Sessions": []}
    with pytest.raises(SsmError, match="AWS was not reached"):
        service.control().start(TARGET, None, None, "")
    assert service.named("DescribeSessions")


def test_a_reason_is_kept_to_what_the_api_takes(service):
    service.control().start(TARGET, None, None, "r" * 300)
    assert len(service.named("StartSession")[0]["Reason"]) == 256


@pytest.mark.parametrize(("endpoint", "says"), [("http://127.0.0.1:1", "AWS was not reached"), ("nowhere", "no such endpoint")])
def test_an_endpoint_that_is_none_is_told(monkeypatch, endpoint, says):
    monkeypatch.setattr(ssm_control, "ATTEMPTS", 1)
    with pytest.raises(SsmError, match=says):
        Control(boto3.session.Session("AKIDEXAMPLE", "secret", region_name=REGION), endpoint).start(TARGET, None, None, "")


def test_without_credentials_it_says_so(service, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(SsmError, match="boto3 found no credentials"):
        Control(boto3.session.Session(region_name=REGION), service.endpoint).start(TARGET, None, None, "")


def test_without_a_region_it_says_so(monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(SsmError, match="name the host's region"):
        Control(boto3.session.Session("AKIDEXAMPLE", "secret")).start(TARGET, None, None, "")


def test_an_end_that_aws_was_not_told_of_is_raised(service):
    session = Session.open(service.control(), TARGET)
    service.refusals["TerminateSession"] = [refused("AccessDeniedException")]
    with pytest.raises(AccessDenied, match="ssm:TerminateSession"):
        session.close()
    with pytest.raises(SessionEnded):
        session.send(b"x")


def certified(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """TLS for 127.0.0.1, and the file that trusts it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(days=1))
    made = builder.add_extension(subject, False).sign(key, hashes.SHA256())
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"


def test_the_data_channel_trusts_whom_boto3_trusts(tmp_path, monkeypatch):
    context, trusted = certified(tmp_path)
    service = Service(echo, ssl=context)
    with contextlib.closing(contextlib.ExitStack()) as held:
        held.callback(service.stop)
        with pytest.raises(SsmError, match="CERTIFICATE_VERIFY_FAILED"):
            Session.open(service.control(), TARGET)
        monkeypatch.setenv("AWS_CA_BUNDLE", str(trusted))
        echoes(service.control())


class Proxy(http.server.ThreadingHTTPServer):
    """A proxy that wants to know who asks, and notes where it was asked to go."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.knows: list[str | None] = []
        super().__init__(("127.0.0.1", 0), _ProxyHandler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://user:pass%20word@127.0.0.1:{self.server_port}"


class _ProxyHandler(http.server.BaseHTTPRequestHandler):
    def _note(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        self.server.knows.append(self.headers["Proxy-Authorization"])

    def do_CONNECT(self) -> None:
        self._note()
        host, _colon, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as beyond:
            self.send_response(200)
            self.end_headers()
            self._carry(beyond)

    def do_POST(self) -> None:
        self._note()
        parts = urllib.parse.urlsplit(self.path)
        head = f"POST {parts.path} HTTP/1.0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in self.headers.items() if name != "Connection") + "\r\n"
        with socket.create_connection((parts.hostname, parts.port)) as beyond:
            beyond.sendall(head.encode() + self.rfile.read(int(self.headers["Content-Length"])))
            while data := beyond.recv(65536):
                self.wfile.write(data)
        self.close_connection = True

    def _carry(self, beyond: socket.socket) -> None:
        while True:
            for one in select.select([self.connection, beyond], [], [])[0]:
                data = one.recv(65536)
                if not data:
                    return
                (beyond if one is self.connection else self.connection).sendall(data)

    def log_message(self, *_words: t.Any) -> None:
        """Say nothing."""


@pytest.fixture
def proxy() -> t.Iterator[Proxy]:
    it = Proxy()
    yield it
    it.shutdown()
    it.server_close()


def test_a_proxy_is_the_way_of_api_and_data_channel_both(service, proxy):
    echoes(service.control(proxy=proxy.url))
    assert [one.split()[0] for one in proxy.asked] == ["POST", "CONNECT", "POST"]
    assert set(proxy.knows) == {"Basic dXNlcjpwYXNzIHdvcmQ="}


def test_the_environments_proxy_is_taken_where_none_is_named(service, proxy, monkeypatch):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", proxy.url)
    echoes(service.control())
    assert len(proxy.asked) == 3


def test_a_proxy_that_is_none_is_refused_without_its_password(service):
    with pytest.raises(SsmError, match="http:// or https://") as told:
        service.control(proxy="ftp://user:hidden@127.0.0.1:1")
    assert "hidden" not in str(told.value)


@pytest.mark.parametrize("url", ["http://user:hidden@127.0.0.1:1", "http://user:hidden@[::bad", "ftp://user:hidden@127.0.0.1:1"])
def test_a_proxy_that_does_not_work_keeps_its_password(service, url, monkeypatch):
    monkeypatch.setattr(ssm_control, "ATTEMPTS", 1)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    grant = Grant("session-0", "token", f"{service.url}/v1/data-channel/session-0")
    control = service.control()
    monkeypatch.setenv("http_proxy", url)
    for attempt in (lambda: control.start(TARGET, None, None, ""), lambda: Stream(grant, control)):
        with pytest.raises((SsmError, Dropped)) as told:
            attempt()
        assert "hidden" not in str(told.value)
