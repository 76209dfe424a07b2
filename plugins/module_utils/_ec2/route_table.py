# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A route table: its routes, and the subnets that it serves.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRouteTable.html
"""

from __future__ import annotations

import typing as t

from .._core.plan import compare_children
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.plan import sort_children
from .base import Ec2Resource

#: What an id's prefix says of the target: the argument of CreateRoute, which is the field of the answer too.
TARGETS = {
    "igw": "GatewayId",
    "vgw": "GatewayId",
    "nat": "NatGatewayId",
    "pcx": "VpcPeeringConnectionId",
    "tgw": "TransitGatewayId",
    "eigw": "EgressOnlyInternetGatewayId",
    "eni": "NetworkInterfaceId",
    "vpce": "VpcEndpointId",
    "lgw": "LocalGatewayId",
}
#: The kinds of destination: how it looks, and its argument.
DESTINATIONS = (("pl-", "DestinationPrefixListId"), (":", "DestinationIpv6CidrBlock"), ("", "DestinationCidrBlock"))


class RouteTable(Ec2Resource):
    TYPE, KIND, ID = "ec2_route_table", "route-table", "RouteTableId"
    READ = ("describe_route_tables", "RouteTables")
    CREATE = ("create_route_table", "RouteTable")
    MANAGED = ("routes", "subnet_ids")
    HAS_TOKEN = True

    def to_shape(self, raw: dict[str, t.Any]) -> dict[str, t.Any]:
        routes = [{"destination": _destination(route), "target": _target(route)} for route in raw.get("Routes", []) if _is_ours(route)]
        return {"routes": sort_children(routes), "subnet_ids": sorted(self._associations(raw))}

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        routes, subnets = wanted["routes"], wanted["subnet_ids"]
        return {
            **wanted,
            "routes": None if routes is None else sort_children(routes),
            "subnet_ids": None if subnets is None else sorted(subnets),
        }

    def _associations(self, raw: dict[str, t.Any]) -> dict[str, str]:
        """Subnet id to association id."""
        return {one["SubnetId"]: one["RouteTableAssociationId"] for one in raw.get("Associations", []) if "SubnetId" in one}

    def create_spec(self, after: Shape) -> dict[str, t.Any]:
        return {"VpcId": self.parent}

    def update(self, plan: Plan) -> None:
        if "routes" in plan.keys:
            self._update_routes(plan)
        if "subnet_ids" in plan.keys:
            self._update_subnets(plan)

    def _update_routes(self, plan: Plan) -> None:
        changes = compare_children(plan.before["routes"], plan.after["routes"], ["destination"])
        for route in changes.remove:
            self._delete_route(route)
        for route in changes.change:
            self.aws.call("ec2", "replace_route", RouteTableId=self.id, **_to_route(route))
        for route in changes.add:
            self._create_route(route)

    def _create_route(self, route: Shape) -> None:
        # It stands after a reply that was lost; and a blackholed one may stand in its way: replacing is right for both.
        answer = self.aws.call("ec2", "create_route", RouteTableId=self.id, settled=("RouteAlreadyExists",), **_to_route(route))
        if not answer:
            self.aws.call("ec2", "replace_route", RouteTableId=self.id, **_to_route(route))

    def _delete_route(self, route: Shape) -> None:
        self.aws.call("ec2", "delete_route", RouteTableId=self.id, settled=("InvalidRoute.NotFound",), **_to_destination(route))

    def _update_subnets(self, plan: Plan) -> None:
        ours = self._associations(self.raw)
        for subnet in sorted(set(plan.before["subnet_ids"]) - set(plan.after["subnet_ids"])):
            self._disassociate(ours[subnet])
        others = self._other_associations()
        for subnet in sorted(set(plan.after["subnet_ids"]) - set(plan.before["subnet_ids"])):
            self._associate(subnet, others.get(subnet))

    def _other_associations(self) -> dict[str, str]:
        tables = self.aws.read("ec2", *self.READ, **self.scope)
        return {subnet: one for raw in tables if raw[self.ID] != self.id for subnet, one in self._associations(raw).items()}

    def _associate(self, subnet: str, standing: str | None) -> None:
        """Associate, or move the association that another table has: a subnet is never without one in between."""
        if standing:
            self.aws.call("ec2", "replace_route_table_association", AssociationId=standing, RouteTableId=self.id)
        else:
            self.aws.call("ec2", "associate_route_table", RouteTableId=self.id, SubnetId=subnet, settled=("Resource.AlreadyAssociated",))

    def _disassociate(self, association: str) -> None:
        self.aws.call("ec2", "disassociate_route_table", AssociationId=association, settled=("InvalidAssociationID.NotFound",))

    def delete(self) -> None:
        for association in self._associations(self.raw).values():
            self._disassociate(association)
        self.aws.call("ec2", "delete_route_table", RouteTableId=self.id, settled=("InvalidRouteTableID.NotFound",), busy=("DependencyViolation",))


def _is_ours(route: dict[str, t.Any]) -> bool:
    """Not the local route, one that a gateway endpoint put in, or one that a virtual private gateway propagates."""
    gateway = route.get("GatewayId", "")
    return gateway != "local" and not gateway.startswith("vpce-") and route.get("Origin", "CreateRoute") == "CreateRoute"


def _destination(route: dict[str, t.Any]) -> str:
    return next(route[field] for _look, field in reversed(DESTINATIONS) if route.get(field))


def _target(route: dict[str, t.Any]) -> str | None:
    return next((route[field] for field in (*TARGETS.values(), "InstanceId") if route.get(field)), None)


def _to_destination(route: Shape) -> dict[str, str]:
    field = next(field for look, field in DESTINATIONS if look in route["destination"])
    return {field: route["destination"]}


def _to_route(route: Shape) -> dict[str, str]:
    prefix = str(route["target"]).partition("-")[0]
    if prefix not in TARGETS:
        raise Refusal(f"{route['target']!r} is no target of a route to {route['destination']}; known are ids of {', '.join(TARGETS)}")
    return {**_to_destination(route), TARGETS[prefix]: route["target"]}
