# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each single rule, entry, route, reference and attribute changed in turn: what changes who can reach whom is found, and nothing else is."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._reach.matrix import Matrix
from ansible_collections.groundwork.aws.plugins.module_utils._reach.model import Network
from ansible_collections.groundwork.aws.plugins.plugin_utils.judge import Judge
from tests.facts.network_mutants import mutants
from tests.facts.networks import Model
from tests.facts.networks import read_tio
from tests.facts.networks import three_tier
from tests.facts.networks import tio

Facts = dict[str, t.Any]


def promised(model: Model) -> Facts:
    """All that verify answers for, straight from the matrix and the model, and by none of its own means."""
    network = Network.of(model)
    matrix = Matrix(network)
    doors = {one["id"]: one for one in model["load_balancers"]}
    kinds = {one["id"]: one["kind"] for one in model["gateways"]}
    tables = {one["id"]: one["routes"] for one in model["route_tables"]}
    return {
        "matrix": {key: merged for cell in matrix.cells(reasons=False) for key, merged in [opened(cell)]},
        "health": {
            (door, group["id"]): matrix.extent(doors[door]["component"], group["component"], group["health_port"])
            for group in model["target_groups"]
            for door in group["load_balancers"]
        },
        "listeners": {(one["id"], listener["port"]) for one in model["load_balancers"] for listener in one["listeners"]},
        "routes": {
            (subnet["id"], route["destination"], kinds.get(route["target"], "other"))
            for subnet in model["subnets"]
            for route in tables[subnet["route_table"]]
            if route["target"] != "local" and route["state"] == "active"
        },
    }


def opened(cell: Facts) -> tuple[tuple[str, ...], list[t.Any]]:
    """What a cell opens, without how; neighbouring intervals of which the same is so are one."""
    found: list[list[t.Any]] = []
    for one in cell["open"]:
        pairs = [(pair["source_subnet"], pair["destination_subnet"], pair["extent"], pair["sources"], pair["destinations"]) for pair in one.get("pairs") or []]
        if found and found[-1][1:] == [one["extent"], pairs] and found[-1][0][1] + 1 == one["ports"][0]:
            found[-1][0] = [found[-1][0][0], one["ports"][1]]
        else:
            found.append([list(one["ports"]), one["extent"], pairs])
    return (cell["source"], cell["destination"], cell["protocol"], cell["family"]), found


def is_changed(before: Facts, after: Facts) -> bool:
    """A route that is gone is missed where nobody comes by any more, and that is in the matrix; one that came leads where it should not."""
    same = all(before[name] == after[name] for name in ("matrix", "health"))
    return not (same and before["listeners"] <= after["listeners"] and after["routes"] <= before["routes"])


@pytest.mark.parametrize(("actual", "declared"), [(read_tio, tio), (three_tier, three_tier)], ids=["tio", "three_tier"])
def test_each_mutant_that_changes_who_can_reach_whom_is_found_and_no_other(actual: t.Any, declared: t.Any) -> None:
    stands, judge = actual(), Judge(declared())
    before = promised(stands)
    assert judge.judge(stands) == [], "what was read is what was declared"
    missed, alarmed, changed, unchanged = [], [], 0, 0
    for words, mutant in mutants(stands):
        found = judge.judge(mutant)
        if is_changed(before, promised(mutant)):
            changed += 1
            missed += [] if found else [words]
        else:
            unchanged += 1
            alarmed += [(words, found[0].line)] if found else []
    print(f"{changed - len(missed)} of {changed} that change it found, {unchanged - len(alarmed)} of {unchanged} others passed")
    assert (missed, alarmed) == ([], [])
    assert changed >= 200
