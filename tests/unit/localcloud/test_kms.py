# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""KMS, as it is: what a key's state lets be done with it, aliases, policies, rotation."""
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud

from .conftest import client_of

ROOT = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}


@pytest.fixture(scope="module")
def _kms(standing_cloud: LocalCloud) -> Any:
    return client_of(standing_cloud.endpoint, "kms")


@pytest.fixture
def kms(cloud: LocalCloud, _kms: Any) -> Any:
    return _kms


def key(kms: Any, **params: Any) -> str:
    return kms.create_key(**params)["KeyMetadata"]["KeyId"]


def pending(kms: Any) -> str:
    id = key(kms)
    kms.schedule_key_deletion(KeyId=id, PendingWindowInDays=7)
    return id


def disabled(kms: Any) -> str:
    id = key(kms)
    kms.disable_key(KeyId=id)
    return id


def alias(kms: Any, id: str, name: str = "alias/shop") -> str:
    kms.create_alias(AliasName=name, TargetKeyId=id)
    return name


def policy(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


# addition, what AWS says, the last call of this
REFUSALS: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("suit_the_keys_state", "KMSInvalidStateException", lambda k: k.enable_key(KeyId=pending(k))),
    ("suit_the_keys_state", "KMSInvalidStateException", lambda k: k.encrypt(KeyId=pending(k), Plaintext=b"x")),
    ("suit_the_keys_state", "KMSInvalidStateException", lambda k: alias(k, pending(k))),
    ("suit_the_keys_state", "KMSInvalidStateException", lambda k: k.update_alias(AliasName=alias(k, key(k)), TargetKeyId=pending(k))),
    ("suit_the_keys_state", "KMSInvalidStateException", lambda k: k.schedule_key_deletion(KeyId=pending(k))),
    ("suit_the_keys_state", "KMSInvalidStateException",
     lambda k: k.tag_resource(KeyId=pending(k), Tags=[{"TagKey": "k", "TagValue": "v"}])),
    ("suit_the_keys_state", "KMSInvalidStateException", lambda k: k.cancel_key_deletion(KeyId=key(k))),
    ("suit_the_keys_state", "DisabledException", lambda k: k.encrypt(KeyId=disabled(k), Plaintext=b"x")),
    ("suit_the_keys_state", "DisabledException", lambda k: k.enable_key_rotation(KeyId=disabled(k))),
    ("wait_seven_to_thirty_days", "ValidationException", lambda k: k.schedule_key_deletion(KeyId=key(k), PendingWindowInDays=6)),
    ("keep_aws_aliases", "NotAuthorizedException", lambda k: alias(k, key(k), "alias/aws/mine")),
    ("keep_policies_changeable", "MalformedPolicyDocumentException", lambda k: key(k, Policy="{")),
    ("keep_policies_changeable", "MalformedPolicyDocumentException", lambda k: key(k, Policy=policy({"Effect": "Allow"}))),
    ("keep_policies_changeable", "MalformedPolicyDocumentException", lambda k: key(k, Policy=policy(ROOT | {"Action": "kms:Encrypt"}))),
    ("keep_policies_changeable", "MalformedPolicyDocumentException",
     lambda k: k.put_key_policy(KeyId=key(k), PolicyName="default", Policy=policy(ROOT | {"Principal": {"Service": "logs.amazonaws.com"}}))),
    ("keep_aws_tags", "TagException", lambda k: key(k, Tags=[{"TagKey": "aws:k", "TagValue": "v"}])),
]  # fmt: skip


@pytest.mark.parametrize(("code", "case"), [row[1:] for row in REFUSALS], ids=[f"{row[0]}-{n}" for n, row in enumerate(REFUSALS)])
def test_what_aws_refuses_is_refused(kms: Any, code: str, case: Callable[[Any], Any]) -> None:
    with pytest.raises(ClientError) as refused:
        case(kms)
    assert refused.value.response["Error"]["Code"] == code


def test_a_sound_policy_is_taken_and_so_is_one_that_locks_out_on_purpose(kms: Any) -> None:
    id = key(kms, Policy=policy(ROOT | {"Action": ["kms:Put*"]}))
    kms.put_key_policy(KeyId=id, PolicyName="default", Policy=policy(ROOT | {"Action": "kms:Encrypt"}), BypassPolicyLockoutSafetyCheck=True)


def test_a_key_that_is_pending_deletion_can_be_read_and_taken_back(kms: Any) -> None:
    id = kms.describe_key(KeyId=key(kms))["KeyMetadata"]["Arn"]
    name = alias(kms, id)
    kms.enable_key_rotation(KeyId=id)
    kms.schedule_key_deletion(KeyId=id)
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert not kms.get_key_rotation_status(KeyId=id)["KeyRotationEnabled"]
    kms.cancel_key_deletion(KeyId=id)
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(KeyId=id)
    assert kms.encrypt(KeyId=name, Plaintext=b"x")["CiphertextBlob"]


def test_the_period_of_rotation_is_kept_and_a_year_by_default(kms: Any) -> None:
    id = key(kms)
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=id)
    for given, period in (({}, 365), ({"RotationPeriodInDays": 90}, 90)):
        kms.enable_key_rotation(KeyId=id, **given)
        assert kms.get_key_rotation_status(KeyId=id)["RotationPeriodInDays"] == period
