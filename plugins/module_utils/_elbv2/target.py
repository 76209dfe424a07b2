# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a host is in the service of a target group, as a state that is wanted: while it is changed it is out, and afterwards in again.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html#target-health-states
"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._core.identity import Identity
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.resource import Raw

#: Requests go to these, or go on there, or soon will.
REACHED = ("healthy", "initial", "draining")
NOT_REGISTERED, NO_LOAD_BALANCER = "Target.NotRegistered", "Target.NotInUse"


class Target:
    """It has no tags, and nothing of it is removed: it goes with its host."""

    TYPE = "elbv2_target"
    MANAGED = ("in_service",)
    IMMUTABLE = CREATE_ONLY = SECRETS = ()
    is_coming = False

    def __init__(self, aws: Aws, params: dict[str, t.Any]):
        self.aws, self.params = aws, params
        self.identity = Identity(params["stack"], params["component"], params["key"], params["name"])
        self.id: str | None = params["name"]
        self.group: str = params["target_group_id"]
        self.health: Raw = {}
        self.others = 0
        self.begun = False

    def describe(self) -> Shape:
        """One that is to be out is in as long as requests reach it; one that is to be in is so once it is well."""
        self._look()
        if self.begun and not self.params["wait"]:  # which is all that was asked of this run
            return {"in_service": self.params["in_service"]}
        state = self.health["State"]
        is_well = state == "healthy" or self.health.get("Reason") == NO_LOAD_BALANCER
        return {"in_service": is_well if self.params["in_service"] else state in REACHED}

    def _look(self) -> None:
        """Read the health of this target, and count the others that are healthy."""
        self.aws.forget()
        found = [*self._described(), *self._described(Targets=[{"Id": self.id}])]  # those that are not registered have to be named
        self.health = next(one["TargetHealth"] for one in reversed(found) if one["Target"]["Id"] == self.id)
        self.others = len({one["Target"]["Id"] for one in found if one["TargetHealth"]["State"] == "healthy"} - {self.id})

    def _described(self, **which: t.Any) -> list[Raw]:
        found = self.aws.find(
            "elbv2", "describe_target_health", "TargetHealthDescriptions", "TargetGroupNotFound", TargetGroupArn=self.group, **which
        )
        if found is None:
            raise Refusal(f"there is no target group {self.group}; make it first")
        return found

    def desired(self, before: Shape | None) -> Shape:
        stays = self.params["keep_last"] and not self.others and bool(before) and before["in_service"]
        return {"in_service": self.params["in_service"] or stays}

    def apply(self, plan: Plan) -> None:
        self.begun = True
        if plan.after["in_service"] and self.health.get("Reason") != NOT_REGISTERED and self.health["State"] != "draining":
            return  # it is registered, and has yet to become well
        operation = "register_targets" if plan.after["in_service"] else "deregister_targets"
        self.aws.call("elbv2", operation, TargetGroupArn=self.group, Targets=[{"Id": self.id}])

    def wait(self, plan: Plan) -> None:
        """Until it is well, or until the last request that it had was answered, which the group's deregistration delay allows for."""

        def look() -> tuple[bool, str]:
            self._look()
            well = self.health["State"] == "healthy" or self.health.get("Reason") == NO_LOAD_BALANCER
            done = well if plan.after["in_service"] else self.health.get("Reason") == NOT_REGISTERED
            return done, ": ".join(filter(None, (self.health["State"], self.health.get("Description"))))

        what = "be healthy" if plan.after["in_service"] else "have no request left"
        self.aws.waiter.until(look, f"{self.id} to {what}", self.aws.timeout)

    def facts(self) -> dict[str, t.Any]:
        return {"state": self.health.get("State"), "healthy_others": self.others}

    def retired(self) -> list:
        return []

    def makes_first(self, plan: Plan) -> bool:
        return False
