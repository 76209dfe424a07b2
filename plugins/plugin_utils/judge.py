# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A network that stands, or is planned, against the one that the declaration asks for. Pure.

Both are models of module_utils/_reach/model.py. Whatever can be reached in one and not in the other is found, and what is dangerous is
found whoever declared it.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from ansible_collections.groundwork.aws.plugins.module_utils._reach.matrix import Matrix
from ansible_collections.groundwork.aws.plugins.module_utils._reach.model import Network

from .findings import Finding
from .findings import ordered
from .ways import Difference
from .ways import differences
from .ways import Json
from .ways import Pair
from .ways import Ports
from .ways import Ways
from .ways import Who

AT_SSH = (22, 22)
INTERNET = "internet"
#: Its components may not stand yet: the first deploy makes their containers.
LATER = ("task",)
#: Of many pairs of subnets a line names so many.
SHOWN = 2
MEND = "run site.yml, which puts back what is declared"

UNDO = f"{MEND}; take out by hand what was added by hand"


class Judge:
    """Judges networks against the one that is declared."""

    def __init__(self, declared: Json):
        self.declared = declared
        self.wanted = Ways(declared).spans(Matrix(Network.of(declared)))
        self.homes = {one["component"] for one in declared["places"] if one["role"] != "endpoint"}
        self.public = {one["component"] for one in declared["places"] if one["public"]}
        self.roles = {one["component"]: one["role"] for one in declared["places"]}

    def judge(self, actual: Json) -> list[Finding]:
        """The findings of a network that stands, or is planned: most dangerous first."""
        return _Case(self, actual).findings()


class _Case:
    def __init__(self, judge: Judge, actual: Json):
        self.actual, self.declared, self.wanted = actual, judge.declared, judge.wanted
        self.homes, self.public, self.roles = judge.homes, judge.public, judge.roles
        self.matrix, self.ways = Matrix(Network.of(actual)), Ways(actual)
        self.spans = self.ways.spans(self.matrix)
        self.standing = {one["component"] for one in actual["places"]}
        self.absent = self.homes - self.standing

    def findings(self) -> list[Finding]:
        known = {who: spans for who, spans in self.wanted.items() if not self.absent & {who.source, who.destination}}
        found = list(differences(known, self.spans))
        checks = (self.missing(), self.extra(found), self.blocked(found), self.ssh(), self.target_groups(), self.listeners(), self.routes())
        return ordered(one for check in checks for one in check)

    def missing(self) -> Iterator[Finding]:
        for name in sorted(self.absent):
            later = self.roles[name] in LATER
            cause, step = "nothing of it stands, so its arrows are not judged", "its first deploy makes its containers" if later else MEND
            yield Finding("informational" if later else "high", "component that does not stand", name, cause, step)

    # -- what is open, and should not be

    def extra(self, found: Iterable[Difference]) -> Iterator[Finding]:
        """One finding for what one rule opens, with all that it opens to."""
        groups: dict[tuple[str, ...], list[Difference]] = {}
        for one in (one for one in found if one.is_extra and one.ports != AT_SSH):  # which is told by itself
            severity, check = self._kind_of(one.who)
            groups.setdefault((severity, check, one.who.destination, self._opener(one)), []).append(one)
        for (severity, check, destination, opener), ways in groups.items():
            owner = destination if destination in self.homes else ways[0].who.source
            cause = f"{_all_ways(ways, self.ways.names)} is open, and nobody declared it" + (f", by {opener}" if opener else "")
            yield Finding(severity, check, owner, cause, f"declare it, or {UNDO}")

    def _kind_of(self, who: Who) -> tuple[str, str]:
        if who.source == INTERNET and who.destination not in self.public:
            return "critical", "private and open to the internet"
        if self._is_inside(who.destination):
            return "high", "open way that nobody declared"
        return "medium", "way out that nobody declared"

    def _opener(self, one: Difference) -> str:
        """The rule of the called one's firewall; of a way out, the route that leads there."""
        hops = [hop for opened in self._cell(one.who)["open"] if _meets(opened["ports"], one.ports) for hop in opened.get("path") or []]
        kind = "ingress" if self._is_inside(one.who.destination) else "route"
        return next((hop["text"] for hop in hops if hop["at"] == kind), "")

    def _is_inside(self, party: str) -> bool:
        """A component, or somebody's interface, in the network."""
        return party in self.standing or party.startswith("eni-")

    def _cell(self, who: Who) -> Json:
        ids = self.ways.ids
        parties = ids.get(who.source, who.source), ids.get(who.destination, who.destination)
        return self.matrix.cell(*parties, who.protocol, who.family) or {"open": [], "shut": []}

    def ssh(self) -> Iterator[Finding]:
        """Whoever declared it: hosts are reached over Session Manager alone. One finding for what one rule opens."""
        callers: dict[tuple[str, ...], list[str]] = {}
        for who, spans in self.spans.items():
            if self._is_inside(who.destination) and who.protocol == "tcp" and any(_meets(span.ports, AT_SSH) for span in spans):
                severity = "critical" if who.source == INTERNET else "high"
                opener = self._opener(Difference(who, AT_SSH, True, ()))
                callers.setdefault((severity, who.destination, opener), []).append(_name(who.source) + _family(who.family))
        for (severity, destination, opener), names in callers.items():
            cause = f"{', '.join(names)} can call port 22 of {destination}" + (f", by {opener}" if opener else "")
            yield Finding(severity, "port 22", destination, cause, "take the rule out, hosts are reached over Session Manager")

    # -- what is shut, and should not be

    def blocked(self, found: Iterable[Difference]) -> Iterator[Finding]:
        """One finding for what one thing stops, with all that it stops."""
        groups: dict[tuple[str, ...], list[tuple[Difference, Json]]] = {}
        for one in (one for one in found if not one.is_extra):
            stop = self._stop(one)
            groups.setdefault((*self._loss(one), stop.get("id") or one.who.destination, stop.get("rule", "")), []).append((one, stop))
        for (severity, check, *_thing), stopped in groups.items():
            first, stop = stopped[0]
            owner = first.who.destination if first.who.destination in self.homes else first.who.source
            cause = f"{_all_ways([one for one, _stop in stopped], self.ways.names)} is declared, and shut" + (f": {stop['text']}" if stop else "")
            yield Finding(severity, check, owner, cause, UNDO)

    def _loss(self, one: Difference) -> tuple[str, str]:
        if one.who.destination not in self.homes:
            return "medium", "way out that is shut"
        if self.roles.get(one.who.destination) == "database" and one.pairs:
            return "high", "database with a subnet that is cut off"
        return "high", "declared arrow that is blocked"

    def _stop(self, one: Difference) -> Json:
        """What stops it first, of the pairs of subnets that it is stopped between."""
        cell = self._cell(one.who)
        pairs = [pair for opened in cell["open"] if _meets(opened["ports"], one.ports) for pair in opened.get("pairs") or []]
        stops = [stop for pair in pairs for stop in pair["stops"] if not one.pairs or self.ways.pair(pair) in one.pairs]
        stops += [stop for shut in cell.get("shut") or [] if any(_meets(ports, one.ports) for ports in shut["ports"]) for stop in shut["stops"]]
        return stops[0] if stops else {}

    # -- what stands behind doors

    def target_groups(self) -> Iterator[Finding]:
        doors = {one["id"]: one["component"] for one in self.actual["load_balancers"]}
        wanted = {(one["component"], one["name"]): one for one in self.declared["target_groups"]}
        for group in self.actual["target_groups"]:
            asked = [doors[door] for door in group["load_balancers"] if door in doors]
            if not asked and wanted.get((group["component"], group["name"]), {}).get("load_balancers"):
                cause = f"target group {group['name']} stands behind no load balancer"
                yield Finding("high", "target group out of reach", group["component"], cause, MEND)
            for door in asked if group["component"] in self.standing else ():
                extent = self.matrix.extent(door, group["component"], group["health_port"])
                if extent != "all":
                    whole = "cannot" if extent == "none" else "can only in part"
                    cause = f"{door} {whole} call {group['component']} at {group['health_port']}, where target group {group['name']} is asked for its health"
                    yield Finding("high", "target group out of reach", group["component"], cause, MEND)

    def listeners(self) -> Iterator[Finding]:
        """Each that is declared answers."""
        stands = {one["component"]: one for one in self.actual["load_balancers"]}
        for wanted in self.declared["load_balancers"]:
            name = wanted["component"]
            listening = {one["port"]: one for one in stands.get(name, {}).get("listeners", [])}
            for port in sorted({one["port"] for one in wanted["listeners"]} - set(listening)) if name in stands else ():
                pending = port == 443 and (listening.get(80) or {}).get("target_groups")
                cause = f"nothing listens on {port}" + (" yet: its certificate is not issued" if pending else "")
                step = "prove the domain, and run site.yml again" if pending else MEND
                yield Finding("informational" if pending else "high", "port without a listener", name, cause, step)

    # -- routes

    def routes(self) -> Iterator[Finding]:
        """None that leads where the subnet's tier is not meant to lead, whether or not somebody can use it by now."""
        wanted = {subnet["cidrs"][0]: routes for subnet, routes in _routed(self.declared)}
        for subnet, routes in _routed(self.actual):
            for destination, kind, target in sorted(routes):
                plain = {(one, other) for one, other, _target in wanted.get(subnet["cidrs"][0], routes)}
                if (destination, kind) not in plain:
                    cause = f"subnet {subnet['name'] or subnet['id']} has a route of {destination} to {target} ({kind}), which its tier has not"
                    severity = "high" if kind == "internet" else "medium"
                    yield Finding(
                        severity, "route that should not be", subnet["component"] or "stack", cause, f"{MEND}; take out by hand what was added by hand"
                    )


def _routed(model: Json) -> Iterator[tuple[Json, set[tuple[str, str, str]]]]:
    """Each subnet with its routes: destination, the kind of what they lead to, and its id."""
    gateways = {one["id"]: one["kind"] for one in model["gateways"]}
    lists = {one["id"]: one["name"] for one in model["prefix_lists"]}
    tables = {one["id"]: one["routes"] for one in model["route_tables"]}
    for subnet in model["subnets"]:
        routes = [one for one in tables.get(subnet["route_table"], []) if one["target"] != "local" and one["state"] == "active"]
        yield subnet, {(lists.get(one["destination"], one["destination"]), gateways.get(one["target"], "other"), one["target"]) for one in routes}


def _meets(ports: Iterable[int], others: Ports) -> bool:
    first, last = ports
    return first <= others[1] and others[0] <= last


def _all_ways(ways: list[Difference], names: Mapping[str, str]) -> str:
    """In words: each called one with who calls it; of one alone also between which subnets, where it is not so of all."""
    called = dict.fromkeys(one.who.destination for one in ways)
    each = [_ways([one for one in ways if one.who.destination == destination]) for destination in called]
    pairs = [*dict.fromkeys(_pair(pair, names) for one in ways for pair in one.pairs)]
    more = f" and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else ""
    return f"the way from {'; from '.join(each)}" + (f" between {'; '.join(pairs[:SHOWN])}{more}" if pairs and len(called) == 1 else "")


def _ways(ways: list[Difference]) -> str:
    """In words: who, to whom, and at which ports."""
    sources = dict.fromkeys(_name(one.who.source) for one in ways)
    ports = [_interval(protocol, span) for protocol in ("tcp", "udp") for span in _together(one.ports for one in ways if one.who.protocol == protocol)]
    families = _family("ipv6") if all(one.who.family == "ipv6" for one in ways) else ""
    part = " in part" if any(one.pairs for one in ways) else ""
    return f"{', '.join(sources)} to {_name(ways[0].who.destination)} at {', '.join(ports)}{families}{part}"


def _interval(protocol: str, ports: Ports) -> str:
    if ports == (0, 65535):
        return f"all {protocol} ports"
    return f"{protocol} {ports[0]}" if ports[0] == ports[1] else f"{protocol} {ports[0]}-{ports[1]}"


def _together(intervals: Iterable[Ports]) -> list[Ports]:
    """The same ports in as few intervals as there can be."""
    found: list[Ports] = []
    for first, last in sorted(intervals):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _pair(pair: Pair, names: Mapping[str, str]) -> str:
    return f"{names.get(pair.source, pair.source or 'outside')} and {names.get(pair.destination, pair.destination or 'outside')}"


def _family(family: str) -> str:
    return " (IPv6)" if family == "ipv6" else ""


def _name(party: str) -> str:
    return "the internet" if party == INTERNET else party
