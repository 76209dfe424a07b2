# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kinds of EC2 resources that the cloud knows by their ids: one table, from prefix to AWS's words."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .replies import AwsError

if TYPE_CHECKING:
    from .call import Call


@dataclass(frozen=True)
class Kind:
    """A kind of EC2 resource.

    `tag_type` is the resource type in tag specifications, `element` the id's element in a reply, `find` the
    look into moto's backend (None: not there). Codes: the EC2 API reference, "Error codes".
    """

    prefix: str
    tag_type: str
    noun: str
    not_found: str
    create: str
    delete: str
    describe: str
    element: str
    find: Callable[[Any, str], Any]


def _subnet(backend: Any, subnet_id: str) -> Any:
    return next((zone[subnet_id] for zone in backend.subnets.values() if subnet_id in zone), None)


def _address(backend: Any, allocation_id: str) -> Any:
    return next((a for a in backend.addresses if a.allocation_id == allocation_id), None)


KINDS = (
    Kind("vpc", "vpc", "vpc", "InvalidVpcID.NotFound",
         "CreateVpc", "DeleteVpc", "DescribeVpcs", "vpcId", lambda b, i: b.vpcs.get(i)),
    Kind("subnet", "subnet", "subnet", "InvalidSubnetID.NotFound",
         "CreateSubnet", "DeleteSubnet", "DescribeSubnets", "subnetId", _subnet),
    Kind("igw", "internet-gateway", "internetGateway", "InvalidInternetGatewayID.NotFound",
         "CreateInternetGateway", "DeleteInternetGateway", "DescribeInternetGateways", "internetGatewayId",
         lambda b, i: b.internet_gateways.get(i)),
    Kind("eipalloc", "elastic-ip", "allocation", "InvalidAllocationID.NotFound",
         "AllocateAddress", "ReleaseAddress", "DescribeAddresses", "allocationId", _address),
    Kind("nat", "natgateway", "natGateway", "NatGatewayNotFound",
         "CreateNatGateway", "DeleteNatGateway", "DescribeNatGateways", "natGatewayId",
         lambda b, i: b.nat_gateways.get(i)),
    Kind("rtb", "route-table", "routeTable", "InvalidRouteTableID.NotFound",
         "CreateRouteTable", "DeleteRouteTable", "DescribeRouteTables", "routeTableId",
         lambda b, i: b.route_tables.get(i)),
    Kind("acl", "network-acl", "networkAcl", "InvalidNetworkAclID.NotFound",
         "CreateNetworkAcl", "DeleteNetworkAcl", "DescribeNetworkAcls", "networkAclId",
         lambda b, i: b.network_acls.get(i)),
    Kind("sg", "security-group", "security group", "InvalidGroup.NotFound",
         "CreateSecurityGroup", "DeleteSecurityGroup", "DescribeSecurityGroups", "groupId",
         lambda b, i: b.get_security_group_from_id(i)),
    Kind("vpce", "vpc-endpoint", "Vpc Endpoint", "InvalidVpcEndpointId.NotFound",
         "CreateVpcEndpoint", "DeleteVpcEndpoints", "DescribeVpcEndpoints", "vpcEndpointId",
         lambda b, i: b.vpc_end_points.get(i)),
    Kind("eni", "network-interface", "networkInterface", "InvalidNetworkInterfaceID.NotFound",
         "CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces", "networkInterfaceId",
         lambda b, i: b.enis.get(i)),
    Kind("lt", "launch-template", "launch template", "InvalidLaunchTemplateId.NotFound",
         "CreateLaunchTemplate", "DeleteLaunchTemplate", "DescribeLaunchTemplates", "launchTemplateId",
         lambda b, i: b.launch_templates.get(i)),
)  # fmt: skip
_BY_PREFIX = {kind.prefix: kind for kind in KINDS}
CREATED_BY = {kind.create: kind for kind in KINDS}
DELETED_BY = {kind.delete: kind for kind in KINDS}
DESCRIBED_BY = {kind.describe: kind for kind in KINDS}


def kind_of(resource_id: str) -> Kind | None:
    """The kind whose id this is, by its prefix."""
    return _BY_PREFIX.get(resource_id.rpartition("-")[0])


def not_found(resource_id: str, operation: str = "") -> AwsError:
    """The NotFound error of the id's own type; routes have words of their own for their gateways."""
    kind = _BY_PREFIX[resource_id.rpartition("-")[0]]
    if kind.prefix == "nat" and "Route" not in operation:
        return AwsError(kind.not_found, f"NAT gateway {resource_id} was not found")
    if kind.prefix == "nat":
        return AwsError("InvalidNatGatewayID.NotFound", f"The natGateway ID '{resource_id}' does not exist")
    if kind.prefix == "igw" and "Route" in operation:
        return AwsError("InvalidGatewayID.NotFound", f"The gateway ID '{resource_id}' does not exist")
    if kind.prefix == "sg":
        return AwsError(kind.not_found, f"The security group '{resource_id}' does not exist")
    return AwsError(kind.not_found, f"The {kind.noun} ID '{resource_id}' does not exist")


def backend_of(call: Call) -> Any:
    """moto's EC2 of the call's account and region."""
    from moto.ec2.models import ec2_backends

    return ec2_backends[call.account][call.region]


def found(call: Call, resource_id: str) -> Any:
    """moto's object of that id. Raises the type's own NotFound error."""
    kind = kind_of(resource_id)
    if kind is None:
        raise AwsError("InvalidParameterValue", f"Invalid id: \"{resource_id}\"")
    thing = kind.find(backend_of(call), resource_id)
    if thing is None:
        raise not_found(resource_id, call.operation or "")
    return thing
