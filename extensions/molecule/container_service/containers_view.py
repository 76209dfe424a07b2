# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Say what stands of a container service whose parts all have one name, the argument: as JSON, by boto3 alone."""

from __future__ import annotations

import json
import sys
from typing import Any

import boto3

NAME = sys.argv[1]
COLOURS = [f"{NAME}-blue", f"{NAME}-green"]
ecr, ecs, elbv2, iam = (boto3.client(service) for service in ("ecr", "ecs", "elbv2", "iam"))


def weights(groups: dict[str, str]) -> dict[str, int]:
    """What each target group gets, by its name, of what the one rule catches."""
    (balancer,) = elbv2.describe_load_balancers()["LoadBalancers"]
    (listener,) = elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    (rule,) = (one for one in elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"] if not one["IsDefault"])
    return {groups[one["TargetGroupArn"]]: one["Weight"] for one in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]}


def healthy(group: str) -> int:
    found = elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return sum(one["TargetHealth"]["State"] == "healthy" for one in found)


def view() -> dict[str, Any]:
    services = ecs.describe_services(cluster=NAME, services=COLOURS)["services"]
    groups = {one["TargetGroupArn"]: one["TargetGroupName"] for one in elbv2.describe_target_groups(Names=COLOURS)["TargetGroups"]}
    (cluster,) = ecs.describe_clusters(clusters=[NAME], include=["SETTINGS"])["clusters"]
    (repository,) = ecr.describe_repositories(repositoryNames=[NAME])["repositories"]
    (container,) = ecs.describe_task_definition(taskDefinition=NAME)["taskDefinition"]["containerDefinitions"]
    return {
        "services": {one["serviceName"]: [one["desiredCount"], one["runningCount"]] for one in services},
        "weights": weights(groups),
        "healthy": {name: healthy(arn) for arn, name in groups.items()},
        "insights": next(one["value"] for one in cluster["settings"] if one["name"] == "containerInsights"),
        "repository": [repository["imageTagMutability"], repository["imageScanningConfiguration"]["scanOnPush"]],
        "container": container,
        "rights": {name: iam.list_role_policies(RoleName=name)["PolicyNames"] for name in (f"{NAME}-execution", f"{NAME}-task")},
    }


print(json.dumps(view()))
