# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a new version may keep the requests that it was given: health, failed answers, latency, alarms. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

#: Seconds after the end of a minute until AWS has its figures for sure, and of the minute itself.
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
FIGURES_LATE = 180


@dataclass(frozen=True)
class Limits:
    """What is asked of a new version; None is not asked.

    ``min_healthy``: percent of the targets that have a verdict. ``max_5xx``: percent of the requests. ``max_latency``: seconds, of the
    ``percentile`` (99 is p99) of each minute. ``min_requests``: how many a step must have seen at its end.
    """

    min_healthy: float = 100.0
    max_5xx: float | None = None
    max_latency: float | None = None
    percentile: float = 99.0
    min_requests: int = 0

    @property
    def asks_for_figures(self) -> bool:
        return self.max_5xx is not None or self.max_latency is not None or self.min_requests > 0

    def too_short(self, seconds: float) -> str:
        """What to tell of a step that is watched for so many seconds: it may end before AWS has figures; empty where it does not."""
        if not self.asks_for_figures or seconds >= FIGURES_LATE:
            return ""
        late = f"which come by the minute and 1 to 2 minutes late; give it {FIGURES_LATE} s"
        return f"a step of {seconds:.0f} s may end before CloudWatch has its figures, {late}"


@dataclass(frozen=True)
class Figures:
    """What CloudWatch says of a target group since a step began: requests, those that failed, and the slowest minute's latency in seconds."""

    requests: int = 0
    failed: int = 0
    latency: float | None = None

    @property
    def share_5xx(self) -> float:
        """Percent of the requests that were answered 5xx, or by a connection that failed."""
        return 100 * self.failed / self.requests if self.requests else 0.0

    def said(self, percentile: float) -> str:
        """For people: ``0.00 % 5xx of 1204 requests, p99 0.120 s``."""
        if not self.requests:
            return "no requests seen"
        slow = f", p{percentile:g} {self.latency:.3f} s" if self.latency is not None else ""
        return f"{self.share_5xx:.2f} % 5xx of {self.requests} requests{slow}"


def cause(name: str, healthy: int, percent: float, figures: Figures, limits: Limits, alarms: t.Mapping[str, str], *, is_over: bool) -> str:
    """Why the target group ``name`` may not keep its requests: the gate, the figure and the limit; empty while it may.

    ``healthy``, ``percent``: how many of its targets are healthy, and which part. ``alarms``: the state of each that is watched.
    ``is_over``: whether the step has had its time, so that requests that are missing by now will not come.
    """
    if not healthy:
        return f"health: {name} has no healthy target"
    if percent < limits.min_healthy:
        return f"health: {percent:.0f} % of the targets of {name} are healthy, under {limits.min_healthy:g} %"
    fired = sorted(alarm for alarm, state in alarms.items() if state == "ALARM")
    if fired:
        return f"alarm: {' and '.join(fired)} in ALARM"
    if limits.max_5xx is not None and figures.requests and figures.share_5xx > limits.max_5xx:
        return f"5xx share: {figures.share_5xx:.2f} % of {figures.requests} requests to {name}, over {limits.max_5xx:g} %"
    if limits.max_latency is not None and figures.latency is not None and figures.latency > limits.max_latency:
        return f"latency: p{limits.percentile:g} of {name} is {figures.latency:.3f} s, over {limits.max_latency:g} s"
    if is_over and figures.requests < limits.min_requests:
        seen = f"{figures.requests} requests seen" if figures.requests else "no requests seen"
        return f"requests: {seen} by {name}, under {limits.min_requests}, so that nobody knows how it does"
    return ""
