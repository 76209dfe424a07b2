# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module ec2_flow_log: keep the flow log of a VPC as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._ec2.flow_log import FlowLog

OPTIONS = one(
    vpc_id=dict(required=True),
    destination=dict(required=True),
    role_arn=dict(),
    traffic_type=dict(choices=["ALL", "ACCEPT", "REJECT"], default="ALL"),
    aggregation_interval=dict(type="int", choices=[60, 600]),
    format=dict(),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, FlowLog(aws, items(module)[0]), "flow_log")
