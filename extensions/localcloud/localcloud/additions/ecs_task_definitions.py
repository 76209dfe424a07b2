# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ECS: task definitions, their revisions, and what Fargate asks of them."""
from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from datetime import datetime, UTC
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.models import EC2ContainerServiceBackend, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse

from ..call import Call
from ..clock import CLOCK
from ..containers.needs import ECR_IMAGE
from ..containers.refusals import invalid
from ..containers.services import Service
from ..dials import DIALS
from ..replies import AwsError
from . import ANY, before, patch
from .ecs_clusters import ecs_of

# MiB for each CPU, https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
_GIB = 1024
SIZES = {
    256: [512, _GIB, 2 * _GIB],
    512: [n * _GIB for n in range(1, 5)],
    1024: [n * _GIB for n in range(2, 9)],
    2048: [n * _GIB for n in range(4, 17)],
    4096: [n * _GIB for n in range(8, 31)],
    8192: [n * _GIB for n in range(16, 61, 4)],
    16384: [n * _GIB for n in range(32, 121, 8)],
}
_FAMILY = re.compile(r"[A-Za-z0-9_-]{1,255}")
_UNITS = {"vcpu": 1024, "gb": _GIB, "": 1}
_SIZE = re.compile(r"\s*([\d.]+)\s*(vcpu|gb|)\s*", re.IGNORECASE)
#: Characters of a task definition (developer guide, service-quotas).
_CHARACTERS = 64 * 1024
# Seconds, or times (API_HealthCheck).
_CHECKS = {"interval": (5, 300), "timeout": (2, 120), "retries": (1, 10), "startPeriod": (0, 300)}
_CHECK_DEFAULTS = {"interval": 30, "timeout": 5, "retries": 3}


def _now() -> datetime:
    return datetime.fromtimestamp(CLOCK.now(), UTC)


def _client(text: str) -> AwsError:
    return AwsError("ClientException", text)


def size(text: str) -> int:
    """CPU units or MiB: 512, ".5 vCPU", "1 GB". Raises ClientException for what is none."""
    found = _SIZE.fullmatch(text)
    if not found:
        raise _client(f"Invalid setting: '{text}'.")
    return int(float(found[1]) * _UNITS[found[2].lower()])


# -- what is refused -----------------------------------------------------------------------------------------------


@before("ecs", "RegisterTaskDefinition", adds="ClientException for what Fargate does not run: sizes that do not go together, another network mode, "
        "no execution role for logs, secrets or images of ECR; rules of families, containers, ports and health checks",
        source="API_RegisterTaskDefinition, API_ContainerDefinition, API_HealthCheck; developer guide, fargate-tasks-services, service-quotas")  # fmt: skip
def check_definition(call: Call) -> None:
    params = call.params
    containers = params.get("containerDefinitions", [])
    if not _FAMILY.fullmatch(params["family"]):
        raise _client("Family contains invalid characters. Up to 255 letters, numbers, hyphens and underscores are allowed.")
    if len(json.dumps(params)) > _CHARACTERS:
        raise _client("Actual length: the task definition is larger than 65536 characters.")
    names = [one.get("name") for one in containers]
    if not containers or len(names) > DIALS.quotas["containers_per_task_definition"]:
        raise _client(f"A task definition has from 1 to {DIALS.quotas['containers_per_task_definition']} containers.")
    if len(set(names)) < len(names):
        raise _client("Container names must be unique within a task definition.")
    if not any(one.get("essential", True) for one in containers):
        raise _client("Invalid setting for container. At least one container must be essential.")
    for problem in (text for one in containers for text in _problems(one, params)):
        raise _client(problem)
    if "FARGATE" in params.get("requiresCompatibilities", []):
        _check_fargate(params, containers)


def _problems(container: dict[str, Any], params: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a container, in AWS's words where they are known."""
    own = params.get("networkMode") == "awsvpc"
    for port in container.get("portMappings", []):
        if own and port.get("hostPort", port["containerPort"]) not in (0, port["containerPort"]):
            yield "When networkMode=awsvpc, the host ports and container ports in port mappings must match."
    if container.get("secrets") and not params.get("executionRoleArn"):
        yield "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
    names = [one["name"] for field in ("environment", "secrets") for one in container.get(field, [])]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        yield f"The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '{twice[0]}'."
    check = container.get("healthCheck")
    if check is None:
        return
    if not check.get("command") or check["command"][0] not in ("NONE", "CMD", "CMD-SHELL"):
        yield "Invalid healthCheck command. The command array must start with NONE, CMD or CMD-SHELL."
    for name, (least, most) in _CHECKS.items():
        if not least <= check.get(name, least) <= most:
            yield f"Container.healthCheck.{name} should be between {least} and {most}."


def _check_fargate(params: dict[str, Any], containers: list[dict[str, Any]]) -> None:
    if params.get("networkMode") != "awsvpc":
        raise _client("Fargate only supports network mode \u2018awsvpc\u2019.")
    for name in ("cpu", "memory"):
        if not params.get(name):
            raise _client(f"Fargate requires that '{name}' be defined at the task level.")
    cpu, memory = size(params["cpu"]), size(params["memory"])
    if memory not in SIZES.get(cpu, []):
        raise _client(f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon ECS documentation for the valid values.")
    if sum(int(one.get("memory", one.get("memoryReservation", 0))) for one in containers) > memory:
        raise _client("Invalid setting for container. The memory of its containers is more than the task's.")
    storage = params.get("ephemeralStorage", {}).get("sizeInGiB", 21)
    if not 21 <= storage <= 200:
        raise _client("Ephemeral storage must be between 21 and 200 GiB.")
    for container in containers:
        _check_fargate_container(container, params.get("executionRoleArn"))


def _check_fargate_container(container: dict[str, Any], role: str | None) -> None:
    logs = container.get("logConfiguration", {})
    if container.get("privileged"):
        raise _client("Fargate does not support privileged containers.")
    if ECR_IMAGE.fullmatch(container["image"]) and not role:
        raise _client("Fargate requires task definition to have execution role ARN to support ECR images.")
    if logs.get("logDriver") != "awslogs":
        return
    if not role:
        raise _client("Fargate requires task definition to have execution role ARN to support log driver awslogs.")
    for option in ("awslogs-group", "awslogs-region", "awslogs-stream-prefix"):
        if option not in logs.get("options", {}):
            raise _client(f"Log driver awslogs requires options: {option}")


@before("ecs", "DescribeTaskDefinition", "DeregisterTaskDefinition", adds="a revision that there is, by number or ARN",
        source="API_DescribeTaskDefinition: ClientException")  # fmt: skip
def revision_stands(call: Call) -> None:
    name = call.params["taskDefinition"].rpartition("/")[2]
    family, colon, revision = name.partition(":")
    known = ecs_of(call).task_definitions.get(family, {})
    if call.operation == "DeregisterTaskDefinition" and not colon:
        raise _client("Revision is missing.")
    if colon and not revision.isdigit():
        raise invalid(f"Invalid revision number. Number: {revision}")
    active = [one for one in known.values() if one.status == "ACTIVE"]
    if (int(revision) not in known) if colon else not active:
        raise _client("Unable to describe task definition.")


# -- how they are kept ---------------------------------------------------------------------------------------------


@patch("ecs", "RegisterTaskDefinition", "DescribeTaskDefinition", "DeregisterTaskDefinition", "DeleteTaskDefinitions", "ListTaskDefinitionFamilies",
       adds="defaults are told; a family means its newest ACTIVE revision; numbers are never given twice; who registered it and when; "
       "DELETE_IN_PROGRESS while something uses it; families by their status",
       source="API_TaskDefinition, API_DeleteTaskDefinitions, API_ListTaskDefinitionFamilies")  # fmt: skip
def revisions() -> None:
    first_register, first_deregister = EC2ContainerServiceBackend.register_task_definition, EC2ContainerServiceBackend.deregister_task_definition

    def register(self: Any, family: str, container_definitions: list[dict[str, Any]], *args: Any, **kwargs: Any) -> TaskDefinition:
        fargate = "FARGATE" in (kwargs.get("requires_compatibilities") or [])
        whole = [_with_defaults(one, kwargs.get("network_mode")) for one in container_definitions]
        if fargate:
            kwargs |= {name: str(size(kwargs[name])) for name in ("cpu", "memory")}
        made = first_register(self, family, whole, *args, **kwargs)
        made.registered_at, made.registered_by = _now(), f"arn:aws:iam::{self.account_id}:root"
        self.__dict__.setdefault("last_revisions", {})[family] = made.revision
        return made

    def deregister(self: Any, name: str) -> TaskDefinition:
        made = first_deregister(self, name)
        made.deregistered_at = _now()
        return made

    def newest_active(self: Any, task_definition_str: str) -> TaskDefinition:
        family, _colon, revision = task_definition_str.rpartition("/")[2].partition(":")
        known = self.task_definitions.get(family, {})
        number = int(revision) if revision else max((key for key, one in known.items() if one.status == "ACTIVE"), default=0)
        if number not in known:
            raise _client("Unable to describe task definition.")
        return known[number]

    EC2ContainerServiceBackend.register_task_definition, EC2ContainerServiceBackend.deregister_task_definition = register, deregister
    EC2ContainerServiceBackend.describe_task_definition = newest_active
    EC2ContainerServiceBackend._get_last_task_definition_revision_id = lambda self, family: self.__dict__.get("last_revisions", {}).get(family, 0)
    EC2ContainerServiceBackend.delete_task_definitions = _delete
    EC2ContainerServiceResponse.list_task_definition_families = _families


def _with_defaults(given: dict[str, Any], network_mode: str | None) -> dict[str, Any]:
    """A container definition as it is told."""
    one = copy.deepcopy(given)
    one.setdefault("systemControls", [])
    for port in one.get("portMappings", []):
        port.setdefault("protocol", "tcp")
        if network_mode == "awsvpc":
            port["hostPort"] = port["containerPort"]
    if "healthCheck" in one:
        one["healthCheck"] = _CHECK_DEFAULTS | one["healthCheck"]
    return one


def _families(self: Any) -> ActionResult:
    prefix, status = self._get_param("familyPrefix") or "", self._get_param("status", "ALL")
    found = []
    for family, revisions in self.ecs_backend.task_definitions.items():
        active = any(one.status == "ACTIVE" for one in revisions.values())
        if family.startswith(prefix) and revisions and status in ("ALL", "ACTIVE" if active else "INACTIVE"):
            found.append(family)
    return ActionResult({"families": sorted(found)})


def _delete(self: Any, task_definitions: list[str]) -> tuple[list[TaskDefinition], list[dict[str, str]]]:
    if not 0 < len(task_definitions) <= 10:
        raise invalid("From 1 to 10 task definitions can be deleted at once.")
    deleted, failures = [], []
    for given in task_definitions:
        family, _colon, revision = given.rpartition("/")[2].partition(":")
        found = self.task_definitions.get(family, {}).get(int(revision) if revision.isdigit() else 0)
        if problem := _undeletable(found, revision):
            failures.append({"arn": given, "reason": problem})
            continue
        found.status, found.delete_requested_at = "DELETE_IN_PROGRESS", _now()
        deleted.append(found)
    return deleted, failures


def _undeletable(found: TaskDefinition | None, revision: str) -> str | None:
    if not revision:
        return "The specified task definition identifier is invalid. Specify a valid name or ARN and try again."
    if found is None:
        return "The specified task definition does not exist. Specify a valid account, family, revision and try again."
    if found.status == "ACTIVE":
        return "The specified task definition is still in ACTIVE status. Please deregister the target and try again."
    return None


@before("ecs", ANY, adds="`settle`: a revision that is being deleted is gone once nothing uses it", source="Developer guide, delete-task-definition-v2")
def sweep_revisions(call: Call) -> None:
    backend, now = ecs_of(call), _now()
    with backend.agenda.lock:
        _sweep(backend, now)


def _sweep(backend: Any, now: datetime) -> None:
    leaving = [one for known in backend.task_definitions.values() for one in known.values() if one.status == "DELETE_IN_PROGRESS"]
    if not leaving:
        return
    services = [one for one in backend.services.values() if isinstance(one, Service) and one.status != "INACTIVE"]
    used = {deployment.definition.arn for one in services for deployment in one.deployments}
    used |= {task.task_definition_arn for tasks in backend.tasks.values() for task in tasks.values() if task.last_status != "STOPPED"}
    for one in leaving:
        if one.arn not in used and (now - one.delete_requested_at).total_seconds() >= DIALS.settle:
            del backend.task_definitions[one.family][one.revision]
