# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When an EC2 resource is ready, gone or broken, as data, and the one wait over it."""

from __future__ import annotations

import typing as t

from .._aws import AwsFailure

if t.TYPE_CHECKING:
    from .base import Ec2Resource

#: States that nothing leads out of, by type, and the field that holds AWS's own reason.
BROKEN = {
    "ec2_nat_gateway": ({"failed", "deleting", "deleted"}, "FailureMessage"),
    "ec2_vpc_endpoint": ({"failed", "rejected", "expired", "deleting", "deleted"}, "FailureReason"),
}


def wait_for_state(resource: Ec2Resource, *states: str) -> None:
    """Wait until EC2 lists the resource in one of ``states``; raise AwsFailure with AWS's reason when it breaks."""
    broken, reason = BROKEN.get(resource.TYPE, (set(), ""))

    def look() -> tuple[bool, str]:
        raw = read_by_id(resource) or {}
        state = raw.get("State", "unseen").lower()
        if state in broken:
            raise AwsFailure(f"{resource.id} is {state}: {raw.get(reason) or 'AWS gives no reason'}")
        resource.raw = raw or resource.raw
        return state in states, state

    resource.aws.waiter.until(look, f"{resource.id} to be {' or '.join(states)}", resource.aws.timeout)


def wait_until_gone(resource: Ec2Resource) -> None:
    """Wait until EC2 no longer lists the resource, tombstones apart."""

    def look() -> tuple[bool, str]:
        raw = read_by_id(resource)
        return raw is None or raw.get("State") in resource.GONE, (raw or {}).get("State", "listed")

    resource.aws.waiter.until(look, f"{resource.id} to be gone", resource.aws.timeout)


def read_by_id(resource: Ec2Resource) -> dict[str, t.Any] | None:
    """What EC2 lists under the id now; None where it lists nothing. By filter: an id that is unknown is no error there."""
    resource.aws.forget()
    return next((raw for raw in resource.aws.read("ec2", *resource.READ, **resource.scope) if raw[resource.ID] == resource.id), None)
