# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A second opinion: one packet and its reply, filter by filter, straight from AWS's documents, and nothing of the engine's.

It knows no sets: each address, port and ephemeral port is tried by itself.
"""

from __future__ import annotations

import typing as t
from functools import cache
from ipaddress import ip_address
from ipaddress import ip_network

NUMBERS = {"tcp": "6", "udp": "17"}
address = cache(ip_address)
network = cache(ip_network)


@cache
def within(one: str, cidr: str) -> bool:
    return address(one) in network(cidr)


class Packets:
    def __init__(self, data: dict[str, t.Any]):
        self.data = data
        self.parts = {part["id"]: part for name, parts in data.items() if name != "places" for part in parts}

    # -- one filter ------------------------------------------------------------------------------------------------

    def cidrs(self, peer: str) -> list[str]:
        return self.parts[peer]["cidrs"] if peer.startswith("pl-") else [peer]

    def group_allows(self, place: dict, direction: str, protocol: str, port: int, other: str, other_groups: t.Sequence[str]) -> bool:
        """Security groups: any rule of any group suffices."""
        if place["groups"] is None:
            return True
        for group in place["groups"]:
            for rule in self.parts[group][direction]:
                if rule["protocol"] not in ("all", protocol):
                    continue
                if rule["protocol"] != "all" and not rule["from_port"] <= port <= rule["to_port"]:
                    continue
                if rule["peer"].startswith("sg-"):
                    if rule["peer"] in other_groups:
                        return True
                elif any(within(other, cidr) for cidr in self.cidrs(rule["peer"])):
                    return True
        return False

    def acl_allows(self, subnet: str, direction: str, protocol: str, port: int, other: str) -> bool:
        """Network ACL: the first entry that fits, by number, decides; then everything is denied."""
        entries = self.parts[self.parts[subnet]["acl"]]["entries"]
        for entry in sorted(entries, key=lambda one: one["number"]):
            if entry["direction"] != direction or entry["protocol"] not in ("all", protocol):
                continue
            if entry["protocol"] != "all" and not entry["from_port"] <= port <= entry["to_port"]:
                continue
            if within(other, entry["cidr"]):
                return entry["action"] == "allow"
        return False

    def next_stop(self, subnet: str, other: str) -> str:
        """Where the subnet's route table sends a packet: "" where nowhere. The longest prefix wins; VPC's own ranges are local."""
        best, found = -1.0, ""
        for cidr in self.parts[self.parts[subnet]["vpc"]]["cidrs"]:
            if within(other, cidr):
                best, found = network(cidr).prefixlen + 0.5, "local"
        for route in self.parts[self.parts[subnet]["route_table"]]["routes"]:
            for cidr in self.cidrs(route["destination"]):
                length = network(cidr).prefixlen + (0 if route["destination"].startswith("pl-") else 0.25)
                if within(other, cidr) and length > best:
                    best, found = length, route["target"] if route["state"] == "active" else ""
        return found

    def internet_gateways(self, vpc: str) -> set[str]:
        return {one["id"] for one in self.data["gateways"] if one["kind"] == "internet" and vpc in one["vpcs"]}

    # -- a connection ----------------------------------------------------------------------------------------------

    def opens(
        self, source: t.Any, destination: t.Any, addresses: tuple[str, str], protocol: str, ports: tuple[int, int, int], bearing: t.Sequence[str] = ()
    ) -> bool:
        """Whether a connection comes about. ``source`` and ``destination`` are places, or the names of parties outside; ``ports`` are
        the server's, the client's, and the one that a NAT gateway takes. ``bearing``: the groups of whoever is outside.
        """
        if isinstance(source, str):
            return self.arrives(source, destination, addresses, protocol, ports, bearing)
        if isinstance(destination, str):
            return self.leaves(source, destination, addresses, protocol, ports, bearing)
        here, there = addresses
        if here == there:
            raise ValueError("one address")
        if not self.group_allows(source, "egress", protocol, ports[0], there, destination["groups"] or ()):
            return False
        if not self.group_allows(destination, "ingress", protocol, ports[0], here, source["groups"] or ()):
            return False
        if source["subnet"] == destination["subnet"]:
            return True
        way, back = self.next_stop(source["subnet"], there), self.next_stop(destination["subnet"], here)
        if source["vpc"] == destination["vpc"]:
            if not way == back == "local":
                return False
        elif way != back or way not in self.parts or not {source["vpc"], destination["vpc"]} <= set(self.parts[way]["vpcs"]):
            return False
        return (
            self.acl_allows(source["subnet"], "egress", protocol, ports[0], there)
            and self.acl_allows(destination["subnet"], "ingress", protocol, ports[0], here)
            and self.acl_allows(destination["subnet"], "egress", protocol, ports[1], here)
            and self.acl_allows(source["subnet"], "ingress", protocol, ports[1], there)
        )

    def arrives(self, party: str, place: dict, addresses: tuple[str, str], protocol: str, ports: tuple[int, int, int], bearing: t.Sequence[str]) -> bool:
        outside, subnet = addresses[0], place["subnet"]
        if party == "internet":
            if not place["public"] and address(outside).version == 4:
                return False
            doors = self.internet_gateways(place["vpc"])
        else:
            doors = {party} if place["vpc"] in self.parts[party]["vpcs"] else set()
        return (
            bool(doors)
            and self.acl_allows(subnet, "ingress", protocol, ports[0], outside)
            and self.group_allows(place, "ingress", protocol, ports[0], outside, bearing)
            and self.acl_allows(subnet, "egress", protocol, ports[1], outside)
            and self.next_stop(subnet, outside) in doors
        )

    def leaves(self, place: dict, party: str, addresses: tuple[str, str], protocol: str, ports: tuple[int, int, int], bearing: t.Sequence[str]) -> bool:
        (own, outside), subnet, vpc = addresses, place["subnet"], place["vpc"]
        if not self.group_allows(place, "egress", protocol, ports[0], outside, bearing):
            return False
        if not self.acl_allows(subnet, "egress", protocol, ports[0], outside):
            return False
        if not self.acl_allows(subnet, "ingress", protocol, ports[1], outside):
            return False
        stop = self.next_stop(subnet, outside)
        if party != "internet":
            return stop == party and vpc in self.parts[party]["vpcs"]
        if stop in self.internet_gateways(vpc):
            return place["public"] or address(outside).version == 6
        gateway = self.parts.get(stop, {})
        if gateway.get("kind") == "egress_only":
            return address(outside).version == 6 and vpc in gateway["vpcs"]
        if gateway.get("kind") != "nat" or not gateway["public"] or vpc not in gateway["vpcs"] or address(outside).version == 6:
            return False
        if not gateway["subnet"]:
            return True
        return self.translated(gateway["subnet"], subnet, vpc, (own, outside), protocol, ports)

    def translated(self, nat: str, subnet: str, vpc: str, addresses: tuple[str, str], protocol: str, ports: tuple[int, int, int]) -> bool:
        own, outside = addresses
        if self.next_stop(nat, outside) not in self.internet_gateways(vpc):
            return False
        if not self.acl_allows(nat, "egress", protocol, ports[0], outside) or not self.acl_allows(nat, "ingress", protocol, ports[2], outside):
            return False
        if nat == subnet:
            return True
        return (
            self.acl_allows(nat, "ingress", protocol, ports[0], own)
            and self.acl_allows(nat, "egress", protocol, ports[1], own)
            and self.next_stop(nat, own) == "local"
        )
