# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a declared stack wants in total of what an account gives a limited number of. Pure.

The quotas are named as in module_utils/_stack/preflight_quotas.py, which knows their codes and how much is in use.
"""

from __future__ import annotations

import math
import typing as t
from collections import Counter
from collections.abc import Iterator

from .arrows import Component
from .arrows import Components
from .arrows import firewall
from .arrows import network_of
from .arrows import TARGET_GROUPS
from .kinds import SERVING
from .network_plan import network_plan
from .network_plan import zone_label
from .network_plan import zone_name
from .wiring import Place

Demand = dict[str, t.Any]


def demands(components: Components, place: Place) -> dict[str, list[Demand]]:
    """What the components want, which are sound.

    ``quotas``: ``count`` of what a quota limits, by component; with the ``zone``, where it is a zone's, and with ``of``, where it is
    that one thing's own. ``fleets``: the hosts of each service, whose vCPUs only AWS can tell.
    """
    return {
        "quotas": [{"component": one.name, **found} for one in components.values() for found in _quotas(one, components, place)],
        "fleets": [_fleet(one, components, place) for one in components.values() if one.kind.prefix == "service"],
    }


def _quotas(component: Component, components: Components, place: Place) -> Iterator[Demand]:
    wants = WANTS.get(component.kind.prefix)
    yield from wants(component, components, place) if wants else ()
    wall = firewall(component, components, place.stack)
    if wall:
        rules = max(_rules(wall["ingress"]), _rules(wall["egress"]))
        yield {"quota": "rules_per_group", "count": rules, "of": f"security group {wall['name']}"}


def _rules(rules: list[dict[str, t.Any]]) -> int:
    """How many rules of one direction count: AWS counts those for IPv4 and for IPv6 apart, and one from a group or a prefix list in both.

    A prefix list counts as often as it has room for entries, which only AWS knows.
    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
    """
    ranges = [rule["source"] for rule in rules if "/" in rule["source"] and not rule["source"].startswith("ref:")]
    wide = sum(":" in source for source in ranges)
    return len(rules) - min(wide, len(ranges) - wide)


def _network(component: Component, _components: Components, place: Place) -> Iterator[Demand]:
    plan = network_plan(component.name, component.inputs, place.region)
    yield {"quota": "vpcs", "count": 1}
    if plan["internet_gateway"]:
        yield {"quota": "internet_gateways", "count": 1}
    if plan["addresses"]:
        yield {"quota": "addresses", "count": len(plan["addresses"])}
    zones = {zone_label(zone, place.region): zone for zone in _zones(component, place)}
    yield from ({"quota": "nat_gateways_per_zone", "count": 1, "zone": zones[gateway["key"]]} for gateway in plan["nat_gateways"])
    for endpoint in plan["endpoints"]:
        if groups := endpoint.get("security_group_ids"):
            yield {"quota": "groups_per_interface", "count": len(groups), "of": f"endpoint {endpoint['name']}"}


def _load_balancer(component: Component, components: Components, _place: Place) -> Iterator[Demand]:
    yield {"quota": "load_balancers", "count": 1}
    routes = Counter(route["load_balancer"] for one in components.values() if one.kind.prefix in SERVING for route in one.arrow("routes") or [])
    if routes[component.name]:
        yield {"quota": "rules_per_load_balancer", "count": routes[component.name], "of": f"load balancer {component.arrow('name')}"}


def _service(component: Component, _components: Components, _place: Place) -> Iterator[Demand]:
    if component.ports:
        yield {"quota": "target_groups", "count": 1}


def _container_service(component: Component, _components: Components, _place: Place) -> Iterator[Demand]:
    """While a deploy goes on both colours have their tasks. What others run on Fargate counts in the same quota, and is not asked for."""
    colours = len(TARGET_GROUPS[component.kind.prefix])
    yield {"quota": "target_groups", "count": colours}
    vcpus = math.ceil(colours * component.arrow("desired") * component.arrow("cpu") / 1024)
    yield {"quota": "fargate_vcpus", "count": vcpus, "of": f"a deploy of {component.name}"}


def _database(_component: Component, _components: Components, _place: Place) -> Iterator[Demand]:
    yield {"quota": "db_instances", "count": 1}


WANTS: dict[str, t.Callable[[Component, Components, Place], Iterator[Demand]]] = {
    "network": _network,
    "load_balancer": _load_balancer,
    "service": _service,
    "container_service": _container_service,
    "database": _database,
}


def _fleet(component: Component, components: Components, place: Place) -> Demand:
    """The hosts of a service: their type, how many, and the zones that they may lie in."""
    capacity = {key: int(component.arrow("capacity")[key]) for key in ("min", "desired", "max")}
    network = components[network_of(component, components) or ""]
    return {"component": component.name, "type": component.arrow("instance_type"), **capacity, "zones": _zones(network, place)}


def _zones(network: Component, place: Place) -> list[str]:
    return [zone_name(zone, place.region) for zone in network.arrow("zones")]
