# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the few inputs of a network to each of its parts, with references for the ids. Pure."""

from __future__ import annotations

import ipaddress
import typing as t
from collections.abc import Iterator
from collections.abc import Mapping

from .names import part_name
from .kinds import Spec
from .problems import validated
from .references import reference

ANYWHERE = "0.0.0.0/0"
#: A range is divided into this many tiers, and a tier into as many zones, whatever there are now: so what is added at
#: the end moves nothing.
PARTS = 4
#: Services that have a gateway endpoint beside the interface one, which takes the plain key.
#: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
GATEWAY_SERVICES = ("s3", "dynamodb")

#: The parts of a plan, and their types.
TYPES = {
    "vpc": "ec2_vpc",
    "subnets": "ec2_subnet",
    "internet_gateway": "ec2_internet_gateway",
    "addresses": "ec2_address",
    "nat_gateways": "ec2_nat_gateway",
    "route_tables": "ec2_route_table",
    "endpoints": "ec2_vpc_endpoint",
    "network_acls": "ec2_network_acl",
}

TIER: Spec = {
    "egress": {"type": "str", "required": True, "choices": ["internet", "nat", "none"]},
    "cidrs": {"type": "list", "elements": "str"},
    "prefix_length": {"type": "int"},
    "map_public_ip": {"type": "bool"},
}
ENDPOINT: Spec = {
    "service": {"type": "str", "required": True},
    "type": {"type": "str", "required": True, "choices": ["gateway", "interface"]},
    "tiers": {"type": "list", "elements": "str", "required": True},
    "private_dns": {"type": "bool"},
    "security_group_ids": {"type": "list", "elements": "str"},
    "policy": {"type": "json"},
}
ENTRY: Spec = {
    "number": {"type": "int", "required": True},
    "action": {"type": "str", "choices": ["allow", "deny"], "default": "allow"},
    "protocol": {"type": "str", "default": "all"},
    "cidr": {"type": "str", "required": True},
    "from_port": {"type": "int"},
    "to_port": {"type": "int"},
    "icmp_type": {"type": "int"},
    "icmp_code": {"type": "int"},
}
ENTRIES = {"type": "list", "elements": "dict", "options": ENTRY}
ACL: Spec = {"ingress": ENTRIES, "egress": ENTRIES}

Item = dict[str, t.Any]


class NetworkPlanError(ValueError):
    """The inputs describe no network. The message says which one, why, and what to do."""


def zone_name(zone: str, region: str) -> str:
    """The full name of a zone that is given by its letter or in full."""
    return zone if zone.startswith(region) else region + zone


def zone_label(zone: str, region: str) -> str:
    """What stands for the zone in keys and names: its letter."""
    return zone_name(zone, region).removeprefix(region).lstrip("-")


def subnet_ranges(inputs: Mapping[str, t.Any]) -> dict[str, list[str]]:
    """The ranges of each tier, one a zone: as given, or from a steady division of the VPC's. Raise NetworkPlanError."""
    vpc = ipaddress.IPv4Network(inputs["network_cidr"])
    zones = len(inputs["network_zones"])
    ranges = {}
    for place, (tier, wanted) in enumerate(inputs["network_tiers"].items()):
        ranges[tier] = list(wanted["cidrs"] or _divide(vpc, tier, place, zones, wanted["prefix_length"]))
        if len(ranges[tier]) != zones:
            raise NetworkPlanError(f"tier {tier} has {len(ranges[tier])} ranges for {zones} zones: give one for each")
    return ranges


def _divide(vpc: ipaddress.IPv4Network, tier: str, place: int, zones: int, length: int | None) -> list[str]:
    block = vpc.prefixlen + 4
    if place >= PARTS or zones > PARTS:
        raise NetworkPlanError(f"tier {tier} finds no room: {PARTS} tiers and {PARTS} zones are allotted by themselves, give it cidrs")
    if block > 28 or not block <= (length or block) <= 28:
        raise NetworkPlanError(f"tier {tier} has a /{block} of {vpc} in each zone, which holds no /{length or block} that AWS takes: give it cidrs")
    base = int(vpc.network_address) + (place * PARTS << 32 - block)
    return [f"{ipaddress.IPv4Address(base + (zone << 32 - block))}/{length or block}" for zone in range(zones)]


def described(inputs: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The inputs of the role ``network`` as their specs have them: each key of a tier, an endpoint or an ACL, of its type."""
    return {
        **inputs,
        "network_tiers": {str(tier): validated(TIER, wanted)[0] for tier, wanted in inputs["network_tiers"].items()},
        "network_endpoints": [validated(ENDPOINT, wanted)[0] for wanted in inputs.get("network_endpoints") or []],
        "network_acls": {str(tier): validated(ACL, acl)[0] for tier, acl in (inputs.get("network_acls") or {}).items()},
        "network_names": inputs.get("network_names") or {},
    }


def network_plan(component: str, inputs: Mapping[str, t.Any], region: str) -> dict[str, t.Any]:
    """Every part of a network, ready for the modules; the inputs are those of the role ``network``. Raise NetworkPlanError."""
    return _Network(component, described(inputs), region).plan()


def parts(plan: Mapping[str, t.Any]) -> Iterator[tuple[str, Item]]:
    """Each part of a plan, with its type."""
    for name, type_ in TYPES.items():
        found = plan[name] if isinstance(plan[name], list) else [plan[name]]
        yield from ((type_, part) for part in found if part)


class _Network:
    def __init__(self, component: str, inputs: Mapping[str, t.Any], region: str):
        self.component, self.inputs, self.region = component, inputs, region
        self.zones = {zone_label(zone, region): zone_name(zone, region) for zone in inputs["network_zones"]}
        self.tiers = inputs["network_tiers"]
        self.overrides = inputs["network_names"]

    def plan(self) -> dict[str, t.Any]:
        nats = self.nat_zones()
        return {
            "vpc": self.item("ec2_vpc", "vpc", cidr_block=self.inputs["network_cidr"]),
            "subnets": self.subnets(),
            "internet_gateway": self.item("ec2_internet_gateway", "igw") if self.tiers_to("internet", "nat") else None,
            "addresses": [self.item("ec2_address", f"nat-{zone}") for zone in nats],
            "nat_gateways": [self.nat_gateway(zone) for zone in nats],
            "route_tables": [table for tier in self.tiers for table in self.route_tables(tier)],
            "endpoints": [self.endpoint(wanted) for wanted in self.inputs["network_endpoints"]],
            "network_acls": [self.network_acl(tier, acl) for tier, acl in self.inputs["network_acls"].items()],
        }

    def item(self, type_: str, key: str, **values: t.Any) -> Item:
        name = part_name(self.inputs["network_name"], type_, key, self.overrides)
        return {"key": key, "name": name, **values}

    def ref(self, type_: str, key: str) -> str:
        return reference(self.component, type_, key)

    def tiers_to(self, *egress: str) -> list[str]:
        return [tier for tier, wanted in self.tiers.items() if wanted["egress"] in egress]

    def nat_zones(self) -> list[str]:
        """The zones that have a NAT gateway: none where no tier asks for one, or there is none to be."""
        count = {"single": 1, "per_zone": len(self.zones)}.get(self.inputs.get("network_nat") or "none", 0)
        if not (count and self.tiers_to("nat")):
            return []
        if not self.tiers_to("internet"):
            raise NetworkPlanError("a NAT gateway lies in a tier with egress internet, and there is none: add one")
        return list(self.zones)[:count]

    def subnets(self) -> list[Item]:
        return [
            self.item(
                "ec2_subnet",
                f"{tier}-{zone}",
                cidr_block=cidr,
                availability_zone=self.zones[zone],
                map_public_ip_on_launch=self.tiers[tier]["map_public_ip"] or False,
            )
            for tier, cidrs in subnet_ranges(self.inputs).items()
            for zone, cidr in zip(self.zones, cidrs, strict=True)
        ]

    def subnet_refs(self, *tiers: str) -> list[str]:
        return [self.ref("ec2_subnet", f"{tier}-{zone}") for tier in tiers for zone in self.zones]

    def nat_gateway(self, zone: str) -> Item:
        home = self.tiers_to("internet")[0]
        return self.item(
            "ec2_nat_gateway",
            zone,
            subnet_id=self.ref("ec2_subnet", f"{home}-{zone}"),
            allocation_id=self.ref("ec2_address", f"nat-{zone}"),
        )

    def route_tables(self, tier: str) -> list[Item]:
        """One for a tier that leads to the internet; else one a zone, so that another number of NATs changes but a route."""
        egress = self.tiers[tier]["egress"]
        if egress == "internet":
            routes = [{"destination": ANYWHERE, "target": self.ref("ec2_internet_gateway", "igw")}]
            return [self.item("ec2_route_table", tier, subnet_ids=self.subnet_refs(tier), routes=routes)]
        return [
            self.item(
                "ec2_route_table",
                f"{tier}-{zone}",
                subnet_ids=[self.ref("ec2_subnet", f"{tier}-{zone}")],
                routes=self.nat_routes(zone) if egress == "nat" else [],
            )
            for zone in self.zones
        ]

    def nat_routes(self, zone: str) -> list[Item]:
        nats = self.nat_zones()
        nearest = [nat for nat in nats if nat == zone] or nats[:1]
        return [{"destination": ANYWHERE, "target": self.ref("ec2_nat_gateway", nat)} for nat in nearest]

    def endpoint(self, wanted: Mapping[str, t.Any]) -> Item:
        service = wanted["service"].removeprefix(f"com.amazonaws.{self.region}.")
        kind, tiers = wanted["type"], wanted["tiers"]
        if kind == "gateway":
            tables = [table["key"] for tier in tiers for table in self.route_tables(tier)]
            given = {"route_table_ids": [self.ref("ec2_route_table", key) for key in tables]}
        else:
            given = {
                "subnet_ids": self.subnet_refs(*tiers),
                "security_group_ids": wanted["security_group_ids"],
                "private_dns_enabled": wanted["private_dns"] is not False,
            }
        key = f"{service}-interface" if kind == "interface" and service in GATEWAY_SERVICES else service
        given = {name: value for name, value in {**given, "policy": wanted["policy"]}.items() if value is not None}
        return self.item("ec2_vpc_endpoint", key, service=wanted["service"], type=kind, **given)

    def network_acl(self, tier: str, acl: Mapping[str, t.Any]) -> Item:
        entries = {direction: acl[direction] or [] for direction in ("ingress", "egress")}
        return self.item("ec2_network_acl", tier, subnet_ids=self.subnet_refs(tier), **entries)
