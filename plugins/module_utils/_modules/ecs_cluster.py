# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module ecs_cluster: keep an ECS cluster as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._ecs.cluster import Cluster
from .._ecs.strategy import STRATEGY

OPTIONS = one(
    container_insights=dict(choices=["disabled", "enabled", "enhanced"], default="enabled"),
    capacity_providers=dict(type="list", elements="str", default=["FARGATE", "FARGATE_SPOT"]),
    default_strategy=dict(type="list", elements="dict", options=STRATEGY),
    execute_command_configuration=dict(
        type="dict",
        options=dict(
            logging=dict(choices=["none", "default", "override"], default="default"),
            log_group=dict(),
            encrypted=dict(type="bool", default=False),
            kms_key_id=dict(no_log=False),
        ),
    ),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, Cluster(aws, items(module)[0]), "cluster")
