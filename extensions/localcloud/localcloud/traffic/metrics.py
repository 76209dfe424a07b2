# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What load balancers count, by the minute.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from ..clock import CLOCK

MINUTE = 60
Dimensions = tuple[tuple[str, str], ...]


class Figures(NamedTuple):
    """One metric's values of one minute, which begins at `at` (epoch seconds): value -> how often."""

    name: str
    dimensions: Dimensions
    at: int
    values: Counter[float]


class Meter:
    """Counts for one set of dimensions."""

    def __init__(self, dimensions: Dimensions) -> None:
        self.dimensions = dimensions
        self._minutes: defaultdict[tuple[int, str], Counter[float]] = defaultdict(Counter)

    def add(self, name: str, value: float = 1) -> None:
        self._minutes[int(CLOCK.now() // MINUTE), name][value] += 1

    def figures(self) -> Iterator[Figures]:
        """Those of minutes that are over: CloudWatch gets them no sooner."""
        over = CLOCK.now() // MINUTE
        for (minute, name), values in list(self._minutes.items()):
            if minute < over:
                yield Figures(name, self.dimensions, minute * MINUTE, values)


class Metrics:
    """The meters of all load balancers, by the ARN's account and region."""

    def __init__(self) -> None:
        self._meters: dict[tuple[str, str, Dimensions], Meter] = {}

    def meter(self, balancer: str, group: str | None = None) -> Meter:
        """Of a load balancer, and of one of its target groups, by their ARNs."""
        _arn, _partition, _service, region, account, name = balancer.split(":", 5)
        dimensions: Dimensions = (("LoadBalancer", name.removeprefix("loadbalancer/")),)
        if group:
            dimensions = (("TargetGroup", group.split(":", 5)[5]), *dimensions)
        return self._meters.setdefault((account, region, dimensions), Meter(dimensions))

    def figures(self, account: str, region: str) -> Iterator[Figures]:
        """What has been counted there, minute by minute."""
        for (its_account, its_region, _dimensions), meter in list(self._meters.items()):
            if (its_account, its_region) == (account, region):
                yield from meter.figures()

    def reset(self) -> None:
        self._meters.clear()


METRICS = Metrics()
