# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All that verify finds of a stack, and how it tells people. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable
from collections.abc import Mapping

from .arrows import Components
from .declared_network import declared_network
from .declared_network import Model
from .findings import failing
from .findings import Finding
from .findings import ordered
from .findings import public
from .judge import Judge
from .planned_network import planned_network
from .plan_summary import printable
from .wiring import Place

Json = dict[str, t.Any]


def verdict(read: Model, changes: Iterable[Mapping[str, t.Any]], components: Components, place: Place, reviewed: Iterable[Finding]) -> Json:
    """``findings``, most dangerous first, as JSON has them, and how many of them ``failing``.

    ``read``: the network that stands. ``changes``: what a plan would make of it, as ``planned`` entries of modules have it; none where
    that is done. ``reviewed``: what is found wrong with the declaration alone.
    """
    lists = {one["name"]: list(one["cidrs"]) for one in read["prefix_lists"]}
    wanted = declared_network(components, place, lists)
    network = planned_network(read, wanted, changes)
    found = ordered([*reviewed, *Judge(wanted).judge(network)])
    return {"findings": [public(one) for one in found], "failing": len(failing(found))}


def told(report: Json) -> Json:
    """What a task says of it: it fails where something must not be left so, and every finding is a line."""
    lines = [printable(one["line"]) for one in report["findings"]]
    count = report["failing"]
    head = f"{report['stack']} can be reached as it is declared, and in no other way"
    if count:
        noun = "a finding" if count == 1 else f"{count} findings"
        head = f"Who can reach whom in {report['stack']} {'would differ' if report['planned'] else 'differs'} from its declaration, in {noun}:"
    return {"failed": bool(count), "msg": "\n".join([head, *lines]), "lines": lines}
