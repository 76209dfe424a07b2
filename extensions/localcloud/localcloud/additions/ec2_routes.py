# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: route tables, their routes and their associations."""
from __future__ import annotations

from typing import Any

from moto.ec2.models.route_tables import Route

from ..call import Call
from ..dials import within
from ..ec2_kinds import backend_of, found, kind_of, not_found
from ..replies import AwsError
from . import before, patch
from .ec2_vpc import depended_on, in_vpc

_TARGETS = (
    "GatewayId", "NatGatewayId", "VpcEndpointId", "InstanceId", "NetworkInterfaceId", "VpcPeeringConnectionId",
    "TransitGatewayId", "EgressOnlyInternetGatewayId", "CarrierGatewayId", "LocalGatewayId", "CoreNetworkArn",
)  # fmt: skip
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_QUOTAS_PAGE = "VPC user guide, amazon-vpc-limits; EC2 error codes"


def different_networks(one: str, other: str) -> AwsError:
    """Two things that must lie in one VPC, and do not."""
    return AwsError("InvalidParameterValue", f"{one} and {other} belong to different networks")


@before("ec2", "CreateRouteTable", adds="quota: RouteTableLimitExceeded", source=_QUOTAS_PAGE)
def route_table_quota(call: Call) -> None:
    tables = in_vpc(backend_of(call).route_tables.values(), call.params["VpcId"])
    within("route_tables_per_vpc", len(tables), "RouteTableLimitExceeded", "route tables")


@before("ec2", "CreateRoute", "ReplaceRoute", adds="one destination and one target, which exists (InvalidGatewayID.NotFound, "
        "InvalidNatGatewayID.NotFound, while a NAT gateway is pending too) and lies in the table's VPC",
        source="API_CreateRoute; EC2 error codes; seen by kops (pull request 944) and boto3 (issue 779)")  # fmt: skip
def route_to_what_exists(call: Call) -> None:
    table = found(call, call.params["RouteTableId"])
    if sum(name in call.params for name in _DESTINATIONS) != 1:
        raise AwsError("MissingParameter", "The request must contain exactly one destination")
    targets = [call.params[name] for name in _TARGETS if name in call.params]
    if len(targets) != 1 and not call.params.get("LocalTarget"):
        raise AwsError("InvalidParameterCombination", "The request must contain exactly one target")
    for target in targets:
        if kind_of(target):
            _same_network(table, target, found(call, target), call)


def _same_network(table: Any, target: str, thing: Any, call: Call) -> None:
    if target.startswith("igw-"):
        vpc_id = thing.vpc.id if thing.vpc else None
        if vpc_id != table.vpc_id:
            raise different_networks(f"route table {table.id}", f"network gateway {target}")
    elif target.startswith("nat-"):
        if thing.state in ("pending", "deleted"):
            raise not_found(target, call.operation or "")
        if thing.vpc_id != table.vpc_id:
            raise different_networks(f"route table {table.id}", f"NAT gateway {target}")


@before("ec2", "CreateRoute", adds="RouteAlreadyExists for IPv6 and prefix lists too; RouteLimitExceeded",
        source=_QUOTAS_PAGE)  # fmt: skip
def one_route_a_destination(call: Call) -> None:
    table = found(call, call.params["RouteTableId"])
    destination = next(call.params[name] for name in _DESTINATIONS if name in call.params)
    for route in table.routes:
        if destination in (route.destination_ipv6_cidr_block, route.destination_prefix_list_id):
            raise AwsError("RouteAlreadyExists", f"The route identified by {destination} already exists.")
    within("routes_per_table", len(table.routes), "RouteLimitExceeded", "routes")


@before("ec2", "DeleteRoute", adds="the local route stays", source="VPC user guide, VPC_Route_Tables: local route")
def keep_the_local_route(call: Call) -> None:
    table, cidr = found(call, call.params["RouteTableId"]), call.params.get("DestinationCidrBlock")
    if any(route.local and route.destination_cidr_block == cidr for route in table.routes):
        text = f"cannot remove local route {cidr} in route table {table.id}"
        raise AwsError("InvalidParameterValue", text)


@before("ec2", "DeleteRouteTable", adds="DependencyViolation for the main one", source="API_DeleteRouteTable")
def keep_the_main_table(call: Call) -> None:
    table = found(call, call.params["RouteTableId"])
    if table.main_association_id:
        raise depended_on("routeTable", table.id)


@before("ec2", "AssociateRouteTable", adds="Resource.AlreadyAssociated where the subnet has another table; one VPC",
        source="API_AssociateRouteTable; EC2 error codes")  # fmt: skip
def one_table_a_subnet(call: Call) -> None:
    table = found(call, call.params["RouteTableId"])
    subnet_id = call.params.get("SubnetId")
    if subnet_id is None:
        return
    if found(call, subnet_id).vpc_id != table.vpc_id:
        raise different_networks(f"route table {table.id}", f"subnet {subnet_id}")
    for other in backend_of(call).route_tables.values():
        for association_id, target in other._associations.items():
            if target == subnet_id and other is not table:
                text = f"the specified association for route table {table.id} conflicts with an existing association"
                raise AwsError("Resource.AlreadyAssociated", f"{text} {association_id}")


@before("ec2", "DisassociateRouteTable", adds="the main association cannot be removed, but replaced", source="API_DisassociateRouteTable")
def keep_the_main_association(call: Call) -> None:
    association_id = call.params["AssociationId"]
    if any(t.main_association_id == association_id for t in backend_of(call).route_tables.values()):
        text = f"cannot disassociate the main route table association {association_id}"
        raise AwsError("InvalidParameterValue", text)


@before("ec2", "ReplaceRouteTableAssociation", adds="both tables lie in one VPC", source="API_ReplaceRouteTableAssociation")
def replace_within_the_network(call: Call) -> None:
    table, association_id = found(call, call.params["RouteTableId"]), call.params["AssociationId"]
    for other in backend_of(call).route_tables.values():
        if association_id in other.all_associations_ids and other.vpc_id != table.vpc_id:
            raise different_networks(f"route table {table.id}", f"association {association_id}")


@patch("ec2", "DescribeRouteTables", adds="a route to a NAT gateway or internet gateway that went is a blackhole",
       source="API_Route: State")  # fmt: skip
def routes_go_dark() -> None:
    def state(self: Any) -> str:
        if self.nat_gateway and self.nat_gateway.state in ("deleting", "deleted", "failed"):
            return "blackhole"
        if (self.gateway_id or "").startswith("igw-"):
            attached = self.gateway.vpc and self.gateway.vpc.id == self.route_table.vpc_id
            return "active" if attached else "blackhole"
        return "active"

    Route.state = property(state)
