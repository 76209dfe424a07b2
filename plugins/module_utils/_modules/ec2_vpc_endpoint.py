# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module ec2_vpc_endpoint: keep the VPC endpoints of a component as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import many
from .._ec2.vpc_endpoint import VpcEndpoint

OPTIONS = dict(
    vpc_id=dict(required=True),
    vpc_endpoints=many(
        service=dict(required=True),
        type=dict(choices=["gateway", "interface"], required=True),
        route_table_ids=dict(type="list", elements="str"),
        subnet_ids=dict(type="list", elements="str"),
        security_group_ids=dict(type="list", elements="str"),
        private_dns_enabled=dict(type="bool"),
        policy=dict(type="json"),
    ),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run(aws, [VpcEndpoint(aws, item) for item in items(module, "vpc_endpoints")], "vpc_endpoints")
