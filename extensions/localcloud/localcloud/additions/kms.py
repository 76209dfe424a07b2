# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""KMS: what a key's state lets be done with it, aliases, key policies, and the period of rotation."""
from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable
from typing import Any

from moto.kms.models import Key, KmsBackend, kms_backends

from ..call import Call
from ..replies import AwsError, Reply
from . import after, before, patch

YEAR = 365
# https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html: notes 3 and 10, note 1, note 4
_USES = ("CreateGrant", "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt")
_ROTATIONS = ("DisableKeyRotation", "EnableKeyRotation")
_NOT_PENDING = (*_USES, *_ROTATIONS, "CreateAlias", "DisableKey", "EnableKey", "ScheduleKeyDeletion", "TagResource", "UntagResource",
                "UpdateAlias", "UpdateKeyDescription")  # fmt: skip


def _backend(call: Call) -> KmsBackend:
    return kms_backends[call.account][call.region]


def _key(call: Call) -> Key | None:
    """The key that a call names, or None: for what is not there moto has the right answer."""
    backend, asked = _backend(call), call.params.get("TargetKeyId") or call.params.get("KeyId") or ""
    return backend.keys.get(backend.any_id_to_key_id(asked) or "")


@patch("kms", "CancelKeyDeletion", "DisableKey", "EnableKey", "ScheduleKeyDeletion", adds="a key may be named by its ARN",
       source="API_EnableKey: KeyId")  # fmt: skip
def take_arns() -> None:
    def by_id(first: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, key_id, *args: first(self, self.get_key_id(key_id), *args)

    for name in ("cancel_key_deletion", "disable_key", "enable_key", "schedule_key_deletion"):
        setattr(KmsBackend, name, by_id(getattr(KmsBackend, name)))


@before("kms", *_NOT_PENDING, "CancelKeyDeletion", adds="KMSInvalidStateException for a key that is pending deletion, DisabledException for the "
        "use and rotation of a disabled one", source="KMS developer guide, key-state")  # fmt: skip
def suit_the_keys_state(call: Call) -> None:
    key = _key(call)
    if not key:
        return
    pending = key.key_state == "PendingDeletion"
    if call.operation == "CancelKeyDeletion":
        if not pending:
            raise AwsError("KMSInvalidStateException", f"{key.arn} is not pending deletion.")
    elif pending:
        raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    elif key.key_state == "Disabled" and call.operation in (*_USES, *_ROTATIONS):
        raise AwsError("DisabledException", f"{key.arn} is disabled.")


@before("kms", "ScheduleKeyDeletion", adds="the waiting period is 7 to 30 days", source="API_ScheduleKeyDeletion: PendingWindowInDays")
def wait_seven_to_thirty_days(call: Call) -> None:
    if not 7 <= call.params.get("PendingWindowInDays", 30) <= 30:
        raise AwsError("ValidationException", "PendingWindowInDays must be between 7 and 30 days (inclusive).")


@before("kms", "CreateAlias", "UpdateAlias", "DeleteAlias", adds="alias/aws/ is AWS's own", source="API_CreateAlias: AliasName")
def keep_aws_aliases(call: Call) -> None:
    if call.params["AliasName"].startswith("alias/aws/"):
        raise AwsError("NotAuthorizedException", "Aliases that begin with alias/aws/ are reserved for AWS managed keys.")


@before("kms", "CreateKey", "PutKeyPolicy", adds="a policy is JSON with statements for principals, and lets the caller change it again",
        source="API_PutKeyPolicy: BypassPolicyLockoutSafetyCheck; developer guide, key-policy-default")  # fmt: skip
def keep_policies_changeable(call: Call) -> None:
    if "Policy" not in call.params:
        return
    try:
        statements = json.loads(call.params["Policy"])["Statement"]
        allowed = [_lets_the_account_in(one, call.account) for one in ([statements] if isinstance(statements, dict) else statements)]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise AwsError("MalformedPolicyDocumentException", "Policy contains invalid json or lacks required elements.") from None
    if not any(allowed) and not call.params.get("BypassPolicyLockoutSafetyCheck"):
        text = "The new key policy will not allow you to update the key policy in the future."
        raise AwsError("MalformedPolicyDocumentException", text)


def _lets_the_account_in(statement: dict[str, Any], account: str) -> bool:
    """Whether the account, which is all that the local cloud knows of a caller, may put another policy."""
    principal = statement["Principal"]
    given = principal if isinstance(principal, str) else principal.get("AWS", [])
    principals = [given] if isinstance(given, str) else given
    actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
    ours = any(one in ("*", account) or one.endswith(f":iam::{account}:root") for one in principals)
    return statement["Effect"] == "Allow" and ours and any(fnmatch.fnmatchcase("kms:putkeypolicy", one.lower()) for one in actions)


@before("kms", "CreateKey", "TagResource", adds="tag keys of `aws:` are AWS's own", source="API_TagResource: TagException")
def keep_aws_tags(call: Call) -> None:
    if any(tag["TagKey"].startswith("aws:") for tag in call.params.get("Tags", [])):
        raise AwsError("TagException", "Tag keys beginning with aws: are reserved.")


@after("kms", "EnableKeyRotation", adds="the period of rotation, a year by default", source="API_EnableKeyRotation: RotationPeriodInDays")
def keep_the_period(call: Call, reply: Reply) -> None:
    key = _key(call)
    assert key
    key.rotation_period = call.params.get("RotationPeriodInDays", YEAR)


@after("kms", "GetKeyRotationStatus", adds="id and period; a key that is pending deletion is not rotated", source="API_GetKeyRotationStatus")
def tell_the_period(call: Call, reply: Reply) -> None:
    key, said = _key(call), json.loads(reply.body)
    assert key
    said["KeyId"] = key.arn
    said["KeyRotationEnabled"] = said["KeyRotationEnabled"] and key.key_state != "PendingDeletion"
    if said["KeyRotationEnabled"]:
        said["RotationPeriodInDays"] = getattr(key, "rotation_period", YEAR)
    reply.body = json.dumps(said).encode()
