# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The clock of what takes its time: real, or a test's own, which stands still until it is advanced.

The cloud's state belongs to the process, and so does its clock: there is one `CLOCK`.
"""
from __future__ import annotations

import heapq
import itertools
import math
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

Act = Callable[[], Any]
_ROUNDING = 1e-6


class Timer:
    """What is to be done once, at `due` (seconds of `CLOCK.monotonic()`), unless it is cancelled before."""

    def __init__(self, due: float, act: Act) -> None:
        self.due, self._act, self._cancelled = due, act, False

    def cancel(self) -> None:
        self._cancelled = True

    def fire(self) -> Any:
        """What the act gave; a failure of it is told on stderr, and hinders no other timer."""
        if self._cancelled:
            return None
        try:
            return self._act()
        except Exception:  # noqa: BLE001 - as a server's thread: whose timer it is cannot be told, and the next one must fire
            traceback.print_exc()
            return None


class Clock:
    """Time, and what is to be done when it has come.

    Real time fires its timers in a thread of its own. Virtual time stands still but for `advance`, which fires them in the thread that
    calls it, one after another in the order in which they are due, each at its time. An act that gives something with a `result()` (a
    future of another thread) is waited for in virtual time, so that whoever advanced it sees what came of it.
    """

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._timers: list[tuple[float, int, Timer]] = []
        self._number = itertools.count()
        self._ticker: threading.Thread | None = None
        self._began = (0.0, 0.0)  # of virtual time: epoch seconds, monotonic seconds
        self._elapsed: float | None = None  # of virtual time; None: it is real

    def now(self) -> float:
        """Seconds since the epoch."""
        elapsed = self._elapsed
        return time.time() if elapsed is None else self._began[0] + elapsed

    def monotonic(self) -> float:
        """Seconds since some moment."""
        elapsed = self._elapsed
        return time.monotonic() if elapsed is None else self._began[1] + elapsed

    def after(self, seconds: float, act: Act) -> Timer:
        """Do `act` in so many seconds; in virtual time never before the next `advance`, be it of 0."""
        with self._change:
            timer = Timer(self.monotonic() + max(0.0, seconds), act)
            heapq.heappush(self._timers, (timer.due, next(self._number), timer))
            if self._ticker is None:
                self._ticker = threading.Thread(target=self._tick, name="clock", daemon=True)
                self._ticker.start()
            self._change.notify()
        return timer

    def virtual(self) -> Clock:
        """Stand still from this second on, until `real()`; as a context manager, until its end."""
        with self._change:
            if self._elapsed is None:
                # Whole seconds, so that what is added up in parts comes to the same as at once.
                self._began, self._elapsed = (float(int(time.time())), float(math.ceil(time.monotonic()))), 0.0
        return self

    def real(self) -> None:
        """Go by the machine's clocks again; what is due by them is done soon. Timers that virtual time put off wait for their time."""
        with self._change:
            self._elapsed = None
            self._change.notify()

    def advance(self, seconds: float) -> None:
        """Let virtual time go on by so many seconds. Raises RuntimeError while time is real."""
        if self._elapsed is None:
            raise RuntimeError("only virtual time can be advanced: CLOCK.virtual() first")
        end = self.monotonic() + seconds
        while timer := self._pop(end):
            self._move(timer.due)
            gave = timer.fire()
            if hasattr(gave, "result"):
                gave.result()
        self._move(end)

    def forget(self) -> None:
        """Drop every timer: what they were for is no more."""
        with self._change:
            self._timers.clear()

    def __enter__(self) -> Clock:
        return self

    def __exit__(self, *_: object) -> None:
        self.real()

    def _move(self, to: float) -> None:
        with self._change:
            if self._elapsed is not None:
                self._elapsed = max(self._elapsed, to - self._began[1])

    def _pop(self, until: float) -> Timer | None:
        with self._change:
            return heapq.heappop(self._timers)[2] if self._timers and self._timers[0][0] <= until + _ROUNDING else None

    def _tick(self) -> None:
        while True:
            with self._change:
                wait = self._timers[0][0] - time.monotonic() if self._timers and self._elapsed is None else None
                if wait is None or wait > 0:
                    self._change.wait(wait)
                    continue
                timer = heapq.heappop(self._timers)[2]
            timer.fire()


CLOCK = Clock()
