#!/usr/bin/env python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long the matrix of a large stack takes: 200 components in 50 subnets, with 2,000 rules, on one core.

``.build/venv-3.11/bin/python benchmarks/reachability.py [runs]`` prints the medians: of all verdicts, and of all that is open with its path.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
import typing as t
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMPONENTS, SUBNETS, RULES, ZONES = 200, 50, 2000, 2
PORTS = (22, 80, 443, 3000, 3306, 5432, 6379, 8000, 8080, 8081, 9000, 9092)


def network(chance: random.Random) -> dict[str, t.Any]:
    """A VPC of that size: tiers of two zones with an ACL each, of which the first ones are public. A component has a group of its own, two
    subnets and ten rules, most of which name the groups of others, some ranges within, a few outside.
    """
    tiers = SUBNETS // ZONES
    subnets = [
        {"id": f"subnet-{n}", "vpc": "vpc-1", "cidrs": [f"10.0.{n}.0/24"], "acl": f"acl-{n // ZONES}", "route_table": f"rtb-{n // ZONES}"}
        for n in range(SUBNETS)
    ]
    return {
        "vpcs": [{"id": "vpc-1", "cidrs": ["10.0.0.0/16"]}],
        "subnets": subnets,
        "security_groups": [group(chance, number) for number in range(COMPONENTS)],
        "acls": [acl(chance, number) for number in range(tiers)],
        "route_tables": [
            {"id": f"rtb-{n}", "vpc": "vpc-1", "routes": [{"destination": "0.0.0.0/0", "target": "igw-1" if n < 3 else "nat-1"}]} for n in range(tiers)
        ],
        "gateways": [
            {"id": "igw-1", "kind": "internet", "vpcs": ["vpc-1"]},
            {"id": "nat-1", "kind": "nat", "vpcs": ["vpc-1"], "subnet": "subnet-0", "public": True},
        ],
        "places": [place for number in range(COMPONENTS) for place in places(chance, number, tiers)],
    }


def group(chance: random.Random, number: int) -> dict[str, t.Any]:
    each = RULES // COMPONENTS - 1  # one lets everything out
    rules = []
    for _rule in range(each):
        port, kind = chance.choice(PORTS), chance.random()
        within, outside = f"10.0.{chance.randrange(SUBNETS)}.0/24", f"198.51.{chance.randrange(256)}.0/24"
        peer = f"sg-{chance.randrange(COMPONENTS)}" if kind < 0.7 else within if kind < 0.95 else outside
        rules.append({"protocol": "tcp", "from_port": port, "to_port": port + chance.choice((0, 0, 0, 10)), "peer": peer})
    return {"id": f"sg-{number}", "vpc": "vpc-1", "ingress": rules, "egress": [{"protocol": "all", "peer": "0.0.0.0/0"}]}


def acl(chance: random.Random, number: int) -> dict[str, t.Any]:
    entries = []
    for direction in ("ingress", "egress"):
        for at in range(8):
            ports = {"from_port": (port := chance.choice(PORTS)), "to_port": port}
            entries.append({"number": 10 + at, "direction": direction, "action": "deny", "protocol": "tcp", "cidr": f"203.0.{number}.0/24", **ports})
        entries.append({"number": 100, "direction": direction, "action": "allow", "protocol": "all", "cidr": "0.0.0.0/0"})
    return {"id": f"acl-{number}", "vpc": "vpc-1", "entries": entries}


def places(chance: random.Random, number: int, tiers: int) -> list[dict[str, t.Any]]:
    """Where a fleet of two zones may come to stand, and two of its interfaces."""
    tier = chance.randrange(tiers)
    common = {"vpc": "vpc-1", "groups": [f"sg-{number}"], "component": f"c{number}", "public": tier < 3}
    at = [tier * ZONES + zone for zone in range(ZONES)]
    fleet = [{"id": f"fleet-{number}-{n}", "subnet": f"subnet-{n}", "stands": False, **common} for n in at]
    return fleet + [{"id": f"eni-{number}-{n}", "subnet": f"subnet-{n}", "addresses": [f"10.0.{n}.{number + 4}"], **common} for n in at]


def main(runs: int) -> None:
    from ansible_collections.groundwork.aws.plugins.module_utils._reach.matrix import Matrix
    from ansible_collections.groundwork.aws.plugins.module_utils._reach.model import Network

    data, taken = network(random.Random(1)), []
    for _run in range(runs):
        start = time.process_time()
        matrix = Matrix(Network.of(data))
        judged = time.process_time()
        cells = matrix.cells(reasons=False)
        taken.append((judged - start, time.process_time() - start))
    verdicts, whole = (statistics.median(one) for one in zip(*taken, strict=True))
    size = f"{COMPONENTS} components, {SUBNETS} subnets, {RULES} rules"
    print(f"{size}, median of {runs} runs on one core: verdicts {verdicts:.2f} s, with the paths of {len(cells)} open cells {whole:.2f} s")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / ".build" / "collections"))
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
