# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ECS: clusters, and the role by which ECS acts for the account."""
from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.models import Cluster, EC2ContainerServiceBackend, ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from ..call import Call
from ..containers.agenda import Agenda
from ..containers.refusals import invalid
from ..containers.scheduler import Scheduler
from ..containers.services import counts, Service
from ..containers.tasks import Task
from ..dials import DIALS
from ..replies import AwsError, Reply
from . import after, ANY, before, patch

LINKED = "ecs.amazonaws.com"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_IN_A_CLUSTER = ("CreateService", "DeleteCluster", "DeleteService", "DescribeServices", "DescribeTasks", "ListServices", "ListTasks",
                 "PutClusterCapacityProviders", "RunTask", "StopTask", "UpdateCluster", "UpdateClusterSettings", "UpdateService")  # fmt: skip
_FARGATE = {"FARGATE", "FARGATE_SPOT"}
_INSIGHTS = ("enabled", "enhanced", "disabled")
# What DescribeClusters tells only where it is asked for (API_DescribeClusters: include).
_INCLUDED = {"ATTACHMENTS": ("attachments", "attachmentsStatus"), "CONFIGURATIONS": ("configuration",), "SETTINGS": ("settings",),
             "STATISTICS": ("statistics",), "TAGS": ("tags",)}  # fmt: skip


def ecs_of(call: Call) -> EC2ContainerServiceBackend:
    """moto's ECS of the call's account and region."""
    return ecs_backends[call.account][call.region]


def cluster_of(call: Call) -> Cluster:
    """The active cluster that a call names. Raises ClusterNotFoundException."""
    name = call.params.get("cluster") or "default"
    found = ecs_of(call).clusters.get(name.rpartition("/")[2])
    if found is None or found.status != "ACTIVE":
        raise AwsError("ClusterNotFoundException", "Cluster not found.")
    return found


@patch("ecs", ANY, adds="an agenda of what befalls tasks and services", source="the local cloud's own rule")
def agendas() -> None:
    first = EC2ContainerServiceBackend.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        first(self, *args, **kwargs)
        self.agenda, self.scheduler = Agenda(), Scheduler(self)

    EC2ContainerServiceBackend.__init__ = init


@before("ecs", ANY, adds="what was due has befallen tasks and services before a call is looked at", source="Developer guide, task-lifecycle-explanation")
@before(ANY, "DescribeTargetHealth", "DescribeNetworkInterfaces", "DeleteNetworkInterface", "DeleteSecurityGroup", "DeleteSubnet", "DeleteTargetGroup",
        "DescribeLogStreams", "GetLogEvents", "FilterLogEvents", adds="tasks have taken and given up their interfaces, targets and log streams by then",
        source="Developer guide, fargate-task-networking")  # fmt: skip
def catch_up(call: Call) -> None:
    ecs_of(call).scheduler.look()


# -- the service-linked role ---------------------------------------------------------------------------------------


def _linked_role(call: Call, *, make: bool) -> bool:
    """Whether the role stands and is known here by now; it is made where it is not there at all."""
    backend = iam_backends[call.account][get_partition(call.region)]
    path = f"/aws-service-role/{LINKED}/"
    if any(role.path == path for role in backend.roles.values()):
        return True
    if make and not any(role.path == path for role in dict.values(backend.roles)):
        backend.create_service_linked_role(LINKED, "Role to enable Amazon ECS to manage your cluster.", "")
    return any(role.path == path for role in backend.roles.values())


@before("ecs", "CreateCluster", adds="AWSServiceRoleForECS is made where it is not there", source="Developer guide, using-service-linked-roles")
def make_the_role(call: Call) -> None:
    _linked_role(call, make=True)


@before("ecs", "CreateService", adds="where AWSServiceRoleForECS is not there it is made, and the call refused until it is known",
        source="Developer guide, using-service-linked-roles; API_CreateService: role")  # fmt: skip
def assume_the_role(call: Call) -> None:
    if not _linked_role(call, make=False):
        _linked_role(call, make=True)
        raise invalid("Unable to assume the service linked role. Please verify that the ECS service linked role exists.")


# -- clusters ------------------------------------------------------------------------------------------------------


@before("ecs", *_IN_A_CLUSTER, adds="ClusterNotFoundException for a cluster that is not there, or INACTIVE", source="Each operation's Errors")
def cluster_is_active(call: Call) -> None:
    cluster_of(call)


@before("ecs", "CreateCluster", adds="rules of names, settings and capacity providers; of one name there is one, and the same request gives it again",
        source="API_CreateCluster, API_ClusterSetting; developer guide, service-quotas")  # fmt: skip
def check_cluster(call: Call) -> None:
    name, clusters = call.params.get("clusterName", "default"), ecs_of(call).clusters
    if not _NAME.fullmatch(name):
        raise invalid("Cluster name must be at most 255 letters, numbers, hyphens and underscores.")
    check_settings(call)
    check_providers(call)
    standing = clusters.get(name)
    if standing and standing.status == "ACTIVE" and standing.__dict__.get("asked") != call.params:
        raise invalid("Arguments on this idempotent request are inconsistent with arguments used in previous request(s).")
    if standing is None and sum(one.status == "ACTIVE" for one in clusters.values()) >= DIALS.quotas["ecs_clusters"]:
        raise AwsError("ClientException", "The maximum number of clusters has been reached.")


@after("ecs", "CreateCluster", adds="what it was asked to be is kept", source="API_CreateCluster: InvalidParameterException")
def keep_what_was_asked(call: Call, reply: Reply) -> None:
    ecs_of(call).clusters[call.params.get("clusterName", "default")].asked = call.params


@before("ecs", "UpdateCluster", "UpdateClusterSettings", adds="settings are ECS's own", source="API_UpdateCluster: Errors; API_ClusterSetting")
def check_settings(call: Call) -> None:
    for setting in call.params.get("settings", []):
        if setting.get("name") != "containerInsights" or setting.get("value") not in _INSIGHTS:
            raise invalid(f"The setting {setting.get('name')} cannot be {setting.get('value')}.")


@before("ecs", "PutClusterCapacityProviders", adds="the providers exist, and are the cluster's", source="API_PutClusterCapacityProviders: Errors")
def check_providers(call: Call) -> None:
    known = _FARGATE | set(ecs_of(call).capacity_providers)
    given = call.params.get("capacityProviders", [])
    strategy = [one["capacityProvider"] for one in call.params.get("defaultCapacityProviderStrategy", [])]
    for name in [*given, *strategy]:
        if name.rpartition("/")[2] not in known:
            raise invalid(f"The specified capacity provider '{name}' was not found. Specify a valid name or ARN and try again.")
    if outside := set(strategy) - set(given):
        raise invalid(f"The capacity providers {sorted(outside)} are not associated with the cluster.")


@before("ecs", "DeleteCluster", adds="ClusterContainsServicesException, ClusterContainsTasksException", source="API_DeleteCluster: Errors")
def delete_empty_cluster(call: Call) -> None:
    cluster, backend = cluster_of(call), ecs_of(call)
    if _services_in(backend, cluster):
        raise AwsError("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
    if any(one.last_status != "STOPPED" for one in _tasks_in(backend, cluster)):
        raise AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")


def _services_in(backend: Any, cluster: Cluster) -> list[Any]:
    return [one for one in list(backend.services.values()) if one.cluster_name == cluster.name and one.status != "INACTIVE"]


def _tasks_in(backend: Any, cluster: Cluster) -> list[Any]:
    return list(backend.tasks.get(cluster.name, {}).values())


@patch("ecs", "CreateCluster", "UpdateCluster", "UpdateClusterSettings", "DescribeClusters", "ListClusters",
       adds="a cluster counts its services and tasks; what is included is told, and nothing else; INACTIVE ones are not listed; UpdateClusterSettings",
       source="API_Cluster, API_DescribeClusters: include, API_ListClusters, API_UpdateClusterSettings")  # fmt: skip
def whole_clusters() -> None:
    first = EC2ContainerServiceBackend.create_cluster

    def create(self: Any, cluster_name: str, *args: Any, **kwargs: Any) -> Cluster:
        standing = self.clusters.get(cluster_name)
        return standing if standing and standing.status == "ACTIVE" else first(self, cluster_name, *args, **kwargs)

    def update_settings(self: Any) -> ActionResult:
        cluster = self.ecs_backend.update_cluster(self._get_param("cluster"), self._get_param("settings"), None, None)
        return ActionResult({"cluster": _told(self.ecs_backend, cluster, _INCLUDED)})

    def describe(self: Any) -> ActionResult:
        names = self._get_param("clusters", [])
        clusters, failures = self.ecs_backend.describe_clusters(names)
        told = [_told(self.ecs_backend, one, self._get_param("include", [])) for one in clusters]
        return ActionResult({"clusters": told, "failures": failures})

    EC2ContainerServiceBackend.create_cluster = create
    EC2ContainerServiceBackend.list_clusters = lambda self: [one.arn for one in self.clusters.values() if one.status == "ACTIVE"]
    EC2ContainerServiceResponse.update_cluster_settings, EC2ContainerServiceResponse.describe_clusters = update_settings, describe


def _told(backend: Any, cluster: Cluster, include: Iterable[str]) -> dict[str, Any]:
    """API_Cluster."""
    there = [one for one in _tasks_in(backend, cluster) if isinstance(one, Task)]
    running, pending = counts(there)
    services = [one for one in _services_in(backend, cluster) if one.status == "ACTIVE"]
    known = {
        "clusterArn": cluster.arn, "clusterName": cluster.name, "status": cluster.status, "runningTasksCount": running, "pendingTasksCount": pending,
        "activeServicesCount": len(services), "registeredContainerInstancesCount": cluster.registered_container_instances_count,
        "capacityProviders": cluster.capacity_providers or [], "defaultCapacityProviderStrategy": cluster.default_capacity_provider_strategy or [],
        "serviceConnectDefaults": cluster.service_connect_defaults, "configuration": cluster.configuration, "settings": cluster.settings,
        "tags": cluster.tags or [], "attachments": [], "attachmentsStatus": None,
        "statistics": [
            {"name": "runningFargateTasksCount", "value": str(running)},
            {"name": "pendingFargateTasksCount", "value": str(pending)},
            {"name": "activeFargateServiceCount", "value": str(sum(isinstance(one, Service) for one in services))},
        ],
    }  # fmt: skip
    left_out = {field for name, fields in _INCLUDED.items() if name not in include for field in fields}
    return {name: value for name, value in known.items() if name not in left_out and value is not None}
