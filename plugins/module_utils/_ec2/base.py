# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What EC2's resources have in common: found by tags within their parent, tagged in the create call."""

from __future__ import annotations

import copy
import typing as t
import uuid

from .._aws import Aws
from .._aws import tag_dict
from .._aws import tag_list
from .._core.identity import Candidate
from .._core.identity import choose
from .._core.identity import COMPONENT
from .._core.identity import KEY
from .._core.identity import STACK
from .._core.plan import is_unknown
from .._core.plan import Shape
from .._core.resource import AwsResource
from .._core.resource import Raw
from .._core.resource import Tags

OLD = "~replaced"


class Ec2Resource(AwsResource):
    """A resource of the frame that EC2 keeps. A subclass says what is its own; see subnet.py for a small one."""

    KIND: str  # EC2's resource type in TagSpecifications
    READ: tuple[str, str]  # the describe call, and the field of its answer that lists them
    CREATE: tuple[str, str]  # the create call, and the field of its answer that holds the new one ("" for the answer itself)
    PARENT = "vpc_id"  # EC2 filters by it under the same name
    HAS_TOKEN = False  # whether the create call takes a client token

    def create_spec(self, after: Shape) -> dict[str, t.Any]:
        """The arguments of the create call, without tags and token."""
        raise AttributeError(f"{type(self).__name__} must say how it is made")

    def is_named(self, raw: Raw) -> bool:
        """Whether this one has the name, or the place, that ours must have."""
        return self.tags_of(raw).get("Name") == self.identity.name

    # -- finding -----------------------------------------------------------------------------------------------

    @property
    def scope(self) -> dict[str, t.Any]:
        """The arguments of the describe call: the parent, within which every candidate lies, and nothing narrower."""
        return {"Filters": [{"Name": self.PARENT.replace("_", "-"), "Values": [self.parent]}]} if self.parent else {}

    def listed(self) -> list[Raw]:
        found = self.aws.read("ec2", *self.READ, **self.scope)
        return [raw for raw in found if self.state(raw) not in self.GONE]

    def find(self) -> Raw | None:
        listed = {raw[self.ID]: raw for raw in self.listed()}
        if self.id:
            return listed.get(self.id)
        candidates = [Candidate(id, self.tags_of(raw), self.is_named(raw)) for id, raw in listed.items()]
        return listed.get(choose(candidates, self.identity, adopt=self.params.get("adopt", False)))

    def seen(self) -> Raw | None:
        # By filter: an id that is unknown is no error there.
        return next((raw for raw in self.aws.read("ec2", *self.READ, **self.scope) if raw[self.ID] == self.id), None)

    @classmethod
    def owned(cls, aws: Aws, stack: str) -> list[Ec2Resource]:
        """Every resource of this type that bears the stack's tag, as what its tags say it is; tombstones too."""
        filters = [{"Name": f"tag:{STACK}", "Values": [stack]}]
        return [cls.from_raw(aws, raw) for raw in aws.read("ec2", *cls.READ, Filters=filters)]

    @classmethod
    def from_raw(cls, aws: Aws, raw: Raw) -> Ec2Resource:
        tags = tag_dict(raw.get("Tags"))
        who = {"stack": tags[STACK], "component": tags.get(COMPONENT, ""), "key": tags.get(KEY, ""), "name": tags.get("Name", raw[cls.ID])}
        parent = {cls.PARENT: raw.get("VpcId")} if cls.PARENT else {}
        resource = cls(aws, {**who, **parent})
        resource.id, resource.raw, resource.standing = raw[cls.ID], raw, tags
        return resource

    # -- tags --------------------------------------------------------------------------------------------------

    def tags_of(self, raw: Raw) -> Tags:
        return tag_dict(raw.get("Tags"))

    def set_tags(self, tags: dict[str, str]) -> None:
        self.aws.call("ec2", "create_tags", Resources=[self.id], Tags=tag_list(tags))

    def drop_tags(self, keys: list[str]) -> None:
        self.aws.call("ec2", "delete_tags", Resources=[self.id], Tags=[{"Key": key} for key in keys])

    # -- making ------------------------------------------------------------------------------------------------

    def make(self, after: Shape) -> Raw:
        tags = [{"ResourceType": self.KIND, "Tags": tag_list(after["tags"])}]
        spec = {**self.create_spec(after), "TagSpecifications": tags}
        operation, field = self.CREATE
        if self.HAS_TOKEN:
            answer = self.aws.call("ec2", operation, ClientToken=str(uuid.uuid4()), **spec)
        else:
            answer = self.aws.create_once("ec2", operation, self.find, **spec)
        # After a reply that was lost, what had been made was found by its tags.
        return self.find() if answer is None else (answer[field] if field else answer)

    # -- replacing ---------------------------------------------------------------------------------------------

    def retire(self) -> Ec2Resource:
        """The old resource under a key of its own, which an interrupted replacement is found and finished by."""
        old = copy.copy(self)
        old.set_tags({KEY: self.identity.key + OLD})
        return old

    def retired(self) -> list[Ec2Resource]:
        if is_unknown(self.parent):
            return []
        who = (self.identity.stack, self.identity.component, self.identity.key + OLD)
        tags = {raw[self.ID]: self.tags_of(raw) for raw in self.listed()}
        left = [id for id, one in tags.items() if (one.get(STACK), one.get(COMPONENT), one.get(KEY)) == who]
        return [self.from_raw(self.aws, raw) for raw in self.listed() if raw[self.ID] in left]
