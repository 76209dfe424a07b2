# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can be wrong with a network. Pure."""

from __future__ import annotations

import ipaddress
import itertools
import typing as t
from collections.abc import Iterator
from collections.abc import Mapping

from .arrows import Component
from .network_plan import ACL
from .network_plan import ENDPOINT
from .network_plan import GATEWAY_SERVICES
from .network_plan import network_plan
from .network_plan import NetworkPlanError
from .network_plan import parts
from .network_plan import TIER
from .network_plan import zone_name
from .problems import instead
from .problems import Problem
from .problems import range_complaint
from .problems import size_complaint
from .problems import validated

#: The numbers that are ours to give. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
NUMBERS = range(1, 32767)
#: What only interface endpoints have. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
OF_INTERFACES = ("private_dns", "security_group_ids")

Found = Iterator[tuple[str, str]]
Inputs = Mapping[str, t.Any]


def examine_network(component: Component, region: str, zones: list[str]) -> tuple[list[Problem], dict[str, t.Any] | None]:
    """What is wrong with a network, and its plan where that can be told."""
    inputs = component.inputs
    if not inputs.get("network_cidr"):
        return [], None  # missing, or of the wrong type: that was said
    found = [*_zones(inputs, region, zones), *_cidr(inputs), *_tiers(inputs)]
    plan = None
    if not found:  # what follows reads what these have found to be sound
        found = [*_nat(inputs), *_endpoints(inputs, region), *_acls(inputs)]
        try:
            plan = network_plan(component.name, inputs, region) if not found else None
            found += [*_overlaps(plan), *_names(inputs, plan)] if plan else []
        except NetworkPlanError as error:
            found.append(("network_tiers", str(error)))
    return [Problem(component.name, key, text) for key, text in found], plan


def _zones(inputs: Inputs, region: str, zones: list[str]) -> Found:
    wanted = [zone_name(zone, region) for zone in inputs["network_zones"]]
    if not wanted:
        yield "network_zones", "a network without a zone has no subnets: name one"
    for zone in dict.fromkeys(wanted):
        if wanted.count(zone) > 1:
            yield "network_zones", f"{zone} is named twice: name each zone once"
        if zones and zone not in zones:
            yield "network_zones", f"{region} has no zone {zone} for this account: choose from {', '.join(zones)}"


def _cidr(inputs: Inputs) -> Found:
    complaint = size_complaint(inputs["network_cidr"])
    if complaint:
        yield "network_cidr", complaint


def _tiers(inputs: Inputs) -> Found:
    if not inputs["network_tiers"]:
        yield "network_tiers", "a network without a tier has no subnets: name one"
    outer = None if size_complaint(inputs["network_cidr"]) else ipaddress.IPv4Network(inputs["network_cidr"])
    for tier, wanted in inputs["network_tiers"].items():
        given, complaints = validated(TIER, wanted)
        for complaint in complaints:
            yield f"network_tiers.{tier}", complaint
        for cidr in given.get("cidrs") or []:
            complaint = size_complaint(cidr)
            if complaint:
                yield f"network_tiers.{tier}.cidrs", complaint
            elif outer and not ipaddress.IPv4Network(cidr).subnet_of(outer):
                yield f"network_tiers.{tier}.cidrs", f"{cidr} lies outside of {outer}, the network's range: choose one within"


def _nat(inputs: Inputs) -> Found:
    egress = {tier: wanted["egress"] for tier, wanted in inputs["network_tiers"].items()}
    through = [tier for tier in egress if egress[tier] == "nat"]
    if through and inputs["network_nat"] == "none":
        yield "network_nat", f"{', '.join(through)} would have no way out: choose single or per_zone, or the egress none"


def _endpoints(inputs: Inputs, region: str) -> Found:
    seen = set()
    for place, wanted in enumerate(inputs["network_endpoints"]):
        key = f"network_endpoints[{place}]"
        given, complaints = validated(ENDPOINT, wanted)
        if complaints:
            yield from ((key, complaint) for complaint in complaints)
            continue
        service, gateway = given["service"].removeprefix(f"com.amazonaws.{region}."), given["type"] == "gateway"
        if (service, gateway) in seen:
            yield key, f"there is another {given['type']} endpoint of {service}: name each once, with all of its tiers"
        seen.add((service, gateway))
        yield from ((key, text) for text in _endpoint(inputs, given, service, gateway))


def _endpoint(inputs: Inputs, given: Inputs, service: str, gateway: bool) -> Iterator[str]:
    tiers = inputs["network_tiers"]
    for tier in (tier for tier in given["tiers"] if tier not in tiers):
        yield f"there is no tier {tier}: {instead(tier, tiers)}"
    if gateway and service not in GATEWAY_SERVICES:
        yield f"{service} has no gateway endpoint, only {' and '.join(GATEWAY_SERVICES)} have: choose the type interface"
    if gateway:
        for option in (option for option in OF_INTERFACES if given.get(option) is not None):
            yield f"a gateway endpoint has no {option}: leave it out"
    elif len(given["tiers"]) != 1:
        # AWS takes one subnet of each zone for an interface endpoint.
        yield "an interface endpoint lies in one subnet of each zone: give it exactly one tier"


def _acls(inputs: Inputs) -> Found:
    for tier, acl in inputs["network_acls"].items():
        key = f"network_acls.{tier}"
        if tier not in inputs["network_tiers"]:
            yield key, f"there is no tier {tier}: {instead(tier, inputs['network_tiers'])}"
        given, complaints = validated(ACL, acl)
        yield from ((key, complaint) for complaint in complaints)
        if not complaints:
            for direction in ACL:
                yield from ((f"{key}.{direction}", text) for text in _entries(given.get(direction) or []))


def _entries(entries: list[Inputs]) -> Iterator[str]:
    numbers = [entry["number"] for entry in entries]
    for number in dict.fromkeys(numbers):
        if number not in NUMBERS:
            yield f"the number {number} is out of range: choose one from {NUMBERS.start} to {NUMBERS.stop - 1}"
        if numbers.count(number) > 1:
            yield f"the number {number} is given twice: AWS tries entries in the order of their numbers, give each its own"
    for entry in entries:
        complaint = range_complaint(entry["cidr"])
        if complaint:
            yield complaint
        yield from _port_complaints(entry)
        yield from (f"port {port} of number {entry['number']} is out of range: choose one from 0 to 65535" for port in _bad_ports(entry))


def _port_complaints(entry: Inputs) -> Iterator[str]:
    """TCP and UDP have ports. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html"""
    first, last = entry.get("from_port"), entry.get("to_port")
    if first is None and entry["protocol"] in ("tcp", "udp", "6", "17"):
        yield f"number {entry['number']} for {entry['protocol']} says no port: set from_port, and to_port"
    elif first is not None and last is not None and last < first:
        yield f"number {entry['number']} has from_port {first} above to_port {last}: change them about"


def _bad_ports(entry: Inputs) -> list[int]:
    ports = (entry.get("from_port"), entry.get("to_port"))
    return [port for port in ports if port is not None and not 0 <= port <= 65535]


def _overlaps(plan: Inputs) -> Found:
    ranges = {subnet["key"]: ipaddress.IPv4Network(subnet["cidr_block"]) for subnet in plan["subnets"]}
    for (one, left), (other, right) in itertools.combinations(ranges.items(), 2):
        if left.overlaps(right):
            yield "network_tiers", f"{one} ({left}) and {other} ({right}) overlap: give each a range of its own"


def _names(inputs: Inputs, plan: Inputs) -> Found:
    """What is to be overridden must be there, or a slip would give a part a name that nobody wanted."""
    found = [(type_, part["key"]) for type_, part in parts(plan)]
    known = {type_ for type_, _key in found} | {f"{type_}/{key}" for type_, key in found}
    for key in (key for key in inputs["network_names"] if key not in known):
        yield f"network_names.{key}", f"the network has no such part: {instead(key, known)}"
