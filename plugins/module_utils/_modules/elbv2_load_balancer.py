# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module elbv2_load_balancer: keep an application load balancer as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._elbv2.load_balancer import LoadBalancer

OPTIONS = one(
    scheme=dict(choices=["internet-facing", "internal"]),
    subnet_ids=dict(type="list", elements="str"),
    security_group_ids=dict(type="list", elements="str"),
    ip_address_type=dict(choices=["ipv4", "dualstack", "dualstack-without-public-ipv4"]),
    deletion_protection=dict(type="bool"),
    drop_invalid_header_fields=dict(type="bool"),
    idle_timeout=dict(type="int"),
    access_logs=dict(type="dict", options=dict(bucket=dict(), prefix=dict())),
    records=dict(type="list", elements="dict", options=dict(zone_id=dict(required=True), name=dict(required=True))),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, LoadBalancer(aws, items(module)[0]), "load_balancer")
