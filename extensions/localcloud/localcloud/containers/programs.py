# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What runs in a task's containers: a server of the data plane, where there is one, that behaves as the dial `versions` says of its image."""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from moto.logs.models import logs_backends

from ..dials import DIALS
from ..traffic import TRAFFIC
from ..versions import Version, WELL
from .needs import log_of

if TYPE_CHECKING:
    from .tasks import Container, Task

#: Seconds between two looks at what takes its time and tells nobody: the health of a target, the end of its draining.
_LOOK, _SOONEST = 1.0, 0.05


def patience() -> float:
    """Seconds until one looks again."""
    return min(_LOOK, max(_SOONEST, DIALS.settle / 5))


def version_of(task: Task) -> Version:
    """How the image of a task's main container behaves."""
    return DIALS.versions.get(main_container(task).definition["image"], WELL)


def main_container(task: Task) -> Container:
    """The container that a load balancer calls, or else the first essential one with a port, or else the first essential one."""
    named = {one["containerName"] for one in task.launch.load_balancers}
    essential = [one for one in task.containers if one.definition.get("essential", True)]
    first = [one for one in task.containers if one.definition["name"] in named] or [one for one in essential if one.definition["portMappings"]]
    return (first or essential)[0]


def start(task: Task) -> None:
    """Let the containers begin. Where nothing serves, the main one's program but ends when its version does."""
    _streams(task)
    main = main_container(task).definition
    ports = [one["containerPort"] for one in task.launch.load_balancers if one["containerName"] == main["name"]]
    port = (ports or [one["containerPort"] for one in main["portMappings"]] or [0])[0]
    TRAFFIC.start(task.task_arn, task.interface.address, port, main["image"], lambda line: log(task, line), _exited(task))


def _exited(task: Task) -> Callable[[str, int, str], None]:
    # It comes from another thread, which may hold what the agenda's own acts wait for.
    return lambda _id, code, _reason: task.launch.backend.agenda.after(0, lambda: task.exited(code))


def stop(task: Task) -> None:
    """Send the containers SIGTERM: what they have begun to answer is answered."""
    TRAFFIC.stop(task.task_arn)


def watched() -> bool:
    """Whether the health of targets changes without anybody asking for it."""
    return TRAFFIC.on


def well(task: Task) -> bool:
    """Whether a container's health check would pass."""
    return version_of(task).is_well(task.launch.backend.agenda.now() - task.times["pullStoppedAt"])


def _streams(task: Task) -> None:
    backend = task.launch.backend
    for container in task.containers:
        if found := log_of(backend.region_name, task.id, container.definition):
            region, group, stream = found
            logs_backends[backend.account_id][region].ensure_log_stream(group, stream)


def log(task: Task, line: str) -> None:
    """What the main container writes, as the awslogs driver hands it on; a group that is gone by then gets nothing."""
    backend = task.launch.backend
    found = log_of(backend.region_name, task.id, main_container(task).definition)
    if found is None:
        return
    region, group, stream = found
    logs = logs_backends[backend.account_id][region]
    if group in logs.groups and stream in logs.groups[group].streams:
        logs.put_log_events(group, stream, [{"timestamp": int(backend.agenda.now() * 1000), "message": line}])
