# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CodeDeploy's applications and deployment groups: changed, removed, listed by pages, and checked."""
from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, autoscaling_backends
from moto.codedeploy import responses
from moto.codedeploy.models import CodeDeployBackend, DeploymentGroup, codedeploy_backends
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores
from moto.iam.models import iam_backends

from ..call import Call
from ..replies import AwsError
from . import before, last, patch

PAGE = 100
IN_PLACE = {"deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"}
CONFIGS = {f"CodeDeployDefault.{name}" for name in ("OneAtATime", "HalfAtATime", "AllAtOnce")}
_KEEPING = ("CreateDeploymentGroup", "UpdateDeploymentGroup")
_ARN = re.compile(r"arn:[^:]+:codedeploy:[^:]*:\d{12}:(application|deploymentgroup):([^/]+)(?:/(.+))?$")


def backend_of(call: Call) -> CodeDeployBackend:
    return codedeploy_backends[call.account][call.region]


def operation(name: str, answer: Callable[[CodeDeployBackend, dict[str, Any]], dict[str, Any]]) -> None:
    """Let moto answer an operation that it lacks, or answers short, by `answer(backend, params)`."""

    def method(self: responses.CodeDeployResponse) -> ActionResult:
        return ActionResult(answer(self.codedeploy_backend, self._get_params()))

    setattr(responses.CodeDeployResponse, camelcase_to_underscores(name), method)


def page(field: str, listed: Callable[..., list[str]]) -> Callable[[CodeDeployBackend, dict[str, Any]], dict[str, Any]]:
    """Answer a list by pages; the token is where the next one begins."""

    def answer(backend: CodeDeployBackend, params: dict[str, Any]) -> dict[str, Any]:
        token = params.get("nextToken") or "0"
        if not token.isdigit():
            raise AwsError("InvalidNextTokenException", "The next token was specified in an invalid format.")
        found, end = listed(backend, params), int(token) + PAGE
        more = {"nextToken": str(end)} if end < len(found) else {}
        return {field: found[int(token) : end], **more}

    return answer


def groups_of(backend: CodeDeployBackend, application: str) -> dict[str, DeploymentGroup]:
    """The groups of an application by name. Raises AwsError where there is no such application."""
    if application not in backend.applications:
        raise AwsError("ApplicationDoesNotExistException", f"No application found for name: {application}")
    return backend.deployment_groups.setdefault(application, {})


@patch("codedeploy", "UpdateApplication", "DeleteApplication", "UpdateDeploymentGroup", "DeleteDeploymentGroup",
       "BatchGetDeploymentGroups", adds="there they are; who deletes what is not there has done so; without its role a group leaves its "
       "hooks in the autoscaling groups", source="API_UpdateDeploymentGroup, API_DeleteDeploymentGroup, API_DeleteApplication")  # fmt: skip
def change_and_remove() -> None:
    operation("UpdateApplication", _rename_application)
    operation("DeleteApplication", _delete_application)
    operation("UpdateDeploymentGroup", _update_group)
    operation("DeleteDeploymentGroup", _delete_group)
    operation("BatchGetDeploymentGroups", _batch_get_groups)


@patch("codedeploy", "ListApplications", "ListDeploymentGroups", adds="pages of a hundred, and InvalidNextTokenException",
       source="API_ListApplications, API_ListDeploymentGroups")  # fmt: skip
def list_by_pages() -> None:
    operation("ListApplications", page("applications", lambda backend, _params: sorted(backend.applications)))
    groups = page("deploymentGroups", lambda backend, params: sorted(groups_of(backend, params["applicationName"])))
    operation("ListDeploymentGroups", lambda backend, params: groups(backend, params) | {"applicationName": params["applicationName"]})


@patch("codedeploy", "GetDeploymentGroup", adds="the autoscaling groups with their hooks, the alarms, and what holds by default",
       source="API_DeploymentGroupInfo")  # fmt: skip
def say_the_whole_group() -> None:
    first = responses._deployment_group_info

    def say(group: DeploymentGroup) -> dict[str, Any]:
        said = {key: value for key, value in first(group).items() if value not in (None, {})}
        return said | {
            "autoScalingGroups": _hooked(group, group.auto_scaling_groups),
            "alarmConfiguration": group.alarm_configuration or {"enabled": False, "alarms": []},
            "deploymentStyle": IN_PLACE | group.deployment_style,
            "outdatedInstancesStrategy": group.outdated_instances_strategy or "UPDATE",
            "terminationHookEnabled": bool(group.termination_hook_enabled),
        }

    responses._deployment_group_info = say


def _hooked(group: DeploymentGroup, fleets: list[str]) -> list[dict[str, str]]:
    hook = f"CodeDeploy-managed-automatic-launch-deployment-hook-{group.deployment_group_name}-{group.deployment_group_id}"
    return [{"name": name, "hook": hook} for name in fleets]


def _left_behind(backend: CodeDeployBackend, group: DeploymentGroup, fleets: list[str]) -> dict[str, Any]:
    """Hooks are taken out of fleets in the name of the service role; without it they stay."""
    return {"hooksNotCleanedUp": [] if role_of(backend, group.service_role_arn) else _hooked(group, fleets)}


def _rename_application(backend: CodeDeployBackend, params: dict[str, Any]) -> dict[str, Any]:
    old, new = params.get("applicationName", ""), params.get("newApplicationName")
    application = backend.get_application(old)
    if new and new != old:
        if new in backend.applications:
            raise AwsError("ApplicationAlreadyExistsException", f"The application {new} already exists with the user or AWS account.")
        application.application_name = new
        backend.applications[new] = backend.applications.pop(old)
        backend.deployment_groups[new] = backend.deployment_groups.pop(old, {})
        _move_tags(backend, backend._application_arn(old), backend._application_arn(new))
    return {}


def _delete_application(backend: CodeDeployBackend, params: dict[str, Any]) -> dict[str, Any]:
    name = params["applicationName"]
    for group in list(backend.deployment_groups.get(name, {})):
        _delete_group(backend, {"applicationName": name, "deploymentGroupName": group})
    backend.deployment_groups.pop(name, None)
    if backend.applications.pop(name, None):
        backend.tagger.delete_all_tags_for_resource(backend._application_arn(name))
    return {}


def _update_group(backend: CodeDeployBackend, params: dict[str, Any]) -> dict[str, Any]:
    application, name = params["applicationName"], params["currentDeploymentGroupName"]
    group = backend.get_deployment_group(application, name)
    new = params.get("newDeploymentGroupName") or name
    dropped = [fleet for fleet in group.auto_scaling_groups if fleet not in params.get("autoScalingGroups", group.auto_scaling_groups)]
    for key, value in params.items():
        if key not in ("applicationName", "currentDeploymentGroupName", "newDeploymentGroupName"):
            setattr(group, camelcase_to_underscores(key), value)
    if new != name:
        groups = groups_of(backend, application)
        if new in groups:
            raise AwsError("DeploymentGroupAlreadyExistsException", f"Deployment group {new} already exists.")
        group.deployment_group_name, groups[new] = new, groups.pop(name)
        _move_tags(backend, backend._deployment_group_arn(application, name), backend._deployment_group_arn(application, new))
    return _left_behind(backend, group, dropped)


def _delete_group(backend: CodeDeployBackend, params: dict[str, Any]) -> dict[str, Any]:
    application, name = params["applicationName"], params["deploymentGroupName"]
    group = backend.deployment_groups.get(application, {}).pop(name, None)
    if group is None:
        return {"hooksNotCleanedUp": []}
    backend.tagger.delete_all_tags_for_resource(backend._deployment_group_arn(application, name))
    return _left_behind(backend, group, group.auto_scaling_groups)


def _batch_get_groups(backend: CodeDeployBackend, params: dict[str, Any]) -> dict[str, Any]:
    names, groups = params["deploymentGroupNames"], groups_of(backend, params["applicationName"])
    if len(names) > PAGE:
        raise AwsError("BatchLimitExceededException", "The maximum number of names or IDs allowed for this request (100) was exceeded.")
    return {"deploymentGroupsInfo": [responses._deployment_group_info(groups[name]) for name in names if name in groups]}


def _move_tags(backend: CodeDeployBackend, old: str, new: str) -> None:
    tags = backend.tagger.list_tags_for_resource(old)["Tags"]
    backend.tagger.delete_all_tags_for_resource(old)
    backend.tagger.tag_resource(new, tags)


@before("codedeploy", "TagResource", "UntagResource", "ListTagsForResource",
        adds="an ARN is one of an application or a deployment group, and what is tagged exists",
        source="API_TagResource, API_UntagResource, API_ListTagsForResource")  # fmt: skip
def tag_what_exists(call: Call) -> None:
    found = _ARN.match(call.params["ResourceArn"])
    if not found:
        raise AwsError("InvalidArnException", "The specified ARN is not in a valid format.")
    kind, application, group = found.groups()
    if call.operation != "ListTagsForResource":
        groups = groups_of(backend_of(call), application)
        if kind == "deploymentgroup" and group not in groups:
            raise AwsError("DeploymentGroupDoesNotExistException", f"No Deployment Group found for name: {group}")


def role_of(backend: CodeDeployBackend, arn: str) -> Any:
    """The role with an ARN, or None."""
    roles = iam_backends[backend.account_id][backend.partition].roles.values()
    return next((role for role in roles if role.arn == arn), None)


@before("codedeploy", *_KEEPING, adds="the service role is known here, and trusts CodeDeploy",
        source="API_CreateDeploymentGroup: InvalidRoleException")  # fmt: skip
def assume_the_role(call: Call) -> None:
    arn = call.params.get("serviceRoleArn")
    if arn is None:
        return
    role = role_of(backend_of(call), arn)
    if role is None or not _trusts(role):
        raise AwsError("InvalidRoleException", "Cannot assume role provided.")


def _trusts(role: Any) -> bool:
    statements = json.loads(role.assume_role_policy_document)["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        services = statement.get("Principal", {}).get("Service", [])
        names = [services] if isinstance(services, str) else services
        if any(name == "codedeploy.amazonaws.com" or re.fullmatch(r"codedeploy\.[a-z0-9-]+\.amazonaws\.com", name) for name in names):
            return statement["Effect"] == "Allow"
    return False


def fleets_of(call: Call, names: list[str]) -> Iterator[FakeAutoScalingGroup | None]:
    """The autoscaling groups with these names, None for each that there is not."""
    found = autoscaling_backends[call.account][call.region].autoscaling_groups
    return (found.get(name) for name in names)


@before("codedeploy", *_KEEPING, adds="its autoscaling groups and its deployment configuration exist; alarms, rollback events and a load "
        "balancer are named where they are switched on", source="API_CreateDeploymentGroup, API_UpdateDeploymentGroup: errors")  # fmt: skip
def check_group(call: Call) -> None:
    params = call.params
    names = params.get("autoScalingGroups") or []
    if len(set(names)) < len(names) or None in fleets_of(call, names):
        raise AwsError("InvalidAutoScalingGroupException", "The Auto Scaling group was specified in an invalid format or does not exist.")
    config = params.get("deploymentConfigName")
    if config and config not in CONFIGS:
        raise AwsError("DeploymentConfigDoesNotExistException", f"No Deployment Configuration found for name: {config}")
    alarms = params.get("alarmConfiguration", {})
    alarm_names = [alarm.get("name") for alarm in alarms.get("alarms", [])]
    if len(set(alarm_names)) < len(alarm_names) or (alarms.get("enabled") and not alarm_names):
        raise AwsError("InvalidAlarmConfigException", "The alarm configuration is enabled, but the alarm list is empty or names one twice.")
    rollback = params.get("autoRollbackConfiguration", {})
    if rollback.get("enabled") and not rollback.get("events"):
        raise AwsError("InvalidAutoRollbackConfigException", "Automatic rollback is enabled, but no event types were listed.")


@last("codedeploy", *_KEEPING, adds="traffic control needs the name of a target group", source="API_CreateDeploymentGroup: InvalidLoadBalancerInfoException")
def balance_what_is_named(call: Call) -> None:
    groups = backend_of(call).deployment_groups.get(call.params["applicationName"], {})
    standing = groups.get(call.params.get("currentDeploymentGroupName", ""))
    style = call.params.get("deploymentStyle", standing.deployment_style if standing else {})
    balancers = call.params.get("loadBalancerInfo", standing.load_balancer_info if standing else {})
    if style.get("deploymentOption") == "WITH_TRAFFIC_CONTROL" and not any(balancers.values()):
        raise AwsError("InvalidLoadBalancerInfoException", "An invalid load balancer name, or no load balancer name, was specified.")
