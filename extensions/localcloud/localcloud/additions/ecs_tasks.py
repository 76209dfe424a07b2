# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ECS: tasks of Fargate's, of services and by themselves; lists come in pages."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.models import EC2ContainerServiceBackend, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse

from ..call import Call
from ..containers import needs
from ..containers.refusals import check_network, check_platform, invalid, is_fargate
from ..containers.scheduler import lacks_vcpus, unassumed, VCPUS
from ..containers.tasks import Launch, Task
from ..replies import AwsError
from . import before, patch
from .ecs_clusters import cluster_of, ecs_of
from .ecs_services import definition_of

# API_RunTask: count; API_DescribeTasks: tasks.
_AT_ONCE, _TOLD_AT_ONCE = 10, 100
#: What a page holds where nobody says: operation -> items, and the most that may be asked for.
_PAGES = {
    "list_services": ("serviceArns", 10),
    "list_tasks": ("taskArns", 100),
    "list_clusters": ("clusterArns", 100),
    "list_task_definitions": ("taskDefinitionArns", 100),
    "list_task_definition_families": ("families", 100),
}
_LARGEST = 100


@before("ecs", "RunTask", adds="what CreateService refuses; ten tasks a call; a role that ECS may not assume; the quota of vCPUs", source="API_RunTask: Errors")
def check_run(call: Call) -> None:
    cluster, params = cluster_of(call), call.params
    if not 1 <= params.get("count", 1) <= _AT_ONCE:
        raise invalid(f"count should be between 1 and {_AT_ONCE}.")
    definition = definition_of(call, params["taskDefinition"])
    if not is_fargate(params, cluster):
        return
    check_platform(definition, params)
    check_network(call, params)
    if role := needs.unassumable(call.account, call.region, definition):
        raise AwsError("ClientException", unassumed(role))
    if lacks_vcpus(ecs_of(call), definition, params.get("count", 1)):
        raise AwsError("ClientException", VCPUS)


@before("ecs", "StopTask", "DescribeTasks", adds="a task to stop is there, and a hundred are told of at most",
        source="API_StopTask, API_DescribeTasks")  # fmt: skip
def check_tasks(call: Call) -> None:
    if call.operation == "StopTask":
        if not _named(ecs_of(call), cluster_of(call).name, call.params["task"]):
            raise invalid("The referenced task was not found.")
    elif not 0 < len(call.params.get("tasks", [])) <= _TOLD_AT_ONCE:
        raise invalid("Tasks cannot be empty." if not call.params.get("tasks") else f"Tasks cannot be more than {_TOLD_AT_ONCE}.")


@before("ecs", "ListTasks", adds="ServiceNotFoundException for a service that is not there", source="API_ListTasks: Errors")
def tasks_of_what_stands(call: Call) -> None:
    name = call.params.get("serviceName", "").rpartition("/")[2]
    if name and f"{cluster_of(call).name}:{name}" not in ecs_of(call).services:
        raise AwsError("ServiceNotFoundException", "Service not found.")


def _named(backend: Any, cluster: str, name: str) -> Any:
    """A task by its id or ARN, or None."""
    return next((one for one in list(backend.tasks.get(cluster, {}).values()) if name in (one.task_arn, one.id)), None)


@patch("ecs", "RunTask", "StopTask", "DescribeTasks", "ListTasks",
       adds="`settle`: from PROVISIONING to RUNNING, from DEACTIVATING to STOPPED, which is told for an hour with stopCode, stoppedReason and exit codes; "
       "an interface of their own; images, secrets, log groups and roles that they need; filters; MISSING",
       source="API_Task, API_ListTasks; developer guide, task-lifecycle-explanation, stopped-task-error-codes")  # fmt: skip
def tasks_live() -> None:
    first_run, first_stop = EC2ContainerServiceResponse.run_task, EC2ContainerServiceResponse.stop_task

    def run(self: Any) -> ActionResult:
        backend, params = self.ecs_backend, self._get_params()
        cluster = backend._get_cluster(params.get("cluster", "default"))
        if not is_fargate(params, cluster):
            return first_run(self)
        definition = backend.describe_task_definition(params["taskDefinition"])
        with backend.agenda.lock:
            tasks = [_run(backend, cluster, definition, params) for _time in range(params.get("count", 1))]
        return ActionResult({"tasks": [one.told() for one in tasks], "failures": []})

    def stop(self: Any) -> ActionResult:
        backend = self.ecs_backend
        task = _named(backend, backend._get_cluster(self._get_param("cluster", "default")).name, self._get_param("task"))
        if not isinstance(task, Task):
            return first_stop(self)
        with backend.agenda.lock:
            task.stop("UserInitiated", self._get_param("reason") or "Task stopped by user")
        return ActionResult({"task": task.told()})

    def describe(self: Any) -> ActionResult:
        backend = self.ecs_backend
        cluster = backend._get_cluster(self._get_param("cluster", "default"))
        tags, told, failures = "TAGS" in self._get_param("include", []), [], []
        for name in self._get_param("tasks", []):
            if task := _named(backend, cluster.name, name):
                told.append(task.told(tags=tags) if isinstance(task, Task) else task)
            else:
                arn = name if name.startswith("arn:") else f"{cluster.arn.replace(':cluster/', ':task/')}/{name}"
                failures.append({"arn": arn, "reason": "MISSING"})
        return ActionResult({"tasks": told, "failures": failures})

    EC2ContainerServiceResponse.run_task, EC2ContainerServiceResponse.stop_task = run, stop
    EC2ContainerServiceResponse.describe_tasks, EC2ContainerServiceBackend.list_tasks = describe, _list


def _run(backend: Any, cluster: Any, definition: TaskDefinition, params: dict[str, Any]) -> Task:
    strategy = params.get("capacityProviderStrategy") or cluster.default_capacity_provider_strategy or []
    source = definition.tags if params.get("propagateTags") == "TASK_DEFINITION" else []
    managed = [{"key": "aws:ecs:clusterName", "value": cluster.name}] if params.get("enableECSManagedTags") else []
    task = Task(Launch(
        cluster, definition, backend, params["networkConfiguration"], params.get("group", f"family:{definition.family}"), params.get("startedBy", ""),
        launch_type=params.get("launchType"), capacity_provider=strategy[0]["capacityProvider"] if strategy and "launchType" not in params else None,
        platform_version=params.get("platformVersion", "1.4.0").replace("LATEST", "1.4.0"), tags=[*managed, *source, *params.get("tags", [])],
        overrides=params.get("overrides", {}), enable_execute_command=params.get("enableExecuteCommand", False),
    ))  # fmt: skip
    backend.tasks.setdefault(cluster.name, {})[task.task_arn] = task
    return task


def _list(self: Any, cluster_str: str | None = None, container_instance: str | None = None, family: str | None = None,
          started_by: str | None = None, service_name: str | None = None, desired_status: str | None = None) -> list[Any]:  # fmt: skip
    """moto's `list_tasks`, with each filter as the API has it, and RUNNING where nobody says which."""
    everywhere = [one for tasks in list(self.tasks.values()) for one in list(tasks.values())]
    if cluster_str is None:
        return everywhere
    arn = self._get_cluster(cluster_str).arn
    tests: list[tuple[Any, Callable[[Any], Any]]] = [
        (arn, lambda one: one.cluster_arn),
        (container_instance, lambda one: one.container_instance_arn),
        (family, lambda one: one.task_definition_arn.rpartition("/")[2].partition(":")[0]),
        (started_by, lambda one: one.launch.started_by if isinstance(one, Task) else one.started_by),
        (service_name and service_name.rpartition("/")[2], lambda one: one.service.name if isinstance(one, Task) and one.service else None),
        (desired_status or "RUNNING", lambda one: one.desired_status),
    ]
    return [one for one in everywhere if all(not wanted or found(one) == wanted for wanted, found in tests)]


# -- pages ---------------------------------------------------------------------------------------------------------


@patch("ecs", "ListClusters", "ListServices", "ListTasks", "ListTaskDefinitions", "ListTaskDefinitionFamilies", adds="pages, by maxResults and nextToken; sort",
       source="API_ListServices, API_ListTasks, API_ListTaskDefinitions: maxResults, nextToken, sort")  # fmt: skip
def pages() -> None:
    for name, (field, size) in _PAGES.items():
        setattr(EC2ContainerServiceResponse, name, _paged(getattr(EC2ContainerServiceResponse, name), field, size))


def _paged(first: Callable[[Any], ActionResult], field: str, size: int) -> Callable[[Any], ActionResult]:
    def listed(self: Any) -> ActionResult:
        items = first(self).result[field]
        if field == "taskDefinitionArns":
            items = sorted(items, key=_revision, reverse=self._get_param("sort") == "DESC")
        token, most = self._get_param("nextToken") or "0", int(self._get_param("maxResults") or size)
        if not token.isdigit() or not 1 <= most <= _LARGEST:
            raise invalid("Invalid token." if not token.isdigit() else f"maxResults should be between 1 and {_LARGEST}.")
        begin, end = int(token), int(token) + most
        return ActionResult({field: items[begin:end]} | ({"nextToken": str(end)} if end < len(items) else {}))

    return listed


def _revision(arn: str) -> tuple[str, int]:
    family, _colon, revision = arn.rpartition("/")[2].partition(":")
    return family, int(revision)
