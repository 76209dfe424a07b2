# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A log group. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html"""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from .._aws import Aws
from .._core.plan import Plan
from .._core.plan import Shape
from .._core.resource import NamedResource
from .._core.resource import Raw
from .._core.resource import Tags
from .._tagging.index import indexed_arns

MISSING = "ResourceNotFoundException"
#: Another change of the same group is not done yet.
BUSY = ("OperationAbortedException",)
#: A key, or its policy, that was just made is not known everywhere. The service says it in these two ways.
NEW_KEY = (("InvalidParameterException", "KMS key"), ("AccessDeniedException", "KMS key does not exist or is not allowed"))
#: Groups whose tags are asked for at a time.
WIDTH = 8


class LogGroup(NamedResource):
    TYPE, ID, NAME = "logs_log_group", "logGroupArn", "logGroupName"
    MANAGED = ("retention_days", "kms_key_id", "class")
    IMMUTABLE = ("class",)

    def read(self) -> Raw | None:
        name = self.identity.name
        found = self.aws.read("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
        raw = next((one for one in found if one["logGroupName"] == name), None)
        tags = _tags(self.aws, raw["logGroupArn"]) if raw else None
        return {**raw, "tags": tags} if tags is not None else None

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        """Groups are listed without their tags, and an account may have thousands: those of our names, and those that the tagging index
        knows as the stack's, are asked for theirs. The index lags; whether a group stands, and whose it is, its own service says."""
        named = aws.read("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=f"/{stack}/")
        arns = [arn.removesuffix(":*") for arn in indexed_arns(aws, "logs:log-group", stack)]
        candidates = {arn: {"logGroupArn": arn, "logGroupName": arn.partition(":log-group:")[2]} for arn in arns}
        candidates |= {one["logGroupArn"]: one for one in named}
        with ThreadPoolExecutor(WIDTH) as pool:
            tags = list(pool.map(lambda arn: _tags(aws, arn), candidates))
        return [({**raw, "tags": one}, one) for raw, one in zip(candidates.values(), tags, strict=True) if one is not None]

    def tags_of(self, raw: Raw) -> Tags:
        return raw["tags"]

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        return {"retention_days": raw.get("retentionInDays", 0), "kms_key_id": raw.get("kmsKeyId", ""), "class": raw.get("logGroupClass", "STANDARD")}

    def create(self, after: Shape) -> None:
        given = {"kmsKeyId": after.get("kms_key_id"), "logGroupClass": after.get("class")}
        self._write(
            "create_log_group",
            settled=("ResourceAlreadyExistsException",),
            lagging=NEW_KEY,
            tags=after["tags"],
            **{key: value for key, value in given.items() if value},
        )

    def update(self, plan: Plan) -> None:
        after = plan.after
        if "retention_days" in plan.keys and after["retention_days"]:
            self._write("put_retention_policy", lagging=((MISSING, ""),), retentionInDays=after["retention_days"])
        elif "retention_days" in plan.keys:
            self._write("delete_retention_policy")
        if "kms_key_id" in plan.keys and after["kms_key_id"]:
            self._write("associate_kms_key", lagging=NEW_KEY, kmsKeyId=after["kms_key_id"])
        elif "kms_key_id" in plan.keys:
            self._write("disassociate_kms_key")

    def delete(self) -> None:
        """An agent that stops late may make the group anew, without our tags: that one is no longer the stack's."""
        self._write("delete_log_group", settled=(MISSING,))

    def set_tags(self, tags: dict[str, str]) -> None:
        self.aws.call("logs", "tag_resource", resourceArn=self.id, tags=tags)

    def drop_tags(self, keys: list[str]) -> None:
        self.aws.call("logs", "untag_resource", resourceArn=self.id, tagKeys=keys)

    def _write(self, operation: str, **params: t.Any) -> None:
        self.aws.call("logs", operation, busy=BUSY, logGroupName=self.identity.name, **params)

    @property
    def is_protected(self) -> bool:
        return super().is_protected or self.raw.get("deletionProtectionEnabled", False)

    def facts(self) -> dict[str, t.Any]:
        return {"arn": self.id}


def _tags(aws: Aws, arn: str) -> dict[str, str] | None:
    """The tags of a group, or None where there is none of that ARN."""
    return aws.find("logs", "list_tags_for_resource", "tags", MISSING, resourceArn=arn)
