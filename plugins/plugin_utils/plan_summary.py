# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of a whole run, out of the ``planned`` entries of its many tasks. Pure: no Ansible, no AWS."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace

from ansible_collections.groundwork.aws.plugins.module_utils._core.plan import UNKNOWN

Json = dict[str, t.Any]

VERSION = 1  # of the JSON form
ACTIONS = ("none", "create", "update", "replace", "delete", "orphaned")
#: What two tasks did to one resource, as one action: a row for the first, a column of ACTIONS for the second. Orphaned is
#: a listing, so it yields to whatever is done. Under check mode a task sees what stood before: deleted and then updated
#: is, when it is done, deleted and made anew.
MERGED: dict[str, tuple[str, ...]] = {
    "none": ("none", "create", "update", "replace", "delete", "orphaned"),
    "create": ("create", "create", "create", "create", "none", "create"),
    "update": ("update", "replace", "update", "replace", "delete", "update"),
    "replace": ("replace", "replace", "replace", "replace", "delete", "replace"),
    "delete": ("delete", "replace", "replace", "replace", "delete", "delete"),
    "orphaned": ("none", "create", "update", "replace", "delete", "orphaned"),
}


class Words(t.NamedTuple):
    """How people read an action: its sign, what it is called in the counts, before it is done, and after."""

    sign: str
    count: str
    planned: str
    done: str
    always: bool  # counted on the screen even where there is none


WORDS = {
    "create": Words("+", "create", "create", "created", True),
    "update": Words("~", "change", "change", "changed", True),
    "delete": Words("-", "delete", "delete", "deleted", True),
    "replace": Words("-/+", "replace", "replace", "replaced", False),
    "orphaned": Words("?", "orphaned", "orphaned", "orphaned", False),
}


@dataclass(frozen=True)
class Entry:
    """What happens to one resource. ``id`` is None where nothing stands; ``wanted`` says that it is to stand when all is done."""

    component: str
    type: str
    key: str
    name: str
    action: str
    keys: frozenset[str]
    id: str | None
    wanted: bool

    @classmethod
    def read(cls, raw: t.Any) -> Entry | None:
        """An entry of a module's result, or None where it is not one of ours."""
        if not isinstance(raw, t.Mapping) or raw.get("action") not in ACTIONS:
            return None
        text = {part: str(raw.get(part, "")) for part in ("component", "type", "key", "name", "action")}
        keys = frozenset(map(str, raw.get("keys") or ()))
        return cls(**text, keys=keys, id=raw.get("id"), wanted=raw["action"] not in ("delete", "orphaned"))

    @property
    def knows_id(self) -> bool:
        return self.id not in (None, UNKNOWN)

    def is_other_than(self, later: Entry) -> bool:
        """Whether ``later`` bears the same key and is nevertheless something else: an orphan beside what is wanted."""
        differ = self.knows_id and later.knows_id and self.id != later.id
        return differ and (not later.wanted or self.action == "orphaned")

    def then(self, later: Entry) -> Entry:
        """Both as one."""
        action = MERGED[self.action][ACTIONS.index(later.action)]
        keys = self.keys | later.keys if action in ("create", "update", "replace") else frozenset()
        return replace(later, action=action, keys=keys)


@dataclass
class Ledger:
    """The resources of a run, in the order in which they were first heard of."""

    _entries: dict[tuple[str | None, ...], Entry] = field(default_factory=dict)

    def add(self, planned: t.Iterable[t.Any]) -> None:
        """Take in the ``planned`` entries of one task. Those of one (component, type, key) become one."""
        for entry in filter(None, map(Entry.read, planned)):
            shared = (entry.component, entry.type, entry.key)
            own = (*shared, entry.id)
            first = self._entries.get(shared)
            place = own if own in self._entries or (first and first.is_other_than(entry)) else shared
            known = self._entries.get(place)
            self._entries[place] = known.then(entry) if known else entry

    def kept(self) -> list[str]:
        """The ids of what is wanted and stands."""
        return [str(entry.id) for entry in self._entries.values() if entry.wanted and entry.knows_id]

    def plan(self, *, stack: str, check: bool, failed: t.Mapping[str, str]) -> Json:
        """The JSON form. ``resources`` names what changes and what is orphaned; ``failed`` maps a component to its cause."""
        entries = list(self._entries.values())
        actions = [entry.action for entry in entries]
        return {
            "version": VERSION,
            "check": check,
            "stack": stack,
            "counts": {**{words.count: actions.count(action) for action, words in WORDS.items()}, "unchanged": actions.count("none")},
            "resources": [_public(entry) for entry in entries if entry.action != "none"],
            "failed": [{"component": component, "reason": reason} for component, reason in failed.items()],
        }


def _public(entry: Entry) -> Json:
    seen = {part: getattr(entry, part) for part in ("component", "type", "name", "action")}
    return {**seen, "keys": sorted(entry.keys)}


def title(plan: Json) -> str:
    """One line: ``Plan: 31 to create, 0 to change, 0 to delete``, or ``Applied: 31 created, 0 changed, 0 deleted``."""
    counts = plan["counts"]
    shown = [words for words in WORDS.values() if words.always or counts[words.count]]
    numbers = ", ".join(f"{counts[words.count]} {_phrase(words, plan['check'])}" for words in shown)
    changes = any(counts[words.count] for action, words in WORDS.items() if action != "orphaned")
    nothing = "" if changes or plan["failed"] else "No changes. "
    return f"{nothing}{'Plan' if plan['check'] else 'Applied'}: {numbers}"


def _phrase(words: Words, check: bool) -> str:
    return f"to {words.planned}" if check and words.planned != words.done else words.done


def lines(plan: Json) -> list[tuple[str, str]]:
    """For people, each resource as (action, text), in aligned columns."""
    rows = [_cells(resource, plan["check"]) for resource in plan["resources"]]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    texts = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return [(resource["action"], text) for resource, text in zip(plan["resources"], texts, strict=True)]


def _cells(resource: Json, check: bool) -> list[str]:
    words = WORDS[resource["action"]]
    names = [printable(resource[part]) for part in ("component", "type", "name")]
    keys = printable(", ".join(resource["keys"]))
    return [f"{words.sign:>3} {words.planned if check else words.done}", *names, f"({keys})" if keys else ""]


def printable(text: str) -> str:
    """Text that others wrote, fit for a terminal: what would steer one, or turn its writing round, is shown as its code."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def reports(value: t.Any) -> list[t.Mapping[str, t.Any]]:
    """The results that hold ``planned``: of a task, each of its loop, or none."""
    if not isinstance(value, t.Mapping):
        return []
    if isinstance(value.get("planned"), list):
        return [value]
    items = value.get("results")
    return [report for item in items for report in reports(item)] if isinstance(items, list) else []


def cause(result: t.Mapping[str, t.Any]) -> str:
    """The first line of why a task failed; of a loop, why the first of its items did."""
    items = result.get("results")
    failed = [item for item in items if isinstance(item, t.Mapping) and item.get("failed")] if isinstance(items, list) else []
    message = str((failed or [result])[0].get("msg") or "").strip()
    return message.partition("\n")[0].strip() or "it did not say why"
