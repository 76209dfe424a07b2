# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A VPC endpoint, of a gateway or of interfaces.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
"""

from __future__ import annotations

import json
import typing as t

from .._aws import AwsFailure
from .._core.plan import Plan
from .._core.plan import Shape
from .base import Ec2Resource

#: The lists of an endpoint: our key, how AWS lists it, the create argument, and the halves of ModifyVpcEndpoint.
LISTS = {
    "route_table_ids": ("RouteTableIds", "RouteTableIds", "AddRouteTableIds", "RemoveRouteTableIds"),
    "subnet_ids": ("SubnetIds", "SubnetIds", "AddSubnetIds", "RemoveSubnetIds"),
    "security_group_ids": ("Groups", "SecurityGroupIds", "AddSecurityGroupIds", "RemoveSecurityGroupIds"),
}
TYPES = {"gateway": "Gateway", "interface": "Interface"}


class VpcEndpoint(Ec2Resource):
    TYPE, KIND, ID = "ec2_vpc_endpoint", "vpc-endpoint", "VpcEndpointId"
    READ = ("describe_vpc_endpoints", "VpcEndpoints")
    CREATE = ("create_vpc_endpoint", "VpcEndpoint")
    MANAGED = ("service", "type", *LISTS, "private_dns_enabled", "policy")
    IMMUTABLE = ("service", "type")
    HAS_TOKEN = True
    READY, BROKEN, REASON = ("available",), ("failed", "rejected", "expired", "deleting", "deleted"), "FailureReason"
    COMING = ("pending",)
    GONE = ("deleting", "deleted", "failed", "rejected", "expired")

    def is_named(self, raw: dict[str, t.Any]) -> bool:
        return super().is_named(raw) and raw["ServiceName"] == self._service

    @property
    def _service(self) -> str:
        """The full name of the service: com.amazonaws.REGION.s3 for s3."""
        service = self.params.get("service") or ""
        return service if "." in service and service.startswith(("com.", "aws.", "cn.")) else f"com.amazonaws.{self.aws.region}.{service}"

    def to_shape(self, raw: dict[str, t.Any]) -> dict[str, t.Any]:
        lists = {key: _ids(raw.get(fields[0], [])) for key, fields in LISTS.items()}
        private = raw.get("PrivateDnsEnabled", False) if raw["VpcEndpointType"] == TYPES["interface"] else None
        return {
            "service": raw["ServiceName"],
            "type": raw["VpcEndpointType"].lower(),
            **lists,
            "private_dns_enabled": private,
            "policy": canonical(raw.get("PolicyDocument")),
        }

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        lists = {key: None if wanted[key] is None else sorted(wanted[key]) for key in LISTS}
        return {**wanted, **lists, "service": self._service, "policy": canonical(wanted["policy"])}

    def state(self, raw: dict[str, t.Any]) -> str:
        return super().state(raw).lower()  # the API writes it in both ways

    def create_spec(self, after: Shape) -> dict[str, t.Any]:
        spec = {"VpcId": self.parent, "ServiceName": after["service"], "VpcEndpointType": TYPES[after["type"]]}
        spec |= {fields[1]: after[key] for key, fields in LISTS.items() if after.get(key)}
        if after.get("private_dns_enabled") is not None:
            spec["PrivateDnsEnabled"] = after["private_dns_enabled"]
        return spec | ({"PolicyDocument": after["policy"]} if after.get("policy") else {})

    def fresh_shape(self) -> Shape:
        return self.desired(None)

    def update(self, plan: Plan) -> None:
        spec: dict[str, t.Any] = {}
        for key in (key for key in LISTS if key in plan.keys):
            before, after = set(plan.before[key]), set(plan.after[key])
            _answer, _create, add, remove = LISTS[key]
            spec |= {field: sorted(ids) for field, ids in ((add, after - before), (remove, before - after)) if ids}
        if "private_dns_enabled" in plan.keys:
            spec["PrivateDnsEnabled"] = plan.after["private_dns_enabled"]
        if "policy" in plan.keys:
            spec["PolicyDocument"] = plan.after["policy"]
        if spec:
            self.aws.call("ec2", "modify_vpc_endpoint", VpcEndpointId=self.id, **spec)

    def delete(self) -> None:
        answer = self.aws.call("ec2", "delete_vpc_endpoints", VpcEndpointIds=[self.id])
        # This call tells of failures in its answer and not by an error.
        for one in answer.get("Unsuccessful", []):
            error = one.get("Error", {})
            if not error.get("Code", "").endswith("NotFound"):
                raise AwsFailure(f"Failed to delete {self.id}: {error.get('Message')}")

    def facts(self) -> dict[str, t.Any]:
        return {"state": self.raw.get("State"), "dns_entries": [one.get("DnsName") for one in self.raw.get("DnsEntries", [])]}


def _ids(found: list) -> list[str]:
    return sorted(one["GroupId"] if isinstance(one, dict) else one for one in found)


def canonical(policy: t.Any) -> str | None:
    """A policy document as one text, whatever its white space and the order of its keys."""
    if not policy:
        return None
    document = json.loads(policy) if isinstance(policy, str) else policy
    return json.dumps(document, sort_keys=True, separators=(",", ":"))
