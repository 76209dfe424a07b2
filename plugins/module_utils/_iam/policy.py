# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A policy that the account manages, and its versions. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import tag_dict
from .._aws import tag_list
from .._core.identity import STACK
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.resource import Raw
from .._core.resource import Tags
from .._core.wait import WaitTimeout
from .base import IamResource
from .base import MISSING
from .documents import canonical
from .documents import compact

#: Versions of one policy (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html).
VERSIONS = 5


class Policy(IamResource):
    TYPE, NAME = "iam_policy", "PolicyName"
    MANAGED = ("path", "document", "description")
    IMMUTABLE = ("path", "description")

    # -- finding -----------------------------------------------------------------------------------------------

    def find(self) -> Raw | None:
        """Raise Refusal where the name is taken under another path: AWS moves no policy, so there is nothing to adopt."""
        raw = self.read()
        if raw and raw["Path"] != self._path and self.tags_of(raw).get(STACK) != self.identity.stack:
            text = f"{raw['Arn']} has the name, which the account gives once, whatever the path and its case"
            raise Refusal(f"{text}; choose another name, or remove that one first")
        return super().find()

    def read(self) -> Raw | None:
        arn = f"arn:{self.aws.partition}:iam::{self.aws.account}:policy{self._path}{self.identity.name}"
        found = self._get(arn) or self._get(self._elsewhere())
        if found is None:
            return None
        version = self.aws.find("iam", "get_policy_version", "PolicyVersion", MISSING, PolicyArn=found["Arn"], VersionId=found["DefaultVersionId"])
        return {**found, "Document": version["Document"]} if version else None

    def _get(self, arn: str | None) -> Raw | None:
        return self.aws.find("iam", "get_policy", "Policy", MISSING, PolicyArn=arn) if arn else None

    def _elsewhere(self) -> str | None:
        """The ARN of a policy of this name under whatever path: the account has one of a name, and tells no case apart
        (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""
        every = self.aws.read("iam", "list_policies", "Policies", Scope="Local")
        return next((one["Arn"] for one in every if one["PolicyName"].lower() == self.identity.name.lower()), None)

    @property
    def _path(self) -> str:
        return self.params.get("path") or _home(self.identity.stack)

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        for raw in aws.read("iam", "list_policies", "Policies", Scope="Local", PathPrefix=_home(stack)):
            tags = aws.find("iam", "list_policy_tags", "Tags", MISSING, PolicyArn=raw["Arn"])
            yield {**raw, "Tags": tags}, tag_dict(tags)

    # -- shapes ------------------------------------------------------------------------------------------------

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        return {"path": raw["Path"], "description": raw.get("Description", ""), "document": self._canonical(raw["Document"])}

    def desired(self, before: Shape | None) -> Shape:
        home = _home(self.identity.stack)
        if not self._path.startswith(home):
            raise Refusal(f"path must begin with {home}, by which a stack's policies are found, not {self._path}")
        wanted = super().desired(before)
        return {**wanted, "path": self._path, "document": self._canonical(wanted["document"])}

    def _canonical(self, document: dict[str, t.Any]) -> dict[str, t.Any]:
        return canonical(document, self.aws.partition)

    def facts(self) -> dict[str, t.Any]:
        return {"policy_name": self.raw["PolicyName"], "version": self.raw["DefaultVersionId"]}

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, after: Shape) -> None:
        description = {"Description": after["description"]} if after.get("description") else {}
        self.write(
            "create_policy",
            settled=("EntityAlreadyExists",),
            PolicyName=self.identity.name,
            Path=after["path"],
            PolicyDocument=compact(after["document"]),
            Tags=tag_list(after["tags"]),
            **description,
        )

    def update(self, plan: Plan) -> None:
        if "document" not in plan.keys:
            return
        older = [one for one in self._versions() if not one["IsDefaultVersion"]]
        if len(older) + 1 >= VERSIONS:
            self._delete_version(min(older, key=lambda one: one["CreateDate"]))
        document = plan.after["document"]

        def look() -> Raw | None:
            raw = self.read()
            return raw if raw and self._canonical(raw["Document"]) == document else None

        # Sent twice it would make two versions, and IAM keeps five.
        self.aws.create_once("iam", "create_policy_version", look, PolicyArn=self.id, PolicyDocument=compact(document), SetAsDefault=True)

    def _versions(self) -> list[Raw]:
        return self.aws.find("iam", "list_policy_versions", "Versions", MISSING, PolicyArn=self.id) or []

    def _delete_version(self, version: Raw) -> None:
        self.write("delete_policy_version", settled=(MISSING,), PolicyArn=self.id, VersionId=version["VersionId"])

    def delete(self) -> None:
        for version in [one for one in self._versions() if not one["IsDefaultVersion"]]:
            self._delete_version(version)
        try:
            self.write("delete_policy", settled=(MISSING,), busy=("DeleteConflict",), PolicyArn=self.id)
        except WaitTimeout as error:
            raise AwsFailure(f"{error}. It is attached to {', '.join(self._holders()) or 'nothing that IAM lists'}") from error

    def _holders(self) -> list[str]:
        found = (("PolicyRoles", "RoleName", "role"), ("PolicyUsers", "UserName", "user"), ("PolicyGroups", "GroupName", "group"))
        lists = {field: self.aws.read("iam", "list_entities_for_policy", field, PolicyArn=self.id, EntityFilter=kind.title()) for field, _name, kind in found}
        return [f"{kind} {one[name]}" for field, name, kind in found for one in lists[field]]

    def set_tags(self, tags: dict[str, str]) -> None:
        self.write("tag_policy", PolicyArn=self.id, Tags=tag_list(tags))

    def drop_tags(self, keys: list[str]) -> None:
        self.write("untag_policy", PolicyArn=self.id, TagKeys=keys)


def _home(stack: str) -> str:
    """The path below which a stack's policies are: IAM lists policies without their tags, but by path."""
    return f"/groundwork/{stack}/"
