# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine against a walker of single packets that shares no line with it, on random small networks."""

from __future__ import annotations

import random
import typing as t
from collections import Counter
from itertools import pairwise
from itertools import product

from ansible_collections.groundwork.aws.plugins.module_utils._reach.matrix import Matrix
from ansible_collections.groundwork.aws.plugins.module_utils._reach.model import Network
from ansible_collections.groundwork.aws.plugins.module_utils._reach.parties import Spot
from ansible_collections.groundwork.aws.plugins.module_utils._reach.space import cidrs_of
from ansible_collections.groundwork.aws.plugins.module_utils._reach.space import common
from ansible_collections.groundwork.aws.plugins.module_utils._reach.space import span
from ansible_collections.groundwork.aws.plugins.module_utils._reach.walk import Probe
from ansible_collections.groundwork.aws.plugins.module_utils._reach.walk import walk

from .networks import ADDRESSES
from .networks import CLIENT_PORTS
from .networks import COMPONENTS
from .networks import PROBED
from .networks import random_network
from .packets import Packets

NETWORKS, QUESTIONS = 2500, 4
OUTSIDE = ("internet", "pcx-out", "tgw-1")


def ends(data: dict[str, t.Any], party: str, *, opens: bool) -> list[t.Any]:
    places = [one for one in data["places"] if one["component"] == party and not (opens and one["role"] == "endpoint")]
    return places or ([party] if party in ADDRESSES else [])


def addresses(end: t.Any, family: str) -> list[str]:
    known = ADDRESSES[end] if isinstance(end, str) else end["addresses"] or ADDRESSES[end["subnet"]]
    return [one for one in known if (":" in one) == (family == "ipv6")]


def by_packets(data: dict[str, t.Any], question: tuple[str, str, str, str, int]) -> str:
    """Every packet, until both answers were had."""
    source, destination, protocol, family, port = question
    packets, answers = Packets(data), set()
    for one, other in product(ends(data, source, opens=True), ends(data, destination, opens=False)):
        nats = CLIENT_PORTS if other == "internet" and family == "ipv4" else [0]
        bearing = [(), ("sg-gone",)] if source == "pcx-out" else [()]
        for here, there in product(addresses(one, family), addresses(other, family)):
            for client, nat, groups in product(CLIENT_PORTS, nats, bearing) if here != there else ():
                answers.add(packets.opens(one, other, (here, there), protocol, (port, client, nat), groups))
                if len(answers) == 2:
                    return "some"
    return "all" if answers == {True} else "none"


def random_question(chance: random.Random) -> tuple[str, str, str, str, int]:
    source = chance.choice([*COMPONENTS, *COMPONENTS, *OUTSIDE])
    destination = chance.choice([*COMPONENTS, "internet", "vpce-1", "tgw-1"] if source in COMPONENTS else COMPONENTS)
    return source, destination, chance.choice(["tcp", "tcp", "udp"]), chance.choice(["ipv4", "ipv4", "ipv6"]), chance.choice(PROBED)


def test_no_disagreement_with_single_packets():
    chance, found, wrong = random.Random(8), Counter(), []
    for number in range(NETWORKS):
        data = random_network(chance)
        matrix = Matrix(Network.of(data))
        for _question in range(QUESTIONS):
            question = random_question(chance)
            source, destination, protocol, family, port = question
            said, right = matrix.extent(source, destination, port, protocol, family), by_packets(data, question)
            found[right] += 1
            wrong += [(number, question, said, right)] if said != right else []
    print(f"{found.total()} cases on {NETWORKS} networks, {len(wrong)} disagreements: {dict(found)}")
    assert not wrong[:5]
    assert min(found["all"], found["some"], found["none"]) > 300


def random_probe(chance: random.Random, matrix: Matrix, question: tuple[str, str, str, str, int]) -> Probe | None:
    """One packet of a question, between any of its spots, at any address that stands for others."""
    source, destination, protocol, family, port = question
    pairs = matrix.pairs(source, destination, family)
    if not pairs:
        return None
    one, other = chance.choice(pairs)
    here, there = (chance.choice(some) for some in (spot_addresses(one, family), spot_addresses(other, family)))
    replies = (chance.choice(CLIENT_PORTS), chance.choice(CLIENT_PORTS))
    return Probe(one, other, span(here)[0], span(there)[0], protocol, port, replies) if here != there else None


def spot_addresses(end: Spot | str, family: str) -> list[str]:
    if isinstance(end, str):
        return addresses(end, family)
    return [one for one in ADDRESSES[end.subnet] if common(end.ranges[family], (span(one),))]


def place_of(end: Spot | str) -> t.Any:
    if isinstance(end, str):
        return end
    return {"vpc": end.vpc, "subnet": end.subnet, "groups": end.groups, "public": end.public}


def test_the_path_is_that_of_the_packet():
    chance, found = random.Random(21), Counter()
    for _network in range(400):
        data = random_network(chance)
        matrix, packets = Matrix(Network.of(data)), Packets(data)
        for _question in range(10):
            probe = random_probe(chance, matrix, random_question(chance))
            if probe is not None:
                way = walk(matrix.verdicts, probe)
                ends = cidrs_of(((probe.source,) * 2, (probe.destination,) * 2))
                here, there = (one.partition("/")[0] for one in ends)
                ports = (probe.port, *probe.replies)
                opens = packets.opens(place_of(probe.client), place_of(probe.server), (here, there), probe.protocol, ports)
                assert opens == (way.stop is None), (probe, way)
                assert way.low <= probe.port <= way.high
                found[way.stop["at"] if way.stop else "open"] += 1
    assert found["open"] > 200
    assert {"egress", "acl_out", "route", "acl_in", "ingress", "reply_acl_out", "reply_acl_in", "public_address", "gateway"} <= set(found)


def test_a_cell_says_of_each_port_what_the_verdict_does():
    chance = random.Random(5)
    for _network in range(150):
        matrix = Matrix(Network.of(random_network(chance)))
        cells = matrix.cells()
        for cell in chance.sample(cells, 4):
            who = (cell["source"], cell["destination"])
            told = [(*one["ports"], one["extent"]) for one in cell["open"]] + [(*ports, "none") for one in cell["shut"] for ports in one["ports"]]
            told.sort()
            assert [told[0][0], told[-1][1]] == [0, 65535]
            assert all(one[1] + 1 == other[0] for one, other in pairwise(told))
            for low, high, extent in told:
                assert {matrix.extent(*who, port, cell["protocol"], cell["family"]) for port in (low, high)} == {extent}
            assert all(one["stops"] for one in cell["shut"])
            assert all(all(pair["extent"] == "all" or pair["stops"] for pair in one.get("pairs", ())) for one in cell["open"]), cell
