# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A NAT gateway. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html"""

from __future__ import annotations

import typing as t

from .._core.plan import Shape
from .base import Ec2Resource


class NatGateway(Ec2Resource):
    TYPE, KIND, ID = "ec2_nat_gateway", "natgateway", "NatGatewayId"
    READ = ("describe_nat_gateways", "NatGateways")
    CREATE = ("create_nat_gateway", "NatGateway")
    MANAGED = ("subnet_id", "allocation_id", "connectivity_type")
    IMMUTABLE = MANAGED
    HAS_TOKEN = True
    READY, BROKEN, REASON = ("available",), ("failed", "deleting", "deleted"), "FailureMessage"
    COMING = ("pending",)
    # EC2 lists a deleted gateway for an hour, and removes a failed one by itself in about as long
    # (https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html).
    GONE = ("deleting", "deleted", "failed")

    def to_shape(self, raw: dict[str, t.Any]) -> dict[str, t.Any]:
        first = next(iter(raw.get("NatGatewayAddresses", [])), {})
        return {
            "subnet_id": raw["SubnetId"],
            "allocation_id": first.get("AllocationId"),
            "connectivity_type": raw.get("ConnectivityType", "public"),
        }

    def create_spec(self, after: Shape) -> dict[str, t.Any]:
        address = {"AllocationId": after["allocation_id"]} if after.get("allocation_id") else {}
        return {"SubnetId": after["subnet_id"], "ConnectivityType": after.get("connectivity_type", "public"), **address}

    def fresh_shape(self) -> Shape:
        # Nothing can be changed after the create call, and its answer may not list the address yet.
        return self.desired(None)

    def delete(self) -> None:
        self.aws.call("ec2", "delete_nat_gateway", NatGatewayId=self.id, settled=("NatGatewayNotFound",))

    def facts(self) -> dict[str, t.Any]:
        first = next(iter(self.raw.get("NatGatewayAddresses", [])), {})
        return {"state": self.raw.get("State"), "public_ip": first.get("PublicIp")}
