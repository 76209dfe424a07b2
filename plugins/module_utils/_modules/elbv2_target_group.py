# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module elbv2_target_group: keep the target groups of a component as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import many
from .._elbv2.target_group import TargetGroup

HEALTH_CHECK = dict(
    path=dict(),
    port=dict(),
    protocol=dict(choices=["HTTP", "HTTPS"]),
    interval=dict(type="int"),
    timeout=dict(type="int"),
    healthy_threshold=dict(type="int"),
    unhealthy_threshold=dict(type="int"),
    matcher=dict(),
)
STICKINESS = dict(
    enabled=dict(type="bool"),
    type=dict(choices=["lb_cookie", "app_cookie"]),
    duration=dict(type="int"),
    cookie_name=dict(),
)
OPTIONS = dict(
    vpc_id=dict(required=True),
    target_groups=many(
        protocol=dict(choices=["HTTP", "HTTPS"], default="HTTP"),
        port=dict(type="int", required=True),
        target_type=dict(choices=["instance", "ip"], default="instance"),
        health_check=dict(type="dict", options=HEALTH_CHECK),
        deregistration_delay=dict(type="int"),
        slow_start=dict(type="int"),
        load_balancing_algorithm=dict(choices=["round_robin", "least_outstanding_requests", "weighted_random"]),
        stickiness=dict(type="dict", options=STICKINESS),
    ),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run(aws, [TargetGroup(aws, item) for item in items(module, "target_groups")], "target_groups")
