# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: security groups and their rules."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidPermissionNotFoundError
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupBackend, SecurityGroupRule
from moto.ec2.responses.security_groups import SecurityGroups

from ..call import Call
from ..dials import DIALS, within
from ..ec2_kinds import backend_of, found
from ..replies import AwsError
from . import before, patch
from .ec2_vpc import all_groups

# "Up to 255 characters in length. a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*", API_CreateSecurityGroup
_ALLOWED = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}")
_RULE_CALLS = tuple(f"{verb}SecurityGroup{way}" for verb in ("Authorize", "Revoke") for way in ("Ingress", "Egress"))


def _text(value: str, name: str) -> None:
    if not _ALLOWED.fullmatch(value):
        text = f"Invalid value for {name}. Character sets beyond a-zA-Z0-9 ._-:/()#,@[]+=&;{{}}!$* are not supported, nor "
        raise AwsError("InvalidParameterValue", f"{text}more than 255 characters.")


@before("ec2", "CreateSecurityGroup", adds="rules of name and description; no `sg-` first, not `default`; "
        "SecurityGroupLimitExceeded", source="API_CreateSecurityGroup; EC2 error codes")  # fmt: skip
def create_group(call: Call) -> None:
    name = call.params["GroupName"]
    _text(name, "groupName")
    _text(call.params["Description"], "groupDescription")
    if name.lower().startswith("sg-"):
        raise AwsError("InvalidParameterValue", f"Invalid value '{name}' for groupName. It may not begin with 'sg-'.")
    if name == "default":
        raise AwsError("InvalidParameterValue", "Cannot use reserved security group name: default")
    if vpc_id := call.params.get("VpcId"):
        found(call, vpc_id)
    used = len(all_groups(backend_of(call)))
    within("security_groups", used, "SecurityGroupLimitExceeded", "security groups")


@before("ec2", "DeleteSecurityGroup", adds="CannotDelete for the default one; DependencyViolation while a rule names it or an "
        "interface or endpoint has it", source="API_DeleteSecurityGroup; EC2 error codes")  # fmt: skip
def delete_unused_group(call: Call) -> None:
    if "GroupId" not in call.params:
        return
    group, backend = found(call, call.params["GroupId"]), backend_of(call)
    if group.is_default:
        text = f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
        raise AwsError("CannotDelete", text)
    if any(_users(backend, group)):
        raise AwsError("DependencyViolation", f"resource {group.id} has a dependent object")


def _users(backend: Any, group: SecurityGroup) -> Iterator[Any]:
    for other in all_groups(backend):
        rules = [*other.ingress_rules, *other.egress_rules]
        yield from (rule for rule in rules if other is not group and rule.source_group.get("GroupId") == group.id)
    yield from (eni for eni in backend.enis.values() if group in eni.group_set)
    yield from (e for e in backend.vpc_end_points.values() if group.id in e.security_group_ids)


@before("ec2", *_RULE_CALLS, adds="protocol, ports, sources and descriptions of a rule are checked", source="API_IpPermission, API_IpRange")
def check_rules(call: Call) -> None:
    for permission in _permissions(call):
        _check_ports(permission)
        sources = [s for n in ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs") for s in permission.get(n, [])]
        for source in sources:
            _text(source.get("Description", ""), "rule description")
        for pair in permission.get("UserIdGroupPairs", []):
            if "GroupId" in pair:
                found(call, pair["GroupId"])


def _permissions(call: Call) -> list[dict[str, Any]]:
    flat = {k: v for k, v in call.params.items() if k in ("IpProtocol", "FromPort", "ToPort", "CidrIp")}
    return call.params.get("IpPermissions") or ([flat] if "IpProtocol" in flat else [])


def _check_ports(permission: dict[str, Any]) -> None:
    protocol = str(permission.get("IpProtocol", "")).lower()
    if not protocol:
        text = "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly."
        raise AwsError("InvalidParameterValue", text)
    if protocol not in ("tcp", "udp", "icmp", "icmpv6", "-1", "all") and not (protocol.isdigit() and int(protocol) < 256):
        raise AwsError("InvalidParameterValue", f"Invalid value '{protocol}' for protocol.")
    first, final = permission.get("FromPort"), permission.get("ToPort")
    if protocol in ("tcp", "udp", "6", "17"):
        if first is None or final is None:
            text = "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
            raise AwsError("InvalidParameterValue", text)
        if not 0 <= first <= 65535 or not 0 <= final <= 65535 or first > final:
            raise AwsError("InvalidParameterValue", f"Invalid TCP/UDP port range ({first}:{final})")


@patch("ec2", *_RULE_CALLS, adds="all or nothing; in a default VPC what is not there is revoked in silence; the reply holds every rule; "
       "a duplicate is one whatever its description; RulesPerSecurityGroupLimitExceeded by the quota",
       source="API_AuthorizeSecurityGroupIngress, API_RevokeSecurityGroupIngress")  # fmt: skip
def rules_are_atomic() -> None:
    for way in ("ingress", "egress"):
        for verb in ("authorize", "revoke"):
            name = f"{verb}_security_group_{way}"
            setattr(SecurityGroups, name, _all_or_nothing(name, f"{way}_rules"))
    SecurityGroupRule.__eq__ = _same_rule
    SecurityGroupRule.description = property(_description)
    SecurityGroupBackend._verify_group_will_respect_rule_count_limit = _within_quota


def _all_or_nothing(name: str, rules_name: str) -> Callable[[SecurityGroups], ActionResult]:
    def run(self: SecurityGroups) -> ActionResult:
        backend, done, unknown = self.ec2_backend, [], []
        group = backend.get_security_group_by_name_or_id(self._get_param("GroupId") or self._get_param("GroupName"))
        earlier = list(getattr(group, rules_name, []))
        try:
            for n, asked in enumerate(self._process_rules_from_querystring()):
                if name.startswith("authorize"):
                    done += getattr(backend, name)(**asked)[0]
                    continue
                del asked["sgrule_tags"]
                try:
                    getattr(backend, name)(**asked)
                except InvalidPermissionNotFoundError:
                    if not backend.vpcs[group.vpc_id].is_default:
                        raise
                    unknown += self._get_param("IpPermissions", [])[n : n + 1]
        except Exception:
            if group:
                setattr(group, rules_name, earlier)
            raise
        return ActionResult({"Return": True, "SecurityGroupRules": done, "UnknownIpPermissions": unknown})

    return run


def _identity(rule: SecurityGroupRule) -> tuple[Any, ...]:
    ports = () if rule.ip_protocol == "-1" else (rule.from_port, rule.to_port)
    source = (rule.cidr_ipv4, rule.cidr_ipv6, rule.source_group.get("GroupId"), rule.prefix_list_id)
    return (rule.ip_protocol, ports, source)


def _same_rule(self: SecurityGroupRule, other: object) -> bool:
    return isinstance(other, SecurityGroupRule) and _identity(self) == _identity(other)


def _description(self: SecurityGroupRule) -> str | None:
    return self.ip_range.get("Description") or self.source_group.get("Description")


def _within_quota(
    self: Any, group: Any, current_rule_nb: int, ip_ranges: Any, source_groups: Any = None, egress: bool = False
) -> None:
    new = len(ip_ranges or []) + len(source_groups or [])
    if current_rule_nb + new > DIALS.quotas["rules_per_group"]:
        text = "The maximum number of rules per security group has been reached."
        raise AwsError("RulesPerSecurityGroupLimitExceeded", text)
