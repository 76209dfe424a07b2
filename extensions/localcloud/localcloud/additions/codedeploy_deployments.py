# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CodeDeploy's deployments run: over the instances of the group's autoscaling groups, hook by hook, for `settle` seconds.

How one ends is read from its bundle when it is made (`codedeploy_bundle`); how far it is, from the clock.
"""
from __future__ import annotations

import math
import random
import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.codedeploy import responses
from moto.codedeploy.models import CodeDeployBackend, DeploymentGroup, DeploymentInfo

from ..call import Call
from ..clock import CLOCK
from ..dials import DIALS
from ..replies import AwsError, Reply
from . import ANY, after, before, patch
from .codedeploy import backend_of, fleets_of, operation, page
from .codedeploy_bundle import Failure, verdict

_RUNNING = ("Created", "InProgress")
_TARGETS_AT_ONCE, _DEPLOYMENTS_AT_ONCE = 25, 25
_OWN_HOOKS = ("ApplicationStop", "DownloadBundle", "BeforeInstall", "Install", "AfterInstall", "ApplicationStart", "ValidateService")
_TRAFFIC_HOOKS = ("BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic", *_OWN_HOOKS,
                  "BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic")  # fmt: skip
_UNHEALTHY = ("The overall deployment failed because too many individual instances failed deployment, too few healthy instances are available "
              "for deployment, or some instances in your deployment group are experiencing problems.")  # fmt: skip
_NOBODY = "The deployment failed because no instances were found for your deployment group."
# The event of a rollback, by the error that ended the deployment.
_EVENTS = {"ALARM_ACTIVE": "DEPLOYMENT_STOP_ON_ALARM", "MANUAL_STOP": "DEPLOYMENT_STOP_ON_REQUEST"}


class Run:
    """What the clock makes of one deployment."""

    def __init__(self, group: DeploymentGroup, instances: list[str], config: str, failure: Failure | None, error: tuple[str, str] | None) -> None:
        self.instances, self.failure, self.error = instances, failure, error
        self.hooks = _TRAFFIC_HOOKS if group.deployment_style.get("deploymentOption") == "WITH_TRAFFIC_CONTROL" else _OWN_HOOKS
        at_once = {"OneAtATime": 1, "HalfAtATime": max(len(instances) // 2, 1)}.get(config.rpartition(".")[2], len(instances) or 1)
        batches = 1 if failure or not instances else math.ceil(len(instances) / at_once)
        self.at_once, self.since, self.seconds = at_once, CLOCK.monotonic(), DIALS.settle
        self.batch = self.seconds / batches
        self.stopped_at: float | None = None

    @property
    def spent(self) -> float:
        return (self.stopped_at or CLOCK.monotonic()) - self.since

    @property
    def began(self) -> bool:
        return self.spent >= self.seconds / 10

    @property
    def status(self) -> str:
        if self.stopped_at:
            return "Stopped"
        if self.spent < self.seconds:
            return "InProgress" if self.began else "Created"
        return "Failed" if self.failure or self.error else "Succeeded"

    def events(self, index: int) -> Iterator[tuple[str, str]]:
        """The hooks of the instance with that index and their states; after a failure the rest is skipped."""
        over, done = self.status not in _RUNNING, float(len(self.hooks))
        if self.batch and (self.stopped_at or not over):
            done *= (self.spent - self.batch * (index // self.at_once)) / self.batch
        after_failure = bool(self.failure) and index >= self.at_once
        for number, hook in enumerate(self.hooks):
            if after_failure or (over and number >= done):
                yield hook, "Skipped" if over else "Pending"
            elif number + 1 > done:
                yield hook, "InProgress" if done > number else "Pending"
            elif self.failure and hook == self.failure.event:
                yield hook, "Failed"
                after_failure = True
            else:
                yield hook, "Succeeded"

    def target_status(self, index: int) -> str:
        states = {state for _hook, state in self.events(index)}
        if len(states) == 1:
            return states.pop()
        return "Failed" if "Failed" in states else "Skipped" if self.status not in _RUNNING else "InProgress"


@patch("codedeploy", "CreateDeployment", "GetDeployment", "BatchGetDeployments", "GetDeploymentGroup",
       adds="`settle`: Created, InProgress, Succeeded or Failed; overview, errors, rollbacks; the group's last attempt and last success",
       source="API_DeploymentInfo, API_DeploymentGroupInfo")  # fmt: skip
def deployments_run() -> None:
    first_init, first_say, first_group = DeploymentInfo.__init__, responses._deployment_info, responses._deployment_group_info

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        first_init(self, *args, **kwargs)
        self.deployment_id = "d-" + "".join(random.choices(string.ascii_uppercase + string.digits, k=9))
        self.run: Run | None = None

    def say(deployment: DeploymentInfo) -> dict[str, Any]:
        said = {key: value for key, value in first_say(deployment).items() if value not in (None, {})}
        return said | _progress(deployment)

    def say_group(group: DeploymentGroup) -> dict[str, Any]:
        attempted, succeeded = getattr(group, "last_attempted", None), getattr(group, "last_successful", None)
        last = {"lastAttemptedDeployment": _last(attempted), "lastSuccessfulDeployment": _last(succeeded)}
        target = {"targetRevision": succeeded.revision} if succeeded else {}
        return first_group(group) | {key: value for key, value in last.items() if value} | target

    DeploymentInfo.__init__, responses._deployment_info, responses._deployment_group_info = init, say, say_group


def _last(deployment: DeploymentInfo | None) -> dict[str, Any]:
    if deployment is None:
        return {}
    info = {"deploymentId": deployment.deployment_id, "status": deployment.run.status, "createTime": deployment.create_time}
    return info if deployment.run.status in _RUNNING else info | {"endTime": _when(deployment, deployment.run.spent)}


def _when(deployment: DeploymentInfo, seconds: float) -> datetime:
    return (deployment.create_time + timedelta(seconds=min(seconds, deployment.run.seconds))).replace(tzinfo=UTC)


def _progress(deployment: DeploymentInfo) -> dict[str, Any]:
    run: Run = deployment.run
    overview = dict.fromkeys(("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready"), 0)
    for index, _instance in enumerate(run.instances):
        overview[run.target_status(index)] += 1
    said: dict[str, Any] = {"status": run.status, "deploymentOverview": overview}
    if run.status not in _RUNNING:
        said["completeTime"] = _when(deployment, run.spent)
    if run.began:
        said["startTime"] = _when(deployment, run.seconds / 10)
    code, message = run.error or ("HEALTH_CONSTRAINTS", _UNHEALTHY)
    if run.status in ("Failed", "Stopped"):
        said["errorInformation"] = {"code": code, "message": message}
    if rollback := getattr(deployment, "rollback", None):
        said["rollbackInfo"] = {"rollbackDeploymentId": rollback.deployment_id, "rollbackMessage": "Rolled back to the last successful revision."}
    elif root := getattr(deployment, "rolls_back", None):
        said["rollbackInfo"] = {"rollbackTriggeringDeploymentId": root.deployment_id}
    return said


@patch("codedeploy", "StopDeployment", "ListDeploymentTargets", "BatchGetDeploymentTargets",
       adds="there they are: instances with their lifecycle events and diagnostics (scriptName, message, logTail); 25 targets at a time",
       source="API_StopDeployment, API_ListDeploymentTargets, API_BatchGetDeploymentTargets")  # fmt: skip
def stop_and_look_inside() -> None:
    operation("ListDeploymentTargets", page("targetIds", _target_ids))
    operation("BatchGetDeploymentTargets", _batch_get_targets)
    operation("StopDeployment", _stop)


@patch("codedeploy", "ListDeployments", adds="pages of a hundred, the newest first", source="API_ListDeployments")
def list_deployments_by_pages() -> None:
    def listed(backend: CodeDeployBackend, params: dict[str, Any]) -> list[str]:
        names = params.get("applicationName"), params.get("deploymentGroupName")
        if all(names):
            backend.get_deployment_group(*names)
        found = backend.list_deployments(*names, params.get("externalId"), [], params.get("createTimeRange", {}))
        statuses = params.get("includeOnlyStatuses")
        return [one for one in reversed(found) if not statuses or backend.deployments[one].run.status in statuses]

    operation("ListDeployments", page("deployments", listed))


def _started(backend: CodeDeployBackend, deployment_id: str) -> DeploymentInfo:
    deployment = backend.get_deployment(deployment_id)
    if not deployment.run.began:
        raise AwsError("DeploymentNotStartedException", "The specified deployment has not started.")
    return deployment


def _target_ids(backend: CodeDeployBackend, params: dict[str, Any]) -> list[str]:
    run: Run = _started(backend, params["deploymentId"]).run
    wanted = params.get("targetFilters", {}).get("TargetStatus")
    return [instance for index, instance in enumerate(run.instances) if not wanted or run.target_status(index) in wanted]


def _batch_get_targets(backend: CodeDeployBackend, params: dict[str, Any]) -> dict[str, Any]:
    deployment, ids = _started(backend, params["deploymentId"]), params["targetIds"]
    if len(ids) > _TARGETS_AT_ONCE:
        raise AwsError("DeploymentTargetListSizeExceededException", "The maximum number of targets that can be listed (25) was exceeded.")
    if unknown := set(ids) - set(deployment.run.instances):
        raise AwsError("DeploymentTargetDoesNotExistException", f"The provided target ID does not belong to the deployment: {min(unknown)}")
    return {"deploymentTargets": [{"deploymentTargetType": "InstanceTarget", "instanceTarget": _target(backend, deployment, id)} for id in ids]}


def _target(backend: CodeDeployBackend, deployment: DeploymentInfo, instance: str) -> dict[str, Any]:
    run: Run = deployment.run
    index = run.instances.index(instance)
    events = []
    for hook, state in run.events(index):
        event: dict[str, Any] = {"lifecycleEventName": hook, "status": state}
        if state == "Failed":
            event["diagnostics"] = run.failure.diagnostics
        elif state == "Succeeded":
            event["diagnostics"] = {"errorCode": "Success", "scriptName": "", "message": "Succeeded", "logTail": ""}
        events.append(event)
    return {
        "deploymentId": deployment.deployment_id,
        "targetId": instance,
        "targetArn": f"arn:{backend.partition}:ec2:{backend.region_name}:{backend.account_id}:instance/{instance}",
        "status": run.target_status(index),
        "lastUpdatedAt": _when(deployment, run.spent),
        "lifecycleEvents": events,
    }


def _stop(backend: CodeDeployBackend, params: dict[str, Any]) -> dict[str, Any]:
    run: Run = backend.get_deployment(params["deploymentId"]).run
    if run.status not in _RUNNING:
        raise AwsError("DeploymentAlreadyCompletedException", "The deployment is already complete.")
    run.stopped_at, run.error = CLOCK.monotonic(), ("MANUAL_STOP", "The deployment was stopped by a user.")
    return {"status": "Succeeded", "statusMessage": "No more commands will be scheduled for execution in the deployment instances"}


@before("codedeploy", "CreateDeployment", adds="one deployment of a group at a time; a revision in S3; descriptions up to 256 characters",
        source="API_CreateDeployment: DeploymentLimitExceededException; CodeDeploy user guide, limits")  # fmt: skip
def one_deployment_a_group(call: Call) -> None:
    revision = call.params.get("revision") or {}
    if not revision:
        raise AwsError("RevisionRequiredException", "The revision ID was not specified.")
    where = revision.get("s3Location", {})
    if revision.get("revisionType") != "S3" or not (where.get("bucket") and where.get("key") and where.get("bundleType")):
        raise AwsError("InvalidRevisionException", "The revision was specified in an invalid format.")
    if len(call.params.get("description") or "") > 256:
        raise AwsError("DescriptionTooLongException", "The description is too long.")
    name = call.params.get("deploymentGroupName")
    for one in backend_of(call).deployments.values():
        whose = one.application.application_name, one.deployment_group.deployment_group_name
        if whose == (call.params["applicationName"], name) and one.run.status in _RUNNING:
            text = f"The Deployment Group '{name}' already has an active Deployment '{one.deployment_id}'"
            raise AwsError("DeploymentLimitExceededException", text)


@before("codedeploy", "BatchGetDeployments", adds="25 deployments at a time", source="API_BatchGetDeployments")
def few_deployments_at_once(call: Call) -> None:
    if len(call.params["deploymentIds"]) > _DEPLOYMENTS_AT_ONCE:
        raise AwsError("BatchLimitExceededException", "The maximum number of names or IDs allowed for this request (25) was exceeded.")


@after("codedeploy", "CreateDeployment", adds="it begins, over what is in service in the group's autoscaling groups; without any it fails",
       source="CodeDeploy user guide, deployment-steps-server; API_ErrorInformation")  # fmt: skip
def begin(call: Call, reply: Reply) -> None:
    _begin(call, next(reversed(backend_of(call).deployments.values())))


def _begin(call: Call, deployment: DeploymentInfo) -> None:
    group = deployment.deployment_group
    fleets = [fleet for fleet in fleets_of(call, group.auto_scaling_groups) if fleet]
    instances = sorted(state.instance.id for fleet in fleets for state in fleet.instance_states if state.lifecycle_state == "InService")
    error = None if instances else ("NO_INSTANCES", _NOBODY)
    failure = None if error else verdict(call, deployment.revision)
    deployment.run = Run(group, instances, str(deployment.deployment_config_name), failure, error)
    group.last_attempted = deployment


@before("codedeploy", ANY, adds="what ended is the group's last success, or is rolled back where that is wanted; an alarm stops it",
        source="CodeDeploy user guide, deployments-rollback-and-redeploy, monitoring-create-alarms")  # fmt: skip
def advance(call: Call) -> None:
    for deployment in list(backend_of(call).deployments.values()):
        run, group = deployment.run, deployment.deployment_group
        if run.status in _RUNNING:
            _stop_on_alarm(call, group, run)
        if run.status in _RUNNING or getattr(deployment, "ended", False):
            continue
        deployment.ended = True
        if run.status == "Succeeded":
            group.last_successful = deployment
        elif not getattr(deployment, "rolls_back", None):
            _roll_back(call, deployment)


def _stop_on_alarm(call: Call, group: DeploymentGroup, run: Run) -> None:
    config = group.alarm_configuration or {}
    names = {alarm["name"] for alarm in config.get("alarms", [])} if config.get("enabled") else set()
    alarms = cloudwatch_backends[call.account][call.region].alarms if names else {}
    ringing = sorted(name for name in names if name in alarms and alarms[name].state_value == "ALARM")
    if ringing:
        text = f"One or more alarms have been activated, and the affected deployments have been stopped. Activated alarms: {', '.join(ringing)}"
        run.stopped_at, run.error = CLOCK.monotonic(), ("ALARM_ACTIVE", text)


def _roll_back(call: Call, deployment: DeploymentInfo) -> None:
    group, backend = deployment.deployment_group, backend_of(call)
    config, good = group.auto_rollback_configuration or {}, getattr(group, "last_successful", None)
    event = _EVENTS.get((deployment.run.error or ("",))[0], "DEPLOYMENT_FAILURE")
    if not good or not config.get("enabled") or event not in config.get("events", []):
        return
    names = {"application_name": group.application.application_name, "deployment_group_name": group.deployment_group_name}
    made = backend.create_deployment(**names, revision=good.revision, description=f"Rollback of {deployment.deployment_id}")
    rollback = backend.deployments[made]
    rollback.creator, rollback.rolls_back, deployment.rollback = "codeDeployRollback", deployment, rollback
    _begin(call, rollback)
