# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random small networks, and of each the addresses and ports that stand for all that their rules can tell apart."""

from __future__ import annotations

import random
import typing as t

SUBNETS = {
    "subnet-a": ("vpc-1", ["10.0.0.0/28", "2600:1:0:a::/64"]),
    "subnet-b": ("vpc-1", ["10.0.0.16/28"]),
    "subnet-c": ("vpc-1", ["10.0.0.32/28", "2600:1:0:c::/64"]),
    "subnet-d": ("vpc-2", ["10.1.0.0/28", "2600:2:0:d::/64"]),
}
VPCS = {"vpc-1": ["10.0.0.0/24", "2600:1::/48"], "vpc-2": ["10.1.0.0/24", "2600:2::/48"]}
WITHIN = ["10.0.0.0/24", "10.0.0.0/28", "10.0.0.8/29", "10.0.0.16/28", "10.0.0.20/30", "10.0.0.32/28", "10.0.0.36/32", "10.1.0.0/28", "10.0.0.0/8"]
OUTSIDE = ["203.0.113.0/24", "203.0.113.128/25", "198.51.100.0/24", "10.9.0.0/24", "10.9.0.0/25", "52.219.0.0/16", "172.16.0.0/16"]
SIXTH = ["::/0", "2600:1::/48", "2600:1:0:a::/64", "2600:1:0:a:8000::/65", "2600:1:0:c::/64", "2600:2:0:d::/64", "2a00::/16"]
PORTS = [(80, 80), (443, 443), (8000, 8100), (1024, 65535), (32768, 60999), (3306, 3306), (0, 1023), (0, 65535)]
#: Each stands for what lies between the edges of PORTS.
PROBED = [0, 79, 80, 81, 443, 1023, 1024, 3306, 5000, 8000, 8100, 20000, 40000, 61000, 65535]
CLIENT_PORTS = [1024, 3306, 5000, 8050, 20000, 40000, 65535]
#: The first two of whatever the ranges above tell apart. What an endpoint's prefix list has is not the internet.
ADDRESSES = {
    "subnet-a": ["10.0.0.0", "10.0.0.1", "10.0.0.8", "10.0.0.9", "2600:1:0:a::", "2600:1:0:a::1", "2600:1:0:a:8000::", "2600:1:0:a:8000::1"],
    "subnet-b": ["10.0.0.16", "10.0.0.17", "10.0.0.20", "10.0.0.21"],
    "subnet-c": ["10.0.0.32", "10.0.0.33", "10.0.0.36", "2600:1:0:c::", "2600:1:0:c::1"],
    "subnet-d": ["10.1.0.0", "10.1.0.1", "10.1.0.8", "10.1.0.9", "2600:2:0:d::", "2600:2:0:d::1"],
    "internet": ["8.8.8.8", "203.0.113.1", "203.0.113.129", "198.51.100.1", "2a00::1", "2400::1"],
    "pcx-out": ["10.9.0.1", "10.9.0.129"],
    "tgw-1": ["172.16.0.1", "172.31.0.1"],
    "vpce-1": ["52.219.0.1"],
}
GATEWAYS = [
    {"id": "igw-1", "kind": "internet", "vpcs": ["vpc-1"]},
    {"id": "igw-2", "kind": "internet", "vpcs": ["vpc-2"]},
    {"id": "eigw-1", "kind": "egress_only", "vpcs": ["vpc-1"]},
    {"id": "nat-1", "kind": "nat", "vpcs": ["vpc-1"], "subnet": "subnet-a", "public": True},
    {"id": "nat-2", "kind": "nat", "vpcs": ["vpc-1"], "subnet": "subnet-b", "public": True},
    {"id": "nat-regional", "kind": "nat", "vpcs": ["vpc-1"], "subnet": "", "public": True},
    {"id": "pcx-1", "kind": "peering", "vpcs": ["vpc-1", "vpc-2"]},
    {"id": "pcx-out", "kind": "peering", "vpcs": ["vpc-1"], "cidrs": ["10.9.0.0/24"]},
    {"id": "tgw-1", "kind": "transit", "vpcs": ["vpc-1"], "cidrs": ["172.16.0.0/12"]},
    {"id": "vpce-1", "kind": "endpoint", "vpcs": ["vpc-1"], "cidrs": ["52.219.0.0/16"]},
]
PREFIX_LISTS = [{"id": "pl-1", "cidrs": ["52.219.0.0/16"]}, {"id": "pl-2", "cidrs": ["10.0.0.16/28", "203.0.113.128/25", "2a00::/16"]}]
COMPONENTS = ["web", "app", "db"]


def random_network(chance: random.Random) -> dict[str, t.Any]:
    """One in which a fair part of the connections comes about: what is open and what is shut must both be looked at."""
    subnets = [
        {"id": id, "vpc": vpc, "cidrs": cidrs, "acl": chance.choice(["acl-0", "acl-1", "acl-2"]), "route_table": f"rtb-{id[-1]}"}
        for id, (vpc, cidrs) in SUBNETS.items()
    ]
    return {
        "vpcs": [{"id": id, "cidrs": cidrs} for id, cidrs in VPCS.items()],
        "subnets": subnets,
        "security_groups": [_group(chance, number) for number in range(4)],
        "acls": [_acl(chance, number) for number in range(3)],
        "route_tables": [_table(chance, one) for one in subnets],
        "prefix_lists": PREFIX_LISTS,
        "gateways": [_gateway(chance, dict(one)) for one in GATEWAYS],
        "places": [place for name in COMPONENTS for place in _places(chance, name)],
    }


def _gateway(chance: random.Random, gateway: dict[str, t.Any]) -> dict[str, t.Any]:
    if chance.random() < 0.08:
        gateway["vpcs"] = [] if gateway["kind"] != "nat" else gateway["vpcs"]
        if gateway["kind"] == "nat":
            gateway["public"] = False
    return gateway


def _rule(chance: random.Random) -> dict[str, t.Any]:
    protocol = chance.choice(["tcp", "tcp", "tcp", "udp", "all", "icmp"])
    first, last = chance.choice(PORTS)
    return {"protocol": protocol, **({} if protocol == "all" else {"from_port": first, "to_port": last})}


def _group(chance: random.Random, number: int) -> dict[str, t.Any]:
    def rules(most: int) -> list[dict[str, t.Any]]:
        peers = ["0.0.0.0/0", "0.0.0.0/0", *WITHIN, *OUTSIDE, *SIXTH, *(f"sg-{one}" for one in range(4)), "sg-gone", "pl-1", "pl-2"]
        return [{**_rule(chance), "peer": chance.choice(peers)} for _one in range(chance.randint(0, most))]

    everything = [{"protocol": "all", "peer": "0.0.0.0/0"}, {"protocol": "all", "peer": "::/0"}]
    return {"id": f"sg-{number}", "vpc": "vpc-1", "ingress": rules(8), "egress": everything if chance.random() < 0.75 else rules(6)}


def _acl(chance: random.Random, number: int) -> dict[str, t.Any]:
    entries: list[dict[str, t.Any]] = []
    for direction in ("ingress", "egress"):
        for _one in range(chance.randint(0, 4) if number == 2 else number):
            cidr = chance.choice(["0.0.0.0/0", "0.0.0.0/0", "10.0.0.0/24", *WITHIN, *OUTSIDE, *SIXTH])
            entry = {"number": chance.randint(1, 60), "direction": direction, "action": chance.choice(["allow", "deny"]), "cidr": cidr, **_rule(chance)}
            if entry["number"] not in [one["number"] for one in entries if one["direction"] == direction]:
                entries.append(entry)
        if chance.random() < 0.9:
            for last, cidr in ((100, "0.0.0.0/0"), (101, "::/0")):
                entries.append({"number": last, "direction": direction, "action": "allow", "protocol": "all", "cidr": cidr})
    return {"id": f"acl-{number}", "vpc": "vpc-1", "entries": chance.sample(entries, len(entries))}


def _table(chance: random.Random, subnet: dict[str, t.Any]) -> dict[str, t.Any]:
    default = chance.choice(["igw-1", "igw-1", "nat-1", "nat-1", "nat-2", "nat-regional", "tgw-1", ""]) if subnet["vpc"] == "vpc-1" else "igw-2"
    sixth = chance.choice(["igw-1", "eigw-1", ""]) if subnet["vpc"] == "vpc-1" else "igw-2"
    wanted = [("0.0.0.0/0", default), ("::/0", sixth)]
    peer = "10.1.0.0/24" if subnet["vpc"] == "vpc-1" else "10.0.0.0/24"
    wanted += [(peer, "pcx-1"), (peer.replace("/24", "/29"), "nat-1")] if chance.random() < 0.3 else [(peer, "pcx-1")]
    more = [("10.9.0.0/24", "pcx-out"), ("10.9.0.0/25", "tgw-1"), ("172.16.0.0/16", "tgw-1"), ("pl-1", "vpce-1"), ("203.0.113.0/24", "nat-1"),
            ("52.219.0.0/16", "igw-1"), ("10.0.0.16/28", "eni-1"), ("pl-2", "igw-1"), ("198.51.100.0/24", "igw-1")]  # fmt: skip
    wanted += [one for one in more if chance.random() < 0.3]
    state = ["active"] * 12 + ["blackhole"]
    routes = [{"destination": to, "target": target, "state": chance.choice(state)} for to, target in wanted if target]
    return {"id": subnet["route_table"], "vpc": subnet["vpc"], "routes": routes}


def _places(chance: random.Random, name: str) -> t.Iterator[dict[str, t.Any]]:
    for number in range(chance.choice([1, 1, 2, 3])):
        subnet = chance.choice(sorted(SUBNETS))
        groups = None if chance.random() < 0.05 else sorted(chance.sample([f"sg-{one}" for one in range(4)], chance.choice([1, 1, 2])))
        known = chance.random() < 0.5
        addresses = chance.sample(ADDRESSES[subnet], chance.choice([1, 2])) if known else []
        role = "endpoint" if chance.random() < 0.05 else "instance"
        yield {"id": f"{name}-{number}", "vpc": SUBNETS[subnet][0], "subnet": subnet, "groups": groups, "role": role, "addresses": addresses,
               "public": chance.random() < 0.5, "component": name}  # fmt: skip
