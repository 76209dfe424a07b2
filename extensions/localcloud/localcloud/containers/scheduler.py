# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The service scheduler: keeps as many well tasks as are wanted, replaces the unwell, lets one deployment follow another, or fail.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
"""
from __future__ import annotations

from collections import Counter
from typing import Any

from moto.core.exceptions import ServiceException

from ..dials import DIALS
from . import needs, programs
from .services import Deployment, Service
from .tasks import Task

#: Seconds before a task that failed is followed by the next one; after a few in a row twice as many each time, up to 27 minutes.
_PAUSE, _PATIENT, _LONGEST = 0.2, 5, 27 * 60
#: Told as INACTIVE for so long (API_DeleteService: "may be cleaned up").
_TOLD_SECONDS = 3600


class _Refused(Exception):
    """Why a task cannot be launched."""


class Scheduler:
    """The one of an account and region."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def look(self) -> None:
        """See to all that is due, and to every service; what nobody tells of any more is forgotten."""
        with self._backend.agenda.lock:
            self._backend.agenda.run()
            for key, service in list(self._backend.services.items()):
                if isinstance(service, Service):
                    self.review(service)
                    if self._backend.agenda.now() - service.inactive_since > _TOLD_SECONDS:
                        del self._backend.services[key]
            self._backend.agenda.run()
            for tasks in self._backend.tasks.values():
                for arn in [arn for arn, task in tasks.items() if isinstance(task, Task) and task.forgotten]:
                    del tasks[arn]

    def review(self, service: Service) -> None:
        """Do what has to be done for a service as it stands."""
        with self._backend.agenda.lock:
            there = [one for one in service.tasks if one.desired_status == "RUNNING"]
            for task in there:
                self._note_sickness(service, task)
            self._count_failures(service)
            self._break_circuit(service)
            self._level(service)
            self._settle(service)

    # -- what went wrong -------------------------------------------------------------------------------------------

    def _note_sickness(self, service: Service, task: Task) -> None:
        """Tell once of a task that a health check found unwell; it is to be replaced from now on."""
        if task.sick or task.last_status != "RUNNING":
            return
        if task.health == "UNHEALTHY":
            task.sick = "Task failed container health checks"
            service.say(f"(task {task.id}) failed container health checks.")
            return
        grace = service.asked.get("healthCheckGracePeriodSeconds", 0)
        if self._backend.agenda.now() - task.times["startedAt"] < grace:
            return
        for target in task.targets:
            state, reason = target.state()
            if state == "unhealthy":
                task.sick = f"Task failed ELB health checks in (target-group {target.group})"
                service.say(f"(port {target.port}) is unhealthy in (target-group {target.group}) due to (reason {reason}).")
                return

    def _count_failures(self, service: Service) -> None:
        """Count each task of the primary deployment once: got well, or failed."""
        primary = service.primary
        for task in self._tasks_of(primary):
            if task.id in primary.counted:
                continue
            failed = bool(task.sick) or task.stop_code in ("TaskFailedToStart", "EssentialContainerExited")
            if failed:
                primary.counted.add(task.id)
                self._fail(service, task.well_once)
            elif task.well:
                task.well_once = True
                primary.failed = 0

    def _fail(self, service: Service, was_well: bool) -> None:
        """One more of the primary deployment has failed: the next one waits."""
        primary = service.primary
        primary.failed += 0 if was_well and primary.state == "COMPLETED" else 1
        if was_well:
            return
        pause = max(_PAUSE, DIALS.settle) * 2 ** max(0, primary.failed - _PATIENT)
        primary.until = self._backend.agenda.now() + min(pause, _LONGEST)
        self._backend.agenda.after(primary.until - self._backend.agenda.now(), service.changed)
        if primary.failed == _PATIENT:
            service.say("is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the "
                        "Amazon ECS Developer Guide.")  # fmt: skip

    def _break_circuit(self, service: Service) -> None:
        primary, threshold = service.primary, service.threshold
        if threshold is None or primary.state != "IN_PROGRESS" or primary.failed < threshold:
            return
        primary.turn("FAILED", "ECS deployment circuit breaker: task failed to start.", self._backend.agenda.now())
        service.say(f"(deployment {primary.id}) deployment failed: tasks failed to start.")
        last = service.completed
        if service.asked["deploymentConfiguration"]["deploymentCircuitBreaker"]["rollback"] and last:
            service.say(f"rolling back to (deployment {last.id}).")
            service.deploy(last.definition, last.settings, f"ECS deployment circuit breaker: rolling back to deploymentId {last.id}.")

    # -- how many --------------------------------------------------------------------------------------------------

    def _level(self, service: Service) -> None:
        """Start what is missing and stop what is too much, within the bounds of the deployment's percents."""
        primary, wanted, (least, most) = service.primary, service.wanted, service.bounds
        there = [one for one in service.tasks if one.desired_status == "RUNNING"]
        own = [one for one in there if one.launch.started_by == primary.id]
        sick = [one for one in own if one.sick]
        good = [one for one in own if one.well and not one.sick]
        fresh = [one for one in own if one not in sick and one not in good]
        missing = wanted - len(good) - len(fresh)
        room = most - len(there)
        if primary.state == "FAILED":
            _stop(service, [*sick, *fresh])
        elif missing > 0 and room > 0:
            self._start(service, min(missing, room))
        elif missing > 0:
            _stop(service, sick[:missing])
        elif len(good) >= wanted:
            _stop(service, sick)
        _stop(service, _spare(fresh, good, -missing))
        old = [one for one in there if one.launch.started_by != primary.id]
        unwell = [one for one in old if not one.well]
        _stop(service, unwell)
        _stop(service, [one for one in old if one.well][: max(0, len(good) + len(old) - len(unwell) - least)])

    def _start(self, service: Service, count: int) -> None:
        primary, backend = service.primary, self._backend
        if backend.agenda.now() < primary.until:
            return
        started: list[Task] = []
        trouble = ""
        try:
            while len(started) < count:
                started.append(self._launch(service))
        except _Refused as refused:
            trouble = str(refused)
        if started:
            service.say(f"has started {len(started)} tasks: {' '.join(f'(task {one.id})' for one in started)}.")
            service.steady = False
        if trouble:
            service.say(trouble)
            self._fail(service, was_well=False)

    def _launch(self, service: Service) -> Task:
        """One task more. Raises _Refused with what an event says of it."""
        backend, definition = self._backend, service.primary.definition
        if role := needs.unassumable(backend.account_id, backend.region_name, definition):
            raise _Refused(f"failed to launch a task with (error {unassumed(role)}).")
        if lacks_vcpus(backend, definition, 1):
            raise _Refused(f"was unable to place a task. Reason: {VCPUS}.")
        try:
            return service.launch()
        except ServiceException as problem:  # a subnet or a group that was there when the service was made
            raise _Refused(f"failed to launch a task with (error {problem.message}).") from None

    # -- how it stands ---------------------------------------------------------------------------------------------

    def _tasks_of(self, deployment: Deployment) -> list[Task]:
        everywhere = (task for tasks in self._backend.tasks.values() for task in list(tasks.values()))
        return [one for one in everywhere if isinstance(one, Task) and one.launch.started_by == deployment.id]

    def _settle(self, service: Service) -> None:
        """Forget deployments that have no task left, complete the primary one, and say when all is as it was wanted."""
        there = [one for one in service.tasks if one.desired_status == "RUNNING"]
        using = {one.launch.started_by for one in there}
        service.deployments = [service.primary, *(one for one in service.deployments[1:] if one.id in using)]
        primary = service.primary
        steady = len(service.deployments) == 1 and len(there) == service.wanted and all(one.well and not one.sick for one in there)
        if steady and primary.state == "IN_PROGRESS":
            primary.turn("COMPLETED", f"ECS deployment {primary.id} completed.", self._backend.agenda.now())
            service.completed = primary
            service.say(f"(deployment {primary.id}) deployment completed.")
        if steady and not service.steady and service.status == "ACTIVE":
            service.say("has reached a steady state.")
        service.steady = steady
        if service.status == "DRAINING" and not service.tasks:
            service.status, service.inactive_since = "INACTIVE", self._backend.agenda.now()
        if (not steady or programs.watched()) and service.status == "ACTIVE":
            self._look_again(service)

    def _look_again(self, service: Service) -> None:
        if not service.watched:
            service.watched = True
            self._backend.agenda.after(programs.patience(), lambda: self._again(service))

    def _again(self, service: Service) -> None:
        service.watched = False
        self.review(service)


def _spare(fresh: list[Task], good: list[Task], count: int) -> list[Task]:
    """Those that a smaller service does without: what is not well yet first, then the newest of the fullest zone."""
    chosen: list[Task] = fresh[::-1][: max(0, count)]
    left = list(good)
    while len(chosen) < count and left:
        zones = Counter(one.interface.zone for one in left)
        one = max(reversed(left), key=lambda task: zones[task.interface.zone])
        left.remove(one)
        chosen.append(one)
    return chosen


def _stop(service: Service, tasks: list[Task]) -> None:
    if not tasks:
        return
    targets = [target for one in tasks if one.last_status == "RUNNING" for target in one.targets]
    for task in tasks:
        task.stop("ServiceSchedulerInitiated", task.sick or f"Scaling activity initiated by (deployment {service.primary.id})")
    for group in {target.group for target in targets}:
        service.say(f"deregistered {sum(one.group == group for one in targets)} targets in (target-group {group})")
    if targets:
        service.say(f"has begun draining connections on {len(tasks)} tasks.")
    service.say(f"has stopped {len(tasks)} running tasks: {' '.join(f'(task {one.id})' for one in tasks)}.")
    service.steady = False
    service.changed()


#: What Fargate says beyond its quota of vCPUs.
VCPUS = "You've reached the limit on the number of vCPUs you can run concurrently"


def unassumed(role: str) -> str:
    """What ECS says of a role that does not trust it."""
    return (f"ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the role being passed has the proper "
            "trust relationship and permissions and that your IAM user has permissions to pass this role.")  # fmt: skip


def lacks_vcpus(backend: Any, definition: Any, count: int) -> bool:
    """Whether so many more tasks would be too many for the quota `fargate_vcpus`."""
    running = (task for tasks in backend.tasks.values() for task in tasks.values() if isinstance(task, Task) and task.last_status != "STOPPED")
    used = sum(int(one.definition.cpu) for one in running) + count * int(definition.cpu)
    return used > DIALS.quotas["fargate_vcpus"] * 1024
