# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS refuses, the local cloud refuses: at least one case for each addition that checks a call."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud, additions
from .network import ANYWHERE, ECR, NO_ACL, NO_IGW, NO_NAT, NO_VPC, S3, Network, port, port_from_group

Case = Callable[[Network], Any]
LONG = "x" * 257


def _tags(kind: str, *keys: str, value: str = "v") -> dict[str, Any]:
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key in keys]}]}


def _modify(net: Network, endpoint: str, **params: Any) -> Any:
    return net.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, **params)


def _private(net: Network, **params: Any) -> str:
    net.resolve_names()
    return net.endpoint(ECR, VpcEndpointType="Interface", **{"SubnetIds": [net.subnet]} | params)


def _associate(net: Network, table: str, subnet: str) -> Any:
    return net.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)


def _other_main_table(net: Network) -> str:
    own = [{"Name": "vpc-id", "Values": [net.other_vpc]}]
    return net.ec2.describe_route_tables(Filters=own)["RouteTables"][0]["RouteTableId"]


def _default_group(net: Network) -> str:
    own = [{"Name": "vpc-id", "Values": [net.vpc]}, {"Name": "group-name", "Values": ["default"]}]
    return net.ec2.describe_security_groups(Filters=own)["SecurityGroups"][0]["GroupId"]


def _group(net: Network, name: str, description: str = "of a test") -> Any:
    return net.ec2.create_security_group(GroupName=name, Description=description, VpcId=net.vpc)


def _nat(net: Network, **params: Any) -> Any:
    return net.ec2.create_nat_gateway(**{"SubnetId": net.subnet, "AllocationId": net.address} | params)


def _association_of(net: Network) -> str:
    assert net.nat
    return net.ec2.describe_addresses(AllocationIds=[net.address])["Addresses"][0]["AssociationId"]


def _tie(net: Network, association: str, acl: str) -> Any:
    return net.ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl)


# addition, what AWS says, the last call of this
REFUSALS: list[tuple[str, str, Case]] = [
    ("restrict_tags", "InvalidParameterValue", lambda n: n.ec2.create_vpc(CidrBlock="10.0.0.0/16", **_tags("subnet", "k"))),
    ("restrict_tags", "InvalidParameterValue", lambda n: n.ec2.create_vpc(CidrBlock="10.0.0.0/16", **_tags("vpc", "aws:k"))),
    ("restrict_tags", "InvalidParameterValue", lambda n: n.ec2.create_vpc(CidrBlock="10.0.0.0/16", **_tags("vpc", LONG))),
    ("restrict_tags", "InvalidParameterValue", lambda n: n.ec2.create_vpc(CidrBlock="10.0.0.0/16", **_tags("vpc", "k", "k"))),
    ("restrict_tags", "InvalidParameterValue",
     lambda n: n.ec2.create_vpc(CidrBlock="10.0.0.0/16", **_tags("vpc", "k", value=LONG))),
    ("restrict_tags", "TagLimitExceeded",
     lambda n: n.ec2.create_vpc(CidrBlock="10.0.0.0/16", **_tags("vpc", *map(str, range(51))))),
    ("tag_what_exists", "NatGatewayNotFound",
     lambda n: n.ec2.create_tags(Resources=[NO_NAT], Tags=[{"Key": "k", "Value": "v"}])),
    ("dry_run", "DryRunOperation", lambda n: n.ec2.create_vpc(CidrBlock="10.0.0.0/16", DryRun=True)),
    ("vpc_quota", "VpcLimitExceeded", lambda n: [n.ec2.create_vpc(CidrBlock="10.0.0.0/16") for _time in range(5)]),
    ("delete_empty_vpc", "InvalidVpcID.NotFound", lambda n: n.ec2.delete_vpc(VpcId=NO_VPC)),
    ("delete_empty_vpc", "DependencyViolation", lambda n: (n.igw, n.ec2.delete_vpc(VpcId=n.vpc))),
    ("delete_empty_vpc", "DependencyViolation", lambda n: (n.group, n.ec2.delete_vpc(VpcId=n.vpc))),
    ("delete_empty_vpc", "DependencyViolation", lambda n: (n.acl, n.ec2.delete_vpc(VpcId=n.vpc))),
    ("delete_empty_vpc", "DependencyViolation", lambda n: (n.table, n.ec2.delete_vpc(VpcId=n.vpc))),
    ("delete_empty_vpc", "DependencyViolation",
     lambda n: (n.endpoint(S3), n.ec2.delete_vpc(VpcId=n.vpc))),
    ("create_subnet", "InvalidSubnet.Range", lambda n: n.new_subnet("10.0.0.0/29", "eu-west-1a")),
    ("create_subnet", "InvalidSubnet.Range", lambda n: n.new_subnet("10.9.0.0/24", "eu-west-1a")),
    ("create_subnet", "InvalidSubnet.Conflict", lambda n: (n.subnet, n.new_subnet("10.0.0.0/22", "eu-west-1b"))),
    ("create_subnet", "InvalidParameterValue", lambda n: n.new_subnet("10.0.0.0/24", "us-east-1a")),
    ("create_subnet", "InvalidParameterValue", lambda n: n.new_subnet("ten.0.0.0/24", "eu-west-1a")),
    ("delete_empty_subnet", "DependencyViolation", lambda n: (n.nat, n.ec2.delete_subnet(SubnetId=n.subnet))),
    ("delete_empty_subnet", "DependencyViolation", lambda n: (_private(n), n.ec2.delete_subnet(SubnetId=n.subnet))),
    ("internet_gateway_quota", "InternetGatewayLimitExceeded", lambda n: [n.ec2.create_internet_gateway() for _time in range(6)]),
    ("attach_one_gateway", "InvalidParameterValue",
     lambda n: (n.igw, n.ec2.attach_internet_gateway(InternetGatewayId=Network(n.ec2).loose_igw, VpcId=n.vpc))),
    ("detach_unused_gateway", "DependencyViolation",
     lambda n: (n.nat, n.ec2.detach_internet_gateway(InternetGatewayId=n.igw, VpcId=n.vpc))),
    ("address_quota", "AddressLimitExceeded", lambda n: [n.ec2.allocate_address(Domain="vpc") for _time in range(6)]),
    ("release_unused_address", "InvalidIPAddress.InUse", lambda n: (n.nat, n.ec2.release_address(AllocationId=n.address))),
    ("release_unused_address", "InvalidAllocationID.NotFound",
     lambda n: (n.ec2.release_address(AllocationId=n.address), n.ec2.release_address(AllocationId=n.address))),
    ("keep_the_gateways_address", "AuthFailure", lambda n: n.ec2.disassociate_address(AssociationId=_association_of(n))),
    ("create_nat_gateway", "MissingParameter", lambda n: n.ec2.create_nat_gateway(SubnetId=n.subnet)),
    ("create_nat_gateway", "InvalidAllocationID.NotFound", lambda n: _nat(n, AllocationId="eipalloc-0123456789abcdef0")),
    ("create_nat_gateway", "InvalidSubnetID.NotFound", lambda n: _nat(n, SubnetId="subnet-0123456789abcdef0")),
    ("create_nat_gateway", "InvalidParameterCombination", lambda n: _nat(n, ConnectivityType="private")),
    ("create_nat_gateway", "NatGatewayLimitExceeded",
     lambda n: [n.ec2.create_nat_gateway(SubnetId=n.subnet, ConnectivityType="private") for _time in range(6)]),
    ("delete_nat_gateway", "NatGatewayNotFound", lambda n: n.ec2.delete_nat_gateway(NatGatewayId=NO_NAT)),
    ("describe_nat_gateways", "NatGatewayNotFound", lambda n: n.ec2.describe_nat_gateways(NatGatewayIds=[NO_NAT])),
    ("route_to_what_exists", "InvalidGatewayID.NotFound", lambda n: n.route(GatewayId=NO_IGW)),
    ("route_to_what_exists", "InvalidNatGatewayID.NotFound", lambda n: n.route(NatGatewayId=NO_NAT)),
    ("route_to_what_exists", "InvalidParameterValue", lambda n: n.route(GatewayId=n.loose_igw)),
    ("route_to_what_exists", "InvalidParameterCombination", lambda n: n.route()),
    ("route_to_what_exists", "MissingParameter",
     lambda n: n.ec2.create_route(RouteTableId=n.table, GatewayId=n.igw)),
    ("route_to_what_exists", "RouteAlreadyExists", lambda n: (n.route(GatewayId=n.igw), n.route(GatewayId=n.igw))),
    ("one_route_a_destination", "RouteAlreadyExists",
     lambda n: [n.ec2.create_route(RouteTableId=n.table, DestinationIpv6CidrBlock="::/0", GatewayId=n.igw) for _time in range(2)]),
    ("keep_the_local_route", "InvalidParameterValue",
     lambda n: n.ec2.delete_route(RouteTableId=n.table, DestinationCidrBlock="10.0.0.0/16")),
    ("keep_the_main_table", "DependencyViolation",
     lambda n: n.ec2.delete_route_table(RouteTableId=n.main_table["RouteTableId"])),
    ("keep_the_main_table", "DependencyViolation",
     lambda n: (_associate(n, n.table, n.subnet), n.ec2.delete_route_table(RouteTableId=n.table))),
    ("one_table_a_subnet", "Resource.AlreadyAssociated",
     lambda n: (_associate(n, n.table, n.subnet), _associate(n, n.new_table(), n.subnet))),
    ("one_table_a_subnet", "InvalidParameterValue", lambda n: _associate(n, _other_main_table(n), n.subnet)),
    ("keep_the_main_association", "InvalidParameterValue",
     lambda n: n.ec2.disassociate_route_table(AssociationId=n.main_table["Associations"][0]["RouteTableAssociationId"])),
    ("replace_within_the_network", "InvalidParameterValue",
     lambda n: n.ec2.replace_route_table_association(
         AssociationId=_associate(n, n.table, n.subnet)["AssociationId"], RouteTableId=_other_main_table(n))),
    ("create_endpoint", "InvalidServiceName", lambda n: n.endpoint("com.amazonaws.eu-west-1.nothing")),
    ("create_endpoint", "RouteAlreadyExists",
     lambda n: (n.endpoint(S3, RouteTableIds=[n.table]), n.endpoint(S3, RouteTableIds=[n.table]))),
    ("create_endpoint", "InvalidParameterValue", lambda n: n.endpoint(S3, RouteTableIds=[_other_main_table(n)])),
    ("create_endpoint", "InvalidParameter",
     lambda n: n.endpoint(ECR, VpcEndpointType="Interface", SubnetIds=[n.subnet])),
    ("create_endpoint", "InvalidParameter", lambda n: (_private(n), _private(n, SubnetIds=[n.neighbour]))),
    ("create_endpoint", "DuplicateSubnetsInSameZone",
     lambda n: _private(n, SubnetIds=[n.subnet, n.new_subnet("10.0.9.0/24", "eu-west-1a")])),
    ("modify_endpoint", "RouteAlreadyExists",
     lambda n: _modify(n, n.endpoint(S3, RouteTableIds=[n.table]), AddRouteTableIds=[n.table])),
    ("modify_endpoint", "InvalidParameter", lambda n: _modify(n, _private(n), AddRouteTableIds=[n.table])),
    ("modify_endpoint", "InvalidVpcEndpointId.NotFound", lambda n: _modify(n, "vpce-0123456789abcdef0", ResetPolicy=True)),
    ("create_group", "InvalidParameterValue", lambda n: _group(n, "sg-mine")),
    ("create_group", "InvalidParameterValue", lambda n: _group(n, "per%cent")),
    ("create_group", "InvalidParameterValue", lambda n: _group(n, LONG)),
    ("create_group", "InvalidParameterValue", lambda n: _group(n, "default")),
    ("create_group", "InvalidParameterValue", lambda n: _group(n, "mine", "umlaut ü")),
    ("create_group", "InvalidGroup.Duplicate", lambda n: (_group(n, "mine"), _group(n, "mine"))),
    ("delete_unused_group", "CannotDelete", lambda n: n.ec2.delete_security_group(GroupId=_default_group(n))),
    ("delete_unused_group", "DependencyViolation",
     lambda n: (n.allow(port_from_group(80, n.new_group("named"))), n.ec2.delete_security_group(GroupId=_named(n)))),
    ("delete_unused_group", "DependencyViolation",
     lambda n: (_private(n, SecurityGroupIds=[n.group]), n.ec2.delete_security_group(GroupId=n.group))),
    ("check_rules", "InvalidParameterValue", lambda n: n.allow(port(65536))),
    ("check_rules", "InvalidParameterValue", lambda n: n.allow(port(80, description="per%cent"))),
    ("check_rules", "InvalidParameterValue", lambda n: n.allow({"IpProtocol": "tcp", "IpRanges": [{"CidrIp": ANYWHERE}]})),
    ("check_rules", "InvalidParameterValue", lambda n: n.allow(port(80) | {"IpProtocol": "tcpp"})),
    ("check_rules", "InvalidGroup.NotFound", lambda n: n.allow(port_from_group(80, "sg-0123456789abcdef0"))),
    ("check_rules", "InvalidPermission.Duplicate", lambda n: (n.allow(port(80)), n.allow(port(80, description="again")))),
    ("check_rules", "InvalidPermission.NotFound",
     lambda n: n.ec2.revoke_security_group_ingress(GroupId=n.group, IpPermissions=[port(80)])),
    ("check_rules", "RulesPerSecurityGroupLimitExceeded", lambda n: n.allow(*(port(number) for number in range(1, 62)))),
    ("keep_the_default_acl", "InvalidParameterValue",
     lambda n: n.ec2.delete_network_acl(NetworkAclId=n.default_acl["NetworkAclId"])),
    ("describe_acls", "InvalidNetworkAclID.NotFound", lambda n: n.ec2.describe_network_acls(NetworkAclIds=[NO_ACL])),
    ("check_entry", "InvalidParameterValue", lambda n: n.entry(RuleNumber=32767)),
    ("check_entry", "InvalidParameterValue", lambda n: n.entry(RuleNumber=0)),
    ("check_entry", "InvalidParameterValue", lambda n: n.entry(PortRange={"From": 81, "To": 80})),
    ("check_entry", "MissingParameter",
     lambda n: n.ec2.create_network_acl_entry(
         NetworkAclId=n.acl, RuleNumber=1, Protocol="-1", RuleAction="allow", Egress=True)),
    ("check_entry", "NetworkAclEntryAlreadyExists", lambda n: (n.entry(), n.entry())),
    ("entry_quota", "NetworkAclEntryLimitExceeded", lambda n: [n.entry(RuleNumber=number) for number in range(1, 22)]),
    ("entry_must_stand", "InvalidNetworkAclEntry.NotFound",
     lambda n: n.ec2.delete_network_acl_entry(NetworkAclId=n.acl, RuleNumber=7, Egress=True)),
    ("replace_acl_association", "InvalidAssociationID.NotFound", lambda n: _tie(n, "aclassoc-0123456789abcdef0", n.acl)),
    ("replace_acl_association", "InvalidNetworkAclID.NotFound",
     lambda n: (n.subnet, _tie(n, n.default_acl["Associations"][0]["NetworkAclAssociationId"], NO_ACL))),
    ("replace_acl_association", "DependencyViolation",
     lambda n: (n.subnet, _tie(n, n.default_acl["Associations"][0]["NetworkAclAssociationId"], n.acl),
                n.ec2.delete_network_acl(NetworkAclId=n.acl))),
]  # fmt: skip

# Quotas too large to fill: a smaller one says the same.
SMALL_QUOTAS: list[tuple[str, str, dict[str, int], Case]] = [
    ("create_subnet", "SubnetLimitExceeded", {"subnets_per_vpc": 1}, lambda n: (n.subnet, n.neighbour)),
    ("route_table_quota", "RouteTableLimitExceeded", {"route_tables_per_vpc": 1}, lambda n: n.table),
    ("one_route_a_destination", "RouteLimitExceeded", {"routes_per_table": 1}, lambda n: n.route(GatewayId=n.igw)),
    ("create_endpoint", "VpcEndpointLimitExceeded", {"gateway_endpoints": 0}, lambda n: n.endpoint(S3)),
    ("create_endpoint", "VpcEndpointLimitExceeded", {"interface_endpoints_per_vpc": 0}, lambda n: [_private(n)]),
    ("create_endpoint", "SecurityGroupsPerInterfaceLimitExceeded", {"groups_per_interface": 0},
     lambda n: _private(n, SecurityGroupIds=[n.group])),
    ("create_group", "SecurityGroupLimitExceeded", {"security_groups": 2}, lambda n: n.group),
    ("acl_quota", "NetworkAclLimitExceeded", {"network_acls_per_vpc": 1}, lambda n: n.acl),
]  # fmt: skip

# They alter a call, or see to time that passed, and refuse nothing; and those whose refusals stand in other files.
ELSEWHERE = {"canonical_cidrs", "endpoint_defaults", "sweep"}
#: The files of additions that are held here; each other service's have a test file of their own.
NETWORK = ("every_request", "dynamodb", "settling", "ec2_acls", "ec2_addresses", "ec2_endpoints", "ec2_every_request", "ec2_groups", "ec2_routes", "ec2_vpc")
ELSEWHERE |= {"validate", "items_of_active_tables", "delete_active_tables"}


def _named(net: Network) -> str:
    own = [{"Name": "group-name", "Values": ["named"]}]
    return net.ec2.describe_security_groups(Filters=own)["SecurityGroups"][0]["GroupId"]


@pytest.mark.parametrize(
    ("code", "case"), [row[1:] for row in REFUSALS], ids=[f"{row[0]}-{row[1]}-{n}" for n, row in enumerate(REFUSALS)]
)
def test_what_aws_refuses_is_refused(ec2: Any, code: str, case: Case) -> None:
    with pytest.raises(ClientError) as refused:
        case(Network(ec2))
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(("code", "quotas", "case"), [row[1:] for row in SMALL_QUOTAS], ids=[row[1] for row in SMALL_QUOTAS])
def test_a_quota_is_kept(cloud: LocalCloud, ec2: Any, code: str, quotas: dict[str, int], case: Case) -> None:
    cloud.dials.quotas = quotas
    with pytest.raises(ClientError) as refused:
        case(Network(ec2))
    assert refused.value.response["Error"]["Code"] == code


def test_every_addition_of_the_network_that_checks_a_call_has_its_refusal_here() -> None:
    additions.load()
    network = {f"{additions.__name__}.{name}" for name in NETWORK}
    checking = {each.run.__name__ for each in additions.ADDITIONS if each.when in ("before", "last") and each.run.__module__ in network}
    told = {row[0] for row in REFUSALS} | {row[0] for row in SMALL_QUOTAS} | ELSEWHERE
    assert checking == told
