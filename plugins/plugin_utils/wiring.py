# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What other components are to a component: the inputs that plays hand to its role, with references for the ids. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from .access import execution_statements
from .access import secret_arn
from .access import statements_of
from .access import task_statements
from .arrows import Component
from .arrows import Components
from .arrows import network_of
from .arrows import target_groups_of
from .network_plan import zone_label
from .references import possible
from .references import reference

Wiring = dict[str, t.Any]


@dataclass(frozen=True)
class Place:
    """Where a stack stands: its name, and the account's and region's own."""

    stack: str
    partition: str
    account: str
    region: str


def wiring(component: Component, components: Components, place: Place, stack_inputs: Mapping[str, t.Any]) -> dict[str, Wiring]:
    """The wiring of a component by entry point of its role; what a later layer makes is not in an earlier one's."""
    wire = WIRES.get(component.kind.prefix)
    if not wire:
        return {}
    alarms = {"alarm_actions": list(stack_inputs.get("stack_alarm_actions") or [])}
    reserve, present = wire(component, components, place)
    watched = alarms if component.kind.prefix in WATCHED else {}
    whole = {**reserve, **present, **watched}
    return {"reserve": reserve, **dict.fromkeys(("present", "release", "deploy"), whole), "absent": {}}


def _identity(component: Component, components: Components, place: Place) -> tuple[Wiring, Wiring]:
    return {}, {"statements": statements_of(component, components, place)}


def _bucket(component: Component, components: Components, place: Place) -> tuple[Wiring, Wiring]:
    return {"account": place.account, "region": place.region}, {}


def _database(component: Component, components: Components, place: Place) -> tuple[Wiring, Wiring]:
    port = component.ports[0] if component.ports else None
    return {"port": port}, {**_subnets(component, components, place), **_group(component)}


def _load_balancer(component: Component, components: Components, place: Place) -> tuple[Wiring, Wiring]:
    default = components.get(component.arrow("default") or "")
    targets = target_groups_of(default) if default else []
    return {}, {**_subnets(component, components, place), **_group(component), "default_target_group_ids": targets}


def _service(component: Component, components: Components, place: Place) -> tuple[Wiring, Wiring]:
    identity = components.get(component.arrow("identity") or "")
    return _listening(component, components, place), {
        **_subnets(component, components, place),
        **_group(component),
        "instance_profile": identity.arrow("role_name") if identity else None,
        **_behind(component, components),
    }


def _container_service(component: Component, components: Components, place: Place) -> tuple[Wiring, Wiring]:
    identity, network = component.arrow("identity"), components[network_of(component, components) or ""]
    return {**_listening(component, components, place), "partition": place.partition, "account": place.account}, {
        **_subnets(component, components, place),
        **_group(component),
        "public": network.arrow("tiers")[tier_of(component, network)].get("egress") == "internet",
        **_behind(component, components),
        "secrets": {name: {"arn": secret_arn(one), "field": one.get("field") or ""} for name, one in (component.arrow("secrets") or {}).items()},
        "family_id": possible(component.name, "ecs_task_definition", "definition"),
        "standing": {key: possible(component.name, type_, key) for key, type_ in CONTAINER_PARTS.items()},
        "execution_statements": execution_statements(component, place),
        "task_role_arn": reference(identity, "iam_role", "role") if identity else None,
        "task_statements": [] if identity else task_statements(component, components, place),
    }


def _listening(component: Component, components: Components, place: Place) -> Wiring:
    """What a target group is made of."""
    vpc = reference(str(network_of(component, components)), "ec2_vpc", "vpc")
    return {"vpc_id": vpc, "port": component.ports[0] if component.ports else None, "region": place.region}


def _behind(component: Component, components: Components) -> Wiring:
    """The listeners that its routes are rules of, and the load balancer by which it is watched: of a route, or that whose default it is."""
    routes = component.arrow("routes") or []
    doors = [*dict.fromkeys(route["load_balancer"] for route in routes)]
    doors += [one.name for one in components.values() if one.kind.prefix == "load_balancer" and one.arrow("default") == component.name]
    return {
        "routes": [{**route, "listener_id": reference(route["load_balancer"], "elbv2_listener", "entry")} for route in routes],
        "load_balancer_id": reference(doors[0], "elbv2_load_balancer", "load_balancer") if doors else None,
    }


def _delivery(component: Component, components: Components, place: Place) -> tuple[Wiring, Wiring]:
    bucket = components[component.arrow("bucket")]
    services = {name: _fleet(components[name], components) for name in component.arrow("services")}
    return {"partition": place.partition, "account": place.account, "region": place.region}, {
        "bucket": bucket.arrow("name"),
        "key_arn": reference(bucket.name, "kms_key", "key"),
        "services": services,
    }


def _fleet(service: Component, components: Components) -> Wiring:
    """What a revision goes to: the fleet, and the target group out of which each host is taken meanwhile, where it is in a door's use."""
    behind = service.arrow("routes") or any(one.arrow("default") == service.name for one in components.values() if one.kind.prefix == "load_balancer")
    return {"autoscaling_group": service.arrow("group_name"), "target_group": service.arrow("target_group_name") if service.ports and behind else None}


#: The kinds that alarms watch, by prefix.
WATCHED = ("load_balancer", "database", "service", "container_service")
#: What a container service reserved, by its handles: a deploy makes none of it, and refers to it.
CONTAINER_PARTS = {"blue": "elbv2_target_group", "green": "elbv2_target_group", "execution": "iam_role", "task": "iam_role", "logs": "kms_key"}
WIRES: dict[str, t.Callable[[Component, Components, Place], tuple[Wiring, Wiring]]] = {
    "identity": _identity,
    "bucket": _bucket,
    "database": _database,
    "load_balancer": _load_balancer,
    "service": _service,
    "container_service": _container_service,
    "delivery": _delivery,
}


def _subnets(component: Component, components: Components, place: Place) -> Wiring:
    return {"subnet_ids": subnets_of(component, components, place)}


def subnets_of(component: Component, components: Components, place: Place) -> list[str]:
    """References to the subnets that it lies in: those of its tier."""
    network = components[network_of(component, components) or ""]
    tier = tier_of(component, network)
    return [reference(network.name, "ec2_subnet", f"{tier}-{zone_label(zone, place.region)}") for zone in network.arrow("zones")]


def tier_of(component: Component, network: Component) -> str:
    """The tier that it names, or the first that leads to the internet, or does not, as its scheme wants it."""
    public = component.arrow("scheme") == "internet-facing"
    fitting = [name for name, tier in network.arrow("tiers").items() if (tier.get("egress") == "internet") == public]
    return component.arrow("tier") or next(iter(fitting), "")


def _group(component: Component) -> Wiring:
    return {"security_group_ids": [reference(component.name, "ec2_security_group", "group")]}
