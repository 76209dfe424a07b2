# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elastic Load Balancing: a target's health comes with time, and is what a tag of its group says."""
from __future__ import annotations

from typing import Any

from moto.codedeploy.models import codedeploy_backends
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup, elbv2_backends

from ..clock import CLOCK
from ..dials import DIALS
from ..hosts.health import is_well
from ..hosts.registry import HOSTS
from . import patch

#: The tag of a target group that says how its targets fare, whatever runs on them: healthy, unhealthy.
HEALTH = "localcloud:health"
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html#target-health-states
_WORDS = {
    "draining": ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
    "initial": ("Elb.RegistrationInProgress", "Target registration is in progress"),
    "unused": ("Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"),
    "unhealthy": ("Target.FailedHealthChecks", "Health checks failed"),
}


@patch("elbv2", "RegisterTargets", "DescribeTargetHealth", adds="`settle`: initial before healthy; unused while no load balancer uses "
       "the target group; a booted host of this machine is asked itself; any other one of a fleet answers once a deployment to its fleet "
       "succeeded; the tag `localcloud:health` says otherwise",
       source="Application Load Balancers user guide: target-group-health-checks")  # fmt: skip
def health_comes_with_time() -> None:
    first_register, first_health = FakeTargetGroup.register, FakeTargetGroup.health_for

    def register(self: Any, targets: list[dict[str, Any]]) -> None:
        first_register(self, targets)
        due = CLOCK.monotonic() + DIALS.settle
        self.__dict__.setdefault("due", {}).update({one["Id"]: due for one in targets})
        taken_out(self).difference_update(one["Id"] for one in targets)

    def health_for(self: Any, target: dict[str, Any], ec2_backend: Any) -> FakeHealthStatus:
        found = first_health(self, target, ec2_backend)
        if found.status == "healthy":
            tags = elbv2_backends[self.account_id][self.region_name].tagging_service.get_tag_dict_for_resource(self.arn)
            due = self.__dict__.get("due", {}).get(target["Id"], 0)
            usual = "healthy" if _answers(self, ec2_backend, target["Id"]) else "unhealthy"
            awaited = "initial" if CLOCK.monotonic() < due else tags.get(HEALTH, usual)
            found.status = awaited if self.load_balancer_arns else "unused"
            found.reason, found.description = _WORDS.get(found.status, (None, None))
        return found

    FakeTargetGroup.register, FakeTargetGroup.health_for = register, health_for


def taken_out(group: FakeTargetGroup) -> set[str]:
    """The targets that somebody deregistered: their fleet registers what it launches, and nothing a second time."""
    return group.__dict__.setdefault("taken_out", set())


@patch("elbv2", "DeregisterTargets", "DescribeTargetHealth", adds="`settle`: draining before it is gone; what is not registered is no "
       "hindrance; a fleet does not register anew what was taken out", source="API_DeregisterTargets")  # fmt: skip
def requests_end_with_time() -> None:
    first_deregister, first_health, first_call = FakeTargetGroup.deregister, FakeTargetGroup.health_for, ELBv2Backend.deregister_targets

    def deregister_targets(self: Any, target_group_arn: str, instances: list[dict[str, Any]]) -> None:
        first_call(self, target_group_arn, instances)
        taken_out(self.target_groups[target_group_arn]).update(one["Id"] for one in instances)

    def deregister(self: Any, targets: list[dict[str, Any]]) -> None:
        registered = [one for one in targets if one["Id"] in self.targets]
        first_deregister(self, registered)
        due = CLOCK.monotonic() + DIALS.settle
        self.__dict__.setdefault("gone", {}).update({one["Id"]: due for one in registered})

    def health_for(self: Any, target: dict[str, Any], ec2_backend: Any) -> FakeHealthStatus:
        found = first_health(self, target, ec2_backend)
        if found.reason == "Target.NotRegistered" and CLOCK.monotonic() < self.__dict__.get("gone", {}).get(target["Id"], 0):
            found.status, found.reason, found.description = "draining", *_WORDS["draining"]
        return found

    FakeTargetGroup.deregister, FakeTargetGroup.health_for, ELBv2Backend.deregister_targets = deregister, health_for, deregister_targets


def _answers(group: FakeTargetGroup, ec2_backend: Any, target: str) -> bool:
    """Whether a target is well: a booted host says so itself; nothing runs on a fleet's fresh instance, until a revision was deployed to its fleet."""
    host = HOSTS.get(target, group.region_name)
    if host and host.init and group.health_check_protocol == "HTTP":
        port = group.targets[target]["Port"] if group.health_check_port == "traffic-port" else group.health_check_port
        return is_well(host, int(port), group.health_check_path or "/", group.matcher["HttpCode"], float(group.health_check_timeout_seconds))
    return has_its_revision(group, ec2_backend, target)


def has_its_revision(group: FakeTargetGroup, ec2_backend: Any, target: str) -> bool:
    """Whether a program was brought to a fleet's instance; any other target has one."""
    instance = ec2_backend.get_instance_by_id(target)
    fleet = {tag["key"]: tag["value"] for tag in instance.get_tags()}.get("aws:autoscaling:groupName") if instance else None
    if fleet is None:
        return True
    applications = codedeploy_backends[group.account_id][group.region_name].deployment_groups.values()
    return any(fleet in one.auto_scaling_groups for named in applications for one in named.values() if getattr(one, "last_successful", None))
