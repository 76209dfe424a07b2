# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who can open connections to whom: the matrix of a network, worked out without a packet sent.

    matrix = Matrix(Network.of(data))
    matrix.extent("spring", "db", 3306)   # all, some or none
    matrix.cells()                        # everything, as plain data

``all``: from wherever the source stands or may come to stand, to wherever the destination does, at each of its addresses and whichever
ephemeral port it takes. ``some``: in some of these cases. TCP and UDP are judged, ICMP is not. What a route sends into an appliance (an
interface, a Gateway Load Balancer's endpoint) is not followed, nor is what a gateway's own route table leads elsewhere, and a network load
balancer is taken to ask its targets from its own addresses.
"""

from __future__ import annotations

import typing as t
from functools import cached_property
from functools import reduce
from operator import and_
from operator import or_

from .cells import cell
from .model import Network
from .parties import INTERNET
from .parties import meet
from .parties import Spot
from .space import FAMILIES
from .space import Ports
from .verdict import CLOSED
from .verdict import Extent
from .verdict import Verdicts

Pair = tuple[str, str, str]  # source, destination, family


class Matrix:
    """All verdicts are worked out when it is made; paths and reasons when they are asked for."""

    def __init__(self, network: Network):
        self.network, self.verdicts = network, Verdicts(network)
        self.ports = self.verdicts.ports
        self._extents: dict[Pair, Extent] = {}
        self._let_in: dict[tuple, list[Spot]] = {}
        for family in FAMILIES:
            self._judge(family)

    def parties(self) -> list[dict[str, t.Any]]:
        """Everybody in it: name, and whether they are outside."""
        return [{"name": name, "outside": name in self.verdicts.parties.outside} for name in sorted({*self._spots, *self.verdicts.parties.outside})]

    def extent(self, source: str, destination: str, port: int, protocol: str = "tcp", family: str = "ipv4") -> str:
        """Whether connections can be opened: "all", "some" or "none"."""
        found, bit = self._extents.get((source, destination, family), CLOSED), self.ports.at(protocol, port)
        return "all" if found.all & bit else "some" if found.any & bit else "none"

    def cell(self, source: str, destination: str, protocol: str = "tcp", family: str = "ipv4", reasons: bool = True) -> dict[str, t.Any] | None:
        """What stands between two, as plain data; None where no such pair is in the network."""
        pairs = self.pairs(source, destination, family)
        return cell(self.verdicts, source, destination, protocol, family, pairs, reasons) if pairs else None

    def cells(self, reasons: bool = True) -> list[dict[str, t.Any]]:
        """Every cell, ordered by source, destination, protocol and family; without ``reasons`` those alone in which something is open."""
        wanted = sorted(self._everybody()) if reasons else sorted(key for key, extent in self._extents.items() if extent.any)
        found = []
        for source, destination, family in wanted:
            for protocol in Ports.PROTOCOLS:
                if reasons or self._extents[source, destination, family].any & self.ports.of_protocol[protocol]:
                    found.append(self.cell(source, destination, protocol, family, reasons))
        order = ("source", "destination", "protocol", "family")
        return sorted(filter(None, found), key=lambda one: tuple(one[key] for key in order))

    def pairs(self, source: str, destination: str, family: str) -> list[tuple[Spot | str, Spot | str]]:
        """From where to where: the spots of both, and the party itself where it lies outside."""
        return [
            (one, other)
            for one in self._ends(source, family, opens=True)
            for other in self._ends(destination, family, opens=False)
            if _are_two(one, other, family)
        ]

    # -- how it is worked out --------------------------------------------------------------------------------------

    @cached_property
    def _spots(self) -> dict[str, list[Spot]]:
        found: dict[str, list[Spot]] = {}
        for spot in self.verdicts.parties.inside:
            found.setdefault(spot.party, []).append(spot)
        return found

    def _ends(self, party: str, family: str, *, opens: bool) -> list[Spot | str]:
        outside = self.verdicts.parties.outside
        if party in outside:
            # What lies behind a gateway endpoint answers only.
            silent = opens and party != INTERNET and self.network.by_id[party].kind == "endpoint"
            return [party] if outside[party][family] and not silent else []
        return [spot for spot in self._spots.get(party, ()) if spot.ranges[family] and not (opens and spot.answers_only)]

    def _everybody(self) -> list[Pair]:
        names = [one["name"] for one in self.parties()]
        return [(one, other, family) for family in FAMILIES for one in names for other in names if self.pairs(one, other, family)]

    def _judge(self, family: str) -> None:
        spots = [spot for spot in self.verdicts.parties.inside if spot.ranges[family]]
        found: dict[Pair, list[Extent]] = {}
        for server in spots:
            for client in self._admitted(server, spots, family):
                extent = self.verdicts.extent(self.verdicts.between(client, server, family))
                if extent.any:
                    found.setdefault((client.party, server.party, family), []).append(extent)
        for outside, ranges in self.verdicts.parties.outside.items():
            for spot in spots if ranges[family] else ():
                for pair in ((outside, spot), (spot, outside)):
                    self._judge_outside(pair, family, found)
        for key, extents in found.items():
            self._extents[key] = _together(extents, len(self.pairs(*key)))

    def _judge_outside(self, pair: tuple[Spot | str, Spot | str], family: str, found: dict[Pair, list[Extent]]) -> None:
        source, destination = (one if isinstance(one, str) else one.party for one in pair)
        if pair[0] in self._ends(source, family, opens=True):
            extent = self.verdicts.extent(self.verdicts.cases(*pair, family))
            if extent.any:
                found.setdefault((source, destination, family), []).append(extent)

    def _admitted(self, server: Spot, spots: list[Spot], family: str) -> list[Spot]:
        """Those that the server's security groups let in to some port: of many pairs that is the first question, and mostly the last."""
        key = (server.groups, family)
        if key not in self._let_in:
            firewall = self.verdicts.firewall(server.groups, "ingress")
            opening = (spot for spot in spots if not spot.answers_only)
            self._let_in[key] = [spot for spot in opening if firewall.members(spot.members) or firewall.any(spot.ranges[family])]
        return self._let_in[key]


def _are_two(one: Spot | str, other: Spot | str, family: str) -> bool:
    """Whether there is a connection to ask about: not from outside to outside, and not from an address to itself."""
    if isinstance(one, str) or isinstance(other, str):
        return one != other and not (isinstance(one, str) and isinstance(other, str))
    return meet(one.ranges[family], other.ranges[family])


def _together(extents: list[Extent], pairs: int) -> Extent:
    """Of all pairs of spots together, of which those that are missing are closed."""
    every = reduce(and_, (extent.all for extent in extents)) if len(extents) == pairs else 0
    return Extent(reduce(or_, (extent.any for extent in extents)), every)
