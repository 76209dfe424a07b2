# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One concurrent burst that reads all that a stack owns, each type from its own service's describe call.

Never from the tagging API: it lags by minutes, and lists what was tagged once. What is asked here is not asked again by the modules of
the run, until one of them is about to write. By choice each resource is asked all that its own module would ask, unless it has a secret.
"""

from __future__ import annotations

import contextlib
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

from .._aws import AnsibleAWSError
from .._aws import Aws
from .._core.plan import Refusal
from .types import TYPES

#: Calls at a time: EC2 throttles describes of one account together.
WIDTH = 8


def read_owned(aws: Aws, stack: str, kinds: t.Collection[type]) -> dict[type, list[t.Any]]:
    """What a stack owns of each of these types, tombstones too, read side by side."""
    with ThreadPoolExecutor(WIDTH) as pool:
        return dict(zip(kinds, pool.map(lambda kind: kind.owned(aws, stack), kinds), strict=True))


def read_stack(aws: Aws, stack: str, ask_ahead: bool = False) -> dict[str, t.Any]:
    """The account, the region and its zones, and every resource of the stack, tombstones apart; ``ask_ahead``: what their modules ask too."""
    asked = time.time()
    aws.forget()
    aws.client("ec2")  # what is wrong with region or credentials is said once, and not by every thread
    with ThreadPoolExecutor(2) as pool:
        account, zones = pool.submit(lambda: aws.account), pool.submit(_zones, aws)
        found = [one for owned in read_owned(aws, stack, TYPES).values() for one in owned]
        answer = {
            "account": account.result(),
            "partition": aws.partition,
            "region": aws.region,
            "endpoint": aws.client("ec2").meta.endpoint_url,
            "zones": zones.result(),
            "resources": sorted((_entry(one) for one in found if not one.is_gone), key=_order),
            "tombstones": sorted((_entry(one) for one in found if one.is_gone), key=_order),
            "protected": any(one.is_protected for one in found),
        }
    with ThreadPoolExecutor(WIDTH) as pool:
        list(pool.map(_ask, [one for one in found if ask_ahead and not one.is_gone and not one.SECRETS]))
    aws.hand_on(asked)
    return answer


def _ask(resource: t.Any) -> None:
    """Ask what its module will ask, which knows no id yet. What cannot be answered is that module's to say."""
    resource.id = None
    with contextlib.suppress(AnsibleAWSError, Refusal, KeyError):
        resource.describe()


def _zones(aws: Aws) -> list[str]:
    filters = [{"Name": "zone-type", "Values": ["availability-zone"]}, {"Name": "state", "Values": ["available"]}]
    found = aws.read("ec2", "describe_availability_zones", "AvailabilityZones", Filters=filters)
    return sorted(one["ZoneName"] for one in found)


def _entry(resource: t.Any) -> dict[str, str]:
    who = resource.identity
    return {"component": who.component, "type": resource.TYPE, "name": who.name, "key": who.key, "id": resource.id}


def _order(entry: dict[str, str]) -> tuple[str, ...]:
    return entry["component"], entry["type"], entry["name"], entry["id"]
