# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ECS: clusters, task definitions and services on Fargate."""

from __future__ import annotations

import json
import typing as t

from .case import Case
from .case import Ids
from .case import nothing
from .case import TAGS
from .ec2 import tables_and_groups

MAY_RUN = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [MAY_RUN]})
NAME, GROUP = "shop-app", "/shop/app"
IMAGE = "public.ecr.aws/shop/app:1"
SECRET = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:shop/db-AbCdEf:password::"


def tagged(aws: t.Any, arn: str, ids: Ids) -> None:
    aws.ecs.tag_resource(resourceArn=arn, tags=[{"key": "Name", "value": "renamed"}, {"key": "foreign", "value": "kept"}])


# -- clusters --------------------------------------------------------------------------------------------------


PLAIN = [{"provider": "FARGATE", "weight": 1}]
SPOT = [{"provider": "FARGATE", "base": 1, "weight": 1}, {"provider": "FARGATE_SPOT", "weight": 3}]
LOGGED = {"logging": "override", "log_group": "/shop/exec", "encrypted": True, "kms_key_id": "alias/shop"}


def cluster(ids: Ids, **more: t.Any) -> dict[str, t.Any]:
    return {"name": NAME, "capacity_providers": ["FARGATE"], "default_strategy": PLAIN, "execute_command_configuration": LOGGED, **more}


def capacity(weight: int, *providers: str) -> t.Callable[[t.Any, str, Ids], t.Any]:
    """Somebody gave it these providers, and a strategy of this weight."""
    strategy = [{"capacityProvider": "FARGATE", "weight": weight}]
    return lambda aws, arn, ids: aws.ecs.put_cluster_capacity_providers(
        cluster=arn, capacityProviders=list(providers), defaultCapacityProviderStrategy=strategy
    )


# -- task definitions ------------------------------------------------------------------------------------------


def roles(aws: t.Any) -> Ids:
    ids = {name: aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"] for name in ("execution", "execution2", "task")}
    aws.logs.create_log_group(logGroupName=GROUP)
    return ids


def container(**more: t.Any) -> dict[str, t.Any]:
    """A container with every option."""
    return {
        "name": "app",
        "image": IMAGE,
        "command": ["serve", "--all"],
        "entry_point": ["/bin/shop"],
        "working_directory": "/srv",
        "port": 8080,
        "environment": {"MODE": "production", "WORKERS": 4},
        "secrets": {"DB_PASSWORD": SECRET},
        "log": {"group": GROUP, "prefix": "app", "options": {"mode": "non-blocking"}},
        "health_check": {"command": ["CMD-SHELL", "curl -f http://localhost:8080/"], "retries": 2},
        "user": "1000:1000",
        "limits": [{"name": "nofile", "soft": 1024, "hard": 4096}],
        "init": True,
        "depends_on": [{"container": "proxy", "condition": "START"}],
        "stop_timeout": 60,
        "mounts": [{"volume": "tmp", "path": "/tmp"}, {"volume": "files", "path": "/files", "read_only": True}],
        **more,
    }


PROXY = {"name": "proxy", "image": "public.ecr.aws/shop/proxy:1", "essential": False, "read_only_root": False}
FILES = {"name": "files", "efs": {"file_system_id": "fs-0123456789abcdef0", "access_point_id": "fsap-0123456789abcdef0", "iam": True}}


def family(ids: Ids, *containers: dict[str, t.Any], **more: t.Any) -> dict[str, t.Any]:
    return {
        "name": NAME,
        "cpu": 512,
        "memory": 1024,
        "platform": {"architecture": "ARM64"},
        "execution_role_arn": ids["execution"],
        "task_role_arn": ids["task"],
        "storage": 30,
        "volumes": [{"name": "tmp"}, FILES],
        "containers": list(containers or (container(), PROXY)),
        "image_moves": True,
        **more,
    }


def another_family(ids: Ids) -> dict[str, t.Any]:
    """All that can be changed, changed."""
    one = {"name": "app", "image": "public.ecr.aws/shop/app:2", "mounts": [{"volume": "tmp", "path": "/var/tmp"}]}
    changes = {"cpu": 1024, "memory": 2048, "platform": {}, "execution_role_arn": "", "task_role_arn": "", "storage": 20, "volumes": [{"name": "tmp"}]}
    return family(ids, one, **changes, tags=TAGS)


#: What RegisterTaskDefinition takes of what DescribeTaskDefinition says.
REGISTERED = ("family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions", "volumes", "requiresCompatibilities")
REGISTERED += ("cpu", "memory", "runtimePlatform", "ephemeralStorage")


def registered(**changes: t.Any) -> t.Callable[[t.Any, str, Ids], None]:
    """Somebody registered a revision of their own, with our tags. A change is a value, or what makes one of what stands."""

    def change(aws: t.Any, arn: str, ids: Ids) -> None:
        found = aws.ecs.describe_task_definition(taskDefinition=NAME, include=["TAGS"])
        old = {field: value for field, value in found["taskDefinition"].items() if field in REGISTERED}
        new = {field: value(old.get(field)) if callable(value) else value for field, value in changes.items()}
        aws.ecs.register_task_definition(**{**old, **new}, tags=found["tags"])

    return change


def in_container(**changes: t.Any) -> t.Callable[[t.Any, str, Ids], None]:
    return registered(containerDefinitions=lambda found: [{**found[0], **changes}, *found[1:]])


def tagged_revision(aws: t.Any, arn: str, ids: Ids) -> None:
    tagged(aws, aws.ecs.describe_task_definition(taskDefinition=NAME)["taskDefinition"]["taskDefinitionArn"], ids)


# -- services --------------------------------------------------------------------------------------------------


def a_place_for_services(aws: t.Any) -> Ids:
    """A network with a load balancer and two target groups behind it, a cluster, and two revisions of a family; none of them ours."""
    ids = tables_and_groups(aws) | roles(aws)
    aws.iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    balancer = aws.elbv2.create_load_balancer(Name="door", Subnets=[ids["one"], ids["two"]], SecurityGroups=[ids["group"]])
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    for port, name in ((80, "blue"), (81, "green")):
        made = aws.elbv2.create_target_group(Name=name, Protocol="HTTP", Port=8080, VpcId=ids["vpc"], TargetType="ip")
        ids[name] = made["TargetGroups"][0]["TargetGroupArn"]
        forward = {"Type": "forward", "TargetGroupArn": ids[name]}
        aws.elbv2.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=port, DefaultActions=[forward])
    made = aws.ecs.create_cluster(clusterName="place", capacityProviders=["FARGATE", "FARGATE_SPOT"])
    ids["cluster"] = made["cluster"]["clusterArn"]
    for name in ("first", "second"):
        ids[name] = a_revision(aws, ids, f"public.ecr.aws/shop/app:{name}")
    return ids


def a_revision(aws: t.Any, ids: Ids, image: str) -> str:
    options = {"awslogs-group": GROUP, "awslogs-region": "ap-northeast-2", "awslogs-stream-prefix": "app"}
    app = {"name": "app", "image": image, "portMappings": [{"containerPort": 8080}], "logConfiguration": {"logDriver": "awslogs", "options": options}}
    size = {"cpu": "256", "memory": "512", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"]}
    made = aws.ecs.register_task_definition(family="app", executionRoleArn=ids["execution"], containerDefinitions=[app], **size)
    return made["taskDefinition"]["taskDefinitionArn"]


def service(ids: Ids, colour: str = "blue", **more: t.Any) -> dict[str, t.Any]:
    return {
        "name": "shop-app-blue",
        "cluster": ids["cluster"],
        "task_definition": ids["first"],
        "desired_count": 2,
        "subnet_ids": [ids["one"], ids["two"]],
        "security_group_ids": [ids["group"]],
        "load_balancer": {"target_group_id": ids[colour], "container": "app", "port": 8080},
        "health_check_grace_period": 30,
        "platform_version": "LATEST",
        "zone_rebalancing": True,
        "capacity_strategy": [],
        **more,
    }


#: All that a service can be changed by without a deploy, changed.
CHANGED = {
    "public_ip": True,
    "min_healthy_percent": 50,
    "max_percent": 150,
    "circuit_breaker": "rollback",
    "health_check_grace_period": 60,
    "platform_version": "1.4.0",
    "capacity_strategy": [{"provider": "FARGATE_SPOT", "weight": 1}],
    "enable_execute_command": True,
    "managed_tags": False,
    "propagate_tags": "none",
    "zone_rebalancing": False,
    "tags": TAGS,
}


def updated(**changes: t.Any) -> t.Callable[[t.Any, str, Ids], t.Any]:
    """Somebody changed the service. A change is a value, or what makes one of the ids."""

    def change(aws: t.Any, arn: str, ids: Ids) -> None:
        given = {field: value(ids) if callable(value) else value for field, value in changes.items()}
        aws.ecs.update_service(cluster=ids["cluster"], service=arn, **given)

    return change


def deployment(least: int, most: int, *, stops: bool = True) -> dict[str, t.Any]:
    return {"minimumHealthyPercent": least, "maximumPercent": most, "deploymentCircuitBreaker": {"enable": stops, "rollback": False}}


def network(public: str, *names: str, group: str = "group") -> t.Callable[[Ids], dict[str, t.Any]]:
    return lambda ids: {"awsvpcConfiguration": {"subnets": [ids[name] for name in names], "securityGroups": [ids[group]], "assignPublicIp": public}}


def green(ids: Ids) -> list[dict[str, t.Any]]:
    return [{"targetGroupArn": ids["green"], "containerName": "app", "containerPort": 8080}]


CASES = [
    Case(
        "ecs_cluster",
        nothing,
        cluster,
        lambda ids: {
            "name": NAME,
            "container_insights": "disabled",
            "default_strategy": SPOT,
            "execute_command_configuration": {"logging": "none"},
            "tags": TAGS,
        },
        ("CreateCluster",),
        {
            "container_insights": lambda aws, arn, ids: aws.ecs.update_cluster(cluster=arn, settings=[{"name": "containerInsights", "value": "disabled"}]),
            "capacity_providers": capacity(1, "FARGATE", "FARGATE_SPOT"),
            "default_strategy": capacity(2, "FARGATE"),
            "execute_command_configuration": lambda aws, arn, ids: aws.ecs.update_cluster(
                cluster=arn, configuration={"executeCommandConfiguration": {"logging": "DEFAULT"}}
            ),
            "tags": tagged,
        },
        {},
    ),
    Case(
        "ecs_task_definition",
        roles,
        family,
        another_family,
        ("RegisterTaskDefinition",),
        {
            "cpu": registered(cpu="256"),
            "memory": registered(memory="2048"),
            "platform": registered(runtimePlatform={"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}),
            "execution_role_arn": lambda aws, arn, ids: registered(executionRoleArn=ids["execution2"])(aws, arn, ids),
            "task_role_arn": lambda aws, arn, ids: registered(taskRoleArn=ids["execution2"])(aws, arn, ids),
            "storage": registered(ephemeralStorage={"sizeInGiB": 50}),
            "volumes": registered(volumes=lambda found: [one for one in found if one["name"] == "tmp"] + [{"name": "files"}]),
            "containers": in_container(environment=[{"name": "MODE", "value": "test"}], readonlyRootFilesystem=False),
            "images": in_container(image="public.ecr.aws/shop/app:latest"),
            "extra": in_container(dockerLabels={"by": "hand"}),
            "tags": tagged_revision,
        },
        {},
    ),
    Case(
        "ecs_service",
        a_place_for_services,
        service,
        lambda ids: service(ids, "green", subnet_ids=[ids["one"]], security_group_ids=[ids["group2"]], **CHANGED),
        ("CreateService",),
        {
            "platform_version": updated(platformVersion="1.4.0"),
            "health_check_grace_period": updated(healthCheckGracePeriodSeconds=5),
            "enable_execute_command": updated(enableExecuteCommand=True),
            "managed_tags": updated(enableECSManagedTags=False),
            "subnet_ids": updated(networkConfiguration=network("DISABLED", "one")),
            "security_group_ids": updated(networkConfiguration=network("DISABLED", "one", "two", group="group2")),
            "public_ip": updated(networkConfiguration=network("ENABLED", "one", "two")),
            "min_healthy_percent": updated(deploymentConfiguration=deployment(50, 200)),
            "max_percent": updated(deploymentConfiguration=deployment(100, 150)),
            "circuit_breaker": updated(deploymentConfiguration=deployment(100, 200, stops=False)),
            "load_balancer": updated(loadBalancers=green),
            "capacity_strategy": updated(capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}]),
            "propagate_tags": updated(propagateTags="NONE"),
            "zone_rebalancing": updated(availabilityZoneRebalancing="DISABLED"),
            "tags": tagged,
        },
        {
            "task_definition": "moves by deploys: test_ecs_service.py",
            "desired_count": "moves by deploys: test_ecs_service.py",
            "rollout": "is compared by deploys: test_ecs_service.py",
        },
    ),
]
