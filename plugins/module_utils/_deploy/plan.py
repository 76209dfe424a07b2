# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a deployment has to do, from what AWS says of both colours: the whole of its deciding. Pure.

There is no file that says where a deployment stands. Which colour is live, the weights say; which of two that both have requests is the
new one, the revisions that their services run.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from dataclasses import field

from .._core.plan import Refusal
from .strategy import ALL
from .strategy import Strategy

BLUE, GREEN = "blue", "green"
COLOURS = (BLUE, GREEN)


@dataclass(frozen=True)
class Colour:
    """One of both, as AWS says it now: its target group's ARN and weight, its healthy targets, and what its service runs.

    ``revision``: number of the task definition's revision, 0 where there is no service. ``wanted``, ``running``: tasks.
    """

    name: str
    target_group: str
    weight: int = 0
    healthy: int = 0
    targets: int = 0
    revision: int = 0
    image: str = ""
    wanted: int = 0
    running: int = 0

    @property
    def size(self) -> int:
        return max(self.wanted, self.running)


@dataclass(frozen=True)
class Step:
    """One step: what the new colour has in percent, the weights by target group, and for how many seconds they are watched."""

    share: int
    weights: dict[str, int]
    seconds: int


@dataclass(frozen=True)
class Deployment:
    """What is to be done: ``new`` gets the requests that ``old`` has.

    ``settle``: the weights to set before all else, where a shift to something else was cut off, or None. ``size``: tasks of the new colour.
    ``steps``: none where nothing is to be done. ``retires``: whether the old colour has tasks to scale in once it has had its time.
    """

    live: str
    new: str
    old: str
    size: int
    settle: dict[str, int] | None = None
    steps: list[Step] = field(default_factory=list)
    retires: bool = False
    told: str = ""


def both(colours: t.Mapping[str, Colour]) -> tuple[Colour, Colour]:
    """(live, other): the one with the greater weight, and where both have the same the one with the older revision."""
    blue, green = colours[BLUE], colours[GREEN]
    if not (blue.weight or green.weight):
        raise Refusal("neither target group gets requests from a listener; run site.yml first")
    ordered = sorted((blue, green), key=lambda one: (-one.weight, one.revision, one.name))
    return ordered[0], ordered[1]


def shifting(colours: t.Mapping[str, Colour]) -> tuple[Colour, Colour] | None:
    """(new, old) of a shift that was cut off, or None where one colour has it all: the new one runs the newer revision."""
    live, other = both(colours)
    if not other.weight:
        return None
    return (live, other) if live.revision > other.revision else (other, live)


def all_to(gets: Colour, other: Colour) -> dict[str, int]:
    """All requests to one colour, as weights."""
    return split(gets, other, ALL)


def split(new: Colour, old: Colour, share: int) -> dict[str, int]:
    return {new.target_group: share, old.target_group: ALL - share}


def draw_up(colours: t.Mapping[str, Colour], revision: int | None, strategy: Strategy, desired: int) -> Deployment:
    """What is left to do until all requests go to ``revision``; None is one that is yet to be registered.

    ``desired``: tasks of the new colour where the live one has none.
    """
    cut_off = shifting(colours)
    if cut_off and cut_off[0].revision == revision and cut_off[0].healthy:
        return _going_on(*cut_off, strategy)
    if cut_off:
        return _settled(*cut_off, revision, strategy, desired)
    live, other = both(colours)
    if revision is not None and live.revision == revision:
        return _finishing(live, other, strategy)
    return _rollout(other, live, strategy, desired)


def _going_on(new: Colour, old: Colour, strategy: Strategy) -> Deployment:
    share = ALL * new.weight / (new.weight + old.weight)
    steps = _steps(new, old, strategy.rest(share) if old.healthy else [ALL], strategy)
    told = f"going on with the shift from {old.name} to {new.name}, which has {share:g} %"
    return Deployment(both({new.name: new, old.name: old})[0].name, new.name, old.name, max(new.size, old.size), None, steps, True, told)


def _settled(new: Colour, old: Colour, revision: int | None, strategy: Strategy, desired: int) -> Deployment:
    """A shift to what is not wanted any more, or is not well, ends first: on the old colour, if that still answers."""
    stays, leaves = (new, old) if new.healthy and not old.healthy else (old, new)
    found = _rollout(leaves, stays, strategy, desired) if stays.revision != revision else _finishing(stays, leaves, strategy)
    settle = all_to(stays, leaves) if stays.healthy else None
    told = f"ending the shift from {old.name} to {new.name} that was cut off: all requests to {stays.name}; then {found.told}"
    return Deployment(stays.name, found.new, found.old, found.size, settle, found.steps, found.retires, told)


def _finishing(live: Colour, other: Colour, strategy: Strategy) -> Deployment:
    """All requests go there already. As long as the other colour stands, the last step is watched again, and then the rest is done."""
    if live.healthy and not other.size:
        told = f"nothing to do: {live.name} is live, and runs it"
        return Deployment(live.name, live.name, other.name, live.size, told=told)
    told = f"going on: {live.name} has all requests, and {other.name} still stands"
    return Deployment(live.name, live.name, other.name, live.size, None, _steps(live, other, [ALL], strategy), bool(other.size), told)


def _rollout(new: Colour, old: Colour, strategy: Strategy, desired: int) -> Deployment:
    """Where nothing healthy is live there is nothing to shift slowly from."""
    shares = strategy.shares if old.healthy else [ALL]
    told = f"{old.name} is live; {new.name} gets its requests: {', '.join(f'{one} %' for one in shares)}"
    return Deployment(old.name, new.name, old.name, old.size or desired, None, _steps(new, old, shares, strategy), bool(old.size), told)


def _steps(new: Colour, old: Colour, shares: t.Iterable[int], strategy: Strategy) -> list[Step]:
    return [Step(share, split(new, old, share), strategy.seconds) for share in shares]


def go_back(colours: t.Mapping[str, Colour]) -> Deployment:
    """The way back to the colour that is kept, or that a shift comes from. Raise Refusal where it cannot answer."""
    cut_off = shifting(colours)
    live, other = both(colours)
    leaves, gets = cut_off if cut_off else (live, other)
    if not gets.healthy:
        stands = f"{gets.healthy} of its {gets.targets} targets are healthy" if gets.targets else "its tasks were scaled in"
        raise Refusal(f"there is nothing to go back to: {gets.name} cannot answer, {stands}; deploy the image that you want, with deploy.yml")
    step = Step(ALL, all_to(gets, leaves), 0)
    return Deployment(live.name, gets.name, leaves.name, gets.size, None, [step], False, f"all requests go back from {leaves.name} to {gets.name}")
