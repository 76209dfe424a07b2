# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may open a session, and on which host."""
from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta, UTC
from pathlib import Path
from typing import Any

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from localcloud import LocalCloud
from localcloud.hosts.programs import _family
from localcloud.keys import KEYS
from moto.ec2.models import ec2_backends

from .conftest import HOST, REGION, signed
from .daemon import run, state_of
from .session_client import code_of, COMMAND, wait_for

OTHER = "i-0123456789abcdef1"


def anybody(gateway: LocalCloud, service: str = "ssm") -> Any:
    return signed(gateway, service, aws_access_key_id="testing", aws_secret_access_key="testing")


def start(ssm: Any, target: str = HOST, document: str = COMMAND, command: str = "true") -> Any:
    return ssm.start_session(Target=target, DocumentName=document, Parameters={"command": [command]})


# Keys


def test_the_run_has_a_key_of_its_own_which_is_the_roots(gateway: LocalCloud) -> None:
    env = gateway.env(REGION)
    assert (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]) == (gateway.key.id, gateway.key.secret)
    assert gateway.key.secret not in repr(gateway.key)
    gateway.dials.enforce_iam = True
    assert signed(gateway, "iam").list_users()["Users"] == []
    assert signed(gateway, "sts").get_caller_identity()["Account"] == "123456789012"
    before = gateway.key
    KEYS.renew()
    assert gateway.key.secret != before.secret


def test_no_other_key_opens_a_host(gateway: LocalCloud, ssm: Any) -> None:
    session = start(ssm)["SessionId"]
    calls: list[Callable[[Any], Any]] = [
        start,
        lambda ssm: ssm.resume_session(SessionId=session),
        lambda ssm: ssm.terminate_session(SessionId=session),
        lambda ssm: ssm.describe_sessions(State="Active"),
        lambda ssm: ssm.get_connection_status(Target=HOST),
    ]
    for call in calls:
        assert code_of(lambda call=call: call(anybody(gateway))) == "UnrecognizedClientException"
        assert code_of(lambda call=call: call(signed(gateway, aws_secret_access_key="wrong"))) == "InvalidSignatureException"
        assert code_of(lambda call=call: call(signed(gateway, aws_session_token="some"))) == "UnrecognizedClientException"
        assert call(ssm)


def post(gateway: LocalCloud, spoil: Callable[[Any], None] = lambda _request: None, late: float = 0) -> int:
    """A signed GetConnectionStatus, spoilt after it was signed; its HTTP status."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonSSM.GetConnectionStatus"}
    request = AWSRequest("POST", gateway.endpoint + "/", headers, json.dumps({"Target": HOST}))
    when = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=late)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "get_current_datetime", lambda *_args, **_named: when)
        auth.SigV4Auth(Credentials(gateway.key.id, gateway.key.secret), "ssm", REGION).add_auth(request)
    spoil(request)
    prepared = request.prepare()
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    sent = urllib.request.Request(prepared.url, body, {k: v if isinstance(v, str) else v.decode() for k, v in prepared.headers.items()})
    try:
        with urllib.request.urlopen(sent) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return int(refused.code)


def _unsign_the_target(request: Any) -> None:
    request.headers["X-Amz-Security-Token"] = ""


def test_a_request_is_what_was_signed_and_when(gateway: LocalCloud) -> None:
    def other_body(request: Any) -> None:
        request.data = request.data.replace(HOST, OTHER)

    def other_operation(request: Any) -> None:
        del request.headers["X-Amz-Target"]
        request.headers["X-Amz-Target"] = "AmazonSSM.DescribeSessions"

    assert post(gateway) == 200
    assert post(gateway, late=240) == 200
    assert post(gateway, late=360) == 400
    assert post(gateway, late=-360) == 400
    for spoil in (other_body, other_operation, _unsign_the_target):
        assert post(gateway, spoil) == 400


def test_a_key_that_was_made_with_the_runs_key_opens_hosts_and_no_other(gateway: LocalCloud) -> None:
    trust = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}})
    for number, (maker, opens) in enumerate(((signed, True), (anybody, False))):
        iam = maker(gateway, "iam")
        iam.create_user(UserName=f"user{number}")
        made = iam.create_access_key(UserName=f"user{number}")["AccessKey"]
        user = signed(gateway, aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"])
        arn = iam.create_role(RoleName=f"role{number}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        temporary = maker(gateway, "sts").assume_role(RoleArn=arn, RoleSessionName="visitor")["Credentials"]
        keys = {"aws_access_key_id": temporary["AccessKeyId"], "aws_secret_access_key": temporary["SecretAccessKey"]}
        role = signed(gateway, aws_session_token=temporary["SessionToken"], **keys)
        for ssm, name in ((user, f"user{number}"), (role, "visitor")):
            if opens:
                assert start(ssm)["SessionId"].startswith(f"{name}-")
            else:
                assert code_of(lambda ssm=ssm: start(ssm)) == "UnrecognizedClientException"
        assert code_of(lambda keys=keys: start(signed(gateway, **keys))) == "UnrecognizedClientException", "temporary keys need their token"


def test_policies_hold_for_sessions_by_instance_tag_document_and_session(gateway: LocalCloud) -> None:
    iam = signed(gateway, "iam")
    for target, stack in ((HOST, "shop"), (OTHER, "theirs")):
        gateway.hosts.add(target)
        ec2_backends["123456789012"][REGION].tags[target]["groundwork:stack"] = stack
    ours = {"StringEquals": {"ssm:resourceTag/groundwork:stack": "shop"}}
    statements = [
        {"Effect": "Allow", "Action": "ssm:StartSession", "Resource": "arn:aws:ec2:*:*:instance/*", "Condition": ours},
        {"Effect": "Allow", "Action": "ssm:StartSession", "Resource": f"arn:aws:ssm:*:*:document/{COMMAND}"},
        {"Effect": "Allow", "Action": ["ssm:TerminateSession", "ssm:ResumeSession"], "Resource": "arn:aws:ssm:*:*:session/${aws:username}-*"},
    ]
    keys = {}
    for name in ("operator", "colleague"):
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))
        made = iam.create_access_key(UserName=name)["AccessKey"]
        keys[name] = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    gateway.dials.enforce_iam = True
    operator, colleague = (signed(gateway, **keys[name]) for name in ("operator", "colleague"))
    session = start(operator)["SessionId"]
    with pytest.raises(ClientError, match=f"ssm:StartSession on resource: arn:aws:ec2:{REGION}:123456789012:instance/{OTHER}"):
        start(operator, OTHER)
    with pytest.raises(ClientError, match="document/AWS-StartNonInteractiveCommand"):
        start(operator, document="AWS-StartNonInteractiveCommand")
    assert code_of(lambda: colleague.terminate_session(SessionId=session)) == "AccessDeniedException"
    assert operator.resume_session(SessionId=session)
    assert operator.terminate_session(SessionId=session)


# Hosts


def test_hosts_are_described_by_region_filter_and_page(gateway: LocalCloud, ssm: Any) -> None:
    gateway.hosts.add(OTHER, ["nsenter"], region=REGION, ping="ConnectionLost", version="2023", name="Amazon Linux")
    gateway.hosts.add("i-0123456789abcdef2", ["nsenter"], region="us-east-1")
    for number in range(3, 8):
        gateway.hosts.add(f"i-0123456789abcdef{number}", ["nsenter"], region=REGION)

    def ids(**asked: Any) -> list[str]:
        return [one["InstanceId"] for one in ssm.describe_instance_information(**asked)["InstanceInformationList"]]

    assert ids(Filters=[{"Key": "InstanceIds", "Values": [HOST, OTHER, "i-0123456789abcdef2"]}]) == [HOST, OTHER]
    assert ids(InstanceInformationFilterList=[{"key": "PingStatus", "valueSet": ["ConnectionLost"]}]) == [OTHER]
    assert ids(Filters=[{"Key": "InstanceIds", "Values": ["i-0123456789abcdeff"]}]) == []
    told = ssm.describe_instance_information(Filters=[{"Key": "InstanceIds", "Values": [OTHER]}])["InstanceInformationList"][0]
    assert (told["PlatformName"], told["PlatformVersion"], told["PlatformType"]) == ("Amazon Linux", "2023", "Linux")
    paged = ssm.get_paginator("describe_instance_information").paginate(PaginationConfig={"PageSize": 5})
    assert [len(page["InstanceInformationList"]) for page in paged] == [5, 2]
    assert code_of(lambda: ids(Filters=[{"Key": "Colour", "Values": ["red"]}])) == "InvalidFilterKey"
    assert code_of(lambda: ids(NextToken="x")) == "InvalidNextToken"


def test_a_host_that_is_not_online_or_not_there_is_not_connected(gateway: LocalCloud, ssm: Any) -> None:
    gateway.hosts.add(OTHER, ping="ConnectionLost")
    for target in (OTHER, "i-0123456789abcdeff"):
        assert ssm.get_connection_status(Target=target)["Status"] == "notconnected"
        assert code_of(lambda target=target: start(ssm, target)) == "TargetNotConnected"
    assert code_of(lambda: start(signed(gateway, region="us-east-1"), "i-0123456789abcdeff")) == "TargetNotConnected"
    assert ssm.get_connection_status(Target=HOST)["Status"] == "connected"


def test_no_request_makes_a_host_and_a_reset_forgets_those_that_were_added(gateway: LocalCloud, ssm: Any) -> None:
    with pytest.raises(ValueError, match="no id"):
        gateway.hosts.add("web")
    gateway.hosts.remove(HOST)
    assert code_of(lambda: start(ssm)) == "TargetNotConnected"
    gateway.hosts.add(HOST)
    gateway.reset()
    assert ssm.describe_instance_information()["InstanceInformationList"] == []


# The daemon


def test_a_daemon_opens_the_hosts_of_its_directory_to_who_has_its_key(tmp_path: Path) -> None:
    place = ("--state-dir", str(tmp_path))
    run("start", *place, "--owner", str(os.getpid()), "--channel", '{"pty_start_ms": 0}')
    try:
        assert json.loads(run("dials", *place).stdout)["channel"]["pty_start_ms"] == 0
        secret = str(state_of(tmp_path)["secret_access_key"])
        assert secret not in run("status", *place).stdout
        assert f"export AWS_SECRET_ACCESS_KEY={secret}" in run("env", *place).stdout
        (tmp_path / "hosts").mkdir(mode=0o700)
        with open(os.open(tmp_path / "hosts" / f"{HOST}.json", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            json.dump({"enter": [], "region": REGION}, file)
        program = f"import boto3; print(boto3.client('ssm').start_session(Target='{HOST}')['SessionId'])"
        ran = run("exec", *place, "--region", REGION, "--", sys.executable, "-c", program)
        assert ran.stdout.startswith("root-"), ran.stderr
        assert secret not in (tmp_path / "localcloud.log").read_text()
        pid = int(str(state_of(tmp_path)["pid"]))
        programs = wait_for(lambda: list(_family(pid))[1:])
    finally:
        run("stop", *place)
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{program}").exists() for program in programs):
        assert time.monotonic() < deadline, "a daemon that is told to stop leaves nobody behind"
        time.sleep(0.05)
