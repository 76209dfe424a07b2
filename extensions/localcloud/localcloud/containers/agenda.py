# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to happen to tasks and services, and when: done in order, each at its moment, by whoever comes by once it is due."""
from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable

from ..clock import CLOCK

Act = Callable[[], object]


class Agenda:
    """One for each account and region. The clock wakes it, and so does every request that looks; the clock forgets it when the account
    is emptied.

    `lock` is held while anything is done; `after` may be called from everywhere.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._entries: list[tuple[float, int, Act]] = []
        self._number = itertools.count()
        self._writing = threading.Lock()
        self._moment: float | None = None

    def after(self, seconds: float, act: Act) -> None:
        """Do `act` so many seconds from now, which for an act of this agenda is the moment at which it was due."""
        due = self._monotonic() + max(0.0, seconds)
        with self._writing:
            heapq.heappush(self._entries, (due, next(self._number), act))
        CLOCK.after(due - CLOCK.monotonic(), self.run)

    def run(self) -> None:
        """Do all that is due."""
        with self.lock:
            if self._moment is not None:  # an act that looks around: what is due comes after it
                return
            try:
                while act := self._next():
                    act()
            finally:
                self._moment = None

    def now(self) -> float:
        """Seconds since the epoch."""
        return CLOCK.now() - CLOCK.monotonic() + self._monotonic()

    def _monotonic(self) -> float:
        return CLOCK.monotonic() if self._moment is None else self._moment

    def _next(self) -> Act | None:
        with self._writing:
            if not self._entries or self._entries[0][0] > CLOCK.monotonic():
                return None
            self._moment, _number, act = heapq.heappop(self._entries)
            return act
