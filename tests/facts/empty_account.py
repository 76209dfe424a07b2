# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Name all that stands in a region beside what AWS gives a new account; exit status 1 where there is anything.

    python tests/facts/empty_account.py      # as a client: endpoint, region and keys are in the environment

An independent reader: boto3 alone, whoever made a thing and however it is tagged. Tombstones, which AWS lists for a while
after a deletion, are named and do not count.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import boto3

Raw = dict[str, Any]

#: By EC2 operation: field, id, and what of it AWS gives by itself.
KINDS: dict[str, tuple[str, str, Callable[[Raw], bool]]] = {
    "describe_vpcs": ("Vpcs", "VpcId", lambda one: one["IsDefault"]),
    "describe_subnets": ("Subnets", "SubnetId", lambda one: one["DefaultForAz"]),
    "describe_internet_gateways": ("InternetGateways", "InternetGatewayId", lambda one: False),
    "describe_addresses": ("Addresses", "AllocationId", lambda one: False),
    "describe_nat_gateways": ("NatGateways", "NatGatewayId", lambda one: False),
    "describe_route_tables": ("RouteTables", "RouteTableId", lambda one: any(link["Main"] for link in one["Associations"])),
    "describe_vpc_endpoints": ("VpcEndpoints", "VpcEndpointId", lambda one: False),
    "describe_security_groups": ("SecurityGroups", "GroupId", lambda one: one["GroupName"] == "default"),
    "describe_network_acls": ("NetworkAcls", "NetworkAclId", lambda one: one["IsDefault"]),
    "describe_network_interfaces": ("NetworkInterfaces", "NetworkInterfaceId", lambda one: False),
}


def standing() -> Iterator[tuple[str, str, str]]:
    """Each thing as (kind, id, state)."""
    ec2, dynamodb = boto3.client("ec2"), boto3.client("dynamodb")
    for operation, (field, id_field, is_given) in KINDS.items():
        pages = ec2.get_paginator(operation).paginate() if ec2.can_paginate(operation) else [getattr(ec2, operation)()]
        yield from ((field, one[id_field], one.get("State", "")) for page in pages for one in page[field] if not is_given(one))
    for page in dynamodb.get_paginator("list_tables").paginate():
        yield from (("Tables", name, "") for name in page["TableNames"])


def main() -> int:
    found = list(standing())
    for kind, identifier, state in found:
        print(f"{'a tombstone' if state == 'deleted' else 'stands'}: {kind} {identifier}")
    left = [one for one in found if one[2] != "deleted"]
    print(f"{len(left)} things stand" if left else "The account is empty")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
