# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The arrows of a declaration against the network ACLs of its tiers: request and reply, subnet by subnet. Pure.

An ACL is stateless: it must let the reply through too, which goes to the port that the client called from.
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
"""

from __future__ import annotations

import ipaddress
import typing as t
from collections.abc import Iterator
from collections.abc import Mapping

from .acl_walk import entry_ports
from .acl_walk import EPHEMERAL
from .acl_walk import Ports
from .acl_walk import walk
from .arrows import ANYWHERE
from .arrows import Component
from .arrows import Components
from .arrows import firewall
from .arrows import network_of
from .findings import Finding
from .kinds import SERVING
from .network_plan import described
from .network_plan import subnet_ranges
from .network_plan import zone_label
from .references import referred
from .wiring import Place
from .wiring import tier_of

#: From where Linux calls, and so most of what we keep; https://docs.kernel.org/networking/ip-sysctl.html (ip_local_port_range).
LINUX = (32768, 60999)
#: Where AWS's own interfaces listen, and package repositories.
HTTPS = (443, 443)


class Way(t.NamedTuple):
    """From one subnet, or a range outside, to another. A side without a tier meets no ACL of ours."""

    source: str
    source_tier: str | None
    source_cidr: str
    target: str
    target_tier: str | None
    target_cidr: str


class Crossing(t.NamedTuple):
    """What of a way an ACL is asked: whose, in which direction, of whom, and which ports; request or reply.

    ``is_range``: the other side is a range of addresses, of which it is enough that some pass: those kept out are unwanted.
    """

    tier: str
    direction: str
    cidr: str
    ports: Ports
    is_reply: bool
    is_range: bool


def review_filters(components: Components, place: Place) -> Iterator[Finding]:
    """Arrows that the ACLs stop, in whole or in part, and tiers that have no way out."""
    for network in (one for one in components.values() if one.kind.prefix == "network" and one.arrow("acls")):
        yield from _Filters(network, components, place).findings()


class _Filters:
    def __init__(self, network: Component, components: Components, place: Place):
        self.network, self.components = network, components
        inputs = described(network.inputs)
        self.acls, self.tiers = inputs["network_acls"], inputs["network_tiers"]
        labels = [zone_label(zone, place.region) for zone in network.arrow("zones")]
        ranges = subnet_ranges(inputs).items()
        self.subnets = {tier: {f"{tier}-{label}": cidr for label, cidr in zip(labels, cidrs, strict=True)} for tier, cidrs in ranges}

    def findings(self) -> Iterator[Finding]:
        inside = [one for one in self.components.values() if one.kind.callable and network_of(one, self.components) == self.network.name]
        for callee in inside:
            for rule in (firewall(callee, self.components, "") or {})["ingress"]:
                if str(rule["protocol"]) in ("tcp", "6") and rule["from_port"] is not None:
                    yield from self.arrow(rule, callee)
        for tier in dict.fromkeys(tier_of(one, self.network) for one in inside if one.kind.prefix in SERVING):
            if self.tiers.get(tier, {}).get("egress") == "nat":
                yield from self.way_out(tier)

    def arrow(self, rule: Mapping[str, t.Any], callee: Component) -> Iterator[Finding]:
        ports = int(rule["from_port"]), int(rule["from_port"] if rule["to_port"] is None else rule["to_port"])
        client = self.components.get(next(iter(referred(rule["source"])), ""))
        label = client.name if client else "the internet" if rule["source"] == ANYWHERE else rule["source"]
        ways = list(self.ways(client, rule["source"], callee))
        found = list(self.stops(ways, ports, f"{label} cannot call {callee.name}"))
        yield from found
        if client and not found:
            yield from self.named_in_part(tier_of(client, self.network), ports, callee)

    def ways(self, client: Component | None, source: str, callee: Component) -> Iterator[Way]:
        tier = tier_of(callee, self.network)
        for key, cidr in self.subnets.get(tier, {}).items():
            if client:
                own = tier_of(client, self.network)
                for other, theirs in self.subnets.get(own, {}).items():
                    if other != key:  # within a subnet no ACL is asked
                        yield Way(other, own, theirs, key, tier, cidr)
            elif _is_range(source):
                yield Way(source, None, source, key, tier, cidr)

    def _outer(self) -> str:
        """The first tier that leads to the internet, in which NAT gateways stand."""
        return next(name for name, one in self.tiers.items() if one["egress"] == "internet")

    def way_out(self, tier: str) -> Iterator[Finding]:
        """To the NAT gateways, and from there on: without it no host finds its agent, no task its image."""
        outer = self._outer()
        # Packets for the internet bear its addresses, not the gateway's; past the gateway they bear the gateway's own.
        inner = [Way(key, tier, cidr, "the internet", None, ANYWHERE) for key, cidr in self.subnets[tier].items()]
        gates = [Way(key, None, cidr, "the NAT gateway", outer, ANYWHERE) for key, cidr in self.subnets[tier].items()]
        beyond = [Way(key, outer, cidr, "the internet", None, ANYWHERE) for key, cidr in self.subnets[outer].items()]
        for found in self.stops([*inner, *gates, *beyond], HTTPS, f"tier {tier} has no way out"):
            yield Finding("medium", "no way out", found.component, found.cause, found.step, found.key)

    def stops(self, ways: list[Way], ports: Ports, label: str) -> Iterator[Finding]:
        """One finding for each direction of an ACL that stops any of these, with the subnets between which it does."""
        stopped: dict[tuple[str, ...], dict[str, None]] = {}
        pairs: dict[tuple[str, ...], dict[str, None]] = {}
        for way in ways:
            for crossing in _crossings(way, ports):
                found = self.verdict(crossing)
                if found:
                    place = (crossing.tier, crossing.direction, _ports(crossing.ports), *found)
                    stopped.setdefault(place, {})[crossing.cidr] = None
                    pairs.setdefault(place, {})[f"{way.source} to {way.target}"] = None
        for place, cidrs in stopped.items():
            tier, direction, wanted, severity, cause = place
            some = "" if len(pairs[place]) == len(ways) else f", while {len(ways) - len(pairs[place])} of {len(ways)} ways are open"
            whole = f"{label} at {_ports(ports)} from {', '.join(pairs[place])}{some}: {cause}"
            step = f"let tcp {wanted} pass {'to' if direction == 'egress' else 'from'} {', '.join(cidrs)}"
            yield Finding(severity, "arrow that an ACL stops", self.network.name, whole, step, f"network_acls.{tier}.{direction}")

    def verdict(self, crossing: Crossing) -> tuple[str, str] | None:
        """How bad it is, and why; None where it passes."""
        acl = self.acls.get(crossing.tier)
        if acl is None:
            return None  # the VPC's default ACL lets everything pass
        passed, stopped = walk(acl[crossing.direction] or [], crossing.cidr, crossing.ports)
        whole = not stopped or (crossing.is_range and _fills([packets.ports for packets, _entry in passed], crossing.ports))
        if whole:
            return None
        if crossing.is_reply and _fills([packets.ports for packets, _entry in passed], LINUX):
            return "medium", f"the reply passes for some of the ports {_ports(EPHEMERAL)} alone"
        what = f"the {'reply' if crossing.is_reply else 'request'} is stopped" + (" in part" if passed and not crossing.is_reply else "")
        return "high", f"{what}, " + next((f"number {entry['number']} denies it" for _packets, entry in stopped if entry), "no entry lets it pass")

    def named_in_part(self, tier: str, ports: Ports, callee: Component) -> Iterator[Finding]:
        """Entries for just this port that name some of the callee's subnets: the others then hang on what else happens to be open."""
        targets = self.subnets.get(tier_of(callee, self.network), {})
        entries = [one for one in (self.acls.get(tier) or {}).get("egress") or [] if one.get("action") != "deny" and entry_ports(one) == ports]
        named = {key for key, cidr in targets.items() for one in entries if _holds(one["cidr"], cidr)}
        missing = sorted(set(targets) - named)
        if named and missing:
            others = f"not to {', '.join(missing)}, where {callee.name} may lie too"
            cause = f"{tier} is let out to {', '.join(sorted(named))} at {_ports(ports)} by name, and {others}"
            step, key = "name each, or the application may lose it after a failover", f"network_acls.{tier}.egress"
            yield Finding("medium", "ACL that names some of the subnets", self.network.name, cause, step, key)


def _crossings(way: Way, ports: Ports) -> Iterator[Crossing]:
    """In the order in which packets meet them."""
    is_range = not (way.source_tier and way.target_tier)
    if way.source_tier:
        yield Crossing(way.source_tier, "egress", way.target_cidr, ports, False, is_range)
    if way.target_tier:
        yield Crossing(way.target_tier, "ingress", way.source_cidr, ports, False, is_range)
        yield Crossing(way.target_tier, "egress", way.source_cidr, EPHEMERAL, True, is_range)
    if way.source_tier:
        yield Crossing(way.source_tier, "ingress", way.target_cidr, EPHEMERAL, True, is_range)


def _fills(intervals: list[Ports], ports: Ports) -> bool:
    """Whether intervals leave none of the ports out."""
    reached = ports[0]
    for first, last in sorted(intervals):
        if first <= reached:
            reached = max(reached, last + 1)
    return reached > ports[1]


def _ports(ports: Ports) -> str:
    return f"{ports[0]}" if ports[0] == ports[1] else f"{ports[0]}-{ports[1]}"


def _holds(cidr: str, inner: str) -> bool:
    return ":" not in cidr and ipaddress.IPv4Network(inner).subnet_of(ipaddress.IPv4Network(cidr))


def _is_range(source: str) -> bool:
    return "/" in source and ":" not in source
