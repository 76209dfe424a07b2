# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which hosts are a service's, what each is told of its service, and in which batches they are changed. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable
from collections.abc import Mapping

#: Autoscaling's own: nobody else can give a host a tag that begins so. The tags of a stack anybody may give who may tag.
#: https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html
FLEET = "aws:autoscaling:groupName"

Variables = Mapping[str, t.Any]


def host_plan(hosts: Iterable[Variables], components: Iterable[Variables], resources: Iterable[Variables], share: int) -> dict[str, t.Any]:
    """``hosts``, ``batches`` and ``strangers``.

    ``hosts``: the variables of each instance, as the inventory plugin amazon.aws.aws_ec2 has them. ``components``: those of each component.
    ``resources``: what the stack owns, as stack_info returns it. ``share``: how much of each service is changed at a time, in percent.
    A host is its fleet's whose name autoscaling gave it; what bears the stack's tag and is in none of its fleets is a stranger.
    """
    standing = list(resources)
    fleets = {one["name"]: one["component"] for one in standing if one["type"] == "autoscaling_group"}
    told = {one["inventory_hostname"]: one for one in components}
    found = {one["inventory_hostname"]: fleets.get(one.get("ec2_tags", {}).get(FLEET)) for one in hosts}
    parts = {name: _told(name, told, standing) for name in set(found.values()) & set(told)}
    known = {host: parts[name] for host, name in sorted(found.items()) if name in parts}
    return {"hosts": known, "batches": _batches(known, share), "strangers": sorted(set(found) - set(known))}


def _told(name: str, components: Mapping[str, Variables], standing: list[Variables]) -> dict[str, t.Any]:
    """What a service's hosts are told of it. Of several databases the application itself has to know which is which."""
    service = components[name]
    databases = [one for one, said in components.items() if name in (said.get("database_clients") or [])]
    secrets = [one["id"] for one in standing if one["type"] == "secretsmanager_secret" and one["component"] in databases]
    groups = [one["id"] for one in standing if one["type"] == "elbv2_target_group" and one["component"] == name]
    return {
        "component": name,
        "runtime": service.get("service_runtime") or "",
        "port": service.get("service_port"),
        "health_path": service.get("service_health_path") or "/",
        "log_group": next(iter(service.get("service_log_groups") or []), ""),
        "drain": service.get("service_deregistration_delay", 300),
        "secret": secrets[0] if len(secrets) == 1 else "",
        "target_group": next(iter(groups), ""),
    }


def _batches(hosts: Mapping[str, Variables], share: int) -> list[list[str]]:
    """Of each service that share at a time, rounded down, and one at least: side by side for all services."""
    queues: dict[str, list[str]] = {}
    for host, part in hosts.items():
        queues.setdefault(part["component"], []).append(host)
    steps: list[list[str]] = []
    for queue in (queues[name] for name in sorted(queues)):
        for step, part in enumerate(_parts(queue, max(1, len(queue) * share // 100))):
            steps[step : step + 1] = [[*(steps[step] if step < len(steps) else []), *part]]
    return steps


def _parts(queue: list[str], size: int) -> list[list[str]]:
    return [queue[start : start + size] for start in range(0, len(queue), size)]
