# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which resource of an account is the one that is meant. AWS's own tags are the state. Pure.

A resource is ours when it bears the stack's tag and the component's, lies in the expected parent (the caller looks
nowhere else), and bears our key or the expected name. Whoever may tag can forge tags, so two candidates are refused.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .plan import Refusal

OURS = "groundwork:"
STACK, COMPONENT, KEY = OURS + "stack", OURS + "component", OURS + "key"
#: Set to "true" on what a protected stack owns; destroy reads it from AWS, not from the inventory.
PROTECTED = OURS + "protected"


@dataclass(frozen=True)
class Identity:
    """Who a resource is: ``key`` is its steady handle within (stack, component, type), ``name`` what people read."""

    stack: str
    component: str
    key: str
    name: str

    @property
    def tags(self) -> dict[str, str]:
        return {STACK: self.stack, COMPONENT: self.component, KEY: self.key, "Name": self.name}


@dataclass(frozen=True)
class Candidate:
    """Something that stands in the expected parent. ``named``: it has the name, or the place, that ours must have."""

    id: str
    tags: t.Mapping[str, str]
    named: bool


def choose(candidates: t.Iterable[Candidate], wanted: Identity, *, adopt: bool = False) -> str | None:
    """The id of the candidate that is the wanted one, or None where it has yet to be made. Raise Refusal on doubt."""
    candidates = list(candidates)
    ours = [one for one in candidates if (one.tags.get(STACK), one.tags.get(COMPONENT)) == (wanted.stack, wanted.component)]
    by_key = [one for one in ours if one.tags.get(KEY) == wanted.key]
    by_name = [one for one in ours if one.named]  # its key was renamed, or tampered with: it is mended, not made again
    found = by_key or by_name
    if len(found) > 1:
        raise Refusal(f"{_list(found)} all claim to be it; remove the groundwork: tags from those that are not")
    if found:
        return found[0].id
    return _foreign([one for one in candidates if one.named and one not in ours], adopt)


def _foreign(others: list[Candidate], adopt: bool) -> str | None:
    """What has our name and not our tags: refused, or adopted on request. Another stack's is left alone."""
    free = [one for one in others if STACK not in one.tags]
    if not free:
        return None
    if not adopt:
        raise Refusal(f"{_list(free)} exists and is not ours; adopt it with stack_adopt: true, or choose another name")
    if len(free) > 1:
        raise Refusal(f"{_list(free)} could each be adopted; tag the right one with {STACK} and {COMPONENT}")
    return free[0].id


def _list(candidates: list[Candidate]) -> str:
    return " and ".join(sorted(one.id for one in candidates))


def kept_tags(standing: t.Mapping[str, str], wanted: t.Mapping[str, str], purge: bool) -> dict[str, str]:
    """The tags of what stands that count as managed: the wanted keys and all of ours; with ``purge``, all but AWS's own.

    Keys of backup or cost tools are not ours to remove, so purging them is never the default.
    """

    def managed(key: str) -> bool:
        return key in wanted or key.startswith(OURS) or (purge and not key.startswith("aws:"))

    return {key: value for key, value in standing.items() if managed(key)}
