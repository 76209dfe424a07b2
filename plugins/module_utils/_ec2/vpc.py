# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A VPC. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html"""

from __future__ import annotations

import typing as t

from .._aws import AwsFailure
from .._aws import tag_dict
from .._core.identity import STACK
from .._core.plan import Plan
from .._core.plan import Shape
from .base import Ec2Resource

#: Our key, EC2's attribute. One attribute a call; hostnames need support
#: (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html).
ATTRIBUTES = {"dns_support": "EnableDnsSupport", "dns_hostnames": "EnableDnsHostnames"}


class Vpc(Ec2Resource):
    TYPE, KIND, ID, PARENT = "ec2_vpc", "vpc", "VpcId", None
    READ = ("describe_vpcs", "Vpcs")
    CREATE = ("create_vpc", "Vpc")
    MANAGED = ("cidr_block", "tenancy", *ATTRIBUTES)
    IMMUTABLE = ("cidr_block", "tenancy")
    READY = ("available",)
    COMING = ("pending",)

    def to_shape(self, raw: dict[str, t.Any]) -> dict[str, t.Any]:
        attributes = {ours: self._attribute(raw["VpcId"], theirs) for ours, theirs in ATTRIBUTES.items()}
        return {"cidr_block": raw["CidrBlock"], "tenancy": raw["InstanceTenancy"], **attributes}

    def _attribute(self, vpc_id: str, name: str) -> bool:
        field = name[0].lower() + name[1:]
        found = self.aws.read("ec2", "describe_vpc_attribute", name, VpcId=vpc_id, Attribute=field)
        return found["Value"]

    def fresh_shape(self) -> Shape:
        # The defaults of a new VPC that is not the account's default one: support on, hostnames off.
        return {"cidr_block": self.raw["CidrBlock"], "dns_support": True, "dns_hostnames": False}

    def create_spec(self, after: Shape) -> dict[str, t.Any]:
        tenancy = {"InstanceTenancy": after["tenancy"]} if "tenancy" in after else {}
        return {"CidrBlock": after["cidr_block"], **tenancy}

    def update(self, plan: Plan) -> None:
        # Hostnames go on after support does, and off before it.
        order = list(ATTRIBUTES) if plan.after.get("dns_support") else list(reversed(ATTRIBUTES))
        for key in (key for key in order if key in plan.keys):
            self.aws.call("ec2", "modify_vpc_attribute", VpcId=self.id, **{ATTRIBUTES[key]: {"Value": plan.after[key]}})

    def delete(self) -> None:
        # Others' groups do not go away by themselves, as interfaces do: waiting for them would be in vain.
        others = self._groups_of_others()
        if others:
            raise AwsFailure(f"{', '.join(others)} in it is not the stack's; remove it, and run again")
        self.aws.call("ec2", "delete_vpc", VpcId=self.id, settled=("InvalidVpcID.NotFound",), busy=("DependencyViolation",))

    def facts(self) -> dict[str, t.Any]:
        return {"vpc_id": self.id, "state": self.raw.get("State")}

    def _groups_of_others(self) -> list[str]:
        filters = [{"Name": "vpc-id", "Values": [self.id]}]
        found = self.aws.read("ec2", "describe_security_groups", "SecurityGroups", Filters=filters)
        others = [one for one in found if one["GroupName"] != "default" and tag_dict(one.get("Tags")).get(STACK) != self.identity.stack]
        return sorted(f"security group {one['GroupId']} ({one['GroupName']})" for one in others)
