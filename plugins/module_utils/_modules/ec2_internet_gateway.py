# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module ec2_internet_gateway: keep an internet gateway as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._ec2.internet_gateway import InternetGateway

OPTIONS = one(vpc_id=dict(required=True))


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, InternetGateway(aws, items(module)[0]), "internet_gateway")
