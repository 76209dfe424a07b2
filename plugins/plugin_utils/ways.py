# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What two matrices differ in: ways that one opens and the other does not. Pure.

Parties and subnets of two networks have other ids, so both are called by what they are: a component, the service behind an endpoint,
a subnet's range.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator
from collections.abc import Mapping

from ansible_collections.groundwork.aws.plugins.module_utils._reach.matrix import Matrix

#: What of a way is open, from nothing to everything.
EXTENTS = ("none", "some", "all")

Json = Mapping[str, t.Any]
Ports = tuple[int, int]


class Who(t.NamedTuple):
    """Between whom, by names that hold in both networks."""

    source: str
    destination: str
    protocol: str
    family: str


class Pair(t.NamedTuple):
    """Between which subnets, by their ranges; empty outside."""

    source: str
    destination: str


class Span(t.NamedTuple):
    """An interval of ports, how much of it is open, and between which subnets how much; none of these where all is."""

    ports: Ports
    extent: str
    pairs: Mapping[Pair, str]


class Difference(t.NamedTuple):
    """What is more, or less, open than it should be, with the pairs of subnets of which that is so; empty, and it is so of all."""

    who: Who
    ports: Ports
    is_extra: bool
    pairs: tuple[Pair, ...]


class Ways:
    """The open ways of a network, by names that hold in every network of the same declaration."""

    def __init__(self, model: Json):
        self.model = model
        self.labels = {one["id"]: label for one in model["gateways"] if (label := _label(one))}
        self.ids = {label: id_ for id_, label in self.labels.items()}
        self.ranges = {one["id"]: (one["cidrs"] or [one["id"]])[0] for one in model["subnets"]}
        self.names = {self.ranges[one["id"]]: one["name"] or one["id"] for one in model["subnets"]}

    def spans(self, matrix: Matrix) -> dict[Who, list[Span]]:
        found: dict[Who, list[Span]] = {}
        for cell in matrix.cells(reasons=False):
            who = Who(*(self.labels.get(cell[side], cell[side]) for side in ("source", "destination")), cell["protocol"], cell["family"])
            found.setdefault(who, []).extend(self._span(one) for one in cell["open"])
        return {who: sorted(spans) for who, spans in found.items()}

    def _span(self, opened: Json) -> Span:
        details: dict[Pair, dict[str, None]] = {}
        for one in opened.get("pairs") or []:
            details.setdefault(self.pair(one), {})[_detail(one)] = None
        # In one subnet there may be several of a party that are not alike, as a database and its standby to be.
        pairs = {pair: next(iter(found)) if len(found) == 1 else f"some {' and '.join(found)}" for pair, found in details.items()}
        return Span(tuple(opened["ports"]), opened["extent"], pairs)

    def pair(self, pair: Json) -> Pair:
        return Pair(self.ranges.get(pair["source_subnet"], ""), self.ranges.get(pair["destination_subnet"], ""))


def _label(gateway: Json) -> str:
    """What an endpoint is called, whose id is its network's own; other gateways are outside of the declaration, and keep their ids."""
    return f"{gateway['component'] or gateway['id']} {gateway['service']}" if gateway["kind"] == "endpoint" else ""


def _detail(pair: Json) -> str:
    """How much of a pair is open: where some is, for which addresses, since some of it may be another some of it."""
    if pair["extent"] != "some":
        return str(pair["extent"])
    return f"some {','.join(pair.get('sources') or [])} {','.join(pair.get('destinations') or [])}".rstrip()


def differences(wanted: Mapping[Who, list[Span]], actual: Mapping[Who, list[Span]]) -> Iterator[Difference]:
    """All that is more or less open than wanted; neighbouring intervals of which the same is so are one."""
    for who in sorted({*wanted, *actual}):
        found: list[Difference] = []
        for ports, should, does in _cut(wanted.get(who, []), actual.get(who, [])):
            for one in _compared(who, ports, should, does):
                last = next((place for place, other in enumerate(found) if _continues(other, one)), None)
                if last is None:
                    found.append(one)
                else:
                    found[last] = one._replace(ports=(found[last].ports[0], ports[1]))
        yield from found


def _continues(earlier: Difference, later: Difference) -> bool:
    return (earlier.is_extra, earlier.pairs) == (later.is_extra, later.pairs) and earlier.ports[1] + 1 == later.ports[0]


def _cut(some: list[Span], others: list[Span]) -> Iterator[tuple[Ports, Span | None, Span | None]]:
    """The intervals of both, cut so that each has at most one span on each side."""
    starts = sorted({edge for first, last in (span.ports for span in [*some, *others]) for edge in (first, last + 1)})
    for first, following in zip(starts, starts[1:], strict=False):
        should, does = _at(some, first), _at(others, first)
        if should or does:
            yield (first, following - 1), should, does


def _at(spans: list[Span], port: int) -> Span | None:
    return next((span for span in spans if span.ports[0] <= port <= span.ports[1]), None)


def _compared(who: Who, ports: Ports, should: Span | None, does: Span | None) -> Iterator[Difference]:
    if not should or not does:
        yield Difference(who, ports, not should, ())
        return
    pairs = sorted({*should.pairs, *does.pairs})
    wanted = {pair: should.pairs.get(pair, should.extent if not should.pairs else "none") for pair in pairs}
    stands = {pair: does.pairs.get(pair, does.extent if not does.pairs else "none") for pair in pairs}
    more = tuple(pair for pair in pairs if _rank(stands[pair]) > _rank(wanted[pair]))
    less = tuple(pair for pair in pairs if _rank(stands[pair]) < _rank(wanted[pair]) or (stands[pair] != wanted[pair] and pair not in more))
    if more:
        yield Difference(who, ports, True, more)
    if less:
        yield Difference(who, ports, False, less)


def _rank(extent: str) -> int:
    return EXTENTS.index(extent.partition(" ")[0])
