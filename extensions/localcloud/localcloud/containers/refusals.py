# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What CreateService, UpdateService and RunTask refuse alike: where tasks of Fargate's are to run, and who is to call them."""
from __future__ import annotations

import re
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ecs.models import Cluster, TaskDefinition
from moto.elbv2.models import elbv2_backends

from ..call import Call
from ..dials import DIALS
from ..replies import AwsError
from .services import LATEST

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_PROVIDERS = {"FARGATE", "FARGATE_SPOT"}
_PLATFORMS = {"LATEST", "1.3.0", LATEST}
# API_AwsVpcConfiguration: 16 subnets, 5 security groups.
_SUBNETS, _GROUPS = 16, 5


def invalid(text: str) -> AwsError:
    return AwsError("InvalidParameterException", text)


def is_fargate(params: dict[str, Any], cluster: Cluster) -> bool:
    """Whether it is Fargate that runs what is asked for: by launch type, by capacity provider, or by the cluster's own strategy."""
    if "launchType" in params:
        return bool(params["launchType"] == "FARGATE")
    strategy = params.get("capacityProviderStrategy") or cluster.default_capacity_provider_strategy or []
    return any(one["capacityProvider"] in _PROVIDERS for one in strategy)


def check_platform(definition: TaskDefinition, params: dict[str, Any]) -> None:
    """Raises PlatformUnknownException, InvalidParameterException."""
    if params.get("launchType") and params.get("capacityProviderStrategy"):
        raise invalid("Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.")
    if "FARGATE" not in (definition.requires_compatibilities or []):
        raise invalid("Task definition does not support launch_type FARGATE.")
    if params.get("platformVersion", "LATEST") not in _PLATFORMS:
        raise AwsError("PlatformUnknownException", "The specified platform does not exist.")


def check_network(call: Call, params: dict[str, Any]) -> None:
    """Subnets and groups that there are, in one VPC. Raises InvalidParameterException."""
    given = params.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if not given:
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    if not given.get("subnets"):
        raise invalid("subnets can not be empty.")
    if len(given["subnets"]) > _SUBNETS or len(given.get("securityGroups", [])) > _GROUPS:
        raise invalid(f"A network configuration has at most {_SUBNETS} subnets and {_GROUPS} security groups.")
    networks, backend = set(), ec2_backends[call.account][call.region]
    known = {one.id: one.vpc_id for zone in backend.subnets.values() for one in zone.values()}
    for name in given["subnets"]:
        if name not in known:
            said = f"The subnet ID '{name}' does not exist (ErrorCode: InvalidSubnetID.NotFound)"
            raise invalid(f"Error retrieving subnet information for [{name}]: {said}")
        networks.add(known[name])
    if len(networks) > 1:
        raise invalid("The subnets must belong to the same VPC.")
    groups = {one.id: one.vpc_id for vpc in backend.groups.values() for one in vpc.values()}
    for name in given.get("securityGroups", []):
        if name not in groups:
            said = f"The security group '{name}' does not exist (ErrorCode: InvalidGroup.NotFound)"
            raise invalid(f"Error retrieving security group information for [{name}]: {said}")
        if groups[name] not in networks:
            raise invalid(f"Security Group {name} does not appear to belong to the same VPC as the input subnets.")


def check_load_balancers(call: Call, definition: TaskDefinition, params: dict[str, Any]) -> None:
    """Target groups for addresses, which a load balancer uses, and a container with that port. Raises InvalidParameterException."""
    given, most = params.get("loadBalancers", []), DIALS.quotas["target_groups_per_ecs_service"]
    if len(given) > most:
        raise invalid(f"A service has at most {most} target groups.")
    for one in given:
        arn = one.get("targetGroupArn", "")
        group = elbv2_backends[call.account][call.region].target_groups.get(arn)
        if group is None:
            raise invalid(f"The target group {arn} does not exist.")
        if group.target_type != "ip":
            raise invalid(f"The provided target group {arn} has target type {group.target_type}, which is incompatible with the awsvpc network mode "
                          "specified in the task definition.")  # fmt: skip
        if not group.load_balancer_arns:
            raise invalid(f"The target group with targetGroupArn {arn} does not have an associated load balancer.")
        _check_container(definition, one)


def _check_container(definition: TaskDefinition, balancer: dict[str, Any]) -> None:
    name, port = balancer.get("containerName"), balancer.get("containerPort")
    container = next((one for one in definition.container_definitions if one["name"] == name), None)
    if container is None:
        raise invalid(f"The container {name} does not exist in the task definition.")
    if port not in [one["containerPort"] for one in container["portMappings"]]:
        raise invalid(f"The container {name} did not have a container port {port} defined.")
