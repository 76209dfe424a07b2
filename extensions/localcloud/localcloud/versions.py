# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The `versions` dial: how what runs on a target behaves, by its version (a task's image, an instance's launch template version)."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Version:
    """A program that listens `start_seconds` after it began, says at its health check's path that it is well while it is `healthy` and
    younger than `sick_after` seconds, answers that share of all other requests with 500 (the same ones each time), each
    `latency_ms` late, and ends by itself with `exit_code` after `exit_after` seconds. None: never.
    """

    start_seconds: float = 0
    healthy: bool = True
    sick_after: float | None = None
    error_rate: float = 0
    latency_ms: float = 0
    exit_after: float | None = None
    exit_code: int = 1

    def is_well(self, age: float) -> bool:
        """What it says of itself that many seconds after it began."""
        return self.healthy and (self.sick_after is None or age < self.sick_after)


#: What no dial speaks of.
WELL = Version()


def read_versions(given: Mapping[str, Mapping[str, Any]]) -> dict[str, Version]:
    """Versions with what is given, and the defaults for the rest. Raises ValueError for a setting that there is not, or a bad value."""
    return {name: _read(name, settings) for name, settings in given.items()}


def _read(version: str, given: Mapping[str, Any]) -> Version:
    names = [one.name for one in fields(Version)]
    if unknown := set(given) - set(names):
        raise ValueError(f"no such setting of a version: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    for name, value in given.items():
        if name == "healthy":
            if not isinstance(value, bool):
                raise ValueError(f"versions.{version}.healthy must be true or false, not {value!r}")
        elif value is None and getattr(Version, name) is None:
            continue
        elif isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= (1 if name == "error_rate" else float("inf")):
            raise ValueError(f"versions.{version}.{name} must be a number from 0 {'to 1' if name == 'error_rate' else 'on'}, not {value!r}")
    return Version(**given)
