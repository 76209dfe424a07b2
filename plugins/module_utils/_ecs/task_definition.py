# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A family of task definitions. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html

A revision cannot be changed: a change registers a new one, made from all that is wanted. What stands is the newest that is
active; what runs is for services to say, and moves by deploys alone.
"""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import tag_dict
from .._core.identity import kept_tags
from .._core.identity import STACK
from .._core.plan import make_plan
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.plan import UNKNOWN
from .._core.resource import Raw
from .._core.resource import Tags
from .._tagging.index import indexed_arns
from .base import EcsResource
from .base import to_tags
from .task_data import to_shape
from .task_data import to_spec
from .task_wanted import refuse_containers
from .task_wanted import wanted_shape
from .used import revisions_in_use

#: What ECS answers for a family, or a revision, that is not there, or whose revisions are all inactive.
MISSING = ("ClientException", "InvalidParameterException")
#: Families that are asked for at a time.
WIDTH = 8
#: Revisions, of the newest, that are asked whose their family is.
LOOKED_AT = 10


class TaskDefinition(EcsResource):
    """Its id is the family's ARN, which no change of it moves; the newest revision's is among the facts."""

    TYPE, ID, NAME = "ecs_task_definition", "family_arn", "family"
    #: ``images`` are the containers', apart, since they move by deploys; ``extra`` has no option: what else a revision says is taken out.
    MANAGED = ("cpu", "memory", "platform", "execution_role_arn", "task_role_arn", "storage", "volumes", "containers", "images", "extra")
    GONE = ("INACTIVE", "DELETE_IN_PROGRESS")

    def __init__(self, aws: Aws, params: dict[str, t.Any]):
        super().__init__(aws, params)
        self.moves = False  # whether the plan is another revision
        self.images: dict[str, str] = {}  # of the revision that a new one takes them of

    # -- reading -----------------------------------------------------------------------------------------------

    def describe(self) -> Shape | None:
        before = super().describe()
        self.moves = False
        source = self.params.get("images_of")
        if source and before and source != self.raw["taskDefinitionArn"]:
            raw = self.aws.find("ecs", "describe_task_definition", "taskDefinition", *MISSING, taskDefinition=source)
            self.images = {one["name"]: one["image"] for one in (raw or {}).get("containerDefinitions", [])}
        return before

    def read(self) -> Raw | None:
        return _newest(self.aws, self.identity.name)

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        """Families are listed without their tags: those of our names, and those that the tagging index knows, are asked for theirs."""
        named = aws.read("ecs", "list_task_definition_families", "families", familyPrefix=f"{stack}-", status="ACTIVE")
        families = sorted({*named, *(_family(arn) for arn in indexed_arns(aws, "ecs:task-definition", stack))})
        with ThreadPoolExecutor(WIDTH) as pool:
            found = pool.map(lambda family: _newest(aws, family), families)
        return [(raw, tag_dict(raw["family_tags"])) for raw in found if raw]

    def find(self) -> Raw | None:
        """A revision that somebody registered without our tags is one of our family still, as long as an older one bears them."""
        raw = self.read()
        if raw:
            self.claim({**raw, "tags": raw["family_tags"]})
        return raw

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        return to_shape(raw, self.aws.region)

    def facts(self) -> dict[str, t.Any]:
        comes = self.moves or not self.raw
        return {"arn": UNKNOWN if comes else self.raw["taskDefinitionArn"], "revision": UNKNOWN if comes else self.raw["revision"]}

    @property
    def _tagged_arn(self) -> str | None:
        return self.raw["taskDefinitionArn"]

    # -- what is wanted ----------------------------------------------------------------------------------------

    def desired(self, before: Shape | None) -> Shape:
        wanted = {**super().desired(before), **wanted_shape(self.params), "images": self._wanted_images(before, {})}
        refuse_containers(wanted)
        self.moves = bool(set(make_plan(before, wanted).keys) - {"tags"})
        if before and self.moves:
            wanted["images"] = self._wanted_images(before, self.images)
        if missing := sorted(name for name, image in wanted["images"].items() if not image):
            raise Refusal(f"container {', '.join(missing)} has no image, and no revision that it could be taken of; give one")
        self.id = self.id or UNKNOWN  # what is planned has an ARN too, known after it was made
        return wanted

    def _wanted_images(self, before: Shape | None, over: dict[str, str]) -> dict[str, str | None]:
        """The images of what stands, unless they are to move; ``over`` are those of another revision, which go before."""
        standing = {**(before or {}).get("images", {}), **over}
        moves = self.params["image_moves"]
        given = {one["name"]: one["image"] for one in self.params["containers"]}
        return {name: (image if moves and image else None) or standing.get(name) or image for name, image in given.items()}

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, after: Shape) -> None:
        self._register(after, {})

    def update(self, plan: Plan) -> None:
        if set(plan.keys) <= {"tags"}:
            return
        standing = self.tags_of(self.raw)
        managed = kept_tags(standing, self.wanted_tags, self.params.get("purge_tags", False))
        self._register(plan.after, {key: value for key, value in standing.items() if key not in managed and not key.startswith("aws:")})
        self._prune()

    def _retag(self, plan: Plan) -> None:
        if set(plan.keys) <= {"tags"}:  # a revision bears the wanted tags from the start
            super()._retag(plan)

    def _register(self, after: Shape, others: Tags) -> None:
        """Register a revision, exactly once. The API has no client token: one that is newer, and as it is wanted, is it."""
        newest = self.raw.get("revision", 0)

        def look() -> Raw | None:
            raw = self.read()
            return raw if raw and raw["revision"] > newest and not make_plan(self.shape(raw), after).keys else None

        spec = to_spec(after, self.aws.region)
        self.aws.create_once("ecs", "register_task_definition", look, family=self.identity.name, tags=to_tags({**others, **after["tags"]}), **spec)

    def _prune(self) -> None:
        """Take old revisions out of use. The newest stay, and each that a service runs, by which one goes back."""
        self.aws.forget()
        old = _active(self.aws, self.identity.name)[self.params["keep"] :]
        used = revisions_in_use(self.aws) if old else set()
        for arn in reversed(old):
            if arn not in used:
                self._deregister(arn)

    def _deregister(self, arn: str) -> None:
        try:
            self.aws.call("ecs", "deregister_task_definition", taskDefinition=arn)
        except AwsFailure:
            # Sent twice, since a reply was lost: it is inactive already.
            raw = self.aws.find("ecs", "describe_task_definition", "taskDefinition", *MISSING, taskDefinition=arn)
            if raw and raw["status"] not in self.GONE:
                raise

    def delete(self) -> None:
        """The newest goes last: by its tags what is left of a family is known as ours. ECS keeps inactive revisions as tombstones."""
        self.aws.forget()
        for arn in reversed(_active(self.aws, self.identity.name)):
            self._deregister(arn)


def _newest(aws: Aws, family: str) -> Raw | None:
    """The newest active revision of a family, with its tags and those that say whose the family is; None where there is none."""
    raw = aws.find("ecs", "describe_task_definition", "taskDefinition", *MISSING, taskDefinition=family)
    tags = _tags(aws, raw["taskDefinitionArn"]) if raw and raw["status"] not in TaskDefinition.GONE else None
    if tags is None:
        return None
    older = [] if STACK in tag_dict(tags) else _active(aws, family)[1:LOOKED_AT]
    marked = (found for arn in older if STACK in tag_dict(found := _tags(aws, arn) or []))
    return {**raw, "tags": tags, "family_tags": next(marked, tags), "family_arn": raw["taskDefinitionArn"].rpartition(":")[0]}


def _tags(aws: Aws, arn: str) -> list[Raw] | None:
    return aws.find("ecs", "list_tags_for_resource", "tags", *MISSING, resourceArn=arn)


def _active(aws: Aws, family: str) -> list[str]:
    """The ARNs of the active revisions, newest first."""
    return aws.read("ecs", "list_task_definitions", "taskDefinitionArns", familyPrefix=family, status="ACTIVE", sort="DESC")


def _family(arn: str) -> str:
    return arn.rpartition("/")[2].partition(":")[0]
