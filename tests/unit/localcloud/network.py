# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of a network that the tests stand on, made when first asked for."""
from __future__ import annotations

from functools import cached_property
from typing import Any

ANYWHERE = "0.0.0.0/0"
NO_IGW, NO_NAT = "igw-0123456789abcdef0", "nat-0123456789abcdef0"
NO_ACL, NO_VPC = "acl-0123456789abcdef0", "vpc-0123456789abcdef0"
S3 = "com.amazonaws.eu-west-1.s3"
ECR = "com.amazonaws.eu-west-1.ecr.api"


class Network:
    """One VPC and what lies in it, by plain boto3."""

    def __init__(self, ec2: Any) -> None:
        self.ec2 = ec2

    @cached_property
    def vpc(self) -> str:
        return self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    @cached_property
    def other_vpc(self) -> str:
        return self.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]

    def new_subnet(self, cidr: str, zone: str) -> str:
        return self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]

    @cached_property
    def subnet(self) -> str:
        return self.new_subnet("10.0.1.0/24", "eu-west-1a")

    @cached_property
    def neighbour(self) -> str:
        """A subnet in another zone."""
        return self.new_subnet("10.0.2.0/24", "eu-west-1b")

    @cached_property
    def loose_igw(self) -> str:
        return self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]

    @cached_property
    def igw(self) -> str:
        self.ec2.attach_internet_gateway(InternetGatewayId=self.loose_igw, VpcId=self.vpc)
        return self.loose_igw

    @cached_property
    def address(self) -> str:
        return self.ec2.allocate_address(Domain="vpc")["AllocationId"]

    @cached_property
    def nat(self) -> str:
        assert self.igw
        made = self.ec2.create_nat_gateway(SubnetId=self.subnet, AllocationId=self.address)
        return made["NatGateway"]["NatGatewayId"]

    def new_table(self, vpc: str | None = None) -> str:
        return self.ec2.create_route_table(VpcId=vpc or self.vpc)["RouteTable"]["RouteTableId"]

    @cached_property
    def table(self) -> str:
        return self.new_table()

    @cached_property
    def main_table(self) -> dict[str, Any]:
        own = [{"Name": "vpc-id", "Values": [self.vpc]}, {"Name": "association.main", "Values": ["true"]}]
        return self.ec2.describe_route_tables(Filters=own)["RouteTables"][0]

    @cached_property
    def default_acl(self) -> dict[str, Any]:
        own = [{"Name": "vpc-id", "Values": [self.vpc]}, {"Name": "default", "Values": ["true"]}]
        return self.ec2.describe_network_acls(Filters=own)["NetworkAcls"][0]

    def new_group(self, name: str, vpc: str | None = None) -> str:
        made = self.ec2.create_security_group(GroupName=name, Description="of a test", VpcId=vpc or self.vpc)
        return made["GroupId"]

    @cached_property
    def group(self) -> str:
        return self.new_group("group")

    @cached_property
    def acl(self) -> str:
        return self.ec2.create_network_acl(VpcId=self.vpc)["NetworkAcl"]["NetworkAclId"]

    def resolve_names(self) -> None:
        """What private DNS needs."""
        self.ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})

    def endpoint(self, service: str, **params: Any) -> str:
        made = self.ec2.create_vpc_endpoint(VpcId=self.vpc, ServiceName=service, **params)
        return made["VpcEndpoint"]["VpcEndpointId"]

    def route(self, **params: Any) -> Any:
        return self.ec2.create_route(**{"RouteTableId": self.table, "DestinationCidrBlock": ANYWHERE} | params)

    def entry(self, **params: Any) -> Any:
        asked = {"NetworkAclId": self.acl, "RuleNumber": 100, "Protocol": "6", "RuleAction": "allow", "Egress": False}
        return self.ec2.create_network_acl_entry(
            **asked | {"CidrBlock": "10.0.0.0/16", "PortRange": {"From": 80, "To": 80}} | params
        )

    def allow(self, *permissions: dict[str, Any], group: str | None = None) -> Any:
        asked = {"GroupId": group or self.group, "IpPermissions": list(permissions)}
        return self.ec2.authorize_security_group_ingress(**asked)["SecurityGroupRules"]


def port(number: int, cidr: str = ANYWHERE, description: str | None = None) -> dict[str, Any]:
    """One TCP port, open to a CIDR."""
    source = {"CidrIp": cidr} | ({"Description": description} if description else {})
    return {"IpProtocol": "tcp", "FromPort": number, "ToPort": number, "IpRanges": [source]}


def port_from_group(number: int, group: str) -> dict[str, Any]:
    """One TCP port, open to a group."""
    return {"IpProtocol": "tcp", "FromPort": number, "ToPort": number, "UserIdGroupPairs": [{"GroupId": group}]}
