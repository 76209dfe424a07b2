# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the record of requests says was made: read from the create requests themselves."""

from __future__ import annotations

import typing as t

Record = dict[str, t.Any]

#: The operations that make something that a plan names, and our names of the types.
CREATES = {
    "AllocateAddress": "ec2_address",
    "CreateApplication": "codedeploy_application",
    "CreateAutoScalingGroup": "autoscaling_group",
    "CreateBucket": "s3_bucket",
    "CreateCluster": "ecs_cluster",
    "CreateDBInstance": "rds_instance",
    "CreateDBParameterGroup": "rds_parameter_group",
    "CreateDBSubnetGroup": "rds_subnet_group",
    "CreateDeploymentGroup": "codedeploy_deployment_group",
    "CreateInternetGateway": "ec2_internet_gateway",
    "CreateKey": "kms_key",
    "CreateLaunchTemplate": "ec2_launch_template",
    "CreateListener": "elbv2_listener",
    "CreateLoadBalancer": "elbv2_load_balancer",
    "CreateLogGroup": "logs_log_group",
    "CreateNatGateway": "ec2_nat_gateway",
    "CreatePolicy": "iam_policy",
    "CreateRepository": "ecr_repository",
    "CreateRole": "iam_role",
    "CreateRouteTable": "ec2_route_table",
    "CreateRule": "elbv2_listener_rule",
    "CreateSecret": "secretsmanager_secret",
    "CreateSecurityGroup": "ec2_security_group",
    "CreateService": "ecs_service",
    "CreateServiceLinkedRole": "iam_service_linked_role",
    "CreateSubnet": "ec2_subnet",
    "CreateTable": "stack_lock",
    "CreateTargetGroup": "elbv2_target_group",
    "CreateVpc": "ec2_vpc",
    "CreateVpcEndpoint": "ec2_vpc_endpoint",
    "PutMetricAlarm": "cloudwatch_alarm",
    "PutScalingPolicy": "autoscaling_policy",
    "RegisterTaskDefinition": "ecs_task_definition",
}
#: What these make hangs on something that a plan names: a right, a route, a name of it.
PARTS = {
    "AddRoleToInstanceProfile",
    "AttachInternetGateway",
    "AttachRolePolicy",
    "CreateAlias",
    "CreateInstanceProfile",
    "CreateRoute",
}


def lost(operations: t.Iterable[str]) -> list[dict[str, t.Any]]:
    """Faults: of each operation the first call is carried out, and its reply lost."""
    return [{"kind": "lose_reply", "operation": operation, "nth": 1} for operation in sorted(operations)]


def made(writes: list[Record]) -> list[tuple[str, str, str]]:
    """(component, type, name) of each resource that was made, by the tags in the requests themselves."""
    done = [record for record in writes if record["operation"] in CREATES and record["status"] == 200]
    fleets = {one["params"]["AutoScalingGroupName"]: _tags(one["params"]) for one in done if one["operation"] == "CreateAutoScalingGroup"}
    return sorted(_made(record["operation"], record["params"], fleets) for record in done)


def _made(operation: str, params: dict[str, t.Any], fleets: dict[str, dict[str, str]]) -> tuple[str, str, str]:
    if operation == "CreateServiceLinkedRole":  # bears no tags: it is the account's
        return "stack", CREATES[operation], params["AWSServiceName"]
    if operation == "PutScalingPolicy":  # bears no tags: it is its fleet's
        return fleets[params["AutoScalingGroupName"]]["groundwork:component"], CREATES[operation], params["PolicyName"]
    tags = _tags(params)
    name = params.get("AutoScalingGroupName") or tags["Name"]  # the tag Name of a fleet is its hosts'
    return tags["groundwork:component"], CREATES[operation], name


def _tags(params: dict[str, t.Any]) -> dict[str, str]:
    """The tags in a create request; each service puts them another way."""
    inside = params.get("CreateBucketConfiguration") or (params.get("TagSpecifications") or [{}])[0]
    found = params.get("Tags") or params.get("tags") or inside["Tags"]
    if isinstance(found, dict):
        return found
    pairs = [{key.lower().removeprefix("tag"): value for key, value in one.items()} for one in found]
    return {one["key"]: one.get("value") or "" for one in pairs}
