# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A service of Fargate's: what it was asked to be, its deployments, its events, and the tasks that are its own.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html
"""
from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, UTC
from typing import Any

from moto.moto_api._internal import mock_random

from .tasks import Launch, Task

#: The newest events that are told (API_Service: events).
EVENTS = 100
# Of the circuit breaker: half of the tasks, three at least and two hundred at most (developer guide, deployment-circuit-breaker).
_SHARE, _LEAST, _MOST = 0.5, 3, 200
#: What a change of makes a new deployment of (API_UpdateService).
DEPLOYED = ("capacityProviderStrategy", "loadBalancers", "networkConfiguration", "platformVersion", "serviceRegistries")
_DEFAULTS = {
    "schedulingStrategy": "REPLICA", "deploymentController": {"type": "ECS"}, "propagateTags": "NONE", "enableECSManagedTags": False,
    "enableExecuteCommand": False, "loadBalancers": [], "serviceRegistries": [], "placementConstraints": [], "placementStrategy": [],
    "availabilityZoneRebalancing": "ENABLED", "platformVersion": "LATEST",
}  # fmt: skip
_PERCENTS = {"strategy": "ROLLING", "maximumPercent": 200, "minimumHealthyPercent": 100, "bakeTimeInMinutes": 0}
_NETWORK = {"assignPublicIp": "DISABLED", "securityGroups": []}
_BREAKER = {"enable": False, "rollback": False}
LATEST = "1.4.0"


@dataclass
class Deployment:
    """One of a service's: API_Deployment. `failed`: tasks in a row that did not get well; `until`: no other is started before then."""

    id: str
    definition: Any
    settings: dict[str, Any]
    created: float
    reason: str
    state: str = "IN_PROGRESS"
    updated: float = 0
    failed: int = 0
    until: float = 0
    counted: set[str] = field(default_factory=set)

    def turn(self, state: str, reason: str, now: float) -> None:
        self.state, self.reason, self.updated = state, reason, now


def new_id() -> str:
    return f"ecs-svc/{mock_random.randint(10**18, 10**19 - 1)}"


class Service:
    """`asked` is what CreateService and UpdateService said last, with the defaults of the API."""

    def __init__(self, backend: Any, cluster: Any, definition: Any, asked: dict[str, Any]) -> None:
        self._backend, self.cluster = backend, cluster
        self.asked = with_defaults(asked)
        self.first_asked = asked
        self.name, self.cluster_name, self.cluster_arn = asked["serviceName"], cluster.name, cluster.arn
        self.tags: list[dict[str, str]] = asked.get("tags", [])
        self.arn = self.physical_resource_id = f"arn:aws:ecs:{backend.region_name}:{backend.account_id}:service/{cluster.name}/{self.name}"
        self.status, self.created = "ACTIVE", backend.agenda.now()
        self.inactive_since = float("inf")
        self.events: list[dict[str, Any]] = []
        self.deployments: list[Deployment] = []
        self.completed: Deployment | None = None
        #: Whether all is as wanted, and was told; whether the scheduler looks again by itself.
        self.steady = self.watched = False
        self.deploy(definition)

    # What moto asks of one of its own.
    scheduling_strategy = property(lambda self: self.asked["schedulingStrategy"])
    launch_type = property(lambda self: self.asked.get("launchType"))

    @property
    def primary(self) -> Deployment:
        return self.deployments[0]

    @property
    def wanted(self) -> int:
        return int(self.asked["desiredCount"]) if self.status == "ACTIVE" else 0

    @property
    def tasks(self) -> list[Task]:
        """Its tasks that have not stopped, oldest first."""
        found = list(self._backend.tasks.get(self.cluster_name, {}).values())  # of which requests and the clock may add more
        return [one for one in found if one.service is self and one.last_status != "STOPPED"]

    @property
    def threshold(self) -> int | None:
        """So many failed tasks in a row fail a deployment; None without a circuit breaker."""
        if not self.asked["deploymentConfiguration"]["deploymentCircuitBreaker"]["enable"]:
            return None
        return min(max(math.ceil(_SHARE * self.wanted), _LEAST), _MOST)

    @property
    def bounds(self) -> tuple[int, int]:
        """How many tasks must be well while one deployment follows another, and how many there may be."""
        percents = self.asked["deploymentConfiguration"]
        return math.ceil(self.wanted * percents["minimumHealthyPercent"] / 100), self.wanted * percents["maximumPercent"] // 100

    # -- what befalls it -------------------------------------------------------------------------------------------

    def deploy(self, definition: Any, settings: dict[str, Any] | None = None, reason: str = "ECS deployment {} in progress.") -> None:
        """Begin a deployment; what ran so far gives way to it."""
        now, its_id = self._backend.agenda.now(), new_id()
        kept = settings or {name: self.asked[name] for name in ("launchType", *DEPLOYED) if name in self.asked}
        self.deployments.insert(0, Deployment(its_id, definition, kept, now, reason.format(its_id), updated=now))
        self.steady = False
        self.changed()

    def changed(self) -> None:
        """Let the scheduler look, once what happens now has happened."""
        self._backend.agenda.after(0, lambda: self._backend.scheduler.review(self))

    def say(self, text: str) -> None:
        """An event."""
        now = datetime.fromtimestamp(self._backend.agenda.now(), UTC)
        event = {"id": str(mock_random.uuid4()), "createdAt": now, "message": f"(service {self.name}) {text}"}
        self.events = [event, *self.events][:EVENTS]

    def launch(self) -> Task:
        """One task more of the primary deployment."""
        primary = self.primary
        strategy = primary.settings.get("capacityProviderStrategy")
        asked = Launch(
            cluster=self.cluster, definition=primary.definition, backend=self._backend, network=primary.settings["networkConfiguration"],
            group=f"service:{self.name}", started_by=primary.id, launch_type=primary.settings.get("launchType"), tags=self._tags_of_tasks(),
            capacity_provider=strategy[0]["capacityProvider"] if strategy else None, platform_version=version_of_platform(primary.settings),
            enable_execute_command=self.asked["enableExecuteCommand"], load_balancers=primary.settings["loadBalancers"], service=self,
            neighbours=[one.interface.subnet for one in self.tasks if one.desired_status == "RUNNING"],
        )  # fmt: skip
        task = Task(asked)
        self._backend.tasks.setdefault(self.cluster_name, {})[task.task_arn] = task
        return task

    def _tags_of_tasks(self) -> list[dict[str, str]]:
        managed = {"aws:ecs:clusterName": self.cluster_name, "aws:ecs:serviceName": self.name} if self.asked["enableECSManagedTags"] else {}
        source = {"SERVICE": self.tags, "TASK_DEFINITION": self.primary.definition.tags}.get(self.asked["propagateTags"], [])
        return [*({"key": key, "value": value} for key, value in managed.items()), *source]

    # -- what is seen ----------------------------------------------------------------------------------------------

    def told(self, *, tags: bool = True) -> dict[str, Any]:
        """API_Service."""
        running, pending = counts(self.tasks)
        named = {"serviceArn": self.arn, "clusterArn": self.cluster_arn, "status": self.status, "createdAt": datetime.fromtimestamp(self.created, UTC)}
        counted = {"desiredCount": self.wanted, "runningCount": running, "pendingCount": pending}
        told = {
            **self.asked, **named, **counted, "taskDefinition": self.primary.definition.arn, "platformFamily": "Linux", "events": self.events,
            "deployments": [self._deployment(one) for one in self.deployments] if self.status != "INACTIVE" else [],
            "roleArn": f"arn:aws:iam::{self._backend.account_id}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
            "createdBy": f"arn:aws:iam::{self._backend.account_id}:root",
        }  # fmt: skip
        return told | ({"tags": self.tags} if tags else {"tags": None})

    def _deployment(self, one: Deployment) -> dict[str, Any]:
        running, pending = counts([task for task in self.tasks if task.launch.started_by == one.id])
        primary = one is self.primary
        told = {name: value for name, value in one.settings.items() if name in ("launchType", "capacityProviderStrategy", "networkConfiguration")}
        return told | {
            "id": one.id, "status": "PRIMARY" if primary else "ACTIVE", "taskDefinition": one.definition.arn, "platformFamily": "Linux",
            "platformVersion": version_of_platform(one.settings), "desiredCount": self.wanted if primary and one.state != "FAILED" else 0,
            "runningCount": running, "pendingCount": pending, "failedTasks": one.failed, "rolloutState": one.state, "rolloutStateReason": one.reason,
            "createdAt": datetime.fromtimestamp(one.created, UTC), "updatedAt": datetime.fromtimestamp(one.updated, UTC),
        }  # fmt: skip


def with_defaults(asked: dict[str, Any]) -> dict[str, Any]:
    """What a service was asked to be, with what the API adds to it."""
    given = asked.get("deploymentConfiguration", {})
    breaker = _BREAKER | given.get("deploymentCircuitBreaker", {})
    told = {name: value for name, value in asked.items() if name not in ("cluster", "taskDefinition", "clientToken", "role", "service", "forceNewDeployment")}
    if told.get("loadBalancers"):
        told.setdefault("healthCheckGracePeriodSeconds", 0)
    told.setdefault("desiredCount", 0)
    if network := told.get("networkConfiguration"):
        told["networkConfiguration"] = {"awsvpcConfiguration": _NETWORK | network["awsvpcConfiguration"]}
    return _DEFAULTS | told | {"deploymentConfiguration": _PERCENTS | given | {"deploymentCircuitBreaker": breaker}}


def version_of_platform(settings: dict[str, Any]) -> str:
    version = settings.get("platformVersion", "LATEST")
    return LATEST if version == "LATEST" else str(version)


def counts(tasks: list[Task]) -> tuple[int, int]:
    """How many run, and how many are on their way to."""
    there = [one.last_status for one in tasks if one.desired_status == "RUNNING"]
    return there.count("RUNNING"), len(there) - there.count("RUNNING")
