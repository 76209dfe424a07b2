# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose turn it is among several with weights."""
from __future__ import annotations

from collections.abc import Mapping


class Turns:
    """Smooth weighted round robin: each has its share exactly in any run of as many turns as the weights sum up to, spread evenly.

    A real load balancer draws at random: shares that are exact at every moment are what tests can hold on to.
    """

    def __init__(self, weights: Mapping[str, int]) -> None:
        self._weights = {name: weight for name, weight in weights.items() if weight > 0}
        self._credit = dict.fromkeys(self._weights, 0)
        self._sum = sum(self._weights.values())

    def next(self) -> str | None:
        """The one whose turn it is; None where nobody has any weight."""
        if not self._weights:
            return None
        for name, weight in self._weights.items():
            self._credit[name] += weight
        chosen = max(self._credit, key=lambda name: self._credit[name])
        self._credit[chosen] -= self._sum
        return chosen
