# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module rds_subnet_group: keep the subnets of a component's database as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._rds.subnet_group import SubnetGroup

OPTIONS = one(
    description=dict(required=True),
    subnet_ids=dict(type="list", elements="str", required=True),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, SubnetGroup(aws, items(module)[0]), "subnet_group")
