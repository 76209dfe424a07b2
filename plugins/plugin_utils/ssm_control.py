# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Session Manager's API, for sessions to one account, region and endpoint; and what its refusals mean to whoever wanted a session.

Credentials come through boto3's own chain alone, which renews them.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import typing as t
import uuid
from dataclasses import dataclass
from dataclasses import field

try:
    import boto3.session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError
    from botocore.exceptions import ConnectionError as NotReached
    from botocore.exceptions import HTTPClientError
    from botocore.exceptions import NoCredentialsError
    from botocore.exceptions import NoRegionError
    from botocore.httpsession import get_cert_path
except ImportError:  # the connection says so, with what to install
    BotoCoreError = ClientError = NotReached = HTTPClientError = NoCredentialsError = NoRegionError = Exception

#: How often a request is sent at most; the SDK waits longer each time, by chance, when it is throttled or not answered.
ATTEMPTS = 10
#: Seconds to connect in, and to be answered in.
CONNECT_TIMEOUT, READ_TIMEOUT = 10, 30
#: What StartSession takes as a reason at most, https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html
LONGEST_REASON = 256
#: What boto3 takes as a proxy.
PROXIES = ("http://", "https://")

#: By code: what to do about a refusal.
ADVICE = {
    "AccessDeniedException": "these credentials may not {action}: allow that action, for StartSession on the instance and on the document, in their policy",
    "ExpiredTokenException": "the credentials are past their time: renew them and run again",
    "UnrecognizedClientException": "AWS does not know these credentials: look at which ones boto3 finds, and whether they are of this partition",
    "InvalidSignatureException": "AWS does not take these credentials' signature: look at the secret key, and at this machine's clock",
    "InvalidDocument": "there is no such session document in this account and region",
    "ThrottlingException": f"AWS throttles {{action}}, {ATTEMPTS} attempts with pauses between them included: open fewer sessions at once (forks, serial)",
}
CAUSES = """\
The usual causes: (1) it is still booting, or its agent does not run (amazon-ssm-agent; on Ubuntu the snap of that name);
(2) its instance profile does not let it: the policy AmazonSSMManagedInstanceCore does; (3) it does not reach the endpoints ssm,
ssmmessages and ec2messages of {region}: it needs a NAT gateway, or a VPC endpoint for each""".replace("\n", " ")


class SsmError(Exception):
    """Something that has to do with Session Manager went wrong. Says what, and what to do."""


class AccessDenied(SsmError):
    """The credentials may not do it. Names the IAM action."""


class NoSuchInstance(SsmError):
    """There is no such instance, or no longer."""


class SessionEnded(SsmError):
    """The session is over. Says why."""


class TargetNotConnected(SsmError):
    """The target's agent is not connected, which may pass. Says what is known of the agent."""


class Throttled(SsmError):
    """AWS went on to refuse because of too many requests."""


#: By code: which of these it is.
KINDS = {
    "AccessDeniedException": AccessDenied,
    "DoesNotExistException": SessionEnded,
    "TargetNotConnected": TargetNotConnected,
    "ThrottlingException": Throttled,
}


@dataclass(frozen=True)
class Grant:
    """What opens a session's data channel, once and soon. ``token`` is a secret."""

    session_id: str
    token: str = field(repr=False)
    url: str


class Control:
    """Session Manager's API. ``endpoint_url`` is that of ``ssm`` alone; ``proxy`` is a URL, or None for what the environment says."""

    def __init__(self, session: boto3.session.Session, endpoint_url: str | None = None, proxy: str | None = None):
        if proxy and not proxy.startswith(PROXIES):
            raise SsmError(f"The proxy must be given as a URL that begins with {' or '.join(PROXIES)}")
        self.session, self.proxy = session, proxy
        self._endpoints = {"ssm": endpoint_url}
        self._clients: dict[str, t.Any] = {}
        self._making = threading.Lock()

    @property
    def region(self) -> str:
        return self._client("ssm").meta.region_name

    @property
    def certificates(self) -> str:
        """The file or folder of the certificates that boto3 trusts: its own, or by ``AWS_CA_BUNDLE``, ``REQUESTS_CA_BUNDLE`` or its configuration."""
        chosen = self.session._session.get_config_variable("ca_bundle")  # what boto3 itself asks, and does not hand on
        return get_cert_path(chosen or os.environ.get("REQUESTS_CA_BUNDLE") or True)

    def _client(self, service: str) -> t.Any:
        with self._making:  # boto3 makes clients in one thread at a time
            if service not in self._clients:
                proxies = {"http": self.proxy, "https": self.proxy} if self.proxy else None
                retries = {"mode": "standard", "total_max_attempts": ATTEMPTS}
                config = Config(retries=retries, proxies=proxies, connect_timeout=CONNECT_TIMEOUT, read_timeout=READ_TIMEOUT)
                try:
                    self._clients[service] = self.session.client(service, endpoint_url=self._endpoints.get(service), config=config)
                except ValueError as error:
                    raise SsmError(f"boto3 takes no such endpoint or region: {error}") from error
            return self._clients[service]

    def call(self, service: str, operation: str, **params: t.Any) -> dict[str, t.Any]:
        """Make a request, which may be sent more than once. Raises SsmError, which says what to do."""
        try:
            return getattr(self._client(service), operation)(**params)
        except (BotoCoreError, ClientError) as error:
            raise _told(service, operation, error) from error

    def start(self, target: str, document: str | None, parameters: dict[str, list[str]] | None, reason: str) -> Grant:
        """Begin a session: with the account's own document where none is named. Whoever reads CloudTrail sees all that is given here."""
        mark = uuid.uuid4().hex[:16]
        reason = f"{reason[: LONGEST_REASON - len(mark) - 1]} {mark}".strip()
        given = {"DocumentName": document, "Parameters": parameters}
        given = {name: value for name, value in given.items() if value}
        try:
            answer = self.call("ssm", "start_session", Target=target, Reason=reason, **given)
        except TargetNotConnected as error:
            raise self._diagnosis(target) from error
        except SsmError as error:
            if _may_have_been_done(error.__cause__):
                self._end_lost(target, reason)
            raise
        if answer["ResponseMetadata"].get("RetryAttempts"):
            self._end_lost(target, reason, answer["SessionId"])
        return Grant(answer["SessionId"], answer["TokenValue"], answer["StreamUrl"])

    def _end_lost(self, target: str, reason: str, kept: str = "") -> None:
        """A request whose answer was lost may have begun a session that nobody knows of; its reason tells."""
        question: dict[str, t.Any] = {"State": "Active", "Filters": [{"key": "Target", "value": target}]}
        with contextlib.suppress(SsmError):  # who may not list sessions leaves it to the account's idle timeout, 20 minutes unless set
            while question.get("NextToken", True):
                answer = self.call("ssm", "describe_sessions", **question)
                for one in answer.get("Sessions", []):
                    if one.get("Reason") == reason and one["SessionId"] != kept:
                        self.terminate(one["SessionId"])
                question["NextToken"] = answer.get("NextToken")

    def resume(self, session_id: str) -> Grant:
        """A new way to a session whose socket is gone; SessionEnded where the session is gone, too."""
        answer = self.call("ssm", "resume_session", SessionId=session_id)
        if not answer.get("TokenValue"):
            raise SessionEnded(f"Session {session_id} is over: it was idle for too long, was terminated, or its host went")
        return Grant(session_id, answer["TokenValue"], answer["StreamUrl"])

    def terminate(self, session_id: str) -> None:
        """End a session, if it has not ended."""
        self.call("ssm", "terminate_session", SessionId=session_id)

    def generate_data_key(self, **params: t.Any) -> dict[str, t.Any]:
        """kms:GenerateDataKey, for sessions that are encrypted."""
        return self.call("kms", "generate_data_key", **params)

    def _diagnosis(self, target: str) -> SsmError:
        """What is known of an instance whose agent is not connected."""
        causes = CAUSES.format(region=self.region)
        try:
            filters = [{"Key": "InstanceIds", "Values": [target]}]
            found = self.call("ssm", "describe_instance_information", Filters=filters)["InstanceInformationList"]
        except SsmError as error:
            return TargetNotConnected(f"The agent of {target} is not connected to Session Manager, and its ping status is not known ({error}). {causes}")
        if not found:
            return self._unregistered(target, causes)
        seen = found[0]
        known = f"ping status {seen.get('PingStatus')}, last heard of {seen.get('LastPingDateTime')}, agent {seen.get('AgentVersion')}"
        if seen.get("PingStatus") == "Online":
            known += "; it answers Systems Manager, and holds no connection to ssmmessages"
        return TargetNotConnected(f"The agent of {target} is not connected to Session Manager ({known}). {causes}")

    def _unregistered(self, target: str, causes: str) -> SsmError:
        """Systems Manager never heard of it. EC2 knows whether it is there at all."""
        never = f"Systems Manager in {self.region} has not heard of {target}"
        if not target.startswith("i-"):
            return TargetNotConnected(f"{never}. {causes}")
        try:
            found = self.call("ec2", "describe_instances", InstanceIds=[target])["Reservations"]
        except SsmError as error:
            if isinstance(error.__cause__, ClientError) and error.__cause__.response["Error"]["Code"].startswith("InvalidInstanceID"):
                return NoSuchInstance(f"There is no instance {target} in {self.region} of this account: look at the host's name, region and credentials")
            return TargetNotConnected(f"{never}, and EC2 does not say whether it is there ({error}). {causes}")
        state = found[0]["Instances"][0]["State"]["Name"] if found else "terminated"
        if state in ("shutting-down", "terminated"):
            return NoSuchInstance(f"The instance {target} is {state}")
        return TargetNotConnected(f"{never}; to EC2 it is {state}. {causes}")


def _may_have_been_done(error: BaseException | None) -> bool:
    """Whether a request may have been carried out although no good answer came back."""
    return isinstance(error, HTTPClientError) or isinstance(error, ClientError) and error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500


def _told(service: str, operation: str, error: Exception) -> SsmError:
    """AWS's or boto3's error as one that says what to do."""
    action = "".join(part.title() for part in operation.split("_"))
    code = error.response["Error"].get("Code", "") if isinstance(error, ClientError) else ""
    advice = ADVICE.get(code, "").format(action=f"{service}:{action}")
    if isinstance(error, NoCredentialsError):
        advice = "boto3 found no credentials: name a profile, or set them in the environment that Ansible runs in"
    elif isinstance(error, NoRegionError):
        advice = "no region is known: name the host's region"
    elif isinstance(error, (NotReached, HTTPClientError)):
        advice = "AWS was not reached: look at the region, the endpoint, the proxy and this machine's network"
    return KINDS.get(code, SsmError)(f"{action} failed: {without_password(str(error))}" + (f". To do: {advice}" if advice else ""))


def without_password(text: str) -> str:
    """An error's text without the name and password of a proxy's URL, which boto3 and websockets repeat in some."""
    return re.sub(r"(?<=://)[^/@\s]+@", "", text)
