# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy documents in one canonical form, so that what means the same compares the same. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
import typing as t

Document = dict[str, t.Any]

#: The parts of a statement in which one value and a list of it mean the same, and no order means anything.
LISTS = ("Action", "NotAction", "Resource", "NotResource")
PRINCIPALS = ("Principal", "NotPrincipal")


def canonical(document: t.Mapping[str, t.Any], partition: str = "aws") -> Document:
    """A document with its lists sorted and every scalar in a list; ``partition`` is the first part of its accounts' ARNs."""
    statements = document.get("Statement") or []
    statements = [_statement(one, partition) for one in ([statements] if isinstance(statements, t.Mapping) else statements)]
    return {**document, "Statement": sorted(statements, key=compact)}


def compact(document: t.Any) -> str:
    """A document as the shortest JSON; IAM's limits count no white space."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def _statement(statement: t.Mapping[str, t.Any], partition: str) -> Document:
    parts = {key: value for key, value in statement.items() if not (key == "Sid" and value == "")}
    for key in (key for key in LISTS if key in parts):
        parts[key] = _values(parts[key])
    for key in (key for key in PRINCIPALS if key in parts):
        parts[key] = _principal(parts[key], partition)
    if "Condition" in parts:
        parts["Condition"] = {operator: {key: _values(value) for key, value in tests.items()} for operator, tests in parts["Condition"].items()}
    return parts


def _values(value: t.Any) -> list[str]:
    return sorted({_text(one) for one in (value if isinstance(value, (list, tuple)) else [value])})


def _text(value: t.Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _principal(principal: t.Any, partition: str) -> dict[str, list[str]]:
    """Everybody is ``*`` of AWS; an account is the ARN of its root, as IAM reads it back
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html)."""
    kinds = {"AWS": principal} if isinstance(principal, str) else principal
    whole = {kind: _values(who) for kind, who in kinds.items()}
    if "AWS" in whole:
        accounts = {f"arn:{partition}:iam::{one}:root" if re.fullmatch(r"\d{12}", one) else one for one in whole["AWS"]}
        whole["AWS"] = sorted(accounts)
    return whole
