# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The network that a declaration asks for, in the form of module_utils/_reach/model.py, with ids of its own. Pure.

What it lets pass is what may pass, and what has to. Ids begin as AWS's do, and go on with the component and what the part is of it.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator
from collections.abc import Mapping

from .arrows import Component
from .arrows import Components
from .arrows import firewall
from .arrows import network_of
from .arrows import Rule
from .arrows import TARGET_GROUPS
from .kinds import SERVING
from .network_plan import GATEWAY_SERVICES
from .network_plan import network_plan
from .references import parted
from .wiring import Place
from .wiring import subnets_of
from .wiring import tier_of

#: What stands there of a kind, by its prefix, as a place of the model has it.
ROLES = {"load_balancer": "load_balancer", "service": "fleet", "container_service": "task", "database": "database"}
PROTOCOLS = {"-1": "all", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
#: What a service's addresses are until AWS has said it: documentation's own, which nobody has (RFC 5737).
UNKNOWN_RANGES = ("192.0.2.0/24",)
#: How AWS's ids begin, by type.
BEGINNINGS = {
    "ec2_vpc": "vpc",
    "ec2_subnet": "subnet",
    "ec2_internet_gateway": "igw",
    "ec2_nat_gateway": "nat",
    "ec2_route_table": "rtb",
    "ec2_vpc_endpoint": "vpce",
    "ec2_network_acl": "acl",
    "ec2_security_group": "sg",
    "elbv2_target_group": "arn:targetgroup",
}
EVERYTHING = {"id": "", "protocol": "all", "from_port": None, "to_port": None}

Part = dict[str, t.Any]
Model = dict[str, list[Part]]


def declared_network(components: Components, place: Place, prefix_lists: Mapping[str, list[str]] | None = None) -> Model:
    """The model. ``prefix_lists``: the ranges of AWS's services, by the full name of the list, as far as AWS has said them."""
    model: Model = {name: [] for name in ("vpcs", "subnets", "security_groups", "acls", "route_tables", "prefix_lists", "gateways", "places")}
    model |= {"load_balancers": [], "target_groups": []}
    for one in components.values():
        if one.kind.prefix == "network":
            _Drawn(one, place, prefix_lists or {}).add_to(model)
    for one in components.values():
        home = components.get(network_of(one, components) or "")
        if one.kind.callable and home:
            _add_callable(model, one, home, components, place)
    return model


def own_id(reference: str) -> str:
    """The model's id for what a reference refers to; what is none stays, as a range or an id of AWS's own."""
    parts = parted(reference)
    return f"{BEGINNINGS[parts[1]]}-{parts[0]}-{parts[2]}" if parts else reference


def _id(component: str, type_: str, key: str) -> str:
    return f"{BEGINNINGS[type_]}-{component}-{key}"


class _Drawn:
    """One network."""

    def __init__(self, component: Component, place: Place, prefix_lists: Mapping[str, list[str]]):
        self.name, self.region, self.known = component.name, place.region, prefix_lists
        self.cidr = component.arrow("cidr")
        self.plan = network_plan(component.name, component.inputs, place.region)
        self.vpc = _id(self.name, "ec2_vpc", "vpc")
        self.tables = {subnet: table["key"] for table in self.plan["route_tables"] for subnet in table["subnet_ids"]}
        self.filters = {subnet: acl["key"] for acl in self.plan["network_acls"] for subnet in acl["subnet_ids"]}

    def add_to(self, model: Model) -> None:
        model["vpcs"].append({"id": self.vpc, "name": self.plan["vpc"]["name"], "component": self.name, "cidrs": [self.cidr]})
        model["subnets"] += [self.subnet(one) for one in self.plan["subnets"]]
        model["acls"] += [self.default_acl(), *(self.acl(one) for one in self.plan["network_acls"])]
        model["route_tables"] += [self.route_table(one) for one in self.plan["route_tables"]]
        model["gateways"] += self.gateways()
        model["prefix_lists"] += [self.prefix_list(one) for one in self.gateway_endpoints]
        model["security_groups"].append(self.default_group())
        model["places"] += self.endpoint_places()

    def part(self, type_: str, item: Part, **values: t.Any) -> Part:
        return {"id": _id(self.name, type_, item["key"]), "name": item["name"], "component": self.name, **values}

    def subnet(self, item: Part) -> Part:
        reference = f"ref:{self.name}/ec2_subnet/{item['key']}"
        table = _id(self.name, "ec2_route_table", self.tables[reference])
        acl = _id(self.name, "ec2_network_acl", self.filters.get(reference, "default"))
        place = {"vpc": self.vpc, "zone": item["availability_zone"], "cidrs": [item["cidr_block"]]}
        return self.part("ec2_subnet", item, **place, acl=acl, route_table=table)

    def default_acl(self) -> Part:
        """Which a tier without one of its own has, and which lets everything pass. https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html"""
        entry = {"number": 100, "action": "allow", "protocol": "all", "from_port": None, "to_port": None, "cidr": "0.0.0.0/0"}
        entries = [{**entry, "direction": direction} for direction in ("ingress", "egress")]
        return self.part("ec2_network_acl", {"key": "default", "name": ""}, vpc=self.vpc, entries=entries) | {"component": ""}

    def acl(self, item: Part) -> Part:
        entries = [_entry(one, direction) for direction in ("ingress", "egress") for one in item[direction]]
        return self.part("ec2_network_acl", item, vpc=self.vpc, entries=entries)

    def route_table(self, item: Part) -> Part:
        own = f"ref:{self.name}/ec2_route_table/{item['key']}"
        services = [(_list_of(one), one) for one in self.gateway_endpoints if own in one["route_table_ids"]]
        routes = [(self.cidr, "local"), *((one["destination"], own_id(one["target"])) for one in item["routes"])]
        routes += [(list_id, _id(self.name, "ec2_vpc_endpoint", one["key"])) for list_id, one in services]
        stated = [{"destination": destination, "target": target, "state": "active"} for destination, target in routes]
        return self.part("ec2_route_table", item, vpc=self.vpc, main=False, routes=stated)

    @property
    def gateway_endpoints(self) -> list[Part]:
        return [one for one in self.plan["endpoints"] if one["type"] == "gateway"]

    def gateways(self) -> Iterator[Part]:
        whole = {"vpcs": [self.vpc], "subnet": "", "public": False, "service": "", "cidrs": []}
        if self.plan["internet_gateway"]:
            yield self.part("ec2_internet_gateway", self.plan["internet_gateway"], **whole, kind="internet")
        for one in self.plan["nat_gateways"]:
            yield self.part("ec2_nat_gateway", one, **{**whole, "subnet": own_id(one["subnet_id"]), "public": True}, kind="nat")
        for one in self.gateway_endpoints:
            yield self.part("ec2_vpc_endpoint", one, **{**whole, "service": self.service(one)}, kind="endpoint")

    def service(self, item: Part) -> str:
        """The full name of an endpoint's service, and of the list of its addresses."""
        return item["service"] if "." in item["service"] and item["service"].startswith("com.") else f"com.amazonaws.{self.region}.{item['service']}"

    def prefix_list(self, item: Part) -> Part:
        name = self.service(item)
        return {"id": _list_of(item), "name": name, "cidrs": list(self.known.get(name) or UNKNOWN_RANGES)}

    def default_group(self) -> Part:
        """Which interface endpoints without groups have, and which lets in who bears it.

        https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
        """
        own = _id(self.name, "ec2_security_group", "default")
        return {
            **{"id": own, "name": "default", "component": "", "vpc": self.vpc},
            "ingress": [{**EVERYTHING, "peer": own}],
            "egress": [{**EVERYTHING, "peer": "0.0.0.0/0"}],
        }

    def endpoint_places(self) -> Iterator[Part]:
        for one in (one for one in self.plan["endpoints"] if one["type"] == "interface"):
            groups = one.get("security_group_ids") or [_id(self.name, "ec2_security_group", "default")]
            for subnet in one["subnet_ids"]:
                yield _place("endpoint", self.name, one["name"], self.vpc, own_id(subnet), groups, public=False)


def _list_of(endpoint: Part) -> str:
    service = endpoint["service"].rpartition(".")[2]
    return f"pl-{service if service in GATEWAY_SERVICES else endpoint['key']}"


def _entry(item: Part, direction: str) -> Part:
    protocol = str(item.get("protocol") or "all")
    first, last = item.get("from_port"), item.get("to_port")
    ports = {"from_port": first, "to_port": first if last is None else last}
    return {"number": int(item["number"]), "direction": direction, "action": item.get("action") or "allow", "cidr": item["cidr"]} | {
        "protocol": PROTOCOLS.get(protocol, protocol),
        **(ports if protocol in ("tcp", "udp", "6", "17") else dict.fromkeys(ports)),
    }


def _add_callable(model: Model, one: Component, home: Component, components: Components, place: Place) -> None:
    """A component that has an address: its group, and a place in each subnet of its tier."""
    wall = firewall(one, components, place.stack) or {}
    vpc, group = _id(home.name, "ec2_vpc", "vpc"), _id(one.name, "ec2_security_group", "group")
    rules = {
        direction: [_rule(rule, f"sgr-{one.name}-{direction}-{number}") for number, rule in enumerate(wall[direction])] for direction in ("ingress", "egress")
    }
    model["security_groups"].append({"id": group, "name": wall["name"], "component": one.name, "vpc": vpc, **rules})
    label = one.arrow("name") or one.arrow("group_name") or one.name
    public = _is_public(one, home, tier_of(one, home))
    for subnet in map(own_id, subnets_of(one, components, place)):
        model["places"].append(_place(ROLES[one.kind.prefix], one.name, label, vpc, subnet, [group], public))
    if one.kind.prefix == "load_balancer":
        model["load_balancers"].append(_load_balancer(one, components))
    if one.kind.prefix in SERVING and one.ports:
        model["target_groups"] += _target_groups(one, components)


def _is_public(one: Component, home: Component, tier: str) -> bool:
    """Whether it gets a public address: by its scheme, by Fargate's choice in a public tier, or by its subnet's."""
    wanted = home.arrow("tiers").get(tier) or {}
    if one.kind.prefix == "load_balancer":
        return one.arrow("scheme") == "internet-facing"
    if one.kind.prefix == "container_service":
        return wanted.get("egress") == "internet"
    return one.kind.prefix == "service" and bool(wanted.get("map_public_ip"))


def _rule(rule: Rule, own: str) -> Part:
    protocol = str(rule["protocol"])
    first, last = rule["from_port"], rule["to_port"]
    return {"id": own, "protocol": PROTOCOLS.get(protocol, protocol), "from_port": first, "to_port": last, "peer": own_id(rule["source"])}


def _place(role: str, component: str, name: str, vpc: str, subnet: str, groups: list[str], public: bool) -> Part:
    own = {"id": f"{name}@{subnet}", "role": role, "component": component, "name": name, "vpc": vpc, "subnet": subnet}
    return {**own, "groups": groups, "addresses": [], "public": public, "stands": False}


def _load_balancer(door: Component, components: Components) -> Part:
    """Its listeners: HTTPS and a redirect where it has a domain, else HTTP."""
    own = [one for one in components.values() if one.kind.prefix in SERVING and door.name in _doors(one, components)]
    targets = [_id(one.name, "elbv2_target_group", key) for one in own if one.ports for key in TARGET_GROUPS[one.kind.prefix]]
    ports = [(443, "HTTPS"), (80, "HTTP")] if door.arrow("domain") else [(80, "HTTP")]
    listeners = [{"port": port, "protocol": protocol, "target_groups": targets if place == 0 else []} for place, (port, protocol) in enumerate(ports)]
    scheme = door.arrow("scheme") or "internal"
    label = {"id": f"arn:loadbalancer-{door.name}", "name": door.arrow("name"), "component": door.name}
    return {**label, "scheme": scheme, "kind": "application", "listeners": listeners}


def _doors(service: Component, components: Components) -> list[str]:
    """The load balancers that forward to it."""
    defaults = [one.name for one in components.values() if one.kind.prefix == "load_balancer" and one.arrow("default") == service.name]
    return [*dict.fromkeys([*(route["load_balancer"] for route in service.arrow("routes") or []), *defaults])]


def _target_groups(service: Component, components: Components) -> Iterator[Part]:
    doors = [f"arn:loadbalancer-{name}" for name in _doors(service, components)]
    port = service.ports[0]
    for key in TARGET_GROUPS[service.kind.prefix]:
        name = service.arrow("target_group_name" if key == "group" else f"{key}_target_group_name")
        own = {"id": _id(service.name, "elbv2_target_group", key), "name": name, "component": service.name, "load_balancers": doors}
        yield {**own, "protocol": "HTTP", "port": port, "health_protocol": "HTTP", "health_port": port}
