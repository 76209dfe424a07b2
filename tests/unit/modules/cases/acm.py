# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ACM: certificates, and the zones in which they are proved."""

from __future__ import annotations

import typing as t

from .case import Case
from .case import Ids
from .case import TAGS


def a_zone(aws: t.Any, name: str = "example.com", reference: str = "one") -> str:
    return aws.route53.create_hosted_zone(Name=name, CallerReference=reference)["HostedZone"]["Id"].rpartition("/")[2]


def two_zones(aws: t.Any) -> Ids:
    return {"zone": a_zone(aws), "other": a_zone(aws, reference="other")}


def proofs(aws: t.Any, arn: str) -> list[dict[str, t.Any]]:
    """The records that a certificate asks for, as record sets."""
    options = aws.acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    wanted = {one["ResourceRecord"]["Name"]: one["ResourceRecord"]["Value"] for one in options}
    return [{"Name": name, "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": value}]} for name, value in wanted.items()]


def change_records(aws: t.Any, zone: str, action: str, records: list[dict[str, t.Any]]) -> None:
    changes = [{"Action": action, "ResourceRecordSet": record} for record in records]
    aws.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def issued(aws: t.Any, zone: str, domain: str) -> str:
    """A certificate of somebody else's, issued."""
    arn = aws.acm.request_certificate(DomainName=domain, ValidationMethod="DNS")["CertificateArn"]
    change_records(aws, zone, "UPSERT", proofs(aws, arn))
    return arn


def certificate(ids: Ids, zone: str, **more: t.Any) -> dict[str, t.Any]:
    names = {"domain": "shop.example.com", "alternative_names": ["*.shop.example.com", "www.example.com"]}
    return {"name": "shop-certificate", **names, "zone_id": ids[zone], "key_algorithm": "EC_prime256v1", **more}


def tagged(aws: t.Any, arn: str, ids: Ids) -> None:
    aws.acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "Name", "Value": "renamed"}, {"Key": "foreign", "Value": "kept"}])


CASES = [
    Case(
        "acm_certificate",
        two_zones,
        lambda ids: certificate(ids, "zone"),
        lambda ids: certificate(ids, "other", tags=TAGS),
        ("RequestCertificate", "AddTagsToCertificate", "ChangeResourceRecordSets"),
        {"zone_id": lambda aws, arn, ids: change_records(aws, ids["zone"], "DELETE", proofs(aws, arn)[:1]), "tags": tagged},
        {"domain": "AWS cannot change it", "alternative_names": "AWS cannot change it", "key_algorithm": "AWS cannot change it"},
    ),
]
