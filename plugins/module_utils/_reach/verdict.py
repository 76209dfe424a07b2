# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Between which spots connections can be opened, to which ports, and on which addresses that depends."""

from __future__ import annotations

import typing as t
from functools import cache
from functools import cached_property

from .filters import Border
from .filters import Firewall
from .filters import Let
from .filters import LOCAL
from .filters import Open
from .model import Network
from .parties import INTERNET
from .parties import meet
from .parties import Parties
from .parties import Spot
from .space import common
from .space import Ports
from .space import Ranges
from .space import V6


class Case(t.NamedTuple):
    """What happens between some addresses of a client and some of a server, alike for each of them.

    ``requests`` are the ports that requests arrive at. ``replies`` are, for each leg of the way, the client's ports that replies arrive
    at: a NAT gateway takes ports of its own. ``members`` are groups of a peered VPC that the side outside bears.
    """

    sources: Ranges
    destinations: Ranges
    requests: int
    replies: tuple[int, ...]
    members: tuple[str, ...] = ()


class Extent(t.NamedTuple):
    """The ports to which some connections can be opened, and those to which all can."""

    any: int
    all: int


CLOSED = Extent(0, 0)


class Verdicts:
    """Answers for pairs of spots, and remembers what they share."""

    def __init__(self, network: Network):
        self.network, self.parties = network, Parties(network)
        self.ports = Ports(_intervals(network))
        #: What walks were told by filters that many connections pass: walk.py's.
        self.told: dict[tuple, t.Any] = {}
        self.border, self.firewall = cache(self._border), cache(self._firewall)
        self._sides: dict[tuple, list[tuple[Ranges, int, int, str]]] = {}

    # -- what is shared --------------------------------------------------------------------------------------------

    def _border(self, subnet: str) -> Border:
        return Border(self.network, subnet, self.ports)

    def _firewall(self, groups: tuple[str, ...] | None, direction: str) -> Firewall:
        if groups is None:
            return Open(self.ports)
        rules = (rule for group in groups if group in self.network.by_id for rule in getattr(self.network.by_id[group], direction))
        return Firewall(self.network, rules, self.ports)

    @cached_property
    def peered(self) -> dict[str, tuple[str, ...]]:
        """The peerings whose both VPCs are of this network, with them."""
        return {one.id: one.vpcs for one in self.network.gateways if one.kind == "peering" and len(one.vpcs) > 1}

    def extent(self, cases: t.Iterable[Case]) -> Extent:
        any_, all_, none = 0, self.ports.all, True
        for case in cases:
            some = every = case.requests
            for replies in case.replies:
                some &= self.ports.answered(replies)
                every &= self.ports.always_answered(replies)
            any_, all_, none = any_ | some, all_ & every, False
        return CLOSED if none else Extent(any_, all_)

    def cases(self, source: Spot | str, destination: Spot | str, family: str) -> list[Case]:
        """The cases of a pair of spots, one of which may be a party outside. Together they are everything that may happen."""
        if isinstance(source, str):
            return self.coming(source, t.cast(Spot, destination), family)
        if isinstance(destination, str):
            return self.going(source, destination, family)
        return self.between(source, destination, family)

    # -- within the network ----------------------------------------------------------------------------------------

    def between(self, client: Spot, server: Spot, family: str) -> list[Case]:
        """The cases of two spots of this network; none where they are one place."""
        sources, destinations = client.ranges[family], server.ranges[family]
        same = client.subnet == server.subnet
        there = self._side(server.groups, "ingress", "" if same else server.subnet, sources, client.members)
        here = self._side(client.groups, "egress", "" if same else client.subnet, destinations, server.members)
        return [
            Case(some, others, asked & taken if self._joined(via, back, client.vpc, server.vpc) else 0, (replies & answers,))
            for some, taken, answers, back in there
            for others, asked, replies, via in here
            if meet(some, others)
        ]

    def _joined(self, via: str, back: str, one: str, other: str) -> bool:
        """Whether the routes of both sides lead to each other: locally, or by one peering."""
        if one == other:
            return via == back == LOCAL
        return via == back and {one, other} <= set(self.peered.get(via, ()))

    def _side(self, groups: tuple[str, ...] | None, direction: str, subnet: str, peers: Ranges, members: tuple[str, ...]) -> list[tuple[Ranges, int, int, str]]:
        """What one side lets through, by addresses of the other: (addresses, requests, replies, route). No ACL and no route within a subnet."""
        firewall = self.firewall(groups, direction)
        extra = firewall.members(members) if members else 0
        key = (firewall, subnet, peers, extra)
        if key not in self._sides:
            crossing = ((peers, Let(self.ports.all, self.ports.ephemeral, LOCAL)),)
            if subnet:
                border = self.border(subnet)
                crossing = (border.of_server if direction == "ingress" else border.of_client).over(peers)
            rules = firewall.steps.over(peers)
            self._sides[key] = [
                (both, (mask | extra) & let.requests, let.replies, let.via)
                for some, mask in rules
                for others, let in crossing
                if (both := some if some == others else common(some, others))
            ]
        return self._sides[key]

    # -- from and to outside ---------------------------------------------------------------------------------------

    def coming(self, party: str, server: Spot, family: str) -> list[Case]:
        """The cases of connections from outside. From the internet it takes a public address and an internet gateway that replies leave by.

        https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html; an egress-only one lets nothing in
        (https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html).
        """
        addresses, doors = self.parties.outside[party][family], self._doors(party, server.vpc, server.public or family == "ipv6")
        return [
            Case(some, server.ranges[family], asked if via in doors else 0, (back,), members)
            for members in self._bearing(party, server, "ingress")
            for some, asked, back, via in self._side(server.groups, "ingress", server.subnet, addresses, members)
        ]

    def going(self, client: Spot, party: str, family: str) -> list[Case]:
        """The cases of connections to outside: to the internet by an internet gateway, an egress-only one, or a NAT gateway."""
        addresses, own = self.parties.outside[party][family], client.ranges[family]
        doors = self._doors(party, client.vpc, client.public or family == "ipv6")
        if party == INTERNET and family == "ipv6":
            doors = doors | self.parties.attached.get(f"egress_only {client.vpc}", set())
        cases = []
        for members in self._bearing(party, client, "egress"):
            for some, asked, replies, via in self._side(client.groups, "egress", client.subnet, addresses, members):
                nat = self.nat(via, client) if party == INTERNET and family == "ipv4" else None
                if nat and nat.subnet:
                    cases += self._translated(nat.subnet, client, some, asked, replies)
                else:
                    cases.append(Case(own, some, asked if nat or via in doors else 0, (replies,), members))
        return cases

    def _bearing(self, party: str, spot: Spot, direction: str) -> list[tuple[str, ...]]:
        """What groups those outside may bear: none, or beyond a peering those that rules here name and that are not here.

        https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
        """
        if party == INTERNET or self.network.by_id[party].kind != "peering":
            return [()]
        foreign = tuple(sorted(group for group in self.firewall(spot.groups, direction).groups if group not in self.network.by_id))
        return [(), foreign] if foreign else [()]

    def _doors(self, party: str, vpc: str, reachable: bool) -> set[str]:
        """The gateways that lead from a VPC to a party."""
        if party != INTERNET:
            return {party} if vpc in self.network.by_id[party].vpcs else set()
        return self.parties.attached.get(f"internet {vpc}", set()) if reachable else set()

    def nat(self, target: str, client: Spot) -> t.Any:
        """The public NAT gateway in the client's VPC that a route leads to, or None. A regional one stands in no subnet, and passes no ACL.

        https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html
        """
        gateway = self.network.by_id.get(target)
        fits = gateway is not None and getattr(gateway, "kind", "") == "nat" and gateway.public and client.vpc in gateway.vpcs
        return gateway if fits else None

    def _translated(self, subnet: str, client: Spot, addresses: Ranges, asked: int, replies: int) -> list[Case]:
        """Through a NAT gateway: its subnet's ACL and routes apply on both of its sides, to requests and replies.

        It tracks connections, and no security group applies to it (https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html).
        """
        own = client.ranges["ipv4"]
        free = ((own, Let(self.ports.all, self.ports.ephemeral, LOCAL)),)
        inner = free if subnet == client.subnet else self.border(subnet).of_server.over(own)
        doors = self.parties.attached.get(f"internet {client.vpc}", set())
        cases = []
        for others, out in self.border(subnet).of_client.over(addresses):
            for some, let in inner:
                passes = asked & let.requests & out.requests if out.via in doors and let.via == LOCAL else 0
                cases.append(Case(some, others, passes, (replies & let.replies, out.replies)))
        return cases


def _intervals(network: Network) -> t.Iterator[tuple[int, int]]:
    """Every interval of ports that a rule or entry names."""
    for group in network.security_groups:
        yield from (_interval(rule) for rule in (*group.ingress, *group.egress))
    for acl in network.acls:
        yield from (_interval(entry) for entry in acl.entries)


def _interval(rule: t.Any) -> tuple[int, int]:
    first, last = rule.from_port, rule.to_port
    return (0 if first is None else first, V6 if last is None or last < 0 else last)
