# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the entries of a network ACL do to TCP packets of one direction. Pure.

Entries are tried in the order of their numbers, the first that fits decides, and what fits none is denied.
https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
"""

from __future__ import annotations

import ipaddress
import typing as t
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

#: Where replies arrive: clients of whatever system, load balancers and NAT gateways call from any of these.
#: https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
EPHEMERAL = (1024, 65535)
TCP = ("all", "-1", "tcp", "6")

Entry = Mapping[str, t.Any]
Ports = tuple[int, int]


class Packets(t.NamedTuple):
    """All packets of one side's addresses and one interval of ports."""

    cidr: ipaddress.IPv4Network
    ports: Ports


class Walked(t.NamedTuple):
    """``passed``, ``stopped``: packets, each with the entry that decided; None where none did."""

    passed: list[tuple[Packets, Entry]]
    stopped: list[tuple[Packets, Entry | None]]


def walk(entries: Iterable[Entry], cidr: str, ports: Ports) -> Walked:
    """What becomes of these packets. Entries are as the inputs of the role ``network`` have them."""
    rest, found = [Packets(ipaddress.IPv4Network(cidr), ports)], Walked([], [])
    for entry in sorted(entries, key=lambda one: int(one["number"])):
        rest = [left for packets in rest for left in _decide(entry, packets, found)]
    found.stopped.extend((packets, None) for packets in rest)
    return found


def _decide(entry: Entry, packets: Packets, found: Walked) -> Iterator[Packets]:
    """Take down what the entry decides of these packets, and hand the others on."""
    common = meeting(entry, packets)
    if not common:
        yield packets
        return
    (found.stopped if entry.get("action") == "deny" else found.passed).append((common, entry))
    if common.cidr != packets.cidr:
        yield from (Packets(other, packets.ports) for other in packets.cidr.address_exclude(common.cidr))
    for first, last in ((packets.ports[0], common.ports[0] - 1), (common.ports[1] + 1, packets.ports[1])):
        if first <= last:
            yield Packets(common.cidr, (first, last))


def meeting(entry: Entry, packets: Packets) -> Packets | None:
    """Those of the packets that an entry speaks of."""
    theirs = ipaddress.ip_network(entry["cidr"])
    if theirs.version != 4 or str(entry.get("protocol") or "all") not in TCP or not packets.cidr.overlaps(theirs):
        return None
    first, last = entry_ports(entry)
    ports = max(first, packets.ports[0]), min(last, packets.ports[1])
    cidr = theirs if theirs.prefixlen > packets.cidr.prefixlen else packets.cidr
    return Packets(cidr, ports) if ports[0] <= ports[1] else None


def entry_ports(entry: Entry) -> Ports:
    """The interval of an entry; one without ports, or of all protocols, is of all."""
    first = entry.get("from_port")
    if first is None or str(entry.get("protocol") or "all") in ("all", "-1"):
        return 0, 65535
    return int(first), int(first if entry.get("to_port") is None else entry["to_port"])
