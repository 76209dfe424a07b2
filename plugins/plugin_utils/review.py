# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a declaration contradicts itself in who can reach whom, told before anything exists. Of a sound one. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

from .acl_review import review_filters
from .arrows import Component
from .arrows import Components
from .arrows import firewall
from .arrows import network_of
from .arrows import Rule
from .findings import Finding
from .findings import ordered
from .kinds import SERVING
from .references import referred
from .wiring import Place
from .wiring import tier_of

#: All addresses there are.
EVERYWHERE = ("0.0.0.0/0", "::/0")
SSH = 22


def review(components: Components, place: Place) -> list[Finding]:
    """Every contradiction, most dangerous first."""
    found: list[Finding] = []
    for one in components.values():
        if one.kind.callable:
            found += [*_open_to_ssh(one, components), *_called_from_outside(one, components)]
        if one.kind.prefix == "load_balancer":
            found += [*_ports_without_listener(one), *_listener_without_ports(one)]
        if one.kind.prefix in SERVING:
            found += _behind_doors(one, components)
    return ordered([*found, *review_filters(components, place)])


def covers(rule: Rule, port: int) -> bool:
    """Whether a rule of a security group lets TCP in on a port."""
    if str(rule["protocol"]) == "-1":
        return True
    first, last = rule.get("from_port"), rule.get("to_port")
    return str(rule["protocol"]) in ("tcp", "6") and first is not None and int(first) <= port <= int(first if last is None else last)


def _rules(component: Component, components: Components) -> list[Rule]:
    return (firewall(component, components, "") or {}).get("ingress", [])


def _open_to_ssh(component: Component, components: Components) -> Iterator[Finding]:
    """Hosts are reached over Session Manager alone, so nothing of ours listens on port 22 and nobody needs a way to it."""
    for rule in _rules(component, components):
        if covers(rule, SSH):
            severity = "critical" if rule["source"] in EVERYWHERE else "high"
            cause = f"{_who(rule['source'])} may call port 22 ({_words(rule)})"
            step = "take the port out, hosts are reached over Session Manager"
            yield Finding(severity, "port 22", component.name, cause, step, _key(component, "clients" if SSH in component.ports else "ingress"))


def _called_from_outside(component: Component, components: Components) -> Iterator[Finding]:
    """The internet may call what lies in a tier with a way in; elsewhere the rule only opens the group to all that can reach it."""
    network = components.get(network_of(component, components) or "")
    tier = tier_of(component, network) if network else ""
    if not network or network.arrow("tiers").get(tier, {}).get("egress") == "internet":
        return
    for source in dict.fromkeys(rule["source"] for rule in _rules(component, components) if rule["source"] in EVERYWHERE):
        cause = f"everybody ({source}) may call it, and it is private: tier {tier} has no way in from the internet"
        step = f"name who calls it, at most {network.arrow('cidr')}, or put a load balancer with the scheme internet-facing before it"
        given = any(client in ("internet", source) for client in component.clients)
        yield Finding("critical", "private and open to the internet", component.name, cause, step, _key(component, "clients" if given else "ingress"))


def _ports_without_listener(door: Component) -> Iterator[Finding]:
    """A load balancer listens on 80, and on 443 once there is a domain, whose certificate it shows there."""
    listening = (80, 443) if door.arrow("domain") else (80,)
    for port in (port for port in door.ports if port not in listening):
        if port == 443:
            cause, step = "port 443 is open and has no listener: none without a certificate", "set load_balancer_domain, or take 443 out"
            yield Finding("informational", "port without a listener", door.name, cause, step, _key(door, "ports"))
        else:
            cause = f"port {port} is open and has no listener: a load balancer listens on 80, and on 443 with load_balancer_domain"
            yield Finding("medium", "port without a listener", door.name, cause, "take it out", _key(door, "ports"))


def _listener_without_ports(door: Component) -> Iterator[Finding]:
    port = 443 if door.arrow("domain") else 80
    rules = (door.arrow("ingress") or []) if not door.clients else []
    called = door.clients or rules
    if called and port not in door.ports and not any(covers(rule, port) for rule in door.arrow("ingress") or []):
        cause = f"it listens on {port}, and nobody may call that: its ports are {', '.join(map(str, door.ports)) or 'none'}"
        yield Finding("high", "listener that nobody may call", door.name, cause, f"add {port} to its ports", _key(door, "ports"))


def _behind_doors(service: Component, components: Components) -> Iterator[Finding]:
    """A load balancer must be let in by those to whom it forwards: else its health checks fail for ever."""
    routes = [route["load_balancer"] for route in service.arrow("routes") or []]
    doors = [one.name for one in components.values() if one.kind.prefix == "load_balancer" and one.arrow("default") == service.name]
    for door in dict.fromkeys(routes + doors):
        if not service.ports:
            cause = f"{door} forwards to it, and it has no port, so no target group"
            yield Finding("high", "target group out of reach", service.name, cause, "set the port that it listens on", _key(service, "port"))
            continue
        if not any(_admits(rule, door, service.ports[0], components) for rule in _rules(service, components)):
            cause = f"{door} forwards to it on {service.ports[0]}, and may not call it there: its target group could never be healthy"
            step = f"add {door} to its clients, or take the route out"
            yield Finding("high", "target group out of reach", service.name, cause, step, _key(service, "clients"))


def _admits(rule: Rule, client: str, port: int, components: Components) -> bool:
    """A rule by the client's group, or by a range that holds its network's."""
    named = client in referred(rule["source"]) or rule["source"] in EVERYWHERE
    home = components.get(network_of(components[client], components) or "")
    return covers(rule, port) and (named or bool(home and rule["source"] == home.arrow("cidr")))


def _who(source: str) -> str:
    return next(iter(referred(source)), source)


def _words(rule: dict[str, t.Any]) -> str:
    if str(rule["protocol"]) == "-1":
        return "a rule for everything"
    first, last = rule["from_port"], rule["to_port"]
    return f"a rule for {rule['protocol']} {first}" + (f"-{last}" if last not in (None, first) else "")


def _key(component: Component, name: str) -> str:
    return f"{component.kind.prefix}_{name}"
