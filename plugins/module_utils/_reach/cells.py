# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A cell of the matrix as plain data: what is open with its path, and what is shut with what stops it.

Ports are cut where another rule decides, so that each interval has one path, or one set of reasons.
"""

from __future__ import annotations

import typing as t

from .parties import Spot
from .space import cidrs_of
from .space import joined
from .space import Ranges
from .verdict import Case
from .verdict import Extent
from .verdict import Verdicts
from .walk import Hop
from .walk import Probe
from .walk import walk
from .walk import Way

End = t.Union[Spot, str]  # noqa: UP007  pylint takes a NamedTuple for no type


class Pair(t.NamedTuple):
    """From one spot to another, with what can happen."""

    client: End
    server: End
    cases: list[Case]
    extent: Extent


def cell(verdicts: Verdicts, source: str, destination: str, protocol: str, family: str, ends: list[tuple[End, End]], reasons: bool) -> dict[str, t.Any]:
    """The cell of a source and a destination, between whose ``ends``; without ``reasons`` what is shut is left out."""
    made = ((one, other, verdicts.cases(one, other, family)) for one, other in ends)
    pairs = [Pair(one, other, cases, verdicts.extent(cases)) for one, other, cases in made if cases]
    drawn = Cell(verdicts, protocol, family, pairs)
    shut = {"shut": drawn.shut()} if reasons else {}
    return {"source": source, "destination": destination, "protocol": protocol, "family": family, "open": drawn.open(), **shut}


class Cell:
    def __init__(self, verdicts: Verdicts, protocol: str, family: str, pairs: list[Pair]):
        self.verdicts, self.protocol, self.family, self.pairs = verdicts, protocol, family, pairs
        self.ports = verdicts.ports
        self.whole = self.ports.of_protocol[protocol]
        self.any = self.whole & _union(pair.extent.any for pair in pairs)
        self.all = self.any
        for pair in pairs:
            self.all &= pair.extent.all

    def open(self) -> list[dict[str, t.Any]]:
        found: list[dict[str, t.Any]] = []
        for extent, mask in (("all", self.all), ("some", self.any & ~self.all)):
            for low, high in self.ports.intervals(mask, self.protocol):
                found += _merged(self._pieces(low, high, extent))
        return sorted(found, key=lambda one: one["ports"])

    def _pieces(self, low: int, high: int, extent: str) -> t.Iterator[dict[str, t.Any]]:
        while low <= high:
            pair, case = self._opening(low)
            way = walk(self.verdicts, self._probe(pair, case, low, fails=False))
            piece: dict[str, t.Any] = {"ports": [low, min(high, way.high)], "extent": extent, "path": way.hops}
            if extent == "some":
                told = [self._told(one, low) for one in self.pairs]
                piece["ports"][1] = min([piece["ports"][1], *(end for _entry, end in told)])
                piece["pairs"] = [entry for entry, _end in told]
            yield piece
            low = piece["ports"][1] + 1

    def _opening(self, port: int) -> tuple[Pair, Case]:
        """The first by which a port is open, as one is."""
        return next((pair, case) for pair in self.pairs for case in pair.cases if self._open(case, port))

    def _told(self, pair: Pair, port: int) -> tuple[dict[str, t.Any], int]:
        """What a pair of spots says of a port, and up to which port it says the same."""
        bit = self.ports.at(self.protocol, port)
        if pair.extent.all & bit:
            return self._entry(pair, "all"), self._end(pair, bit)
        open_ = [case for case in pair.cases if self._open(case, port)]
        failing = [self._stop(pair, case, port) for case in pair.cases if not self._always(case, port)]
        entry = self._entry(pair, "some" if open_ else "none")
        entry["sources"] = _part([case.sources for case in open_], [case.sources for case in pair.cases])
        entry["destinations"] = _part([case.destinations for case in open_], [case.destinations for case in pair.cases])
        entry["stops"] = _distinct([way.stop for way in failing])
        return entry, min([self._end(pair, bit), *(way.high for way in failing)])

    def _entry(self, pair: Pair, extent: str) -> dict[str, t.Any]:
        ends = {"source_subnet": _subnet(pair.client), "destination_subnet": _subnet(pair.server)}
        return {**ends, "extent": extent, "sources": [], "destinations": [], "stops": []}

    def shut(self) -> list[dict[str, t.Any]]:
        """Intervals with the same reasons are one entry."""
        found: dict[str, dict[str, t.Any]] = {}
        for low, high in self.ports.intervals(self.whole & ~self.any, self.protocol):
            while low <= high:
                ways = [self._stop(pair, self._furthest(pair, low), low) for pair in self.pairs]
                stops, end = _distinct([way.stop for way in ways]), min([high, *(way.high for way in ways)])
                entry = found.setdefault(repr([_which(stop) for stop in stops]), {"ports": [], "stops": stops})
                if entry["ports"] and entry["ports"][-1][1] == low - 1:
                    entry["ports"][-1][1] = end
                else:
                    entry["ports"].append([low, end])
                low = end + 1
        return list(found.values())

    def _furthest(self, pair: Pair, port: int) -> Case:
        """The case to tell of where none is open: one whose request arrives, if there is one."""
        bit = self.ports.at(self.protocol, port)
        return next((case for case in pair.cases if case.requests & bit), pair.cases[0])

    def _stop(self, pair: Pair, case: Case, port: int) -> Way:
        return walk(self.verdicts, self._probe(pair, case, port, fails=True))

    # -- a case and a port -----------------------------------------------------------------------------------------

    def _open(self, case: Case, port: int) -> bool:
        return self._fits(case, port, self.ports.answered)

    def _always(self, case: Case, port: int) -> bool:
        return self._fits(case, port, self.ports.always_answered)

    def _fits(self, case: Case, port: int, answered: t.Callable[[int], int]) -> bool:
        bit = self.ports.at(self.protocol, port)
        return bool(case.requests & bit) and all(answered(replies) & bit for replies in case.replies)

    def _end(self, pair: Pair, bit: int) -> int:
        """The last port up to which the same cases of a pair are open."""
        alike = self.whole
        for case in pair.cases:
            alike &= case.requests if case.requests & bit else ~case.requests
        return next(high for low, high in self.ports.intervals(alike, self.protocol) if self.ports.mask(self.protocol, low, high) & bit)

    def _probe(self, pair: Pair, case: Case, port: int, *, fails: bool) -> Probe:
        source, destination = _two(case.sources, case.destinations)
        replies = tuple(self._client_port(mask, fails=fails) for mask in case.replies)
        return Probe(pair.client, pair.server, source, destination, self.protocol, port, replies, case.members)

    def _client_port(self, replies: int, *, fails: bool) -> int:
        """A port of the client's that a reply arrives at, or one at which none does, where there is one."""
        every = self.ports.replies[self.protocol]
        wanted = (every & ~replies if fails else replies & every) or every
        return self.ports.intervals(wanted, self.protocol)[0][0]


def _two(sources: Ranges, destinations: Ranges) -> tuple[int, int]:
    """An address of each, which are not the same."""
    source, destination = sources[0][0], destinations[0][0]
    if source != destination:
        return source, destination
    others = [low if low != source else high for low, high in destinations]
    other = next((one for one in others if one != source), None)
    return (source, other) if other is not None else (next(end for pair in sources for end in pair if end != destination), destination)


def _part(open_: list[Ranges], every: list[Ranges]) -> list[str]:
    """The addresses for which something is open, where they are not all."""
    some, whole = (joined(one for ranges in lists for one in ranges) for lists in (open_, every))
    return [] if some == whole else list(cidrs_of(some))


def _union(masks: t.Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _subnet(end: End) -> str:
    return "" if isinstance(end, str) else end.subnet


def _which(hop: Hop) -> tuple[str, ...]:
    return hop["at"], hop["id"], hop["subnet"], hop["rule"]


def _distinct(stops: t.Iterable[Hop | None]) -> list[Hop]:
    return list({_which(stop): stop for stop in stops if stop}.values())


def _merged(pieces: t.Iterable[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """Neighbours that differ in their ports alone are one."""
    found: list[dict[str, t.Any]] = []
    for piece in pieces:
        if found and {**found[-1], "ports": 0} == {**piece, "ports": 0}:
            found[-1]["ports"][1] = piece["ports"][1]
        else:
            found.append(piece)
    return found
