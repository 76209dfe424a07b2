# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the arrows of the drawing to security groups. The callee owns the arrow: each rule is the called one's. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from .kinds import Kind
from .kinds import SERVING
from .names import component_name
from .references import reference
from .references import referred

ANYWHERE = "0.0.0.0/0"
#: The client that is nobody in particular.
INTERNET = "internet"
#: The keys of the target groups that a component has which serves, by the prefix of its kind: one, or one a colour.
TARGET_GROUPS = {"service": ("group",), "container_service": ("blue", "green")}
EVERYTHING_OUT = {"protocol": "-1", "from_port": None, "to_port": None, "source": ANYWHERE, "description": ""}

Rule = dict[str, t.Any]


@dataclass(frozen=True)
class Component:
    """A component as it is declared: its kind, and the variables that its kind knows.

    ``unsound``: the variables (without prefix) that are set to what cannot be read, and count as unset.
    """

    name: str
    kind: Kind
    inputs: Mapping[str, t.Any]
    unsound: frozenset[str] = frozenset()

    def arrow(self, name: str) -> t.Any:
        """One of its inputs, by its name without the kind's prefix; None where it is unset."""
        return self.inputs.get(f"{self.kind.prefix}_{name}")

    @property
    def ports(self) -> list[int]:
        one = self.arrow("port")
        return list(dict.fromkeys([*([] if one is None else [one]), *(self.arrow("ports") or [])]))

    @property
    def clients(self) -> list[str]:
        return list(dict.fromkeys(self.arrow("clients") or []))


Components = Mapping[str, Component]


def network_of(component: Component, components: Components) -> str | None:
    """The network that it lies in: the one it names, or the only one."""
    networks = [one.name for one in components.values() if one.kind.prefix == "network"]
    return component.arrow("network") or (networks[0] if len(networks) == 1 else None)


def needs(component: Component, components: Components, *made_of: t.Any) -> list[str]:
    """The components without which it cannot be taken further: those that what it is made of refers to, or names, and those that it calls."""
    named = {component.arrow("identity"), *(component.arrow("services") or [])}
    called = {one.name for one in components.values() if component.kind.prefix in SERVING and component.name in one.clients}
    found = {network_of(component, components)} if component.kind.callable else set()
    return sorted(filter(None, (found | named | called | referred(made_of)) - {component.name}))


def target_groups_of(component: Component) -> list[str]:
    """References to the target groups of a component; the first is what a load balancer begins with."""
    return [reference(component.name, "elbv2_target_group", key) for key in TARGET_GROUPS[component.kind.prefix]]


def firewall(component: Component, components: Components, stack: str) -> dict[str, t.Any] | None:
    """The security group of a component, with a rule for each client and port; None where nobody can call it."""
    if not component.kind.callable:
        return None
    derived = [_derived(client, port, components) for client in component.clients for port in component.ports]
    extra = [_extra(rule, components) for rule in component.arrow("ingress") or []]
    # What a rule lets in makes it the same rule: one that is written out takes the place of one that is derived.
    rules = {(rule["protocol"], rule["from_port"], rule["to_port"], rule["source"]): rule for rule in derived + extra}
    network = network_of(component, components)
    return {
        "name": component.arrow("security_group") or component_name(stack, component.name),
        "description": component.arrow("security_group_description") or f"{component.name} of {stack}",
        "network": network,
        "vpc_id": reference(str(network), "ec2_vpc", "vpc"),
        "ingress": list(rules.values()),
        "egress": [dict(EVERYTHING_OUT)],
    }


def _derived(client: str, port: int, components: Components) -> Rule:
    return {"protocol": "tcp", "from_port": port, "to_port": port, "source": _source(client, components), "description": f"from {client}"}


def _extra(rule: Rule, components: Components) -> Rule:
    """A rule that a component adds, whole: ports have no meaning where the protocol is 'all'."""
    protocol = str(rule.get("protocol") or "tcp")
    start = None if protocol == "-1" else rule.get("from_port")
    end = start if rule.get("to_port") is None or start is None else rule["to_port"]
    return {
        "protocol": protocol,
        "from_port": start,
        "to_port": end,
        "source": _source(rule["source"], components),
        "description": rule.get("description") or "",
    }


def _source(client: str, components: Components) -> str:
    """What EC2 takes as a rule's source: the client's group, or the range that is given."""
    if client == INTERNET:
        return ANYWHERE
    return reference(client, "ec2_security_group", "group") if client in components else client
