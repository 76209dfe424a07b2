# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS answered of a stack's network, before it is translated: by whom it was asked, whose each thing is."""

from __future__ import annotations

import typing as t
from collections import defaultdict
from dataclasses import dataclass

from .._aws import tag_dict
from .._core.identity import COMPONENT
from .._core.identity import STACK
from .._core.resource import AwsResource
from .._core.resource import Raw


@dataclass(frozen=True)
class Heard:
    """``answers`` by what was asked, as read.py names it; ``standing``: what the stack owns, by type."""

    stack: str
    answers: dict[t.Any, t.Any]
    standing: dict[str, list[AwsResource]]

    def all(self, name: str) -> list[Raw]:
        """What was answered to one question, or to all of a kind."""
        if name in self.answers:
            return self.answers[name]
        return [one for key, found in self.answers.items() if key[0] == name for one in found]

    def component(self, raw: Raw, tags: str = "Tags") -> str:
        """Whose component's it is by its tags; empty where it is nobody's of this stack."""
        found = tag_dict(raw.get(tags))
        return found.get(COMPONENT, "") if found.get(STACK) == self.stack else ""

    def about(self, raw: Raw, tags: str = "Tags") -> dict[str, str]:
        """Its name, by its tag, and its component."""
        return {"name": tag_dict(raw.get(tags)).get("Name", ""), "component": self.component(raw, tags)}


def by_field(raws: t.Iterable[Raw], field: str) -> dict[str, list[Raw]]:
    found: dict[str, list[Raw]] = defaultdict(list)
    for raw in raws:
        found[raw[field]].append(raw)
    return found
