# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is found wrong with who can reach whom: declared, planned or standing. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable
from dataclasses import dataclass

#: Most dangerous first, in the words of AWS Security Hub. What is informational fails nothing.
#: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Severity.html
SEVERITIES = ("critical", "high", "medium", "informational")
#: What a declaration is refused for: it says that something is open, or works, that must not or cannot.
REFUSED = ("critical", "high")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    ``severity``: one of SEVERITIES. ``check``: what was looked for, in words that stay the same. ``component``: whose it is, or
    "stack". ``cause``: what is so, and by which rule. ``step``: what to do next. ``key``: the variable that says it, or "".
    """

    severity: str
    check: str
    component: str
    cause: str
    step: str
    key: str = ""

    @property
    def line(self) -> str:
        """For people, in one line."""
        return f"{self.severity.upper()} {self.component}: {self.cause}: {self.step}"

    @property
    def text(self) -> str:
        """Why, and what to do: as the problem of a declaration has it."""
        return f"{self.cause}: {self.step}"


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Each once, most dangerous first."""
    return sorted(set(findings), key=lambda one: (SEVERITIES.index(one.severity), one.component, one.check, one.cause))


def failing(findings: Iterable[Finding]) -> list[Finding]:
    """Those for which a run must not end well."""
    return [one for one in findings if one.severity != SEVERITIES[-1]]


def public(finding: Finding) -> dict[str, t.Any]:
    """As JSON has it."""
    return {**vars(finding), "line": finding.line}
