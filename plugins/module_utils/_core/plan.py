# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands, what is wanted, what would change. Pure: no boto3, no AnsibleModule.

A *shape* is one resource as a dictionary: snake_case, managed keys only, lists in a canonical order, nothing that
varies by itself (no status, no timestamp). Two equal shapes mean that there is nothing to do.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Shape = t.Mapping[str, t.Any]

#: What stands in a plan for a value that AWS gives out only when the change is made. Terraform's users know the words.
UNKNOWN = "(known after apply)"


class Refusal(Exception):
    """The wanted state cannot be reached from what stands. The message says why, and what to do."""


@dataclass(frozen=True)
class Plan:
    """The difference between what stands and what is wanted, of one resource.

    ``before`` and ``after`` are shapes, or None where the resource does not exist; ``after`` is what describe() should say
    once the plan is applied. ``replaces`` is set where a change needs a new resource in the place of the old one.
    """

    before: Shape | None
    after: Shape | None
    replaces: bool = False

    @property
    def keys(self) -> list[str]:
        """The managed keys that change, sorted. What is empty before and after does not change."""
        old, new = self.before or {}, self.after or {}
        return sorted(key for key in {*old, *new} if (old.get(key) or None) != (new.get(key) or None))

    @property
    def action(self) -> str:
        """One of none, create, update, replace, delete."""
        if self.before is None:
            return "none" if self.after is None else "create"
        if self.after is None:
            return "delete"
        if not self.keys:
            return "none"
        return "replace" if self.replaces else "update"

    def diff(self) -> dict[str, Shape]:
        return {"before": self.before or {}, "after": self.after or {}}

    def deletion(self) -> Plan:
        """The half of a replacement that removes the old resource."""
        return Plan(self.before, None)

    def creation(self) -> Plan:
        """The half of a replacement that makes the new resource."""
        return Plan(None, self.after)


def make_plan(
    before: Shape | None,
    wanted: Shape | None,
    *,
    immutable: t.Collection[str] = (),
    create_only: t.Collection[str] = (),
    replace: bool = False,
) -> Plan:
    """Subtract what stands from what is wanted.

    A key that is None in ``wanted`` is not managed: it keeps the value it has. A ``create_only`` key is set when the
    resource is made and is never drift afterwards. Changing an ``immutable`` key raises Refusal, or plans a replacement
    where ``replace`` allows one.
    """
    if wanted is None:
        return Plan(before, None)
    managed = {key: value for key, value in wanted.items() if value is not None}
    if before is None:
        return Plan(None, managed)
    kept = {key: value for key, value in managed.items() if key not in create_only}
    plan = Plan(before, {**before, **kept})
    locked = [key for key in plan.keys if key in immutable]
    if not locked:
        return plan
    if not replace:
        changes = ", ".join(f"{key} ({before.get(key)!r} to {managed.get(key)!r})" for key in locked)
        raise Refusal(f"AWS cannot change {changes} of what exists; set replace: true to make a new one in its place")
    return Plan(before, {**before, **managed}, replaces=True)


def is_unknown(value: t.Any) -> bool:
    """Whether a value, or any part of it, is known only after the change is made."""
    if isinstance(value, t.Mapping):
        return any(is_unknown(part) for part in value.values())
    if isinstance(value, (list, tuple, set)):
        return any(is_unknown(part) for part in value)
    return value == UNKNOWN


@dataclass(frozen=True)
class Changes:
    """What to do to keyed children (routes, rules, entries) so that they become what is wanted."""

    add: list[Shape]
    change: list[Shape]
    remove: list[Shape]


def compare_children(before: t.Iterable[Shape], after: t.Iterable[Shape], key: t.Sequence[str]) -> Changes:
    """Compare children by the values of their ``key`` fields, never by position."""

    def keyed(children: t.Iterable[Shape]) -> dict[tuple, Shape]:
        return {tuple(child.get(field) for field in key): child for child in children}

    old, new = keyed(before), keyed(after)
    return Changes(
        add=[child for name, child in new.items() if name not in old],
        change=[child for name, child in new.items() if name in old and old[name] != child],
        remove=[child for name, child in old.items() if name not in new],
    )


def sort_children(children: t.Iterable[Shape]) -> list[Shape]:
    """Children in the canonical order of a shape, so that an order that AWS chose is never a change."""
    return sorted(children, key=lambda child: sorted((key, str(value)) for key, value in child.items()))
