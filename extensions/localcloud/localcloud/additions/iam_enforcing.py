# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The `enforce_iam` dial: a user or a role may do what its policies allow, and nothing else.

The key `testing` is the account's root, which may do all, and so is the key of the run. Known of a request are its action, the tags that it brings or takes
away, the role that it hands on, and of IAM, DynamoDB, EC2 and sessions the resource with its tags; elsewhere the resource is `*`.
Policies of resources, permission boundaries and those of organizations are not looked at.
"""
from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from moto.ec2.models import ec2_backends
from moto.iam.access_control import CreateAccessKeyFailure, create_access_key
from moto.utilities.utils import get_partition

from ..call import Call
from ..dials import DIALS
from ..hosts.documents import AWS_OWNED
from ..iam_actions import own_actions, PASS_ROLE, PASSES, tag_action
from ..keys import KEYS
from ..policies import allowed, Asked
from ..replies import AwsError
from . import ANY, before
from .iam import backend_of

ROOT = "testing"
_KEY = re.compile(r"Credential=([^/]+)/")
_ROLE = re.compile(r"arn:[^:]+:iam::\d{12}:role/[^\"]+")
#: A parameter of IAM that names a resource: the table in which it is, and what it is there.
_NAMED = {
    "RoleName": ("roles", "name"),
    "InstanceProfileName": ("instance_profiles", "name"),
    "PolicyArn": ("managed_policies", "arn"),
    "OpenIDConnectProviderArn": ("open_id_providers", "arn"),
}


@before(ANY, ANY, adds="`enforce_iam`: what no policy of the caller's allows is refused", source="IAM user guide, reference_policies_evaluation-logic")
def enforce(call: Call) -> None:
    if not DIALS.enforce_iam or call.operation is None:
        return
    key = _KEY.search(call.environ.get("HTTP_AUTHORIZATION", ""))
    if key is None or key[1] in (ROOT, KEYS.own.id):
        return
    caller = _caller(call, key[1])
    documents = [_document(policy, caller.arn) for policy in caller.collect_policies()]
    for asked in _asked(call, caller.arn):
        # Always allowed (API_GetCallerIdentity).
        if asked.action != "sts:GetCallerIdentity" and not allowed(documents, asked):
            raise _denied(call, f"User: {caller.arn} is not authorized to perform: {asked.action} on resource: {asked.resource}")


def _caller(call: Call, key: str) -> Any:
    token = call.environ.get("HTTP_X_AMZ_SECURITY_TOKEN")
    headers = {"X-Amz-Security-Token": token} if token else {}
    try:
        return create_access_key(call.account, get_partition(call.region), key, headers)
    except CreateAccessKeyFailure:
        code = "AuthFailure" if call.service == "ec2" else "InvalidClientTokenId"
        raise AwsError(code, "The security token included in the request is invalid.", 403) from None


def caller_arn(call: Call) -> str:
    """Whose key a request bears."""
    key = _KEY.search(call.environ.get("HTTP_AUTHORIZATION", ""))
    if key is None or key[1] in (ROOT, KEYS.own.id):
        return f"arn:{get_partition(call.region)}:iam::{call.account}:root"
    return str(_caller(call, key[1]).arn)


def _document(policy: Any, caller: str) -> Any:
    """moto gives inline policies of users and of roles, and managed ones, each in its own way."""
    if isinstance(policy, dict):
        policy = policy["policy_document"]
    elif not isinstance(policy, str):
        policy = next(version.document for version in policy.versions if version.is_default)
    return json.loads(policy.replace("${aws:username}", caller.rpartition("/")[2]))


def _asked(call: Call, caller: str) -> Iterator[Asked]:
    context = {"aws:PrincipalArn": [caller], "aws:RequestedRegion": [call.region]}
    tags = _tags(call.params)
    if keys := [*tags, *call.params.get("TagKeys", [])]:
        context["aws:TagKeys"] = keys
    context |= {f"aws:RequestTag/{key}": [value] for key, value in tags.items()}
    resource, standing = _resource(call)
    context |= {f"{prefix}/{key}": [value] for key, value in standing.items() for prefix in ("aws:ResourceTag", f"{call.service}:resourceTag")}
    if document := _session_document(call):
        yield Asked("ssm:StartSession", document, context)
    for action in own_actions(call.service, call.operation or ""):
        yield Asked(action, resource, context)
        if tags and (tagging := tag_action(action)) and tagging != action:
            yield Asked(tagging, resource, context)
        if action in PASSES:
            yield from (Asked(PASS_ROLE, arn, context | {"iam:PassedToService": [PASSES[action]]}) for arn in _passed(call))


def _tags(params: Any) -> dict[str, str]:
    """The tags that a request brings, wherever they are among its parameters."""
    found: dict[str, str] = {}
    for name, value in params.items():
        if name in ("Tags", "tags") and isinstance(value, dict):
            found |= value
        elif name in ("Tags", "tags", "TagSpecifications", "TagSet"):
            for one in value:
                found |= _tags({"Tags": one["Tags"]}) if "Tags" in one else _tag(one)
    return found


def _tag(one: Mapping[str, Any]) -> dict[str, str]:
    """Most services say Key, some key, and KMS TagKey."""
    key, value = (next((one[field] for field in (what, what.lower(), f"Tag{what}") if field in one), "") for what in ("Key", "Value"))
    return {key: str(value)}


def _resource(call: Call) -> tuple[str, dict[str, str]]:
    """The ARN of what a request is about, and its tags; `*` where that is not known here."""
    if call.service == "dynamodb" and (name := call.params.get("TableName") or call.params.get("ResourceArn")):
        arn = f"arn:{get_partition(call.region)}:dynamodb:{call.region}:{call.account}:table/{name}"
        return (name if name.startswith("arn:") else arn), {}
    if call.service == "ec2":
        tags = ec2_backends[call.account][call.region].tags
        return "*", {key: value for id in call.resources() for key, value in tags.get(id, {}).items()}
    if call.service == "ssm":
        return _of_sessions(call)
    return _of_iam(call) if call.service == "iam" else ("*", {})


def _of_sessions(call: Call) -> tuple[str, dict[str, str]]:
    """Service Authorization Reference, AWS Systems Manager: an instance's tags are its own, as EC2 has them."""
    start = f"arn:{get_partition(call.region)}"
    if call.operation in ("StartSession", "GetConnectionStatus"):
        target = call.params["Target"]
        tags = ec2_backends[call.account][call.region].tags.get(target, {})
        return f"{start}:ec2:{call.region}:{call.account}:instance/{target}", tags
    if call.operation in ("ResumeSession", "TerminateSession"):
        return f"{start}:ssm:{call.region}:{call.account}:session/{call.params['SessionId']}", {}
    return "*", {}


def _session_document(call: Call) -> str | None:
    """The ARN of the document that a session is asked for with: the right to start one is asked of it too."""
    name = call.params.get("DocumentName") if call.service == "ssm" and call.operation == "StartSession" else None
    if not name or name.startswith("arn:"):
        return name
    account = "" if name in AWS_OWNED else call.account
    return f"arn:{get_partition(call.region)}:ssm:{call.region}:{account}:document/{name}"


def _of_iam(call: Call) -> tuple[str, dict[str, str]]:
    params, prefix = call.params, f"arn:{get_partition(call.region)}:iam::{call.account}:"
    if call.operation == "CreateServiceLinkedRole":
        return f"{prefix}role/aws-service-role/{params['AWSServiceName']}/", {}
    if call.operation == "CreatePolicy":
        return f"{prefix}policy{params.get('Path', '/')}{params['PolicyName']}", {}
    # A profile comes before the role that is put into it, a role before the policy that is attached to it.
    order = ("InstanceProfileName", "RoleName", "PolicyArn", "OpenIDConnectProviderArn")
    for name in (name for name in order if name in params):
        table, attribute = _NAMED[name]
        found = next((one for one in getattr(backend_of(call), table).values() if getattr(one, attribute) == params[name]), None)
        if found is None:
            return params[name] if name.endswith("Arn") else "*", {}
        tags = found.tags.values() if isinstance(found.tags, dict) else found.tags
        return found.arn, {tag["Key"]: tag["Value"] for tag in tags}
    return "*", {}


def _passed(call: Call) -> list[str]:
    """The roles that a request hands on: named by ARN, by name, or by the profile that holds them."""
    backend, text = backend_of(call), json.dumps(call.shown_params())
    profile = call.params.get("IamInstanceProfile", {})
    profiles = [one for one in backend.get_instance_profiles() if one.name == profile.get("Name") or one.arn == profile.get("Arn")]
    named = [one for one in backend.get_roles() if call.service == "iam" and one.name == call.params.get("RoleName")]
    return sorted({*_ROLE.findall(text), *(role.arn for one in profiles for role in one.roles), *(role.arn for role in named)})


def _denied(call: Call, text: str) -> AwsError:
    if call.service == "ec2":
        return AwsError("UnauthorizedOperation", f"You are not authorized to perform this operation. {text}", 403)
    json_protocol = call.model is not None and "json" in call.model.service_model.protocol
    return AwsError("AccessDeniedException", text, 400) if json_protocol else AwsError("AccessDenied", text, 403)
