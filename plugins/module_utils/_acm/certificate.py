# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A public certificate that AWS issues and renews, proved by records in DNS.

https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
"""

from __future__ import annotations

import copy
import typing as t
import uuid

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import tag_dict
from .._aws import tag_list
from .._core.identity import Candidate
from .._core.identity import choose
from .._core.identity import COMPONENT
from .._core.identity import KEY
from .._core.identity import OURS
from .._core.identity import STACK
from .._core.plan import Plan
from .._core.plan import Shape
from .._core.resource import AwsResource
from .._core.resource import Raw
from .._core.resource import Tags
from .._core.wait import WaitTimeout
from .._route53 import records

#: The tag that says in which zone the records of its validation are ours: records bear none themselves.
ZONE = OURS + "zone"
OLD = "~replaced"
#: All that ACM issues. Unless asked for, ListCertificates tells of RSA with 1024 and 2048 bits only
#: (https://docs.aws.amazon.com/acm/latest/APIReference/API_Filters.html: keyTypes).
ALGORITHMS = ("RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1")
#: Nothing leads out of these; a new certificate is asked for.
DEAD = ("FAILED", "VALIDATION_TIMED_OUT", "REVOKED", "EXPIRED", "INACTIVE")
TTL = 300


class Certificate(AwsResource):
    TYPE, ID = "acm_certificate", "CertificateArn"
    IMMUTABLE = ("domain", "alternative_names", "key_algorithm")
    MANAGED = (*IMMUTABLE, "zone_id")
    STATE, BROKEN, REASON = "Status", DEAD, "FailureReason"
    stays_while_used = False  # whether it is left for a later run while something uses it

    # -- finding -----------------------------------------------------------------------------------------------

    def find(self) -> Raw | None:
        if self.id:
            return self.seen()
        listed = {raw[self.ID]: raw for raw in self._of_domain() if raw["Status"] not in DEAD}
        candidates = [Candidate(id, tag_dict(raw["Tags"]), tag_dict(raw["Tags"]).get("Name") == self.identity.name) for id, raw in listed.items()]
        found = choose(candidates, self.identity, adopt=self.params.get("adopt", False))
        return self._details(listed[found]) if found else None

    def _of_domain(self) -> list[Raw]:
        """The summaries of all certificates of the domain, with tags."""
        return _with_tags(self.aws, [one for one in _every(self.aws) if one["DomainName"] == self.params["domain"]])

    def _details(self, raw: Raw) -> Raw | None:
        found = self.aws.find("acm", "describe_certificate", "Certificate", "ResourceNotFoundException", CertificateArn=raw[self.ID])
        return found and {**found, "Tags": raw["Tags"]}

    def seen(self) -> Raw | None:
        return next((self._details(raw) for raw in _with_tags(self.aws, [{self.ID: self.id}])), None)

    @classmethod
    def owned(cls, aws: Aws, stack: str) -> list[Certificate]:
        """Every certificate that bears the stack's tag, as what its tags say it is."""
        return [cls.from_raw(aws, raw) for raw in _with_tags(aws, _every(aws)) if tag_dict(raw["Tags"]).get(STACK) == stack]

    @classmethod
    def from_raw(cls, aws: Aws, raw: Raw) -> Certificate:
        tags, domain = tag_dict(raw["Tags"]), raw["DomainName"]
        who = {"stack": tags[STACK], "component": tags.get(COMPONENT, ""), "key": tags.get(KEY, ""), "name": tags.get("Name", domain)}
        certificate = cls(aws, {**who, "domain": domain})
        certificate.id, certificate.raw, certificate.standing = raw[cls.ID], raw, tags
        return certificate

    # -- shape -------------------------------------------------------------------------------------------------

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        zone = _noted(raw)
        return {
            "domain": raw["DomainName"],
            "alternative_names": sorted(set(raw.get("SubjectAlternativeNames", [])) - {raw["DomainName"]}),
            # The API's reference writes it with an underscore, and its answer with a hyphen.
            "key_algorithm": raw["KeyAlgorithm"].replace("-", "_"),
            "zone_id": zone if zone and self._is_proved_in(zone, raw) and not self._is_awaited(raw) else "",
        }

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        names, zone = wanted["alternative_names"], wanted["zone_id"]
        return {
            **wanted,
            "alternative_names": None if names is None else sorted(set(names) - {wanted["domain"]}),
            "zone_id": zone and records.zone(zone),
        }

    def tags_of(self, raw: Raw) -> Tags:
        """Without the one that says which records are ours: the key ``zone_id`` compares them."""
        return {key: value for key, value in tag_dict(raw["Tags"]).items() if key != ZONE}

    def set_tags(self, tags: dict[str, str]) -> None:
        self.aws.call("acm", "add_tags_to_certificate", CertificateArn=self.id, Tags=tag_list(tags))

    def drop_tags(self, keys: list[str]) -> None:
        self.aws.call("acm", "remove_tags_from_certificate", CertificateArn=self.id, Tags=[{"Key": key} for key in keys])

    # -- making ------------------------------------------------------------------------------------------------

    def make(self, after: Shape) -> Raw:
        names = {"SubjectAlternativeNames": after["alternative_names"]} if after.get("alternative_names") else {}
        algorithm = {"KeyAlgorithm": after["key_algorithm"]} if after.get("key_algorithm") else {}
        spec = {"DomainName": after["domain"], "ValidationMethod": "DNS", "Tags": tag_list(after["tags"]), **names, **algorithm}
        # The token is kept for an hour, and has 32 characters at most.
        answer = self.aws.call("acm", "request_certificate", IdempotencyToken=uuid.uuid4().hex, **spec)
        return {**answer, "Tags": spec["Tags"]}

    def fresh_shape(self) -> Shape:
        return {**self.desired(None), "zone_id": ""}

    def update(self, plan: Plan) -> None:
        if "zone_id" not in plan.keys:
            return
        zone, old = plan.after["zone_id"], _noted(self.raw)
        if old and old != zone:
            self._remove_records(old)
        # Noted first: what is noted and does not stand is made by a rerun, and the other way round it would be nobody's.
        self.set_tags({ZONE: zone})
        self._wait_for_records()
        for record in _proofs(self.raw):
            records.write(self.aws, zone, record)

    def delete(self) -> None:
        if self.stays_while_used and self._users:
            return
        zone = _noted(self.raw)
        if zone:
            self._remove_records(zone)
        try:
            gone, used = ("ResourceNotFoundException",), ("ResourceInUseException",)
            self.aws.call("acm", "delete_certificate", CertificateArn=self.id, settled=gone, busy=used)
        except WaitTimeout as error:
            raise AwsFailure(f"{error}. It is used by {', '.join(self._users) or 'nothing that ACM lists'}") from error

    @property
    def _users(self) -> list[str]:
        """The ARNs of what uses it."""
        self.aws.forget()
        return (self.seen() or {}).get("InUseBy", [])

    # -- records -----------------------------------------------------------------------------------------------

    def _is_awaited(self, raw: Raw) -> bool:
        """An interrupted wait is taken up by a rerun: until it is issued, it is not proved."""
        return raw["Status"] == "PENDING_VALIDATION" and bool(self.params.get("wait", True))

    def _is_proved_in(self, zone: str, raw: Raw) -> bool:
        proofs = _proofs(raw)
        return bool(proofs) and all(self._standing(zone, proof) for proof in proofs)

    def _standing(self, zone: str, proof: records.Record) -> records.Record | None:
        """The record set, where it stands and says what ACM wants to read."""
        found = records.standing(self.aws, zone, proof["Name"], "CNAME")
        said = [records.plain(one["Value"]) for one in (found or {}).get("ResourceRecords", [])]
        return found if said == [records.plain(proof["ResourceRecords"][0]["Value"])] else None

    def _remove_records(self, zone: str) -> None:
        """But those by which another certificate of the same names is renewed: ACM gives a name one record in an account."""
        others = [one for one in _every(self.aws) if one[self.ID] != self.id and one["Status"] not in DEAD]
        needed = {_base(name) for one in others for name in (one["DomainName"], *one.get("SubjectAlternativeNameSummaries", []))}
        for proof in _proofs(self.raw, but=needed):
            found = self._standing(zone, proof)
            if found:
                records.remove(self.aws, zone, found)

    # -- waiting -----------------------------------------------------------------------------------------------

    def wait(self, plan: Plan) -> None:
        if plan.after is None:
            if not (self.stays_while_used and self._users):
                self.wait_until_gone()
        elif plan.after.get("zone_id"):
            self._wait_until_issued()
        else:
            self._wait_for_records()

    def _wait_for_records(self) -> None:
        """ACM says which records it wants some seconds after the request (API_DescribeCertificate)."""

        def look() -> tuple[bool, str]:
            self.aws.forget()
            self.raw = self.seen() or self.raw
            options = self.raw.get("DomainValidationOptions", [])
            known = bool(options) and all("ResourceRecord" in one for one in options)
            # One that is issued, or was refused, waits for no record.
            return known or self.state(self.raw) in ("ISSUED", *DEAD), self.state(self.raw) or "unseen"

        self.aws.waiter.until(look, f"the validation records of {self.identity.name}", self.aws.timeout)

    def _wait_until_issued(self) -> None:
        try:
            self.wait_for("ISSUED")
        except WaitTimeout as error:
            wanted = "; ".join(f"{one['name']} {one['type']} {one['value']}" for one in self.facts()["validation_records"])
            raise AwsFailure(f"{error}. ACM looks for {wanted} in public DNS: is the zone the one that its domain's registrar names?") from error

    # -- replacing ---------------------------------------------------------------------------------------------

    def makes_first(self, plan: Plan) -> bool:
        return True  # certificates of one name stand side by side, and listeners use the old one until they are told

    def retire(self) -> Certificate:
        """The old one under a key of its own. While a listener uses it, it stays, and a later run removes it."""
        old = copy.copy(self)
        old.set_tags({KEY: self.identity.key + OLD})
        old.stays_while_used = True
        return old

    def retired(self) -> list[Certificate]:
        """What was replaced and is used no more, and what was never issued."""
        who, key = (self.identity.stack, self.identity.component), self.identity.key
        found = []
        for raw in self._of_domain():
            tags = tag_dict(raw["Tags"])
            if (tags.get(STACK), tags.get(COMPONENT)) != who:
                continue
            replaced = tags.get(KEY) == key + OLD and raw[self.ID] != self.id
            if (replaced or (tags.get(KEY) == key and raw["Status"] in DEAD)) and not (self._details(raw) or raw).get("InUseBy"):
                found.append(self.from_raw(self.aws, raw))
        return found

    def facts(self) -> dict[str, t.Any]:
        wanted = [{"name": one["Name"], "type": "CNAME", "value": one["ResourceRecords"][0]["Value"]} for one in _proofs(self.raw)]
        return {"status": self.raw.get("Status"), "validation_records": wanted}


def _every(aws: Aws) -> list[Raw]:
    return aws.read("acm", "list_certificates", "CertificateSummaryList", Includes={"keyTypes": list(ALGORITHMS)})


def _with_tags(aws: Aws, raws: t.Iterable[Raw]) -> list[Raw]:
    """Each with its ``Tags``, and without those that went in between."""
    arns = [(raw, raw[Certificate.ID]) for raw in raws]
    found = [(raw, aws.find("acm", "list_tags_for_certificate", "Tags", "ResourceNotFoundException", CertificateArn=arn)) for raw, arn in arns]
    return [{**raw, "Tags": tags} for raw, tags in found if tags is not None]


def _noted(raw: Raw) -> str | None:
    return tag_dict(raw["Tags"]).get(ZONE)


def _base(name: str) -> str:
    """The name that is proved: the record of example.com proves *.example.com too."""
    return name.removeprefix("*.").lower()


def _proofs(raw: Raw, but: t.Collection[str] = ()) -> list[records.Record]:
    """The records that ACM wants to read, as record sets, without those of the names ``but``."""
    options = [one for one in raw.get("DomainValidationOptions", []) if "ResourceRecord" in one and _base(one["DomainName"]) not in but]
    wanted = {one["ResourceRecord"]["Name"]: one["ResourceRecord"]["Value"] for one in options}
    return [{"Name": name, "Type": "CNAME", "TTL": TTL, "ResourceRecords": [{"Value": wanted[name]}]} for name in sorted(wanted)]
