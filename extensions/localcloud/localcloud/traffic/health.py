# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A target's health: what one check finds, and what a row of them comes to.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html and API_TargetHealth
"""
from __future__ import annotations

import asyncio
from dataclasses import dataclass

from .messages import BadMessage, read_head, written
from .servers import HEALTH_CHECKER, connect


@dataclass(frozen=True)
class Checks:
    """A target group's settings: seconds, consecutive checks, and status codes as a Matcher has them (`200`, `200-299,302`).

    `port` is None for the port that the target gets its traffic on.
    """

    path: str = "/"
    port: int | None = None
    interval: float = 30
    timeout: float = 5
    healthy: int = 5
    unhealthy: int = 2
    codes: str = "200"

    def matches(self, status: int) -> bool:
        ranges = [one.partition("-") for one in self.codes.split(",")]
        return any(int(low) <= status <= int(high or low) for low, _dash, high in ranges)


@dataclass
class Health:
    """A target's state and why, in the API's words; `streak` counts the checks in a row that speak against the state."""

    state: str = "initial"
    reason: str | None = "Elb.RegistrationInProgress"
    description: str | None = "Target registration is in progress"
    streak: int = 0

    def learn(self, failure: tuple[str, str] | None, checks: Checks) -> None:
        """One more check: a failure's reason and description, or None for one that was passed. A new target must pass but one."""
        enough = {"initial": checks.unhealthy if failure else 1, "healthy": checks.unhealthy, "unhealthy": checks.healthy}[self.state]
        against = failure is None if self.state == "unhealthy" else failure is not None or self.state == "initial"
        self.streak = self.streak + 1 if against else 0
        if self.streak >= enough and against:
            self.state, self.streak = "unhealthy" if failure else "healthy", 0
        if self.state == "unhealthy" and failure:
            self.reason, self.description = failure
        elif self.state == "healthy":
            self.reason = self.description = None
        elif self.state == "initial":
            self.reason, self.description = "Elb.InitialHealthChecking", "Initial health checks in progress"


async def check(ip: str, port: int, checks: Checks) -> tuple[str, str] | None:
    """Ask a target how it fares: None where it is well, otherwise the reason and its description as the API has them."""
    at = checks.port or port
    try:
        async with asyncio.timeout(checks.timeout):
            status = await _ask(ip, at, checks.path)
    except TimeoutError:
        return "Target.Timeout", "Request timed out"
    except (OSError, BadMessage, ValueError):
        return "Target.FailedHealthChecks", "Health checks failed"
    if checks.matches(status):
        return None
    return "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]"


async def _ask(ip: str, port: int, path: str) -> int:
    reader, writer = await connect(ip, port)
    try:
        fields = [("Host", f"{ip}:{port}"), ("User-Agent", HEALTH_CHECKER), ("Accept-Encoding", "gzip, compressed"), ("Connection", "close")]
        writer.write(written(f"GET {path} HTTP/1.1", fields))
        head = await read_head(reader)
        if head is None or not head.words[0].startswith("HTTP/1."):
            raise BadMessage("no answer")
        return int(head.words[1])
    finally:
        writer.close()
