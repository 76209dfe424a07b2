# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may open connections, and to whom: components where they stand or may come to stand, and what lies outside.

A party is a string: a component's name, ``internet``, the id of an interface that is nobody's, or the id of a gateway: what lies beyond
a peering, transit or VPN gateway, or the service behind a gateway endpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from .model import Gateway
from .model import Network
from .model import Place
from .space import common
from .space import FAMILIES
from .space import GLOBAL
from .space import joined
from .space import of_family
from .space import Ranges
from .space import ranges_of
from .space import without

INTERNET = "internet"
#: Gateways with something beyond them that is none of this network.
BEYOND = ("peering", "transit", "vpn", "endpoint")
#: Roles that answer, and open nothing.
ANSWERING = ("endpoint",)


@dataclass(frozen=True, eq=False)
class Spot:
    """All places of a party that nothing tells apart: of one subnet, with the same groups and the same reach from outside.

    ``ranges`` are the addresses that they may have, by family. ``groups`` None: no security group applies.
    """

    party: str
    vpc: str
    subnet: str
    groups: tuple[str, ...] | None
    public: bool
    answers_only: bool
    ranges: dict[str, Ranges]

    @property
    def members(self) -> tuple[str, ...]:
        return self.groups or ()


class Parties:
    """The parties of a network, with their spots."""

    def __init__(self, network: Network):
        self.network = network

    @cached_property
    def inside(self) -> list[Spot]:
        alike: dict[tuple, list[Place]] = {}
        for place in self.network.places:
            alike.setdefault(_likeness(place), []).append(place)
        return [self._spot(places) for _likeness, places in sorted(alike.items(), key=lambda one: str(one[0]))]

    def _spot(self, places: list[Place]) -> Spot:
        one, subnet = places[0], self.network.by_id[places[0].subnet]
        ranges = joined(each for place in places for each in ranges_of(place.addresses or subnet.cidrs))
        by_family = {family: of_family(ranges, family) for family in FAMILIES}
        groups = None if one.groups is None else tuple(sorted(one.groups))
        return Spot(one.component or one.id, one.vpc, one.subnet, groups, one.public, one.role in ANSWERING, by_family)

    @cached_property
    def beyond(self) -> dict[str, Gateway]:
        return {one.id: one for one in self.network.gateways if one.kind in BEYOND and (one.kind != "peering" or one.cidrs)}

    @cached_property
    def outside(self) -> dict[str, dict[str, Ranges]]:
        """The addresses of what lies outside, by party and family."""
        ranges = {INTERNET: self._internet, **{id: self._led_to(one) for id, one in self.beyond.items()}}
        return {name: {family: of_family(some, family) for family in FAMILIES} for name, some in ranges.items()}

    @cached_property
    def own(self) -> Ranges:
        """The addresses of the network's own VPCs."""
        return ranges_of(cidr for vpc in self.network.vpcs for cidr in vpc.cidrs)

    @cached_property
    def _internet(self) -> Ranges:
        """The addresses of the internet, but for those that are of a VPC here or beyond a peering, or a service's behind an endpoint."""
        elsewhere = [self._led_to(one) for one in self.beyond.values() if one.kind in ("peering", "endpoint")]
        return without(without(GLOBAL, self.own), joined(each for some in elsewhere for each in some))

    def _led_to(self, gateway: Gateway) -> Ranges:
        if gateway.cidrs:
            return ranges_of(gateway.cidrs)
        routes = [route for table in self.network.route_tables for route in table.routes if route.target == gateway.id]
        led = ranges_of(cidr for route in routes for cidr in self.network.ranges(route.destination))
        return without(led, self.own)

    @cached_property
    def attached(self) -> dict[str, set[str]]:
        """The gateways of each kind that are attached to a VPC: by "kind vpc"."""
        found: dict[str, set[str]] = {}
        for gateway in self.network.gateways:
            for vpc in gateway.vpcs:
                found.setdefault(f"{gateway.kind} {vpc}", set()).add(gateway.id)
        return found


def _likeness(place: Place) -> tuple:
    groups = None if place.groups is None else tuple(sorted(place.groups))
    return place.component or place.id, place.vpc, place.subnet, groups, place.public, place.role in ANSWERING


def meet(some: Ranges, others: Ranges) -> bool:
    """Whether two different addresses can be taken, one of each."""
    both = common(some, others)
    return not (both and some == others and len(some) == 1 and some[0][0] == some[0][1])
