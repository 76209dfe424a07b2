# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings of an Auto Scaling group, in our words and in AWS's. Pure.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AutoScalingGroup.html
"""

from __future__ import annotations

import typing as t

from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.plan import UNKNOWN
from .._core.resource import Raw

#: Our keys that AWS takes as they are, and its own words for them.
FIELDS = {
    "min_size": "MinSize",
    "max_size": "MaxSize",
    "desired_capacity": "DesiredCapacity",
    "health_check_grace_period": "HealthCheckGracePeriod",
    "default_instance_warmup": "DefaultInstanceWarmup",
    "termination_policies": "TerminationPolicies",
    "capacity_rebalance": "CapacityRebalance",
    "new_instances_protected_from_scale_in": "NewInstancesProtectedFromScaleIn",
    "max_instance_lifetime": "MaxInstanceLifetime",
}
#: The metrics of a group, warm pools and weights apart
#: (https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html).
METRICS = {
    *("GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity", "GroupTotalInstances"),
    *("GroupInServiceInstances", "GroupPendingInstances", "GroupStandbyInstances", "GroupTerminatingInstances"),
}


def version_of(template: Raw) -> int | str | None:
    """The version in AWS's answer: a number, or a word like $Latest."""
    version = template.get("Version")
    return int(version) if version and version.isdigit() else version


def pinned(version: str | int) -> int | str:
    """A wanted version of a launch template. Raises Refusal for one that moves by itself."""
    if version == UNKNOWN:
        return version
    if not str(version).isdigit():
        raise Refusal(f"launch_template_version must be a number, not {version}: what moves by itself cannot be rolled back")
    return int(version)


def spec_of(after: Shape, keys: t.Collection[str]) -> dict[str, t.Any]:
    """The arguments of a create or an update that set ``keys``."""
    spec = {field: after[key] for key, field in FIELDS.items() if key in keys}
    if {"launch_template_id", "launch_template_version"} & set(keys):
        spec["LaunchTemplate"] = {"LaunchTemplateId": after["launch_template_id"], "Version": str(after["launch_template_version"])}
    if "subnet_ids" in keys:
        spec["VPCZoneIdentifier"] = ",".join(after["subnet_ids"])
    if "health_check" in keys:
        spec["HealthCheckType"] = after["health_check"].upper()
    if "instance_maintenance_policy" in keys:
        low, high = after["instance_maintenance_policy"].values()
        spec["InstanceMaintenancePolicy"] = {"MinHealthyPercentage": low, "MaxHealthyPercentage": high}
    return spec


def percentages(low: int | None, high: int | None) -> dict[str, int] | None:
    return None if low is None or high is None else {"min_healthy_percentage": low, "max_healthy_percentage": high}


def marked(shape: Shape) -> dict[str, tuple[str, bool]]:
    """Every managed tag with whether instances get it too."""
    own = {key: (value, False) for key, value in shape["tags"].items()}
    return own | {key: (value, True) for key, value in (shape.get("instance_tags") or {}).items()}
