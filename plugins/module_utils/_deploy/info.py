# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a deployment stands, and what is left of it."""

from __future__ import annotations

import typing as t
from dataclasses import asdict

from .._aws import Aws
from .._core.plan import is_unknown
from .image import resolved
from .observe import observe
from .plan import both
from .plan import COLOURS
from .plan import draw_up
from .plan import go_back
from .strategy import strategy_of


def deployment(aws: Aws, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The answer of deployment_info, by its options."""
    named = {colour: params[colour] for colour in COLOURS}
    if params["watch_minutes"]:
        _watch(aws, params, named)
    strategy = strategy_of(params)
    found: dict[str, t.Any] = {"image": resolved(aws, params["image"], params["repository"]) if params["image"] else ""}
    situation = observe(aws, params["cluster"], named)
    if params["purpose"] == "rollback":
        plan = go_back(situation.colours)
    else:
        plan = draw_up(situation.colours, _number(params["revision"]), strategy, params["desired"])
    back = {situation.colours[plan.old].target_group: 100, situation.colours[plan.new].target_group: 0}
    colours = {name: asdict(colour) for name, colour in situation.colours.items()}
    return {**found, **asdict(plan), "forward_id": situation.forward_id, "fallback": back, "colours": colours}


def _number(revision: str | None) -> int | None:
    """The number of a revision, by its ARN; None where it is yet to be registered."""
    return int(revision.rpartition(":")[2]) if revision and not is_unknown(revision) else None


def _watch(aws: Aws, params: t.Mapping[str, t.Any], named: t.Mapping[str, t.Any]) -> None:
    """Let the old colour have its time, or less where somebody moves the requests meanwhile. Nothing is held, so that anybody can."""
    start, seconds = aws.waiter.clock(), 60 * params["watch_minutes"]
    first = both(observe(aws, params["cluster"], named).colours)[0].name

    def look() -> tuple[bool, str]:
        now = both(observe(aws, params["cluster"], named).colours)[0].name
        return now != first or aws.waiter.clock() - start >= seconds, f"{now} is live"

    aws.waiter.until(look, f"{first} to have been live for {params['watch_minutes']:g} minutes", seconds + 60, first=5.0, most=15.0)
