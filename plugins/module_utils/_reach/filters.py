# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What security groups, network ACLs and route tables let through, as functions of the other side's address.

The two sides of a connection are independent of each other: what stands at the client asks for the server's address and groups alone,
and the other way round. So each is worked out once, for all that it may meet.
"""

from __future__ import annotations

import typing as t
from functools import cached_property
from functools import reduce
from operator import or_

from .model import Entry
from .model import Network
from .model import Route
from .model import RouteTable
from .model import Rule
from .space import Ports
from .space import Ranges
from .space import span
from .space import Steps
from .space import union_steps

LOCAL = "local"


class Let(t.NamedTuple):
    """What one side lets through: the ports of requests, the client's ports of replies, and where its route leads ("" nowhere)."""

    requests: int
    replies: int
    via: str


class Firewall:
    """The rules of some security groups, in one direction.

    They only allow, and track connections: replies pass whatever the rules say. A rule that names a group means the private addresses of
    all that bears it (https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html).
    """

    def __init__(self, network: Network, rules: t.Iterable[Rule], ports: Ports):
        items, self.groups = [], {}
        for rule in rules:
            mask = ports.mask(rule.protocol, rule.from_port, rule.to_port)
            if rule.peer.startswith("sg-"):
                self.groups[rule.peer] = self.groups.get(rule.peer, 0) | mask
            items += [(span(cidr), mask) for cidr in network.ranges(rule.peer)]
        self.steps = union_steps(items)

    def members(self, groups: t.Iterable[str]) -> int:
        """The ports that rules let through to or from what bears these groups, whatever its address."""
        return reduce(or_, (self.groups.get(group, 0) for group in groups), 0)

    def any(self, ranges: Ranges) -> int:
        """The ports that rules let through to or from some of these addresses."""
        return reduce(or_, (mask for _some, mask in self.steps.over(ranges)), 0)


class Open(Firewall):
    """Where no security group applies, as at a network load balancer without one."""

    def __init__(self, ports: Ports):
        self.groups, self.steps = {}, Steps([0], [ports.all])


class Border:
    """What crosses the border of one subnet: its ACL, stateless, and its route table."""

    def __init__(self, network: Network, subnet: str, ports: Ports):
        standing = network.by_id[subnet]
        acl, table = network.by_id[standing.acl], network.by_id[standing.route_table]
        self.ports, self.routes = ports, by_precedence(network, table)
        self.entries = {direction: sorted_entries(acl.entries, direction) for direction in ("ingress", "egress")}
        spans = [span(entry.cidr) for entry in acl.entries] + [one for one, _route in self.routes]
        self._steps = Steps.of(spans, self._at)

    def _at(self, address: int) -> tuple[int, int, str]:
        route = leading(self.routes, address)
        via = route.target if route and route.state == "active" else ""
        out, come = (allowed(self.entries[direction], address, self.ports) for direction in ("egress", "ingress"))
        return out, come, via

    @cached_property
    def of_client(self) -> Steps[Let]:
        """Requests leave, replies come in."""
        return Steps(self._steps.starts, [Let(out, back & self.ports.ephemeral, via) for out, back, via in self._steps.values])

    @cached_property
    def of_server(self) -> Steps[Let]:
        """Requests come in, replies leave."""
        return Steps(self._steps.starts, [Let(come, out & self.ports.ephemeral, via) for out, come, via in self._steps.values])


def sorted_entries(entries: t.Iterable[Entry], direction: str) -> list[Entry]:
    """In the order in which they are tried, lowest number first: the first that fits decides.

    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
    """
    return sorted((entry for entry in entries if entry.direction == direction), key=lambda entry: entry.number)


def allowed(entries: t.Iterable[Entry], address: int, ports: Ports) -> int:
    """The ports that an ACL allows to or from an address; what no entry fits is denied."""
    found, open_ = 0, ports.all
    for entry in entries:
        low, high = span(entry.cidr)
        if low <= address <= high:
            fits = ports.mask(entry.protocol, entry.from_port, entry.to_port) & open_
            found, open_ = (found | fits if entry.action == "allow" else found), open_ & ~fits
    return found


def by_precedence(network: Network, table: RouteTable) -> list[tuple[tuple[int, int], Route]]:
    """The routes of a table with what each leads away, in the order in which they win.

    The most specific one does; of two alike the local one, then the one by CIDR before the one by prefix list. Each table has the local
    routes of its VPC, unless it leads that very range elsewhere (https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html).
    """
    named = {route.destination for route in table.routes}
    local = [Route(cidr, LOCAL) for cidr in network.by_id[table.vpc].cidrs if cidr not in named]
    spans = [(span(cidr), route) for route in (*table.routes, *local) for cidr in network.ranges(route.destination)]

    def order(item: tuple[tuple[int, int], Route]) -> tuple[int, bool, bool, str]:
        (low, high), route = item
        return high - low, route.target != LOCAL, route.destination.startswith("pl-"), route.target

    return sorted(spans, key=order)


def leading(routes: t.Iterable[tuple[tuple[int, int], Route]], address: int) -> Route | None:
    """The route that an address is led by, or None."""
    return next((route for (low, high), route in routes if low <= address <= high), None)
