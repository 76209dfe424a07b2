# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module autoscaling_group: keep an Auto Scaling group as described."""

from __future__ import annotations

from .._autoscaling.group import AutoScalingGroup
from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one

OPTIONS = one(
    launch_template_id=dict(required=True),
    launch_template_version=dict(required=True),
    subnet_ids=dict(type="list", elements="str", required=True),
    min_size=dict(type="int", required=True),
    max_size=dict(type="int", required=True),
    desired_capacity=dict(type="int"),
    target_group_ids=dict(type="list", elements="str"),
    health_check=dict(choices=["auto", "ec2", "elb"], default="auto"),
    health_check_grace_period=dict(type="int"),
    default_instance_warmup=dict(type="int"),
    termination_policies=dict(type="list", elements="str"),
    capacity_rebalance=dict(type="bool"),
    metrics=dict(type="bool"),
    new_instances_protected_from_scale_in=dict(type="bool"),
    max_instance_lifetime=dict(type="int"),
    instance_tags=dict(type="dict"),
    instance_maintenance_policy=dict(
        type="dict",
        options=dict(min_healthy_percentage=dict(type="int", required=True), max_healthy_percentage=dict(type="int", required=True)),
    ),
    wait_for_instances=dict(type="bool", default=True),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, AutoScalingGroup(aws, items(module)[0]), "auto_scaling_group")
