# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A repository of images. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html"""

from __future__ import annotations

import json
import typing as t
from concurrent.futures import ThreadPoolExecutor

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import error_code
from .._aws import tag_dict
from .._aws import tag_list
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.recoverable import REMOVAL
from .._core.resource import NamedResource
from .._core.resource import Raw
from .._core.resource import Tags
from .._iam.documents import canonical
from .._iam.documents import compact
from .._kms.names import is_name_of
from .._tagging.index import indexed_arns
from .lifecycle import from_lifecycle
from .lifecycle import to_lifecycle

MISSING = "RepositoryNotFoundException"
NO_POLICY, NO_LIFECYCLE = "RepositoryPolicyNotFoundException", "LifecyclePolicyNotFoundException"
#: Whether a removal may take the images along: a tag, so that a removal knows it that has AWS alone to ask.
KEEP, EMPTY = "keep", "empty"
#: A policy names a role that was just made.
NEW_PRINCIPAL = (("InvalidParameterException", "Principal"),)
#: A key, or its policy, that was just made.
NEW_KEY = (("KmsException", ""),)
#: Repositories whose tags are asked for at a time.
WIDTH = 8


class Repository(NamedResource):
    TYPE, ID, NAME = "ecr_repository", "repositoryArn", "repositoryName"
    IMMUTABLE = ("encryption", "kms_key_id")
    MANAGED = (*IMMUTABLE, "immutable_tags", "scan_on_push", "lifecycle", "policy", "removal")

    # -- reading -----------------------------------------------------------------------------------------------

    def read(self) -> Raw | None:
        found = self.aws.find("ecr", "describe_repositories", "repositories", MISSING, repositoryNames=[self.identity.name])
        tags = _tags(self.aws, found[0][self.ID]) if found else None
        return {**found[0], "tags": tags} if tags is not None else None

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        """Repositories are listed without their tags: those of our names, and those that the tagging index knows, are asked for theirs."""
        indexed = set(indexed_arns(aws, "ecr:repository", stack))
        starts = (f"{stack}-", f"{stack}/")
        found = [raw for raw in aws.read("ecr", "describe_repositories", "repositories") if raw[cls.NAME].startswith(starts) or raw[cls.ID] in indexed]
        with ThreadPoolExecutor(WIDTH) as pool:
            tags = list(pool.map(lambda raw: _tags(aws, raw[cls.ID]), found))
        return [({**raw, "tags": one}, one) for raw, one in zip(found, tags, strict=True) if one is not None]

    def tags_of(self, raw: Raw) -> Tags:
        return {key: value for key, value in raw["tags"].items() if key != REMOVAL}

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        encryption, name = raw.get("encryptionConfiguration", {}), raw[self.NAME]
        policy = self.aws.find("ecr", "get_repository_policy", "policyText", NO_POLICY, MISSING, repositoryName=name)
        lifecycle = self.aws.find("ecr", "get_lifecycle_policy", "lifecyclePolicyText", NO_LIFECYCLE, MISSING, repositoryName=name)
        key, wanted = encryption.get("kmsKey", ""), self.params.get("kms_key_id")
        return {
            "encryption": encryption.get("encryptionType", "AES256"),
            "kms_key_id": wanted if is_name_of(self.aws, wanted, key) else key,
            "immutable_tags": raw.get("imageTagMutability") == "IMMUTABLE",
            "scan_on_push": raw.get("imageScanningConfiguration", {}).get("scanOnPush", False),
            "lifecycle": from_lifecycle(lifecycle),
            "policy": canonical(json.loads(policy), self.aws.partition) if policy else {},
            "removal": raw["tags"].get(REMOVAL, KEEP),
        }

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        lifecycle, policy = wanted["lifecycle"], wanted["policy"]
        if wanted["kms_key_id"] and wanted["encryption"] == "AES256":
            raise Refusal("kms_key_id goes with encryption: KMS or KMS_DSSE, and not with AES256")
        given = None if lifecycle is None else {key: value for key, value in lifecycle.items() if value is not None}
        if any(value < 1 for value in (given or {}).values()):
            raise Refusal("the numbers of a lifecycle are 1 or more")
        return {**wanted, "lifecycle": given, "policy": canonical(policy, self.aws.partition) if policy else policy}

    def facts(self) -> dict[str, t.Any]:
        return {"uri": self.raw["repositoryUri"]}

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, after: Shape) -> None:
        key = {"kmsKey": after["kms_key_id"]} if after.get("kms_key_id") else {}
        self._write(
            "create_repository",
            settled=("RepositoryAlreadyExistsException",),
            lagging=NEW_KEY if key else (),
            imageTagMutability=_mutability(after.get("immutable_tags")),
            imageScanningConfiguration={"scanOnPush": bool(after.get("scan_on_push"))},
            encryptionConfiguration={"encryptionType": after.get("encryption", "AES256"), **key},
            tags=tag_list({**after["tags"], REMOVAL: after.get("removal", KEEP)}),
        )

    def update(self, plan: Plan) -> None:
        after, keys = plan.after, set(plan.keys)
        if "immutable_tags" in keys:
            self._write("put_image_tag_mutability", imageTagMutability=_mutability(after["immutable_tags"]))
        if "scan_on_push" in keys:
            self._write("put_image_scanning_configuration", imageScanningConfiguration={"scanOnPush": after["scan_on_push"]})
        if "lifecycle" in keys and after["lifecycle"]:
            self._write("put_lifecycle_policy", lifecyclePolicyText=to_lifecycle(after["lifecycle"]))
        elif "lifecycle" in keys:
            self._write("delete_lifecycle_policy", settled=(NO_LIFECYCLE,))
        if "policy" in keys and after["policy"]:
            self._write("set_repository_policy", lagging=NEW_PRINCIPAL, policyText=compact(after["policy"]))
        elif "policy" in keys:
            self._write("delete_repository_policy", settled=(NO_POLICY,))
        if "removal" in keys:
            self.set_tags({REMOVAL: after["removal"]})

    def delete(self) -> None:
        """Its images go with it only where its tag says so."""
        try:
            self._write("delete_repository", settled=(MISSING,), force=self.raw["tags"].get(REMOVAL) == EMPTY)
        except AwsFailure as error:
            if error_code(error) != "RepositoryNotEmptyException":
                raise
            advice = "delete them, or keep it once with removal: empty, which a removal reads from the repository's tag"
            raise Refusal(f"repository {self.identity.name} holds images, and its removal is {KEEP}; {advice}") from error

    def _write(self, operation: str, **params: t.Any) -> None:
        self.aws.call("ecr", operation, repositoryName=self.identity.name, **params)

    def set_tags(self, tags: dict[str, str]) -> None:
        self.aws.call("ecr", "tag_resource", resourceArn=self.id, tags=tag_list(tags))

    def drop_tags(self, keys: list[str]) -> None:
        self.aws.call("ecr", "untag_resource", resourceArn=self.id, tagKeys=keys)


def _mutability(immutable: bool | None) -> str:
    return "IMMUTABLE" if immutable else "MUTABLE"


def _tags(aws: Aws, arn: str) -> dict[str, str] | None:
    """The tags of a repository, or None where there is none of that ARN."""
    tags = aws.find("ecr", "list_tags_for_resource", "tags", MISSING, resourceArn=arn)
    return None if tags is None else tag_dict(tags)
