# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One way of a channel: frames are delayed, lost, doubled and overtaken on it, as the dial says. Pure: time is handed in."""
from __future__ import annotations

import heapq
import random

from .channel import Channel

#: Seconds that a frame is held back so that others overtake it.
OVERTAKEN = 0.02


class Line:
    """Frames on their way, in the order in which they arrive. `name` makes the two ways of a session lose different frames."""

    def __init__(self, name: str) -> None:
        self._name, self._seed, self._random = name, -1, random.Random()
        self._waiting: list[tuple[float, int, bytes]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, frame: bytes, now: float, delay: float, dial: Channel) -> None:
        """Send a frame on its way; `delay` is in seconds."""
        if dial.seed != self._seed:
            self._seed = dial.seed
            self._random.seed(f"{dial.seed} {self._name}")
        if self._happens(dial.lose):
            return
        for _copy in range(2 if self._happens(dial.duplicate) else 1):
            late = OVERTAKEN if self._happens(dial.reorder) else 0
            self._count += 1
            heapq.heappush(self._waiting, (now + delay + late, self._count, frame))

    def _happens(self, share: float) -> bool:
        return bool(share) and self._random.random() < share

    def take(self, now: float) -> bytes | None:
        """The next frame that has arrived."""
        return heapq.heappop(self._waiting)[2] if self._waiting and self._waiting[0][0] <= now else None

    @property
    def due(self) -> float:
        """When the next frame arrives."""
        return self._waiting[0][0] if self._waiting else float("inf")
