# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Change TIO behind its stack's back, as a hurried person at the console would. vars/drift.yml says what a plan makes of it."""

from __future__ import annotations

from typing import Any

import boto3

ANYWHERE = "0.0.0.0/0"
autoscaling, ec2, elbv2, iam, rds, s3 = (boto3.client(service) for service in ("autoscaling", "ec2", "elbv2", "iam", "rds", "s3"))


def one(operation: str, field: str, name: str, tag: str = "tag:Name") -> dict[str, Any]:
    (found,) = getattr(ec2, operation)(Filters=[{"Name": tag, "Values": [name]}])[field]
    return found


def group(name: str) -> str:
    return one("describe_security_groups", "SecurityGroups", name, "group-name")["GroupId"]


def rule(port: int, **source: Any) -> list[dict[str, Any]]:
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source}]


def change_the_network() -> None:
    vpc = one("describe_vpcs", "Vpcs", "tryiton-service-vpc")["VpcId"]
    subnet = one("describe_subnets", "Subnets", "tryiton-service-subnet-public2-ap-northeast-2b")["SubnetId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    nat = one("describe_nat_gateways", "NatGateways", "tryiton-service-nat-public1-ap-northeast-2a")["NatGatewayId"]
    ec2.create_tags(Resources=[nat], Tags=[{"Key": "Name", "Value": "the old NAT"}])


def change_the_ways() -> None:
    public = one("describe_route_tables", "RouteTables", "tryiton-service-rtb-public")
    private = one("describe_route_tables", "RouteTables", "tryiton-service-rtb-private1-ap-northeast-2a")
    endpoint = one("describe_vpc_endpoints", "VpcEndpoints", "tryiton-service-vpce-s3")["VpcEndpointId"]
    ec2.disassociate_route_table(AssociationId=public["Associations"][0]["RouteTableAssociationId"])
    ec2.delete_route(RouteTableId=private["RouteTableId"], DestinationCidrBlock=ANYWHERE)
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveRouteTableIds=[private["RouteTableId"]])


def change_the_doors() -> None:
    door = elbv2.describe_load_balancers(Names=["TIO-ALB"])["LoadBalancers"][0]["LoadBalancerArn"]
    elbv2.modify_load_balancer_attributes(LoadBalancerArn=door, Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "4000"}])
    (listener,) = elbv2.describe_listeners(LoadBalancerArn=door)["Listeners"]
    sorry = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503", "ContentType": "text/plain", "MessageBody": "back soon"}}
    elbv2.modify_listener(ListenerArn=listener["ListenerArn"], DefaultActions=[sorry])
    targets = elbv2.describe_target_groups(Names=["TargetGroup-Spring-App"])["TargetGroups"][0]["TargetGroupArn"]
    elbv2.modify_target_group(TargetGroupArn=targets, HealthCheckPath="/")


def change_the_fleets() -> None:
    autoscaling.update_auto_scaling_group(AutoScalingGroupName="TIO-Node-ASG", MaxSize=9)
    role = {"RoleName": "TIO-EC2-Role", "PolicyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"}
    iam.attach_role_policy(**role)


def change_the_data() -> None:
    rds.modify_db_instance(DBInstanceIdentifier="tio-db", BackupRetentionPeriod=1, ApplyImmediately=True)
    (bucket,) = [one["Name"] for one in s3.list_buckets()["Buckets"]]
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


def change_the_firewall() -> None:
    ec2.authorize_security_group_ingress(GroupId=group("TIO-Spring-EC2-SG"), IpPermissions=rule(22, IpRanges=[{"CidrIp": ANYWHERE}]))
    node = [{"GroupId": group("TIO-Node.js-EC2-SG")}]
    ec2.revoke_security_group_ingress(GroupId=group("TIO-DB-SG"), IpPermissions=rule(3306, UserIdGroupPairs=node))
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": ANYWHERE}]}]
    ec2.revoke_security_group_egress(GroupId=group("TIO-Python-EC2-SG"), IpPermissions=everything)


if __name__ == "__main__":
    change_the_network()
    change_the_ways()
    change_the_doors()
    change_the_fleets()
    change_the_data()
    change_the_firewall()
