# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM: policy documents, managed policies, roles and instance profiles."""
from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.exceptions import IAMException
from moto.iam.models import SERVICE_NAME_CONVERSION, AWSManagedPolicy, IAMBackend, ManagedPolicy, Role, iam_backends
from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator
from moto.utilities.utils import get_partition

from ..call import Call
from ..replies import AwsError
from . import before, last, patch

_QUOTAS = "IAM user guide, reference_iam-quotas"
# The same page: attached policies a role, and characters of documents, white space apart.
ATTACHED, TRUST, POLICY, INLINE = 10, 2048, 6144, 10_240
_OURS = re.compile(r"arn:[^:]+:iam::(\d{12}):(role|user)/(?:.*/)?([^/]+)$")
_AWS_POLICY = re.compile(r"arn:[^:]+:iam::aws:policy(/(?:.*/)?)([^/]+)$")
_NAMING_POLICIES = ("AttachRolePolicy", "AttachUserPolicy", "AttachGroupPolicy", "CreateRole", "GetPolicy", "GetPolicyVersion",
                    "ListEntitiesForPolicy", "PutRolePermissionsBoundary")  # fmt: skip
_CHANGES_OF_ROLES = ("AttachRolePolicy", "DeleteRole", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy",
                     "UpdateAssumeRolePolicy")  # fmt: skip


def backend_of(call: Call) -> IAMBackend:
    return iam_backends[call.account][get_partition(call.region)]


def role_of(call: Call, name: str) -> Role:
    role = next((one for one in backend_of(call).get_roles() if one.name == name), None)
    if role is None:
        raise AwsError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
    return role


def _size(document: str) -> int:
    return len(re.sub(r"\s", "", document))


@cache
def _aws_policies() -> dict[str, dict[str, Any]]:
    policies: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    return policies


@before("iam", *_NAMING_POLICIES, adds="AWS's own managed policies stand", source="AWS managed policy reference guide")
def aws_policies(call: Call) -> None:
    """Lay a policy of AWS's, which moto knows and does not load, into the account that asks for it."""
    arn = call.params.get("PolicyArn") or call.params.get("PermissionsBoundary") or ""
    backend, found = backend_of(call), _AWS_POLICY.fullmatch(arn)
    if found and arn not in backend.managed_policies:
        known = _aws_policies().get(found[2])
        if known and known.get("Path", "/") == found[1]:
            policy = AWSManagedPolicy.from_data(found[2], backend.account_id, backend.region_name, known)
            backend.managed_policies.update({policy.arn: policy})  # not as something new, which iam_settling would hide


@before("iam", "PutRolePermissionsBoundary", "CreateRole", adds="the boundary must stand", source="API_PutRolePermissionsBoundary: NoSuchEntity")
def boundary_stands(call: Call) -> None:
    arn = call.params.get("PermissionsBoundary")
    if arn and arn not in backend_of(call).managed_policies:
        raise AwsError("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", 404)


@before("iam", "CreateRole", "UpdateAssumeRolePolicy", adds="MalformedPolicyDocument where the trust policy has no sense, or a principal that is not there; "
        "LimitExceeded beyond 2,048 characters", source=f"API_CreateRole; {_QUOTAS}")  # fmt: skip
def check_trust(call: Call) -> None:
    name = "AssumeRolePolicyDocument" if call.operation == "CreateRole" else "PolicyDocument"
    text = call.params[name]
    try:
        IAMTrustPolicyDocumentValidator(text).validate()
    except IAMException as problem:
        raise AwsError("MalformedPolicyDocument", problem.message) from None
    if _size(text) > TRUST:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {TRUST}", 409)
    document, partition = json.loads(text), get_partition(call.region)
    for principals in _principals(document):
        for principal in principals:
            if not stands(principal):
                raise AwsError("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{principal}"')
        principals[:] = [f"arn:{partition}:iam::{one}:root" if re.fullmatch(r"\d{12}", one) else one for one in principals]
    call.rewrite({name: json.dumps(document)})


def _principals(document: dict[str, Any]) -> Iterator[list[str]]:
    """The AWS principals of each statement, as lists that can be altered in place."""
    statements = document["Statement"]
    for statement in [statements] if isinstance(statements, dict) else statements:
        given = statement.get("Principal")
        if isinstance(given, dict) and "AWS" in given:
            given["AWS"] = [given["AWS"]] if isinstance(given["AWS"], str) else given["AWS"]
            yield given["AWS"]


def stands(principal: str) -> bool:
    """Whether a role or user of ours that a policy names is there; of others nobody knows."""
    found = _OURS.fullmatch(principal)
    if not found or found[1] not in iam_backends:
        return True
    backend = iam_backends[found[1]][principal.split(":")[1]]
    return principal in {one.arn for one in (backend.roles if found[2] == "role" else backend.users).values()}


@before("iam", *_CHANGES_OF_ROLES, adds="NoSuchEntity in AWS's words; UnmodifiableEntity for a role that is a service's own",
        source="API_DeleteRole; IAM user guide, using-service-linked-roles")  # fmt: skip
def services_roles_stay(call: Call) -> None:
    if role_of(call, call.params["RoleName"]).path.startswith("/aws-service-role/"):
        text = f"Cannot perform the operation on the protected role '{call.params['RoleName']}' - this role is only modifiable by AWS"
        raise AwsError("UnmodifiableEntity", text)


@before("iam", "AttachRolePolicy", adds="ten policies a role; attaching again changes nothing", source=f"{_QUOTAS}; API_AttachRolePolicy")
def ten_policies(call: Call) -> None:
    attached = role_of(call, call.params["RoleName"]).managed_policies
    if len(attached) >= ATTACHED and call.params["PolicyArn"] not in attached:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for PoliciesPerRole: {ATTACHED}", 409)


@last("iam", "PutRolePolicy", adds="10,240 characters of inline policies a role", source=_QUOTAS)
def inline_size(call: Call) -> None:
    role = role_of(call, call.params["RoleName"])
    documents = role.policies | {call.params["PolicyName"]: call.params["PolicyDocument"]}
    if sum(map(_size, documents.values())) > INLINE:
        raise AwsError("LimitExceeded", f"Maximum policy size of {INLINE} bytes exceeded for role {role.name}", 409)


@before("iam", "CreatePolicy", "CreatePolicyVersion", adds="6,144 characters a policy; one policy of a name, whatever its path",
        source=f"{_QUOTAS}; API_CreatePolicy")  # fmt: skip
def policy_size(call: Call) -> None:
    if _size(call.params["PolicyDocument"]) > POLICY:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for PolicySize: {POLICY}", 409)
    name = call.params.get("PolicyName", "").lower()
    ours = (one for one in backend_of(call).managed_policies.values() if not isinstance(one, AWSManagedPolicy))
    if any(one.name.lower() == name for one in ours):
        text = f"A policy called {call.params['PolicyName']} already exists. Duplicate names are not allowed."
        raise AwsError("EntityAlreadyExists", text, 409)


@before("iam", "DeletePolicy", adds="DeleteConflict while it is attached, or has other versions than the default one", source="API_DeletePolicy")
def delete_loose_policy(call: Call) -> None:
    policy = backend_of(call).managed_policies.get(call.params["PolicyArn"])
    if policy and policy.attachment_count:
        raise AwsError("DeleteConflict", "Cannot delete a policy attached to entities.", 409)
    if policy and len(policy.versions) > 1:
        text = "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
        raise AwsError("DeleteConflict", f"{text}The default version is deleted with the policy.", 409)


@before("iam", "RemoveRoleFromInstanceProfile", adds="NoSuchEntity for a role that is not in it", source="API_RemoveRoleFromInstanceProfile")
def role_is_in_profile(call: Call) -> None:
    role = role_of(call, call.params["RoleName"])
    profile = backend_of(call).instance_profiles.get(call.params["InstanceProfileName"])
    if profile and role not in profile.roles:
        raise AwsError("NoSuchEntity", f"The role with name {role.name} cannot be found.", 404)


@before("iam", "CreateServiceLinkedRole", adds="InvalidInput where it has been made, or is no service's", source="API_CreateServiceLinkedRole")
def one_role_a_service(call: Call) -> None:
    service, suffix = call.params["AWSServiceName"], call.params.get("CustomSuffix", "")
    if not service.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        raise AwsError("InvalidInput", f"{service} is no service that has service-linked roles.")
    path = f"/aws-service-role/{service}/"
    for role in backend_of(call).get_roles():
        if role.path == path and role.name.endswith(suffix):
            text = f"Service role name {role.name} has been taken in this account, please try a different suffix."
            raise AwsError("InvalidInput", text)


@patch("iam", "CreateServiceLinkedRole", adds="names as AWS writes them: AWSServiceRoleForECS", source="IAM user guide, using-service-linked-roles")
def names_of_services_roles() -> None:
    SERVICE_NAME_CONVERSION.update(ecs="ECS", elasticloadbalancing="ElasticLoadBalancing", rds="RDS")


@patch("iam", "AttachRolePolicy", "UpdateRole", adds="what is attached counts once; what is not given is kept", source="API_AttachRolePolicy; API_UpdateRole")
def keep_what_stands() -> None:
    first_attach, first_update = ManagedPolicy.attach_to, IAMBackend.update_role

    def attach_to(self: Any, thing: Any) -> None:
        if self.arn not in thing.managed_policies:
            first_attach(self, thing)

    def update_role(self: Any, role_name: str, role_description: Any, max_session_duration: Any) -> Role:
        role: Role = self.get_role(role_name)
        description = role.description if role_description is None else role_description
        return first_update(self, role_name, description, max_session_duration)

    ManagedPolicy.attach_to, IAMBackend.update_role = attach_to, update_role
