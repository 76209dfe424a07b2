# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ECS: tags of clusters, services, tasks and task definitions."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ecs.models import EC2ContainerServiceBackend

from ..call import Call
from ..containers.refusals import invalid
from . import before, patch
from .ecs_clusters import ecs_of

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html#tag-restrictions
MOST, LONGEST_KEY, LONGEST_VALUE = 50, 128, 256
_BRINGING = ("CreateCluster", "CreateService", "RegisterTaskDefinition", "RunTask", "TagResource")


@before("ecs", *_BRINGING, adds="fifty tags at most, each key once, and none of `aws:`", source="Developer guide, ecs-using-tags: tag restrictions")
def restrict_tags(call: Call) -> None:
    given = call.params.get("tags", [])
    keys = [one.get("key", "") for one in given]
    for one in given:
        if one.get("key", "").lower().startswith("aws:"):
            raise invalid("aws: prefixed tag key names are not allowed for external use.")
        if not 1 <= len(one.get("key", "")) <= LONGEST_KEY or len(one.get("value", "")) > LONGEST_VALUE:
            raise invalid(f"A tag's key has from 1 to {LONGEST_KEY} characters, its value {LONGEST_VALUE} at most.")
    if len(set(keys)) < len(keys):
        raise invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    standing = [one["key"] for one in _tags_of(call) or []] if call.operation == "TagResource" else []
    if len({*standing, *keys}) > MOST:
        raise invalid(f"The maximum number of tags for a resource is {MOST}.")


@before("ecs", "UntagResource", "ListTagsForResource", adds="the resource is there, and its cluster active", source="API_TagResource: Errors")
def tagged_stands(call: Call) -> None:
    _tags_of(call)


def _tags_of(call: Call) -> Any:
    backend, arn = ecs_of(call), call.params["resourceArn"]
    try:
        found = backend._get_resource(arn, backend._parse_resource_arn(arn))
    except ServiceException as problem:
        raise invalid(f"The specified resource was not found: {problem.message}") from None
    if found is None or getattr(found, "status", "") == "INACTIVE" and ":task-definition/" not in arn:
        kind = arn.split(":")[5].partition("/")[0]
        raise invalid(f"The specified {kind} is inactive. Specify an active {kind} and try again.")
    return found.tags


@patch("ecs", "TagResource", adds="what is tagged is kept in its place, and the caller's list apart", source="API_TagResource")
def merge_in_place() -> None:
    def merge(self: Any, existing: list[dict[str, str]], new: list[dict[str, str]]) -> list[dict[str, str]]:
        return [{"key": key, "value": value} for key, value in ({one["key"]: one["value"] for one in [*existing, *new]}).items()]

    EC2ContainerServiceBackend._merge_tags = merge


@patch("resourcegroupstaggingapi", "GetResources", adds="what is INACTIVE or STOPPED is not listed", source="Tagging API: supported resource types")
def list_what_stands() -> None:
    first = EC2ContainerServiceBackend.iter_tagged_resources

    def tagged(self: Any) -> Iterator[Any]:
        with self.agenda.lock:
            gone = {one.arn for one in [*self.services.values(), *self.clusters.values()] if one.status == "INACTIVE"}
            gone |= {arn for tasks in self.tasks.values() for arn, task in tasks.items() if task.last_status == "STOPPED"}
            return iter([one for one in first(self) if one.arn not in gone])

    EC2ContainerServiceBackend.iter_tagged_resources = tagged
