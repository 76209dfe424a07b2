# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One connection, hop by hop: the rule that lets it through each filter, or the first thing that stops it.

A request leaves by the source's security groups, the ACL of its subnet and its route, and arrives through the ACL of the other subnet and
the destination's security groups. The reply, which security groups let pass unasked, needs both ACLs and a route again. Within a subnet
there are security groups alone (https://docs.aws.amazon.com/vpc/latest/userguide/infrastructure-security.html).
"""

from __future__ import annotations

import typing as t

from .filters import leading
from .filters import LOCAL
from .model import Gateway
from .model import Route
from .model import Rule
from .parties import INTERNET
from .parties import Spot
from .space import EPHEMERAL
from .space import LAST_PORT
from .space import span
from .space import V6
from .verdict import Verdicts
from .words import acl_words
from .words import group_words
from .words import route_words

Hop = dict[str, str]


class Probe(t.NamedTuple):
    """A connection: spots, or a party outside, which bears the groups ``members``; the client's port that each leg's reply goes to."""

    client: Spot | str
    server: Spot | str
    source: int
    destination: int
    protocol: str
    port: int
    replies: tuple[int, ...]
    members: tuple[str, ...] = ()


class Check(t.NamedTuple):
    """What one filter says: its hop, whether it lets the connection through, and to which ports around this one it says just the same."""

    hop: Hop
    passes: bool
    low: int = 0
    high: int = LAST_PORT


class Way(t.NamedTuple):
    """The hops up to the destination and back, or up to what stops it, and the ports around the probe's for which they are the same."""

    hops: list[Hop]
    stop: Hop | None
    low: int
    high: int


def walk(verdicts: Verdicts, probe: Probe) -> Way:
    hops, low, high = [], 0, LAST_PORT
    for check in Walker(verdicts, probe).checks():
        low, high = max(low, check.low), min(high, check.high)
        if not check.passes:
            return Way(hops, check.hop, low, high)
        hops.append(check.hop)
    return Way(hops, None, low, high)


class Walker:
    """The filters on the way of one probe, in their order; each is asked when it is reached."""

    def __init__(self, verdicts: Verdicts, probe: Probe):
        self.verdicts, self.network, self.probe = verdicts, verdicts.network, probe

    def checks(self) -> t.Iterator[Check]:
        client, server = self.probe.client, self.probe.server
        if isinstance(client, str):
            return self._coming(client, t.cast(Spot, server))
        if isinstance(server, str):
            return self._going(client, server)
        return self._between(client, server)

    def _between(self, client: Spot, server: Spot) -> t.Iterator[Check]:
        probe, crosses = self.probe, client.subnet != server.subnet
        yield from self._groups("egress", client, server)
        if crosses:
            yield self._acl("acl_out", client.subnet, "egress", probe.destination, probe.port)
            yield self._route("route", client.subnet, probe.destination, self._ways(client, server))
            yield self._acl("acl_in", server.subnet, "ingress", probe.source, probe.port)
        yield from self._groups("ingress", server, client)
        if crosses:
            there = self._led(client.subnet, probe.destination)
            yield self._acl("reply_acl_out", server.subnet, "egress", probe.source, probe.replies[0], reply=True)
            yield self._route("reply_route", server.subnet, probe.source, {there.target} if there else set())
            yield self._acl("reply_acl_in", client.subnet, "ingress", probe.destination, probe.replies[0], reply=True)

    def _coming(self, party: str, server: Spot) -> t.Iterator[Check]:
        probe = self.probe
        yield from self._door(party, server, inward=True)
        yield self._acl("acl_in", server.subnet, "ingress", probe.source, probe.port)
        yield from self._groups("ingress", server, party)
        yield self._acl("reply_acl_out", server.subnet, "egress", probe.source, probe.replies[0], reply=True)
        yield self._route("reply_route", server.subnet, probe.source, self._gateways(party, server.vpc))

    def _going(self, client: Spot, party: str) -> t.Iterator[Check]:
        probe = self.probe
        yield from self._groups("egress", client, party)
        yield self._acl("acl_out", client.subnet, "egress", probe.destination, probe.port)
        route = self._led(client.subnet, probe.destination)
        nat = self.verdicts.nat(route.target, client) if route and party == INTERNET and probe.destination < V6 else None
        ways = {nat.id} if nat else self._gateways(party, client.vpc)
        if party == INTERNET and probe.destination >= V6:
            ways = ways | self._attached("egress_only", client.vpc)
        yield self._route("route", client.subnet, probe.destination, ways)
        if nat and nat.subnet:
            yield from self._translated(client, nat)
        elif route and route.target in self._attached("internet", client.vpc):
            yield from self._door(party, client, inward=False)
        yield self._acl("reply_acl_in", client.subnet, "ingress", probe.destination, probe.replies[0], reply=True)

    def _translated(self, client: Spot, nat: Gateway) -> t.Iterator[Check]:
        probe, crosses = self.probe, nat.subnet != client.subnet
        if crosses:
            yield self._acl("nat_acl_in", nat.subnet, "ingress", probe.source, probe.port)
        yield self._acl("nat_acl_out", nat.subnet, "egress", probe.destination, probe.port)
        yield self._route("nat_route", nat.subnet, probe.destination, self._attached("internet", client.vpc))
        yield self._acl("reply_nat_acl_in", nat.subnet, "ingress", probe.destination, probe.replies[1], reply=True)
        if crosses:
            yield self._acl("reply_nat_acl_out", nat.subnet, "egress", probe.source, probe.replies[0], reply=True)
            yield self._route("reply_nat_route", nat.subnet, probe.source, {LOCAL})

    # -- gateways --------------------------------------------------------------------------------------------------

    def _attached(self, kind: str, vpc: str) -> set[str]:
        return self.verdicts.parties.attached.get(f"{kind} {vpc}", set())

    def _gateways(self, party: str, vpc: str) -> set[str]:
        """What leads from a VPC to a party outside."""
        if party == INTERNET:
            return self._attached("internet", vpc)
        return {party} if vpc in self.network.by_id[party].vpcs else set()

    def _ways(self, client: Spot, server: Spot) -> set[str]:
        """What leads from one spot of the network to another: the local route, or a peering of both VPCs."""
        if client.vpc == server.vpc:
            return {LOCAL}
        return {id for id, vpcs in self.verdicts.peered.items() if {client.vpc, server.vpc} <= set(vpcs)}

    def _door(self, party: str, spot: Spot, *, inward: bool) -> t.Iterator[Check]:
        """Internet gateways attached, and a public address of the spot; any other gateway attached."""
        doors = sorted(self._gateways(party, spot.vpc))
        if party == INTERNET and not spot.public and max(self.probe.source, self.probe.destination) < V6:
            yield self._said("public_address", spot.subnet, f"{spot.party} has no public address in {self._called(spot.subnet)}", spot, False)
        if inward or not doors:
            said = f"{self._called(doors[0])} leads to {self._called(spot.vpc)}" if doors else f"no gateway of {self._called(spot.vpc)} leads to {party}"
            yield self._said("gateway", doors[0] if doors else spot.vpc, said, spot, bool(doors))

    # -- filters ---------------------------------------------------------------------------------------------------

    def _groups(self, at: str, spot: Spot, other: Spot | str) -> t.Iterator[Check]:
        if spot.groups is None:
            return
        address = self.probe.destination if at == "egress" else self.probe.source
        low, high = 0, LAST_PORT
        for group in spot.groups:
            for rule, first, last, spans in self._rules(group, at):
                if not self._fits(rule, spans, address, other):
                    continue
                if first <= self.probe.port <= last:
                    text = group_words(self.network, at, [group], _party(other), rule)
                    yield Check(self._hop(at, group, spot.subnet, rule.id or _spec(rule), text), True, max(low, first), min(high, last))
                    return
                low, high = _around(self.probe.port, low, high, first, last)
        text = group_words(self.network, at, spot.groups, self._party_at(other), None)
        yield Check(self._hop(at, ",".join(spot.groups), spot.subnet, "", text), False, low, high)

    def _rules(self, group: str, direction: str) -> list[tuple[Rule, int, int, list[tuple[int, int]]]]:
        """The rules of a group that mean the probe's protocol, each with its ports and ranges of addresses."""
        question = (group, direction, self.probe.protocol)
        if question not in self.verdicts.told:
            rules = getattr(self.network.by_id.get(group), direction, ())
            meant = [rule for rule in rules if rule.protocol in ("all", self.probe.protocol)]
            self.verdicts.told[question] = [(rule, *_interval(rule), list(map(span, self.network.ranges(rule.peer)))) for rule in meant]
        return self.verdicts.told[question]

    def _fits(self, rule: Rule, spans: list[tuple[int, int]], address: int, other: Spot | str) -> bool:
        if rule.peer.startswith("sg-"):
            return rule.peer in (self.probe.members if isinstance(other, str) else other.members)
        return any(low <= address <= high for low, high in spans)

    def _acl(self, at: str, subnet: str, direction: str, address: int, port: int, *, reply: bool = False) -> Check:
        """What an ACL says, which many connections ask."""
        question = (at, subnet, address, self.probe.protocol, port)
        if question not in self.verdicts.told:
            self.verdicts.told[question] = self._said_by_acl(at, subnet, direction, address, port, reply)
        return self.verdicts.told[question]

    def _said_by_acl(self, at: str, subnet: str, direction: str, address: int, port: int, reply: bool) -> Check:
        low, high = EPHEMERAL if reply else (0, LAST_PORT)
        chosen = None
        for entry in self.verdicts.border(subnet).entries[direction]:
            first, last = span(entry.cidr)
            if entry.protocol not in ("all", self.probe.protocol) or not first <= address <= last:
                continue
            first, last = _interval(entry)
            if first <= port <= last:
                chosen, low, high = entry, max(low, first), min(high, last)
                break
            low, high = _around(port, low, high, first, last)
        passes = chosen is not None and chosen.action == "allow"
        acl, ports = self.network.by_id[subnet].acl, f"{self.probe.protocol} {low if low == high else f'{low}-{high}'}" if reply else ""
        text = acl_words(self.network, acl, subnet, direction, chosen, ports)
        hop = self._hop(at, acl, subnet, str(chosen.number) if chosen else "*", text)
        return Check(hop, passes) if reply else Check(hop, passes, low, high)

    def _led(self, subnet: str, address: int) -> Route | None:
        return leading(self.verdicts.border(subnet).routes, address)

    def _route(self, at: str, subnet: str, address: int, ways: set[str]) -> Check:
        question = (at, subnet, address, frozenset(ways))
        if question not in self.verdicts.told:
            route, table = self._led(subnet, address), self.network.by_id[subnet].route_table
            passes = route is not None and route.state == "active" and route.target in ways
            text = route_words(self.network, table, subnet, route, address, passes)
            self.verdicts.told[question] = Check(self._hop(at, table, subnet, route.destination if route else "", text), passes)
        return self.verdicts.told[question]

    # -- words -----------------------------------------------------------------------------------------------------

    def _called(self, id: str) -> str:
        return self.network.called(id)

    def _party_at(self, other: Spot | str) -> str:
        return other if isinstance(other, str) else f"{other.party} in {self._called(other.subnet)}"

    def _hop(self, at: str, id: str, subnet: str, rule: str, text: str) -> Hop:
        name = getattr(self.network.by_id.get(id), "name", "")
        return {"at": at, "id": id, "name": name, "subnet": subnet, "rule": rule, "text": text}

    def _said(self, at: str, id: str, text: str, spot: Spot, passes: bool) -> Check:
        return Check(self._hop(at, id, spot.subnet, "", text), passes)


def _party(other: Spot | str) -> str:
    return other if isinstance(other, str) else other.party


def _interval(rule: t.Any) -> tuple[int, int]:
    """The ports of a rule or entry, which "all" has whatever it says."""
    if rule.protocol == "all" or rule.from_port is None or rule.from_port < 0:
        return 0, LAST_PORT
    return rule.from_port, LAST_PORT if rule.to_port is None or rule.to_port < 0 else rule.to_port


def _around(port: int, low: int, high: int, first: int, last: int) -> tuple[int, int]:
    """The ports around one that lie outside another interval, too."""
    return (max(low, last + 1), high) if last < port else (low, min(high, first - 1))


def _spec(rule: Rule) -> str:
    """A rule by what it says, where it has no id."""
    first, last = _interval(rule)
    return f"{rule.protocol} {first}-{last} {rule.peer}"
