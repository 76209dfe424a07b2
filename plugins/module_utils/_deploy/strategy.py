# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""In which steps requests move to a new version. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._core.plan import Refusal

ALL_AT_ONCE, CANARY, LINEAR = "all_at_once", "canary", "linear"
STRATEGIES = (ALL_AT_ONCE, CANARY, LINEAR)
#: All requests, in percent.
ALL = 100


@dataclass(frozen=True)
class Strategy:
    """``share``: percent that a canary begins with. ``step``: percent that each step of a linear shift adds. ``minutes``: for which each is watched."""

    kind: str
    share: int
    step: int
    minutes: float

    @property
    def shares(self) -> list[int]:
        """What the new version has after each step, in percent; the last is all."""
        before_all = {ALL_AT_ONCE: [], CANARY: [self.share], LINEAR: list(range(self.step, ALL, self.step))}
        return [*before_all[self.kind], ALL]

    @property
    def seconds(self) -> int:
        """For which each step is watched."""
        return round(60 * self.minutes)

    def rest(self, share: float) -> list[int]:
        """The steps that are left where the new version has ``share`` percent, that one first: nobody knows for how long it was watched."""
        return [round(share), *(one for one in self.shares if one > share)]


def strategy_of(given: t.Mapping[str, t.Any]) -> Strategy:
    """The strategy that options say. Raise Refusal where they say none."""
    kind, share, step = given["strategy"], given["share"], given["step"]
    if kind not in STRATEGIES:
        raise Refusal(f"deploy_strategy is one of {', '.join(STRATEGIES)}, not {kind}")
    if not (0 < share < ALL and 0 < step <= ALL):
        raise Refusal(f"deploy_share is 1 to 99 percent, and deploy_step 1 to 100, unlike {share} and {step}")
    minutes = given["interval_minutes"] if kind == LINEAR else given["bake_minutes"]
    if minutes < 0:
        raise Refusal(f"a step is watched for 0 minutes or more, not {minutes:g}")
    return Strategy(kind, share, step, minutes)
