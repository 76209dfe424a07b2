# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2 Auto Scaling: a group's instances are launched, take their time, are refused, are replaced, and go."""
from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.models import (
    ASG_NAME_TAG, AutoScalingBackend, FakeAutoScalingGroup, InstanceState, autoscaling_backends,
)
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.ec2.models.instances import Instance
from moto.ec2.models.launch_templates import LaunchTemplateVersion

from ..call import Call
from ..clock import CLOCK
from ..dials import DIALS
from . import ANY, before, patch
from .autoscaling_targets import taken_out
from .service_quotas import within_vcpus

_ARRIVING, _LEAVING = "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"
#: Seconds after which a launch that was refused is tried again, at least.
_PATIENCE = 0.2
_FAILED = "Launching EC2 instance failed."


@dataclass
class Activity:
    """A scaling activity as DescribeScalingActivities tells it; `due`: when it is over, by CLOCK.monotonic()."""

    activity_id: str
    auto_scaling_group_name: str
    auto_scaling_group_arn: str
    description: str
    cause: str
    start_time: datetime
    due: float
    outcome: str
    status_message: str | None = None

    @property
    def status_code(self) -> str:
        return self.outcome if CLOCK.monotonic() >= self.due else "InProgress"

    @property
    def progress(self) -> int:
        return 100 if CLOCK.monotonic() >= self.due else 50

    @property
    def end_time(self) -> datetime | None:
        return self.start_time if CLOCK.monotonic() >= self.due else None


def groups_of(call: Call) -> dict[str, FakeAutoScalingGroup]:
    return autoscaling_backends[call.account][call.region].autoscaling_groups


def is_ours(group: FakeAutoScalingGroup) -> bool:
    """Whether a launch template in subnets makes its instances; moto sees to launch configurations and mixed policies."""
    return group.ec2_launch_template is not None and not group.mixed_instances_policy and bool(group.vpc_zone_identifier)


def standing(group: FakeAutoScalingGroup) -> list[InstanceState]:
    """The instances that count towards the capacity, oldest first."""
    return [state for state in group.instance_states if state.lifecycle_state.startswith(("Pending", "InService"))]


def suspended(group: FakeAutoScalingGroup, *processes: str) -> bool:
    return bool({one["ProcessName"] for one in group.suspended_processes} & set(processes))


def note(group: FakeAutoScalingGroup, what: str, outcome: str, message: str | None = None) -> None:
    """Tell of a scaling activity."""
    now = datetime.now(UTC)
    cause = f"At {now:%Y-%m-%dT%H:%M:%SZ} an instance was needed, to keep the capacity at {group.desired_capacity}."
    due = CLOCK.monotonic() + (0 if outcome == "Failed" else DIALS.settle)
    told = Activity(str(uuid.uuid4()), group.name, group.arn, what, cause, now, due, outcome, message)
    group.__dict__.setdefault("activities", []).insert(0, told)


# -- launching and terminating -------------------------------------------------------------------------------------


def version_of(group: FakeAutoScalingGroup) -> LaunchTemplateVersion:
    """What the group launches: while a refresh with a desired configuration goes on, that one."""
    return group.__dict__.get("refreshing") or group.ec2_launch_template.get_version(group.launch_template_version)


def launch(group: FakeAutoScalingGroup, version: LaunchTemplateVersion | None = None) -> InstanceState | None:
    """A new instance, or None where EC2 refuses it. An activity tells either way."""
    version = version or version_of(group)
    try:
        within_vcpus(group.ec2_backend, version.instance_type, 1)
        instance = _run(group, version)
    except ServiceException as refused:
        group.refused_at = CLOCK.monotonic()
        message = f"Could not launch On-Demand Instances. {refused.code} - {refused.message} {_FAILED}"
        note(group, "Launching a new EC2 instance.", "Failed", message)
        return None
    instance.autoscaling_group = group
    state = InstanceState(instance, protected_from_scale_in=group.new_instances_protected_from_scale_in)
    state.launched, state.since = version, CLOCK.monotonic()
    _hold(group, state, "InService", _ARRIVING)
    group.instance_states.append(state)
    note(group, f"Launching a new EC2 instance: {instance.id}", "Successful")
    return state


def _run(group: FakeAutoScalingGroup, version: LaunchTemplateVersion) -> Instance:
    subnets = (group.vpc_zone_identifier or "").split(",")
    used = [state.instance.subnet_id for state in standing(group)]
    data = version.data
    tags = {one["Key"]: one["Value"] for one in group.tags if one["PropagateAtLaunch"]}
    volume = [one["Tags"] for one in data.get("TagSpecifications", []) if one["ResourceType"] == "volume"]
    instance = group.ec2_backend.run_instances(
        version.image_id,
        1,
        version.user_data,
        version.security_groups,
        instance_type=version.instance_type,
        is_instance_type_default=False,
        launch_template={"LaunchTemplateId": version.template.id, "Version": str(version.number)},
        metadata_options=data.get("MetadataOptions", {}),
        nics=data.get("NetworkInterfaces", []),
        associate_public_ip=None,  # as the subnet has it
        subnet_id=min(subnets, key=used.count),
        # The group's tags win over the template's, API_CreateAutoScalingGroup: Tags.
        tags={"instance": {**tags, ASG_NAME_TAG: group.name}, "volume": {one["Key"]: one["Value"] for few in volume for one in few}},
    ).instances[0]
    for interface in instance.nics.values():  # which goes with its instance, API_InstanceNetworkInterfaceSpecification
        interface.delete_on_termination = True
    if profile := data.get("IamInstanceProfile"):
        names = {"Name": "iam_instance_profile_name", "Arn": "iam_instance_profile_arn"}
        named = {names[key]: value for key, value in profile.items()}
        group.ec2_backend.associate_iam_instance_profile(instance_id=instance.id, **named)
    return instance


def terminate(group: FakeAutoScalingGroup, state: InstanceState, *, forced: bool = False) -> None:
    """Take an instance out of service, and out of its target groups. `forced`: no lifecycle hook holds it."""
    state.instance.terminate()
    for target_group in _target_groups(group, group.target_group_arns):
        target_group.deregister_terminated_instances([state.instance.id])
    _hold(group, state, "Terminated", "" if forced else _LEAVING)
    note(group, f"Terminating EC2 instance: {state.instance.id}", "Successful")


def _hold(group: FakeAutoScalingGroup, state: InstanceState, aim: str, transition: str) -> None:
    """Let an instance be on its way for as long as it settles, or as a lifecycle hook holds it."""
    hooks = group.autoscaling_backend.lifecycle_hooks.values()
    ours = [hook for hook in hooks if (hook.auto_scaling_group_name, hook.lifecycle_transition) == (group.name, transition)]
    state.held = ":Wait" if ours else ""
    seconds = max((int(hook.heartbeat_timeout) for hook in ours), default=DIALS.settle)
    state.lifecycle = (aim, CLOCK.monotonic() + seconds)


def _get_lifecycle(state: InstanceState) -> str:
    aim, due = state.lifecycle
    going = {"InService": "Pending", "Terminated": "Terminating"}
    return aim if CLOCK.monotonic() >= due or aim not in going else going[aim] + state.__dict__.get("held", "")


def _set_lifecycle(state: InstanceState, aim: str) -> None:
    state.lifecycle = (aim, CLOCK.monotonic())


def _template(state: InstanceState) -> dict[str, Any] | None:
    launched = state.__dict__.get("launched")
    if launched is None:
        return None
    return {"LaunchTemplateId": launched.template.id, "LaunchTemplateName": launched.template.name, "Version": str(launched.number)}


@patch("autoscaling", "CreateAutoScalingGroup", "UpdateAutoScalingGroup", "SetDesiredCapacity", "DescribeAutoScalingGroups",
       adds="instances are Pending before InService and Terminating before they go (`settle`, lifecycle hooks), in the subnets by "
       "turns, of the template version that launched them, with its tags and the group's; a launch that EC2 refuses "
       "(VcpuLimitExceeded by the quotas `vcpus` and `gpu_vcpus`) is tried again; suspended processes stay undone",
       source="EC2 Auto Scaling user guide: ec2-auto-scaling-lifecycle, ts-as-instancelaunchfailure; Service Quotas")  # fmt: skip
def instances_live() -> None:
    first_set, first_replace = FakeAutoScalingGroup.set_desired_capacity, FakeAutoScalingGroup.replace_autoscaling_group_instances

    def set_desired_capacity(self: Any, new: int | None) -> None:
        if not is_ours(self):
            return first_set(self, new)
        self.desired_capacity = self.min_size if new is None else new
        fill(self)

    def replace(self: Any, count: int, tags: dict[str, str]) -> None:
        if not is_ours(self):
            return first_replace(self, count, tags)
        fill(self)

    FakeAutoScalingGroup.set_desired_capacity, FakeAutoScalingGroup.replace_autoscaling_group_instances = set_desired_capacity, replace
    InstanceState.lifecycle_state = property(_get_lifecycle, _set_lifecycle)
    InstanceState.launch_template = property(_template)
    AutoScalingBackend.update_attached_target_groups = lambda self, name: register(self.autoscaling_groups[name])


@patch("autoscaling", "DescribeScalingActivities", adds="what was launched and terminated; Failed with a StatusMessage where EC2 refused it",
       source="API_Activity; EC2 Auto Scaling user guide: ts-as-instancelaunchfailure")  # fmt: skip
def activities_are_told() -> None:
    def describe(self: Any) -> ActionResult:
        name, ids = self._get_param("AutoScalingGroupName"), self._get_param("ActivityIds", [])
        groups = [group for group in self.autoscaling_backend.autoscaling_groups.values() if name in (None, group.name)]
        found = [one for group in groups for one in group.__dict__.get("activities", []) if not ids or one.activity_id in ids]
        return ActionResult({"Activities": found})

    AutoScalingResponse.describe_scaling_activities = describe


# -- target groups -------------------------------------------------------------------------------------------------


def _target_groups(group: FakeAutoScalingGroup, arns: list[str]) -> list[Any]:
    known = group.autoscaling_backend.elbv2_backend.target_groups
    return [known[arn] for arn in arns if arn in known]


def register(group: FakeAutoScalingGroup) -> None:
    if suspended(group, "AddToLoadBalancer"):
        return
    for target_group in _target_groups(group, group.target_group_arns):
        known = target_group.targets.keys() | taken_out(target_group)
        new = [state.instance.id for state in standing(group) if state.instance.id not in known]
        target_group.register([{"Id": id, "Port": target_group.port} for id in new])


@patch("autoscaling", "DetachLoadBalancerTargetGroups", adds="what is not registered is no hindrance",
       source="API_DetachLoadBalancerTargetGroups")  # fmt: skip
def detach_what_is_there() -> None:
    def detach(self: Any, group_name: str, target_group_arns: list[str]) -> None:
        group = self.autoscaling_groups[group_name]
        group.target_group_arns = [arn for arn in group.target_group_arns if arn not in target_group_arns]
        for target_group in _target_groups(group, target_group_arns):
            there = [state.instance.id for state in group.instance_states if state.instance.id in target_group.targets]
            target_group.deregister([{"Id": id} for id in there])

    AutoScalingBackend.detach_load_balancer_target_groups = detach


# -- as time goes by -----------------------------------------------------------------------------------------------


def fill(group: FakeAutoScalingGroup) -> None:
    """Launch what is missing and terminate what is too much, as far as no process is suspended."""
    missing = (group.desired_capacity or 0) - len(standing(group))
    if missing > 0 and not suspended(group, "Launch"):
        for _one in range(missing):
            if launch(group) is None:
                break
    elif missing < 0 and not suspended(group, "Terminate"):
        for state in [state for state in standing(group) if not state.protected_from_scale_in][:-missing]:
            terminate(group, state)
    if group.name in group.autoscaling_backend.autoscaling_groups:
        register(group)


@before("autoscaling", ANY, adds="what is Unhealthy is replaced, by ELB's word too once the grace period is over; a refused launch is "
        "tried again", source="EC2 Auto Scaling user guide: ec2-auto-scaling-health-checks")  # fmt: skip
def replace_and_retry(call: Call) -> None:
    for group in list(groups_of(call).values()):
        deleting = group.__dict__.get("status")
        for state in [] if deleting else standing(group):
            if _ails(group, state) and not suspended(group, "HealthCheck", "ReplaceUnhealthy", "Terminate"):
                terminate(group, state)
        group.instance_states = [state for state in group.instance_states if state.lifecycle_state != "Terminated"]
        waited = CLOCK.monotonic() - group.__dict__.get("refused_at", 0)
        if not deleting and is_ours(group) and waited > max(DIALS.settle, _PATIENCE):
            fill(group)


def _ails(group: FakeAutoScalingGroup, state: InstanceState) -> bool:
    if state.health_status == "Healthy" and "ELB" in group.health_check_type and state.lifecycle_state == "InService":
        grace = group.health_check_grace_period or 0
        for target_group in _target_groups(group, group.target_group_arns):
            health = target_group.health_for({"Id": state.instance.id}, group.ec2_backend)
            if health.status == "unhealthy" and CLOCK.monotonic() - state.__dict__.get("since", 0) > grace:
                state.health_status = "Unhealthy"
    return state.health_status == "Unhealthy"
