# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An internet gateway. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateInternetGateway.html"""

from __future__ import annotations

import typing as t

from .._core.plan import Plan
from .._core.plan import Shape
from .base import Ec2Resource


class InternetGateway(Ec2Resource):
    # Looked for in the whole account: one that was made and not yet attached has no VPC.
    TYPE, KIND, ID, PARENT = "ec2_internet_gateway", "internet-gateway", "InternetGatewayId", None
    READ = ("describe_internet_gateways", "InternetGateways")
    CREATE = ("create_internet_gateway", "InternetGateway")
    MANAGED = ("vpc_id",)

    def is_named(self, raw: dict[str, t.Any]) -> bool:
        # A VPC has one internet gateway at most, so the one that is attached is in our place.
        return self._attached(raw) == self.params.get("vpc_id") or (not self._attached(raw) and super().is_named(raw))

    @staticmethod
    def _attached(raw: dict[str, t.Any]) -> str | None:
        return next((one["VpcId"] for one in raw.get("Attachments", []) if one["State"] in ("available", "attached", "attaching")), None)

    def to_shape(self, raw: dict[str, t.Any]) -> dict[str, t.Any]:
        return {"vpc_id": self._attached(raw)}

    def create_spec(self, after: Shape) -> dict[str, t.Any]:
        return {}

    def update(self, plan: Plan) -> None:
        if "vpc_id" in plan.keys:
            if plan.before["vpc_id"]:
                self._detach(plan.before["vpc_id"])
            self.aws.call(
                "ec2", "attach_internet_gateway", InternetGatewayId=self.id, VpcId=plan.after["vpc_id"], settled=("Resource.AlreadyAssociated",)
            )

    def _detach(self, vpc_id: str) -> None:
        # It stays in use until the last public address behind it is gone.
        self.aws.call(
            "ec2",
            "detach_internet_gateway",
            InternetGatewayId=self.id,
            VpcId=vpc_id,
            settled=("Gateway.NotAttached", "InvalidInternetGatewayID.NotFound"),
            busy=("DependencyViolation",),
        )

    def delete(self) -> None:
        attached = self._attached(self.raw)
        if attached:
            self._detach(attached)
        self.aws.call(
            "ec2", "delete_internet_gateway", InternetGatewayId=self.id, settled=("InvalidInternetGatewayID.NotFound",), busy=("DependencyViolation",)
        )
