# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A target group as a load balancer sees it: who is registered, who serves, and whose turn it is."""
from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ..clock import CLOCK, Timer
from .health import Checks, Health, check
from .loop import LOOP
from .metrics import Meter

Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Key(NamedTuple):
    """What a target is registered by: its id and its port."""

    id: str
    port: int


@dataclass(frozen=True)
class Settings:
    """What a target group is told: `delay` is of deregistration, in seconds; `sticky` for how many seconds a client keeps its target
    (0: not at all); `least_busy` to choose who has the fewest requests, rather than round robin."""

    checks: Checks = Checks()
    delay: float = 300
    sticky: int = 0
    least_busy: bool = False


@dataclass(eq=False)
class Target:
    """One registered target; `idle` are connections to it that are kept, `busy` those that a request is on."""

    key: Key
    ip: str
    health: Health = field(default_factory=Health)
    leaves: bool = False
    idle: list[Link] = field(default_factory=list)
    busy: set[Link] = field(default_factory=set)
    timer: Timer | None = None


class Group:
    """`meters` are where its figures go, one for each load balancer that forwards to it; without any it is not in use. `serving` are
    those that may get a request now. All of it changes in the loop's thread alone."""

    def __init__(self, arn: str) -> None:
        self.arn, self.settings = arn, Settings()
        self.meters: tuple[Meter, ...] = ()
        self.targets: dict[Key, Target] = {}
        self.leaving: dict[Key, Target] = {}
        self.serving: tuple[Target, ...] = ()
        self._turn = 0

    async def keep(self, settings: Settings, meters: tuple[Meter, ...], registered: Iterable[tuple[Key, str]]) -> None:
        """Be so from now on; `registered` says each target's address too. Who is new is checked at once, who left is drained."""
        wanted = dict(registered)
        self.settings, self.meters = settings, meters
        for key in [key for key in self.targets if key not in wanted]:
            self._drain(self.targets.pop(key))
        for key, ip in wanted.items():
            if key not in self.targets:
                self.leaving.pop(key, None)
                self.targets[key] = Target(key, ip)
        for target in self.targets.values():
            if target.timer is None and meters:
                target.timer = CLOCK.after(0, lambda target=target: LOOP.submit(self._check(target)))
        self._settle()

    def health_of(self, key: Key) -> Health:
        """What DescribeTargetHealth says of a target, registered or not."""
        target = self.targets.get(key)
        if target and self.meters:
            return target.health
        if target:
            return Health("unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer")
        if key in self.leaving:
            return Health("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
        return Health("unused", "Target.NotRegistered", "Target is not registered to the target group")

    def _drain(self, target: Target) -> None:
        target.leaves = True
        if target.timer:
            target.timer.cancel()
        if self.meters:
            self.leaving[target.key] = target
            CLOCK.after(self.settings.delay, lambda: LOOP.submit(self._gone(target)))
        close(target.idle)

    async def _gone(self, target: Target) -> None:
        if self.leaving.get(target.key) is target:
            del self.leaving[target.key]
        close(target.busy)

    async def _check(self, target: Target) -> None:
        if target.leaves or not self.meters:
            target.timer, target.health = None, Health()
            return
        checks = self.settings.checks
        target.timer = CLOCK.after(checks.interval, lambda: LOOP.submit(self._check(target)))
        target.health.learn(await check(target.ip, target.key.port, checks), checks)
        self._settle()
        states = [each.health.state for each in self.targets.values()]
        for meter in self.meters:
            meter.add("HealthyHostCount", states.count("healthy"))
            meter.add("UnHealthyHostCount", states.count("unhealthy"))

    def _settle(self) -> None:
        everybody = tuple(self.targets.values())
        # Where nobody is healthy, all are asked: the group fails open.
        self.serving = tuple(each for each in everybody if each.health.state == "healthy") or everybody

    def next(self) -> Target | None:
        """The target that gets the next request; None where none is registered."""
        if not self.serving:
            return None
        self._turn += 1
        if self.settings.least_busy:
            return min(self.serving, key=lambda each: len(each.busy))
        return self.serving[self._turn % len(self.serving)]


def close(links: Iterable[Link]) -> None:
    """Go away from the other side."""
    for _reader, writer in tuple(links):
        writer.close()
