# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a service says, as a shape and as ECS takes it, to make one and to change one. Pure.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html
"""

from __future__ import annotations

import typing as t

from .._core.plan import Refusal
from .._core.plan import Shape
from .strategy import from_strategy
from .strategy import to_strategy

Raw = dict[str, t.Any]

#: Our key, and ECS's field, which CreateService, UpdateService and DescribeServices have alike; and what is where ECS says nothing.
PLAIN = {
    "task_definition": ("taskDefinition", None),
    "desired_count": ("desiredCount", 0),
    "platform_version": ("platformVersion", "LATEST"),
    "health_check_grace_period": ("healthCheckGracePeriodSeconds", 0),
    "enable_execute_command": ("enableExecuteCommand", False),
    "managed_tags": ("enableECSManagedTags", False),
}
NETWORK = ("subnet_ids", "security_group_ids", "public_ip")
DEPLOYMENT = ("min_healthy_percent", "max_percent", "circuit_breaker")
#: What deploys move, and no other run.
DEPLOYED = ("task_definition", "desired_count")
#: What starts tasks, or stops them (API_UpdateService: "triggers a new service deployment").
MOVING = (*DEPLOYED, *NETWORK, "platform_version", "load_balancer", "rollout", "capacity_strategy")
#: What ECS changes only with a new deployment, that has to be asked for.
FORCING = ("rollout", "capacity_strategy")
#: How the rollout of what a service runs ended. One that goes on is waited for, and is no difference.
COMPLETED, FAILED = "completed", "failed"
#: Whether ECS stops a rollout whose tasks keep failing, and goes back by itself: our word, and its two switches.
BREAKERS = {"none": (False, False), "stop": (True, False), "rollback": (True, True)}


def to_shape(raw: Raw) -> dict[str, t.Any]:
    network = raw.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    deployment = raw.get("deploymentConfiguration", {})
    breaker = deployment.get("deploymentCircuitBreaker", {})
    switches = (breaker.get("enable", False), breaker.get("enable", False) and breaker.get("rollback", False))
    return {
        **{key: raw.get(field, default) for key, (field, default) in PLAIN.items()},
        "subnet_ids": sorted(network.get("subnets", [])),
        "security_group_ids": sorted(network.get("securityGroups", [])),
        "public_ip": network.get("assignPublicIp") == "ENABLED",
        "min_healthy_percent": deployment.get("minimumHealthyPercent", 100),
        "max_percent": deployment.get("maximumPercent", 200),
        "circuit_breaker": next(word for word, both in BREAKERS.items() if both == switches),
        "load_balancer": _from_load_balancers(raw.get("loadBalancers", [])),
        "capacity_strategy": from_strategy(raw.get("capacityProviderStrategy")),
        "propagate_tags": raw.get("propagateTags", "NONE").lower(),
        "zone_rebalancing": raw.get("availabilityZoneRebalancing") == "ENABLED",
        "rollout": FAILED if primary(raw).get("rolloutState") == "FAILED" else COMPLETED,
    }


def primary(raw: Raw) -> Raw:
    """The deployment that a service is moved to, or runs."""
    return next((one for one in raw.get("deployments", []) if one["status"] == "PRIMARY"), {})


def refuse_service(wanted: Shape, count: int) -> None:
    """Raise Refusal for a service of so many tasks that ECS could not move."""
    least, most = wanted["min_healthy_percent"], wanted["max_percent"]
    if count < 0:
        raise Refusal(f"desired_count is 0 or more, not {count}")
    if not 0 <= least <= 100 <= most <= 200:
        raise Refusal(f"min_healthy_percent ({least}) is 0 to 100, and max_percent ({most}) 100 to 200")
    # ECS rounds the least up and the most down (API_DeploymentConfiguration).
    if -(-count * least // 100) >= count and count * most // 100 <= count and (count or least == most):
        tasks = f" of {count} tasks" if count else ""
        raise Refusal(f"min_healthy_percent ({least}) and max_percent ({most}){tasks} leave no room to replace a task; lower the one, or raise the other")


def create_spec(after: Shape) -> dict[str, t.Any]:
    """The arguments of CreateService, without name, cluster and tags."""
    strategy = after.get("capacity_strategy")
    given = {key for key, value in after.items() if value is not None} - set(FORCING)
    return {**update_spec(after, given), **({"capacityProviderStrategy": to_strategy(strategy)} if strategy else {"launchType": "FARGATE"})}


def update_spec(after: Shape, keys: t.Collection[str]) -> dict[str, t.Any]:
    """The arguments of UpdateService for the keys that differ; empty where nothing does. What is nested goes whole."""
    spec = {field: after[key] for key, (field, _default) in PLAIN.items() if key in keys}
    if set(NETWORK) & set(keys):
        spec["networkConfiguration"] = {
            "awsvpcConfiguration": {
                "subnets": after["subnet_ids"],
                "securityGroups": after["security_group_ids"],
                "assignPublicIp": _switch(after["public_ip"]),
            }
        }
    if set(DEPLOYMENT) & set(keys):
        stops, goes_back = BREAKERS[after["circuit_breaker"]]
        spec["deploymentConfiguration"] = {
            "minimumHealthyPercent": after["min_healthy_percent"],
            "maximumPercent": after["max_percent"],
            "deploymentCircuitBreaker": {"enable": stops, "rollback": goes_back},
        }
    if "load_balancer" in keys:
        spec["loadBalancers"] = _to_load_balancers(after["load_balancer"])
    if "capacity_strategy" in keys:
        spec["capacityProviderStrategy"] = to_strategy(after["capacity_strategy"])
    if "propagate_tags" in keys:
        spec["propagateTags"] = after["propagate_tags"].upper()
    if "zone_rebalancing" in keys:
        spec["availabilityZoneRebalancing"] = _switch(after["zone_rebalancing"])
    return spec | ({"forceNewDeployment": True} if set(FORCING) & set(keys) else {})


def _switch(on: bool) -> str:
    return "ENABLED" if on else "DISABLED"


def _from_load_balancers(found: list[Raw]) -> t.Any:
    """Where its tasks are registered; a list where somebody gave it several places."""
    told = [{"target_group_id": one.get("targetGroupArn"), "container": one["containerName"], "port": one["containerPort"]} for one in found]
    return told if len(told) > 1 else next(iter(told), {})


def _to_load_balancers(wanted: Shape) -> list[Raw]:
    return [{"targetGroupArn": wanted["target_group_id"], "containerName": wanted["container"], "containerPort": wanted["port"]}] if wanted else []
