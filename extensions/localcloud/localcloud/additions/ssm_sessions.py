# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Session Manager: sessions on real hosts of this machine (localcloud/hosts), for who holds a key of this run."""
from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores
from moto.ssm.models import ssm_backends
from moto.ssm.responses import SimpleSystemManagerResponse

from ..call import Call
from ..hosts.documents import BadParameters, PREFERENCES, preferences, task_of
from ..hosts.encryption import unwrap
from ..hosts.registry import Host, HOSTS
from ..hosts.session import Session
from ..hosts.sessions import SESSIONS
from ..keys import KEYS
from ..replies import AwsError
from . import before, patch
from .iam_enforcing import caller_arn
from .ssm_documents import content_of, short_name

SESSION_OPERATIONS = ("StartSession", "ResumeSession", "TerminateSession", "DescribeSessions", "GetConnectionStatus")
_LONGEST_NAME, _LONGEST_VALUE = 255, 65535
_PAGE = 200
_TOKEN = re.compile(r"\d+")
Answer = Callable[[Call, dict[str, Any]], dict[str, Any]]


def operation(name: str, answer: Answer) -> None:
    """Let moto answer an operation that it lacks by `answer(call, params)`."""

    def method(self: SimpleSystemManagerResponse) -> ActionResult:
        # moto hands on no environ; who asks is read from the headers.
        environ = {f"HTTP_{header.upper().replace('-', '_')}": value for header, value in self.headers.items()}
        call = Call(environ, b"", "ssm", self.region, name, account=self.current_account)
        return ActionResult(answer(call, json.loads(self.body or "{}")))

    setattr(SimpleSystemManagerResponse, camelcase_to_underscores(name), method)


@before("ssm", *SESSION_OPERATIONS, adds="a request is signed by the key of this run (`env`, `exec`), or by one that was made with it; the key "
        "`testing` opens no host", source="IAM user guide, reference_sigv; CommonErrors: UnrecognizedClientException")  # fmt: skip
def be_signed(call: Call) -> None:
    KEYS.holder(call.environ, call.body)


@before("ssm", "StartSession", adds="names and values of parameters have their lengths", source="API_StartSession: Parameters")
def check_lengths(call: Call) -> None:
    for name, values in call.params.get("Parameters", {}).items():
        if not 1 <= len(name) <= _LONGEST_NAME or any(len(value) > _LONGEST_VALUE for value in values):
            text = f"Parameter names have up to {_LONGEST_NAME} characters, and values up to {_LONGEST_VALUE}"
            raise AwsError("ValidationException", f"1 validation error detected: {text}: {name[:40]}")


@patch("ssm", *SESSION_OPERATIONS, adds="there they are: sessions on the hosts of this machine, with their data channel, their tokens, the agent's way "
       "with terminals, commands and ports, idle and longest time; TargetNotConnected, InvalidDocument, DoesNotExistException",
       source="API_StartSession, API_ResumeSession, API_TerminateSession, API_Session; the agent's published source")  # fmt: skip
def sessions_are_real() -> None:
    operation("StartSession", _start)
    operation("ResumeSession", _resume)
    operation("TerminateSession", _terminate)
    operation("DescribeSessions", _describe)
    operation("GetConnectionStatus", _connection_status)


def _start(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    host = HOSTS.get(params["Target"], call.region)
    if host is None or not host.online:
        raise AwsError("TargetNotConnected", f"{params['Target']} is not connected.")
    backend, name = ssm_backends[call.account][call.region], params.get("DocumentName")
    content = content_of(backend, name or PREFERENCES)
    if name and content is None:
        raise AwsError("InvalidDocument", f"Document with name {name} does not exist.")
    try:
        task = task_of(content, params.get("Parameters", {}))
    except BadParameters as problem:
        raise AwsError("InvalidParameters", str(problem)) from None
    except NotImplementedError as lack:
        raise AwsError("UnsupportedOperation", f"The local cloud has no session with {lack}", 501) from None
    owner = caller_arn(call)
    about = {"region": call.region, "owner": owner, "reason": params.get("Reason", ""), "document": short_name(name or PREFERENCES)}
    asked = functools.partial(unwrap, call.account, call.region)
    session = SESSIONS.start(re.split("[/:]", owner)[-1], host, task, preferences(content_of(backend, PREFERENCES)), asked, **about)
    return SESSIONS.way_in(session)


def _session(call: Call, session_id: str) -> Session | None:
    session = SESSIONS.get(session_id)
    return session if session and session.region == call.region else None


def _resume(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    session = _session(call, params["SessionId"])
    if session is None:
        raise AwsError("DoesNotExistException", f"Session {params['SessionId']} does not exist.")
    return {"SessionId": session.id, "TokenValue": ""} if session.over else SESSIONS.way_in(session)


def _terminate(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    if session := _session(call, params["SessionId"]):
        session.terminate()
    return {"SessionId": params["SessionId"]}


def _describe(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    history = params["State"] == "History"
    found = [one for one in SESSIONS.all() if one.region == call.region and one.over == history]
    for rule in params.get("Filters", []):
        found = [one for one in found if _passes(one, rule["key"], rule["value"])]
    found.reverse()
    at, most = _first(params), int(params.get("MaxResults", _PAGE))
    more = {"NextToken": str(at + most)} if at + most < len(found) else {}
    return {"Sessions": [_told(one) for one in found[at : at + most]], **more}


def _first(params: dict[str, Any]) -> int:
    token = params.get("NextToken") or "0"
    if not _TOKEN.fullmatch(token):
        raise AwsError("InvalidNextToken", "The specified token is not valid.")
    return int(token)


def _passes(session: Session, key: str, value: str) -> bool:
    if key in ("InvokedAfter", "InvokedBefore"):
        try:
            moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            raise AwsError("ValidationException", f"{key} must be a time of ISO 8601, not {value}") from None
        return session.started >= moment if key == "InvokedAfter" else session.started <= moment
    return _told(session).get(key) == value


def _told(session: Session) -> dict[str, Any]:
    told = {
        "SessionId": session.id,
        "Target": session.host.id,
        "Status": session.status,
        "StartDate": session.started,
        "EndDate": session.ended_at,
        "DocumentName": session.about["document"],
        "Owner": session.about["owner"],
        "Reason": session.about["reason"],
        "Details": session.output,
        "AccessType": "Standard",
    }
    return {key: value for key, value in told.items() if value}


def _connection_status(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    host = HOSTS.get(params["Target"], call.region)
    return {"Target": params["Target"], "Status": "connected" if host and host.online else "notconnected"}


@patch("ssm", "DescribeInstanceInformation", adds="the hosts of this machine, with how their agents are; filters and pages",
       source="API_DescribeInstanceInformation, API_InstanceInformationStringFilter")  # fmt: skip
def tell_the_hosts() -> None:
    operation("DescribeInstanceInformation", _describe_hosts)


_FILTERS: dict[str, Callable[[Host], str]] = {
    "InstanceIds": lambda host: host.id,
    "AgentVersion": lambda host: host.agent,
    "PingStatus": lambda host: host.status,
    "PlatformTypes": lambda host: host.platform,
    "ResourceType": lambda host: "ManagedInstance" if host.id.startswith("mi-") else "EC2Instance",
}


def _describe_hosts(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    rules = [(one["key"], one["valueSet"]) for one in params.get("InstanceInformationFilterList", [])]
    rules += [(one["Key"], one["Values"]) for one in params.get("Filters", [])]
    if unknown := {key for key, _values in rules} - set(_FILTERS):
        raise AwsError("InvalidFilterKey", f"The specified key is not valid here: {min(unknown)}")
    found = [host for host in HOSTS.of(call.region) if all(_FILTERS[key](host) in values for key, values in rules)]
    at, most = _first(params), int(params.get("MaxResults", 10))
    more = {"NextToken": str(at + most)} if at + most < len(found) else {}
    return {"InstanceInformationList": [_host(host) for host in found[at : at + most]], **more}


def _host(host: Host) -> dict[str, Any]:
    return {
        "InstanceId": host.id,
        "PingStatus": host.status,
        "LastPingDateTime": datetime.fromtimestamp(host.seen).astimezone(),
        "AgentVersion": host.agent,
        "IsLatestVersion": False,
        "PlatformType": host.platform,
        "PlatformName": host.name,
        "PlatformVersion": host.version,
        "ResourceType": _FILTERS["ResourceType"](host),
        "IPAddress": host.ip,
        "ComputerName": host.computer_name,
        "SourceId": host.id,
        "SourceType": "AWS::SSM::ManagedInstance" if host.id.startswith("mi-") else "AWS::EC2::Instance",
    }
