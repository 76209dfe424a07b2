# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM: roles, policies, providers."""

from __future__ import annotations

import json
import typing as t

from .case import Case
from .case import Ids
from .case import nothing
from .case import TAGS

AGENT, READER = (f"arn:aws:iam::aws:policy/{name}" for name in ("CloudWatchAgentServerPolicy", "AmazonSSMReadOnlyAccess"))
URL = "https://token.example.com/shop"
THUMBS = ["a" * 40, "b" * 40]


def document(*actions: str, resource: str = "*") -> dict[str, t.Any]:
    return {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": list(actions), "Resource": resource}}


def trust(*services: str, **more: t.Any) -> dict[str, t.Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": list(services), **more}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def two_policies(aws: t.Any) -> Ids:
    """Two managed policies of the account: one to attach, one that bounds."""
    text = json.dumps(document("s3:*"))
    return {name: aws.iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"] for name in ("own", "bound")}


def role(ids: Ids) -> dict[str, t.Any]:
    return {
        "name": "shop-spring",
        "path": "/shop/",
        "description": "The hosts of spring",
        "trust": trust("ec2.amazonaws.com", AWS="123456789012"),
        "managed_policies": [AGENT, ids["own"]],
        "policies": {"files": document("s3:GetObject", "s3:PutObject"), "keys": document("kms:Decrypt")},
        "boundary": ids["bound"],
        "max_session_duration": 7200,
        "instance_profile": True,
    }


def role_changed(ids: Ids) -> dict[str, t.Any]:
    return role(ids) | {
        "description": "The hosts that run spring",
        "trust": trust("ec2.amazonaws.com", "ecs-tasks.amazonaws.com"),
        "managed_policies": [READER],
        "policies": {"files": document("s3:GetObject"), "secrets": document("secretsmanager:GetSecretValue")},
        "boundary": "",
        "max_session_duration": 3600,
        "instance_profile": False,
        "tags": TAGS,
    }


def role_drift(operation: str, **params: t.Any) -> t.Callable[[t.Any, str, Ids], t.Any]:
    return lambda aws, id, ids: getattr(aws.iam, operation)(RoleName="shop-spring", **params)


def role_tagged(aws: t.Any, id: str, ids: Ids) -> None:
    """The role's tags, and those of its profile."""
    aws.iam.tag_role(RoleName="shop-spring", Tags=[{"Key": "Name", "Value": "renamed"}, {"Key": "foreign", "Value": "kept"}])
    aws.iam.untag_instance_profile(InstanceProfileName="shop-spring", TagKeys=["groundwork:stack"])


def policy(changed: bool) -> dict[str, t.Any]:
    actions = ("s3:GetObject", "s3:ListBucket") if changed else ("s3:GetObject",)
    return {"name": "shop-host", "path": "/groundwork/shop/", "document": document(*actions), "description": "Every host", "tags": TAGS if changed else {}}


def new_version(aws: t.Any, id: str, ids: Ids) -> None:
    aws.iam.create_policy_version(PolicyArn=id, PolicyDocument=json.dumps(document("s3:*")), SetAsDefault=True)


def provider(changed: bool) -> dict[str, t.Any]:
    audiences = ["sts.amazonaws.com", "shop"] if changed else ["sts.amazonaws.com", "other"]
    return {"name": "pipelines", "url": URL, "audiences": audiences, "thumbprints": THUMBS[: 1 + changed], "tags": TAGS if changed else {}}


CASES = [
    Case(
        "iam_role",
        two_policies,
        role,
        role_changed,
        ("CreateRole", "PutRolePolicy", "AttachRolePolicy", "CreateInstanceProfile", "AddRoleToInstanceProfile"),
        {
            "description": role_drift("update_role", Description="mine", MaxSessionDuration=7200),
            "trust": role_drift("update_assume_role_policy", PolicyDocument=json.dumps(trust("lambda.amazonaws.com"))),
            "managed_policies": role_drift("detach_role_policy", PolicyArn=AGENT),
            "policies": role_drift("put_role_policy", PolicyName="more", PolicyDocument=json.dumps(document("iam:*"))),
            "boundary": role_drift("delete_role_permissions_boundary"),
            "max_session_duration": role_drift("update_role", Description="The hosts of spring of stack shop", MaxSessionDuration=3600),
            "instance_profile": role_drift("remove_role_from_instance_profile", InstanceProfileName="shop-spring"),
            "tags": role_tagged,
        },
        {"path": "AWS cannot change it"},
    ),
    Case(
        "iam_policy",
        nothing,
        lambda ids: policy(False),
        lambda ids: policy(True),
        ("CreatePolicy",),
        {
            "document": new_version,
            "tags": lambda aws, id, ids: aws.iam.tag_policy(PolicyArn=id, Tags=[{"Key": "Name", "Value": "renamed"}]),
        },
        {"path": "AWS cannot change it", "description": "AWS cannot change it"},
    ),
    Case(
        "iam_oidc_provider",
        nothing,
        lambda ids: provider(False),
        lambda ids: provider(True),
        ("CreateOpenIDConnectProvider",),
        {
            "audiences": lambda aws, id, ids: aws.iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=id, ClientID="more"),
            "thumbprints": lambda aws, id, ids: aws.iam.update_open_id_connect_provider_thumbprint(
                OpenIDConnectProviderArn=id, ThumbprintList=["c" * 40]
            ),
            "tags": lambda aws, id, ids: aws.iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=id, Tags=[{"Key": "Name", "Value": "renamed"}]),
        },
        {"url": "AWS cannot change it"},
    ),
]
