# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module ec2_network_acl: keep the network ACLs of a component as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import many
from .._ec2.network_acl import NetworkAcl

ENTRIES = dict(
    type="list",
    elements="dict",
    options=dict(
        number=dict(type="int", required=True),
        action=dict(choices=["allow", "deny"], default="allow"),
        protocol=dict(default="all"),
        cidr=dict(required=True),
        from_port=dict(type="int"),
        to_port=dict(type="int"),
        icmp_type=dict(type="int"),
        icmp_code=dict(type="int"),
    ),
)
OPTIONS = dict(
    vpc_id=dict(required=True),
    network_acls=many(
        ingress=ENTRIES,
        egress=ENTRIES,
        subnet_ids=dict(type="list", elements="str"),
    ),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run(aws, [NetworkAcl(aws, item) for item in items(module, "network_acls")], "network_acls")
