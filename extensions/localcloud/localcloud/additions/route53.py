# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Route 53: a batch of changes is refused whole where one of them cannot be."""
from __future__ import annotations

from typing import Any

from moto.route53.models import route53_backends

from ..call import Call
from ..replies import AwsError
from . import before

_PAGE = "API_ChangeResourceRecordSets; developer guide, ResourceRecordTypes: CNAME"
Standing = dict[tuple[str, str, Any], Any]


@before("route53", "ChangeResourceRecordSets", adds="InvalidChangeBatch: a create of what stands, a delete of what does not stand so, a CNAME "
        "beside another record", source=_PAGE)  # fmt: skip
def change_what_can_be(call: Call) -> None:
    zone = route53_backends[call.account]["aws"].zones.get(call.params["HostedZoneId"].rpartition("/")[2])
    if zone is None:
        return
    standing: Standing = {(_plain(each.name), each.type, each.set_identifier): _values(each) for each in zone.rrsets}
    for change in call.params["ChangeBatch"]["Changes"]:
        _change(standing, change["Action"], change["ResourceRecordSet"])


def _change(standing: Standing, action: str, record: dict[str, Any]) -> None:
    name, kind = _plain(record["Name"]), record["Type"]
    key, told = (name, kind, record.get("SetIdentifier")), f"[name='{name}.', type='{kind}']"
    if action == "DELETE":
        if key not in standing:
            raise _refused(f"Tried to delete resource record set {told} but it was not found")
        if standing.pop(key) != _asked(record):
            raise _refused(f"Tried to delete resource record set {told} but the values provided do not match the current values")
        return
    if action == "CREATE" and key in standing:
        raise _refused(f"Tried to create resource record set {told} but it already exists")
    kinds = {other for (at, other, _set) in standing if at == name and other != kind}
    if kinds and "CNAME" in {*kinds, kind}:
        raise _refused(f"RRSet of type {kind} with DNS name {name}. is not permitted as it conflicts with other records with the same DNS name")
    standing[key] = _asked(record)


def _refused(text: str) -> AwsError:
    return AwsError("InvalidChangeBatch", f"[{text}]")


def _plain(name: str) -> str:
    return name.rstrip(".").lower().replace("\\052", "*")


def _values(record: Any) -> tuple[Any, ...]:
    """What a record set of moto's says."""
    alias = record.alias_target or {}
    return (alias.get("HostedZoneId"), _plain(alias.get("DNSName", "")), record.ttl and int(record.ttl), tuple(record.records or []))


def _asked(record: dict[str, Any]) -> tuple[Any, ...]:
    """What a record set of a request says."""
    alias, values = record.get("AliasTarget") or {}, record.get("ResourceRecords") or []
    return (alias.get("HostedZoneId"), _plain(alias.get("DNSName", "")), record.get("TTL"), tuple(each["Value"] for each in values))
