# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2 Auto Scaling: instance refreshes, which moto lacks. They replace instances one by one, fail, and roll back."""
from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.ec2.models.launch_templates import LaunchTemplateVersion

from ..call import Call
from ..clock import CLOCK
from ..dials import DIALS
from ..replies import AwsError
from . import ANY, before, patch
from .autoscaling_groups import check_template
from .autoscaling_instances import groups_of, launch, register, standing, suspended, terminate

_ACTIVE = ("Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress")
_MOVING = ("$Latest", "$Default")
_REASON = "The instance refresh failed because replacement instances could not be launched."


@dataclass
class Refresh:
    """An instance refresh as DescribeInstanceRefreshes tells it. `wanted` and `earlier` are template versions."""

    auto_scaling_group_name: str
    wanted: LaunchTemplateVersion
    earlier: LaunchTemplateVersion
    desired_configuration: dict[str, Any] | None
    preferences: dict[str, Any]
    todo: list[InstanceState]
    instance_refresh_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    start_time: datetime = field(default_factory=lambda: datetime.now(UTC))
    end_time: datetime | None = None
    status: str = "Pending"
    status_reason: str | None = None
    due: float = field(default_factory=lambda: CLOCK.monotonic() + DIALS.settle)
    total: int = 0
    coming: InstanceState | None = None
    passed: int = 0  # checkpoints

    @property
    def instances_to_update(self) -> int:
        return len(self.todo)

    @property
    def percentage_complete(self) -> int:
        return 100 * (self.total - len(self.todo)) // self.total if self.total else 100

    def end(self, status: str, reason: str | None = None) -> None:
        self.status, self.end_time = status, datetime.now(UTC)
        self.status_reason = reason or self.status_reason


def refreshes_of(group: FakeAutoScalingGroup) -> list[Refresh]:
    """Newest first."""
    return group.__dict__.setdefault("refreshes", [])


def active(group: FakeAutoScalingGroup) -> Refresh | None:
    return next((one for one in refreshes_of(group) if one.status in _ACTIVE), None)


# -- what is refused -----------------------------------------------------------------------------------------------


@before("autoscaling", "StartInstanceRefresh", adds="InstanceRefreshInProgress; a rollback needs a desired configuration and numbered versions; "
        "checkpoints in order; template and version exist", source="API_StartInstanceRefresh, API_RefreshPreferences")  # fmt: skip
def check_refresh(call: Call) -> None:
    group, preferences = groups_of(call)[call.params["AutoScalingGroupName"]], call.params.get("Preferences", {})
    if active(group):
        text = "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh."
        raise AwsError("InstanceRefreshInProgress", text)
    template = call.params.get("DesiredConfiguration", {}).get("LaunchTemplate")
    check_template(call, template)
    if preferences.get("AutoRollback") and (not template or {template.get("Version"), group.launch_template_version} & {None, *_MOVING}):
        text = "AutoRollback needs a desired configuration, and numbered versions in it and in the group"
        raise AwsError("ValidationError", text)
    points = preferences.get("CheckpointPercentages", [])
    if sorted(set(points)) != points or "CheckpointDelay" in preferences and not points:
        raise AwsError("ValidationError", "CheckpointPercentages must ascend, and CheckpointDelay goes with them")
    if "MaxHealthyPercentage" in preferences and "MinHealthyPercentage" not in preferences:
        raise AwsError("ValidationError", "MaxHealthyPercentage goes with MinHealthyPercentage")


@before("autoscaling", "CancelInstanceRefresh", "RollbackInstanceRefresh", adds="ActiveInstanceRefreshNotFound; IrreversibleInstanceRefresh "
        "without a desired configuration, or with a version that moves", source="API_CancelInstanceRefresh, API_RollbackInstanceRefresh")  # fmt: skip
def check_end_of_refresh(call: Call) -> None:
    group = groups_of(call)[call.params["AutoScalingGroupName"]]
    refresh = active(group)
    if refresh is None:
        raise AwsError("ActiveInstanceRefreshNotFound", f"No in progress or pending Instance Refresh found for {group.name}")
    irreversible = not refresh.desired_configuration or group.launch_template_version in _MOVING
    if call.operation == "RollbackInstanceRefresh" and (irreversible or refresh.status == "RollbackInProgress"):
        raise AwsError("IrreversibleInstanceRefresh", "The instance refresh cannot be rolled back")


@before("autoscaling", "AttachLoadBalancerTargetGroups", "DetachLoadBalancerTargetGroups", adds="InstanceRefreshInProgress while a refresh with a "
        "desired configuration goes on", source="API_AttachLoadBalancerTargetGroups")  # fmt: skip
def no_change_while_refreshing(call: Call) -> None:
    refresh = active(groups_of(call)[call.params["AutoScalingGroupName"]])
    if refresh and refresh.desired_configuration:
        raise AwsError("InstanceRefreshInProgress", "An instance refresh with a desired configuration is in progress")


# -- as time goes by -----------------------------------------------------------------------------------------------


@before("autoscaling", ANY, adds="an instance refresh goes on: one instance after another is terminated and replaced, each once the one before it "
        "is in service; where EC2 refuses the new one it fails, or rolls back", source="API_InstanceRefresh: Status")  # fmt: skip
def go_on(call: Call) -> None:
    for group in list(groups_of(call).values()):
        refresh = active(group)
        if refresh and group.__dict__.get("status"):
            refresh.end("Cancelled", "The group is being deleted")
        elif refresh and not suspended(group, "InstanceRefresh"):
            while _step(group, refresh):
                pass


def _step(group: FakeAutoScalingGroup, refresh: Refresh) -> bool:
    """Do the next thing of a refresh; whether there may be more to do at once."""
    if CLOCK.monotonic() < refresh.due or refresh.coming and refresh.coming.lifecycle_state.startswith("Pending"):
        return False
    if refresh.status == "Cancelling":
        refresh.end("Cancelled", "Cancelled by user")
    elif refresh.status == "RollbackInProgress":
        return _replace(group, refresh, refresh.earlier, lambda: refresh.end("RollbackSuccessful"), lambda: refresh.end("RollbackFailed"))
    elif not _paused(refresh):
        refresh.status = "InProgress"
        return _replace(group, refresh, refresh.wanted, lambda: _succeed(group, refresh), lambda: _fail(group, refresh))
    if refresh.status not in _ACTIVE:
        group.refreshing = None
    return False


def _replace(
    group: FakeAutoScalingGroup, refresh: Refresh, version: LaunchTemplateVersion, done: Callable[[], None], failed: Callable[[], None]
) -> bool:
    refresh.todo = [state for state in refresh.todo if state in standing(group)]
    if not refresh.todo:
        done()
        return False
    old = refresh.todo.pop(0)
    terminate(group, old)
    refresh.coming = launch(group, version)
    if refresh.coming is None:
        failed()
    register(group)
    return refresh.status in _ACTIVE


def _paused(refresh: Refresh) -> bool:
    """Whether a checkpoint was reached just now, and is not yet over."""
    points = refresh.preferences.get("CheckpointPercentages", [])[refresh.passed :]
    if not points or not refresh.todo or refresh.percentage_complete < points[0]:
        return False
    refresh.passed += 1
    refresh.due = CLOCK.monotonic() + refresh.preferences.get("CheckpointDelay", 3600)
    return True


def _succeed(group: FakeAutoScalingGroup, refresh: Refresh) -> None:
    refresh.end("Successful")
    group.refreshing = None
    group.ec2_launch_template = refresh.wanted.template
    if refresh.desired_configuration:
        group.launch_template_version = group.provided_launch_template_version = refresh.desired_configuration["LaunchTemplate"].get("Version")


def _fail(group: FakeAutoScalingGroup, refresh: Refresh) -> None:
    if refresh.preferences.get("AutoRollback"):
        roll_back(group, refresh, _REASON)
    else:
        refresh.end("Failed", _REASON)
        group.refreshing = None


def roll_back(group: FakeAutoScalingGroup, refresh: Refresh, reason: str) -> None:
    """Replace what was replaced, by the version that the group had before."""
    refresh.status, refresh.status_reason, group.refreshing = "RollbackInProgress", reason, None
    new = [state for state in standing(group) if state.__dict__.get("launched") is not refresh.earlier]
    refresh.todo, refresh.coming, refresh.due = new, None, CLOCK.monotonic() + DIALS.settle


# -- the operations ------------------------------------------------------------------------------------------------


def _start(group: FakeAutoScalingGroup, asked: dict[str, Any], preferences: dict[str, Any]) -> Refresh:
    earlier = group.ec2_launch_template.get_version(group.launch_template_version)
    template = asked.get("LaunchTemplate", {})
    known = group.ec2_backend.get_launch_template(template["LaunchTemplateId"]) if template else None
    wanted = known.get_version(template["Version"]) if known else earlier
    skip = preferences.get("SkipMatching")
    todo = [state for state in standing(group) if not (skip and state.__dict__.get("launched") is wanted)]
    refresh = Refresh(group.name, wanted, earlier, asked or None, preferences, todo, total=len(todo))
    group.refreshing = wanted if asked else None
    refreshes_of(group).insert(0, refresh)
    return refresh


@patch("autoscaling", "StartInstanceRefresh", "DescribeInstanceRefreshes", "CancelInstanceRefresh", "RollbackInstanceRefresh",
       adds="the operations: `settle`: Pending, InProgress with its percentage, Successful, after which the group has the desired configuration",
       source="API_StartInstanceRefresh, API_DescribeInstanceRefreshes")  # fmt: skip
def refreshes_exist() -> None:
    def group_of(self: Any) -> FakeAutoScalingGroup:
        return self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]

    def answer(refresh: Refresh) -> ActionResult:
        return ActionResult({"InstanceRefreshId": refresh.instance_refresh_id})

    def start(self: Any) -> ActionResult:
        return answer(_start(group_of(self), self._get_param("DesiredConfiguration", {}), self._get_param("Preferences", {})))

    def describe(self: Any) -> ActionResult:
        ids = self._get_param("InstanceRefreshIds", [])
        return ActionResult({"InstanceRefreshes": [one for one in refreshes_of(group_of(self)) if not ids or one.instance_refresh_id in ids]})

    def cancel(self: Any) -> ActionResult:
        refresh = active(group_of(self))
        refresh.status, refresh.due = "Cancelling", CLOCK.monotonic() + DIALS.settle
        return answer(refresh)

    def rollback(self: Any) -> ActionResult:
        refresh = active(group_of(self))
        roll_back(group_of(self), refresh, "Rolled back by user")
        return answer(refresh)

    AutoScalingResponse.start_instance_refresh, AutoScalingResponse.describe_instance_refreshes = start, describe
    AutoScalingResponse.cancel_instance_refresh, AutoScalingResponse.rollback_instance_refresh = cancel, rollback
