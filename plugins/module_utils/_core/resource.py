# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the resources of every service have in common: whose they are, tags, making, waiting. A service's base adds how it calls."""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import READ_LAG
from .identity import Candidate
from .identity import choose
from .identity import COMPONENT
from .identity import Identity
from .identity import kept_tags
from .identity import KEY
from .identity import PROTECTED
from .identity import STACK
from .plan import is_unknown
from .plan import make_plan
from .plan import Plan
from .plan import Refusal
from .plan import Shape

Raw = dict[str, t.Any]
Tags = t.Mapping[str, str]


class AwsResource:
    """A resource of the frame, bearing tags. A subclass says what is its own."""

    TYPE: str  # the module's name
    ID: str  # the field of AWS's answer that holds its id: an ARN, or what other calls take
    MANAGED: tuple[str, ...] = ()  # every key of the shape but tags
    IMMUTABLE: tuple[str, ...] = ()
    CREATE_ONLY: tuple[str, ...] = ()
    SECRETS: tuple[str, ...] = ()
    PARENT: str | None = None  # the parameter that names the parent
    STATE: str = "State"  # the field of its state
    READY: tuple[str, ...] = ()  # the states to wait for after a change; none: it is ready at once
    COMING: tuple[str, ...] = ()  # the states of one that is still being made, by a run that did not wait or was killed
    BROKEN: tuple[str, ...] = ()  # states that nothing leads out of
    REASON: str = ""  # the field of AWS's reason for a broken state
    GONE: tuple[str, ...] = ()  # states in which AWS still lists what is no more (tombstones)

    def __init__(self, aws: Aws, params: dict[str, t.Any]):
        self.aws, self.params = aws, params
        self.identity = Identity(params["stack"], params["component"], params["key"], params["name"])
        self.id: str | None = None
        self.raw: Raw = {}
        #: The tags that it was listed with, where it was read as one of all that a stack owns.
        self.standing: Tags = {}

    # -- the four questions ------------------------------------------------------------------------------------

    def describe(self) -> Shape | None:
        """What stands, or None. No call is made while the parent is unknown."""
        if is_unknown(self.parent):
            return None
        found = self.find()
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
        if plan.after is None:
            self.wait_until_gone()
        elif self.READY:
            self.wait_for(*self.READY)

    def ask_ahead(self) -> None:
        """Ask all that describe() and desired() ask where nothing is to be changed, for stack_info's burst."""
        self.describe()

    def facts(self) -> dict[str, t.Any]:
        return {}

    # -- what a subclass says ----------------------------------------------------------------------------------

    def find(self) -> Raw | None:
        """AWS's answer for the one that is meant, or None; raise Refusal on doubt."""
        raise AttributeError(f"{type(self).__name__} must say how it is found")

    def tags_of(self, raw: Raw) -> Tags:
        """Its tags, as a dictionary."""
        raise AttributeError(f"{type(self).__name__} must say where its tags are")

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        """AWS's answer as the managed keys, without tags."""
        raise AttributeError(f"{type(self).__name__} must say how it reads")

    def make(self, after: Shape) -> Raw:
        """Make it, tags and all, exactly once; return AWS's answer for it."""
        raise AttributeError(f"{type(self).__name__} must say how it is made")

    def update(self, plan: Plan) -> None:
        """Change what differs, tags apart. Called after a create too, for what the create call could not set."""

    def delete(self) -> None:
        raise AttributeError(f"{type(self).__name__} must say how it is removed")

    def set_tags(self, tags: dict[str, str]) -> None:
        raise AttributeError(f"{type(self).__name__} must say how it is tagged")

    def drop_tags(self, keys: list[str]) -> None:
        raise AttributeError(f"{type(self).__name__} must say how tags are taken off")

    def seen(self) -> Raw | None:
        """What AWS lists of this very one now, tombstones too; None where it lists nothing."""
        raise AttributeError(f"{type(self).__name__} must say how it is seen")

    def state(self, raw: Raw) -> str:
        """Its state, in AWS's own word."""
        return str(raw.get(self.STATE, ""))

    @property
    def parent(self) -> str | None:
        return self.params.get(self.PARENT) if self.PARENT else None

    # -- tags --------------------------------------------------------------------------------------------------

    @property
    def wanted_tags(self) -> dict[str, str]:
        return {**{key: str(value) for key, value in (self.params.get("tags") or {}).items()}, **self.identity.tags}

    def shape(self, raw: Raw) -> Shape:
        tags = kept_tags(self.tags_of(raw), self.wanted_tags, self.params.get("purge_tags", False))
        return {**self.to_shape(raw), "tags": tags}

    def _retag(self, plan: Plan) -> None:
        before, after = plan.before["tags"], plan.after["tags"]
        gone = [key for key in before if key not in after]
        new = {key: value for key, value in after.items() if before.get(key) != value}
        if gone:
            self.drop_tags(gone)
        if new:
            self.set_tags(new)

    # -- making ------------------------------------------------------------------------------------------------

    def _create(self, after: Shape) -> None:
        """Make it, then set what the create call could not: both by the one plan."""
        self.id = None
        self.raw = self.make(after)
        self.id = self.raw[self.ID]
        self.update(make_plan(self.fresh_shape(), after))

    def fresh_shape(self) -> Shape:
        """What the create call made, by its own answer: a read may not show it yet."""
        return self.shape(self.raw)

    # -- waiting -----------------------------------------------------------------------------------------------

    def wait_for(self, *states: str) -> None:
        """Wait until AWS lists it in one of ``states``; raise AwsFailure with AWS's reason when it breaks."""

        def look() -> tuple[bool, str]:
            self.aws.forget()
            raw = self.seen() or {}
            state = self.state(raw) or "unseen"
            if state in self.BROKEN:
                raise AwsFailure(f"{self.identity.name} is {state}: {raw.get(self.REASON) or 'AWS gives no reason'}")
            self.raw = raw or self.raw
            return state in states, state

        self.aws.waiter.until(look, f"{self.TYPE} {self.identity.name} to be {' or '.join(states)}", self.aws.timeout)

    def wait_until_gone(self) -> None:
        """Wait until AWS no longer lists it, tombstones apart."""

        def look() -> tuple[bool, str]:
            self.aws.forget()
            raw = self.seen()
            return raw is None or self.state(raw) in self.GONE, self.state(raw or {}) or "listed"

        self.aws.waiter.until(look, f"{self.TYPE} {self.identity.name} to be gone", self.aws.timeout)

    @property
    def is_coming(self) -> bool:
        """Whether AWS is still making it."""
        return self.state(self.raw) in self.COMING

    @property
    def is_gone(self) -> bool:
        """Whether AWS still lists what is no more."""
        return self.state(self.raw) in self.GONE

    @property
    def is_protected(self) -> bool:
        """Whether nobody should delete it unasked, by its tag; a subclass adds AWS's own deletion protection."""
        return self.standing.get(PROTECTED) == "true"

    # -- replacing ---------------------------------------------------------------------------------------------

    def makes_first(self, plan: Plan) -> bool:
        """Two of one name, or in one place, cannot stand side by side, unless a subclass knows better."""
        return False

    def retire(self) -> AwsResource:
        raise AttributeError(f"{type(self).__name__} cannot stand beside what replaces it")

    def retired(self) -> list[AwsResource]:
        return []


class NamedResource(AwsResource):
    """A resource that its service knows by a name that only one can have, in its parent, the region or the account.

    The name is its client token: of two creates of one name the second is refused, and what stands is looked at for whose it is.
    A subclass gives ``read`` and ``create`` in the place of ``find``, ``make`` and ``seen``.
    """

    NAME: str  # the field of AWS's answer that holds the name

    def read(self) -> Raw | None:
        """AWS's answer under the name, tombstones too, or None where there is none. Use ``aws.find``."""
        raise AttributeError(f"{type(self).__name__} must say how it is read")

    def create(self, after: Shape) -> None:
        """Make it, tags and all. The code for a name that is taken is among ``settled``: it may be ours, by a reply that was lost."""
        raise AttributeError(f"{type(self).__name__} must say how it is made")

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        """All that may be the stack's, with their tags; others among them do no harm."""
        raise AttributeError(f"{cls.__name__} must say how it is listed")

    def find(self) -> Raw | None:
        raw = self.read()
        if raw is None or self.state(raw) in self.GONE:
            return None
        self.claim(raw)
        return raw

    def claim(self, raw: Raw) -> None:
        """Refuse what stands under the name and is another's."""
        if not choose([Candidate(raw[self.ID], self.tags_of(raw), True)], self.identity, adopt=self.params.get("adopt", False)):
            tags = self.tags_of(raw)
            owner = f"component {tags.get(COMPONENT)} of stack {tags.get(STACK)}"
            raise Refusal(f"{raw[self.ID]} belongs to {owner}; choose another name, or remove it there first")

    def seen(self) -> Raw | None:
        return self.read()

    def make(self, after: Shape) -> Raw:
        self.create(after)
        found: list[Raw] = []

        def look() -> tuple[bool, str]:
            self.aws.forget()
            found[:] = filter(None, [self.find()])
            return bool(found), "not there"

        # What was just made may not be seen at once; and what was there already may be another's.
        self.aws.waiter.until(look, f"{self.TYPE} {self.identity.name} to be seen", READ_LAG)
        return found[0]

    @classmethod
    def owned(cls, aws: Aws, stack: str) -> list[NamedResource]:
        """Every resource of this type that bears the stack's tag, as what its tags say it is; tombstones too."""
        return [cls.from_raw(aws, raw, tags) for raw, tags in cls.listed(aws, stack) if tags.get(STACK) == stack]

    @classmethod
    def from_raw(cls, aws: Aws, raw: Raw, tags: Tags) -> NamedResource:
        name = raw[cls.NAME]
        who = {"stack": tags[STACK], "component": tags.get(COMPONENT, ""), "key": tags.get(KEY, name), "name": name}
        resource = cls(aws, {**who, **cls.parent_of(raw)})
        resource.id, resource.raw, resource.standing = raw[cls.ID], raw, tags
        return resource

    @classmethod
    def parent_of(cls, raw: Raw) -> dict[str, t.Any]:
        """The parameter that names the parent, where there is one."""
        return {}
