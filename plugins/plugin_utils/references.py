# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""References: what stands for an id until AWS has given it, as ``ref:spring/ec2_security_group/group``."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator
from collections.abc import Mapping

_REFERENCE = re.compile(r"(ref|any):([^/]+)/([^/]+)/(.+)")
#: Actions after which nothing is left that could be referred to, or nothing that is wanted.
_GONE = ("delete", "orphaned")

Who = tuple[str, ...]


class UnresolvedReference(ValueError):
    """A reference to what does not stand and is not made. The message says what it is, and what to do."""


def reference(component: str, type_: str, key: str) -> str:
    """What stands for the id of the resource that bears ``key`` among the component's of this type."""
    return f"ref:{component}/{type_}/{key}"


def possible(component: str, type_: str, key: str) -> str:
    """As reference(), of what may not stand: then it becomes empty."""
    return f"any:{component}/{type_}/{key}"


def parted(value: str) -> tuple[str, str, str] | None:
    """Component, type and key of what a reference refers to; None for what is no reference."""
    match = _REFERENCE.fullmatch(value)
    return (match.group(2), match.group(3), match.group(4)) if match else None


def referred(value: t.Any) -> set[str]:
    """The components to whose resources a value refers."""
    if isinstance(value, Mapping):
        return {name for one in value.values() for name in referred(one)}
    if isinstance(value, (list, tuple)):
        return {name for one in value for name in referred(one)}
    match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return {match.group(2)} if match else set()


def refer(value: t.Any, *sources: t.Any) -> t.Any:
    """The value with each reference in it replaced by an id. Raise UnresolvedReference.

    A source is whatever holds entries: a result with ``planned``, a stack_info with ``resources``, a loop's register with
    ``results``, the variables of a host (of which its registers count), or a list of such. What this run made comes before
    what was read; after that the later source wins.
    """
    return _replace(value, _ids(sources))


def _ids(sources: t.Iterable[t.Any]) -> dict[Who, str]:
    ids: dict[Who, str] = {}
    # A stable sort: an action is what tells an entry of this run from one that was read.
    for entry in sorted(_entries(sources), key=lambda entry: "action" in entry):
        who = (entry["component"], entry["type"], entry["key"])
        if entry.get("action") in _GONE:
            ids.pop(who, None)
        elif entry["id"]:
            ids[who] = entry["id"]
    return ids


def _entries(source: t.Any) -> Iterator[Mapping[str, t.Any]]:
    if isinstance(source, (list, tuple)):
        for one in source:
            yield from _entries(one)
    elif isinstance(source, Mapping):
        if {"component", "type", "key", "id"} <= source.keys():
            yield source
            return
        held = [name for name in ("resources", "planned", "results") if name in source]
        for name in held:
            yield from _entries(source[name])
        if not held:
            yield from _registered(source)


def _registered(variables: Mapping[str, t.Any]) -> Iterator[Mapping[str, t.Any]]:
    """The entries in a host's registers. Each look at a host's variable templates it, so only roles' own names are looked at."""
    for value in (variables[name] for name in variables if name.startswith("__")):
        if isinstance(value, Mapping) and ("planned" in value or "results" in value):
            yield from _entries({name: value[name] for name in ("planned", "results") if name in value})


def _replace(value: t.Any, ids: Mapping[Who, str]) -> t.Any:
    if isinstance(value, Mapping):
        return {key: _replace(one, ids) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replace(one, ids) for one in value]
    match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if not match:
        return value
    kind, *who = match.groups()
    if kind == "any" or tuple(who) in ids:
        return ids.get(tuple(who), "")
    component, type_, key = who
    raise UnresolvedReference(f"{type_} '{key}' of {component} is neither made by this run nor found in AWS: run without --limit, or with {component} too")
