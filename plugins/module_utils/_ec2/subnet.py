# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A subnet. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html"""

from __future__ import annotations

import typing as t

from .._core.plan import Plan
from .._core.plan import Shape
from .base import Ec2Resource


class Subnet(Ec2Resource):
    TYPE, KIND, ID = "ec2_subnet", "subnet", "SubnetId"
    READ = ("describe_subnets", "Subnets")
    CREATE = ("create_subnet", "Subnet")
    READY = ("available",)
    COMING = ("pending",)
    MANAGED = ("cidr_block", "availability_zone", "map_public_ip_on_launch")
    IMMUTABLE = ("cidr_block", "availability_zone")

    def is_named(self, raw: dict[str, t.Any]) -> bool:
        # Its range is its place in the VPC: no two subnets can have it.
        return raw["CidrBlock"] == self.params.get("cidr_block")

    def to_shape(self, raw: dict[str, t.Any]) -> dict[str, t.Any]:
        return {
            "cidr_block": raw["CidrBlock"],
            "availability_zone": raw["AvailabilityZone"],
            "map_public_ip_on_launch": raw["MapPublicIpOnLaunch"],
        }

    def create_spec(self, after: Shape) -> dict[str, t.Any]:
        return {"VpcId": self.parent, "CidrBlock": after["cidr_block"], "AvailabilityZone": after["availability_zone"]}

    def update(self, plan: Plan) -> None:
        if "map_public_ip_on_launch" in plan.keys:
            value = {"Value": plan.after["map_public_ip_on_launch"]}
            self.aws.call("ec2", "modify_subnet_attribute", SubnetId=self.id, MapPublicIpOnLaunch=value)

    def delete(self) -> None:
        self.aws.call("ec2", "delete_subnet", SubnetId=self.id, settled=("InvalidSubnetID.NotFound",), busy=("DependencyViolation",))
