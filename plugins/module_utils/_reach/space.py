# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sets of addresses and sets of ports, never as single ones: intervals that no rule tells apart are one.

Addresses of both families lie on one line of numbers: IPv4 first, IPv6 from V6 on. A set of them is a tuple of inclusive ranges, in
order and apart from each other. A set of ports is the bits of an int, one for each interval between the edges that rules name.
"""

from __future__ import annotations

import ipaddress
import typing as t
from bisect import bisect_left
from bisect import bisect_right
from collections import Counter
from functools import lru_cache
from functools import reduce
from operator import or_

Ranges = tuple[tuple[int, int], ...]
Value = t.TypeVar("Value", bound=t.Hashable)

V6 = 1 << 32
#: What never comes from the internet, nor goes there (https://www.iana.org/assignments/iana-ipv4-special-registry, RFC 6890; RFC 1112).
NOT_GLOBAL = ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3")
#: Global unicast of IPv6 (RFC 4291, https://www.iana.org/assignments/ipv6-address-space).
GLOBAL_V6 = "2000::/3"
FAMILIES = ("ipv4", "ipv6")
#: The ports that clients of all systems, load balancers and NAT gateways take between them, to which replies go
#: (https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports).
EPHEMERAL = (1024, 65535)
LAST_PORT = 65535


# -- addresses -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def span(cidr: str) -> tuple[int, int]:
    """The first and the last address of a CIDR or of a single address. Raises ValueError where it is neither."""
    network = ipaddress.ip_network(cidr, strict=False)
    base = int(network.network_address) + (V6 if network.version == 6 else 0)
    return base, base + network.num_addresses - 1


def ranges_of(cidrs: t.Iterable[str]) -> Ranges:
    return joined(map(span, cidrs))


def joined(ranges: t.Iterable[tuple[int, int]]) -> Ranges:
    """Ranges in order, those that touch made one, and never one across both families."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1 and low != V6:
            found[-1] = found[-1][0], max(high, found[-1][1])
        else:
            found.append((low, high))
    return tuple(found)


def common(some: Ranges, others: Ranges) -> Ranges:
    return tuple((max(a, c), min(b, d)) for a, b in some for c, d in others if a <= d and c <= b)


def without(some: Ranges, others: Ranges) -> Ranges:
    for low, high in others:
        some = tuple(part for a, b in some for part in ((a, min(b, low - 1)), (max(a, high + 1), b)) if part[0] <= part[1])
    return some


def of_family(ranges: Ranges, family: str) -> Ranges:
    return tuple(one for one in ranges if (one[0] >= V6) == (family == "ipv6"))


@lru_cache(maxsize=65536)
def cidrs_of(ranges: Ranges) -> tuple[str, ...]:
    """Ranges as the fewest CIDRs."""
    kinds = (ipaddress.IPv6Address, V6), (ipaddress.IPv4Address, 0)
    found: list[str] = []
    for low, high in ranges:
        kind, base = kinds[low < V6]
        found += [str(one) for one in ipaddress.summarize_address_range(kind(low - base), kind(high - base))]
    return tuple(found)


#: Every address that the internet may have.
GLOBAL = without(((0, V6 - 1),), ranges_of(NOT_GLOBAL)) + (span(GLOBAL_V6),)


class Steps(t.Generic[Value]):
    """A function of addresses that is the same from each start up to the next."""

    def __init__(self, starts: list[int], values: list[Value]):
        self.starts, self.values = starts, values
        self._known: dict[Ranges, tuple[tuple[Ranges, Value], ...]] = {}

    @classmethod
    def of(cls, spans: t.Iterable[tuple[int, int]], value: t.Callable[[int], Value]) -> Steps[Value]:
        """One whose value changes at the ends of spans only; ``value`` gives it at an address."""
        starts = sorted({0, V6} | {edge for low, high in spans for edge in (low, high + 1)})
        return cls(starts, [value(start) for start in starts])

    def over(self, ranges: Ranges) -> tuple[tuple[Ranges, Value], ...]:
        """The values that it has on a set of addresses, each with the addresses on which it has it."""
        if ranges not in self._known:
            found: dict[Value, list[tuple[int, int]]] = {}
            for low, high in ranges:
                first, last = bisect_right(self.starts, low) - 1, bisect_right(self.starts, high)
                for at in range(first, last):
                    end = self.starts[at + 1] - 1 if at + 1 < last else high
                    found.setdefault(self.values[at], []).append((max(low, self.starts[at]), end))
            self._known[ranges] = tuple((joined(parts), value) for value, parts in found.items())
        return self._known[ranges]


def union_steps(items: t.Sequence[tuple[tuple[int, int], int]]) -> Steps[int]:
    """For each address the union of the masks whose span it lies in."""
    changes: dict[int, list[tuple[int, int]]] = {0: [], V6: []}
    for (low, high), mask in items:
        changes.setdefault(low, []).append((mask, 1))
        changes.setdefault(high + 1, []).append((mask, -1))
    starts, values, active = sorted(changes), [], Counter()
    for start in starts:
        for mask, more in changes[start]:
            active[mask] += more
        values.append(reduce(or_, (mask for mask, number in active.items() if number), 0))
    return Steps(starts, values)


# -- ports ---------------------------------------------------------------------------------------------------------


class Ports:
    """TCP's ports, and then UDP's, cut at the edges that rules name: a set of them is an int."""

    PROTOCOLS = ("tcp", "udp")

    def __init__(self, intervals: t.Iterable[tuple[int, int]]):
        edges = {0, EPHEMERAL[0]} | {edge for low, high in intervals for edge in (low, high + 1)}
        self.starts = sorted(edge for edge in edges if 0 <= edge <= LAST_PORT)
        self.number = len(self.starts)
        one = (1 << self.number) - 1
        self.all = one | one << self.number
        self.of_protocol = {"tcp": one, "udp": one << self.number}
        self.replies = {protocol: self.mask(protocol, *EPHEMERAL) for protocol in self.PROTOCOLS}
        self.ephemeral = sum(self.replies.values())
        self._known: dict[tuple[int, str], list[tuple[int, int]]] = {}

    def mask(self, protocol: str, low: int | None, high: int | None) -> int:
        """A rule's ports as a set. No ports, or -1, mean all of them, as "all" does whatever its ports say."""
        if protocol == "all":
            low = high = None
        first = 0 if low is None or low < 0 else bisect_left(self.starts, low)
        last = self.number if high is None or high < 0 else bisect_right(self.starts, high)
        one = (1 << max(last, first)) - (1 << first)
        return {"tcp": one, "udp": one << self.number, "all": one | one << self.number}.get(protocol, 0)

    def at(self, protocol: str, port: int) -> int:
        """The interval that a port lies in, as a set."""
        return 1 << bisect_right(self.starts, port) - 1 + (self.number if protocol == "udp" else 0)

    def answered(self, replies: int) -> int:
        """All ports of the protocols whose replies arrive at some of the client's ports at least."""
        return sum(self.of_protocol[protocol] for protocol, mask in self.replies.items() if replies & mask)

    def always_answered(self, replies: int) -> int:
        """All ports of the protocols whose replies arrive at each of the client's ports."""
        return sum(self.of_protocol[protocol] for protocol, mask in self.replies.items() if replies & mask == mask)

    def intervals(self, mask: int, protocol: str) -> list[tuple[int, int]]:
        """A protocol's part of a set, as intervals of ports, in order."""
        if (mask, protocol) not in self._known:
            self._known[mask, protocol] = self._cut(mask >> (self.number if protocol == "udp" else 0) & self.of_protocol["tcp"])
        return self._known[mask, protocol]

    def _cut(self, mask: int) -> list[tuple[int, int]]:
        found, at = [], 0
        while mask >> at:
            at += _zeros(mask >> at)
            end = at + _zeros(~(mask >> at))
            found.append((self.starts[at], self.starts[end] - 1 if end < self.number else LAST_PORT))
            at = end
        return found


def _zeros(number: int) -> int:
    """How many of its last bits are 0."""
    return (number & -number).bit_length() - 1
