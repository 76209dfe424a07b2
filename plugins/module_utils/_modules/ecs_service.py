# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module ecs_service: keep an ECS service on Fargate as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._ecs.service import Service
from .._ecs.strategy import STRATEGY

OPTIONS = one(
    cluster=dict(required=True),
    task_definition=dict(),
    desired_count=dict(type="int"),
    deploy=dict(type="bool", default=False),
    subnet_ids=dict(type="list", elements="str", required=True),
    security_group_ids=dict(type="list", elements="str", required=True),
    public_ip=dict(type="bool", default=False),
    min_healthy_percent=dict(type="int", default=100),
    max_percent=dict(type="int", default=200),
    circuit_breaker=dict(choices=["none", "stop", "rollback"], default="stop"),
    load_balancer=dict(type="dict", options=dict(target_group_id=dict(), container=dict(), port=dict(type="int"))),
    health_check_grace_period=dict(type="int"),
    platform_version=dict(),
    capacity_strategy=dict(type="list", elements="dict", options=STRATEGY),
    enable_execute_command=dict(type="bool", default=False),
    managed_tags=dict(type="bool", default=True),
    propagate_tags=dict(choices=["none", "service", "task_definition"], default="service"),
    zone_rebalancing=dict(type="bool"),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, Service(aws, items(module)[0]), "service")
