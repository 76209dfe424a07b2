# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What IAM policies reach, read from their documents.

Strict on both sides: what a statement allows under a condition counts as allowed, what it denies under one as not denied.
So `allows` is no simulation; a fact that something may not be done holds whatever the request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Statement = dict[str, Any]


def listed(value: Any) -> list[Any]:
    """IAM writes one thing without the list."""
    return value if isinstance(value, list) else [value]


def covers(patterns: Any, value: str) -> bool:
    """Whether one of IAM's patterns, in which * and ? stand for anything, is this. Case counts nowhere: so nothing is missed."""
    as_regex = (re.escape(one).replace(r"\*", ".*").replace(r"\?", ".") for one in listed(patterns))
    return any(re.fullmatch(one, value, re.IGNORECASE) for one in as_regex)


def concerns(statement: Statement, action: str, resource: str | None) -> bool:
    """Whether a statement is about an action on a resource; where none is given, on whatever one."""
    acts = covers(statement["Action"], action) if "Action" in statement else not covers(statement["NotAction"], action)
    if resource is None or not acts:
        return acts
    return covers(statement["Resource"], resource) if "Resource" in statement else not covers(statement["NotResource"], resource)


class Reach:
    """All that some policies allow together."""

    def __init__(self, documents: list[dict[str, Any]]) -> None:
        self.statements = [one for document in documents for one in listed(document["Statement"])]

    def _of(self, effect: str) -> Iterator[Statement]:
        return (one for one in self.statements if one["Effect"] == effect)

    def allowing(self, action: str, resource: str | None = None) -> list[Statement]:
        """The statements that allow it."""
        return [one for one in self._of("Allow") if concerns(one, action, resource)]

    def allows(self, action: str, resource: str | None = None) -> bool:
        denied = resource is not None and any(concerns(one, action, resource) for one in self._of("Deny") if not one.get("Condition"))
        return not denied and bool(self.allowing(action, resource))

    def actions(self) -> set[str]:
        """All actions that are allowed, as they are written; `*` where some are but left out."""
        return {action for one in self._of("Allow") for action in listed(one.get("Action", "*"))}
