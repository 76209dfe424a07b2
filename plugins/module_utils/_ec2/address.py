# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An Elastic IP address. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateAddress.html"""

from __future__ import annotations

import typing as t

from .._core.plan import Shape
from .base import Ec2Resource


class Address(Ec2Resource):
    TYPE, KIND, ID, PARENT = "ec2_address", "elastic-ip", "AllocationId", None
    READ = ("describe_addresses", "Addresses")
    CREATE = ("allocate_address", "")

    def to_shape(self, raw: dict[str, t.Any]) -> dict[str, t.Any]:
        return {}

    def fresh_shape(self) -> Shape:
        # The answer of AllocateAddress lists no tags; they were a part of the request.
        return {"tags": self.wanted_tags}

    def create_spec(self, after: Shape) -> dict[str, t.Any]:
        return {"Domain": "vpc"}

    def delete(self) -> None:
        # In use until its NAT gateway is gone; and then AWS may take a while to let go of it.
        self.aws.call(
            "ec2",
            "release_address",
            AllocationId=self.id,
            settled=("InvalidAllocationID.NotFound",),
            busy=("InvalidIPAddress.InUse", "DependencyViolation"),
        )

    def facts(self) -> dict[str, t.Any]:
        return {"public_ip": self.raw.get("PublicIp")}
