# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why tasks end, or do not get well: AWS's reasons, and the last lines that they wrote.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import DENIED
from .._core.resource import Raw
from .container_data import log_of
from .service_data import primary

#: Lines of a log that are shown.
LINES = 20
#: How the reason of a task begins that ECS ended because there are enough, or newer ones.
SCALED_IN = ("Scaling activity initiated by", "Task stopped by service deployment")
#: Parts of a service's events that say why a task was not even started
#: (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html).
UNPLACED = ("was unable to place", "failed to launch")
NO_REVISION = ("ClientException", "InvalidParameterException")


def is_failure(task: Raw) -> bool:
    """Whether a task that ended did so by itself, or for being ill."""
    return not task.get("stoppedReason", "").startswith(SCALED_IN)


def why(aws: Aws, service: Raw, stopped: list[Raw], running: list[Raw], groups: list[str]) -> list[str]:
    """Lines for who has to mend it, of the newest task that ended, or of one that runs and is not well; then what to do."""
    task = max(stopped or running, key=lambda one: str(one.get("stoppedAt") or one.get("createdAt", "")), default=None)
    lines = [*_ended(task)] if stopped else [*_unplaced(service), *map(_going, running), *_ill(aws, groups)]
    return [*lines, *(_last_words(aws, task) if task else []), "Mend what it names and run again"]


def _ended(task: Raw) -> t.Iterator[str]:
    code = f" ({task['stopCode']})" if task.get("stopCode") else ""
    yield f"task {_id(task)} stopped: {task.get('stoppedReason') or 'AWS gives no reason'}{code}"
    for container in task.get("containers", []):
        told = [f"exit code {container['exitCode']}"] if container.get("exitCode") is not None else []
        told += [container["reason"]] if container.get("reason") else []
        if told:
            yield f"{container['name']}: {', '.join(told)}"


def _going(task: Raw) -> str:
    health = task.get("healthStatus", "UNKNOWN")
    return f"task {_id(task)} is {task['lastStatus']}{'' if health == 'UNKNOWN' else f' and {health}'}"


def _unplaced(service: Raw) -> list[str]:
    """The newest word of ECS on why it starts no task of the present deployment."""
    since = str(primary(service).get("createdAt", ""))
    events = [one for one in service.get("events", []) if str(one["createdAt"]) >= since and any(part in one["message"] for part in UNPLACED)]
    return [max(events, key=lambda one: str(one["createdAt"]))["message"]] if events else []


def targets_of(aws: Aws, group: str) -> list[Raw]:
    """What its load balancer says of each target of a target group; nothing where there is none such."""
    return aws.find("elbv2", "describe_target_health", "TargetHealthDescriptions", "TargetGroupNotFound", TargetGroupArn=group) or []


def _ill(aws: Aws, groups: list[str]) -> t.Iterator[str]:
    for one in (target for group in groups for target in targets_of(aws, group)):
        health = one["TargetHealth"]
        if health["State"] not in ("healthy", "draining"):
            parts = (health["State"], health.get("Reason"), health.get("Description"))
            yield f"target {one['Target']['Id']}:{one['Target']['Port']} is {': '.join(filter(None, parts))}"


def _last_words(aws: Aws, task: Raw) -> list[str]:
    """The end of the log of each container that ended badly, or of all where none did."""
    containers = task.get("containers", []) if "startedAt" in task or "stoppedAt" in task else []
    bad = [one for one in containers if one.get("exitCode") or one.get("reason")]
    definition = aws.find("ecs", "describe_task_definition", "taskDefinition", *NO_REVISION, taskDefinition=task["taskDefinitionArn"]) or {}
    lines = []
    for name in [one["name"] for one in bad or containers]:
        place = log_of(definition, name)
        if place:
            group, prefix = place
            found = _lines(aws, group, prefix + _id(task))
            lines += [f"the end of the log of {name}:" if found else f"the log of {name} in {group} has no line, or cannot be read"]
            lines += [f"  | {line}" for line in found]
    return lines


def _lines(aws: Aws, group: str, stream: str) -> list[str]:
    asked = {"logGroupName": group, "logStreamName": stream, "limit": LINES, "startFromHead": False}
    # That it is not there, or closed to us, must not hide why the task ended.
    events = aws.find("logs", "get_log_events", "events", "ResourceNotFoundException", *DENIED, **asked)
    return [line for one in events or [] for line in one["message"].splitlines()][-LINES:]


def _id(task: Raw) -> str:
    return task["taskArn"].rpartition("/")[2]
