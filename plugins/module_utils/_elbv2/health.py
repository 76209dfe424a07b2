# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many targets of a target group are well.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html#target-health-states
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from .._aws import Aws
from .._core.plan import Refusal


@dataclass(frozen=True)
class Health:
    """Targets by their state; those that are leaving are none any more."""

    healthy: int = 0
    unhealthy: int = 0
    coming: int = 0

    @property
    def total(self) -> int:
        return self.healthy + self.unhealthy + self.coming

    @property
    def percent(self) -> float:
        """The healthy ones of those on which there is a verdict."""
        return 100 * self.healthy / (self.healthy + self.unhealthy) if self.healthy or self.unhealthy else 0.0

    def __str__(self) -> str:
        return f"{self.healthy}/{self.total} healthy"


def health_of(aws: Aws, target_group: str) -> Health:
    """The health of a target group's targets, as AWS says it now. Raise Refusal where there is no such target group."""
    found = aws.find("elbv2", "describe_target_health", "TargetHealthDescriptions", "TargetGroupNotFound", TargetGroupArn=target_group)
    if found is None:
        raise Refusal(f"there is no target group {target_group}; make it first")
    states = Counter(one["TargetHealth"]["State"].partition(".")[0] for one in found)
    return Health(states["healthy"], states["unhealthy"] + states["unavailable"], states["initial"] + states["unused"])
