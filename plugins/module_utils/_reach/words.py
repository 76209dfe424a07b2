# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a filter says of a connection, in words that name its rule and id."""

from __future__ import annotations

import typing as t

from .model import Entry
from .model import Network
from .model import Route
from .model import Rule
from .space import cidrs_of

DIRECTIONS = {"ingress": ("in", "from"), "egress": ("out", "to")}


def group_words(network: Network, direction: str, groups: t.Sequence[str], party: str, rule: Rule | None) -> str:
    way, side = DIRECTIONS[direction]
    named = ", ".join(map(network.called, groups))
    if rule is None:
        return f"no rule of {named} lets this {way} {side} {party}" if groups else f"without a security group nothing is let {way} {side} {party}"
    return f"{named} lets {_ports(rule)} {way} {side} {network.called(rule.peer)}{f' by {rule.id}' if rule.id else ''}"


def acl_words(network: Network, acl: str, subnet: str, direction: str, entry: Entry | None, reply: str) -> str:
    """``reply``: the client's ports that a reply goes to, or empty."""
    way, side = DIRECTIONS[direction]
    what = (
        f"the reply to {reply} {way} of"
        if reply and way == "out"
        else f"the reply to {reply} into"
        if reply
        else f"this {way} of"
        if way == "out"
        else "this into"
    )
    named, where = f"ACL {network.called(acl)}", network.called(subnet)
    if entry is None:
        return f"{named} denies {what} {where}: none of its entries fits"
    return f"{named} {'allows' if entry.action == 'allow' else 'denies'} {what} {where} by entry {entry.number} ({_ports(entry)} {side} {entry.cidr})"


def route_words(network: Network, table: str, subnet: str, route: Route | None, address: int, passes: bool) -> str:
    named, where = f"route table {network.called(table)}", network.called(subnet)
    if route is None:
        return f"{named} of {where} has no route to {cidrs_of(((address, address),))[0]}"
    leads = "nowhere (blackhole)" if route.state != "active" else network.called(route.target)
    return f"{named} of {where} leads {network.called(route.destination)} to {leads}{'' if passes else ', and not there'}"


def _ports(rule: Rule | Entry) -> str:
    if rule.protocol not in ("tcp", "udp") or rule.from_port is None:
        return "everything" if rule.protocol == "all" else rule.protocol
    return f"{rule.protocol} {rule.from_port}" + (f"-{rule.to_port}" if rule.to_port not in (None, rule.from_port) else "")
