# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The dials: how slow, how faulty and how small the cloud is. All may be turned while it runs.

moto's state belongs to the process, and so do the dials: there is one `DIALS`.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .faults import Fault, read_faults
from .replies import AwsError

# Defaults of a new account, https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
QUOTAS: dict[str, int] = {
    "vpcs": 5,
    "subnets_per_vpc": 200,
    "internet_gateways": 5,
    "addresses": 5,
    "nat_gateways_per_zone": 5,
    "route_tables_per_vpc": 200,
    "routes_per_table": 500,
    "gateway_endpoints": 20,
    "interface_endpoints_per_vpc": 50,
    "security_groups": 2500,
    "rules_per_group": 60,
    "groups_per_interface": 5,
    "network_acls_per_vpc": 200,
    "entries_per_acl": 20,
}


class Dials:
    """Milliseconds of latency a request, seconds that slow things stay pending, faults, and quotas."""

    latency_ms: float
    settle: float

    def __init__(self) -> None:
        self.turn({"latency_ms": 0, "settle": 0, "faults": [], "quotas": {}})

    @property
    def faults(self) -> list[dict[str, Any]]:
        """As they were given; setting them winds their counters back."""
        return [fault.given for fault in self.armed]

    @faults.setter
    def faults(self, given: list[dict[str, Any]]) -> None:
        self.armed: list[Fault] = read_faults(given)

    @property
    def quotas(self) -> dict[str, int]:
        return self._quotas

    @quotas.setter
    def quotas(self, given: Mapping[str, int]) -> None:
        if unknown := set(given) - set(QUOTAS):
            raise ValueError(f"no such quota: {', '.join(sorted(unknown))}; there are {', '.join(QUOTAS)}")
        self._quotas = QUOTAS | dict(given)

    def turn(self, values: Mapping[str, Any]) -> None:
        """Set the dials named in `values`. Raises ValueError for one that there is not, or a bad value."""
        if unknown := set(values) - {"latency_ms", "settle", "faults", "quotas"}:
            raise ValueError(f"no such dial: {', '.join(sorted(unknown))}")
        for name in {"latency_ms", "settle"} & set(values):
            if not isinstance(values[name], (int, float)) or values[name] < 0:
                raise ValueError(f"{name} must be a number from 0 on, not {values[name]!r}")
        for name, value in values.items():
            setattr(self, name, value)

    def shown(self) -> dict[str, Any]:
        """The dials as JSON can hold them."""
        return {"latency_ms": self.latency_ms, "settle": self.settle, "faults": self.faults, "quotas": self.quotas}


DIALS = Dials()


def within(quota: str, used: int, code: str, what: str) -> None:
    """Raises the quota's own error where one more would be one too many."""
    if used >= DIALS.quotas[quota]:
        raise AwsError(code, f"The maximum number of {what} has been reached.")
