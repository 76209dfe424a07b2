# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ECS: services of Fargate's, which run tasks. Those on instances of the account's are left to moto."""
from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.models import EC2ContainerServiceBackend, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse

from ..call import Call
from ..containers.refusals import check_load_balancers, check_network, check_platform, invalid, is_fargate, NAME
from ..containers.services import DEPLOYED, Service, with_defaults
from ..dials import DIALS
from ..replies import AwsError
from . import before, patch
from .ecs_clusters import cluster_of, ecs_of

_TOO_MANY = 10
_NONE_DRAINS = "The service cannot be stopped while it is scaled above 0."


def service_of(call: Call) -> Any:
    """The service that a call names, or None. Raises ClusterNotFoundException."""
    name = call.params.get("service") or call.params.get("serviceName", "")
    return ecs_of(call).services.get(f"{cluster_of(call).name}:{name.rpartition('/')[2]}")


def _without_token(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name != "clientToken"}


def _no_service() -> AwsError:
    return AwsError("ServiceNotFoundException", "Service not found.")


def definition_of(call: Call, name: str) -> TaskDefinition:
    """The ACTIVE revision that a call is to run. Raises ClientException."""
    found: TaskDefinition = ecs_of(call).describe_task_definition(name)
    if found.status != "ACTIVE":
        raise AwsError("ClientException", "TaskDefinition is inactive")
    return found


# -- what is refused -----------------------------------------------------------------------------------------------


@before("ecs", "CreateService", adds="ClusterNotFoundException, PlatformUnknownException, ClientException and InvalidParameterException for what it refers to; "
        "a name is free once its service is INACTIVE; the same request gives the first service again; quotas",
        source="API_CreateService: Errors; developer guide, service-quotas")  # fmt: skip
def check_service(call: Call) -> None:
    cluster, params, standing = cluster_of(call), call.params, service_of(call)
    if not NAME.fullmatch(params["serviceName"]):
        raise invalid("Service name must be at most 255 letters, numbers, hyphens and underscores.")
    if not is_fargate(params, cluster):
        return
    if standing and standing.status == "DRAINING":
        raise invalid("Unable to Start a service that is still Draining.")
    if standing and standing.status == "ACTIVE":
        if not isinstance(standing, Service) or _without_token(standing.first_asked) != _without_token(params):
            raise invalid("Creation of service was not idempotent.")
        return
    if "taskDefinition" not in params:
        raise invalid("TaskDefinition can not be blank.")
    check_whole(call, params)
    used = sum(one.cluster_name == cluster.name and one.status != "INACTIVE" for one in ecs_of(call).services.values())
    if used >= DIALS.quotas["ecs_services_per_cluster"]:
        raise AwsError("ClientException", "The maximum number of services in the cluster has been reached.")


@before("ecs", "UpdateService", adds="ServiceNotFoundException, ServiceNotActiveException, and what CreateService refuses", source="API_UpdateService: Errors")
def check_update(call: Call) -> None:
    service = service_of(call)
    if service is None:
        raise _no_service()
    if service.status != "ACTIVE":
        raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
    if isinstance(service, Service):
        # A strategy takes the place of a launch type (API_UpdateService: capacityProviderStrategy).
        left = {*call.params, *(["launchType"] if "capacityProviderStrategy" in call.params else [])}
        kept = {name: value for name, value in service.asked.items() if name not in left}
        check_whole(call, {"taskDefinition": service.primary.definition.arn, **kept, **call.params})


@before("ecs", "DeleteService", adds="ServiceNotFoundException; a service with tasks goes by force alone", source="API_DeleteService")
def check_delete(call: Call) -> None:
    service = service_of(call)
    if service is None or service.status == "INACTIVE":
        raise _no_service()
    if isinstance(service, Service) and service.asked["desiredCount"] > 0 and not call.params.get("force"):
        raise invalid(_NONE_DRAINS)


@before("ecs", "DescribeServices", adds="ten services a call", source="API_DescribeServices: services")
def ten_services(call: Call) -> None:
    given = call.params.get("services", [])
    if not given:
        raise invalid("Services cannot be empty.")
    if len(given) > _TOO_MANY:
        raise invalid(f"Services cannot be more than {_TOO_MANY}.")


def check_whole(call: Call, params: dict[str, Any]) -> None:
    """What a service of Fargate's is to be as a whole."""
    arn = params["taskDefinition"]
    # What runs already may go on by a revision that was deregistered since (API_DeregisterTaskDefinition).
    definition = definition_of(call, arn) if "taskDefinition" in call.params else ecs_of(call).describe_task_definition(arn)
    check_platform(definition, params)
    check_network(call, params)
    check_load_balancers(call, definition, params)
    _check_counts(params)


def _check_counts(params: dict[str, Any]) -> None:
    wanted, most = params.get("desiredCount", 0), DIALS.quotas["ecs_tasks_per_service"]
    if not 0 <= wanted <= most:
        raise invalid(f"desiredCount must be from 0 to {most}.")
    deployment = with_defaults(params)["deploymentConfiguration"]
    if deployment["strategy"] != "ROLLING" or deployment.get("alarms", {}).get("enable") or params.get("deploymentController", {}).get("type", "ECS") != "ECS":
        raise NotImplementedError("services deploy by ECS's rolling update alone, without alarms")
    least, most = deployment["minimumHealthyPercent"], deployment["maximumPercent"]
    if least == most == 100:
        raise invalid("Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.")
    if not 0 <= least <= 100 <= most <= 200:
        raise invalid("minimumHealthyPercent must be from 0 to 100, and maximumPercent from 100 to 200.")
    if params.get("healthCheckGracePeriodSeconds") and not params.get("loadBalancers"):
        raise invalid("Health check grace period is only valid for services configured to use load balancers")


# -- what is done --------------------------------------------------------------------------------------------------


@patch("ecs", "CreateService", "UpdateService", "DeleteService", "DescribeServices", "ListServices",
       adds="a service runs tasks: as many well ones as are wanted, across its subnets, in its target groups; deployments within their percents, with "
       "circuit breaker and rollback; events; unhealthy and stopped tasks are replaced; DRAINING before INACTIVE",
       source="API_Service, API_Deployment, API_UpdateService, API_DeleteService; developer guide, service-event-messages-list, "
       "deployment-circuit-breaker")  # fmt: skip
def services_run() -> None:
    first_create, first_update, first_delete = (getattr(EC2ContainerServiceResponse, f"{verb}_service") for verb in ("create", "update", "delete"))

    def create(self: Any) -> ActionResult:
        params, backend = dict(self._get_params()), self.ecs_backend
        cluster = backend._get_cluster(params.get("cluster", "default"))
        if not is_fargate(params, cluster):
            return first_create(self)
        return ActionResult({"service": _create(backend, cluster, params).told()})

    def update(self: Any) -> ActionResult:
        service = _named(self)
        if not isinstance(service, Service):
            return first_update(self)
        _update(self.ecs_backend, service, dict(self._get_params()))
        return ActionResult({"service": service.told()})

    def delete(self: Any) -> ActionResult:
        service = _named(self)
        if not isinstance(service, Service):
            return first_delete(self)
        with self.ecs_backend.agenda.lock:
            service.status = "DRAINING"
            service.changed()
        return ActionResult({"service": service.told()})

    EC2ContainerServiceResponse.create_service, EC2ContainerServiceResponse.update_service = create, update
    EC2ContainerServiceResponse.delete_service = delete
    _tell_services()


def _named(response: Any) -> Any:
    backend = response.ecs_backend
    cluster = backend._get_cluster(response._get_param("cluster", "default"))
    return backend.services[f"{cluster.name}:{response._get_param('service').rpartition('/')[2]}"]


def _tell_services() -> None:
    first_list = EC2ContainerServiceBackend.list_services

    def describe(self: Any) -> ActionResult:
        services, failures = self.ecs_backend.describe_services(self._get_param("cluster", "default"), self._get_param("services", []))
        tags = "TAGS" in self._get_param("include", [])
        with self.ecs_backend.agenda.lock:
            told = [one.told(tags=tags) if isinstance(one, Service) else one for one in services]
        return ActionResult({"services": told, "failures": failures})

    def listed(self: Any, *args: Any, **kwargs: Any) -> list[str]:
        gone = {one.arn for one in self.services.values() if one.status == "INACTIVE"}
        return [arn for arn in first_list(self, *args, **kwargs) if arn not in gone]

    EC2ContainerServiceResponse.describe_services, EC2ContainerServiceBackend.list_services = describe, listed


def _create(backend: Any, cluster: Any, params: dict[str, Any]) -> Service:
    key = f"{cluster.name}:{params['serviceName']}"
    with backend.agenda.lock:
        standing = backend.services.get(key)
        if standing and standing.status == "ACTIVE":
            return standing
        if "launchType" not in params and "capacityProviderStrategy" not in params:
            params["capacityProviderStrategy"] = cluster.default_capacity_provider_strategy
        backend.services[key] = Service(backend, cluster, backend.describe_task_definition(params["taskDefinition"]), params)
        return backend.services[key]


def _update(backend: Any, service: Service, params: dict[str, Any]) -> None:
    """A new deployment where what runs is to be another, or where it is forced."""
    with backend.agenda.lock:
        first = service.asked
        if "capacityProviderStrategy" in params:
            first.pop("launchType", None)
        given = {name: value for name, value in params.items() if value is not None}
        if "deploymentConfiguration" in given:
            given["deploymentConfiguration"] = first["deploymentConfiguration"] | given["deploymentConfiguration"]
        service.asked = with_defaults({**first, **given})
        definition = backend.describe_task_definition(params["taskDefinition"]) if params.get("taskDefinition") else service.primary.definition
        changed = any(service.asked.get(name) != first.get(name) for name in DEPLOYED)
        if changed or definition is not service.primary.definition or params.get("forceNewDeployment"):
            service.deploy(definition)
        if service.asked["desiredCount"] != first["desiredCount"]:
            service.steady = False
        service.changed()
