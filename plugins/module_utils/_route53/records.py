# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records of a Route 53 zone that belong to another resource: an alias of a load balancer, the proof of a certificate's domain.

Records bear no tags. Whose they are, the resource that they belong to says in a tag of its own, written before the record.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
"""

from __future__ import annotations

import typing as t

from .._aws import Aws

Record = dict[str, t.Any]


def plain(name: str) -> str:
    """A name as people write it: lower case, no dot at its end, and ``*`` where Route 53 says ``\\052``."""
    return name.lower().rstrip(".").replace("\\052", "*")


def zone(id: str) -> str:
    """A zone's id without the path that some answers of Route 53 give it."""
    return id.rpartition("/")[2]


def standing(aws: Aws, zone_id: str, name: str, type: str) -> Record | None:
    """The record set of that name and type, or None where there is none, or no such zone."""
    # Route 53 lists a zone in order, from a name on: one item is enough, however large the zone is.
    found = aws.find(
        "route53",
        "list_resource_record_sets",
        "ResourceRecordSets",
        "NoSuchHostedZone",
        HostedZoneId=zone_id,
        StartRecordName=name,
        StartRecordType=type,
        PaginationConfig={"MaxItems": 1, "PageSize": 1},
    )
    return next((one for one in found or [] if plain(one["Name"]) == plain(name) and one["Type"] == type), None)


def write(aws: Aws, zone_id: str, record: Record) -> None:
    """Make it, or make it so. May be repeated."""
    _change(aws, zone_id, "UPSERT", record)


def remove(aws: Aws, zone_id: str, record: Record) -> None:
    """Remove it, as it was read. May be repeated: AWS refuses to delete what is not there, or is another by now."""
    _change(aws, zone_id, "DELETE", record, settled=("InvalidChangeBatch", "NoSuchHostedZone"))


def _change(aws: Aws, zone_id: str, action: str, record: Record, settled: tuple[str, ...] = ()) -> None:
    aws.call(
        "route53",
        "change_resource_record_sets",
        settled=settled,
        busy=("PriorRequestNotComplete",),  # changes of one zone are made one after another
        HostedZoneId=zone_id,
        ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]},
    )
