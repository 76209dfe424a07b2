# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ACM and Route 53, as they are: a certificate is issued once it is proved; a batch of records is changed whole or not at all."""
from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud

from .conftest import client_of
from .test_elbv2 import Door

NAME = "shop.example.com"


class Names:
    """A zone and what stands in it, by plain boto3."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.acm, self.route53 = client_of(cloud.endpoint, "acm"), client_of(cloud.endpoint, "route53")
        self.zone = self.route53.create_hosted_zone(Name="example.com", CallerReference="one")["HostedZone"]["Id"]

    def change(self, *changes: tuple[str, dict[str, Any]]) -> Any:
        batch = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
        return self.route53.change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch={"Changes": batch})

    def request(self, **params: Any) -> str:
        return self.acm.request_certificate(**{"DomainName": NAME, "ValidationMethod": "DNS"} | params)["CertificateArn"]

    def detail(self, arn: str) -> dict[str, Any]:
        return self.acm.describe_certificate(CertificateArn=arn)["Certificate"]

    def prove(self, arn: str) -> None:
        for option in self.detail(arn)["DomainValidationOptions"]:
            asked = option["ResourceRecord"]
            self.change(("UPSERT", record(asked["Name"], asked["Type"], asked["Value"])))


def record(name: str = NAME, type: str = "A", value: str = "192.0.2.1") -> dict[str, Any]:
    return {"Name": name, "Type": type, "TTL": 60, "ResourceRecords": [{"Value": value}]}


@pytest.fixture
def names(cloud: LocalCloud) -> Names:
    return Names(cloud)


# addition, what AWS says, the last call of this
REFUSALS: list[tuple[str, str, Callable[[Names], Any]]] = [
    ("change_what_can_be", "InvalidChangeBatch", lambda n: (n.change(("CREATE", record())), n.change(("CREATE", record())))),
    ("change_what_can_be", "InvalidChangeBatch", lambda n: n.change(("DELETE", record()))),
    ("change_what_can_be", "InvalidChangeBatch",
     lambda n: (n.change(("CREATE", record())), n.change(("DELETE", record(value="192.0.2.2"))))),
    ("change_what_can_be", "InvalidChangeBatch",
     lambda n: (n.change(("CREATE", record())), n.change(("CREATE", record(type="CNAME", value="example.com"))))),
    ("change_what_can_be", "InvalidChangeBatch",
     lambda n: n.change(("CREATE", record(type="CNAME", value="example.com")), ("UPSERT", record()))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "case"), [row[1:] for row in REFUSALS], ids=[f"{row[0]}-{n}" for n, row in enumerate(REFUSALS)])
def test_what_aws_refuses_is_refused(names: Names, code: str, case: Callable[[Names], Any]) -> None:
    with pytest.raises(ClientError) as refused:
        case(names)
    assert refused.value.response["Error"]["Code"] == code


def test_a_batch_is_refused_whole(names: Names) -> None:
    with pytest.raises(ClientError):
        names.change(("CREATE", record("other.example.com")), ("DELETE", record()))
    found = names.route53.list_resource_record_sets(HostedZoneId=names.zone)["ResourceRecordSets"]
    assert {one["Type"] for one in found} == {"NS", "SOA"}


def test_a_record_is_deleted_and_made_again(names: Names) -> None:
    alias = {"Name": NAME, "Type": "A", "AliasTarget": {"HostedZoneId": "Z1", "DNSName": "Door.example.net", "EvaluateTargetHealth": False}}
    for _time in range(2):
        names.change(("CREATE", alias))
        found = names.route53.list_resource_record_sets(HostedZoneId=names.zone, StartRecordName=NAME, StartRecordType="A", MaxItems="1")
        names.change(("DELETE", found["ResourceRecordSets"][0]))


def test_a_certificate_is_issued_some_time_after_it_is_proved(cloud: LocalCloud, names: Names) -> None:
    cloud.dials.settle = 0.3
    arn = names.request(SubjectAlternativeNames=["*." + NAME])
    assert "ResourceRecord" not in names.detail(arn)["DomainValidationOptions"][0]
    time.sleep(0.4)
    assert names.detail(arn)["Status"] == "PENDING_VALIDATION"
    names.prove(arn)
    assert names.detail(arn)["Status"] == "PENDING_VALIDATION"
    time.sleep(0.4)
    assert names.detail(arn)["Status"] == "ISSUED"


@pytest.mark.parametrize(("issuer", "status"), [("letsencrypt.org", "FAILED"), ("amazon.com", "ISSUED")])
def test_a_caa_record_says_who_may_issue(names: Names, issuer: str, status: str) -> None:
    names.change(("CREATE", record("example.com", "CAA", f'0 issue "{issuer}"')))
    arn = names.request()
    names.prove(arn)
    detail = names.detail(arn)
    assert (detail["Status"], detail.get("FailureReason")) == (status, "CAA_ERROR" if status == "FAILED" else None)


def test_others_than_rsa_are_listed_when_asked_for(names: Names) -> None:
    arn = names.request(KeyAlgorithm="EC_prime256v1")
    assert names.detail(arn)["KeyAlgorithm"] == "EC-prime256v1"
    assert names.acm.list_certificates()["CertificateSummaryList"] == []
    found = names.acm.list_certificates(Includes={"keyTypes": ["EC_prime256v1"]})["CertificateSummaryList"]
    assert [(one["CertificateArn"], one["SubjectAlternativeNameSummaries"]) for one in found] == [(arn, [NAME])]


def test_a_used_certificate_is_kept(cloud: LocalCloud, names: Names) -> None:
    door = Door({service: client_of(cloud.endpoint, service) for service in ("ec2", "elbv2", "acm")})
    arn = names.request()
    names.prove(arn)
    listener = door.new_listener(443, Protocol="HTTPS", Certificates=[{"CertificateArn": arn}])
    assert names.detail(arn)["InUseBy"] == [door.balancer]
    with pytest.raises(ClientError) as refused:
        names.acm.delete_certificate(CertificateArn=arn)
    assert refused.value.response["Error"]["Code"] == "ResourceInUseException"
    door.elbv2.modify_listener(ListenerArn=listener, Protocol="HTTP")
    names.acm.delete_certificate(CertificateArn=arn)
