# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A symmetric KMS key under one alias. https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html

A key that is pending deletion is taken back rather than made anew: what was encrypted with it, as a secret in its recovery window
or a last snapshot, can be read with it and with no other.
"""

from __future__ import annotations

import json
import typing as t

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import error_code
from .._core.identity import Candidate
from .._core.identity import choose
from .._core.identity import STACK
from .._core.plan import Plan
from .._core.plan import Shape
from .._core.recoverable import Recoverable
from .._core.recoverable import WINDOW
from .._core.resource import Raw
from .._core.resource import Tags
from .._iam.documents import canonical
from .._iam.documents import compact
from .policy import key_policy

MISSING, INVALID = "NotFoundException", "KMSInvalidStateException"
#: A key, or an alias, that was just made may not be known everywhere for some seconds
#: (https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency).
LAGGING = ((MISSING, ""),)
POLICY = "default"  # the only name that a key policy can have


class Key(Recoverable):
    TYPE, ID, NAME = "kms_key", "Arn", "Name"
    MANAGED = ("alias", "description", "enabled", "policy", "enable_rotation", "rotation_period_days", "deletion_window_days")
    STATE, GONE = "KeyState", ("PendingDeletion",)
    IN_TAGS: t.ClassVar[dict[str, str]] = {"deletion_window_days": WINDOW}

    made: Raw | None = None  # the answer of a create call, in this run

    @property
    def alias(self) -> str:
        return f"alias/{self.identity.name}"

    # -- reading -----------------------------------------------------------------------------------------------

    def read(self) -> Raw | None:
        found = self.aws.find("kms", "describe_key", "KeyMetadata", MISSING, KeyId=self.id or self.alias)
        return self._with_tags(found) if found else self._nameless()

    def _with_tags(self, metadata: Raw) -> Raw | None:
        tags = self.aws.find("kms", "list_resource_tags", "Tags", MISSING, KeyId=metadata["KeyId"])
        return None if tags is None else _whole(metadata, self.identity.name, _tag_dict(tags))

    def _nameless(self) -> Raw | None:
        """Ours that has no alias: its create was interrupted, or somebody took the alias off. Living ones go first."""
        aliases, ours = _aliases(self.aws), []
        for key, tags in _tagged_keys(self.aws, aliases):
            if key not in aliases and choose([Candidate(key, tags, False)], self.identity):
                ours.append(_whole(self.aws.read("kms", "describe_key", "KeyMetadata", KeyId=key), self.identity.name, tags))
        living = [raw for raw in ours if self.state(raw) not in self.GONE] or ours
        chosen = choose([Candidate(raw[self.ID], raw["Tags"], False) for raw in living], self.identity)
        return next((raw for raw in living if raw[self.ID] == chosen), None)

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        # The alias may be any name, and is missing where a create was interrupted: every key of the account's own is asked.
        aliases = _aliases(aws)
        for key, tags in _tagged_keys(aws, aliases):
            metadata = aws.find("kms", "describe_key", "KeyMetadata", MISSING, KeyId=key) if tags.get(STACK) == stack else None
            if metadata:
                alias = aliases.get(key, "alias/" + tags.get("Name", key))
                if key in aliases:
                    aws.tell("kms", "describe_key", "KeyMetadata", (MISSING,), metadata, KeyId=alias)
                name = alias.removeprefix("alias/")
                yield _whole(metadata, name, tags), tags

    def all_tags(self, raw: Raw) -> Tags:
        return raw["Tags"]

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        key = raw["KeyId"]
        rotation = self.aws.find("kms", "get_key_rotation_status", "", MISSING, KeyId=key)
        if rotation is None:  # it was just made
            rotation = self.aws.call("kms", "get_key_rotation_status", KeyId=key, lagging=LAGGING)
        aliases = [one["AliasName"] for one in self.aws.read("kms", "list_aliases", "Aliases", KeyId=key)]
        policy = json.loads(self.aws.read("kms", "get_key_policy", "Policy", KeyId=key, PolicyName=POLICY))
        return {
            "alias": self.alias if self.alias in aliases else None,
            "description": raw.get("Description", ""),
            "enabled": self.state(raw) == "Enabled",
            "policy": canonical(policy, self.aws.partition),
            "enable_rotation": rotation["KeyRotationEnabled"],
            "rotation_period_days": rotation.get("RotationPeriodInDays"),
            **self.told(raw),
        }

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        period = wanted["rotation_period_days"] if wanted["enable_rotation"] else None
        policy = key_policy(self.aws, wanted["policy"], self.params.get("users") or [], self.params.get("via_services") or [])
        return {**wanted, "alias": self.alias, "rotation_period_days": period, "policy": canonical(policy, self.aws.partition)}

    # -- writing -----------------------------------------------------------------------------------------------

    def make_new(self, after: Shape) -> None:
        # There is no client token: it is looked for by its tags before it is made again. The policy is put after it, since that
        # can be repeated while a principal that was just made is not known everywhere; until then only the account may use it.
        tags = _tag_list({**after["tags"], **self.telling(after)})
        self.made = self.aws.create_once("kms", "create_key", self._nameless, Description=after.get("description") or "", Tags=tags)
        self.id = self.made["KeyMetadata"]["Arn"] if self.made else None

    def take_back(self) -> None:
        self.aws.call("kms", "cancel_key_deletion", KeyId=self.id, settled=(INVALID,))

    def fresh_shape(self) -> Shape:
        if not self.made:
            return self.shape(self.raw)
        later = {"alias": None, "policy": None, "enabled": True, "enable_rotation": False, "rotation_period_days": None}
        return {**self.desired(None), **later}

    def update(self, plan: Plan) -> None:
        after, keys = plan.after, plan.keys
        if "enabled" in keys and after["enabled"]:
            self._write("enable_key")  # first: a disabled key's rotation cannot be changed
        if "alias" in keys:
            self.aws.call("kms", "create_alias", AliasName=after["alias"], TargetKeyId=self.id, settled=("AlreadyExistsException",), lagging=LAGGING)
        if "description" in keys:
            self._write("update_key_description", Description=after["description"])
        if "policy" in keys:
            # A principal that was just made may not be known everywhere.
            late = (("MalformedPolicyDocumentException", "principal"),)
            self._write("put_key_policy", late, PolicyName=POLICY, Policy=compact(after["policy"]))
        if {"enable_rotation", "rotation_period_days"} & set(keys):
            self._put_rotation(after)
        if set(self.IN_TAGS) & set(keys):
            self.set_tags(self.telling(after))
        if "enabled" in keys and not after["enabled"]:
            self._write("disable_key")

    def _put_rotation(self, after: Shape) -> None:
        if after["enable_rotation"]:
            period = after.get("rotation_period_days")
            self._write("enable_key_rotation", **({"RotationPeriodInDays": period} if period else {}))
        else:
            self._write("disable_key_rotation")

    def delete(self) -> None:
        try:
            self._write("schedule_key_deletion", PendingWindowInDays=self.window())
        except AwsFailure as error:
            # Sent twice, since a reply was lost: it is pending already.
            if error_code(error) != INVALID or self.state(self.read() or {}) not in self.GONE:
                raise

    def set_tags(self, tags: dict[str, str]) -> None:
        self._write("tag_resource", Tags=_tag_list(tags))

    def drop_tags(self, keys: list[str]) -> None:
        self._write("untag_resource", TagKeys=keys)

    def _write(self, operation: str, lagging: t.Collection[tuple[str, str]] = (), **params: t.Any) -> None:
        self.aws.call("kms", operation, KeyId=self.id, lagging=(*LAGGING, *lagging), **params)

    def facts(self) -> dict[str, t.Any]:
        return {"key_id": self.raw.get("KeyId")}


def _whole(metadata: Raw, name: str, tags: Tags) -> Raw:
    """What KMS says of a key, with what it is called and its tags."""
    return {**metadata, "Name": name, "Tags": tags}


def _aliases(aws: Aws) -> dict[str, str]:
    """An alias of each key that has one, by the key's id."""
    return {one["TargetKeyId"]: one["AliasName"] for one in aws.read("kms", "list_aliases", "Aliases") if "TargetKeyId" in one}


def _tagged_keys(aws: Aws, aliases: dict[str, str]) -> t.Iterator[tuple[str, dict[str, str]]]:
    """The id and the tags of each key that is not AWS's own; what others keep from us is not ours."""
    for one in aws.read("kms", "list_keys", "Keys"):
        key = one["KeyId"]
        if not aliases.get(key, "").startswith("alias/aws/"):
            tags = aws.find("kms", "list_resource_tags", "Tags", MISSING, "AccessDeniedException", KeyId=key)
            if tags is not None:
                aws.tell("kms", "list_resource_tags", "Tags", (MISSING,), tags, KeyId=key)
            yield key, _tag_dict(tags or [])


def _tag_dict(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["TagKey"]: tag["TagValue"] for tag in tags}


def _tag_list(tags: Tags) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]
