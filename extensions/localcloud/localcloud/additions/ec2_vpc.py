# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: VPCs, subnets and internet gateways."""
from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from ..call import Call
from ..dials import within
from ..ec2_kinds import backend_of, found
from ..replies import AwsError, Reply
from . import after, before

_QUOTAS_PAGE = "VPC user guide, amazon-vpc-limits; EC2 error codes"


def in_vpc(things: Any, vpc_id: str) -> list[Any]:
    """Those of moto's objects that lie in the VPC."""
    return [each for each in things if each.vpc_id == vpc_id]


def all_subnets(backend: Any) -> list[Any]:
    """Every subnet of the region."""
    return [subnet for zone in backend.subnets.values() for subnet in zone.values()]


def all_groups(backend: Any) -> list[Any]:
    """Every security group of the region."""
    return [group for groups in backend.groups.values() for group in groups.values()]


def depended_on(noun: str, resource_id: str) -> AwsError:
    """DependencyViolation, in EC2's words."""
    return AwsError("DependencyViolation", f"The {noun} '{resource_id}' has dependencies and cannot be deleted.")


@before("ec2", "CreateVpc", adds="quota: VpcLimitExceeded", source=_QUOTAS_PAGE)
def vpc_quota(call: Call) -> None:
    within("vpcs", len(backend_of(call).vpcs), "VpcLimitExceeded", "VPCs")


@before("ec2", "DeleteVpc", adds="DependencyViolation while anything is inside: gateways, subnets, tables, groups, ACLs, "
        "endpoints", source="API_DeleteVpc")  # fmt: skip
def delete_empty_vpc(call: Call) -> None:
    vpc = found(call, call.params["VpcId"])
    if any(_inside(backend_of(call), vpc.id)):
        raise depended_on("vpc", vpc.id)


def _inside(backend: Any, vpc_id: str) -> Iterator[Any]:
    yield from in_vpc(all_subnets(backend), vpc_id)
    yield from (gateway for gateway in backend.internet_gateways.values() if gateway.vpc and gateway.vpc.id == vpc_id)
    yield from (t for t in in_vpc(backend.route_tables.values(), vpc_id) if t.main_association_id is None)
    yield from (a for a in in_vpc(backend.network_acls.values(), vpc_id) if not a.default)
    yield from (g for g in in_vpc(all_groups(backend), vpc_id) if not g.is_default)
    yield from in_vpc(backend.vpc_end_points.values(), vpc_id)


@after("ec2", "DeleteVpc", adds="its default network ACL, route table and group, and their tags, go with it", source="API_DeleteVpc")
def defaults_go(call: Call, reply: Reply) -> None:
    backend = backend_of(call)
    for acl in in_vpc(list(backend.network_acls.values()), call.params["VpcId"]):
        del backend.network_acls[acl.id]
    backend.groups.pop(call.params["VpcId"], None)
    # The ids of table and group went with them; what still has tags and no resource is theirs.
    standing = {*backend.network_acls, *backend.route_tables, *(group.id for group in all_groups(backend))}
    for tagged in [i for i in backend.tags if i.startswith(("acl-", "rtb-", "sg-")) and i not in standing]:
        del backend.tags[tagged]


@before("ec2", "CreateSubnet", adds="prefix /16 to /28 (InvalidSubnet.Range); a zone of this region; SubnetLimitExceeded",
        source="API_CreateSubnet")  # fmt: skip
def create_subnet(call: Call) -> None:
    backend, vpc = backend_of(call), found(call, call.params["VpcId"])
    if cidr := call.params.get("CidrBlock"):
        try:
            prefix = ipaddress.IPv4Network(cidr, strict=False).prefixlen
        except ValueError:
            text = f"Value ({cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
            raise AwsError("InvalidParameterValue", text) from None
        if not 16 <= prefix <= 28:
            raise AwsError("InvalidSubnet.Range", f"The CIDR '{cidr}' is invalid.")
    zones = {zone.name for zone in backend.describe_availability_zones()}
    if (zone := call.params.get("AvailabilityZone")) and zone not in zones:
        text = f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the "
        raise AwsError("InvalidParameterValue", f"{text}following availability zones: {', '.join(sorted(zones))}.")
    within("subnets_per_vpc", len(in_vpc(all_subnets(backend), vpc.id)), "SubnetLimitExceeded", "subnets")


@before("ec2", "DeleteSubnet", adds="DependencyViolation while an interface is inside: NAT gateway, endpoint, instance",
        source="API_DeleteSubnet")  # fmt: skip
def delete_empty_subnet(call: Call) -> None:
    subnet = found(call, call.params["SubnetId"])
    if any(interface.subnet.id == subnet.id for interface in backend_of(call).enis.values()):
        raise depended_on("subnet", subnet.id)


@after("ec2", "DeleteSubnet", adds="its associations with route table and network ACL go with it", source="API_DeleteSubnet")
def associations_go(call: Call, reply: Reply) -> None:
    backend, subnet_id = backend_of(call), call.params["SubnetId"]
    for table in backend.route_tables.values():
        table._associations = {k: v for k, v in table._associations.items() if v != subnet_id}
    for acl in backend.network_acls.values():
        acl._associations = {k: v for k, v in acl._associations.items() if v.subnet_id != subnet_id}


@before("ec2", "CreateInternetGateway", adds="quota: InternetGatewayLimitExceeded", source=_QUOTAS_PAGE)
def internet_gateway_quota(call: Call) -> None:
    used = len(backend_of(call).internet_gateways)
    within("internet_gateways", used, "InternetGatewayLimitExceeded", "internet gateways")


@before("ec2", "AttachInternetGateway", adds="a VPC has one internet gateway at most", source="API_AttachInternetGateway")
def attach_one_gateway(call: Call) -> None:
    gateway, vpc = found(call, call.params["InternetGatewayId"]), found(call, call.params["VpcId"])
    if gateway.vpc is None and internet_gateway_of(backend_of(call), vpc.id):
        text = f"Network {vpc.id} already has an internet gateway attached"
        raise AwsError("InvalidParameterValue", text)


def internet_gateway_of(backend: Any, vpc_id: str) -> Any:
    """The internet gateway that is attached to the VPC, or None."""
    return next((g for g in backend.internet_gateways.values() if g.vpc and g.vpc.id == vpc_id), None)


@before("ec2", "DetachInternetGateway", adds="DependencyViolation while public addresses are mapped in the VPC",
        source="API_DetachInternetGateway")  # fmt: skip
def detach_unused_gateway(call: Call) -> None:
    found(call, call.params["InternetGatewayId"])
    vpc_id = call.params["VpcId"]
    mapped = (address.eni for address in backend_of(call).addresses if address.eni)
    if any(interface.subnet.vpc_id == vpc_id for interface in mapped):
        text = f"Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before "
        raise AwsError("DependencyViolation", f"{text}detaching the gateway.")
