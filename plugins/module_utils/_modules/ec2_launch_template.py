# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module ec2_launch_template: keep a launch template as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._ec2.launch_template import LaunchTemplate

ROOT_VOLUME = dict(
    size=dict(type="int"),
    type=dict(choices=["gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"], default="gp3"),
    encrypted=dict(type="bool", default=True),
    kms_key_id=dict(),
    iops=dict(type="int"),
    throughput=dict(type="int"),
)
OPTIONS = one(
    image=dict(required=True),
    image_refresh=dict(type="bool", default=False),
    instance_type=dict(required=True),
    instance_profile=dict(default=""),
    security_group_ids=dict(type="list", elements="str", required=True),
    root_volume=dict(type="dict", default={}, options=ROOT_VOLUME),
    metadata_hop_limit=dict(type="int", default=1),
    user_data=dict(),
    detailed_monitoring=dict(type="bool"),
    ebs_optimized=dict(type="bool"),
    instance_tags=dict(type="dict"),
    dry_run_subnet_id=dict(),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, LaunchTemplate(aws, items(module)[0]), "launch_template")
