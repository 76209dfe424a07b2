# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ACM: a certificate is issued once its records stand in a zone of the account, and kept while it is used."""
from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from moto.acm.models import AWSCertificateManagerBackend, CertBundle, acm_backends
from moto.core.utils import utcnow
from moto.elbv2.models import elbv2_backends
from moto.route53.models import route53_backends

from ..call import Call
from ..clock import CLOCK
from ..dials import DIALS
from ..replies import AwsError, Reply
from . import after, before, patch

#: Who may issue, where a CAA record names somebody: https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
_AMAZON = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")
_DEFAULT_TYPES = ("RSA_1024", "RSA_2048")


def _records(certificate: CertBundle, kind: str) -> Iterator[tuple[str, list[str]]]:
    """The records of one type in the account's public zones: names without the last dot, and values."""
    account = certificate.arn.split(":")[4]
    for zone in route53_backends[account]["aws"].zones.values():
        for record in zone.rrsets if not zone.private_zone else ():
            if record.type == kind:
                yield record.name.rstrip(".").lower(), record.records or []


def _options(certificate: CertBundle) -> list[dict[str, Any]]:
    return certificate.describe()["Certificate"].get("DomainValidationOptions", [])


def _is_proved(certificate: CertBundle) -> bool:
    standing = dict(_records(certificate, "CNAME"))
    wanted = [each["ResourceRecord"] for each in _options(certificate) if "ResourceRecord" in each]
    return bool(wanted) and all(
        [value.rstrip(".") for value in standing.get(each["Name"].rstrip(".").lower(), [])] == [each["Value"].rstrip(".")] for each in wanted
    )


def _is_forbidden(certificate: CertBundle) -> bool:
    """Whether the nearest CAA records of a name let others issue, and not Amazon."""
    standing = dict(_records(certificate, "CAA"))
    for name in (each["DomainName"].removeprefix("*.").lower() for each in _options(certificate)):
        labels = name.split(".")
        nearest = next((standing[at] for n in range(len(labels)) if (at := ".".join(labels[n:])) in standing), [])
        issuers = [value.split()[-1].strip('"') for value in nearest if "issue" in value]
        if issuers and not set(issuers) & set(_AMAZON):
            return True
    return False


@patch("acm", "DescribeCertificate", "ListCertificates", adds="PENDING_VALIDATION until its records stand in a public zone of the account, and "
       "`settle` after; FAILED with CAA_ERROR where a CAA record forbids it", source="ACM user guide, dns-validation; setup-caa")  # fmt: skip
def issued_when_proved() -> None:
    def check(self: Any) -> None:
        if self._not_valid_after(self._cert) <= utcnow():
            self.status = "EXPIRED"
        if self.type != "AMAZON_ISSUED" or self.status != "PENDING_VALIDATION":
            return
        if not _is_proved(self):
            self.proved_at = None
            return
        self.proved_at = getattr(self, "proved_at", None) or CLOCK.monotonic()
        if CLOCK.monotonic() - self.proved_at >= DIALS.settle:
            self.status = "FAILED" if _is_forbidden(self) else "ISSUED"

    CertBundle.check = check


@patch("acm", "DescribeCertificate", adds="the records some `settle` after the request; FailureReason; the algorithm as AWS writes it, with a "
       "hyphen", source="API_DescribeCertificate, API_CertificateDetail")  # fmt: skip
def certificates_in_detail() -> None:
    first = CertBundle.describe

    def describe(self: Any) -> dict[str, Any]:
        said = first(self)
        detail = said["Certificate"]
        detail["KeyAlgorithm"] = getattr(self, "algorithm", detail["KeyAlgorithm"]).replace("_", "-", 1)
        detail["SubjectAlternativeNameSummaries"] = self.sans
        if self.status == "FAILED":
            detail["FailureReason"] = "CAA_ERROR"
        if self.status != "ISSUED":
            detail.pop("IssuedAt", None)
        if (utcnow() - self.created_at).total_seconds() < DIALS.settle:
            for option in detail.get("DomainValidationOptions", []):
                del option["ResourceRecord"]
        return said

    CertBundle.describe = describe


@after("acm", "RequestCertificate", adds="KeyAlgorithm is kept", source="API_RequestCertificate")
def keep_the_algorithm(call: Call, reply: Reply) -> None:
    arn = json.loads(reply.body)["CertificateArn"]
    acm_backends[call.account][call.region]._certificates[arn].algorithm = call.params.get("KeyAlgorithm", _DEFAULT_TYPES[-1])


@patch("acm", "ListCertificates", adds="RSA with 1024 and 2048 bits only, unless keyTypes asks for others", source="API_Filters: keyTypes")
def list_by_algorithm() -> None:
    first = AWSCertificateManagerBackend.list_certificates

    def listed(self: Any, statuses: list[str], includes: dict[str, Any] | None) -> Iterable[CertBundle]:
        wanted = (includes or {}).get("keyTypes") or _DEFAULT_TYPES
        others = {key: value for key, value in (includes or {}).items() if key != "keyTypes"}
        for certificate in first(self, statuses, others):
            if certificate.describe()["Certificate"]["KeyAlgorithm"].replace("-", "_", 1) in wanted:
                yield certificate

    AWSCertificateManagerBackend.list_certificates = listed


@patch("acm", "DescribeCertificate", "DeleteCertificate", adds="InUseBy: the load balancers whose listeners have it now", source="API_CertificateDetail")
def in_use_by_listeners() -> None:
    def users(self: Any) -> list[str]:
        _arn, _aws, _acm, region, account, _rest = self.arn.split(":", 5)
        balancers = elbv2_backends[account][region].load_balancers.values()
        return [each.arn for each in balancers if any(self.arn in one.certificates for one in each.listeners.values())]

    # moto appends where a listener is made, and forgets every other change.
    CertBundle.in_use_by = property(users, lambda self, value: None)


@before("acm", "DeleteCertificate", adds="ResourceInUseException while a listener has it", source="API_DeleteCertificate: Errors")
def keep_what_is_used(call: Call) -> None:
    certificate = acm_backends[call.account][call.region]._certificates.get(call.params["CertificateArn"])
    if certificate and certificate.in_use_by:
        raise AwsError("ResourceInUseException", f"Certificate {certificate.arn} in account {call.account} is in use.")
