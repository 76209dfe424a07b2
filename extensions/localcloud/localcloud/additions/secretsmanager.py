# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets Manager: versions and their staging labels, and secrets that are scheduled for deletion."""
from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend, secretsmanager_backends

from ..call import Call
from ..clock import CLOCK
from ..dials import DIALS
from ..replies import AwsError, Reply
from . import ANY, after, before, patch

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
MOST_VERSIONS = 100
_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]+")
_SPARED = ("DeleteSecret", "RestoreSecret", "CreateSecret")


def _backend(call: Call) -> SecretsManagerBackend:
    return secretsmanager_backends[call.account][call.region]


def _secret(call: Call) -> Any:
    """The secret that a call names, or None: for what is not there moto has the right answer."""
    return _backend(call).secrets.get(call.params.get("SecretId", ""))


def _holder(secret: Any, stage: str) -> str | None:
    """The version that bears a label."""
    return next((id for id, version in secret.versions.items() if stage in version["version_stages"]), None)


def _attach(secret: Any, stage: str, version_id: str) -> None:
    """Move a label; where AWSCURRENT comes from, AWSPREVIOUS goes."""
    holder = _holder(secret, stage)
    if holder == version_id:
        return
    if holder:
        secret.versions[holder]["version_stages"].remove(stage)
    secret.versions[version_id]["version_stages"].append(stage)
    if stage == CURRENT and holder:
        _attach(secret, PREVIOUS, holder)


@patch("secretsmanager", "PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage", "DescribeSecret",
       adds="a label moves alone, and AWSPREVIOUS to where AWSCURRENT was; the value is that of AWSCURRENT, wherever it was moved; "
       "versions without labels are not listed", source="API_UpdateSecretVersionStage, API_PutSecretValue")  # fmt: skip
def labels_move_alone() -> None:
    def make_current(self: Any, secret_version: dict[str, Any], version_id: str) -> None:
        stages = [*secret_version["version_stages"], CURRENT]
        self.versions[version_id] = secret_version | {"version_stages": []}
        for stage in stages:
            _attach(self, stage, version_id)

    def listed(self: Any) -> dict[str, list[str]]:
        return {id: version["version_stages"] for id, version in self.versions.items() if version["version_stages"]}

    def move(self: Any, secret_id: str, version_stage: str, remove_from_version_id: str, move_to_version_id: str) -> tuple[str, str]:
        secret = self.describe_secret(secret_id)
        if move_to_version_id:
            _attach(secret, version_stage, move_to_version_id)
        elif remove_from_version_id:
            secret.versions[remove_from_version_id]["version_stages"].remove(version_stage)
        return secret.arn, secret.name

    FakeSecret.set_default_version_id = lambda self, version_id: None
    FakeSecret.default_version_id = property(lambda self: _holder(self, CURRENT))
    FakeSecret.reset_default_version, FakeSecret._form_version_ids_to_stages = make_current, listed
    SecretsManagerBackend.update_secret_version_stage = move


@before("secretsmanager", ANY, adds="what is scheduled for deletion can be described, restored and deleted for good, and nothing else",
        source="each operation's InvalidRequestException; user guide, manage_delete-secret")  # fmt: skip
def keep_scheduled_secrets(call: Call) -> None:
    secret = _secret(call)
    refuses = call.model and any(error.name == "InvalidRequestException" for error in call.model.error_shapes)
    if secret and secret.is_deleted() and refuses and call.operation not in _SPARED:
        raise AwsError("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")


@before("secretsmanager", "CreateSecret", adds="rules of names; a name stays taken while a secret is scheduled for deletion and, by `settle`, "
        "shortly after it was deleted for good", source="API_CreateSecret, API_DeleteSecret: ForceDeleteWithoutRecovery")  # fmt: skip
def create_under_a_free_name(call: Call) -> None:
    name, backend = call.params["Name"], _backend(call)
    if not _NAME.fullmatch(name):
        text = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
        raise AwsError("InvalidParameterException", text)
    secret = backend.secrets.get(name)
    if (secret and secret.is_deleted()) or _leaving(backend).get(name, 0) > CLOCK.monotonic():
        text = "You can't create this secret because a secret with this name is already scheduled for deletion."
        raise AwsError("InvalidRequestException", text)


def _leaving(backend: Any) -> dict[str, float]:
    """Until when names are taken whose secrets were deleted for good."""
    return backend.__dict__.setdefault("_leaving", {})


@after("secretsmanager", "DeleteSecret", adds="`settle`: what is deleted for good keeps its name for a while",
       source="API_DeleteSecret: ForceDeleteWithoutRecovery")  # fmt: skip
def leave_slowly(call: Call, reply: Reply) -> None:
    if call.params.get("ForceDeleteWithoutRecovery"):
        _leaving(_backend(call))[json.loads(reply.body)["Name"]] = CLOCK.monotonic() + DIALS.settle


@before("secretsmanager", "PutSecretValue", adds="the value of a version, which its token names, never changes; 100 versions at most",
        source="API_PutSecretValue: ClientRequestToken; user guide, reference_limits")  # fmt: skip
def put_what_is_new(call: Call) -> None:
    secret, token = _secret(call), call.params.get("ClientRequestToken")
    if not secret:
        return
    version = secret.versions.get(token, {})
    value = {version.get("secret_string"), version.get("secret_binary")} - {None}
    if value and call.params.get("SecretString") not in value and not call.params.get("SecretBinary"):
        text = f"You can't use ClientRequestToken {token} because that value is already in use for a version of secret {secret.arn}."
        raise AwsError("ResourceExistsException", text)
    if not version and len(secret.versions) >= MOST_VERSIONS:
        raise AwsError("LimitExceededException", "You have exceeded the limit of versions of a secret.")


@before("secretsmanager", "UpdateSecretVersionStage", adds="a label is taken from the version that bears it, and from no other; AWSCURRENT "
        "can be moved and not removed", source="API_UpdateSecretVersionStage: RemoveFromVersionId")  # fmt: skip
def take_labels_from_their_version(call: Call) -> None:
    secret, stage = _secret(call), call.params["VersionStage"]
    if not secret:
        return
    source, target = call.params.get("RemoveFromVersionId"), call.params.get("MoveToVersionId")
    for version in filter(None, (source, target)):
        if version not in secret.versions:
            raise AwsError("InvalidParameterException", f"Not a valid version: {version}")
    holder = _holder(secret, stage)
    if source and source != holder:
        raise AwsError("InvalidParameterException", f"Version stage {stage} not found in version {source}")
    if target and not source and holder not in (None, target):
        text = f"The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to version {holder}, so you must"
        raise AwsError("InvalidParameterException", f"{text} explicitly reference that version in RemoveFromVersionId.")
    if stage == CURRENT and not target:
        text = "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed."
        raise AwsError("InvalidParameterException", text)


@after("secretsmanager", "UpdateSecret", adds="an empty description, or an empty key, is one that is taken away", source="API_UpdateSecret")
def update_to_nothing(call: Call, reply: Reply) -> None:
    secret = _secret(call)
    if "Description" in call.params:
        secret.description = call.params["Description"]
    if call.params.get("KmsKeyId") == "":
        secret.kms_key_id = None


@before("secretsmanager", "PutResourcePolicy", adds="a policy is JSON; by BlockPublicPolicy, not one for everybody",
        source="API_PutResourcePolicy: MalformedPolicyDocumentException, PublicPolicyException")  # fmt: skip
def put_a_sound_policy(call: Call) -> None:
    try:
        statements = list(_statements(call.params["ResourcePolicy"]))
    except ValueError:
        raise AwsError("MalformedPolicyDocumentException", "This resource policy contains invalid JSON.") from None
    for statement in statements if call.params.get("BlockPublicPolicy") else ():
        everybody = statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]}) and statement.get("Effect") == "Allow"
        if everybody and not statement.get("Condition"):
            text = "The resource policy grants broad access to the secret, which BlockPublicPolicy prevents."
            raise AwsError("PublicPolicyException", text)


def _statements(policy: str) -> Iterator[dict[str, Any]]:
    document = json.loads(policy)
    if not isinstance(document, dict):
        raise ValueError(policy)
    given = document.get("Statement", [])
    yield from given if isinstance(given, list) else [given]
