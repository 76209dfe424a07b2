# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The reader of a stack's network, and what is made of it."""

from __future__ import annotations

import typing as t

import pytest
from localcloud import additions

LINUX = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
ZONES = "ap-northeast-2a", "ap-northeast-2b"


def tags(component: str, name: str = "") -> list[dict[str, str]]:
    found = {"groundwork:stack": "shop", "groundwork:component": component, **({"Name": name} if name else {})}
    return [{"Key": key, "Value": value} for key, value in found.items()]


def tagged(kind: str, component: str, name: str = "") -> list[dict[str, t.Any]]:
    return [{"ResourceType": kind, "Tags": tags(component, name)}]


class Shop:
    """A small stack made by hand: a network with a public and two private subnets, whoever stands in it to be added by a test."""

    def __init__(self, aws: t.Any):
        self.aws, ec2 = aws, aws.ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True, TagSpecifications=tagged("vpc", "vpc", "shop"))["Vpc"]["VpcId"]
        self.public, self.one, self.two = (self._subnet(*each) for each in (("public", 0, 0), ("one", 1, 0), ("two", 2, 1)))
        self.web, self.data = self.group("web"), self.group("db")
        self.igw = ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway", "vpc"))["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=self.igw, VpcId=self.vpc)
        table = ec2.create_route_table(VpcId=self.vpc, TagSpecifications=tagged("route-table", "vpc", "out"))["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=self.igw)
        ec2.associate_route_table(RouteTableId=table, SubnetId=self.public)
        self.table = table

    def _subnet(self, name: str, number: int, zone: int) -> str:
        spec = {"CidrBlock": f"10.0.{number}.0/24", "AvailabilityZone": ZONES[zone], "TagSpecifications": tagged("subnet", "vpc", name)}
        return self.aws.ec2.create_subnet(VpcId=self.vpc, **spec)["Subnet"]["SubnetId"]

    def group(self, component: str) -> str:
        spec = {"GroupName": f"{component}-sg", "Description": component, "TagSpecifications": tagged("security-group", component)}
        return self.aws.ec2.create_security_group(VpcId=self.vpc, **spec)["GroupId"]

    def let_in(self, group: str, port: int, **source: t.Any) -> None:
        permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source}
        self.aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])

    def door(self, scheme: str = "internet-facing") -> str:
        subnets = [self.public, self.two]
        spec = {"Name": "door", "Subnets": subnets, "SecurityGroups": [self.web], "Scheme": scheme, "Tags": tags("door")}
        return self.aws.elbv2.create_load_balancer(**spec)["LoadBalancers"][0]["LoadBalancerArn"]

    def database(self) -> None:
        self.aws.rds.create_db_subnet_group(DBSubnetGroupName="shop", DBSubnetGroupDescription="shop", SubnetIds=[self.one, self.two])
        spec = {"Engine": "mysql", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20, "MasterUsername": "admin", "MasterUserPassword": "not-secret-1"}
        place = {"DBSubnetGroupName": "shop", "VpcSecurityGroupIds": [self.data], "PubliclyAccessible": False}
        self.aws.rds.create_db_instance(DBInstanceIdentifier="shop-db", Tags=tags("db"), **spec, **place)

    def fleet(self) -> None:
        data = {"ImageId": "ami-12345678", "InstanceType": "t3.micro", "SecurityGroupIds": [self.web]}
        template = self.aws.ec2.create_launch_template(LaunchTemplateName="shop-web", LaunchTemplateData=data)["LaunchTemplate"]["LaunchTemplateId"]
        spec = {"MinSize": 0, "MaxSize": 2, "VPCZoneIdentifier": f"{self.one},{self.two}", "LaunchTemplate": {"LaunchTemplateId": template, "Version": "1"}}
        marks = [{**one, "PropagateAtLaunch": True} for one in tags("web")]
        self.aws.autoscaling.create_auto_scaling_group(AutoScalingGroupName="shop-web", Tags=marks, **spec)

    def interface(self, subnet: str, group: str, **more: t.Any) -> str:
        return self.aws.ec2.create_network_interface(SubnetId=subnet, Groups=[group], **more)["NetworkInterface"]["NetworkInterfaceId"]


@pytest.fixture
def shop(aws) -> Shop:
    return Shop(aws)


def read(run: t.Any) -> dict[str, t.Any]:
    return run.ok("reachability_info", stack="shop")


def opened(found: dict[str, t.Any]) -> dict[tuple[str, str], list[tuple[int, int, str]]]:
    """What can be reached by TCP over IPv4, but for the internet, which everything may ask here that has a way."""
    cells = [one for one in found["matrix"] if (one["protocol"], one["family"]) == ("tcp", "ipv4") and one["destination"] != "internet" and one["open"]]
    return {(one["source"], one["destination"]): [(*each["ports"], each["extent"]) for each in one["open"]] for one in cells}


def the_cell(found: dict[str, t.Any], source: str, destination: str) -> dict[str, t.Any]:
    who = (source, destination, "tcp", "ipv4")
    return next(one for one in found["matrix"] if (one["source"], one["destination"], one["protocol"], one["family"]) == who)


def test_what_is_managed_counts_in_all_of_its_subnets(run, shop):
    shop.door(), shop.fleet(), shop.database()
    shop.let_in(shop.web, 80, IpRanges=[{"CidrIp": "0.0.0.0/0"}])
    shop.let_in(shop.data, 3306, UserIdGroupPairs=[{"GroupId": shop.web}])
    writes = len(run.writes())
    found = read(run)
    assert len(run.writes()) == writes
    places = {(one["component"], one["role"], one["subnet"], one["public"]) for one in found["network"]["places"] if not one["stands"]}
    assert places == {
        *(("door", "load_balancer", subnet, True) for subnet in (shop.public, shop.two)),
        *(("web", "fleet", subnet, False) for subnet in (shop.one, shop.two)),
        *(("db", "database", subnet, False) for subnet in (shop.one, shop.two)),
    }
    # Subnet two of the door has no route to the internet: half of it is out of reach.
    assert opened(found) == {
        ("door", "db"): [(3306, 3306, "all")],
        ("door", "door"): [(80, 80, "all")],
        ("door", "web"): [(80, 80, "all")],
        ("db", "door"): [(80, 80, "all")],
        ("db", "web"): [(80, 80, "all")],
        ("web", "db"): [(3306, 3306, "all")],
        ("web", "door"): [(80, 80, "all")],
        ("web", "web"): [(80, 80, "all")],
        ("internet", "door"): [(80, 80, "some")],
    }


def test_a_standby_subnet_that_an_acl_cuts_off_shows_before_anything_stands_there(run, shop):
    shop.fleet(), shop.database()
    shop.let_in(shop.data, 3306, UserIdGroupPairs=[{"GroupId": shop.web}])
    ec2 = shop.aws.ec2
    acl = ec2.create_network_acl(VpcId=shop.vpc, TagSpecifications=tagged("network-acl", "vpc", "data"))["NetworkAcl"]["NetworkAclId"]
    everything = {"NetworkAclId": acl, "Protocol": "-1", "CidrBlock": "0.0.0.0/0", "RuleAction": "allow"}
    ec2.create_network_acl_entry(**everything, RuleNumber=100, Egress=True)
    ec2.create_network_acl_entry(**everything, RuleNumber=100, Egress=False)
    denied = {"RuleNumber": 90, "Egress": False, "Protocol": "6", "PortRange": {"From": 3306, "To": 3306}, "RuleAction": "deny"}
    ec2.create_network_acl_entry(NetworkAclId=acl, CidrBlock="10.0.1.0/24", **denied)
    standing = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [shop.two]}])["NetworkAcls"][0]
    association = next(one["NetworkAclAssociationId"] for one in standing["Associations"] if one["SubnetId"] == shop.two)
    ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl)
    cell = the_cell(read(run), "web", "db")
    assert [(one["ports"], one["extent"]) for one in cell["open"]] == [([3306, 3306], "some")]
    told = {(one["source_subnet"], one["destination_subnet"]): one for one in cell["open"][0]["pairs"]}
    assert {pair: one["extent"] for pair, one in told.items()} == {
        (shop.one, shop.one): "all",
        (shop.one, shop.two): "none",
        (shop.two, shop.one): "some",
        (shop.two, shop.two): "all",
    }
    stop = told[shop.one, shop.two]["stops"][0]
    assert (stop["at"], stop["id"], stop["rule"]) == ("acl_in", acl, "90")
    assert stop["text"] == f"ACL data ({acl}) denies this into two ({shop.two}) by entry 90 (tcp 3306 from 10.0.1.0/24)"
    # A client may take that very port for the replies that it gets.
    assert told[shop.two, shop.one]["stops"][0]["text"].startswith(f"ACL data ({acl}) denies the reply to tcp 3306 into two ({shop.two})")


def test_an_interface_that_is_nobodys_is_a_party_by_its_id(run, shop):
    shop.database()
    shop.let_in(shop.data, 3306, IpRanges=[{"CidrIp": "10.0.0.0/24"}])
    stray = shop.interface(shop.public, shop.web, Description="left over")
    mine = shop.interface(shop.public, shop.web, TagSpecifications=tagged("network-interface", "box"))
    found = read(run)
    assert set(opened(found)) == {(stray, "db"), ("box", "db")}
    assert [(one["id"], one["name"]) for one in found["network"]["places"] if not one["component"]] == [(stray, "left over")]
    assert mine in [one["id"] for one in found["network"]["places"] if one["component"] == "box"]


def test_an_instance_is_its_tags_and_a_load_balancer_its_description(run, shop):
    shop.door()
    additions.load()
    image = shop.aws.ssm.get_parameter(Name=LINUX)["Parameter"]["Value"]
    spec = {"ImageId": image, "MinCount": 1, "MaxCount": 1, "InstanceType": "t3.micro", "TagSpecifications": tagged("instance", "web", "host")}
    shop.aws.ec2.run_instances(SubnetId=shop.one, SecurityGroupIds=[shop.web], **spec)
    standing = [one for one in read(run)["network"]["places"] if one["stands"]]
    assert {(one["component"], one["role"], one["name"], one["public"]) for one in standing} == {
        ("web", "instance", "host", False),
        ("door", "load_balancer", "door", True),
    }
    assert all(one["addresses"][0].startswith("10.0.") for one in standing)


def test_containers_and_endpoints_stand_where_their_settings_say(run, shop):
    ecs, network = shop.aws.ecs, {"subnets": [shop.one, shop.two], "securityGroups": [shop.web], "assignPublicIp": "DISABLED"}
    shop.aws.iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    marks = [{"key": one["Key"], "value": one["Value"]} for one in tags("web")]
    ecs.create_cluster(clusterName="shop", tags=marks)
    app = [{"name": "app", "image": "public.ecr.aws/shop/app:1"}]
    size = {"cpu": "256", "memory": "512", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"]}
    revision = ecs.register_task_definition(family="app", containerDefinitions=app, **size)["taskDefinition"]["taskDefinitionArn"]
    spec = {"launchType": "FARGATE", "networkConfiguration": {"awsvpcConfiguration": network}, "tags": marks}
    ecs.create_service(cluster="shop", serviceName="web", taskDefinition=revision, desiredCount=0, **spec)
    service = {
        "ServiceName": "com.amazonaws.ap-northeast-2.logs",
        "VpcEndpointType": "Interface",
        "PrivateDnsEnabled": False,
        "TagSpecifications": tagged("vpc-endpoint", "vpc", "logs"),
    }
    shop.aws.ec2.create_vpc_endpoint(VpcId=shop.vpc, SubnetIds=[shop.one], SecurityGroupIds=[shop.data], **service)
    shop.let_in(shop.data, 443, UserIdGroupPairs=[{"GroupId": shop.web}])
    found = read(run)
    assert {(one["component"], one["role"], one["subnet"]) for one in found["network"]["places"]} == {
        ("web", "task", shop.one), ("web", "task", shop.two), ("vpc", "endpoint", shop.one),
    }  # fmt: skip
    assert opened(found) == {("web", "vpc"): [(443, 443, "all")]}  # an endpoint answers, and asks nobody
    assert {one["source"] for one in found["matrix"]} == {"web", "internet"}


def test_gateways_prefix_lists_and_the_services_behind_endpoints(run, shop):
    ec2 = shop.aws.ec2
    private = ec2.create_route_table(VpcId=shop.vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=private, SubnetId=shop.one)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=shop.public, AllocationId=address)["NatGateway"]["NatGatewayId"]
    ec2.create_route(RouteTableId=private, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    endpoint = ec2.create_vpc_endpoint(VpcId=shop.vpc, ServiceName="com.amazonaws.ap-northeast-2.s3", RouteTableIds=[private])["VpcEndpoint"]["VpcEndpointId"]
    other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    peering = ec2.create_vpc_peering_connection(VpcId=shop.vpc, PeerVpcId=other)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    ec2.create_route(RouteTableId=private, DestinationCidrBlock="10.9.0.0/16", VpcPeeringConnectionId=peering)
    allowed = ec2.create_managed_prefix_list(PrefixListName="office", MaxEntries=3, AddressFamily="IPv4", Entries=[{"Cidr": "10.9.1.0/24"}])
    shop.let_in(shop.web, 22, PrefixListIds=[{"PrefixListId": allowed["PrefixList"]["PrefixListId"]}])
    shop.interface(shop.one, shop.web, TagSpecifications=tagged("network-interface", "box"))
    found = read(run)
    kinds = {one["id"]: (one["kind"], one["vpcs"]) for one in found["network"]["gateways"]}
    assert kinds == {id: (kind, [shop.vpc]) for id, kind in ((shop.igw, "internet"), (nat, "nat"), (endpoint, "endpoint"), (peering, "peering"))}
    assert {route["target"] for table in found["network"]["route_tables"] if table["id"] == private for route in table["routes"]} == {
        "local", nat, endpoint, peering,
    }  # fmt: skip
    assert opened(found)[peering, "box"] == [(22, 22, "some")]
    assert the_cell(found, peering, "box")["open"][0]["pairs"][0]["sources"] == ["10.9.1.0/24"]
    assert opened(found)["box", endpoint] == [(0, 65535, "all")]
    way = the_cell(found, "box", "internet")["open"][0]["path"]
    assert [one["at"] for one in way][:3] == ["egress", "acl_out", "route"]
    assert way[2]["text"].endswith(f"leads 0.0.0.0/0 to {nat}")


def test_listeners_and_health_checks_are_told(run, shop):
    door, elbv2 = shop.door(), shop.aws.elbv2
    spec = {"Protocol": "HTTP", "VpcId": shop.vpc, "HealthCheckPort": "9090", "Tags": tags("web")}
    group = elbv2.create_target_group(Name="web", Port=8080, **spec)["TargetGroups"][0]["TargetGroupArn"]
    other = elbv2.create_target_group(Name="api", Port=8081, **spec | {"HealthCheckPort": "traffic-port"})["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    listener = elbv2.create_listener(LoadBalancerArn=door, Protocol="HTTP", Port=80, DefaultActions=forward)["Listeners"][0]["ListenerArn"]
    path = [{"Field": "path-pattern", "Values": ["/api/*"]}]
    elbv2.create_rule(ListenerArn=listener, Priority=1, Conditions=path, Actions=[{"Type": "forward", "TargetGroupArn": other}])
    found = read(run)["network"]
    assert [(one["name"], one["scheme"], one["listeners"]) for one in found["load_balancers"]] == [
        ("door", "internet-facing", [{"port": 80, "protocol": "HTTP", "target_groups": sorted([group, other])}]),
    ]
    health = {one["name"]: (one["component"], one["port"], one["health_port"], one["load_balancers"]) for one in found["target_groups"]}
    assert health == {"web": ("web", 8080, 9090, [door]), "api": ("web", 8081, 8081, [door])}


def test_without_reasons_only_what_is_open_is_told(run, shop):
    shop.fleet()
    shop.let_in(shop.web, 80, UserIdGroupPairs=[{"GroupId": shop.web}])
    found = run.ok("reachability_info", stack="shop", reasons=False)
    assert {(one["source"], one["destination"]) for one in found["matrix"]} == {("web", "web")}
    assert all("shut" not in one for one in found["matrix"])


def test_a_stack_of_which_nothing_stands_has_an_empty_matrix(run):
    found = read(run)
    assert found["matrix"] == []
    assert not any(found["network"].values())
