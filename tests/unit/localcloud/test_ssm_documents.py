# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a session runs, and what is told of it: session documents and their parameters, DescribeSessions, the record."""
from __future__ import annotations

import json
from datetime import datetime, timedelta, UTC
from typing import Any

import pytest
from localcloud import LocalCloud
from localcloud.hosts.documents import AWS_OWNED, BadDocument, BadParameters, check_document, preferences, task_of

from .conftest import HOST, REGION, signed
from .session_client import Begin, Client, code_of, COMMAND

OTHER = "i-0123456789abcdef1"
SHELL = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {}}


def anybody(gateway: LocalCloud, service: str = "ssm") -> Any:
    return signed(gateway, service, aws_access_key_id="testing", aws_secret_access_key="testing")


def test_parameters_are_put_in_their_places_once() -> None:
    given = {"command": ["echo {{ separateOutputStream }}"], "separateOutputStream": ["True"], "stdErrSeparatorPrefix": ["E:"]}
    task = task_of(AWS_OWNED["AWS-StartNonInteractiveCommand"], given)
    assert (task.command, task.separate, task.stdout_prefix, task.stderr_prefix) == ("echo {{ separateOutputStream }}", True, b"", b"E:")


@pytest.mark.parametrize(
    ("document", "given", "problem"),
    [
        ("AWS-StartInteractiveCommand", {}, "command is required"),
        ("AWS-StartInteractiveCommand", {"command": ["a"], "shell": ["b"]}, "shell"),
        ("AWS-StartInteractiveCommand", {"command": ["a", "b"]}, "one value"),
        ("AWS-StartNonInteractiveCommand", {"command": ["a"], "separateOutputStream": ["yes"]}, "True, False"),
        ("AWS-StartNonInteractiveCommand", {"command": ["a"], "stdOutSeparatorPrefix": ["*"]}, "must match"),
        ("AWS-StartNonInteractiveCommand", {"command": ["a"], "stdOutSeparatorPrefix": ["x" * 31]}, "must match"),
        ("AWS-StartSSHSession", {"portNumber": ["65536"]}, "must match"),
    ],
)
def test_parameters_are_held_to_their_document(document: str, given: dict[str, list[str]], problem: str) -> None:
    with pytest.raises(BadParameters, match=problem):
        task_of(AWS_OWNED[document], given)


def test_a_document_says_who_runs_it_and_how() -> None:
    linux = {"commands": "id", "runAsElevated": True}
    elevated = task_of({"schemaVersion": "1.0", "sessionType": "InteractiveCommands", "properties": {"linux": linux}}, {})
    assert (elevated.elevated, elevated.run_as, elevated.on_a_terminal) == (True, None, True)
    inputs = {"runAsEnabled": True, "runAsDefaultUser": "deploy", "kmsKeyId": "alias/s", "shellProfile": {"linux": "cd /"}}
    shell = task_of({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs}, {})
    assert (shell.run_as, shell.kms_key, shell.profile, shell.elevated) == ("deploy", "alias/s", "cd /", False)


def test_the_account_prefers_how_long_a_session_may_be() -> None:
    assert (preferences(None).idle, preferences(None).duration) == (20, None)
    told = preferences({"inputs": {"idleSessionTimeout": "5", "maxSessionDuration": "60"}})
    assert (told.idle, told.duration) == (5, 60)


@pytest.mark.parametrize("content", [[], {"schemaVersion": "2.2", "sessionType": "Port"}, {"schemaVersion": "1.0", "sessionType": "Shell"},
                                     {"schemaVersion": "1.0", "sessionType": "Port", "inputs": "x"}])  # fmt: skip
def test_what_is_no_session_document_is_refused(content: Any) -> None:
    with pytest.raises(BadDocument):
        check_document(content)


# Documents and sessions


def test_the_own_documents_of_aws_can_be_read(ssm: Any) -> None:
    found = ssm.get_document(Name=COMMAND)
    assert (found["DocumentType"], json.loads(found["Content"])["sessionType"]) == ("Session", "InteractiveCommands")
    assert ssm.describe_document(Name="arn:aws:ssm:eu-west-1::document/AWS-StartSSHSession")["Document"]["Owner"] == "Amazon"
    assert code_of(lambda: ssm.get_document(Name="SSM-SessionManagerRunShell")) == "InvalidDocument", "a new account has said nothing yet"


def test_a_document_of_the_accounts_own_is_run(ssm: Any) -> None:
    linux = {"commands": "echo {{ word }}; printf END", "runAsElevated": True}
    word = {"type": "String", "default": "hello", "allowedPattern": "[a-z]+"}
    content = {"schemaVersion": "1.0", "sessionType": "InteractiveCommands", "parameters": {"word": word}, "properties": {"linux": linux}}
    ssm.create_document(Name="Elevated", Content=json.dumps(content), DocumentType="Session")
    for name in ("Elevated", f"arn:aws:ssm:{REGION}:123456789012:document/Elevated"):
        with Client(ssm.start_session(Target=HOST, DocumentName=name)) as session:
            assert session.output(b"END") == b"hello\r\nEND"
    asked = {"Target": HOST, "DocumentName": "Elevated"}
    assert code_of(lambda: ssm.start_session(**asked, Parameters={"word": ["Hello; id"]})) == "InvalidParameters"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"DocumentName": "No-Such"}, "InvalidDocument"),
        ({"DocumentName": "Run-Command"}, "InvalidDocument"),
        ({"DocumentName": COMMAND}, "InvalidParameters"),
        ({"DocumentName": COMMAND, "Parameters": {"command": ["x" * 65536]}}, "ValidationException"),
        ({"DocumentName": COMMAND, "Parameters": {"x" * 256: ["x"]}}, "ValidationException"),
        ({"DocumentName": "Forwarding"}, "UnsupportedOperation"),
    ],
)
def test_a_session_is_asked_for_as_its_document_has_it(ssm: Any, asked: dict[str, Any], code: str) -> None:
    run_command = {"schemaVersion": "2.2", "mainSteps": []}
    ssm.create_document(Name="Run-Command", Content=json.dumps(run_command), DocumentType="Command")
    forwarding = {"schemaVersion": "1.0", "sessionType": "Port", "properties": {"portNumber": "80", "type": "LocalPortForwarding"}}
    ssm.create_document(Name="Forwarding", Content=json.dumps(forwarding), DocumentType="Session")
    assert code_of(lambda: ssm.start_session(Target=HOST, **asked)) == code


def test_what_a_session_runs_is_written_by_who_may_open_one(gateway: LocalCloud, ssm: Any) -> None:
    given: dict[str, Any] = {"Name": "Shell", "Content": json.dumps(SHELL), "DocumentType": "Session"}
    assert code_of(lambda: anybody(gateway).create_document(**given)) == "UnrecognizedClientException"
    ssm.create_document(**given)
    assert code_of(lambda: anybody(gateway).update_document(Name="Shell", Content="{}", DocumentVersion="$LATEST")) == "UnrecognizedClientException"
    assert code_of(lambda: anybody(gateway).delete_document(Name="Shell")) == "UnrecognizedClientException"
    assert anybody(gateway).create_document(Name="Other", Content=json.dumps({"schemaVersion": "2.2", "mainSteps": []}), DocumentType="Command")


@pytest.mark.parametrize("content", ["{", '{"schemaVersion": "2.2", "sessionType": "Port"}', '{"schemaVersion": "1.0", "sessionType": "Shell"}'])
def test_a_session_document_has_its_schema(ssm: Any, content: str) -> None:
    assert code_of(lambda: ssm.create_document(Name="Shell", Content=content, DocumentType="Session")) == "InvalidDocumentContent"


def test_sessions_are_described_by_state_filter_and_page(ssm: Any) -> None:
    for number in range(3):
        ssm.start_session(Target=HOST, DocumentName=COMMAND, Parameters={"command": ["sleep 60"]}, Reason=f"number {number}")
    found = ssm.describe_sessions(State="Active")["Sessions"]
    assert [one["Reason"] for one in found] == ["number 2", "number 1", "number 0"]
    assert (found[0]["Owner"], found[0]["DocumentName"], found[0]["Status"]) == ("arn:aws:iam::123456789012:root", COMMAND, "Connecting")
    page = ssm.describe_sessions(State="Active", MaxResults=2)
    assert len(page["Sessions"]) == 2
    assert len(ssm.describe_sessions(State="Active", MaxResults=2, NextToken=page["NextToken"])["Sessions"]) == 1

    def count(key: str, value: str) -> int:
        return len(ssm.describe_sessions(State="Active", Filters=[{"key": key, "value": value}])["Sessions"])

    now = datetime.now(UTC)
    assert [count("Target", HOST), count("Target", OTHER), count("SessionId", found[1]["SessionId"]), count("Status", "Connected")] == [3, 0, 1, 0]
    assert [count("InvokedAfter", f"{now - timedelta(minutes=1):%FT%TZ}"), count("InvokedBefore", f"{now - timedelta(minutes=1):%FT%TZ}")] == [3, 0]


def test_secrets_are_in_no_record(gateway: LocalCloud, begin: Begin) -> None:
    way_in = begin()
    text = json.dumps(gateway.records())
    assert "StartSession" in text
    assert way_in["TokenValue"] not in text
    assert gateway.key.secret not in text
