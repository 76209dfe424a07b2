# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Seals: what was once found to be as described, and need not be gone through again while nothing of it has changed.

A run that finds nothing to change about a component seals it: it writes down a digest of all that its modules asked of AWS and were
answered, and of what stands of it. A later run asks the same in one burst. Where it is answered the same, and the declaration and the
collection are the same too (the controller's half, plugin_utils/fingerprint.py), the modules would find nothing to change again, for they
make their plans of these alone; so they are not run. A seal is no state: without it, or with an old one, the modules run.

It is a verifying trace of a build system (Mokhov, Mitchell, Peyton Jones: Build Systems a la Carte, 2018, section 4.2.2). The seals of a
stack are one item of the lock's table (at most 400 KB,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-items).
"""

from __future__ import annotations

import hashlib
import json
import time
import typing as t

from .._aws import Aws
from .._core.answers import mark

MISSING = ("ResourceNotFoundException", "AccessDeniedException")
#: Bytes that are written at most: what is more is not sealed, and gone through by each run.
ROOM = 390_000
#: What varies by itself in an answer, by service: figures, and when something was last used or looked at. No plan is made of these.
VOLATILE: dict[str, frozenset[str]] = {
    "cloudwatch": frozenset({"StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp"}),
    "dynamodb": frozenset({"ItemCount", "TableSizeBytes"}),
    "ecs": frozenset({"events"}),
    "iam": frozenset({"RoleLastUsed"}),
    "logs": frozenset({"storedBytes"}),
    "rds": frozenset({"LatestRestorableTime"}),
    "secretsmanager": frozenset({"LastAccessedDate"}),
}

#: The file of the run in which the burst leaves what it saw.
SIGHT = "sight"

Json = dict[str, t.Any]


class Sight:
    """What one burst was answered: a digest of each answer, by the mark of its question, and what stands of each component."""

    def __init__(self, answers: dict[str, str], standing: dict[str, list[t.Mapping[str, str]]]):
        self.answers, self.standing = answers, standing

    @classmethod
    def read(cls, heard: t.Mapping[tuple[str, str], t.Any], resources: t.Iterable[t.Mapping[str, str]]) -> Sight:
        answers = {mark(service, question): _digest(_steady(answer, VOLATILE.get(service, ()))) for (service, question), answer in heard.items()}
        standing: dict[str, list[t.Mapping[str, str]]] = {}
        for one in resources:
            standing.setdefault(one["component"], []).append(one)
        return cls(answers, standing)

    def of(self, component: str, asked: t.Iterable[str]) -> str | None:
        """A digest of the answers to these questions, and of what stands of a component; None where one of them was not answered."""
        answers = [self.answers.get(question) for question in sorted(asked)]
        return None if None in answers else _digest([answers, self.standing.get(component, [])])


def table_of(params: t.Mapping[str, t.Any]) -> str:
    """The name of the table that holds a stack's lock, and its seals."""
    return params["table"] or f"groundwork-{params['stack']}-lock"


def read_seals(aws: Aws, table: str, stack: str) -> dict[str, Json]:
    """All seals of a stack, unbroken or not; none where nobody may read them."""
    item = aws.find_secret("dynamodb", "get_item", "Item", *MISSING, TableName=table, Key=_key(stack), ConsistentRead=True)
    return json.loads(item["seals"]["S"]) if item else {}


def unbroken(seals: t.Mapping[str, Json], sight: Sight) -> dict[str, Json]:
    """Those, by component, of whom AWS says what it said then: each with ``inputs``, ``outputs`` and ``at`` (epoch seconds)."""
    return {
        component: {part: seal[part] for part in ("inputs", "outputs", "at")}
        for component, seal in seals.items()
        if sight.of(component, seal["asked"]) == seal["answers"]
    }


def seal(aws: Aws, table: str, stack: str, given: t.Mapping[str, Json]) -> None:
    """Seal those of the components in ``given`` (``inputs`` and ``outputs`` by name) about which no module of this run had anything to change."""
    kept = aws.answers.fetch(SIGHT)
    sight = Sight(kept["answers"], kept["standing"]) if kept else Sight({}, {})
    asked: dict[str, set[str]] = {}
    lines = aws.answers.logged()
    for line in lines:
        asked.setdefault(line["component"], set()).update(line["asked"])
    unsettled = {line["component"] for line in lines if not line["settled"]}
    new = {
        name: {**given[name], "asked": sorted(questions), "answers": digest, "at": int(time.time())}
        for name, questions in asked.items()
        if name in given and name not in unsettled and (digest := sight.of(name, questions))
    }
    if new:
        _write(aws, table, stack, {**read_seals(aws, table, stack), **new})


def _write(aws: Aws, table: str, stack: str, seals: dict[str, Json]) -> None:
    """The newest first, as many as there is room for."""
    room, held = ROOM, {}
    for name in sorted(seals, key=lambda name: -seals[name]["at"]):
        room -= len(json.dumps({name: seals[name]}).encode())
        if room > 0:
            held[name] = seals[name]
    item = {**_key(stack), "seals": {"S": json.dumps(held, sort_keys=True)}}
    aws.call("dynamodb", "put_item", TableName=table, Item=item)


def _key(stack: str) -> dict[str, dict[str, str]]:
    """Beside the lock, whose key is the stack's name alone; no stack's name has this sign in it."""
    return {"stack": {"S": f"{stack}#seals"}}


def _steady(answer: t.Any, volatile: t.Collection[str]) -> t.Any:
    """An answer without what varies by itself."""
    if isinstance(answer, dict):
        return {key: _steady(value, volatile) for key, value in answer.items() if key not in volatile and key != "ResponseMetadata"}
    return [_steady(one, volatile) for one in answer] if isinstance(answer, list) else answer


def _digest(value: t.Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:32]
