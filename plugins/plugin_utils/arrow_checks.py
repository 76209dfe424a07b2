# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can be wrong with the arrows: ports, clients, and the networks that they cross. Pure."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Collection
from collections.abc import Iterator

from .arrows import Component
from .arrows import Components
from .arrows import INTERNET
from .arrows import network_of
from .kinds import KINDS
from .problems import instead
from .problems import Problem
from .problems import range_complaint

#: Ids that a rule may name as they are: another's security group, or a prefix list.
_AWS_ID = re.compile(r"(sg|pl)-[0-9a-f]+")

Found = Iterator[tuple[str, str]]


def check_arrows(component: Component, components: Components, names: Collection[str]) -> Iterator[Problem]:
    """The problems of one component. ``names``: all that are declared, those included that are not sound enough to be compared."""
    if component.kind.callable:
        checks = (_network(component, components, names), _ports(component), _clients(component, components, names), _rules(component, components, names))
        for key, text in (found for check in checks for found in check):
            yield Problem(component.name, f"{component.kind.prefix}_{key}", text)


def _network(component: Component, components: Components, names: Collection[str]) -> Found:
    networks = [one.name for one in components.values() if one.kind.prefix == "network"]
    wanted = component.arrow("network")
    if wanted and wanted not in networks and not (wanted in names and wanted not in components):
        yield "network", f"there is no network {wanted}: {instead(wanted, networks)}"
    elif not wanted and not networks and names <= components.keys():
        yield "network", "there is no network for it to lie in: declare one in the group networks"
    elif not wanted and len(networks) > 1:
        yield "network", f"it could lie in {' or '.join(sorted(networks))}: say in which"


def _ports(component: Component) -> Found:
    given = {"port": [component.arrow("port")], "ports": component.arrow("ports") or []}
    for key, ports in given.items():
        for port in (port for port in ports if port is not None and not 1 <= port <= 65535):
            yield key, f"{port} is no port: choose one from 1 to 65535"
    if component.clients and not component.ports and not component.unsound & {"port", "ports"}:
        yield "clients", "there are clients, and no port that they may call: set the port too"


def _clients(component: Component, components: Components, names: Collection[str]) -> Found:
    for client in component.clients:
        yield from (("clients", text) for text in _source(client, component, components, names))


def _source(source: str, component: Component, components: Components, names: Collection[str]) -> Iterator[str]:
    """What is wrong with somebody who may call."""
    client = components.get(source)
    if source == INTERNET:
        return
    if client and not client.kind.callable:
        able = ", ".join(kind.group for kind in KINDS if kind.callable)
        yield f"{source} is one of the {client.kind.group}, which have no address to call from: only {able} have"
    elif client:
        here, there = network_of(component, components), network_of(client, components)
        if here in components and there in components and here != there:
            yield f"{source} lies in {there}, and this in {here}: a rule cannot name a group of another network, give a range"
    elif "/" in source:
        complaint = range_complaint(source)
        if complaint:
            yield complaint
    elif source not in names:
        yield f"there is no component {source}: {instead(source, [*names, INTERNET])}, or declare it"


def _rules(component: Component, components: Components, names: Collection[str]) -> Found:
    for place, rule in enumerate(component.arrow("ingress") or []):
        key = f"ingress[{place}]"
        if not _AWS_ID.fullmatch(rule["source"]):
            yield from ((key, text) for text in _source(rule["source"], component, components, names))
        yield from ((key, text) for text in _rule_ports(rule))


def _rule_ports(rule: dict[str, t.Any]) -> Iterator[str]:
    """TCP and UDP have ports; elsewhere the numbers are ICMP types, or mean nothing."""
    if rule["protocol"] not in ("tcp", "udp", "6", "17"):
        return
    start = rule.get("from_port")
    if start is None:
        yield f"a rule for {rule['protocol']} says no port: set from_port"
        return
    end = start if rule.get("to_port") is None else rule["to_port"]
    for port in (port for port in dict.fromkeys((start, end)) if not 0 <= port <= 65535):
        yield f"{port} is no port: choose one from 0 to 65535"
    if end < start:
        yield f"from_port {start} is above to_port {end}: change them about"
