# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a service of Fargate's stands on, made when first asked for, and how it fares."""
from __future__ import annotations

import json
from functools import cache, cached_property
from typing import Any

from localcloud import LocalCloud

from .conftest import client_of, REGION

ACCOUNT = "123456789012"
PORT = 8081
WELL = "shop/web:1"
TRUST = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


@cache
def _client(endpoint: str, service: str) -> Any:
    return client_of(endpoint, service)


class World:
    """A cluster in a network, with clients to make services with."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        names = ("ec2", "ecs", "elbv2", "iam", "logs", "secretsmanager", "ssm", "ecr")
        self.ec2, self.ecs, self.elb, self.iam, self.logs, self.secrets, self.ssm, self.ecr = (_client(cloud.endpoint, name) for name in names)
        self.ecs.create_cluster(clusterName="shop")

    # -- what it stands on --

    @cached_property
    def vpc(self) -> str:
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        return str(vpc)

    @cached_property
    def subnets(self) -> list[str]:
        nets = [{"VpcId": self.vpc, "CidrBlock": f"10.0.{n}.0/24", "AvailabilityZone": f"{REGION}{zone}"} for n, zone in enumerate("ab")]
        return [self.ec2.create_subnet(**net)["Subnet"]["SubnetId"] for net in nets]

    @cached_property
    def group(self) -> str:
        return str(self.ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=self.vpc)["GroupId"])

    @cached_property
    def role(self) -> str:
        return self.new_role("execution")

    def new_role(self, name: str, **statement: Any) -> str:
        document = json.dumps({"Version": "2012-10-17", "Statement": [TRUST | statement]})
        return str(self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])

    def network(self, **changed: Any) -> dict[str, Any]:
        return {"awsvpcConfiguration": {"subnets": self.subnets, "securityGroups": [self.group]} | changed}

    @cached_property
    def balancer(self) -> str:
        made = self.elb.create_load_balancer(Name="door", Subnets=self.subnets)
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def new_target_group(self, name: str = "web", *, used: bool = True, **params: Any) -> str:
        asked = {"Name": name, "Protocol": "HTTP", "Port": PORT, "VpcId": self.vpc, "TargetType": "ip"} | params
        made = str(self.elb.create_target_group(**asked)["TargetGroups"][0]["TargetGroupArn"])
        if used:
            to = [{"Type": "forward", "TargetGroupArn": made}]
            self.elb.create_listener(LoadBalancerArn=self.balancer, Protocol="HTTP", Port=80 + len(name), DefaultActions=to)
        return made

    @cached_property
    def targets(self) -> str:
        return self.new_target_group()

    # -- what is asked for --

    def container(self, **changed: Any) -> dict[str, Any]:
        return {"name": "web", "image": WELL, "portMappings": [{"containerPort": PORT}], **changed}

    def define(self, family: str = "web", container: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
        asked = {"family": family, "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512",
                 "containerDefinitions": [container or self.container()]}  # fmt: skip
        return dict(self.ecs.register_task_definition(**asked | changed)["taskDefinition"])

    def logging(self, group: str = "/shop") -> dict[str, Any]:
        options = {"awslogs-group": group, "awslogs-region": REGION, "awslogs-stream-prefix": "ecs"}
        return {"logConfiguration": {"logDriver": "awslogs", "options": options}}

    def serving(self, **changed: Any) -> dict[str, Any]:
        return {"targetGroupArn": self.targets, "containerName": "web", "containerPort": PORT} | changed

    def make(self, name: str = "web", **changed: Any) -> dict[str, Any]:
        asked = {"cluster": "shop", "serviceName": name, "launchType": "FARGATE", "desiredCount": 2, "taskDefinition": "web"}
        return dict(self.ecs.create_service(**asked | {"networkConfiguration": self.network()} | changed)["service"])

    def update(self, **changed: Any) -> dict[str, Any]:
        return dict(self.ecs.update_service(cluster="shop", service="web", **changed)["service"])

    def delete(self, **changed: Any) -> dict[str, Any]:
        return dict(self.ecs.delete_service(cluster="shop", service="web", **changed)["service"])

    def run(self, **changed: Any) -> str:
        asked = {"cluster": "shop", "taskDefinition": "web", "launchType": "FARGATE", "networkConfiguration": self.network()}
        return str(self.ecs.run_task(**asked | changed)["tasks"][0]["taskArn"])

    # -- how it fares --

    @property
    def service(self) -> dict[str, Any]:
        return dict(self.ecs.describe_services(cluster="shop", services=["web"], include=["TAGS"])["services"][0])

    @property
    def rollouts(self) -> list[tuple[str, str]]:
        """Status and rollout state of each deployment, newest first."""
        return [(one["status"], one["rolloutState"]) for one in self.service["deployments"]]

    @property
    def events(self) -> list[str]:
        return [one["message"].removeprefix("(service web) ") for one in self.service["events"]]

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        arns = self.ecs.list_tasks(cluster="shop", serviceName="web", desiredStatus=status)["taskArns"]
        return list(self.ecs.describe_tasks(cluster="shop", tasks=arns, include=["TAGS"])["tasks"]) if arns else []

    def task(self, arn: str) -> dict[str, Any]:
        return dict(self.ecs.describe_tasks(cluster="shop", tasks=[arn])["tasks"][0])

    def images(self, status: str = "RUNNING") -> list[str]:
        return [one["containers"][0]["image"] for one in self.tasks(status)]

    @property
    def health(self) -> dict[str, str]:
        """The state of each target, by its address."""
        found = self.elb.describe_target_health(TargetGroupArn=self.targets)["TargetHealthDescriptions"]
        return {one["Target"]["Id"]: one["TargetHealth"]["State"] for one in found}

    def fare(self, state: str) -> None:
        """Let the targets fare so, whatever runs on them."""
        self.elb.add_tags(ResourceArns=[self.targets], Tags=[{"Key": "localcloud:health", "Value": state}])


def address_of(task: dict[str, Any]) -> str:
    return next(str(one["value"]) for one in task["attachments"][0]["details"] if one["name"] == "privateIPv4Address")
