# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What RDS's resources have in common: names in small letters, tags by ARN, an account's first use."""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import tag_dict
from .._aws import tag_list
from .._core.identity import STACK
from .._core.resource import NamedResource
from .._core.resource import Raw
from .._core.resource import Tags

#: An account's first call to RDS makes a service-linked role, and is refused until that is known everywhere
#: (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html).
FIRST_USE = (("InvalidParameterValue", "service linked role"), ("InvalidParameterValue", "ServiceLinkedRoles"))


class RdsResource(NamedResource):
    """A resource that RDS keeps, under a name in small letters."""

    def __init__(self, aws: Aws, params: dict[str, t.Any]):
        super().__init__(aws, {**params, "name": params["name"].lower()})

    def tags_of(self, raw: Raw) -> Tags:
        return tag_dict(raw.get("TagList"))

    def set_tags(self, tags: dict[str, str]) -> None:
        self.aws.call("rds", "add_tags_to_resource", ResourceName=self.id, Tags=tag_list(tags))

    def drop_tags(self, keys: list[str]) -> None:
        self.aws.call("rds", "remove_tags_from_resource", ResourceName=self.id, TagKeys=keys)


class RdsGroup(RdsResource):
    """A group that instances are made in: RDS lists it without its tags, and keeps it while an instance has it."""

    READ: tuple[str, str]  # the describe call, and the field of its answer that lists them
    MISSING: tuple[str, ...]  # the codes of a name that is not there

    @classmethod
    def names_in(cls, instance: Raw) -> list[str]:
        """The groups of this type that an instance has."""
        raise AttributeError(f"{cls.__name__} must say how an instance names it")

    def read(self) -> Raw | None:
        found = self.aws.find("rds", *self.READ, *self.MISSING, **{self.NAME: self.identity.name})
        return self.with_tags(self.aws, found[0]) if found else None

    @classmethod
    def with_tags(cls, aws: Aws, raw: Raw) -> Raw:
        # The group may have gone meanwhile.
        return {**raw, "TagList": aws.find("rds", "list_tags_for_resource", "TagList", *cls.MISSING, ResourceName=raw[cls.ID]) or []}

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        """Tags cost a call a group, so that only the likely ones are asked: by name, or because an instance of the stack has them."""
        instances = aws.read("rds", "describe_db_instances", "DBInstances")
        used = {name for one in instances if tag_dict(one.get("TagList")).get(STACK) == stack for name in cls.names_in(one)}
        for raw in aws.read("rds", *cls.READ):
            if raw[cls.NAME].startswith(f"{stack.lower()}-") or raw[cls.NAME] in used:
                whole = cls.with_tags(aws, raw)
                yield whole, tag_dict(whole["TagList"])
