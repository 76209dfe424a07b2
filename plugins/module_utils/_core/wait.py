# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The only place that sleeps."""

from __future__ import annotations

import random
import time
import typing as t
from dataclasses import dataclass
from dataclasses import field

#: Is it as awaited, and in what state is it: ``(False, "pending")``.
Look = t.Callable[[], "tuple[bool, str]"]


class WaitTimeout(Exception):
    """What was awaited did not come in time. The message says what, how long, and the last state seen."""


@dataclass
class Waiter:
    """Polls soon, backs off, and remembers what was awaited and for how long.

    ``alive`` is called between polls: a holder of the stack's lock renews it there, so that a long wait does not lose it.
    """

    alive: t.Callable[[], None] = lambda: None
    waited: list[dict[str, t.Any]] = field(default_factory=list)
    clock: t.Callable[[], float] = time.monotonic
    epoch: t.Callable[[], float] = time.time  # by which AWS dates what it measures
    pause: t.Callable[[float], None] = time.sleep

    def until(self, look: Look, what: str, timeout: float, *, first: float = 0.2, most: float = 10.0) -> None:
        """Wait until look() says so; raise WaitTimeout after ``timeout`` seconds.

        The first poll is at once; the pause grows from ``first`` to ``most`` seconds by half each time, with jitter, so
        that components that wait side by side do not ask in step.
        """
        start, delay = self.clock(), first
        while True:
            done, state = look()
            seconds = self.clock() - start
            if done:
                break
            if seconds >= timeout:
                raise WaitTimeout(f"waited {seconds:.0f} s for {what}, which is still {state}")
            self.alive()
            self.pause(min(delay * random.uniform(0.8, 1.2), max(timeout - seconds, 0.05)))
            delay = min(delay * 1.5, most)
        if seconds >= 1:
            self.waited.append({"for": what, "seconds": round(seconds, 1)})

    def watch(self, look: t.Callable[[], None], what: str, seconds: float, every: float) -> None:
        """Look at once, then every so many seconds, and once more when ``seconds`` are over; look() raises what ends it before."""
        start = self.clock()
        while True:
            look()
            left = seconds - (self.clock() - start)
            if left <= 0:
                break
            self.alive()
            self.pause(min(every, left))
        self.waited.append({"for": what, "seconds": round(self.clock() - start, 1)})
