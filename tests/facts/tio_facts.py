# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hold what stands to every network and firewall fact of TIO, one line a fact; exit status 1 where one does not hold.

    python tests/facts/tio_facts.py      # as a client: endpoint and keys are in the environment

The facts are the design's table `inventories/tio`, written out again: nothing is taken from the inventory, nor from the collection.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import boto3
from vpc_view import View, VpcView

REGION = "ap-northeast-2"
VPC = "tryiton-service-vpc"
ANYWHERE = "0.0.0.0/0"
SSH = 22
#: AWS's own group of each VPC; it admits itself alone.
DEFAULT = "default"
GROUPS = {
    "TIO-ALB-SG": {f"tcp 80 from {ANYWHERE}", f"tcp 443 from {ANYWHERE}"},
    "TIO-Spring-EC2-SG": {"tcp 8080 from TIO-ALB-SG"},
    "TIO-Internal-ALB-SG": {"tcp 80 from TIO-Spring-EC2-SG"},
    "TIO-Node.js-EC2-SG": {"tcp 3000 from TIO-Spring-EC2-SG", "tcp 3000 from TIO-Internal-ALB-SG"},
    "TIO-Python-EC2-SG": {"tcp 8000 from TIO-Spring-EC2-SG", "tcp 8000 from TIO-Internal-ALB-SG"},
    "TIO-DB-SG": {f"tcp 3306 from TIO-{service}-EC2-SG" for service in ("Spring", "Node.js", "Python")},
}


class Fact(NamedTuple):
    says: str
    wanted: Any
    found: Any


def facts(view: View) -> Iterator[Fact]:
    """Each fact, with what must be and what is."""
    yield from network_facts(view)
    yield from route_facts(view)
    yield from firewall_facts(view)


def network_facts(view: View) -> Iterator[Fact]:
    zones = {REGION + "a", REGION + "b"}
    yield Fact(f"{VPC} is 10.0.0.0/16", "10.0.0.0/16", view["cidr"])
    yield Fact("DNS support is on", True, view["dns_support"])
    yield Fact("DNS hostnames are on", True, view["dns_hostnames"])
    yield Fact("there are four subnets", 4, len(view["subnets"]))
    for tier, names in (("public", public(view)), ("private", private(view))):
        yield Fact(f"two subnets are {tier}, one in zone a and one in zone b", Counter(zones), Counter(view["subnets"][name]["zone"] for name in names))
    yield Fact("there is one internet gateway", 1, len(view["internet_gateways"]))
    yield Fact("there is one NAT gateway, and it is available", ["available"], [nat["state"] for nat in view["nat_gateways"].values()])
    yield Fact("it has one address", [1], [nat["addresses"] for nat in view["nat_gateways"].values()])
    yield Fact("it lies in a public subnet", True, all(nat["subnet"] in public(view) for nat in view["nat_gateways"].values()))


def route_facts(view: View) -> Iterator[Fact]:
    private_tables = sorted(name for name, table in view["route_tables"].items() if set(table["subnets"]) & private(view))
    endpoints = [(one["service"], one["type"], one["route_tables"]) for one in view["endpoints"].values()]
    yield Fact("an S3 gateway endpoint is on the private route tables, and on no other", [("s3", "Gateway", private_tables)], endpoints)
    routed = [subnet for table in view["route_tables"].values() for subnet in table["subnets"]]
    yield Fact("each subnet has a route table of ours", Counter(view["subnets"].keys()), Counter(routed))
    ways = {frozenset({view["cidr"], ANYWHERE})}
    yield Fact("each table leads into the VPC and to the internet, and nowhere else", ways, {frozenset(one["routes"]) for one in view["route_tables"].values()})
    yield Fact("no route is a black hole", [], [name for name, table in view["route_tables"].items() if "blackhole" in table["routes"].values()])


def firewall_facts(view: View) -> Iterator[Fact]:
    groups = {name: group for name, group in view["security_groups"].items() if name != DEFAULT}
    yield Fact("the six security groups stand, and no other", set(GROUPS), set(groups))
    for name, rules in GROUPS.items():
        group = groups.get(name, {"ingress": [], "egress": []})
        yield Fact(f"{name} admits {', '.join(sorted(rules))}, and nothing else", sorted(rules), group["ingress"])
        yield Fact(f"{name} lets everything out", [f"all to {ANYWHERE}"], group["egress"])
    yield Fact("no port 22 anywhere", [], [f"{name}: {rule}" for name, group in groups.items() for rule in group["ingress"] if admits(rule, SSH)])


def subnets_through(view: View, gateways: set[str]) -> set[str]:
    """The subnets whose way to the internet is one of these."""
    return {subnet for table in view["route_tables"].values() if table["routes"].get(ANYWHERE) in gateways for subnet in table["subnets"]}


def public(view: View) -> set[str]:
    return subnets_through(view, set(view["internet_gateways"]))


def private(view: View) -> set[str]:
    return subnets_through(view, set(view["nat_gateways"]))


def admits(rule: str, port: int) -> bool:
    """Whether a rule, as the view words it, lets TCP through to a port."""
    protocol, _space, ports = rule.partition(" from ")[0].partition(" ")
    first, _dash, last = ports.partition("-")
    return protocol == "all" or (protocol in ("tcp", "6") and int(first) <= port <= int(last or first))


def main() -> int:
    try:
        found = list(facts(VpcView(boto3.client("ec2", region_name=REGION), VPC).view()))
    except LookupError as missing:
        print(f"FAILS  in {REGION}: {missing}")
        return 1
    for fact in found:
        holds = fact.wanted == fact.found
        print(f"holds  {fact.says}" if holds else f"FAILS  {fact.says}\n         wanted {fact.wanted}\n         found  {fact.found}")
    failed = sum(fact.wanted != fact.found for fact in found)
    print(f"{len(found)} facts, {failed} of them do not hold" if failed else f"{len(found)} facts, all of them hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
