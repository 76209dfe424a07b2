# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module ec2_address: keep the Elastic IP addresses of a component."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import many
from .._ec2.address import Address

OPTIONS = dict(addresses=many())


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run(aws, [Address(aws, item) for item in items(module, "addresses")], "addresses")
