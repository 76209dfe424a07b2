# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: elastic addresses and the NAT gateways that use them."""
from __future__ import annotations

from typing import Any

from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend
from moto.ec2.utils import generic_filter

from ..call import Call
from ..dials import within
from ..ec2_kinds import backend_of, found
from ..replies import AwsError
from . import before, patch
from .ec2_vpc import internet_gateway_of

_QUOTAS_PAGE = "VPC user guide, amazon-vpc-limits; EC2 error codes"


@before("ec2", "AllocateAddress", adds="quota: AddressLimitExceeded", source=_QUOTAS_PAGE)
def address_quota(call: Call) -> None:
    within("addresses", len(backend_of(call).addresses), "AddressLimitExceeded", "addresses")


@before("ec2", "ReleaseAddress", adds="InvalidIPAddress.InUse while it is associated, but with an instance of a default VPC",
        source="API_ReleaseAddress")  # fmt: skip
def release_unused_address(call: Call) -> None:
    if allocation_id := call.params.get("AllocationId"):
        address = found(call, allocation_id)
        vpc = backend_of(call).get_vpc(address.eni.subnet.vpc_id) if address.eni else None
        if address.association_id and not (address.instance and vpc and vpc.is_default):
            raise AwsError("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")


@before("ec2", "DisassociateAddress", adds="AuthFailure for an address that a NAT gateway uses", source="EC2 error codes: AuthFailure")
def keep_the_gateways_address(call: Call) -> None:
    backend = backend_of(call)
    interfaces = {gateway._eni.id for gateway in backend.nat_gateways.values()}
    for address in backend.addresses:
        if address.association_id and address.association_id == call.params.get("AssociationId"):
            if address.eni and address.eni.id in interfaces:
                raise AwsError("AuthFailure", "You do not have permission to access the specified resource.")


@before("ec2", "CreateNatGateway", adds="subnet and address must exist; a public one needs an address; NatGatewayLimitExceeded "
        "per zone", source="API_CreateNatGateway; " + _QUOTAS_PAGE)  # fmt: skip
def create_nat_gateway(call: Call) -> None:
    backend, subnet = backend_of(call), found(call, call.params["SubnetId"])
    public = call.params.get("ConnectivityType", "public") == "public"
    if public and not call.params.get("AllocationId"):
        raise AwsError("MissingParameter", "The request must contain the parameter AllocationId")
    if not public and call.params.get("AllocationId"):
        raise AwsError("InvalidParameterCombination", "AllocationId is not valid for a private NAT gateway")
    if public:
        found(call, call.params["AllocationId"])
    counting = [g for g in backend.nat_gateways.values() if g.state in ("pending", "available", "deleting")]
    used = sum(_zone(backend, gateway) == subnet.availability_zone for gateway in counting)
    within("nat_gateways_per_zone", used, "NatGatewayLimitExceeded", "NAT gateways in this zone")


def _zone(backend: Any, gateway: NatGateway) -> str:
    return str(backend.get_subnet(gateway.subnet_id).availability_zone)


@before("ec2", "DeleteNatGateway", adds="NatGatewayNotFound for one that is not there", source="API_DeleteNatGateway")
def delete_nat_gateway(call: Call) -> None:
    found(call, call.params["NatGatewayId"])


@before("ec2", "DescribeNatGateways", adds="NatGatewayNotFound for an unknown id", source="EC2 error codes: NatGatewayNotFound")
def describe_nat_gateways(call: Call) -> None:
    for gateway_id in call.params.get("NatGatewayIds", []):
        found(call, gateway_id)


@patch("ec2", "CreateNatGateway", adds="fails later, with FailureCode and FailureMessage, where the address is in use or the "
       "VPC has no internet gateway", source="VPC user guide, nat-gateway-troubleshooting")  # fmt: skip
def nat_gateways_fail() -> None:
    first = NatGatewayBackend.create_nat_gateway

    def create(
        self: Any, subnet_id: str, allocation_id: str | None, tags: Any = None, connectivity_type: str | None = None
    ) -> NatGateway:
        failure = _failure(self, subnet_id, allocation_id)
        usable = None if failure else allocation_id
        gateway: NatGateway = first(self, subnet_id, usable, tags, connectivity_type or "public")
        gateway._eni.description = f"Interface for NAT Gateway {gateway.id}"
        if failure:
            gateway.state = "failed"
            gateway._failure = failure
            gateway.address_set[0]["allocationId"] = allocation_id
            self.enis.pop(gateway._eni.id, None)
        return gateway

    def failed(index: int) -> property:
        return property(lambda self: self._failure[index] if self.state == "failed" else None)

    NatGatewayBackend.create_nat_gateway = create
    NatGateway.failure_code, NatGateway.failure_message = failed(0), failed(1)


def _failure(backend: Any, subnet_id: str, allocation_id: str | None) -> tuple[str, str] | None:
    if allocation_id is None:
        return None
    vpc_id = backend.get_subnet(subnet_id).vpc_id
    if internet_gateway_of(backend, vpc_id) is None:
        return "Gateway.NotAttached", f"Network {vpc_id} has no Internet gateway attached"
    if backend.address_by_allocation([allocation_id])[0].association_id:
        return "Resource.AlreadyAssociated", f"Elastic IP address [{allocation_id}] is already associated"
    return None


@patch("ec2", "DescribeNatGateways", adds="all filters: tags, tag-key, state, subnet, VPC", source="API_DescribeNatGateways")
def nat_gateways_are_filtered() -> None:
    def describe(self: Any, filters: Any, nat_gateway_ids: list[str] | None) -> list[NatGateway]:
        gateways = list(self.nat_gateways.values())
        if nat_gateway_ids:
            gateways = [gateway for gateway in gateways if gateway.id in nat_gateway_ids]
        return generic_filter(filters, gateways)

    NatGateway.nat_gateway_id = property(lambda self: self.id)
    NatGatewayBackend.describe_nat_gateways = describe
