# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TIO by hand: network and firewall, as the console's VPC wizard makes them for the name `tryiton-service`, and the document's groups after them."""

from __future__ import annotations

from typing import Any, NamedTuple

import boto3

REGION = "ap-northeast-2"
ZONES = (f"{REGION}a", f"{REGION}b")
WIZARD = "tryiton-service"
ANYWHERE = "0.0.0.0/0"
SERVICES = ("Spring", "Node.js", "Python")

#: What each group admits: port, and a range or a group.
ADMITTED: dict[str, list[tuple[int, str]]] = {
    "TIO-ALB-SG": [(80, ANYWHERE), (443, ANYWHERE)],
    "TIO-Spring-EC2-SG": [(8080, "TIO-ALB-SG")],
    "TIO-Internal-ALB-SG": [(80, "TIO-Spring-EC2-SG")],
    "TIO-Node.js-EC2-SG": [(3000, "TIO-Spring-EC2-SG"), (3000, "TIO-Internal-ALB-SG")],
    "TIO-Python-EC2-SG": [(8000, "TIO-Spring-EC2-SG"), (8000, "TIO-Internal-ALB-SG")],
    "TIO-DB-SG": [(3306, f"TIO-{service}-EC2-SG") for service in SERVICES],
}


class Network(NamedTuple):
    """Ids of what the rest is put into; groups by name."""

    vpc: str
    public: list[str]
    private: list[str]
    groups: dict[str, str]


def make_network() -> Network:
    ec2 = boto3.client("ec2", region_name=REGION)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=named("vpc", "vpc"))["Vpc"]["VpcId"]
    ec2.get_waiter("vpc_available").wait(VpcIds=[vpc])
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    public = make_subnets(ec2, vpc, "public", ["10.0.0.0/20", "10.0.16.0/20"])
    private = make_subnets(ec2, vpc, "private", ["10.0.128.0/20", "10.0.144.0/20"])
    ec2.get_waiter("subnet_available").wait(SubnetIds=public + private)
    make_routes(ec2, vpc, public, private)
    return Network(vpc, public, private, make_groups(ec2, vpc))


def named(kind: str, suffix: str) -> list[dict[str, Any]]:
    """The tags of a create call: the wizard's name, and nothing else."""
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": f"{WIZARD}-{suffix}"}]}]


def make_subnets(ec2: Any, vpc: str, tier: str, cidrs: list[str]) -> list[str]:
    return [
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone, TagSpecifications=named("subnet", f"subnet-{tier}{number}-{zone}"))
        ["Subnet"]["SubnetId"]
        for number, (cidr, zone) in enumerate(zip(cidrs, ZONES, strict=True), start=1)
    ]  # fmt: skip


def make_routes(ec2: Any, vpc: str, public: list[str], private: list[str]) -> None:
    """The internet gateway, one NAT gateway for both zones, and S3's endpoint; a route table for the public tier, and one for each private subnet."""
    internet = ec2.create_internet_gateway(TagSpecifications=named("internet-gateway", "igw"))["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=vpc)
    make_table(ec2, vpc, "public", public, {"GatewayId": internet})
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=named("elastic-ip", f"eip-{ZONES[0]}"))["AllocationId"]
    tags = named("natgateway", f"nat-public1-{ZONES[0]}")
    nat = ec2.create_nat_gateway(SubnetId=public[0], AllocationId=address, TagSpecifications=tags)["NatGateway"]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat])
    tables = [
        make_table(ec2, vpc, f"private{number}-{zone}", [subnet], {"NatGatewayId": nat})
        for number, (subnet, zone) in enumerate(zip(private, ZONES, strict=True), start=1)
    ]
    service, tags = f"com.amazonaws.{REGION}.s3", named("vpc-endpoint", "vpce-s3")
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service, VpcEndpointType="Gateway", RouteTableIds=tables, TagSpecifications=tags)


def make_table(ec2: Any, vpc: str, suffix: str, subnets: list[str], target: dict[str, str]) -> str:
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=named("route-table", f"rtb-{suffix}"))["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE, **target)
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    return table


def make_groups(ec2: Any, vpc: str) -> dict[str, str]:
    """Groups first, rules after: the references are mutual."""
    groups = {name: ec2.create_security_group(GroupName=name, Description=f"{name} of TIO", VpcId=vpc)["GroupId"] for name in ADMITTED}
    for name, rules in ADMITTED.items():
        for port, source in rules:
            side = {"UserIdGroupPairs": [{"GroupId": groups[source]}]} if source in groups else {"IpRanges": [{"CidrIp": source}]}
            ec2.authorize_security_group_ingress(GroupId=groups[name], IpPermissions=[{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **side}])
    return groups
