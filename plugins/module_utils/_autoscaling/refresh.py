# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An instance refresh, as a state that is wanted: every instance of a fleet runs one version of its launch template.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_StartInstanceRefresh.html
"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import AwsFailure
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.resource import Raw
from .group import AutoScalingGroup
from .group import read_refreshes
from .settings import pinned
from .settings import version_of

#: Our options and AWS's words for them.
PREFERENCES = {
    "min_healthy_percentage": "MinHealthyPercentage",
    "max_healthy_percentage": "MaxHealthyPercentage",
    "instance_warmup": "InstanceWarmup",
    "skip_matching": "SkipMatching",
    "auto_rollback": "AutoRollback",
    "checkpoint_percentages": "CheckpointPercentages",
    "checkpoint_delay": "CheckpointDelay",
}
UNDER_WAY = ("Pending", "InProgress", "Baking")
ENDING = ("Cancelling", "RollbackInProgress")
BROKEN = ("Failed", "Cancelled", "RollbackSuccessful", "RollbackFailed")


class InstanceRefresh:
    """It has no tags, and nothing of it is removed: it goes with its group."""

    TYPE = "autoscaling_instance_refresh"
    MANAGED = ("launch_template_version",)
    IMMUTABLE = CREATE_ONLY = SECRETS = ()
    is_coming = False

    def __init__(self, aws: Aws, params: dict[str, t.Any]):
        self.aws, self.params = aws, params
        self.group = AutoScalingGroup(aws, params)
        self.identity = self.group.identity
        self.id: str | None = None
        self.refresh: Raw = {}

    def describe(self) -> Shape:
        """The version that instances run, or will by a refresh that is under way; of several, one that is not the wanted one."""
        wanted = pinned(self.params["launch_template_version"])
        raw = self.group.find() or {}
        self.id = raw.get("AutoScalingGroupName")
        self.group.raw = raw
        running = [one for one in raw.get("Instances", []) if one["LifecycleState"].startswith(("Pending", "InService"))]
        is_begun = self.refresh and not self.params["wait"]  # which is all that was asked of this run
        if is_begun or not running:  # where nothing runs, the group itself takes it
            return {"launch_template_version": wanted}
        under_way = [one for one in read_refreshes(self.aws, self.identity.name) if one["Status"] in UNDER_WAY]
        coming = [one["DesiredConfiguration"] for one in under_way if "DesiredConfiguration" in one]
        versions = [self._version(one.get("LaunchTemplate", {})) for one in (raw, *running, *coming)]
        return {"launch_template_version": next((one for one in versions if one != wanted), wanted)}

    def _version(self, template: Raw) -> int | str | None:
        """A version of the group's template, or which version of another one."""
        if template.get("LaunchTemplateId") == self._template:
            return version_of(template)
        return f"{template['LaunchTemplateId']} {template.get('Version')}" if template else "none"

    @property
    def _template(self) -> str:
        if "LaunchTemplate" not in self.group.raw:
            raise Refusal(f"{self.identity.name} has no launch template of its own; keep it with autoscaling_group first")
        return self.group.raw["LaunchTemplate"]["LaunchTemplateId"]

    def desired(self, before: Shape | None) -> Shape:
        return {"launch_template_version": pinned(self.params["launch_template_version"])}

    def apply(self, plan: Plan) -> None:
        """Start it, or go on with the one that was started already; one for something else is awaited first."""
        template = {"LaunchTemplateId": self._template, "Version": str(plan.after["launch_template_version"])}

        def begin() -> tuple[bool, str]:
            going = next((one for one in self._refreshes() if one["Status"] in (*UNDER_WAY, *ENDING)), None)
            if going is None:
                self.refresh = self._start(template)
                return bool(self.refresh), "not accepted"
            self.refresh = going
            is_ours = going["Status"] in UNDER_WAY and going.get("DesiredConfiguration", {}).get("LaunchTemplate") == template
            return is_ours, f"kept waiting by another one: {_progress(going)}"

        self.aws.waiter.until(begin, f"the instance refresh of {self.identity.name} to begin", self.aws.timeout)

    def _start(self, template: dict[str, str]) -> Raw:
        """Start a refresh. Its desired configuration is what the group gets in the end, and what makes a rollback possible.

        Where one is in progress, by a reply that was lost or by another's hand, the answer is empty.
        """
        preferences = {field: self.params[key] for key, field in PREFERENCES.items() if self.params[key] is not None}
        protected = self.params["scale_in_protected_instances"].title()
        return self.aws.call(
            "autoscaling",
            "start_instance_refresh",
            AutoScalingGroupName=self.identity.name,
            DesiredConfiguration={"LaunchTemplate": template},
            Preferences={**preferences, "ScaleInProtectedInstances": protected, "StandbyInstances": "Ignore"},
            settled=("InstanceRefreshInProgress",),
            busy=("ResourceContention",),
        )

    def _refreshes(self, **which: t.Any) -> list[Raw]:
        """What AWS says of the group's refreshes by now, newest first."""
        self.aws.forget()
        return read_refreshes(self.aws, self.identity.name, **which)

    def wait(self, plan: Plan) -> None:
        """Until it succeeded. Where it did not, say why, and what the fleet runs now."""

        def look() -> tuple[bool, str]:
            self.refresh = next(iter(self._refreshes(InstanceRefreshIds=[self.refresh["InstanceRefreshId"]])), self.refresh)
            if self.refresh.get("Status") in BROKEN:
                raise AwsFailure(self._failure())
            return self.refresh.get("Status") == "Successful", _progress(self.refresh)

        self.aws.waiter.until(look, f"the instance refresh of {self.identity.name} to succeed", self.aws.timeout)

    def _failure(self) -> str:
        launch = next((one.get("StatusMessage") for one in self.group.launch_failures() if _since(one, self.refresh)), None)
        reasons = [self.refresh.get("StatusReason"), self.refresh.get("RollbackDetails", {}).get("RollbackReason"), launch]
        why = " ".join(dict.fromkeys(filter(None, reasons))) or "AWS gives no reason"
        return f"the instance refresh of {self.identity.name} is {self.refresh['Status']}: {why} ({OUTCOMES[self.refresh['Status']]})"

    def facts(self) -> dict[str, t.Any]:
        refresh = {"id": self.refresh.get("InstanceRefreshId"), "status": self.refresh.get("Status")}
        return {"refresh": {**refresh, "percentage": self.refresh.get("PercentageComplete")} if self.refresh else None}

    def retired(self) -> list:
        return []

    def makes_first(self, plan: Plan) -> bool:
        return False


#: What each end means for the fleet.
OUTCOMES = {
    "Failed": "some instances may run the new version: mend it and run again, or give the earlier version",
    "Cancelled": "some instances may run the new version: run again to go on",
    "RollbackSuccessful": "all instances run the earlier version again: mend the new one and run again",
    "RollbackFailed": "instances of both versions may run: mend the launch template and run again",
}


def _progress(refresh: Raw) -> str:
    return f"{refresh.get('Status', 'Pending')} at {refresh.get('PercentageComplete', 0)} %"


def _since(activity: Raw, refresh: Raw) -> bool:
    return activity["StartTime"] >= refresh.get("StartTime", activity["StartTime"])
