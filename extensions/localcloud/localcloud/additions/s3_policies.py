# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""S3: bucket policies, what AWS refuses of them, and whom they let in."""
from __future__ import annotations

import fnmatch
import ipaddress
import json
from collections.abc import Iterator
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.iam.models import iam_backends
from moto.s3.models import FakeBucket

from ..call import Call
from ..replies import AwsError
from . import before, patch
from .s3 import bucket_of

#: A statement for everybody is not public where one of these holds it to fixed values.
_NARROWING = {
    "aws:sourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceaccount", "aws:sourceowner",
    "aws:userid", "aws:principalorgid", "aws:principalarn", "aws:principalaccount", "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
}  # fmt: skip


@before("s3", "PutBucketPolicy", adds="MalformedPolicy for what is no policy, for resources outside the bucket and for roles that do not exist; "
        "AccessDenied for a public one where BlockPublicPolicy is on",
        source="API_PutBucketPolicy; S3 user guide, access-control-block-public-access")  # fmt: skip
def check_policy(call: Call) -> None:
    bucket = bucket_of(call)
    if bucket is None:
        return
    statements = list(_statements(call.params["Policy"]))
    for statement in statements:
        for resource in _listed_values(statement.get("Resource", statement.get("NotResource"))):
            if resource.rstrip("*").partition("/")[0] not in (bucket.arn, ""):
                raise AwsError("MalformedPolicy", "Policy has invalid resource")
        for principal in _principals(statement):
            _must_exist(call, principal)
    block = bucket.public_access_block
    if block and block.block_public_policy and any(map(_is_public, statements)):
        text = "public policies are blocked by the BlockPublicPolicy block public access setting."
        raise AwsError("AccessDenied", f'User is not authorized to perform: s3:PutBucketPolicy on resource: "{bucket.arn}" because {text}', 403)


def _statements(policy: str) -> Iterator[dict[str, Any]]:
    try:
        found = json.loads(policy)["Statement"]
    except (ValueError, KeyError, TypeError):
        raise AwsError("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'") from None
    for statement in found if isinstance(found, list) else [found]:
        for either in (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")):
            if not set(either) & set(statement):
                raise AwsError("MalformedPolicy", f"Missing required field {either[0]}")
        yield statement


def _listed_values(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def _principals(statement: dict[str, Any]) -> list[str]:
    named = statement.get("Principal", {})
    return [named] if isinstance(named, str) else _listed_values(named.get("AWS"))


def _must_exist(call: Call, principal: str) -> None:
    own = f"arn:aws:iam::{call.account}:role/"
    if principal.startswith(own) and principal not in {role.arn for role in iam_backends[call.account]["aws"].roles.values()}:
        raise AwsError("MalformedPolicy", "Invalid principal in policy")


def _is_public(statement: dict[str, Any]) -> bool:
    keys = {key.lower() for test in statement.get("Condition", {}).values() for key in test}
    return statement["Effect"] == "Allow" and "*" in _principals(statement) and not keys & _NARROWING


@patch("s3", "GetObject", "HeadObject", "PutObject", "DeleteObject", "DeleteObjects", adds="the policy's principals and conditions count: the caller comes "
       "by TLS, from loopback and through no endpoint", source="IAM user guide, reference_policies_elements_condition_operators")  # fmt: skip
def let_in_by_policy() -> None:
    def get_permission(self: Any, action: str, resource: str) -> PermissionResult:
        caller = {
            "aws:securetransport": "true",
            "aws:sourceip": "127.0.0.1",
            "aws:principalaccount": self.account_id,
            "aws:principalarn": f"arn:aws:sts::{self.account_id}:user/moto",
        }
        effects = {one["Effect"] for one in _statements(self.policy.decode()) if _applies(one, action, resource, caller)} if self.policy else set()
        if "Deny" in effects:
            return PermissionResult.DENIED
        return PermissionResult.PERMITTED if "Allow" in effects else PermissionResult.NEUTRAL

    FakeBucket.get_permission = get_permission


def _applies(statement: dict[str, Any], action: str, resource: str, caller: dict[str, str]) -> bool:
    def names(key: str, value: str) -> bool:
        own, other = statement.get(key), statement.get(f"Not{key}")
        return any(_like(value, one) for one in _listed_values(own)) if own else not any(_like(value, one) for one in _listed_values(other))

    who = _principals(statement)
    met = not who or any(one == "*" or one in (caller["aws:principalarn"], f"arn:aws:iam::{caller['aws:principalaccount']}:root") for one in who)
    tests = [(operator, key, values) for operator, each in statement.get("Condition", {}).items() for key, values in each.items()]
    return met and names("Action", action) and names("Resource", resource) and all(_is_met(*test, caller) for test in tests)


def _is_met(operator: str, key: str, values: Any, caller: dict[str, str]) -> bool:
    """Whether one condition holds. A key that the request has not meets what is negated, and what says IfExists."""
    own, negated = caller.get(key.lower()), "Not" in operator
    if own is None:
        return negated or operator.endswith("IfExists")
    if "IpAddress" in operator:
        hit = any(ipaddress.ip_address(own) in ipaddress.ip_network(value, strict=False) for value in _listed_values(values))
    else:
        hit = any(_like(own, str(value).lower() if operator.startswith("Bool") else str(value)) for value in _listed_values(values))
    return hit != negated


def _like(value: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(value.lower(), pattern.lower())
