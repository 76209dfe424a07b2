# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What moto forgets to do when a call succeeds, done: states, followers, defaults, filters."""
from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from ipaddress import ip_network
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud
from localcloud.clock import CLOCK

from .network import ECR, S3, Network, port

SETTLE = 60
pytestmark = pytest.mark.usefixtures("virtual_time")


@pytest.fixture
def net(ec2: Any) -> Network:
    return Network(ec2)


def _once_settled(read: Callable[[], Any], wanted: Any) -> None:
    CLOCK.advance(SETTLE)
    assert read() == wanted


def _nat_states(ec2: Any) -> list[str]:
    return [gateway["State"] for gateway in ec2.describe_nat_gateways()["NatGateways"]]


def _targets(net: Network, table: str) -> list[str]:
    read = net.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    return [f"{route.get('GatewayId') or route.get('NatGatewayId')} {route['State']}" for route in read]


def test_cidrs_are_kept_in_canonical_form(net: Network) -> None:
    subnet = net.ec2.create_subnet(VpcId=net.vpc, CidrBlock="10.0.100.0/18")["Subnet"]
    assert subnet["CidrBlock"] == "10.0.64.0/18"
    assert net.allow(port(80, "10.1.2.3/16"))[0]["CidrIpv4"] == "10.1.0.0/16"
    with pytest.raises(ClientError, match="Duplicate"):
        net.allow(port(80, "10.1.9.9/16"))


def test_the_defaults_of_a_vpc_go_with_it(net: Network) -> None:
    assert net.subnet, "so that the default ACL has had an association"
    net.ec2.delete_subnet(SubnetId=net.subnet)
    net.ec2.delete_vpc(VpcId=net.vpc)
    own = {"Filters": [{"Name": "vpc-id", "Values": [net.vpc]}]}
    assert net.ec2.describe_network_acls(**own)["NetworkAcls"] == []
    assert net.ec2.describe_route_tables(**own)["RouteTables"] == []
    assert net.ec2.describe_security_groups(**own)["SecurityGroups"] == []


def test_a_deleted_subnet_leaves_no_association(net: Network) -> None:
    net.ec2.associate_route_table(RouteTableId=net.table, SubnetId=net.subnet)
    net.ec2.delete_subnet(SubnetId=net.subnet)
    assert net.default_acl["Associations"] == []
    net.ec2.delete_route_table(RouteTableId=net.table)


def test_tags_end_with_their_resource(net: Network) -> None:
    net.ec2.create_tags(Resources=[net.table], Tags=[{"Key": "Name", "Value": "table"}])
    net.ec2.delete_route_table(RouteTableId=net.table)
    assert net.ec2.describe_tags()["Tags"] == []


def test_a_vpc_and_a_subnet_settle(cloud: LocalCloud, net: Network) -> None:
    cloud.dials.settle = SETTLE
    assert net.ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["State"] == "pending"
    subnet = net.ec2.create_subnet(VpcId=net.vpc, CidrBlock="10.0.0.0/24")["Subnet"]
    assert subnet["State"] == "pending"
    _once_settled(lambda: net.ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"][0]["State"], "available")


def test_a_nat_gateway_settles_both_ways_and_holds_its_address_until_it_is_gone(cloud: LocalCloud, net: Network) -> None:
    cloud.dials.settle = SETTLE
    assert net.nat
    assert _nat_states(net.ec2) == ["pending"]
    _once_settled(lambda: _nat_states(net.ec2), ["available"])
    net.ec2.delete_nat_gateway(NatGatewayId=net.nat)
    assert _nat_states(net.ec2) == ["deleting"]
    with pytest.raises(ClientError, match="InUse"):
        net.ec2.release_address(AllocationId=net.address)
    _once_settled(lambda: _nat_states(net.ec2), ["deleted"])
    net.ec2.release_address(AllocationId=net.address)
    net.ec2.delete_subnet(SubnetId=net.subnet)
    assert _nat_states(net.ec2) == ["deleted"], "its tombstone is seen for an hour"


def test_a_nat_gateway_without_internet_gateway_fails_with_its_reason(net: Network) -> None:
    net.ec2.create_nat_gateway(SubnetId=net.subnet, AllocationId=net.address)
    gateway = net.ec2.describe_nat_gateways()["NatGateways"][0]
    assert (gateway["State"], gateway["FailureCode"]) == ("failed", "Gateway.NotAttached")
    assert gateway["FailureMessage"] == f"Network {net.vpc} has no Internet gateway attached"


def test_a_nat_gateway_with_a_used_address_fails_with_its_reason(net: Network) -> None:
    net.ec2.create_nat_gateway(SubnetId=net.new_subnet("10.0.8.0/24", "eu-west-1c"), AllocationId=_used_address(net))
    failed = net.ec2.describe_nat_gateways(Filter=[{"Name": "state", "Values": ["failed"]}])["NatGateways"]
    assert [gateway["FailureCode"] for gateway in failed] == ["Resource.AlreadyAssociated"]


def _used_address(net: Network) -> str:
    assert net.nat
    return net.address


def test_a_nat_gateway_is_found_by_its_tags_and_their_type(net: Network) -> None:
    tags = [{"ResourceType": "natgateway", "Tags": [{"Key": "Name", "Value": "mine"}]}]
    made = net.ec2.create_nat_gateway(SubnetId=net.subnet, ConnectivityType="private", TagSpecifications=tags)["NatGateway"]
    net.ec2.create_nat_gateway(SubnetId=net.subnet, ConnectivityType="private")
    found = net.ec2.describe_nat_gateways(Filter=[{"Name": "tag:Name", "Values": ["mine"]}])["NatGateways"]
    assert [gateway["NatGatewayId"] for gateway in found] == [made["NatGatewayId"]]
    tagged = net.ec2.describe_tags(Filters=[{"Name": "resource-type", "Values": ["natgateway"]}])["Tags"]
    assert [tag["ResourceId"] for tag in tagged] == [made["NatGatewayId"]]


def test_a_route_whose_gateway_went_is_a_blackhole(net: Network) -> None:
    net.route(NatGatewayId=net.nat)
    assert _targets(net, net.table) == ["local active", f"{net.nat} active"]
    net.ec2.delete_nat_gateway(NatGatewayId=net.nat)
    assert _targets(net, net.table) == ["local active", f"{net.nat} blackhole"]


def test_a_gateway_endpoints_routes_follow_its_tables(net: Network) -> None:
    other = net.new_table()
    endpoint = net.endpoint(S3, RouteTableIds=[net.table])
    net.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[other], RemoveRouteTableIds=[net.table])
    assert _targets(net, net.table) == ["local active"]
    assert _targets(net, other) == ["local active", f"{endpoint} active"]
    net.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert _targets(net, other) == ["local active"]


def test_a_gateway_endpoint_has_the_defaults_of_its_type(net: Network) -> None:
    net.endpoint(S3)
    read = net.ec2.describe_vpc_endpoints()["VpcEndpoints"][0]
    assert (read["VpcEndpointType"], read["PrivateDnsEnabled"]) == ("Gateway", False)


def test_an_interface_endpoint_follows_its_changes(net: Network) -> None:
    net.resolve_names()
    endpoint = net.endpoint(ECR, VpcEndpointType="Interface", SubnetIds=[net.subnet])
    changes = {"AddSubnetIds": [net.neighbour], "RemoveSubnetIds": [net.subnet], "PrivateDnsEnabled": False}
    net.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, **changes)
    read = net.ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-endpoint-id", "Values": [endpoint]}])["VpcEndpoints"][0]
    assert (read["SubnetIds"], read["PrivateDnsEnabled"], len(read["NetworkInterfaceIds"])) == ([net.neighbour], False, 1)
    assert [group["GroupName"] for group in read["Groups"]] == ["default"]
    net.ec2.delete_subnet(SubnetId=net.subnet)


def test_an_endpoints_interface_has_an_address_of_its_subnet_and_the_endpoints_groups(net: Network) -> None:
    group = net.ec2.create_security_group(GroupName="pulls", Description="pulls", VpcId=net.vpc)["GroupId"]
    endpoint = net.endpoint(ECR, VpcEndpointType="Interface", SubnetIds=[net.subnet], SecurityGroupIds=[group], PrivateDnsEnabled=False)
    ids = net.ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-endpoint-id", "Values": [endpoint]}])["VpcEndpoints"][0]["NetworkInterfaceIds"]
    found = net.ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [net.vpc]}])["NetworkInterfaces"]
    assert [one["NetworkInterfaceId"] for one in found if one["SubnetId"] == net.subnet] == ids
    cidr = net.ec2.describe_subnets(SubnetIds=[net.subnet])["Subnets"][0]["CidrBlock"]
    assert ip_address(found[0]["PrivateIpAddress"]) in ip_network(cidr)
    assert [one["GroupId"] for one in found[0]["Groups"]] == [group]


def test_an_endpoints_policy_is_reset(net: Network) -> None:
    endpoint = net.endpoint(S3)
    first = net.ec2.describe_vpc_endpoints()["VpcEndpoints"][0]["PolicyDocument"]
    net.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PolicyDocument='{"Statement": []}')
    net.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, ResetPolicy=True)
    assert net.ec2.describe_vpc_endpoints()["VpcEndpoints"][0]["PolicyDocument"] == first


def test_no_route_leads_to_a_nat_gateway_that_is_not_available_yet(cloud: LocalCloud, net: Network) -> None:
    assert net.nat
    cloud.dials.hold = ["NatGateway"]
    assert _nat_states(net.ec2) == ["pending"]
    with pytest.raises(ClientError, match="InvalidNatGatewayID.NotFound"):
        net.ec2.create_route(RouteTableId=net.table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=net.nat)
    cloud.dials.hold = []
    net.ec2.create_route(RouteTableId=net.table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=net.nat)


def test_an_endpoint_that_is_but_routes_is_available_at_once(cloud: LocalCloud, net: Network) -> None:
    assert net.subnet
    cloud.dials.settle = 60
    found = [net.endpoint(S3), net.endpoint(ECR, VpcEndpointType="Interface", SubnetIds=[net.subnet], PrivateDnsEnabled=False)]
    states = {one["VpcEndpointId"]: one["State"] for one in net.ec2.describe_vpc_endpoints()["VpcEndpoints"]}
    assert [states[endpoint] for endpoint in found] == ["available", "pending"]


def test_an_endpoint_settles_and_then_is_gone(cloud: LocalCloud, net: Network) -> None:
    cloud.dials.settle = SETTLE
    endpoint = net.endpoint(S3)
    net.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert net.ec2.describe_vpc_endpoints()["VpcEndpoints"][0]["State"] == "deleting"
    _once_settled(lambda: net.ec2.describe_vpc_endpoints()["VpcEndpoints"], [])
    said = net.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])["Unsuccessful"]
    assert said[0]["Error"]["Code"] == "InvalidVpcEndpoint.NotFound"


def test_a_rule_call_is_all_or_nothing_and_names_every_rule(net: Network) -> None:
    assert [rule["FromPort"] for rule in net.allow(port(80), port(443))] == [80, 443]
    with pytest.raises(ClientError, match="Duplicate"):
        net.allow(port(81), port(80))
    with pytest.raises(ClientError, match="NotFound"):
        net.ec2.revoke_security_group_ingress(GroupId=net.group, IpPermissions=[port(80), port(82)])
    own = [{"Name": "group-id", "Values": [net.group]}]
    rules = net.ec2.describe_security_group_rules(Filters=own)["SecurityGroupRules"]
    assert sorted(rule["FromPort"] for rule in rules) == [-1, 80, 443]


def test_in_a_default_vpc_what_is_not_there_is_revoked_in_silence(net: Network) -> None:
    default = net.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    group = net.new_group("mine", default)
    said = net.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[port(80)])
    assert [permission["FromPort"] for permission in said["UnknownIpPermissions"]] == [80]


def test_a_new_network_acl_denies_all(net: Network) -> None:
    entries = net.ec2.create_network_acl(VpcId=net.vpc)["NetworkAcl"]["Entries"]
    assert [(e["RuleNumber"], e["RuleAction"]) for e in entries] == [(32767, "deny"), (32767, "deny")]
