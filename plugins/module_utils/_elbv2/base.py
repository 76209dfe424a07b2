# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the resources of Elastic Load Balancing have in common: ids are ARNs, and tags are read apart, for twenty at a time.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html
"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import tag_dict
from .._aws import tag_list
from .._core.identity import Candidate
from .._core.identity import choose
from .._core.identity import COMPONENT
from .._core.identity import KEY
from .._core.identity import STACK
from .._core.resource import AwsResource
from .._core.resource import NamedResource
from .._core.resource import Raw
from .._core.resource import Tags

#: How many resources one DescribeTags takes.
BATCH = 20
MISSING = ("LoadBalancerNotFound", "TargetGroupNotFound", "ListenerNotFound", "RuleNotFound")


def with_tags(aws: Aws, raws: t.Sequence[Raw], field: str) -> list[Raw]:
    """Answers of AWS, each with its ``Tags``, and without those that went in between. ``field`` holds the ARN."""
    tags: dict[str, list] = {}
    for start in range(0, len(raws), BATCH):
        tags |= _tags(aws, [raw[field] for raw in raws[start : start + BATCH]])
    return [{**raw, "Tags": tags[raw[field]]} for raw in raws if raw[field] in tags]


def _tags(aws: Aws, arns: list[str]) -> dict[str, list]:
    found = aws.find("elbv2", "describe_tags", "TagDescriptions", *MISSING, ResourceArns=arns)
    if found is None:  # one that went fails them all
        return {} if len(arns) == 1 else {arn: tags for one in arns for arn, tags in _tags(aws, [one]).items()}
    return {one["ResourceArn"]: one["Tags"] for one in found}


class Elbv2Resource(AwsResource):
    """A resource of Elastic Load Balancing; its raw form holds its ``Tags``."""

    READ: tuple[str, str]  # the describe call, and the field of its answer that lists them

    def tags_of(self, raw: Raw) -> Tags:
        return tag_dict(raw["Tags"])

    def set_tags(self, tags: dict[str, str]) -> None:
        self.aws.call("elbv2", "add_tags", ResourceArns=[self.id], Tags=tag_list(tags))

    def drop_tags(self, keys: list[str]) -> None:
        self.aws.call("elbv2", "remove_tags", ResourceArns=[self.id], TagKeys=keys)


class Elbv2Named(Elbv2Resource, NamedResource):
    """A load balancer or a target group: its name is the only one in the account's region.

    A create that is repeated as it was answers with what the first made (the API reference of both calls).
    """

    def read(self) -> Raw | None:
        found = self.aws.find("elbv2", *self.READ, *MISSING, Names=[self.identity.name])
        return next(iter(with_tags(self.aws, found or [], self.ID)), None)

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        found = aws.read("elbv2", *cls.READ)
        tagged = with_tags(aws, found, cls.ID)
        for raw in found:
            aws.tell("elbv2", *cls.READ, MISSING, [raw], Names=[raw[cls.NAME]])
        for raw in tagged:
            alone = [{"ResourceArn": raw[cls.ID], "Tags": raw["Tags"]}]
            aws.tell("elbv2", "describe_tags", "TagDescriptions", MISSING, alone, ResourceArns=[raw[cls.ID]])
        return [(raw, tag_dict(raw["Tags"])) for raw in tagged]


class Elbv2Child(Elbv2Resource):
    """A listener or a rule: it has no name of its own in AWS, and is found by its tags within its parent."""

    PARENT: str

    @classmethod
    def parents(cls, aws: Aws) -> list[str]:
        """The ARNs of all that can have one. A stack may have rules of its own at a load balancer that several share."""
        raise AttributeError(f"{cls.__name__} must say where it can be")

    @classmethod
    def within(cls, aws: Aws, parent: str) -> list[Raw]:
        """All that the parent has, with tags; none where there is no such parent."""
        raise AttributeError(f"{cls.__name__} must say what its parent has")

    def is_named(self, raw: Raw) -> bool:
        """Whether this one has the name, or the place, that ours must have."""
        return self.tags_of(raw).get("Name") == self.identity.name

    def find(self) -> Raw | None:
        listed = {raw[self.ID]: raw for raw in self.within(self.aws, self.parent)}
        if self.id:
            return listed.get(self.id)
        candidates = [Candidate(id, self.tags_of(raw), self.is_named(raw)) for id, raw in listed.items()]
        return listed.get(choose(candidates, self.identity, adopt=self.params.get("adopt", False)))

    def seen(self) -> Raw | None:
        return next((raw for raw in self.within(self.aws, self.parent) if raw[self.ID] == self.id), None)

    @classmethod
    def owned(cls, aws: Aws, stack: str) -> list[Elbv2Child]:
        """Every one of this type that bears the stack's tag, whosever its parent is."""
        found = [(raw, parent) for parent in cls.parents(aws) for raw in cls.within(aws, parent)]
        return [cls.from_raw(aws, raw, parent) for raw, parent in found if tag_dict(raw["Tags"]).get(STACK) == stack]

    @classmethod
    def from_raw(cls, aws: Aws, raw: Raw, parent: str) -> Elbv2Child:
        tags = tag_dict(raw["Tags"])
        who = {"stack": tags[STACK], "component": tags.get(COMPONENT, ""), "key": tags.get(KEY, ""), "name": tags.get("Name", raw[cls.ID])}
        child = cls(aws, {**who, cls.PARENT: parent})
        child.id, child.raw, child.standing = raw[cls.ID], raw, tags
        return child
