# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A deployment group: where, and how, revisions of an application are deployed, in place.

https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeploymentGroup.html
"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import tag_dict
from .._aws import tag_list
from .._core.plan import Plan
from .._core.plan import Shape
from .._core.resource import Raw
from .._core.resource import Tags
from .base import CodeDeployResource
from .base import MISSING
from .base import tagged

WITH, WITHOUT = "WITH_TRAFFIC_CONTROL", "WITHOUT_TRAFFIC_CONTROL"
LISTS = ("autoscaling_groups", "target_groups", "auto_rollback", "alarms")
#: What is said of a role that was just made, or just given its policies: it cannot be assumed, or may not do enough.
LAGGING = (("InvalidRoleException", ""),)


class DeploymentGroup(CodeDeployResource):
    TYPE, NAME, PARENT = "codedeploy_deployment_group", "deploymentGroupName", "application"
    MANAGED = ("service_role_arn", "deployment_config", *LISTS, "traffic_control", "alarms_enabled", "termination_hook")

    # -- finding -----------------------------------------------------------------------------------------------

    @staticmethod
    def resource_of(raw: Raw) -> str:
        return f"deploymentgroup:{raw['applicationName']}/{raw['deploymentGroupName']}"

    @property
    def _names(self) -> dict[str, str]:
        return {"applicationName": self.parent or "", "deploymentGroupName": self.identity.name}

    def get(self) -> Raw | None:
        return self.aws.find("codedeploy", "get_deployment_group", "deploymentGroupInfo", *MISSING, **self._names)

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterator[tuple[Raw, Tags]]:
        # The tags of each group of each application: whose the application is says nothing of its groups.
        for application in aws.read("codedeploy", "list_applications", "applications"):
            names = aws.find("codedeploy", "list_deployment_groups", "deploymentGroups", *MISSING, applicationName=application) or []
            for name in names:
                raw: Raw = {"applicationName": application, cls.NAME: name}
                raw = tagged(aws, cls.resource_of(raw), raw)
                yield raw, tag_dict(raw["Tags"])

    @classmethod
    def parent_of(cls, raw: Raw) -> dict[str, t.Any]:
        return {"application": raw["applicationName"]}

    # -- shapes ------------------------------------------------------------------------------------------------

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        rollback, alarms = raw.get("autoRollbackConfiguration", {}), raw.get("alarmConfiguration", {})
        return {
            "service_role_arn": raw["serviceRoleArn"],
            "deployment_config": raw["deploymentConfigName"],
            "autoscaling_groups": _names_in(raw.get("autoScalingGroups")),
            "target_groups": _names_in(raw.get("loadBalancerInfo", {}).get("targetGroupInfoList")),
            "traffic_control": raw.get("deploymentStyle", {}).get("deploymentOption") == WITH,
            "auto_rollback": sorted(rollback.get("events", [])) if rollback.get("enabled") else [],
            "alarms": _names_in(alarms.get("alarms")),
            "alarms_enabled": alarms.get("enabled", False),
            "termination_hook": raw.get("terminationHookEnabled", False),
        }

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        wanted |= {key: sorted(set(wanted[key])) for key in LISTS if wanted[key] is not None}
        # Whoever names target groups, or alarms, wants them used, unless the switch says otherwise.
        for switch, names in (("traffic_control", wanted["target_groups"]), ("alarms_enabled", wanted["alarms"])):
            if wanted[switch] is None and names is not None:
                wanted[switch] = bool(names)
        return wanted

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, after: Shape) -> None:
        settled = ("DeploymentGroupAlreadyExistsException",)
        spec = {**self._names, "tags": tag_list(after["tags"]), **self._spec(after, [key for key in self.MANAGED if key in after])}
        self.aws.call("codedeploy", "create_deployment_group", settled=settled, lagging=LAGGING, **spec)

    def update(self, plan: Plan) -> None:
        spec = self._spec(plan.after, plan.keys)
        if spec:
            names = {"applicationName": self.parent, "currentDeploymentGroupName": self.identity.name}
            answer = self.aws.call("codedeploy", "update_deployment_group", lagging=LAGGING, **names, **spec)
            self._tell_of_hooks(answer)

    def delete(self) -> None:
        answer = self.aws.call("codedeploy", "delete_deployment_group", **self._names)  # of one that is not there it says nothing
        self._tell_of_hooks(answer)

    def _spec(self, after: Shape, keys: t.Collection[str]) -> dict[str, t.Any]:
        """The arguments that set ``keys``. AWS replaces each argument as a whole, so what belongs together is sent together."""
        spec: dict[str, t.Any] = {}
        plain = {
            "service_role_arn": "serviceRoleArn",
            "deployment_config": "deploymentConfigName",
            "autoscaling_groups": "autoScalingGroups",
            "termination_hook": "terminationHookEnabled",
        }
        spec |= {argument: after[key] for key, argument in plain.items() if key in keys}
        if {"target_groups", "traffic_control"} & set(keys):
            groups = [{"name": name} for name in after.get("target_groups") or []]
            spec["deploymentStyle"] = {"deploymentType": "IN_PLACE", "deploymentOption": WITH if after.get("traffic_control") else WITHOUT}
            spec["loadBalancerInfo"] = {"targetGroupInfoList": groups} if groups else {}
        if "auto_rollback" in keys:
            events = after["auto_rollback"]
            spec["autoRollbackConfiguration"] = {"enabled": True, "events": events} if events else {"enabled": False}
        if {"alarms", "alarms_enabled"} & set(keys):
            alarms = [{"name": name} for name in after.get("alarms") or []]
            standing = self.raw.get("alarmConfiguration", {})  # whether deployments go on while alarms cannot be read is not ours
            spec["alarmConfiguration"] = {**standing, "enabled": bool(after.get("alarms_enabled")), "alarms": alarms}
        return spec

    def _tell_of_hooks(self, answer: dict[str, t.Any]) -> None:
        """A hook that CodeDeploy could not take out of an autoscaling group lets every launch there time out."""
        left = _names_in(answer.get("hooksNotCleanedUp"))
        if left:
            raise AwsFailure(
                f"CodeDeploy could not take its lifecycle hooks out of {', '.join(left)}, where launches now wait for nobody;"
                f" delete the hooks named CodeDeploy-managed-... there (autoscaling delete-lifecycle-hook), and see that the service role may do so"
            )

    def facts(self) -> dict[str, t.Any]:
        last = self.raw.get("lastSuccessfulDeployment", {})
        return {"application": self.parent, "deployment_group_id": self.raw.get("deploymentGroupId"), "last_deployment": last.get("deploymentId")}


def _names_in(found: list[dict[str, t.Any]] | None) -> list[str]:
    return sorted(one["name"] for one in found or [])
