# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: networks and groups."""

from __future__ import annotations

import typing as t

from .case import Case
from .case import Ids
from .case import nothing
from .case import TAGS
from .case import ZONE


def a_vpc(aws: t.Any) -> Ids:
    return {"vpc": aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]}


def a_network(aws: t.Any) -> Ids:
    """A VPC with a subnet in each of two zones, a way out, and an address."""
    ids = a_vpc(aws)
    for index, (name, zone) in enumerate((("one", ZONE), ("two", ZONE.replace("2a", "2b")))):
        spec = {"VpcId": ids["vpc"], "CidrBlock": f"10.0.{index}.0/24", "AvailabilityZone": zone}
        ids[name] = aws.ec2.create_subnet(**spec)["Subnet"]["SubnetId"]
    ids["igw"] = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    aws.ec2.attach_internet_gateway(InternetGatewayId=ids["igw"], VpcId=ids["vpc"])
    ids["address"] = aws.ec2.allocate_address(Domain="vpc")["AllocationId"]
    return ids


def tables_and_groups(aws: t.Any) -> Ids:
    ids = a_network(aws)
    aws.ec2.modify_vpc_attribute(VpcId=ids["vpc"], EnableDnsHostnames={"Value": True})  # private DNS asks for it
    for name in ("table", "table2"):
        ids[name] = aws.ec2.create_route_table(VpcId=ids["vpc"])["RouteTable"]["RouteTableId"]
    for name in ("group", "group2"):
        ids[name] = aws.ec2.create_security_group(GroupName=name, Description=name, VpcId=ids["vpc"])["GroupId"]
    return ids


def tagged(aws: t.Any, id: str, ids: Ids) -> None:
    aws.ec2.create_tags(Resources=[id], Tags=[{"Key": "Name", "Value": "renamed"}, {"Key": "foreign", "Value": "kept"}])


CIDR = {"cidr_block": "10.0.0.0/16", "name": "shop-vpc"}
SUBNET = {"key": "a", "name": "shop-a", "cidr_block": "10.0.9.0/24", "availability_zone": ZONE}
ALLOW = {"from_port": 80, "source": "0.0.0.0/0", "description": "from anywhere"}
ENTRY = {"number": 100, "protocol": "tcp", "cidr": "0.0.0.0/0", "from_port": 80}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}


def permission(port: int, cidr: str, **more: str) -> list[dict]:
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr, **more}]}]


def move_association(aws: t.Any, acl: str, ids: Ids) -> None:
    found = aws.ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"][0]
    every = aws.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [ids["vpc"]]}])["NetworkAcls"]
    other = next(one["NetworkAclId"] for one in every if one["IsDefault"])
    aws.ec2.replace_network_acl_association(AssociationId=found["Associations"][0]["NetworkAclAssociationId"], NetworkAclId=other)


def free_subnet(aws: t.Any, table: str, ids: Ids) -> None:
    found = aws.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]
    aws.ec2.disassociate_route_table(AssociationId=found["Associations"][0]["RouteTableAssociationId"])


def widen(aws: t.Any, table: str, ids: Ids) -> None:
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.0.2.0/24", GatewayId=ids["igw"])


def acl_entry(egress: bool) -> t.Callable[[t.Any, str, Ids], t.Any]:
    def change(aws: t.Any, acl: str, ids: Ids) -> None:
        aws.ec2.replace_network_acl_entry(
            NetworkAclId=acl, RuleNumber=100, Egress=egress, Protocol="6", RuleAction="allow", CidrBlock="0.0.0.0/0", PortRange={"From": 1, "To": 65535}
        )

    return change


CASES = [
    Case(
        "ec2_vpc",
        nothing,
        lambda ids: {**CIDR, "dns_hostnames": True, "dns_support": True, "tenancy": "default"},
        lambda ids: {**CIDR, "dns_hostnames": False, "tags": TAGS},
        ("CreateVpc",),
        {
            "dns_hostnames": lambda aws, id, ids: aws.ec2.modify_vpc_attribute(VpcId=id, EnableDnsHostnames={"Value": False}),
            "dns_support": lambda aws, id, ids: aws.ec2.modify_vpc_attribute(VpcId=id, EnableDnsSupport={"Value": False}),
            "tags": tagged,
        },
        {"cidr_block": "AWS cannot change it", "tenancy": "AWS cannot change it to dedicated"},
    ),
    Case(
        "ec2_subnet",
        a_vpc,
        lambda ids: {"vpc_id": ids["vpc"], "subnets": [{**SUBNET, "map_public_ip_on_launch": True}]},
        lambda ids: {"vpc_id": ids["vpc"], "tags": TAGS, "subnets": [{**SUBNET, "map_public_ip_on_launch": False}]},
        ("CreateSubnet",),
        {
            "map_public_ip_on_launch": lambda aws, id, ids: aws.ec2.modify_subnet_attribute(SubnetId=id, MapPublicIpOnLaunch={"Value": False}),
            "tags": tagged,
        },
        {"cidr_block": "AWS cannot change it", "availability_zone": "AWS cannot change it"},
    ),
    Case(
        "ec2_internet_gateway",
        a_vpc,
        lambda ids: {"vpc_id": ids["vpc"], "name": "shop-igw"},
        lambda ids: {"vpc_id": ids["vpc"], "name": "shop-way-out"},
        ("CreateInternetGateway",),
        {"vpc_id": lambda aws, id, ids: aws.ec2.detach_internet_gateway(InternetGatewayId=id, VpcId=ids["vpc"]), "tags": tagged},
        {},
    ),
    Case(
        "ec2_address",
        nothing,
        lambda ids: {"addresses": [{"key": "nat", "name": "shop-nat"}, {"key": "other", "name": "shop-other"}]},
        lambda ids: {"tags": TAGS, "addresses": [{"key": "nat", "name": "shop-way"}, {"key": "other", "name": "shop-other"}]},
        ("AllocateAddress",),
        {"tags": tagged},
        {},
    ),
    Case(
        "ec2_nat_gateway",
        a_network,
        lambda ids: {"vpc_id": ids["vpc"], "nat_gateways": [nat(ids)]},
        lambda ids: {"vpc_id": ids["vpc"], "nat_gateways": [nat(ids)], "tags": TAGS},
        ("CreateNatGateway",),
        {"tags": tagged},
        {"subnet_id": "AWS cannot change it", "allocation_id": "AWS cannot change it", "connectivity_type": "AWS cannot change it"},
    ),
    Case(
        "ec2_route_table",
        a_network,
        lambda ids: table(ids, [{"destination": "0.0.0.0/0", "target": ids["igw"]}], ["one"]),
        lambda ids: table(ids, [{"destination": "198.51.100.0/24", "target": ids["igw"]}], ["two"]),
        ("CreateRouteTable", "CreateRoute", "AssociateRouteTable"),
        {"routes": widen, "subnet_ids": free_subnet, "tags": tagged},
        {},
    ),
    Case(
        "ec2_vpc_endpoint",
        tables_and_groups,
        lambda ids: endpoints(ids, ["table"], ["one"], ["group"], True, POLICY),
        lambda ids: endpoints(ids, ["table", "table2"], ["two"], ["group2"], False, {**POLICY, "Id": "changed"}),
        ("CreateVpcEndpoint",),
        {
            "route_table_ids": lambda aws, id, ids: aws.ec2.modify_vpc_endpoint(VpcEndpointId=id, AddRouteTableIds=[ids["table2"]]),
            "subnet_ids": lambda aws, id, ids: aws.ec2.modify_vpc_endpoint(VpcEndpointId=ids["ssm"], AddSubnetIds=[ids["two"]]),
            "security_group_ids": lambda aws, id, ids: aws.ec2.modify_vpc_endpoint(VpcEndpointId=ids["ssm"], AddSecurityGroupIds=[ids["group2"]]),
            "private_dns_enabled": lambda aws, id, ids: aws.ec2.modify_vpc_endpoint(VpcEndpointId=ids["ssm"], PrivateDnsEnabled=False),
            "policy": lambda aws, id, ids: aws.ec2.modify_vpc_endpoint(VpcEndpointId=id, ResetPolicy=True),
            "tags": tagged,
        },
        {"service": "AWS cannot change it", "type": "AWS cannot change it"},
    ),
    Case(
        "ec2_security_group",
        tables_and_groups,
        lambda ids: group(ids, [ALLOW, {"from_port": 8080, "source": ids["group"]}]),
        lambda ids: group(ids, [{**ALLOW, "description": "from all"}, {"protocol": "udp", "from_port": 53, "to_port": 54, "source": "10.0.0.0/8"}]),
        ("CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"),
        {
            "ingress": lambda aws, id, ids: aws.ec2.authorize_security_group_ingress(GroupId=id, IpPermissions=permission(22, "0.0.0.0/0")),
            "egress": lambda aws, id, ids: aws.ec2.authorize_security_group_egress(GroupId=id, IpPermissions=permission(25, "0.0.0.0/0")),
            "tags": tagged,
        },
        {"group_name": "AWS cannot change it", "description": "AWS cannot change it, so it is set once"},
    ),
    Case(
        "ec2_network_acl",
        a_network,
        lambda ids: acl(ids, ["one"], [ENTRY]),
        lambda ids: acl(ids, ["two"], [{**ENTRY, "from_port": 443}, {"number": 200, "action": "deny", "protocol": "icmp", "cidr": "10.0.0.0/8"}]),
        ("CreateNetworkAcl", "CreateNetworkAclEntry", "ReplaceNetworkAclAssociation"),
        {"ingress": acl_entry(False), "egress": acl_entry(True), "subnet_ids": move_association, "tags": tagged},
        {},
    ),
]


def nat(ids: Ids) -> dict[str, t.Any]:
    return {"key": "a", "name": "shop-nat", "subnet_id": ids["one"], "allocation_id": ids["address"], "connectivity_type": "public"}


def table(ids: Ids, routes: list[dict], subnets: list[str]) -> dict[str, t.Any]:
    one = {"key": "public", "name": "shop-public", "routes": routes, "subnet_ids": [ids[name] for name in subnets]}
    return {"vpc_id": ids["vpc"], "route_tables": [one]}


def endpoints(ids: Ids, tables: list[str], subnets: list[str], groups: list[str], dns: bool, policy: dict) -> dict[str, t.Any]:
    gateway = {"key": "s3", "name": "shop-s3", "service": "s3", "type": "gateway", "policy": policy}
    interface = {"key": "ssm", "name": "shop-ssm", "service": "ssm", "type": "interface", "private_dns_enabled": dns}
    gateway["route_table_ids"] = [ids[name] for name in tables]
    interface["subnet_ids"] = [ids[name] for name in subnets]
    interface["security_group_ids"] = [ids[name] for name in groups]
    return {"vpc_id": ids["vpc"], "vpc_endpoints": [gateway, interface]}


def group(ids: Ids, ingress: list[dict]) -> dict[str, t.Any]:
    egress = [{"from_port": 443, "source": "0.0.0.0/0"}, {"protocol": "-1", "source": ids["group2"]}]
    return {"vpc_id": ids["vpc"], "name": "shop-web", "description": "Web servers", "ingress": ingress, "egress": egress}


def acl(ids: Ids, subnets: list[str], ingress: list[dict]) -> dict[str, t.Any]:
    one = {"key": "data", "name": "shop-data", "ingress": ingress, "egress": [ENTRY], "subnet_ids": [ids[name] for name in subnets]}
    return {"vpc_id": ids["vpc"], "network_acls": [one]}
