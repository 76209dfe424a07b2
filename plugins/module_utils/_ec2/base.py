# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What EC2's resources have in common: found by tags within their parent, tagged in the create call, mended in place."""

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
from .._core.identity import Identity
from .._core.identity import kept_tags
from .._core.identity import KEY
from .._core.identity import STACK
from .._core.plan import is_unknown
from .._core.plan import make_plan
from .._core.plan import Plan
from .._core.plan import Shape

OLD = "~replaced"


class Ec2Resource:
    """A resource of the frame that EC2 keeps. A subclass says what is its own; see subnet.py for a small one."""

    TYPE: str  # the module's name
    KIND: str  # EC2's resource type in TagSpecifications
    ID: str  # the field of its id
    READ: tuple[str, str]  # the describe call, and the field of its answer that lists them
    CREATE: tuple[str, str]  # the create call, and the field of its answer that holds the new one ("" for the answer itself)
    MANAGED: tuple[str, ...] = ()  # every key of the shape but tags
    IMMUTABLE: tuple[str, ...] = ()
    CREATE_ONLY: tuple[str, ...] = ()
    SECRETS: tuple[str, ...] = ()
    PARENT: str | None = "vpc_id"  # the parameter that names the parent; EC2 filters by it under the same name
    HAS_TOKEN = False  # whether the create call takes a client token
    GONE: tuple[str, ...] = ()  # states in which EC2 still lists what is no more (tombstones)

    def __init__(self, aws: Aws, params: dict[str, t.Any]):
        self.aws, self.params = aws, params
        self.identity = Identity(params["stack"], params["component"], params["key"], params["name"])
        self.id: str | None = None
        self.raw: dict[str, t.Any] = {}

    # -- the four questions ------------------------------------------------------------------------------------

    def describe(self) -> Shape | None:
        """What stands, or None. No call is made while the parent is unknown."""
        if is_unknown(self.parent):
            return None
        found = self._find()
        self.id, self.raw = (found[self.ID], found) if found else (None, {})
        return self.shape(found) if found else None

    def desired(self, before: Shape | None) -> Shape:
        return {key: self.params.get(key) for key in self.MANAGED} | {"tags": self.wanted_tags}

    def apply(self, plan: Plan) -> None:
        if plan.action == "delete":
            self.delete()
        elif plan.action == "create":
            self._create(plan.after)
        else:
            self.update(plan)
            self._retag(plan)

    def wait(self, plan: Plan) -> None:
        """Nothing to wait for, unless a subclass says otherwise."""

    def facts(self) -> dict[str, t.Any]:
        return {}

    # -- what a subclass says ----------------------------------------------------------------------------------

    def to_shape(self, raw: dict[str, t.Any]) -> dict[str, t.Any]:
        """EC2's answer as the managed keys, without tags."""
        raise AttributeError(f"{type(self).__name__} must say how it reads")

    def create_spec(self, after: Shape) -> dict[str, t.Any]:
        """The arguments of the create call, without tags and token."""
        raise AttributeError(f"{type(self).__name__} must say how it is made")

    def update(self, plan: Plan) -> None:
        """Change what differs, tags apart. Called after a create too, for what the create call could not set."""

    def delete(self) -> None:
        raise AttributeError(f"{type(self).__name__} must say how it is removed")

    def is_named(self, raw: dict[str, t.Any]) -> bool:
        """Whether this one has the name, or the place, that ours must have."""
        return tag_dict(raw.get("Tags")).get("Name") == self.identity.name

    # -- finding -----------------------------------------------------------------------------------------------

    @property
    def parent(self) -> str | None:
        return self.params.get(self.PARENT) if self.PARENT else None

    @property
    def scope(self) -> dict[str, t.Any]:
        """The arguments of the describe call: the parent, within which every candidate lies, and nothing narrower."""
        return {"Filters": [{"Name": self.PARENT.replace("_", "-"), "Values": [self.parent]}]} if self.parent else {}

    def listed(self) -> list[dict[str, t.Any]]:
        found = self.aws.read("ec2", *self.READ, **self.scope)
        return [raw for raw in found if raw.get("State") not in self.GONE]

    def _find(self) -> dict[str, t.Any] | None:
        listed = {raw[self.ID]: raw for raw in self.listed()}
        if self.id:
            return listed.get(self.id)
        candidates = [Candidate(id, tag_dict(raw.get("Tags")), self.is_named(raw)) for id, raw in listed.items()]
        return listed.get(choose(candidates, self.identity, adopt=self.params.get("adopt", False)))

    @classmethod
    def owned(cls, aws: Aws, stack: str) -> list[Ec2Resource]:
        """Every resource of this type that bears the stack's tag, as what its tags say it is; tombstones too."""
        filters = [{"Name": f"tag:{STACK}", "Values": [stack]}]
        return [cls.from_raw(aws, raw) for raw in aws.read("ec2", *cls.READ, Filters=filters)]

    @classmethod
    def from_raw(cls, aws: Aws, raw: dict[str, t.Any]) -> Ec2Resource:
        tags = tag_dict(raw.get("Tags"))
        who = {"stack": tags[STACK], "component": tags.get(COMPONENT, ""), "key": tags.get(KEY, ""), "name": tags.get("Name", raw[cls.ID])}
        parent = {cls.PARENT: raw.get("VpcId")} if cls.PARENT else {}
        resource = cls(aws, {**who, **parent})
        resource.id, resource.raw = raw[cls.ID], raw
        return resource

    @property
    def is_gone(self) -> bool:
        """Whether EC2 still lists what is no more."""
        return self.raw.get("State") in self.GONE

    # -- tags --------------------------------------------------------------------------------------------------

    @property
    def wanted_tags(self) -> dict[str, str]:
        return {**{key: str(value) for key, value in (self.params.get("tags") or {}).items()}, **self.identity.tags}

    def shape(self, raw: dict[str, t.Any]) -> Shape:
        tags = kept_tags(tag_dict(raw.get("Tags")), self.wanted_tags, self.params.get("purge_tags", False))
        return {**self.to_shape(raw), "tags": tags}

    def _retag(self, plan: Plan) -> None:
        before, after = plan.before["tags"], plan.after["tags"]
        gone = [{"Key": key} for key in before if key not in after]
        new = {key: value for key, value in after.items() if before.get(key) != value}
        if gone:
            self.aws.call("ec2", "delete_tags", Resources=[self.id], Tags=gone)
        if new:
            self.aws.call("ec2", "create_tags", Resources=[self.id], Tags=tag_list(new))

    # -- making ------------------------------------------------------------------------------------------------

    def _create(self, after: Shape) -> None:
        """Make it, tags and all, then set what the create call could not: both by the one plan."""
        self.id = None
        tags = [{"ResourceType": self.KIND, "Tags": tag_list(after["tags"])}]
        spec = {**self.create_spec(after), "TagSpecifications": tags}
        operation, field = self.CREATE
        if self.HAS_TOKEN:
            answer = self.aws.call("ec2", operation, ClientToken=str(uuid.uuid4()), **spec)
        else:
            answer = self.aws.create_once("ec2", operation, self._find, **spec)
        # After a reply that was lost, what had been made was found by its tags.
        self.raw = self._find() if answer is None else (answer[field] if field else answer)
        self.id = self.raw[self.ID]
        self.update(make_plan(self.fresh_shape(), after))

    def fresh_shape(self) -> Shape:
        """What the create call made, by its own answer: a read may not show it yet."""
        return self.shape(self.raw)

    # -- replacing ---------------------------------------------------------------------------------------------

    def makes_first(self, plan: Plan) -> bool:
        """Two of one name, or in one place, cannot stand side by side, unless a subclass knows better."""
        return False

    def retire(self) -> Ec2Resource:
        """The old resource under a key of its own, which an interrupted replacement is found and finished by."""
        old = copy.copy(self)
        self.aws.call("ec2", "create_tags", Resources=[old.id], Tags=tag_list({KEY: self.identity.key + OLD}))
        return old

    def retired(self) -> list[Ec2Resource]:
        if is_unknown(self.parent):
            return []
        who = (self.identity.stack, self.identity.component, self.identity.key + OLD)
        tags = {raw[self.ID]: tag_dict(raw.get("Tags")) for raw in self.listed()}
        left = [id for id, one in tags.items() if (one.get(STACK), one.get(COMPONENT), one.get(KEY)) == who]
        return [self.from_raw(self.aws, raw) for raw in self.listed() if raw[self.ID] in left]
