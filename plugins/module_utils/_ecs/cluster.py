# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A cluster, without hosts of its own: tasks run on Fargate.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html
"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import tag_dict
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.resource import Raw
from .._core.resource import Tags
from .base import batches
from .base import EcsResource
from .base import FIRST_USE
from .base import NO_CLUSTER
from .base import to_tags
from .strategy import from_strategy
from .strategy import to_strategy
from .strategy import wanted_strategy
from .used import services_in

#: Clusters that DescribeClusters takes.
BATCH = 100
INCLUDED = ["CONFIGURATIONS", "SETTINGS", "TAGS"]
#: Tasks and services on their way out, or another change, hold a cluster for a while.
BUSY = ("ClusterContainsTasksException", "ClusterContainsServicesException", "UpdateInProgressException")
#: The parts of how commands are executed in its containers: our key, ECS's field, and what it is where nothing is said.
EXECUTE = {"logging": ("logging", "DEFAULT"), "kms_key_id": ("kmsKeyId", "")}
EXECUTE_LOG = {"log_group": ("cloudWatchLogGroupName", ""), "encrypted": ("cloudWatchEncryptionEnabled", False), "bucket": ("s3BucketName", "")}


class Cluster(EcsResource):
    TYPE, ID, NAME = "ecs_cluster", "clusterArn", "clusterName"
    MANAGED = ("container_insights", "capacity_providers", "default_strategy", "execute_command_configuration")
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Cluster.html: status
    READY, COMING, BROKEN, GONE = ("ACTIVE",), ("PROVISIONING",), ("FAILED",), ("INACTIVE",)

    # -- reading -----------------------------------------------------------------------------------------------

    def read(self) -> Raw | None:
        return next(iter(_described(self.aws, [self.identity.name])), None)

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        arns = aws.read("ecs", "list_clusters", "clusterArns")
        return [(raw, tag_dict(raw.get("tags"))) for some in batches(arns, BATCH) for raw in _described(aws, some)]

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        settings = {one["name"]: one["value"] for one in raw.get("settings", [])}
        return {
            "container_insights": settings.get("containerInsights", "disabled"),
            "capacity_providers": sorted(raw.get("capacityProviders", [])),
            "default_strategy": from_strategy(raw.get("defaultCapacityProviderStrategy")),
            "execute_command_configuration": _from_execute(raw.get("configuration", {}).get("executeCommandConfiguration", {})),
        }

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        providers, strategy = wanted["capacity_providers"], wanted_strategy(wanted["default_strategy"])
        providers = None if providers is None else sorted(set(providers))
        known = (before or {}).get("capacity_providers", []) if providers is None else providers
        if missing := sorted({one["provider"] for one in strategy or []} - set(known)):
            raise Refusal(f"default_strategy places tasks on {', '.join(missing)}, which is not among the capacity_providers; add it to them")
        return {
            **wanted,
            "capacity_providers": providers,
            "default_strategy": strategy,
            "execute_command_configuration": _wanted_execute(wanted["execute_command_configuration"]),
        }

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, after: Shape) -> None:
        execute = after.get("execute_command_configuration")
        # Of a name that is taken ECS answers with the cluster that stands, and find() then looks whose it is.
        self.aws.call(
            "ecs",
            "create_cluster",
            lagging=FIRST_USE,
            clusterName=self.identity.name,
            tags=to_tags(after["tags"]),
            capacityProviders=after.get("capacity_providers") or [],
            defaultCapacityProviderStrategy=to_strategy(after.get("default_strategy")),
            **(_settings(after["container_insights"]) if after.get("container_insights") else {}),
            **(_configuration(execute) if execute else {}),
        )

    def update(self, plan: Plan) -> None:
        after, keys, spec = plan.after, set(plan.keys), {}
        if "container_insights" in keys:
            spec |= _settings(after["container_insights"])
        if "execute_command_configuration" in keys:
            spec |= _configuration(after["execute_command_configuration"])
        if spec:
            self.aws.call("ecs", "update_cluster", busy=BUSY, cluster=self.identity.name, **spec)
        if keys & {"capacity_providers", "default_strategy"}:
            self.aws.call(
                "ecs",
                "put_cluster_capacity_providers",
                busy=BUSY,
                cluster=self.identity.name,
                capacityProviders=after["capacity_providers"],
                defaultCapacityProviderStrategy=to_strategy(after["default_strategy"]),
            )

    def delete(self) -> None:
        """What goes from it is waited for; a service that stays is named at once."""
        staying = sorted(one["serviceName"] for one in services_in(self.aws, self.identity.name) if one["status"] == "ACTIVE")
        if staying:
            raise AwsFailure(f"Failed to delete cluster {self.identity.name}: its services {', '.join(staying)} are not of this stack; remove them first")
        self.aws.call("ecs", "delete_cluster", settled=(NO_CLUSTER,), busy=BUSY, cluster=self.identity.name)


def _described(aws: Aws, names: t.Sequence[str]) -> list[Raw]:
    """What ECS says of clusters; of one that is not there, nothing."""
    return aws.read("ecs", "describe_clusters", "clusters", clusters=list(names), include=INCLUDED)


def _settings(insights: str) -> dict[str, t.Any]:
    return {"settings": [{"name": "containerInsights", "value": insights}]}


def _wanted_execute(given: Shape | None) -> dict[str, t.Any] | None:
    """How commands are executed, whole. Raise Refusal where a log is named that would not be used, or none where one is needed."""
    if given is None:
        return None
    whole = {key: default for key, (_field, default) in {**EXECUTE, **EXECUTE_LOG}.items()}
    whole |= {key: value for key, value in given.items() if value is not None}
    whole["logging"] = whole["logging"].upper()
    if (whole["logging"] == "OVERRIDE") != bool(whole["log_group"]):
        raise Refusal("execute_command_configuration has a log_group with logging: override, and with no other")
    return whole


def _from_execute(raw: Raw) -> dict[str, t.Any]:
    log = raw.get("logConfiguration", {})
    parts = ((EXECUTE, raw), (EXECUTE_LOG, log))
    return {key: source.get(field, default) for fields, source in parts for key, (field, default) in fields.items()}


def _configuration(execute: Shape) -> dict[str, t.Any]:
    spec = {field: execute[key] for key, (field, default) in EXECUTE.items() if execute[key] != default or key == "logging"}
    log = {field: execute[key] for key, (field, default) in EXECUTE_LOG.items() if execute[key] != default}
    return {"configuration": {"executeCommandConfiguration": spec | ({"logConfiguration": log} if log else {})}}
