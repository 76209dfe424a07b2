# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ECS refuses, the local cloud refuses: at least one case for each addition that checks a call."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud, additions

from .ecs_world import ACCOUNT, World
from .network import NO_VPC
from .session_client import wait_for

Case = Callable[[World], Any]
INVALID, CLIENT = "InvalidParameterException", "ClientException"
IMAGE = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/web:1"
SECRET = {"secrets": [{"name": "PASSWORD", "valueFrom": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:db-abcdef"}]}
NO_GROUP = f"arn:aws:elasticloadbalancing:eu-west-1:{ACCOUNT}:targetgroup/none/0123456789abcdef"
FIXED = {"deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 100}}


def _other(w: World) -> str:
    """A subnet of another network."""
    vpc = w.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    return str(w.ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"])


def _settings(value: str) -> list[dict[str, str]]:
    return [{"name": "containerInsights", "value": value}]


def _tags(*keys: str) -> dict[str, Any]:
    return {"tags": [{"key": key, "value": "v"} for key in keys]}


def _made(w: World, **changed: Any) -> World:
    w.define()
    w.make(**changed)
    return w


def _draining(w: World) -> World:
    _made(w)
    wait_for(lambda: w.service["runningCount"])
    w.cloud.dials.settle = 60
    w.delete(force=True)
    wait_for(lambda: not w.ecs.list_tasks(cluster="shop", desiredStatus="RUNNING")["taskArns"])
    w.cloud.dials.settle = 0
    return w


def _check(**changed: Any) -> dict[str, Any]:
    return {"healthCheck": {"command": ["CMD-SHELL", "true"], **changed}}


# addition, what AWS says, part of its text, the last call of this
REFUSALS: list[tuple[str, str, str, Case]] = [
    ("check_cluster", INVALID, "Cluster name", lambda w: w.ecs.create_cluster(clusterName="a b")),
    ("check_cluster", INVALID, "inconsistent", lambda w: w.ecs.create_cluster(clusterName="shop", settings=_settings("enabled"))),
    ("check_cluster", INVALID, "containerInsights", lambda w: w.ecs.create_cluster(clusterName="b", settings=_settings("on"))),
    ("check_cluster", INVALID, "capacity provider 'NONE'", lambda w: w.ecs.create_cluster(clusterName="b", capacityProviders=["NONE"])),
    ("cluster_is_active", "ClusterNotFoundException", "", lambda w: w.ecs.update_cluster(cluster="none", settings=_settings("enabled"))),
    ("cluster_is_active", "ClusterNotFoundException", "", lambda w: (w.ecs.delete_cluster(cluster="shop"), w.ecs.list_services(cluster="shop"))),
    ("cluster_is_active", "ClusterNotFoundException", "", lambda w: w.ecs.list_tasks()),
    ("check_settings", INVALID, "containerInsights", lambda w: w.ecs.update_cluster_settings(cluster="shop", settings=_settings("on"))),
    ("check_providers", INVALID, "not associated", lambda w: w.ecs.put_cluster_capacity_providers(
        cluster="shop", capacityProviders=["FARGATE"], defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT"}])),
    ("delete_empty_cluster", "ClusterContainsServicesException", "", lambda w: _made(w).ecs.delete_cluster(cluster="shop")),
    ("delete_empty_cluster", "ClusterContainsTasksException", "", lambda w: (w.define(), w.run(), w.ecs.delete_cluster(cluster="shop"))),
    ("delete_empty_cluster", "ClusterNotFoundException", "", lambda w: [w.ecs.delete_cluster(cluster="shop") for _time in range(2)]),
    ("assume_the_role", INVALID, "service linked role", lambda w: (w.define(), _forget_role(w), w.make())),
    ("check_definition", CLIENT, "Family", lambda w: w.define("a b")),
    ("check_definition", CLIENT, "256 CPU, 4096 memory", lambda w: w.define(memory="4096")),
    ("check_definition", CLIENT, "'cpu' be defined", lambda w: w.define(cpu="")),
    ("check_definition", CLIENT, "network mode", lambda w: w.define(networkMode="bridge")),
    ("check_definition", CLIENT, "ECR images", lambda w: w.define(container=w.container(image=IMAGE))),
    ("check_definition", CLIENT, "log driver awslogs", lambda w: w.define(container=w.container(**w.logging()))),
    ("check_definition", CLIENT, "executionRoleArn", lambda w: w.define(container=w.container(**SECRET))),
    ("check_definition", CLIENT, "must match", lambda w: w.define(container=w.container(portMappings=[{"containerPort": 80, "hostPort": 81}]))),
    ("check_definition", CLIENT, "must start with", lambda w: w.define(container=w.container(**_check(command=["true"])))),
    ("check_definition", CLIENT, "interval should be between", lambda w: w.define(container=w.container(**_check(interval=1)))),
    ("check_definition", CLIENT, "unique", lambda w: w.define(containerDefinitions=[w.container(), w.container()])),
    ("check_definition", CLIENT, "essential", lambda w: w.define(container=w.container(essential=False))),
    ("check_definition", CLIENT, "privileged", lambda w: w.define(container=w.container(privileged=True))),
    ("check_definition", CLIENT, "65536", lambda w: w.define(container=w.container(environment=[{"name": "A", "value": "x" * 65536}]))),
    ("check_definition", CLIENT, "from 1 to 10", lambda w: w.define(containerDefinitions=[w.container(name=str(n)) for n in range(11)])),
    ("revision_stands", CLIENT, "Unable to describe", lambda w: w.ecs.describe_task_definition(taskDefinition="none")),
    ("revision_stands", CLIENT, "Revision is missing", lambda w: (w.define(), w.ecs.deregister_task_definition(taskDefinition="web"))),
    ("revision_stands", INVALID, "Invalid revision", lambda w: (w.define(), w.ecs.describe_task_definition(taskDefinition="web:x"))),
    ("check_service", "ClusterNotFoundException", "", lambda w: (w.define(), w.make(cluster="none"))),
    ("check_service", INVALID, "Service name", lambda w: (w.define(), w.make("a b"))),
    ("check_service", CLIENT, "Unable to describe", lambda w: w.make()),
    ("check_service", CLIENT, "inactive", lambda w: (w.define(), w.ecs.deregister_task_definition(taskDefinition="web:1"), w.make(taskDefinition="web:1"))),
    ("check_service", INVALID, "not idempotent", lambda w: _made(w).make(desiredCount=3)),
    ("check_service", INVALID, "still Draining", lambda w: _draining(w).make()),
    ("check_service", "PlatformUnknownException", "", lambda w: (w.define(), w.make(platformVersion="9.9.9"))),
    ("check_service", INVALID, "does not support", lambda w: (w.define(requiresCompatibilities=["EC2"]), w.make())),
    ("check_service", INVALID, "Network Configuration must", lambda w: (w.define(), w.make(networkConfiguration={}))),
    ("check_service", INVALID, "subnets can not be empty", lambda w: (w.define(), w.make(networkConfiguration=w.network(subnets=[])))),
    ("check_service", INVALID, "InvalidSubnetID.NotFound", lambda w: (w.define(), w.make(networkConfiguration=w.network(subnets=[NO_VPC])))),
    ("check_service", INVALID, "InvalidGroup.NotFound", lambda w: (w.define(), w.make(networkConfiguration=w.network(securityGroups=["sg-1"])))),
    ("check_service", INVALID, "same VPC as the input", lambda w: (w.define(), w.make(networkConfiguration=w.network(subnets=[_other(w)])))),
    ("check_service", INVALID, "belong to the same VPC", lambda w: (w.define(), w.make(networkConfiguration=w.network(subnets=[*w.subnets, _other(w)])))),
    ("check_service", INVALID, "does not exist", lambda w: (w.define(), w.make(loadBalancers=[w.serving(targetGroupArn=NO_GROUP)]))),
    ("check_service", INVALID, "does not have an associated load balancer",
     lambda w: (w.define(), w.make(loadBalancers=[w.serving(targetGroupArn=w.new_target_group("loose", used=False))]))),
    ("check_service", INVALID, "has target type instance",
     lambda w: (w.define(), w.make(loadBalancers=[w.serving(targetGroupArn=w.new_target_group("fleet", TargetType="instance"))]))),
    ("check_service", INVALID, "container api does not exist", lambda w: (w.define(), w.make(loadBalancers=[w.serving(containerName="api")]))),
    ("check_service", INVALID, "container port 1 ", lambda w: (w.define(), w.make(loadBalancers=[w.serving(containerPort=1)]))),
    ("check_service", INVALID, "will block deployments", lambda w: (w.define(), w.make(**FIXED))),
    ("check_service", INVALID, "grace period", lambda w: (w.define(), w.make(healthCheckGracePeriodSeconds=9))),
    ("check_service", "UnsupportedOperation", "rolling update", lambda w: (w.define(), w.make(deploymentConfiguration={"strategy": "BLUE_GREEN"}))),
    ("check_update", "ServiceNotFoundException", "", lambda w: w.update(desiredCount=1)),
    ("check_update", "ServiceNotActiveException", "", lambda w: _draining(w).update(desiredCount=1)),
    ("check_update", CLIENT, "Unable to describe", lambda w: _made(w).update(taskDefinition="web:9")),
    ("check_delete", "ServiceNotFoundException", "", lambda w: w.delete()),
    ("check_delete", INVALID, "scaled above 0", lambda w: _made(w).delete()),
    ("ten_services", INVALID, "more than 10", lambda w: w.ecs.describe_services(cluster="shop", services=list("abcdefghijk"))),
    ("check_run", CLIENT, "unable to assume the role", lambda w: (w.define(taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/none"), w.run())),
    ("check_run", INVALID, "between 1 and 10", lambda w: (w.define(), w.run(count=11))),
    ("check_tasks", INVALID, "task was not found", lambda w: w.ecs.stop_task(cluster="shop", task="none")),
    ("check_tasks", INVALID, "Tasks cannot be empty", lambda w: w.ecs.describe_tasks(cluster="shop", tasks=[])),
    ("tasks_of_what_stands", "ServiceNotFoundException", "", lambda w: w.ecs.list_tasks(cluster="shop", serviceName="none")),
    ("restrict_tags", INVALID, "aws:", lambda w: w.define(**_tags("aws:x"))),
    ("restrict_tags", INVALID, "Duplicate", lambda w: w.define(**_tags("x", "x"))),
    ("restrict_tags", INVALID, "is 50", lambda w: w.ecs.tag_resource(resourceArn=w.define(**_tags("x"))["taskDefinitionArn"], **_tags(*map(str, range(50))))),
    ("tagged_stands", INVALID, "was not found", lambda w: w.ecs.list_tags_for_resource(resourceArn=f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/none")),
    ("tagged_stands", INVALID, "is inactive", lambda w: w.ecs.list_tags_for_resource(
        resourceArn=w.ecs.delete_cluster(cluster="shop")["cluster"]["clusterArn"])),
]  # fmt: skip

# Quotas too large to fill: a smaller one says the same.
SMALL_QUOTAS: list[tuple[str, str, Case]] = [
    ("ecs_clusters", CLIENT, lambda w: w.ecs.create_cluster(clusterName="b")),
    ("ecs_services_per_cluster", CLIENT, lambda w: (w.define(), w.make())),
    ("ecs_tasks_per_service", INVALID, lambda w: (w.define(), w.make())),
    ("target_groups_per_ecs_service", INVALID, lambda w: (w.define(), w.make(loadBalancers=[w.serving()]))),
    ("fargate_vcpus", CLIENT, lambda w: (w.define(), w.run())),
]
#: They see to time that passed, or to a role, and refuse nothing.
PASSING = {"catch_up", "make_the_role", "sweep_revisions"}


def _forget_role(w: World) -> None:
    role = "AWSServiceRoleForECS"
    w.iam.delete_service_linked_role(RoleName=role)


@pytest.fixture
def world(cloud: LocalCloud) -> World:
    return World(cloud)


@pytest.mark.parametrize(
    ("code", "text", "case"), [row[1:] for row in REFUSALS], ids=[f"{row[0]}-{row[1]}-{n}" for n, row in enumerate(REFUSALS)]
)
def test_what_ecs_refuses_is_refused(world: World, code: str, text: str, case: Case) -> None:
    with pytest.raises(ClientError) as refused:
        case(world)
    error = refused.value.response["Error"]
    assert error["Code"] == code
    assert text in error["Message"]


@pytest.mark.parametrize(("quota", "code", "case"), SMALL_QUOTAS, ids=[row[0] for row in SMALL_QUOTAS])
def test_quotas_are_kept(world: World, quota: str, code: str, case: Case) -> None:
    world.cloud.dials.quotas = {quota: 0}
    with pytest.raises(ClientError) as refused:
        case(world)
    assert refused.value.response["Error"]["Code"] == code


def test_every_addition_of_ecs_that_checks_a_call_has_its_refusal_here() -> None:
    additions.load()
    checking = {
        each.run.__name__ for each in additions.ADDITIONS if each.when in ("before", "last") and each.run.__module__.rpartition(".")[2].startswith("ecs_")
    }
    assert checking == {row[0] for row in REFUSALS} | PASSING
