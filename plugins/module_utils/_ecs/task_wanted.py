# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The task definition that parameters ask for, and what is wrong with it. Pure."""

from __future__ import annotations

import typing as t

from .._core.plan import is_unknown
from .._core.plan import Refusal
from .._core.plan import Shape
from .container_data import wanted_container
from .task_data import MOST_STORAGE
from .task_data import refuse_size
from .task_data import STORAGE
from .task_data import wanted_volume

#: How the command of a health check begins (API_HealthCheck: command).
HEALTH_COMMANDS = ("CMD", "CMD-SHELL", "NONE")
#: Seconds that Fargate leaves a container to stop in, at most (API_ContainerDefinition: stopTimeout).
MOST_STOP = 120


def wanted_shape(params: dict[str, t.Any]) -> dict[str, t.Any]:
    """The managed keys, whole, apart from images and tags. Raise Refusal for what Fargate does not take."""
    refuse_size(params["cpu"], params["memory"])
    storage = params["storage"]
    if not STORAGE <= storage <= MOST_STORAGE:
        raise Refusal(f"storage is {STORAGE} to {MOST_STORAGE} GiB, not {storage}")
    if params["keep"] < 1:
        raise Refusal(f"keep is 1 or more, not {params['keep']}: the newest revision is what stands")
    return {
        "platform": {"architecture": params["platform"]["architecture"], "system": params["platform"]["system"]},
        "volumes": sorted((wanted_volume(one) for one in params["volumes"]), key=lambda one: one["name"]),
        "containers": sorted((wanted_container(one) for one in params["containers"]), key=lambda one: one["name"]),
        "extra": [],
    }


def refuse_containers(wanted: Shape) -> None:
    """Raise Refusal for the first thing that ECS would not take, or that no task could start with."""
    containers, volumes = wanted["containers"], wanted["volumes"]
    names, volume_names = [one["name"] for one in containers], [one["name"] for one in volumes]
    for what, found in (("containers", names), ("volumes", volume_names)):
        if twice := sorted({name for name in found if found.count(name) > 1}):
            raise Refusal(f"two {what} are named {', '.join(twice)}; name each its own way")
    if not any(one["essential"] for one in containers):
        raise Refusal("none of the containers is essential; a task ends with its essential ones, so let one be")
    for container in containers:
        _refuse_container(container, set(names), set(volume_names))
    needy = sorted(one["name"] for one in containers if one.get("secrets") or one.get("log"))
    if needy and not wanted["execution_role_arn"]:
        raise Refusal(f"container {', '.join(needy)} has secrets or a log, for which ECS needs an execution role; give execution_role_arn")


def _refuse_container(container: Shape, names: set[str], volumes: set[str]) -> None:
    at = f"container {container['name']}"
    both = sorted(set(container.get("environment", {})) & set(container.get("secrets", {})))
    if both:
        raise Refusal(f"{at} has {', '.join(both)} in its environment and among its secrets; let it be in one of them")
    for arn in container.get("secrets", {}).values():
        if not is_unknown(arn) and not str(arn).startswith("arn:"):
            raise Refusal(f"{at} has a secret that is no ARN; the value itself has no place here: put it into Secrets Manager, and name its ARN")
    if missing := sorted({one["container"] for one in container.get("depends_on", [])} - (names - {container["name"]})):
        raise Refusal(f"{at} depends on {', '.join(missing)}, which is no other container of the task")
    if missing := sorted({one["volume"] for one in container.get("mounts", [])} - volumes):
        raise Refusal(f"{at} mounts {', '.join(missing)}, which is no volume of the task")
    if container.get("stop_timeout", 0) > MOST_STOP:
        raise Refusal(f"{at} has stop_timeout {container['stop_timeout']}; Fargate leaves a container {MOST_STOP} seconds at most")
    health = container.get("health_check")
    if health and (not health["command"] or health["command"][0] not in HEALTH_COMMANDS):
        raise Refusal(f"the health check of {at} begins with {' or '.join(HEALTH_COMMANDS)}, as [CMD-SHELL, curl -f http://localhost/]")
