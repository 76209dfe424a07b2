# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS says of both colours of a container service, read from nowhere else."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._aws import Aws
from .._core.plan import Refusal
from .._core.resource import Raw
from .._ecs.used import services_in
from .._elbv2.actions import weights
from .._elbv2.health import health_of
from .._elbv2.references import Reference
from .._elbv2.references import references
from .plan import Colour


@dataclass(frozen=True)
class Situation:
    """Both colours by name, and the ARN of the listener or rule that forwards to them."""

    colours: dict[str, Colour]
    forward_id: str


def observe(aws: Aws, cluster: str, named: t.Mapping[str, t.Mapping[str, str]]) -> Situation:
    """``named``: of each colour the names of its ``service`` and ``target_group``. Raise Refusal where site.yml has not been there."""
    aws.forget()
    groups = {colour: _group(aws, names["target_group"]) for colour, names in named.items()}
    forward = _forward(aws, list(groups.values()))
    standing = weights(forward.actions)
    services = {one["serviceName"]: one for one in services_in(aws, cluster, [names["service"] for names in named.values()]) if one["status"] == "ACTIVE"}
    colours = {}
    for colour, group in groups.items():
        arn = group["TargetGroupArn"]
        health = health_of(aws, arn)
        ran = _ran(aws, services.get(named[colour]["service"], {}))
        colours[colour] = Colour(colour, arn, standing.get(arn, 0), health.healthy, health.total, **ran)
    return Situation(colours, forward.id)


def _group(aws: Aws, name: str) -> Raw:
    found = aws.find("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupNotFound", Names=[name])
    if not found:
        raise Refusal(f"there is no target group {name}; run site.yml first")
    return found[0]


def _forward(aws: Aws, groups: t.Sequence[Raw]) -> Reference:
    """The one place that forwards to both: a deployment moves it by one call."""
    balancers = sorted({arn for group in groups for arn in group["LoadBalancerArns"]})
    found = {one.id: one for group in groups for one in references(aws, group["TargetGroupArn"], balancers)}
    names = " and ".join(group["TargetGroupName"] for group in groups)
    if not found:
        raise Refusal(f"no listener forwards to {names}; run site.yml first")
    if len(found) > 1:
        raise Refusal(f"{' and '.join(sorted(found))} all forward to {names}; a deployment moves one place alone, so take them out of the others")
    return next(iter(found.values()))


def _ran(aws: Aws, service: Raw) -> dict[str, t.Any]:
    """What a service runs, or is moved to; nothing where there is none."""
    if not service:
        return {}
    arn = service["taskDefinition"]
    definition = aws.read("ecs", "describe_task_definition", "taskDefinition", taskDefinition=arn)
    image = definition["containerDefinitions"][0]["image"]
    return {"revision": int(arn.rpartition(":")[2]), "image": image, "wanted": service["desiredCount"], "running": service["runningCount"]}
