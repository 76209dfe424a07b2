# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TIO's network and firewall. The network is another system's too, and each has security groups of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from system_view import ANYWHERE, REGION, Fact, System

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


def facts(tio: System) -> Iterator[Fact]:
    yield from network(tio)
    yield from firewall(tio, GROUPS)


def network(system: System) -> Iterator[Fact]:
    yield from ranges(system)
    yield from routes(system)


def ranges(system: System) -> Iterator[Fact]:
    view, zones = system.network, {REGION + "a", REGION + "b"}
    yield Fact("the VPC is 10.0.0.0/16", "10.0.0.0/16", view["cidr"])
    yield Fact("DNS support is on", True, view["dns_support"])
    yield Fact("DNS hostnames are on", True, view["dns_hostnames"])
    yield Fact("there are four subnets", 4, len(view["subnets"]))
    for tier, names in (("public", system.public), ("private", system.private)):
        yield Fact(f"two subnets are {tier}, one in zone a and one in zone b", Counter(zones), Counter(view["subnets"][name]["zone"] for name in names))
    yield Fact("there is one internet gateway", 1, len(view["internet_gateways"]))
    yield Fact("there is one NAT gateway, and it is available", ["available"], [nat["state"] for nat in view["nat_gateways"].values()])
    yield Fact("it has one address", [1], [nat["addresses"] for nat in view["nat_gateways"].values()])
    yield Fact("it lies in a public subnet", True, all(nat["subnet"] in system.public for nat in view["nat_gateways"].values()))


def routes(system: System) -> Iterator[Fact]:
    view = system.network
    private_tables = sorted(name for name, table in view["route_tables"].items() if set(table["subnets"]) & system.private)
    endpoints = [(one["service"], one["type"], one["route_tables"]) for one in view["endpoints"].values()]
    yield Fact("an S3 gateway endpoint is on the private route tables, and on no other", [("s3", "Gateway", private_tables)], endpoints)
    routed = [subnet for table in view["route_tables"].values() for subnet in table["subnets"]]
    yield Fact("each subnet has a route table of ours", Counter(view["subnets"].keys()), Counter(routed))
    ways = {frozenset({view["cidr"], ANYWHERE})}
    yield Fact("each table leads into the VPC and to the internet, and nowhere else", ways, {frozenset(one["routes"]) for one in view["route_tables"].values()})
    yield Fact("no route is a black hole", [], [name for name, table in view["route_tables"].items() if "blackhole" in table["routes"].values()])


def firewall(system: System, wanted: dict[str, set[str]]) -> Iterator[Fact]:
    """``wanted``: what each security group admits, as the view words it."""
    groups = {name: group for name, group in system.network["security_groups"].items() if name != DEFAULT}
    yield Fact(f"the {len(wanted)} security groups stand, and no other", set(wanted), set(groups))
    for name, rules in wanted.items():
        group = groups.get(name, {"ingress": [], "egress": []})
        yield Fact(f"{name} admits {', '.join(sorted(rules))}, and nothing else", sorted(rules), group["ingress"])
        yield Fact(f"{name} lets everything out", [f"all to {ANYWHERE}"], group["egress"])
    yield Fact("no port 22 anywhere", [], [f"{name}: {rule}" for name, group in groups.items() for rule in group["ingress"] if admits(rule, SSH)])


def admits(rule: str, port: int) -> bool:
    """Whether a rule, as the view words it, lets TCP through to a port."""
    protocol, _space, ports = rule.partition(" from ")[0].partition(" ")
    first, _dash, last = ports.partition("-")
    return protocol == "all" or (protocol in ("tcp", "6") and int(first) <= port <= int(last or first))
