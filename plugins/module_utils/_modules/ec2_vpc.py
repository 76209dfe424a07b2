# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module ec2_vpc: keep a VPC as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._ec2.vpc import Vpc

OPTIONS = one(
    cidr_block=dict(required=True),
    tenancy=dict(choices=["default", "dedicated"]),
    dns_support=dict(type="bool"),
    dns_hostnames=dict(type="bool"),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, Vpc(aws, items(module)[0]), "vpc")
