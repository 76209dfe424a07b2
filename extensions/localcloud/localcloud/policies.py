# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What identity-based policies say of an action. Pure; moto's own judge knows actions alone, neither resources nor most conditions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """An action on a resource (its ARN; `*` where the cloud does not know it), and the keys that conditions look at, each with its values."""

    action: str
    resource: str = "*"
    context: Mapping[str, list[str]] = field(default_factory=dict)


def allowed(documents: Iterable[Document], asked: Asked) -> bool:
    """Whether some statement allows it and none denies it."""
    effects = {statement["Effect"] for document in documents for statement in _list(document["Statement"]) if _fits(statement, asked)}
    return effects == {"Allow"}


def _fits(statement: Document, asked: Asked) -> bool:
    return (
        _listed(statement, "Action", asked.action.lower(), str.lower)
        and _listed(statement, "Resource", asked.resource, str)
        and all(_met(operator, tests, asked.context) for operator, tests in statement.get("Condition", {}).items())
    )


def _listed(statement: Document, part: str, value: str, form: Callable[[str], str]) -> bool:
    if f"Not{part}" in statement:
        return not any(like(form(one), value) for one in _list(statement[f"Not{part}"]))
    return any(like(form(one), value) for one in _list(statement.get(part, [])))


def like(pattern: str, value: str) -> bool:
    """Whether a value is as a pattern with `*` and `?` says."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value, re.DOTALL) is not None


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "ArnEquals": like,
    "ArnLike": like,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": like,
}


def _met(operator: str, tests: Document, context: Mapping[str, list[str]]) -> bool:
    """Whether all tests of an operator are met. Raises NotImplementedError for an operator that is not known here."""
    quantifier, _colon, name = operator.rpartition(":")
    name, optional = name.removesuffix("IfExists"), name.endswith("IfExists")
    folded = {key.lower(): values for key, values in context.items()}
    for key, given in tests.items():
        wanted, values = [str(one) for one in _list(given)], folded.get(key.lower())
        if name == "Null":
            met = (values is None) == (wanted[0].lower() == "true")
        else:
            met = (optional and values is None) or _compare(name, quantifier, wanted, values)
        if not met:
            return False
    return True


def _compare(name: str, quantifier: str, wanted: list[str], values: list[str] | None) -> bool:
    positive = name.replace("Not", "")
    if positive not in _TESTS:
        raise NotImplementedError(f"policies with the condition operator {name}")
    if values is None:
        # What is not there equals nothing; all of nothing do.
        return name != positive or quantifier == "ForAllValues"

    def one(value: str) -> bool:
        return any(_TESTS[positive](pattern, value) for pattern in wanted) == (name == positive)

    return any(map(one, values)) if quantifier == "ForAnyValue" else all(map(one, values))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
