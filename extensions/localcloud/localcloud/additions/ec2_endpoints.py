# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: gateway and interface endpoints."""
from __future__ import annotations

from collections import Counter
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.vpcs import VPCBackend
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.responses.vpcs import VPCs
from moto.ec2.utils import random_private_ip

from ..call import Call
from ..dials import DIALS, within
from ..ec2_kinds import backend_of, found
from ..replies import AwsError, Reply
from . import after, before, patch
from .ec2_routes import different_networks
from .ec2_vpc import in_vpc

_QUOTAS_PAGE = "VPC user guide, amazon-vpc-limits; EC2 error codes"
_LIVING = ("pending", "available")


def _living(call: Call, vpc_id: str, kind: str) -> list[VPCEndPoint]:
    endpoints = in_vpc(backend_of(call).vpc_end_points.values(), vpc_id)
    return [e for e in endpoints if e.vpc_endpoint_type == kind and e.state in _LIVING]


@before("ec2", "CreateVpcEndpoint", adds="type Gateway unless another is given, then without private DNS; an interface "
        "endpoint without groups has the VPC's default one", source="API_CreateVpcEndpoint: defaults")  # fmt: skip
def endpoint_defaults(call: Call) -> None:
    vpc = found(call, call.params["VpcId"])
    kind = call.params.get("VpcEndpointType", "Gateway")
    changes = {"VpcEndpointType": kind}
    if kind == "Gateway":
        changes["PrivateDnsEnabled"] = "false"
    elif kind == "Interface" and not call.params.get("SecurityGroupIds"):
        changes["SecurityGroupId.1"] = backend_of(call).get_default_security_group(vpc.id).id
    call.rewrite(changes)


@before("ec2", "CreateVpcEndpoint", adds="its service must exist (InvalidServiceName), its subnets, groups and tables lie in "
        "the VPC; VpcEndpointLimitExceeded, SecurityGroupsPerInterfaceLimitExceeded", source="API_CreateVpcEndpoint; EC2 error codes")  # fmt: skip
def create_endpoint(call: Call) -> None:
    vpc_id, kind, service = (call.params[n] for n in ("VpcId", "VpcEndpointType", "ServiceName"))
    offered = backend_of(call)._collect_default_endpoint_services(call.account, call.region)
    if service.startswith("com.amazonaws.") and not _offers(offered, service, kind):
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{service}' does not exist")
    _check_members(call, vpc_id, "SubnetIds", "SecurityGroupIds", "RouteTableIds")
    alike = [e for e in _living(call, vpc_id, kind) if e.service_name == service]
    if kind == "Gateway":
        _refuse_second_route(call.params.get("RouteTableIds", []), alike)
        gateways = [e for e in backend_of(call).vpc_end_points.values() if e.vpc_endpoint_type == kind and e.state in _LIVING]
        within("gateway_endpoints", len(gateways), "VpcEndpointLimitExceeded", "gateway endpoints")
        return
    _check_zones(call, call.params.get("SubnetIds", []))
    if len(call.params.get("SecurityGroupIds", [])) > DIALS.quotas["groups_per_interface"]:
        text = "The maximum number of security groups per interface has been reached."
        raise AwsError("SecurityGroupsPerInterfaceLimitExceeded", text)
    if call.params.get("PrivateDnsEnabled", True):
        _check_private_dns(call, vpc_id, service, alike)
    used = len(_living(call, vpc_id, kind))
    within("interface_endpoints_per_vpc", used, "VpcEndpointLimitExceeded", "interface endpoints")


def _offers(offered: list[dict[str, Any]], service: str, kind: str) -> bool:
    types = [t["ServiceType"] for o in offered if o["ServiceName"] == service for t in o["ServiceType"]]
    return kind in types or (kind != "Gateway" and "Interface" in types)


def _check_members(call: Call, vpc_id: str, *names: str) -> None:
    for name in names:
        for member_id in call.params.get(name, []):
            if found(call, member_id).vpc_id != vpc_id:
                raise different_networks(f"vpc {vpc_id}", member_id)


def _refuse_second_route(table_ids: list[str], others: list[VPCEndPoint]) -> None:
    for other in others:
        for table_id in set(table_ids) & set(other.route_table_ids):
            text = f"route table {table_id} already has a route with destination-prefix-list-id"
            raise AwsError("RouteAlreadyExists", f"{text} {other.destination_prefix_list_id}")


def _check_zones(call: Call, subnet_ids: list[str]) -> None:
    zones = Counter(found(call, subnet_id).availability_zone for subnet_id in subnet_ids)
    for subnet_id in subnet_ids:
        if zones[found(call, subnet_id).availability_zone] > 1:
            text = "Found another VPC endpoint subnet in the availability zone of "
            raise AwsError("DuplicateSubnetsInSameZone", text + subnet_id)


def _check_private_dns(call: Call, vpc_id: str, service: str, alike: list[VPCEndPoint]) -> None:
    vpc = found(call, vpc_id)
    if not (_is_on(vpc.enable_dns_support) and _is_on(vpc.enable_dns_hostnames)):
        text = "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for "
        raise AwsError("InvalidParameter", text + vpc_id)
    if any(_is_on(other.private_dns_enabled) for other in alike):
        text = "private-dns-enabled cannot be set because there is already a conflicting DNS domain for"
        raise AwsError("InvalidParameter", f"{text} {service} in the VPC {vpc_id}")


def _is_on(value: Any) -> bool:
    return str(value).lower() == "true"


@before("ec2", "ModifyVpcEndpoint", adds="what is added exists, lies in the VPC and suits the type; RouteAlreadyExists; "
        "private DNS as in a create", source="API_ModifyVpcEndpoint")  # fmt: skip
def modify_endpoint(call: Call) -> None:
    endpoint, asked = found(call, call.params["VpcEndpointId"]), call.params
    gateway = endpoint.vpc_endpoint_type == "Gateway"
    foreign = ("AddSubnetIds", "AddSecurityGroupIds", "PrivateDnsEnabled") if gateway else ("AddRouteTableIds",)
    if unsuitable := [name for name in foreign if name in asked]:
        text = f"{unsuitable[0]} is not supported for an endpoint of type {endpoint.vpc_endpoint_type}"
        raise AwsError("InvalidParameter", text)
    _check_members(call, endpoint.vpc_id, "AddSubnetIds", "AddSecurityGroupIds", "AddRouteTableIds")
    alike = [e for e in _living(call, endpoint.vpc_id, endpoint.vpc_endpoint_type) if e.service_name == endpoint.service_name]
    _refuse_second_route(asked.get("AddRouteTableIds", []), alike)
    left = set(endpoint.subnet_ids or ()) - set(asked.get("RemoveSubnetIds", []))
    _check_zones(call, sorted(left | set(asked.get("AddSubnetIds", []))))
    if asked.get("PrivateDnsEnabled") and not _is_on(endpoint.private_dns_enabled):
        _check_private_dns(call, endpoint.vpc_id, endpoint.service_name, [e for e in alike if e is not endpoint])


@after("ec2", "ModifyVpcEndpoint", adds="PrivateDnsEnabled and ResetPolicy are honoured; routes and interfaces follow",
       source="API_ModifyVpcEndpoint")  # fmt: skip
def follow(call: Call, reply: Reply) -> None:
    endpoint, backend = found(call, call.params["VpcEndpointId"]), backend_of(call)
    if "PrivateDnsEnabled" in call.params:
        endpoint.private_dns_enabled = call.params["PrivateDnsEnabled"]
    if call.params.get("ResetPolicy"):
        endpoint.policy_document = VPCEndPoint({}, "", "", "", "", None, []).policy_document
    prefix_list = endpoint.destination_prefix_list_id
    for table_id in call.params.get("AddRouteTableIds", []) if prefix_list else []:
        backend.create_route(table_id, None, destination_prefix_list_id=prefix_list, gateway_id=endpoint.id)
    for table_id in call.params.get("RemoveRouteTableIds", []) if prefix_list else []:
        backend.delete_route(table_id, prefix_list)
    gone = set(call.params.get("RemoveSubnetIds", []))
    for interface_id in [i for i in endpoint.network_interface_ids if backend.enis[i].subnet.id in gone]:
        endpoint.network_interface_ids.remove(interface_id)
        del backend.enis[interface_id]
    for subnet_id in call.params.get("AddSubnetIds", []):
        endpoint.network_interface_ids.append(_interface(backend, endpoint, subnet_id))


def _interface(backend: Any, endpoint: VPCEndPoint, subnet_id: str) -> str:
    """The id of a new interface of an endpoint: it has an address of the subnet, and the endpoint's groups."""
    address, description = random_private_ip(backend.get_subnet(subnet_id).cidr_block), f"VPC Endpoint Interface {endpoint.id}"
    return backend.create_network_interface(subnet_id, address, group_ids=endpoint.security_group_ids, description=description).id


@patch("ec2", "CreateVpcEndpoint", adds="its interfaces have addresses of their subnets, and the endpoint's groups", source="API_NetworkInterface")
def interfaces_lie_in_their_subnets() -> None:
    first = VPCBackend.create_vpc_endpoint

    def create(self: VPCBackend, *args: Any, **kwargs: Any) -> VPCEndPoint:
        endpoint = first(self, *args, **kwargs)
        subnets = [self.enis.pop(id).subnet.id for id in endpoint.network_interface_ids or ()]
        if subnets:
            endpoint.network_interface_ids = [_interface(self, endpoint, subnet) for subnet in subnets]
        return endpoint

    VPCBackend.create_vpc_endpoint = create


@patch("ec2", "DeleteVpcEndpoints", adds="unknown ids come back as Unsuccessful", source="API_DeleteVpcEndpoints")
def say_what_was_not_deleted() -> None:
    def delete(self: VPCs) -> ActionResult:
        endpoints, unknown = self.ec2_backend.vpc_end_points, []
        for endpoint_id in self._get_param("VpcEndpointIds", []):
            if endpoint_id in endpoints:
                endpoints[endpoint_id].state = "deleted"
                continue
            text = f"The Vpc Endpoint Id '{endpoint_id}' does not exist"
            error = {"Code": "InvalidVpcEndpoint.NotFound", "Message": text}
            unknown.append({"ResourceId": endpoint_id, "Error": error})
        return ActionResult({"Unsuccessful": unknown})

    VPCs.delete_vpc_endpoints = delete


@patch("ec2", "DescribeVpcEndpoints", adds="the filter vpc-endpoint-id", source="API_DescribeVpcEndpoints")
def endpoints_are_filtered() -> None:
    VPCEndPoint.vpc_endpoint_id = property(lambda self: self.id)
