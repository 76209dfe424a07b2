# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run begins with: the account, all that the stack owns, and who is sealed.

What is asked here is not asked again by the modules of the run, until one of them is about to write. By choice each resource is asked all
that its own module would ask, unless it has a secret.
"""

from __future__ import annotations

import contextlib
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

from .._aws import AnsibleAWSError
from .._aws import Aws
from .._core.plan import Refusal
from .._iam.service_linked_role import read_service_roles
from .burst import read_owned
from .burst import WIDTH
from .lock_table import LockTable
from .seals import read_seals
from .seals import Sight
from .seals import SIGHT
from .seals import unbroken
from .types import TYPES


def read_stack(aws: Aws, stack: str, ask_ahead: bool = False, table: str = "", types: t.Collection[str] | None = None) -> dict[str, t.Any]:
    """The account, the region and its zones, and every resource of the stack, tombstones apart.

    ``ask_ahead``: what their modules ask too; and whose seal, of those in ``table``, is unbroken. ``types``: of these alone.
    """
    asked, kinds = time.time(), [kind for kind in TYPES if types is None or kind.TYPE in types]
    aws.forget()
    aws.client("ec2")  # what is wrong with region or credentials is said once, and not by every thread
    with ThreadPoolExecutor(3) as pool:
        account, zones = pool.submit(lambda: aws.account), pool.submit(_zones, aws)
        seals = pool.submit(lambda: read_seals(aws, table, stack) if ask_ahead else {})
        found = [one for owned in read_owned(aws, stack, kinds).values() for one in owned]
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
        owned = [one for one in found if not one.is_gone and not one.SECRETS]
        list(pool.map(_ask, [*owned, StackItself(aws, stack, table)] if ask_ahead else []))
    sight = Sight.read(aws.heard, answer["resources"])
    aws.hand_on(asked)
    aws.answers.put(SIGHT, vars(sight))
    return {**answer, "seals": unbroken(seals.result(), sight)}


def _ask(resource: t.Any) -> None:
    """Ask what its module will ask, which knows no id yet. What cannot be answered is that module's to say."""
    resource.id = None
    with contextlib.suppress(AnsibleAWSError, Refusal, KeyError):
        resource.ask_ahead()


class StackItself:
    """What belongs to no component: the lock's table, and the roles by which services act in the account."""

    def __init__(self, aws: Aws, stack: str, table: str):
        self.aws, self.table = aws, LockTable(aws, {"stack": stack, "table": table, "tags": {}})

    def ask_ahead(self) -> None:
        read_service_roles(self.aws)
        self.table.describe()


def _zones(aws: Aws) -> list[str]:
    filters = [{"Name": "zone-type", "Values": ["availability-zone"]}, {"Name": "state", "Values": ["available"]}]
    found = aws.read("ec2", "describe_availability_zones", "AvailabilityZones", Filters=filters)
    return sorted(one["ZoneName"] for one in found)


def _entry(resource: t.Any) -> dict[str, str]:
    who = resource.identity
    return {"component": who.component, "type": resource.TYPE, "name": who.name, "key": who.key, "id": resource.id}


def _order(entry: dict[str, str]) -> tuple[str, ...]:
    return entry["component"], entry["type"], entry["name"], entry["id"]
