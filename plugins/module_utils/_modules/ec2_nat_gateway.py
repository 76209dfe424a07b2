# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module ec2_nat_gateway: keep the NAT gateways of a component as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import many
from .._ec2.nat_gateway import NatGateway

OPTIONS = dict(
    vpc_id=dict(required=True),
    nat_gateways=many(
        subnet_id=dict(required=True),
        allocation_id=dict(),
        connectivity_type=dict(choices=["public", "private"]),
    ),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run(aws, [NatGateway(aws, item) for item in items(module, "nat_gateways")], "nat_gateways")
