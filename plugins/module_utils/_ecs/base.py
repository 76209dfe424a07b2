# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the resources of ECS have in common: known by their names, tagged under their ARNs, in small letters."""

from __future__ import annotations

import typing as t

from .._aws import tag_dict
from .._core.resource import NamedResource
from .._core.resource import Raw
from .._core.resource import Tags

NO_CLUSTER = "ClusterNotFoundException"
#: An account's first use makes a service-linked role, which is not known everywhere at once
#: (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html).
FIRST_USE = (("InvalidParameterException", "service linked role"),)


def to_tags(tags: Tags) -> list[dict[str, str]]:
    """Tags as ECS takes them."""
    return [{"key": key, "value": value} for key, value in tags.items()]


class EcsResource(NamedResource):
    """A resource that ECS keeps; its raw form holds its ``tags``."""

    STATE = "status"

    def tags_of(self, raw: Raw) -> Tags:
        return tag_dict(raw.get("tags"))

    def set_tags(self, tags: dict[str, str]) -> None:
        self.aws.call("ecs", "tag_resource", resourceArn=self._tagged_arn, tags=to_tags(tags))

    def drop_tags(self, keys: list[str]) -> None:
        self.aws.call("ecs", "untag_resource", resourceArn=self._tagged_arn, tagKeys=keys)

    @property
    def _tagged_arn(self) -> str | None:
        return self.id


def batches(values: t.Sequence[str], size: int) -> t.Iterator[t.Sequence[str]]:
    """What a call takes so many of at a time."""
    return (values[start : start + size] for start in range(0, len(values), size))
