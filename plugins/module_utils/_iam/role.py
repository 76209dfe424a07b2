# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A role with its policies and its instance profile. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import tag_dict
from .._aws import tag_list
from .._core.identity import kept_tags
from .._core.identity import STACK
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.resource import Raw
from .._core.resource import Tags
from .base import IamResource
from .base import MISSING
from .documents import canonical
from .documents import compact

#: What a role may have at once (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html): attached policies,
#: and characters of its inline policies together.
ATTACHED, INLINE = 10, 10_240


class Role(IamResource):
    TYPE, NAME = "iam_role", "RoleName"
    MANAGED = ("path", "description", "trust", "managed_policies", "policies", "boundary", "max_session_duration", "instance_profile")
    IMMUTABLE = ("path",)

    # -- finding -----------------------------------------------------------------------------------------------

    def describe(self) -> Shape | None:
        shape = super().describe()
        self.profile = self.raw["Profile"] if self.raw else self._read_profile()  # it may stand without the role
        return shape

    def read(self) -> Raw | None:
        name = self.identity.name
        role = self.aws.find("iam", "get_role", "Role", MISSING, RoleName=name)
        if role is None:
            return None
        attached = self.aws.find("iam", "list_attached_role_policies", "AttachedPolicies", MISSING, RoleName=name) or []
        inline = self.aws.find("iam", "list_role_policies", "PolicyNames", MISSING, RoleName=name) or []
        documents = {one: self.aws.find("iam", "get_role_policy", "PolicyDocument", MISSING, RoleName=name, PolicyName=one) for one in inline}
        return {
            **role,
            "Attached": [one["PolicyArn"] for one in attached],
            "Inline": {one: document for one, document in documents.items() if document},
            "Profile": self._read_profile(),
        }

    def _read_profile(self) -> Raw | None:
        return self.aws.find("iam", "get_instance_profile", "InstanceProfile", MISSING, InstanceProfileName=self.identity.name)

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        """IAM lists roles without their tags, and an account may have a thousand: the description says which to ask about."""
        for raw in aws.read("iam", "list_roles", "Roles"):
            if raw.get("Description", "").endswith(_ending(stack)):
                tags = aws.find("iam", "list_role_tags", "Tags", MISSING, RoleName=raw["RoleName"])
                yield {**raw, "Tags": tags}, tag_dict(tags)

    # -- shapes ------------------------------------------------------------------------------------------------

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        return {
            "path": raw["Path"],
            "description": raw.get("Description", ""),
            "trust": self._canonical(raw["AssumeRolePolicyDocument"]),
            "managed_policies": sorted(raw["Attached"]),
            "policies": {name: self._canonical(document) for name, document in sorted(raw["Inline"].items())},
            "boundary": raw.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            "max_session_duration": raw.get("MaxSessionDuration"),
            "instance_profile": raw["RoleName"] if self._is_in(raw["Profile"]) else "",
        }

    def shape(self, raw: Raw) -> Shape:
        """The profile bears the role's tags: where it does not, that is drift of the tags."""
        shape = super().shape(raw)
        if not (self.params.get("instance_profile") and self._is_in(raw["Profile"])):
            return shape
        profile = kept_tags(tag_dict(raw["Profile"].get("Tags")), self.wanted_tags, self.params.get("purge_tags", False))
        return {**shape, "tags": _joint(shape["tags"], profile, self.wanted_tags)}

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        policies, attached, profile = wanted["policies"], wanted["managed_policies"], wanted["instance_profile"]
        if profile:
            self._check_profile(self.profile)
        return {
            **wanted,
            "description": (wanted["description"] or self.identity.component).removesuffix(_ending(self.identity.stack)) + _ending(self.identity.stack),
            "trust": self._canonical(wanted["trust"]),
            "managed_policies": None if attached is None else sorted(set(attached)),
            "policies": None if policies is None else {name: self._canonical(one) for name, one in sorted(policies.items())},
            "instance_profile": None if profile is None else self.identity.name if profile else "",
        }

    def _canonical(self, document: dict[str, t.Any]) -> dict[str, t.Any]:
        return canonical(document, self.aws.partition)

    def _is_in(self, profile: Raw | None) -> bool:
        return self.identity.name in _roles(profile)

    def _check_profile(self, profile: Raw | None) -> None:
        """Refuse a profile of the role's name that another role is in, or that nobody has said is ours."""
        if not profile or self._is_in(profile):
            return
        name, others, owner = self.identity.name, _roles(profile), tag_dict(profile.get("Tags")).get(STACK)
        if others:
            raise Refusal(f"instance profile {name} holds the role {', '.join(others)}; take it out, or choose another name")
        if owner != self.identity.stack and not (owner is None and self.params.get("adopt")):
            raise Refusal(f"instance profile {name} exists and is not ours; adopt it with stack_adopt: true, or choose another name")

    def facts(self) -> dict[str, t.Any]:
        profile = self.raw["Profile"] if self._is_in(self.raw["Profile"]) else {}
        return {
            "role_name": self.raw["RoleName"],
            "instance_profile": profile.get("InstanceProfileName", ""),
            "instance_profile_arn": profile.get("Arn", ""),
        }

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, after: Shape) -> None:
        given = {
            "Path": after.get("path"),
            "Description": after["description"],
            "MaxSessionDuration": after.get("max_session_duration"),
            "PermissionsBoundary": after.get("boundary"),
            "Tags": tag_list(after["tags"]),
        }
        self.write(
            "create_role",
            settled=("EntityAlreadyExists",),
            lagging=(_NEW_PRINCIPAL, *self._new_policy()),
            RoleName=self.identity.name,
            AssumeRolePolicyDocument=compact(after["trust"]),
            **{key: value for key, value in given.items() if value},
        )

    def update(self, plan: Plan) -> None:
        name, keys, after = self.identity.name, plan.keys, plan.after
        if {"description", "max_session_duration"} & set(keys):
            duration = {"MaxSessionDuration": after["max_session_duration"]} if after.get("max_session_duration") else {}
            self.write("update_role", RoleName=name, Description=after["description"], **duration)
        if "trust" in keys:
            self.write("update_assume_role_policy", lagging=(_NEW_PRINCIPAL,), RoleName=name, PolicyDocument=compact(after["trust"]))
        if "boundary" in keys and after["boundary"]:
            self.write("put_role_permissions_boundary", lagging=self._new_policy(), RoleName=name, PermissionsBoundary=after["boundary"])
        elif "boundary" in keys:
            self.write("delete_role_permissions_boundary", settled=(MISSING,), RoleName=name)
        if "policies" in keys:  # before the others: what was attached by hand is narrowed to what is written here, without a moment of neither
            self._put(plan.before["policies"], after["policies"])
        if "managed_policies" in keys:
            self._attach(plan.before["managed_policies"], after["managed_policies"])
        if "instance_profile" in keys:
            self._set_profile(after["instance_profile"], after["tags"])

    def _attach(self, before: list[str], after: list[str]) -> None:
        """What is new comes first, so that the role lacks nothing meanwhile, unless there is no room for both."""
        name = self.identity.name

        def attach() -> None:
            for arn in (arn for arn in after if arn not in before):
                self.write("attach_role_policy", lagging=self._new_policy(), RoleName=name, PolicyArn=arn)

        def detach() -> None:
            for arn in (arn for arn in before if arn not in after):
                self.write("detach_role_policy", settled=(MISSING,), RoleName=name, PolicyArn=arn)

        _in_turn(attach, detach, crowded=len({*before, *after}) > ATTACHED)

    def _put(self, before: dict[str, t.Any], after: dict[str, t.Any]) -> None:
        name = self.identity.name

        def put() -> None:
            for policy in (policy for policy in after if before.get(policy) != after[policy]):
                self.write("put_role_policy", RoleName=name, PolicyName=policy, PolicyDocument=compact(after[policy]))

        def drop() -> None:
            for policy in (policy for policy in before if policy not in after):
                self.write("delete_role_policy", settled=(MISSING,), RoleName=name, PolicyName=policy)

        _in_turn(put, drop, crowded=sum(map(len, map(compact, {**before, **after}.values()))) > INLINE)

    def _new_policy(self) -> tuple[tuple[str, str], ...]:
        """The errors of a policy of this account that was just made and is not known everywhere."""
        return ((MISSING, f"::{self.aws.account}:policy/"),)

    def _set_profile(self, wanted: str, tags: Tags) -> None:
        name = self.identity.name
        profile = {"InstanceProfileName": name}
        if wanted:
            path = {"Path": self.raw["Path"]}
            made = self.write("create_instance_profile", settled=("EntityAlreadyExists",), **profile, **path, Tags=tag_list(tags))
            if not made:
                self.write("tag_instance_profile", **profile, Tags=tag_list(tags))
            # A profile holds one role, and the plan saw to it that no other is in it: a second try may find ours there.
            self.write("add_role_to_instance_profile", settled=("LimitExceeded",), **profile, RoleName=name)
        else:
            self.write("remove_role_from_instance_profile", settled=(MISSING,), **profile, RoleName=name)
            self.write("delete_instance_profile", settled=(MISSING,), busy=("DeleteConflict",), **profile)
        self.raw["Profile"] = {**profile, "Roles": [{"RoleName": name}]} if wanted else None

    def set_tags(self, tags: dict[str, str]) -> None:
        self.write("tag_role", RoleName=self.identity.name, Tags=tag_list(tags))
        if self._has_profile:
            self.write("tag_instance_profile", InstanceProfileName=self.identity.name, Tags=tag_list(tags))

    def drop_tags(self, keys: list[str]) -> None:
        self.write("untag_role", RoleName=self.identity.name, TagKeys=keys)
        if self._has_profile:
            self.write("untag_instance_profile", InstanceProfileName=self.identity.name, TagKeys=keys)

    @property
    def _has_profile(self) -> bool:
        """Whether the profile of its name is the role's to tag and to remove."""
        profile = self.raw.get("Profile")
        ours = tag_dict((profile or {}).get("Tags")).get(STACK) == self.identity.stack
        return bool(profile) and (ours or bool(self.params.get("instance_profile")))

    def delete(self) -> None:
        name = self.identity.name
        self._attach(self.raw["Attached"], [])
        self._put(self.raw["Inline"], {})
        for profile in self.aws.find("iam", "list_instance_profiles_for_role", "InstanceProfiles", MISSING, RoleName=name) or []:
            self.write("remove_role_from_instance_profile", settled=(MISSING,), InstanceProfileName=profile["InstanceProfileName"], RoleName=name)
        if self._has_profile:
            self.write("delete_instance_profile", settled=(MISSING,), busy=("DeleteConflict",), InstanceProfileName=name)
        self.write("delete_role", settled=(MISSING,), busy=("DeleteConflict",), RoleName=name)


#: A trust policy names a role or user that was just made.
_NEW_PRINCIPAL = ("MalformedPolicyDocument", "Invalid principal in policy")


def _ending(stack: str) -> str:
    """How the description of each role of a stack ends."""
    return f" of stack {stack}"


def _roles(profile: Raw | None) -> list[str]:
    return [one["RoleName"] for one in (profile or {}).get("Roles", [])]


def _in_turn(add: t.Callable[[], None], remove: t.Callable[[], None], *, crowded: bool) -> None:
    for step in (remove, add) if crowded else (add, remove):
        step()


def _joint(one: Tags, other: Tags, wanted: Tags) -> dict[str, str]:
    """The tags of two that should bear the same: where one is wrong, its own."""
    wrong = {key: (one if one.get(key) != wanted.get(key) else other).get(key) for key in {*one, *other}}
    return {key: value for key, value in sorted(wrong.items()) if value is not None}
