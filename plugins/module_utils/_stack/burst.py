# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One concurrent burst that reads all that a stack owns, each type from its own service's describe call.

Never from the tagging API: it lags by minutes, and lists what was tagged once.
"""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from .._aws import Aws
from .._aws import tag_dict
from .._core.identity import PROTECTED
from .types import TYPES

#: Calls at a time: EC2 throttles describes of one account together.
WIDTH = 8


def read_stack(aws: Aws, stack: str) -> dict[str, t.Any]:
    """The account, the region and its zones, and every resource of the stack, tombstones apart."""
    for service in ("ec2", "sts"):
        aws.client(service)  # made here: boto3 makes clients in one thread at a time
    with ThreadPoolExecutor(WIDTH) as pool:
        account, zones = pool.submit(_account, aws), pool.submit(_zones, aws)
        owned = [pool.submit(kind.owned, aws, stack) for kind in TYPES]
        found = [resource for future in owned for resource in future.result()]
        return {
            "account": account.result(),
            "region": aws.region,
            "endpoint": aws.client("ec2").meta.endpoint_url,
            "zones": zones.result(),
            "resources": sorted((_entry(one) for one in found if not one.is_gone), key=_order),
            "tombstones": sorted((_entry(one) for one in found if one.is_gone), key=_order),
            "protected": any(tag_dict(one.raw.get("Tags")).get(PROTECTED) == "true" for one in found),
        }


def _account(aws: Aws) -> str:
    return aws.read("sts", "get_caller_identity", "Account")


def _zones(aws: Aws) -> list[str]:
    filters = [{"Name": "zone-type", "Values": ["availability-zone"]}, {"Name": "state", "Values": ["available"]}]
    found = aws.read("ec2", "describe_availability_zones", "AvailabilityZones", Filters=filters)
    return sorted(one["ZoneName"] for one in found)


def _entry(resource: t.Any) -> dict[str, str]:
    who = resource.identity
    return {"component": who.component, "type": resource.TYPE, "name": who.name, "key": who.key, "id": resource.id}


def _order(entry: dict[str, str]) -> tuple[str, ...]:
    return entry["component"], entry["type"], entry["name"], entry["id"]
