# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What other components are to a component: the inputs that plays hand to its role, with references for the ids. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from .access import statements_of
from .arrows import Component
from .arrows import Components
from .arrows import network_of
from .network_plan import zone_label
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
    watched = alarms if component.kind.prefix in ("load_balancer", "database", "service") else {}
    whole = {**reserve, **present, **watched}
    return {"reserve": reserve, "present": whole, "release": whole, "absent": {}}


def _identity(component: Component, components: Components, place: Place) -> tuple[Wiring, Wiring]:
    return {}, {"statements": statements_of(component, components, place)}


def _bucket(component: Component, components: Components, place: Place) -> tuple[Wiring, Wiring]:
    return {"account": place.account, "region": place.region}, {}


def _database(component: Component, components: Components, place: Place) -> tuple[Wiring, Wiring]:
    port = component.ports[0] if component.ports else None
    return {"port": port}, {**_subnets(component, components, place), **_group(component)}


def _load_balancer(component: Component, components: Components, place: Place) -> tuple[Wiring, Wiring]:
    default = component.arrow("default")
    target = reference(default, "elbv2_target_group", "group") if default else None
    return {}, {**_subnets(component, components, place), **_group(component), "default_target_group_id": target}


def _service(component: Component, components: Components, place: Place) -> tuple[Wiring, Wiring]:
    identity = components.get(component.arrow("identity") or "")
    doors = [*dict.fromkeys(route["load_balancer"] for route in component.arrow("routes") or [])]
    doors += [one.name for one in components.values() if one.kind.prefix == "load_balancer" and one.arrow("default") == component.name]
    routes = [{**route, "listener_id": reference(route["load_balancer"], "elbv2_listener", "entry")} for route in component.arrow("routes") or []]
    vpc = reference(str(network_of(component, components)), "ec2_vpc", "vpc")
    return {"vpc_id": vpc, "port": component.ports[0] if component.ports else None, "region": place.region}, {
        **_subnets(component, components, place),
        **_group(component),
        "instance_profile": identity.arrow("role_name") if identity else None,
        "routes": routes,
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


WIRES: dict[str, t.Callable[[Component, Components, Place], tuple[Wiring, Wiring]]] = {
    "identity": _identity,
    "bucket": _bucket,
    "database": _database,
    "load_balancer": _load_balancer,
    "service": _service,
    "delivery": _delivery,
}


def _subnets(component: Component, components: Components, place: Place) -> Wiring:
    """The subnets of its tier: the one it names, or the first that leads to the internet, or does not, as its scheme wants it."""
    network = components[network_of(component, components) or ""]
    public = component.arrow("scheme") == "internet-facing"
    fitting = [name for name, tier in network.arrow("tiers").items() if (tier.get("egress") == "internet") == public]
    tier = component.arrow("tier") or next(iter(fitting), "")
    return {"subnet_ids": [reference(network.name, "ec2_subnet", f"{tier}-{zone_label(zone, place.region)}") for zone in network.arrow("zones")]}


def _group(component: Component) -> Wiring:
    return {"security_group_ids": [reference(component.name, "ec2_security_group", "group")]}
