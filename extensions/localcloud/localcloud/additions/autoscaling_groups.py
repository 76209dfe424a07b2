# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2 Auto Scaling: what a group may be, what it keeps, and how it goes."""
from __future__ import annotations

from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, autoscaling_backends
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import EmptyResult
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from ..call import Call
from ..clock import CLOCK
from ..dials import DIALS
from ..ec2_kinds import backend_of, found
from ..replies import AwsError, Reply
from . import ANY, after, before, patch
from .autoscaling_instances import groups_of, register, terminate

_DELETING = "Delete in progress"
_HEALTH = {"EC2", "EBS", "ELB", "VPC_LATTICE"}
_POLICIES = {
    "Default", "AllocationStrategy", "ClosestToNextInstanceHour", "NewestInstance", "OldestInstance",
    "OldestLaunchConfiguration", "OldestLaunchTemplate",
}  # fmt: skip
#: What moto does not keep: the parameter, the group's attribute, and the value that clears it.
_KEPT = {
    "DefaultInstanceWarmup": ("default_instance_warmup", -1),
    "MaxInstanceLifetime": ("max_instance_lifetime", 0),
    "CapacityRebalance": ("capacity_rebalance", None),
    "TerminationPolicies": ("termination_policies", None),
    "DeletionProtection": ("deletion_protection", None),
    "InstanceMaintenancePolicy": ("instance_maintenance_policy", {"MinHealthyPercentage": -1, "MaxHealthyPercentage": -1}),
}
# All but the warm pool's, API_EnableMetricsCollection
_METRICS = [
    f"Group{what}"
    for what in (
        "MinSize", "MaxSize", "DesiredCapacity", "InServiceInstances", "PendingInstances", "StandbyInstances", "TerminatingInstances",
        "TotalInstances", "InServiceCapacity", "PendingCapacity", "StandbyCapacity", "TerminatingCapacity", "TotalCapacity",
    )
]  # fmt: skip
# What names no group, makes one, or finds none without complaint; and the policies, which are a file of their own.
_NEED_NO_GROUP = {"CreateAutoScalingGroup", "DescribeScalingActivities", "DescribeScheduledActions", "DescribePolicies"}


def _invalid(text: str) -> AwsError:
    return AwsError("ValidationError", text)


@before("autoscaling", ANY, adds="the group that is named must exist; one that is being deleted takes no change, and is gone once it has "
        "settled, with its policies and hooks", source="API_DeleteAutoScalingGroup; CommonErrors: ValidationError")  # fmt: skip
def group_must_stand(call: Call) -> None:
    backend = autoscaling_backends[call.account][call.region]
    for group in [one for one in groups_of(call).values() if one.__dict__.get("status")]:
        if CLOCK.monotonic() >= group.gone_at and all(state.lifecycle_state == "Terminated" for state in group.instance_states):
            del backend.autoscaling_groups[group.name]
    name = call.params.get("AutoScalingGroupName")
    if not name or call.operation in _NEED_NO_GROUP:
        return
    group = groups_of(call).get(name)
    if group is None:
        raise _invalid(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    if group.__dict__.get("status") and call.mutating and call.operation != "DeleteAutoScalingGroup":
        raise _invalid(f"AutoScalingGroup '{name}' may not be modified while it is pending delete")


@before("autoscaling", "CreateAutoScalingGroup", adds="AlreadyExists for a name that is taken, or pending delete; no "
        "colon in it", source="API_CreateAutoScalingGroup")  # fmt: skip
def one_group_a_name(call: Call) -> None:
    name = call.params["AutoScalingGroupName"]
    if ":" in name:
        raise _invalid(f"Group name '{name}' cannot contain a colon")
    if group := groups_of(call).get(name):
        text = f"AutoScalingGroup by this name already exists - A group with the name {name} already exists"
        raise AwsError("AlreadyExists", text + (" and is pending delete" if group.__dict__.get("status") else ""))


@before("autoscaling", "CreateAutoScalingGroup", "UpdateAutoScalingGroup", adds="sizes in order; template, version, instance profile and subnets "
        "exist; values of health checks, termination policies, lifetime and maintenance policy",
        source="API_CreateAutoScalingGroup; EC2 Auto Scaling user guide: ts-as-launch-template")  # fmt: skip
def check_group(call: Call) -> None:
    params, group = call.params, groups_of(call).get(call.params["AutoScalingGroupName"])
    least, most = (params.get(key, getattr(group, attribute, 0)) for key, attribute in (("MinSize", "min_size"), ("MaxSize", "max_size")))
    if least > most:
        raise _invalid(f"Max bound, {most}, must be greater than or equal to min bound, {least}")
    if not least <= params.get("DesiredCapacity", least) <= most:
        text = f"Desired capacity:{params['DesiredCapacity']} must be between the specified min size:{least} and max size:{most}"
        raise _invalid(text)
    check_template(call, params.get("LaunchTemplate"))
    _check_network(call)
    if unknown := set(params.get("HealthCheckType", "EC2").split(",")) - _HEALTH:
        raise _invalid(f"HealthCheckType is not valid: {', '.join(unknown)}")
    if unknown := {one for one in params.get("TerminationPolicies", []) if not one.startswith("arn:")} - _POLICIES:
        raise _invalid(f"Termination policies are not valid: {', '.join(unknown)}")
    if 0 < params.get("MaxInstanceLifetime", 0) < 86400:
        raise _invalid("MaxInstanceLifetime must be 0, or at least 86400 seconds")
    policy = params.get("InstanceMaintenancePolicy", {})
    low, high = policy.get("MinHealthyPercentage"), policy.get("MaxHealthyPercentage")
    if policy and (low is None or high is None or (low, high) != (-1, -1) and not 0 <= low <= 100 <= high <= min(200, low + 100)):
        raise _invalid("MinHealthyPercentage (0 to 100) and MaxHealthyPercentage (100 to 200) go together, and differ by 100 at most")


def check_template(call: Call, template: dict[str, Any] | None) -> None:
    """Refuse a launch template that cannot be used."""
    if not template:
        return
    backend = backend_of(call)
    try:
        name = template.get("LaunchTemplateName")
        known = backend.get_launch_template_by_name(name) if name else backend.get_launch_template(template["LaunchTemplateId"])
        version = known.get_version(template.get("Version") or "$Default")
        _check_profile(call, version.data.get("IamInstanceProfile", {}))
    except ServiceException as refused:
        raise _invalid(f"You must use a valid fully-formed launch template. {refused.message}") from refused


def _check_profile(call: Call, profile: dict[str, str]) -> None:
    known = iam_backends[call.account][get_partition(call.region)].get_instance_profiles()
    for key, value in profile.items():
        if value not in {one.arn if key == "Arn" else one.name for one in known}:
            what = {"Arn": "ARN", "Name": "name"}[key]
            text = f"Value ({value}) for parameter iamInstanceProfile.{key.lower()} is invalid. Invalid IAM Instance Profile {what}"
            raise AwsError("InvalidParameterValue", text)


def _check_network(call: Call) -> None:
    for subnet in filter(None, call.params.get("VPCZoneIdentifier", "").split(",")):
        unknown = _invalid(f"The subnet ID '{subnet}' does not exist")
        try:
            found(call, subnet)
        except AwsError:
            raise unknown from None


@before("autoscaling", "CreateAutoScalingGroup", "AttachLoadBalancerTargetGroups", adds="target groups exist", source="API_CreateAutoScalingGroup")
def target_groups_exist(call: Call) -> None:
    known = elbv2_backends[call.account][call.region].target_groups
    for arn in call.params.get("TargetGroupARNs", []):
        if arn not in known:
            raise _invalid(f"Provided Target Groups may not be valid. Please ensure they exist and try again. ({arn})")


@after("autoscaling", "CreateAutoScalingGroup", "UpdateAutoScalingGroup", adds="warm-up, lifetime, maintenance policy, rebalancing, termination "
       "policies and deletion protection are kept; the grace period is 0 unless given", source="API_AutoScalingGroup")  # fmt: skip
def keep_settings(call: Call, reply: Reply) -> None:
    group = groups_of(call)[call.params["AutoScalingGroupName"]]
    for name, (attribute, cleared) in _KEPT.items():
        if name in call.params:
            setattr(group, attribute, None if call.params[name] == cleared else call.params[name])
    if call.operation == "CreateAutoScalingGroup":
        group.health_check_grace_period = call.params.get("HealthCheckGracePeriod", 0)


@before("autoscaling", "DeleteAutoScalingGroup", adds="ResourceInUse while it has instances and is not forced; its deletion protection",
        source="API_DeleteAutoScalingGroup; API_CreateAutoScalingGroup: DeletionProtection")  # fmt: skip
def delete_empty_or_forced(call: Call) -> None:
    group, forced = groups_of(call)[call.params["AutoScalingGroupName"]], call.params.get("ForceDelete")
    if group.__dict__.get("deletion_protection") in ("prevent-all-deletion", "prevent-force-deletion" if forced else ""):
        raise AwsError("ResourceInUse", f"The deletion protection of {group.name} is {group.deletion_protection}")
    if not forced and group.instance_states:
        text = "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group."
        raise AwsError("ResourceInUse", text)


@patch("autoscaling", "DeleteAutoScalingGroup", adds="`settle`: `Delete in progress` while its instances go, protected or held ones too",
       source="API_DeleteAutoScalingGroup: ForceDelete")  # fmt: skip
def groups_take_their_leave() -> None:
    def delete(self: Any, group_name: str) -> None:
        group = self.autoscaling_groups[group_name]
        for state in group.instance_states:
            if state.lifecycle_state.startswith("Terminat"):
                state.lifecycle = ("Terminated", CLOCK.monotonic() + DIALS.settle)  # no hook holds it any more
            else:
                terminate(group, state, forced=True)
        if not group.__dict__.get("status"):
            group.status, group.gone_at = _DELETING, CLOCK.monotonic() + DIALS.settle
        self.policies = {key: one for key, one in self.policies.items() if one.auto_scaling_group_name != group_name}
        self.lifecycle_hooks = {key: one for key, one in self.lifecycle_hooks.items() if one.auto_scaling_group_name != group_name}

    AutoScalingBackend.delete_auto_scaling_group = delete


@patch("autoscaling", "EnableMetricsCollection", "DisableMetricsCollection", adds="all metrics unless some are named; and they can be disabled",
       source="API_EnableMetricsCollection, API_DisableMetricsCollection")  # fmt: skip
def metrics_come_and_go() -> None:
    def enable(self: Any, metrics: list[str] | None) -> None:
        self.metrics = sorted({*self.metrics, *(metrics or _METRICS)})

    def disable(self: Any) -> EmptyResult:
        group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
        gone = self._get_param("Metrics") or group.metrics
        group.metrics = [one for one in group.metrics if one not in gone]
        return EmptyResult()

    FakeAutoScalingGroup.enable_metrics_collection = enable
    AutoScalingResponse.disable_metrics_collection = disable


@before("autoscaling", "CreateOrUpdateTags", "DeleteTags", adds="the group that is tagged must exist; no `aws:`", source="API_CreateOrUpdateTags")
def tag_what_exists(call: Call) -> None:
    for tag in call.params["Tags"]:
        if tag.get("ResourceId") not in groups_of(call):
            raise _invalid(f"AutoScalingGroup name not found - AutoScalingGroup '{tag.get('ResourceId')}' not found")
        if tag["Key"].lower().startswith("aws:"):
            raise _invalid(f"Tag key '{tag['Key']}' is reserved")


@after("autoscaling", "ResumeProcesses", adds="what was suspended is done at once", source="EC2 Auto Scaling user guide: as-suspend-resume-processes")
def catch_up(call: Call, reply: Reply) -> None:
    group = groups_of(call)[call.params["AutoScalingGroupName"]]
    group.set_desired_capacity(group.desired_capacity)
    register(group)
