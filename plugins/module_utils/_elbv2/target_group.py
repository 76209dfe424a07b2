# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A target group. Its targets are never touched: a fleet or a service registers them.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
"""

from __future__ import annotations

import typing as t

from .._aws import AwsFailure
from .._aws import tag_dict
from .._aws import tag_list
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.resource import Raw
from .._core.wait import WaitTimeout
from .base import Elbv2Named
from .options import chosen
from .options import given
from .references import references
from .references import release

#: Parts of our health check, and AWS's fields; the matcher is nested.
HEALTH = {
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "protocol": "HealthCheckProtocol",
    "interval": "HealthCheckIntervalSeconds",
    "timeout": "HealthCheckTimeoutSeconds",
    "healthy_threshold": "HealthyThresholdCount",
    "unhealthy_threshold": "UnhealthyThresholdCount",
}
#: Our key, and AWS's attribute. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html
NUMBERS = {"deregistration_delay": "deregistration_delay.timeout_seconds", "slow_start": "slow_start.duration_seconds"}
ALGORITHM, STICKY, COOKIE = "load_balancing.algorithm.type", "stickiness.", "stickiness.app_cookie.cookie_name"


class TargetGroup(Elbv2Named):
    TYPE, ID, NAME, PARENT = "elbv2_target_group", "TargetGroupArn", "TargetGroupName", "vpc_id"
    READ = ("describe_target_groups", "TargetGroups")
    IMMUTABLE = ("protocol", "port", "target_type")
    MANAGED = (*IMMUTABLE, "health_check", *NUMBERS, "load_balancing_algorithm", "stickiness")

    @classmethod
    def parent_of(cls, raw: Raw) -> dict[str, t.Any]:
        return {"vpc_id": raw.get("VpcId")}

    def find(self) -> Raw | None:
        found = super().find()
        if found and found.get("VpcId") != self.parent:
            raise Refusal(f"{found[self.ID]} lies in {found.get('VpcId')}, and AWS cannot move it; remove it there, or choose another name")
        return found

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        health = {key: raw[field] for key, field in HEALTH.items() if field in raw} | {"matcher": raw.get("Matcher", {}).get("HttpCode")}
        attributes = tag_dict(self.aws.read("elbv2", "describe_target_group_attributes", "Attributes", TargetGroupArn=raw[self.ID]))
        return {
            "protocol": raw["Protocol"],
            "port": raw["Port"],
            "target_type": raw["TargetType"],
            "health_check": chosen(health, self.params.get("health_check")),
            **{key: int(attributes[name]) for key, name in NUMBERS.items()},
            "load_balancing_algorithm": attributes[ALGORITHM],
            "stickiness": chosen(_stickiness(attributes), self.params.get("stickiness")),
        }

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        self._refuse_another_kind(before or {}, wanted)
        return {**wanted, "health_check": given(wanted["health_check"]), "stickiness": given(wanted["stickiness"])}

    def _refuse_another_kind(self, before: Shape, wanted: Shape) -> None:
        changes = [f"{key} ({before[key]} to {wanted[key]})" for key in self.IMMUTABLE if before and wanted[key] not in (None, before[key])]
        if changes and not self.params.get("replace"):
            raise Refusal(
                f"AWS cannot change {', '.join(changes)} of a target group; give it another name, and a new one is made beside it,"
                " or set replace: true, which takes this one out of service first"
            )

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, after: Shape) -> None:
        self.aws.call(
            "elbv2",
            "create_target_group",
            settled=("DuplicateTargetGroupName",),
            lagging=(("ValidationError", "VPC ID"),),  # a VPC that was just made
            Name=self.identity.name,
            Protocol=after["protocol"],
            Port=after["port"],
            VpcId=self.parent,
            TargetType=after["target_type"],
            Tags=tag_list(after["tags"]),
            **_health_spec(after.get("health_check") or {}),
        )

    def update(self, plan: Plan) -> None:
        if "health_check" in plan.keys:
            self.aws.call("elbv2", "modify_target_group", TargetGroupArn=self.id, **_health_spec(plan.after["health_check"]))
        attributes = _attributes_of({key: plan.after[key] for key in plan.keys})
        if attributes:
            self.aws.call("elbv2", "modify_target_group_attributes", TargetGroupArn=self.id, Attributes=tag_list(attributes))

    def delete(self) -> None:
        """What forwards to it within its stack lets go of it first; what another stack has is named, and not waited for."""
        found = references(self.aws, self.id, self.raw.get("LoadBalancerArns", []))
        others = [one.id for one in found if one.stack != self.identity.stack]
        if others:
            raise AwsFailure(f"Failed to delete {self.id}: {', '.join(others)} forward to it, and are not of this stack; change them first")
        for one in found:
            release(self.aws, one, self.id)
        try:
            self.aws.call("elbv2", "delete_target_group", TargetGroupArn=self.id, settled=("TargetGroupNotFound",), busy=("ResourceInUse",))
        except WaitTimeout as error:
            raise AwsFailure(f"{error}. Remove the listener or rule that forwards to it, and run again") from error

    def facts(self) -> dict[str, t.Any]:
        return {"vpc_id": self.raw.get("VpcId"), "full_name": self.id.rpartition(":")[2]}


def _health_spec(check: Shape) -> dict[str, t.Any]:
    spec = {field: check[key] for key, field in HEALTH.items() if key in check}
    return spec | ({"Matcher": {"HttpCode": check["matcher"]}} if "matcher" in check else {})


def _stickiness(attributes: dict[str, str]) -> dict[str, t.Any]:
    kind = attributes.get(f"{STICKY}type", "lb_cookie")
    return {
        "enabled": attributes.get(f"{STICKY}enabled") == "true",
        "type": kind,
        "duration": int(attributes.get(f"{STICKY}{kind}.duration_seconds", 0)),
        "cookie_name": attributes.get(COOKIE, ""),
    }


def _attributes_of(values: Shape) -> dict[str, str]:
    """Our keys as AWS's attributes."""
    attributes = {name: str(values[key]) for key, name in NUMBERS.items() if key in values}
    if "load_balancing_algorithm" in values:
        attributes[ALGORITHM] = values["load_balancing_algorithm"]
    sticky = values.get("stickiness") or {}
    kind = sticky.get("type", "lb_cookie")
    names = {"enabled": f"{STICKY}enabled", "type": f"{STICKY}type", "duration": f"{STICKY}{kind}.duration_seconds", "cookie_name": COOKIE}
    return attributes | {names[key]: str(value).lower() if key == "enabled" else str(value) for key, value in sticky.items()}
