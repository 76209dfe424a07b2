# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which capacity providers tasks are placed on, and how many on each, as a shape and as ECS takes it. Pure.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
"""

from __future__ import annotations

import typing as t

from .._core.plan import Refusal
from .._core.plan import sort_children

Strategy = list[dict[str, t.Any]]

#: The options of a strategy's element.
STRATEGY = dict(provider=dict(required=True), weight=dict(type="int", default=0), base=dict(type="int", default=0))


def wanted_strategy(given: Strategy | None) -> Strategy | None:
    """A strategy as it is given. Raise Refusal for one that ECS could place nothing by."""
    if not given:
        return given
    names = [one["provider"] for one in given]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Refusal(f"{', '.join(twice)} stands twice in a strategy of capacity providers; name each one once")
    if not any(one["weight"] for one in given):
        raise Refusal("a strategy of capacity providers needs one of a weight above 0")
    if sum(bool(one["base"]) for one in given) > 1:
        raise Refusal("one capacity provider of a strategy alone can have a base")
    return sort_children(given)


def from_strategy(raw: t.Iterable[dict[str, t.Any]] | None) -> Strategy:
    found = [{"provider": one["capacityProvider"], "weight": one.get("weight", 0), "base": one.get("base", 0)} for one in raw or []]
    return sort_children(found)


def to_strategy(strategy: t.Iterable[dict[str, t.Any]] | None) -> list[dict[str, t.Any]]:
    return [{"capacityProvider": one["provider"], "weight": one["weight"], "base": one["base"]} for one in strategy or []]
