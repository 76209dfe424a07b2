# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module ec2_subnet: keep the subnets of a component as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import many
from .._ec2.subnet import Subnet

OPTIONS = dict(
    vpc_id=dict(required=True),
    subnets=many(
        cidr_block=dict(required=True),
        availability_zone=dict(required=True),
        map_public_ip_on_launch=dict(type="bool"),
    ),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run(aws, [Subnet(aws, item) for item in items(module, "subnets")], "subnets")
