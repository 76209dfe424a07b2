# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A classic network as data: three tiers, each with a network ACL that lets pass what its arrows need and no more."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import Declaration

ANYWHERE = "0.0.0.0/0"
PUBLIC, APP, DATA = (["10.0.1.0/24", "10.0.2.0/24"], ["10.0.3.0/24", "10.0.4.0/24"], ["10.0.5.0/24", "10.0.6.0/24"])
#: Where replies go.
REPLIES = (1024, 65535)

Rule = tuple[int | tuple[int, int], str]


def entries(*rules: Rule) -> list[dict[str, t.Any]]:
    """Allowing entries for TCP, numbered 100, 110 and so on: a port, or an interval, and whose."""
    found = []
    for place, (ports, cidr) in enumerate(rules):
        first, last = ports if isinstance(ports, tuple) else (ports, ports)
        found.append({"number": 100 + 10 * place, "protocol": "tcp", "from_port": first, "to_port": last, "cidr": cidr})
    return found


def each(ports: int | tuple[int, int], cidrs: list[str]) -> list[Rule]:
    return [(ports, cidr) for cidr in cidrs]


ACLS: dict[str, dict[str, list[dict[str, t.Any]]]] = {
    "public": {
        "ingress": entries((80, ANYWHERE), (443, ANYWHERE), (REPLIES, ANYWHERE)),
        "egress": entries(*each(8080, APP), (80, ANYWHERE), (443, ANYWHERE), (REPLIES, ANYWHERE)),
    },
    "app": {
        "ingress": entries(*each(8080, PUBLIC), *each(80, APP), *each(9000, APP), (REPLIES, ANYWHERE)),
        "egress": entries((443, ANYWHERE), (80, ANYWHERE), *each(9000, APP), *each(3306, DATA), *each(REPLIES, PUBLIC), *each(REPLIES, APP)),
    },
    "data": {"ingress": entries(*each(3306, APP)), "egress": entries(*each(REPLIES, APP))},
}
GROUPS = {
    "networks": ["vpc"],
    "load_balancers": ["public_alb", "internal_alb"],
    "services": ["web", "app"],
    "databases": ["db"],
}
VALUES: dict[str, dict[str, t.Any]] = {
    "vpc": {
        "network_cidr": "10.0.0.0/16",
        "network_tiers": {"public": {"egress": "internet", "cidrs": PUBLIC}, "app": {"egress": "nat", "cidrs": APP}, "data": {"egress": "none", "cidrs": DATA}},
        "network_nat": "per_zone",
        "network_acls": ACLS,
    },
    "public_alb": {
        "load_balancer_scheme": "internet-facing",
        "load_balancer_ports": [80],
        "load_balancer_clients": ["internet"],
        "load_balancer_default": "web",
    },
    "internal_alb": {"load_balancer_tier": "app", "load_balancer_ports": [80], "load_balancer_clients": ["web"], "load_balancer_default": "app"},
    "web": {"service_tier": "app", "service_port": 8080, "service_clients": ["public_alb"]},
    "app": {"service_tier": "app", "service_port": 9000, "service_clients": ["internal_alb"]},
    "db": {"database_tier": "data", "database_port": 3306, "database_clients": ["app"]},
}


def declaration(changed: dict[str, dict[str, t.Any]] | None = None, acls: dict[str, t.Any] | None = None, stack: str = "shop") -> Declaration:
    """The system, with these variables changed (None takes one away), and these ACLs in the place of its own."""
    values = copy.deepcopy(VALUES)
    for name, inputs in (changed or {}).items():
        values[name] = {key: value for key, value in {**values[name], **inputs}.items() if value is not None}
    values["vpc"]["network_acls"].update(acls or {})
    hosts = sorted(values)
    place = {"account_id": "123456789012", "region": "ap-northeast-2", "zones": ["ap-northeast-2a", "ap-northeast-2b"]}
    return Declaration({"all": hosts, "components": hosts, **GROUPS}, values, stack={"stack_name": stack}, **place)
