# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudWatch's arithmetic: what a period's values come to, what math expressions make of series, and what an alarm makes of them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html and using-metric-math.html
"""
from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

#: Values by when their period begins, in epoch seconds.
Series = dict[int, float]
_PERCENTILE = re.compile(r"p(\d{1,2}(\.\d+)?|100)$")


class Sample(NamedTuple):
    """What was measured at `at` (epoch seconds): `count` values, of which least, most and sum are known."""

    at: float
    count: float
    sum: float
    least: float
    most: float


def single(at: float, value: float, count: float = 1) -> Sample:
    """The same value, so many times."""
    return Sample(at, count, value * count, value, value)


def known(statistic: str) -> bool:
    """Whether there is such a statistic here."""
    return statistic in _PLAIN or _PERCENTILE.fullmatch(statistic) is not None


def summed_up(samples: list[Sample], statistic: str) -> float | None:
    """A statistic of a period's samples; None where there is none: of no samples, or a percentile of values that are not known one by one."""
    if not samples:
        return None
    if statistic in _PLAIN:
        return _PLAIN[statistic](samples)
    if any(one.least != one.most for one in samples):
        return None
    rank = float(statistic[1:]) / 100 * sum(one.count for one in samples)
    reached = 0.0
    for one in sorted(samples, key=lambda sample: sample.least):
        reached += one.count
        if reached >= rank - 1e-9:
            return one.least
    return None


_PLAIN: dict[str, Callable[[list[Sample]], float]] = {
    "Sum": lambda samples: sum(one.sum for one in samples),
    "SampleCount": lambda samples: sum(one.count for one in samples),
    "Average": lambda samples: sum(one.sum for one in samples) / sum(one.count for one in samples),
    "Minimum": lambda samples: min(one.least for one in samples),
    "Maximum": lambda samples: max(one.most for one in samples),
}


def series(samples: Iterable[Sample], statistic: str, period: int, start: int, end: float) -> Series:
    """A statistic by periods, the first of which begins at `start`; a period without samples is left out."""
    periods: dict[int, list[Sample]] = {}
    for one in samples:
        if start <= one.at < end:
            periods.setdefault(start + int(one.at - start) // period * period, []).append(one)
    found = {at: summed_up(periods[at], statistic) for at in sorted(periods)}
    return {at: value for at, value in found.items() if value is not None}


# -- math expressions ------------------------------------------------------------------------------------------

Value = float | Series
_OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Pow: operator.pow, ast.Div: lambda a, b: a / b if b else math.nan,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Eq: operator.eq, ast.NotEq: operator.ne,
    ast.And: lambda a, b: float(bool(a) and bool(b)), ast.Or: lambda a, b: float(bool(a) or bool(b)),
}  # fmt: skip
_EACH: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
_TOGETHER: dict[str, Callable[[list[float]], float]] = {"SUM": sum, "MIN": min, "MAX": max, "AVG": lambda values: sum(values) / len(values)}


def evaluate(expression: str, of: Mapping[str, Series], moments: Iterable[int]) -> Series:
    """A math expression over series by their ids; `moments` are when the periods begin. Raises ValueError for what is not there here."""
    text = re.sub(r"\bOR\b|\|\|", " or ", re.sub(r"\bAND\b|&&", " and ", expression)).replace("^", "**")
    try:
        found = _Math(of, list(moments)).visit(ast.parse(text.strip(), mode="eval").body)
    except SyntaxError as problem:
        raise ValueError(f"Error in expression '{expression}'") from problem
    whole = found if isinstance(found, dict) else dict.fromkeys(_Math(of, list(moments)).moments, found)
    return {at: float(value) for at, value in whole.items() if not math.isnan(value)}


class _Math(ast.NodeVisitor):
    def __init__(self, of: Mapping[str, Series], moments: list[int]) -> None:
        self._of, self.moments = of, moments

    def generic_visit(self, node: ast.AST) -> Value:
        raise ValueError(f"The local cloud has no {type(node).__name__} in a math expression")

    def visit_Constant(self, node: ast.Constant) -> Value:
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            raise ValueError(f"{node.value!r} is no number")
        return float(node.value)

    def visit_Name(self, node: ast.Name) -> Value:
        if node.id not in self._of:
            raise ValueError(f"The expression uses the id {node.id}, which no query has")
        return self._of[node.id]

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Value:
        if not isinstance(node.op, (ast.USub, ast.UAdd)):
            return self.generic_visit(node.op)
        return self.visit(node.operand) if isinstance(node.op, ast.UAdd) else _both(operator.mul, -1.0, self.visit(node.operand))

    def visit_BinOp(self, node: ast.BinOp) -> Value:
        return self._apply(node.op, node.left, node.right)

    def visit_Compare(self, node: ast.Compare) -> Value:
        return self._apply(node.ops[0], node.left, node.comparators[0])

    def visit_BoolOp(self, node: ast.BoolOp) -> Value:
        first, *others = node.values
        found = self.visit(first)
        for other in others:
            found = _both(_OPERATORS[type(node.op)], found, self.visit(other))
        return found

    def visit_Call(self, node: ast.Call) -> Value:
        name = node.func.id.upper() if isinstance(node.func, ast.Name) else ""
        if name == "METRICS" and not node.args:
            raise ValueError("METRICS() stands within SUM, AVG, MIN or MAX")
        if name in _TOGETHER and node.args:
            return self._together(_TOGETHER[name], node.args[0])
        if name == "FILL" and len(node.args) == 2:
            filled, by = self.visit(node.args[0]), self.visit(node.args[1])
            return filled if not isinstance(filled, dict) else {at: filled.get(at, _at(by, at)) for at in self.moments}
        if name == "IF" and len(node.args) == 3:
            met, then, otherwise = (self.visit(one) for one in node.args)
            return {at: _at(then if _at(met, at) else otherwise, at) for at in self.moments if not math.isnan(_at(met, at))}
        if name in _EACH and len(node.args) == 1:
            return _both(lambda value, _one: _EACH[name](value), self.visit(node.args[0]), 1.0)
        raise ValueError(f"The local cloud has no function {name or 'of that form'} in math expressions, or not with these arguments")

    def _together(self, how: Callable[[list[float]], float], node: ast.expr) -> Value:
        """Of several series one, period by period; of one series a number, as the reference has it."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.upper() == "METRICS":
            several: list[Value] = list(self._of.values())
        elif isinstance(node, ast.List):
            several = [self.visit(one) for one in node.elts]
        else:
            one = self.visit(node)
            return how(list(one.values())) if isinstance(one, dict) and one else math.nan
        each = {at: [value for one in several if not math.isnan(value := _at(one, at))] for at in self.moments}
        return {at: how(values) for at, values in each.items() if values}

    def _apply(self, sign: ast.AST, left: ast.expr, right: ast.expr) -> Value:
        if type(sign) not in _OPERATORS:
            return self.generic_visit(sign)
        return _both(_OPERATORS[type(sign)], self.visit(left), self.visit(right))


def _at(value: Value, at: int) -> float:
    return value.get(at, math.nan) if isinstance(value, dict) else value


def _both(how: Callable[[float, float], Any], left: Value, right: Value) -> Value:
    """Period by period; a period that one of them lacks is left out."""
    if not isinstance(left, dict) and not isinstance(right, dict):
        return float(how(left, right))
    moments = left.keys() & right.keys() if isinstance(left, dict) and isinstance(right, dict) else (left if isinstance(left, dict) else right)
    return {at: float(how(_at(left, at), _at(right, at))) for at in sorted(moments)}


def verdict(breaches: list[bool | None], periods: int, needed: int, missing: str, now: str) -> str:
    """The state that follows from whether the last data points breach, the newest last (None: missing), of which there are some more than
    the `periods` that are evaluated; `needed` of them make an alarm. `missing` is how missing ones are treated, `now` the state so far.
    """
    present = [one for one in breaches if one is not None]
    lacking = max(0, periods - len(present))
    bad = sum(present[-periods:]) + (lacking if missing == "breaching" else 0)
    if bad >= needed:
        return "ALARM"
    if not lacking or missing in ("breaching", "notBreaching"):
        return "OK"
    if not present:
        return now if missing == "ignore" else "INSUFFICIENT_DATA"
    if not all(present):
        return "OK"
    # All that is there is bad, but there is too little of it: the age of the oldest decides.
    age = len(breaches) - breaches.index(True)
    return now if missing == "ignore" else "ALARM" if age >= needed else "OK"
