# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A task: from PROVISIONING to RUNNING, and from there to STOPPED, which is told for another hour.

`settle` is the time that it takes to run, and half of it the time that it takes to end, once its targets are drained.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, UTC
from typing import Any, TYPE_CHECKING

from moto.moto_api._internal import mock_random

from ..dials import DIALS
from . import needs, programs
from .network import Interface, Target

if TYPE_CHECKING:
    from .services import Service

#: Seconds that a stopped task is told of: "at least one hour" (API_ListTasks).
TOLD_SECONDS = 3600
_BEFORE_CONTAINERS = {"PROVISIONING", "PENDING"}
_EXIT_OF_SIGTERM = 143


@dataclass
class Launch:
    """What a task is started with: API_RunTask, or a service that wants one more."""

    cluster: Any
    definition: Any
    backend: Any
    network: dict[str, Any]
    group: str
    started_by: str = ""
    launch_type: str | None = "FARGATE"
    capacity_provider: str | None = None
    platform_version: str | None = None
    tags: list[dict[str, str]] = field(default_factory=list)
    overrides: dict[str, Any] = field(default_factory=dict)
    enable_execute_command: bool = False
    load_balancers: list[dict[str, Any]] = field(default_factory=list)
    neighbours: Iterable[str] = ()
    service: Service | None = None


@dataclass
class Container:
    """One container of a task: API_Container."""

    definition: dict[str, Any]
    arn: str
    status: str = "PENDING"
    exit_code: int | None = None
    digest: str | None = None


class Task:
    """A task of Fargate's. Its times are in seconds since the epoch."""

    def __init__(self, launch: Launch) -> None:
        backend = self._backend = launch.backend
        self.launch, self.definition, self.service, self.tags = launch, launch.definition, launch.service, launch.tags
        self.id = mock_random.uuid4().hex
        self._arns = f"arn:aws:ecs:{backend.region_name}:{backend.account_id}"
        self.task_arn = f"{self._arns}:task/{launch.cluster.name}/{self.id}"
        self.cluster_arn, self.task_definition_arn = launch.cluster.arn, self.definition.arn
        self.container_instance_arn = None
        self.last_status, self.desired_status = "PROVISIONING", "RUNNING"
        self.stop_code: str | None = None
        self.stopped_reason: str | None = None
        self.times: dict[str, float] = {"createdAt": backend.agenda.now()}
        #: What a health check found, once it did; and whether all checks were content before.
        self.sick, self.well_once = "", False
        tags = {tag["key"]: tag["value"] for tag in self.tags if tag["key"].startswith("aws:ecs:")}
        self.interface = Interface(backend.account_id, backend.region_name, launch.network["awsvpcConfiguration"], launch.neighbours, tags)
        self.targets = [self._target(one) for one in launch.load_balancers]
        parts = f"{self._arns}:container/{launch.cluster.name}/{self.id}"
        self.containers = [Container(one, f"{parts}/{mock_random.uuid4()}") for one in self.definition.container_definitions]
        self._soon(0.25, self._pend)

    def _target(self, balancer: dict[str, Any]) -> Target:
        backend = self._backend
        return Target(backend.account_id, backend.region_name, balancer["targetGroupArn"], self.interface.address, balancer["containerPort"])

    # -- coming ----------------------------------------------------------------------------------------------------

    def _soon(self, share: float, act: Callable[[], None]) -> None:
        """Do it after that share of `settle`, unless the task has gone another way by then."""
        status = self.last_status
        self._backend.agenda.after(share * DIALS.settle, lambda: act() if self.last_status == status else None)

    def _becomes(self, status: str, time: str | None = None) -> None:
        self.last_status = status
        if time:
            self.times[time] = self._backend.agenda.now()
        if self.service:
            self.service.changed()

    def _pend(self) -> None:
        self._becomes("PENDING", "pullStartedAt")
        self.interface.status = "ATTACHED"
        self._soon(0.5, self._prepare)

    def _prepare(self) -> None:
        try:
            digests = needs.meet(self._backend.account_id, self._backend.region_name, self.definition)
        except needs.Lack as lack:
            self.stop("TaskFailedToStart", str(lack))
            return
        self._becomes("ACTIVATING", "pullStoppedAt")
        for container in self.containers:
            container.status, container.digest = "RUNNING", digests.get(container.definition["name"])
        programs.start(self)
        for target in self.targets:
            target.register()
            if self.service:
                self.service.say(f"registered 1 targets in (target-group {target.group})")
        self._soon(0.25, self._run)

    def _run(self) -> None:
        self._becomes("RUNNING", "startedAt")
        self.times["connectivityAt"] = self.times["startedAt"]

    # -- going -----------------------------------------------------------------------------------------------------

    def stop(self, code: str, reason: str) -> None:
        """End it: out of its target groups first, then its containers, then its interface."""
        if self.desired_status == "STOPPED":
            return
        self.desired_status, self.stop_code, self.stopped_reason = "STOPPED", code, reason
        self.times["stoppingAt"] = self._backend.agenda.now()
        if self.last_status in _BEFORE_CONTAINERS:
            self._end_containers(None)
            self._becomes("DEPROVISIONING")
            self._soon(0.25, self._end)
            return
        for target in self.targets:
            target.deregister()
        self._becomes("DEACTIVATING")
        self._drain()

    def exited(self, code: int) -> None:
        """The main container's program has ended by itself."""
        if self.last_status not in ("ACTIVATING", "RUNNING"):
            return
        main = programs.main_container(self)
        main.status, main.exit_code = "STOPPED", code
        self.stop("EssentialContainerExited", "Essential container in task exited")

    def _drain(self) -> None:
        if any(target.state()[0] == "draining" for target in self.targets):
            self._backend.agenda.after(programs.patience(), self._drain)
            return
        self._becomes("STOPPING")
        programs.stop(self)
        self._end_containers(_EXIT_OF_SIGTERM)
        self.times["executionStoppedAt"] = self._backend.agenda.now()
        self._soon(0.25, self._deprovision)

    def _end_containers(self, code: int | None) -> None:
        for container in self.containers:
            if container.status != "STOPPED":
                container.status, container.exit_code = "STOPPED", code

    def _deprovision(self) -> None:
        self._becomes("DEPROVISIONING")
        self._soon(0.25, self._end)

    def _end(self) -> None:
        self.interface.remove()
        self._becomes("STOPPED", "stoppedAt")

    # -- what is seen ----------------------------------------------------------------------------------------------

    @property
    def forgotten(self) -> bool:
        """Whether it stopped so long ago that nobody tells of it any more."""
        return self._backend.agenda.now() - self.times.get("stoppedAt", float("inf")) > TOLD_SECONDS

    @property
    def health(self) -> str:
        """What the health checks of its containers say: API_Task, healthStatus."""
        if not any("healthCheck" in one.definition for one in self.containers) or self.last_status != "RUNNING":
            return "UNKNOWN"
        return "HEALTHY" if programs.well(self) else "UNHEALTHY"

    @property
    def well(self) -> bool:
        """Whether it runs, and every check of it says so."""
        running = (self.last_status, self.desired_status) == ("RUNNING", "RUNNING")
        return running and self.health != "UNHEALTHY" and all(target.state()[0] == "healthy" for target in self.targets)

    def told(self, *, tags: bool = True) -> dict[str, Any]:
        """API_Task."""
        launch, definition = self.launch, self.definition
        known = {
            "taskArn": self.task_arn, "clusterArn": self.cluster_arn, "taskDefinitionArn": self.task_definition_arn, "group": launch.group,
            "lastStatus": self.last_status, "desiredStatus": self.desired_status, "startedBy": launch.started_by or None,
            "launchType": launch.launch_type, "capacityProviderName": launch.capacity_provider, "platformFamily": "Linux",
            "platformVersion": launch.platform_version, "cpu": definition.cpu, "memory": definition.memory, "overrides": launch.overrides,
            "availabilityZone": self.interface.zone, "attachments": [self.interface.told()], "healthStatus": self.health,
            "containers": [self._container(one) for one in self.containers], "enableExecuteCommand": launch.enable_execute_command,
            "stopCode": self.stop_code, "stoppedReason": self.stopped_reason, "tags": self.tags if tags else None,
            "connectivity": "CONNECTED" if "connectivityAt" in self.times else None, "ephemeralStorage": definition.ephemeral_storage or {"sizeInGiB": 20},
            **{name: datetime.fromtimestamp(time, UTC) for name, time in self.times.items()},
        }  # fmt: skip
        return {name: value for name, value in known.items() if value is not None}

    def _container(self, one: Container) -> dict[str, Any]:
        health = self.health if "healthCheck" in one.definition else "UNKNOWN"
        placed = {"attachmentId": self.interface.attachment, "privateIpv4Address": self.interface.address}
        known = {
            "containerArn": one.arn, "taskArn": self.task_arn, "name": one.definition["name"], "image": one.definition["image"], "imageDigest": one.digest,
            "lastStatus": one.status, "exitCode": one.exit_code, "healthStatus": health, "cpu": str(one.definition.get("cpu", 0)),
            "networkBindings": [], "networkInterfaces": [placed], "runtimeId": f"{self.id}-{one.arn[-12:]}" if "pullStoppedAt" in self.times else None,
        }  # fmt: skip
        return {name: value for name, value in known.items() if value is not None}
