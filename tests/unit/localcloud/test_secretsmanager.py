# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets Manager, as it is: versions and their labels, and secrets that are scheduled for deletion."""
from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud
from localcloud.clock import CLOCK

from .conftest import client_of

OPEN = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}}


@pytest.fixture(scope="module")
def _secrets(standing_cloud: LocalCloud) -> Any:
    return client_of(standing_cloud.endpoint, "secretsmanager")


@pytest.fixture
def secrets(cloud: LocalCloud, _secrets: Any) -> Any:
    return _secrets


def made(secrets: Any, **params: Any) -> str:
    """The version of a new secret."""
    return secrets.create_secret(**{"Name": "db", "SecretString": "one"} | params)["VersionId"]


def scheduled(secrets: Any) -> None:
    made(secrets)
    secrets.delete_secret(SecretId="db", RecoveryWindowInDays=7)


def pending(secrets: Any, value: str = "two") -> str:
    return secrets.put_secret_value(SecretId="db", SecretString=value, VersionStages=["AWSPENDING"])["VersionId"]


def move(secrets: Any, stage: str = "AWSCURRENT", **versions: str) -> None:
    secrets.update_secret_version_stage(SecretId="db", VersionStage=stage, **versions)


def labels(secrets: Any) -> dict[str, list[str]]:
    listed = secrets.describe_secret(SecretId="db")["VersionIdsToStages"]
    return {version: sorted(stages) for version, stages in listed.items()}


def value(secrets: Any, **which: str) -> str:
    return secrets.get_secret_value(SecretId="db", **which)["SecretString"]


def twice(secrets: Any) -> None:
    token = str(uuid.uuid4())
    for text in ("two", "two", "three"):
        secrets.put_secret_value(SecretId="db", SecretString=text, ClientRequestToken=token, VersionStages=["AWSPENDING"])


def policy(secrets: Any, text: str, **params: Any) -> None:
    secrets.put_resource_policy(SecretId="db", ResourcePolicy=text, **params)


# addition, what AWS says, the last call of this
REFUSALS: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("keep_scheduled_secrets", "InvalidRequestException", lambda s: (scheduled(s), value(s))),
    ("keep_scheduled_secrets", "InvalidRequestException", lambda s: (scheduled(s), pending(s))),
    ("keep_scheduled_secrets", "InvalidRequestException",
     lambda s: (scheduled(s), s.tag_resource(SecretId="db", Tags=[{"Key": "k", "Value": "v"}]))),
    ("keep_scheduled_secrets", "InvalidRequestException", lambda s: (scheduled(s), s.update_secret(SecretId="db", Description="x"))),
    ("keep_scheduled_secrets", "InvalidRequestException", lambda s: (scheduled(s), s.get_resource_policy(SecretId="db"))),
    ("create_under_a_free_name", "InvalidRequestException", lambda s: (scheduled(s), made(s))),
    ("create_under_a_free_name", "InvalidParameterException", lambda s: made(s, Name="with space")),
    ("put_what_is_new", "ResourceExistsException", lambda s: (made(s), twice(s))),
    ("put_what_is_new", "LimitExceededException", lambda s: (made(s), [pending(s, str(number)) for number in range(100)])),
    ("take_labels_from_their_version", "InvalidParameterException", lambda s: (made(s), move(s, MoveToVersionId=pending(s)))),
    ("take_labels_from_their_version", "InvalidParameterException",
     lambda s: (made(s), pending(s), move(s, "AWSPENDING", MoveToVersionId=pending(s, "three")), move(s, "AWSPENDING", MoveToVersionId=made(s, Name="x")))),
    ("take_labels_from_their_version", "InvalidParameterException", lambda s: move(s, RemoveFromVersionId=made(s))),
    ("take_labels_from_their_version", "InvalidParameterException", lambda s: (made(s), move(s, RemoveFromVersionId=pending(s)))),
    ("put_a_sound_policy", "MalformedPolicyDocumentException", lambda s: (made(s), policy(s, "{"))),
    ("put_a_sound_policy", "PublicPolicyException", lambda s: (made(s), policy(s, json.dumps(OPEN), BlockPublicPolicy=True))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "case"), [row[1:] for row in REFUSALS], ids=[f"{row[0]}-{n}" for n, row in enumerate(REFUSALS)])
def test_what_aws_refuses_is_refused(secrets: Any, code: str, case: Callable[[Any], Any]) -> None:
    with pytest.raises(ClientError) as refused:
        case(secrets)
    assert refused.value.response["Error"]["Code"] == code


def test_a_rotation_moves_the_labels_and_the_value_with_them(secrets: Any) -> None:
    first = made(secrets)
    second = pending(secrets)
    assert labels(secrets) == {first: ["AWSCURRENT"], second: ["AWSPENDING"]}
    assert value(secrets) == "one"
    move(secrets, MoveToVersionId=second, RemoveFromVersionId=first)
    assert labels(secrets) == {first: ["AWSPREVIOUS"], second: ["AWSCURRENT", "AWSPENDING"]}
    assert (value(secrets), value(secrets, VersionStage="AWSPREVIOUS")) == ("two", "one")
    move(secrets, "AWSPENDING", RemoveFromVersionId=second)
    assert labels(secrets)[second] == ["AWSCURRENT"]


def test_a_new_value_leaves_other_labels_where_they_are(secrets: Any) -> None:
    first = made(secrets)
    move(secrets, "mine", MoveToVersionId=first)
    second = secrets.put_secret_value(SecretId="db", SecretString="two")["VersionId"]
    assert labels(secrets) == {first: ["AWSPREVIOUS", "mine"], second: ["AWSCURRENT"]}
    third = secrets.update_secret(SecretId="db", SecretString="three")["VersionId"]
    move(secrets, "mine", RemoveFromVersionId=first)
    assert labels(secrets) == {second: ["AWSPREVIOUS"], third: ["AWSCURRENT"]}
    assert value(secrets) == "three"


def test_a_second_pending_version_takes_the_label(secrets: Any) -> None:
    first, _lost = made(secrets), pending(secrets)
    third = pending(secrets, "three")
    assert labels(secrets) == {first: ["AWSCURRENT"], third: ["AWSPENDING"]}


def test_a_scheduled_secret_comes_back_whole(secrets: Any) -> None:
    scheduled(secrets)
    assert secrets.describe_secret(SecretId="db")["DeletedDate"]
    assert secrets.list_secrets()["SecretList"] == []
    assert [one["Name"] for one in secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]] == ["db"]
    secrets.restore_secret(SecretId="db")
    assert value(secrets) == "one"


@pytest.mark.usefixtures("virtual_time")
def test_the_name_of_a_secret_that_was_deleted_for_good_settles(cloud: LocalCloud, secrets: Any) -> None:
    cloud.dials.settle = 0.2
    made(secrets)
    secrets.delete_secret(SecretId="db", ForceDeleteWithoutRecovery=True)
    with pytest.raises(ClientError) as refused:
        made(secrets)
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"
    CLOCK.advance(0.2)
    assert made(secrets)


def test_description_and_key_can_be_taken_away(secrets: Any) -> None:
    made(secrets, Description="for the shop", KmsKeyId="alias/shop")
    secrets.update_secret(SecretId="db", Description="", KmsKeyId="")
    assert not {"Description", "KmsKeyId"} & set(secrets.describe_secret(SecretId="db"))


def test_no_value_shows_in_the_record(cloud: LocalCloud, secrets: Any) -> None:
    made(secrets, SecretString="to be kept")
    pending(secrets, "to be kept")
    assert value(secrets) == "to be kept"
    assert "to be kept" not in json.dumps(cloud.records())
