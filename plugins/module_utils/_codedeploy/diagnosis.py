# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a deployment failed: AWS's reason, and of each instance the hook that failed with its script and the end of its log.

https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_Diagnostics.html
"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._core.resource import Raw

#: Targets that BatchGetDeploymentTargets takes (https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeploymentTargets.html).
BATCH = 25
#: Instances that an error message tells of; the next ones mostly say the same.
TOLD = 3

Failed = dict[str, t.Any]


def failed_targets(aws: Aws, deployment: str | None) -> list[Failed]:
    """The instances that failed, each with the hook and its diagnostics."""
    filters = {"TargetStatus": ["Failed"]}
    # One that was stopped before it started has no targets, and says so by an error.
    ids = aws.find("codedeploy", "list_deployment_targets", "targetIds", "DeploymentNotStartedException", deploymentId=deployment, targetFilters=filters)
    targets: list[Raw] = []
    while ids:
        some, ids = ids[:BATCH], ids[BATCH:]
        targets += aws.read("codedeploy", "batch_get_deployment_targets", "deploymentTargets", deploymentId=deployment, targetIds=some)
    return [_told(one["instanceTarget"]) for one in targets if "instanceTarget" in one]


def _told(target: Raw) -> Failed:
    event = next((one for one in target.get("lifecycleEvents", []) if one["status"] == "Failed"), {})
    found = event.get("diagnostics", {})
    return {
        "instance": target["targetId"].rpartition("/")[2],
        "hook": event.get("lifecycleEventName"),
        "script": found.get("scriptName") or None,
        "code": found.get("errorCode"),
        "message": found.get("message"),
        "log": found.get("logTail") or None,
    }


def why(raw: Raw, failed: list[Failed]) -> str:
    """What an operator reads first: AWS's reason, the hook that failed, the end of its log, and what to do next."""
    error, rollback = raw.get("errorInformation", {}), raw.get("rollbackInfo", {})
    lines = [f"deployment {raw['deploymentId']} {raw['status']}: {error.get('message') or 'AWS gives no reason'} ({error.get('code', 'no code')})"]
    for one in failed[:TOLD]:
        script = f" in {one['script']}" if one["script"] else ""
        lines.append(f"{one['instance']}: {one['hook'] or 'no hook ran'}{script}: {one['message'] or 'is the agent running?'}")
        lines += [f"  | {line}" for line in (one["log"] or "").splitlines()]
    if len(failed) > TOLD:
        lines.append(f"and {len(failed) - TOLD} more instances failed")
    if rollback.get("rollbackDeploymentId"):
        lines.append(f"CodeDeploy goes back to the last good revision by deployment {rollback['rollbackDeploymentId']}")
    return "\n".join([*lines, "Mend what it names and release again; what the group ran before stays its last success"])
