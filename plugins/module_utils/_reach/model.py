# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The network of a stack as data: what may let a connection be opened, or stop it. Read by read.py, judged by matrix.py.

Ids are AWS's own. ``name`` is the tag Name (or the service's name), ``component`` the tag groundwork:component, empty where there is none.
Ranges of addresses are CIDRs of either family in one list. Ports are inclusive; None for both means every port. ``protocol`` is tcp,
udp, icmp, icmpv6, all, or another one's number (https://www.iana.org/assignments/protocol-numbers).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from dataclasses import fields
from functools import cached_property

PROTOCOLS = {"-1": "all", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}


@dataclass(frozen=True)
class Vpc:
    id: str
    cidrs: tuple[str, ...]
    name: str = ""
    component: str = ""


@dataclass(frozen=True)
class Subnet:
    """``acl`` and ``route_table`` are those in effect: the VPC's default ACL and main table where no other is associated."""

    id: str
    vpc: str
    cidrs: tuple[str, ...]
    acl: str
    route_table: str
    zone: str = ""
    name: str = ""
    component: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule of a security group. ``peer`` is a CIDR, a security group's id or a prefix list's."""

    protocol: str
    peer: str
    from_port: int | None = None
    to_port: int | None = None
    id: str = ""


@dataclass(frozen=True)
class SecurityGroup:
    id: str
    vpc: str
    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]
    name: str = ""
    component: str = ""


@dataclass(frozen=True)
class Entry:
    """An entry of a network ACL, but for the last one (32767), which denies what is left and is implied."""

    number: int
    direction: str  # ingress or egress
    action: str  # allow or deny
    protocol: str
    cidr: str
    from_port: int | None = None
    to_port: int | None = None


@dataclass(frozen=True)
class Acl:
    id: str
    vpc: str
    entries: tuple[Entry, ...]
    name: str = ""
    component: str = ""


@dataclass(frozen=True)
class Route:
    """``destination`` is a CIDR or a prefix list's id, ``target`` "local" or the id of what it leads to, ``state`` active or blackhole."""

    destination: str
    target: str
    state: str = "active"


@dataclass(frozen=True)
class RouteTable:
    id: str
    vpc: str
    routes: tuple[Route, ...]
    main: bool = False
    name: str = ""
    component: str = ""


@dataclass(frozen=True)
class PrefixList:
    id: str
    cidrs: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True)
class Gateway:
    """What routes lead to.

    ``kind`` is internet, egress_only, nat, peering, endpoint (of the gateway type), transit or vpn. ``vpcs`` are those that it is attached
    to; of a peering, both. ``subnet`` and ``public`` are a NAT gateway's: where it stands, and whether it has a public address. ``cidrs``
    are those of a peering's other VPC, where that one is none of this network.
    """

    id: str
    kind: str
    vpcs: tuple[str, ...]
    subnet: str = ""
    public: bool = False
    service: str = ""
    cidrs: tuple[str, ...] = ()
    name: str = ""
    component: str = ""


@dataclass(frozen=True)
class Place:
    """Where a component's connections leave from and arrive at: an interface, or a subnet in which one may come to stand.

    ``role`` is instance, fleet, load_balancer, database, task, cache, function, endpoint or other. ``groups`` None: no security group
    applies. ``addresses`` empty: any address of the subnet. ``public``: it has, or would get, a public IPv4 address. Without a
    ``component`` it is nobody's, and a party by its ``id``.
    """

    id: str
    vpc: str
    subnet: str
    groups: tuple[str, ...] | None
    role: str = "other"
    addresses: tuple[str, ...] = ()
    public: bool = False
    stands: bool = True
    name: str = ""
    component: str = ""


@dataclass(frozen=True)
class Listener:
    """``target_groups``: those of its default action and of all its rules, by ARN."""

    port: int
    protocol: str
    target_groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadBalancer:
    """``scheme`` is internet-facing or internal, ``kind`` application, network or gateway."""

    id: str
    scheme: str
    kind: str
    listeners: tuple[Listener, ...] = ()
    name: str = ""
    component: str = ""


@dataclass(frozen=True)
class TargetGroup:
    """``component`` is whose targets it has; ``load_balancers`` are the ARNs of those that send to it."""

    id: str
    protocol: str
    port: int
    health_protocol: str
    health_port: int
    load_balancers: tuple[str, ...] = ()
    name: str = ""
    component: str = ""


#: The kind of what a field lists, by the field's name in whatever has it.
LISTED: dict[str, type] = {
    "vpcs": Vpc,
    "subnets": Subnet,
    "security_groups": SecurityGroup,
    "ingress": Rule,
    "egress": Rule,
    "acls": Acl,
    "entries": Entry,
    "route_tables": RouteTable,
    "routes": Route,
    "prefix_lists": PrefixList,
    "gateways": Gateway,
    "places": Place,
    "load_balancers": LoadBalancer,
    "listeners": Listener,
    "target_groups": TargetGroup,
}


@dataclass(frozen=True)
class Network:
    """All of it. ``Network.of`` makes one of JSON's lists and dictionaries, whose keys are these fields."""

    vpcs: tuple[Vpc, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = ()
    acls: tuple[Acl, ...] = ()
    route_tables: tuple[RouteTable, ...] = ()
    prefix_lists: tuple[PrefixList, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    places: tuple[Place, ...] = ()
    load_balancers: tuple[LoadBalancer, ...] = ()
    target_groups: tuple[TargetGroup, ...] = ()

    @classmethod
    def of(cls, data: t.Mapping[str, t.Any]) -> Network:
        """Raises TypeError where a part lacks what it must have."""
        return _made(cls, data)

    @cached_property
    def by_id(self) -> dict[str, t.Any]:
        """Every part but the places by its id: AWS's ids tell their kinds apart."""
        lists = (getattr(self, one.name) for one in fields(self) if one.name != "places")
        return {part.id: part for parts in lists for part in parts}

    def called(self, id: str) -> str:
        """A part in words: its name with its id, or the id alone."""
        name = getattr(self.by_id.get(id), "name", "")
        return f"{name} ({id})" if name and name != id else id

    def ranges(self, peer: str) -> tuple[str, ...]:
        """The CIDRs that a rule's peer or a route's destination means; none for a security group."""
        if peer.startswith("pl-"):
            return self.by_id[peer].cidrs if peer in self.by_id else ()
        return () if peer.startswith("sg-") else (peer,)


def _made(kind: type, data: t.Mapping[str, t.Any]) -> t.Any:
    return kind(**{one.name: _value(kind, one.name, data[one.name]) for one in fields(kind) if one.name in data})


def _value(kind: type, name: str, value: t.Any) -> t.Any:
    if name == "protocol":
        return PROTOCOLS.get(str(value), str(value))
    if not isinstance(value, (list, tuple)):
        return value
    # A gateway's VPCs and a target group's load balancers are ids, which stand for themselves.
    return tuple(_made(LISTED[name], one) if isinstance(one, dict) else one for one in value)
