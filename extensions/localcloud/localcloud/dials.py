# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The dials: how slow, how faulty and how small the cloud is. All may be turned while it runs.

moto's state belongs to the process, and so do the dials: there is one `DIALS`.
"""
from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from .faults import Fault, read_faults
from .hosts.channel import Channel, read_channel
from .replies import AwsError
from .versions import Version, read_versions

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
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/launch-template-restrictions.html
    "launch_templates": 5000,
    "launch_template_versions": 10000,
    # Running On-Demand instances in vCPUs; more than a new account's (5 and 0), which cannot run a fleet at all.
    "vcpus": 256,
    "gpu_vcpus": 64,
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
    "load_balancers": 50,
    "target_groups": 3000,
    "listeners_per_load_balancer": 50,
    "rules_per_load_balancer": 100,
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html
    "db_instances": 40,
    "db_storage_gib": 100_000,
    "db_snapshots": 100,
    "db_subnet_groups": 50,
    "subnets_per_db_subnet_group": 20,
    "db_parameter_groups": 50,
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html; vCPUs more than a new account's 6.
    "ecs_clusters": 10_000,
    "ecs_services_per_cluster": 5000,
    "ecs_tasks_per_service": 5000,
    "containers_per_task_definition": 10,
    "target_groups_per_ecs_service": 5,
    "fargate_vcpus": 256,
    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
    "ecr_repositories": 100_000,
    "images_per_repository": 100_000,
}


#: As they stand before anybody turns one.
AT_REST: dict[str, Any] = {
    "latency_ms": 0,
    "start_session_ms": 0,
    "settle": 0,
    "hold": [],
    "enforce_iam": False,
    "faults": [],
    "quotas": {},
    "channel": {},
    "versions": {},
}
_NUMBERS = {"latency_ms", "start_session_ms", "settle"}


class Dials:
    """Milliseconds of latency a request (of which a session's frame has half each way) and of StartSession besides, seconds that slow
    things stay pending, which of them (by moto's class: NatGateway) stay so for as long as they are named, faults, quotas, what
    befalls the channels of sessions, how the versions of programs behave, and whether policies are kept."""

    latency_ms: float
    start_session_ms: float
    settle: float
    hold: list[str]
    enforce_iam: bool

    def __init__(self) -> None:
        self.turn(AT_REST)

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

    @property
    def channel(self) -> Channel:
        return self._channel

    @channel.setter
    def channel(self, given: Mapping[str, Any]) -> None:
        """What is not given is as it was at first."""
        self._channel = read_channel(given)

    @property
    def versions(self) -> dict[str, Version]:
        """By the name of the version; what is not named is well at once, and stays so."""
        return self._versions

    @versions.setter
    def versions(self, given: Mapping[str, Mapping[str, Any]]) -> None:
        self._versions = read_versions(given)

    def latency_of(self, operation: str | None) -> float:
        """Seconds that a request takes longer."""
        return (self.latency_ms + (self.start_session_ms if operation == "StartSession" else 0)) / 1000

    def turn(self, values: Mapping[str, Any]) -> None:
        """Set the dials named in `values`. Raises ValueError for one that there is not, or a bad value."""
        if unknown := set(values) - set(AT_REST):
            raise ValueError(f"no such dial: {', '.join(sorted(unknown))}")
        for name in _NUMBERS & set(values):
            if not isinstance(values[name], (int, float)) or values[name] < 0:
                raise ValueError(f"{name} must be a number from 0 on, not {values[name]!r}")
        if not all(isinstance(name, str) for name in values.get("hold", [])):
            raise ValueError(f"hold must be a list of names, not {values['hold']!r}")
        if not isinstance(values.get("enforce_iam", False), bool):
            raise ValueError(f"enforce_iam must be true or false, not {values['enforce_iam']!r}")
        for name, value in values.items():
            setattr(self, name, value)

    def shown(self) -> dict[str, Any]:
        """The dials as JSON can hold them."""
        return {name: getattr(self, name) for name in AT_REST} | {
            "channel": dataclasses.asdict(self.channel),
            "versions": {name: dataclasses.asdict(one) for name, one in self.versions.items()},
        }


DIALS = Dials()


def within(quota: str, used: int, code: str, what: str) -> None:
    """Raises the quota's own error where one more would be one too many."""
    if used >= DIALS.quotas[quota]:
        raise AwsError(code, f"The maximum number of {what} has been reached.")
