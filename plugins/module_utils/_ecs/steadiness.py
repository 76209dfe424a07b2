# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a service runs what it is to run: as many tasks as it wants, of one revision, and well behind its load balancer.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import PROPAGATION
from .._core.resource import Raw
from .._core.wait import WaitTimeout
from .base import batches
from .service_data import primary
from .stops import is_failure
from .stops import targets_of
from .stops import why
from .used import services_in

#: Tasks that DescribeTasks takes.
BATCH = 100
#: A rollout whose tasks failed so many times over is given up before its deadline.
TIMES = 2
#: A role that was just made is not known everywhere: ECS tries again by itself.
NEW_ROLE = "unable to assume the role"
MISSING = ("ClusterNotFoundException", "ServiceNotFoundException")


class Steadiness:
    """One service, on its way to be steady."""

    def __init__(self, aws: Aws, cluster: str, name: str):
        self.aws, self.cluster, self.name = aws, cluster, name
        self.raw: Raw = {}

    def look(self) -> tuple[bool, str]:
        """Whether it is steady, and how far it is."""
        self.aws.forget()
        self.raw = next(iter(services_in(self.aws, self.cluster, [self.name])), {})
        wanted, running = self.raw.get("desiredCount", 0), self.raw.get("runningCount", 0)
        deployments, state = self.raw.get("deployments", []), primary(self.raw).get("rolloutState", "")
        told = f"at {running} of {wanted} tasks"
        if running != wanted or len(deployments) != 1 or (wanted and state == "IN_PROGRESS"):
            return False, ", ".join(filter(None, (told, state and f"rollout {state}")))
        if not wanted or not self.raw.get("loadBalancers"):
            return state != "FAILED", told
        healthy = min(len(self._healthy(one["targetGroupArn"])) for one in self.raw["loadBalancers"])
        return healthy >= wanted and state != "FAILED", f"{told}, {healthy} of them healthy targets"

    def _healthy(self, group: str) -> set[str]:
        """The addresses of its tasks that a target group calls healthy."""
        ours = {address for task in self._tasks("RUNNING") for address in _addresses(task)}
        return {one["Target"]["Id"] for one in targets_of(self.aws, group) if one["TargetHealth"]["State"] == "healthy"} & ours

    def _tasks(self, status: str) -> list[Raw]:
        arns = self.aws.find("ecs", "list_tasks", "taskArns", *MISSING, cluster=self.cluster, serviceName=self.name, desiredStatus=status) or []
        found: list[Raw] = []
        for some in batches(arns, BATCH):
            found += self.aws.read("ecs", "describe_tasks", "tasks", cluster=self.cluster, tasks=list(some))
        return found

    def failures(self) -> list[Raw]:
        """The tasks of the present deployment that ended, and not since ECS scaled in."""
        deployment = primary(self.raw).get("id")
        return [one for one in self._tasks("STOPPED") if one.get("startedBy") == deployment and is_failure(one)]

    def wait(self, timeout: float) -> None:
        """Until it is steady. As soon as it cannot become so, and at the deadline, say why: what ended its tasks, and their last words."""
        start = self.aws.waiter.clock()
        self.look()
        rolling = primary(self.raw).get("rolloutState") == "IN_PROGRESS"
        before = set() if rolling else {one["taskArn"] for one in self.failures()}

        def look() -> tuple[bool, str]:
            done, state = self.look()
            if not done:
                self._fail_early(before, is_fresh=self.aws.waiter.clock() - start < PROPAGATION)
            return done, state

        try:
            self.aws.waiter.until(look, f"service {self.name} to be steady", timeout)
        except WaitTimeout as error:
            raise AwsFailure(self._told(f"{error}")) from error

    def _fail_early(self, before: set[str], *, is_fresh: bool) -> None:
        deployment, wanted = primary(self.raw), self.raw.get("desiredCount", 0)
        if deployment.get("rolloutState") == "FAILED":
            reason = deployment.get("rolloutStateReason") or "AWS gives no reason"
            raise AwsFailure(self._told(f"the rollout of service {self.name} failed: {reason}"))
        failed = [one for one in self.failures() if one["taskArn"] not in before and not (is_fresh and NEW_ROLE in one.get("stoppedReason", ""))]
        if wanted and len(failed) >= TIMES * wanted:
            raise AwsFailure(self._told(f"the tasks of service {self.name} keep stopping: {len(failed)} did, and it wants {wanted}"))

    def _told(self, what: str) -> str:
        self.aws.forget()
        groups = [one["targetGroupArn"] for one in self.raw.get("loadBalancers", []) if "targetGroupArn" in one]
        return "\n".join([what, *why(self.aws, self.raw, self.failures(), self._tasks("RUNNING"), groups)])


def _addresses(task: Raw) -> t.Iterator[str]:
    """The private addresses of a task's network interface."""
    for attachment in task.get("attachments", []):
        yield from (one["value"] for one in attachment.get("details", []) if one["name"] == "privateIPv4Address")
