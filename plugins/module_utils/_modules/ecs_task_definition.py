# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module ecs_task_definition: keep a family of Fargate task definitions as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._ecs.task_definition import TaskDefinition

EFS = dict(
    file_system_id=dict(required=True),
    root_directory=dict(),
    access_point_id=dict(),
    iam=dict(type="bool", default=False),
)
HEALTH_CHECK = dict(
    command=dict(type="list", elements="str", required=True),
    interval=dict(type="int", default=30),
    timeout=dict(type="int", default=5),
    retries=dict(type="int", default=3),
    start_period=dict(type="int", default=0),
)
LOG = dict(group=dict(required=True), prefix=dict(required=True), options=dict(type="dict"))
LIMIT = dict(name=dict(required=True), soft=dict(type="int", required=True), hard=dict(type="int", required=True))
DEPENDENCY = dict(container=dict(required=True), condition=dict(choices=["START", "COMPLETE", "SUCCESS", "HEALTHY"], required=True))
MOUNT = dict(volume=dict(required=True), path=dict(required=True), read_only=dict(type="bool", default=False))
CONTAINER = dict(
    name=dict(required=True),
    image=dict(),
    essential=dict(type="bool", default=True),
    command=dict(type="list", elements="str"),
    entry_point=dict(type="list", elements="str"),
    working_directory=dict(),
    port=dict(type="int"),
    environment=dict(type="dict"),
    secrets=dict(type="dict", no_log=False),
    log=dict(type="dict", options=LOG),
    health_check=dict(type="dict", options=HEALTH_CHECK),
    read_only_root=dict(type="bool", default=True),
    user=dict(),
    limits=dict(type="list", elements="dict", options=LIMIT),
    init=dict(type="bool", default=False),
    depends_on=dict(type="list", elements="dict", options=DEPENDENCY),
    stop_timeout=dict(type="int"),
    mounts=dict(type="list", elements="dict", options=MOUNT),
)
OPTIONS = one(
    cpu=dict(type="int", required=True),
    memory=dict(type="int", required=True),
    platform=dict(
        type="dict",
        default={},
        options=dict(architecture=dict(choices=["X86_64", "ARM64"], default="X86_64"), system=dict(default="LINUX")),
    ),
    execution_role_arn=dict(default=""),
    task_role_arn=dict(default=""),
    storage=dict(type="int", default=20),
    volumes=dict(type="list", elements="dict", default=[], options=dict(name=dict(required=True), efs=dict(type="dict", options=EFS))),
    containers=dict(type="list", elements="dict", required=True, options=CONTAINER),
    image_moves=dict(type="bool", default=False),
    images_of=dict(),
    keep=dict(type="int", default=5),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, TaskDefinition(aws, items(module)[0]), "task_definition")
