# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A secret whose password only AWS knows. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html

The password is made here and goes to AWS alone: it is in no parameter, shape, result, diff or message. Whoever rotates it while
another changes the fields could lose it; the stack's lock keeps them apart.
"""

from __future__ import annotations

import json
import typing as t
import uuid

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import error_code
from .._aws import tag_dict
from .._aws import tag_list
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.recoverable import Recoverable
from .._core.recoverable import REMOVAL
from .._core.recoverable import WINDOW
from .._core.resource import Raw
from .._core.resource import Tags
from .._iam.documents import canonical
from .._iam.documents import compact
from .._kms.names import short_key_id
from .versions import CURRENT
from .versions import MISSING
from .versions import new_password
from .versions import PASSWORD
from .versions import SINCE
from .versions import Version
from .versions import Versions

INVALID = "InvalidRequestException"
#: Codes, with a part of their messages, of what was just done elsewhere and is not known here yet.
LAGGING = (
    # "you might need to wait before you reuse the name", API_DeleteSecret: ForceDeleteWithoutRecovery
    (INVALID, "scheduled for deletion"),
    # A key or a key policy that was just made.
    ("AccessDeniedException", "KMS"),
    (MISSING, "KMS"),
)


class Secret(Recoverable):
    TYPE, ID, NAME = "secretsmanager_secret", "ARN", "Name"
    MANAGED = ("description", "kms_key_id", "generate", "fields", "resource_policy", "removal", "recovery_window_days")
    GONE = ("scheduled for deletion",)
    IN_TAGS: t.ClassVar[dict[str, str]] = {"removal": REMOVAL, "recovery_window_days": WINDOW}

    made: Raw = {}  # the answer of a create call, in this run

    # -- reading -----------------------------------------------------------------------------------------------

    def read(self) -> Raw | None:
        # Not from the list, which lags by minutes (API_ListSecrets).
        return self.aws.find("secretsmanager", "describe_secret", "", MISSING, SecretId=self.identity.name)

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        # A filter's value is the beginning of a tag's value: others come along, and are left out by their tags.
        filters = [{"Key": "tag-value", "Values": [stack]}]
        found = aws.read("secretsmanager", "list_secrets", "SecretList", IncludePlannedDeletion=True, Filters=filters)
        return [(raw, tag_dict(raw.get("Tags"))) for raw in found]

    def state(self, raw: Raw) -> str:
        return self.GONE[0] if raw.get("DeletedDate") else "active"

    def all_tags(self, raw: Raw) -> Tags:
        return tag_dict(raw.get("Tags"))

    @property
    def versions(self) -> Versions:
        return Versions(self.aws, self.identity.name)

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        value = self._value(raw)
        document = value and value.document
        fields = self.params.get("fields") or {}
        return {
            "description": raw.get("Description", ""),
            "kms_key_id": short_key_id(self.aws, raw.get("KmsKeyId")),
            # A value is made once: one that is no JSON object is somebody's own, and stands too.
            "generate": self.params.get("generate") if value and (document is None or PASSWORD in document) else None,
            "fields": {key: _as_wanted(document[key], wanted) for key, wanted in fields.items() if key in (document or {})},
            "resource_policy": self._policy(),
            **self.told(raw),
        }

    def _value(self, raw: Raw) -> Version | None:
        """The current value, where anything of it is managed."""
        asked = self.params.get("generate") or self.params.get("fields")
        stands = any(CURRENT in stages for stages in raw.get("VersionIdsToStages", {}).values())
        value = self.versions.read(CURRENT) if asked and stands else None
        if value and value.document is None and self.params.get("fields"):
            raise Refusal("its value is no JSON object, which fields could be kept in; put one, or manage no fields")
        return value

    def _policy(self) -> dict[str, t.Any] | None:
        if self.params.get("resource_policy") is None:
            return None
        text = self._policy_text()
        return canonical(json.loads(text), self.aws.partition) if text else None

    def _policy_text(self) -> str | None:
        return self.aws.read("secretsmanager", "get_resource_policy", "ResourcePolicy", SecretId=self.identity.name)

    def ask_ahead(self) -> None:
        """But for its value: whether that is another one, its versions say."""
        self.describe()
        self._policy_text()

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        if taken := {PASSWORD, SINCE} & set(wanted["fields"] or {}):
            raise Refusal(f"{' and '.join(sorted(taken))} cannot be among the fields: the module alone makes and keeps it")
        policy = wanted["resource_policy"]
        return {
            **wanted,
            "kms_key_id": short_key_id(self.aws, wanted["kms_key_id"]),
            "resource_policy": canonical(policy, self.aws.partition) if policy else policy,
        }

    # -- writing -----------------------------------------------------------------------------------------------

    def make_new(self, after: Shape) -> None:
        document = self._document({}, after, bool(after.get("generate")))
        given = {"Description": after.get("description"), "KmsKeyId": after.get("kms_key_id"), "SecretString": document and json.dumps(document)}
        self.made = self.aws.call(
            "secretsmanager",
            "create_secret",
            Name=self.identity.name,
            ClientRequestToken=str(uuid.uuid4()),
            Tags=tag_list({**after["tags"], **self.telling(after)}),
            settled=("ResourceExistsException",),
            lagging=LAGGING,
            **{key: value for key, value in given.items() if value},
        )

    def take_back(self) -> None:
        self.aws.call("secretsmanager", "restore_secret", SecretId=self.id)

    def fresh_shape(self) -> Shape:
        # The create call sets all but the policy. A read may lag, and show no value where one was made.
        return {**self.desired(None), "resource_policy": None} if self.made else self.shape(self.raw)

    def update(self, plan: Plan) -> None:
        changes = {"description": "Description", "kms_key_id": "KmsKeyId"}
        spec = {field: plan.after[key] or "" for key, field in changes.items() if key in plan.keys}
        if spec:
            self.aws.call("secretsmanager", "update_secret", SecretId=self.id, **spec, lagging=LAGGING)
        if {"generate", "fields"} & set(plan.keys):
            self._put_value(plan.after, "generate" in plan.keys)
        if "resource_policy" in plan.keys:
            self._put_policy(plan.after["resource_policy"])
        if set(self.IN_TAGS) & set(plan.keys):
            self.set_tags(self.telling(plan.after))

    def _put_value(self, after: Shape, with_password: bool) -> None:
        current = self.versions.read(CURRENT)
        self.versions.put(self._document((current and current.document) or {}, after, with_password), CURRENT)

    def _document(self, standing: dict[str, t.Any], after: Shape, with_password: bool) -> dict[str, t.Any]:
        """What stands, with the wanted fields over it; the password stays, unless there is none yet."""
        return {**standing, **(after.get("fields") or {}), **(new_password(self.aws, after["generate"]) if with_password else {})}

    def _put_policy(self, policy: dict[str, t.Any] | None) -> None:
        if policy:
            self.aws.call(
                "secretsmanager",
                "put_resource_policy",
                SecretId=self.id,
                ResourcePolicy=compact(policy),
                BlockPublicPolicy=True,
                lagging=(("MalformedPolicyDocumentException", "principal"),),
            )
        else:
            self.aws.call("secretsmanager", "delete_resource_policy", SecretId=self.id)

    def delete(self) -> None:
        force = self.told(self.raw)["removal"] == "force"
        how = {"ForceDeleteWithoutRecovery": True} if force else {"RecoveryWindowInDays": self.window()}
        try:
            self.aws.call("secretsmanager", "delete_secret", SecretId=self.id, settled=(MISSING,), **how)
        except AwsFailure as error:
            # Sent twice, since a reply was lost: it is scheduled already.
            if error_code(error) != INVALID or self.state(self.read() or {}) not in self.GONE:
                raise

    def set_tags(self, tags: dict[str, str]) -> None:
        self.aws.call("secretsmanager", "tag_resource", SecretId=self.id, Tags=tag_list(tags))

    def drop_tags(self, keys: list[str]) -> None:
        self.aws.call("secretsmanager", "untag_resource", SecretId=self.id, TagKeys=keys)


def _as_wanted(standing: t.Any, wanted: t.Any) -> t.Any:
    """A number and its digits are the same to whoever reads a field, and both are written: RDS puts a port as a number."""
    return wanted if str(standing) == str(wanted) else standing
