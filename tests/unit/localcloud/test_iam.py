# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM, as it is: documents, quotas, what hangs on what, and how late it is known."""
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud
from localcloud.clock import CLOCK

from .conftest import client_of

AWS_POLICIES = "arn:aws:iam::aws:policy/"
NAMES = ("ReadOnlyAccess", "AmazonSQSReadOnlyAccess", "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "AmazonEC2FullAccess", "AmazonEC2ReadOnlyAccess",
         "AmazonRDSFullAccess", "AmazonRDSReadOnlyAccess", "AmazonSSMFullAccess", "AmazonSSMReadOnlyAccess", "AmazonSQSFullAccess")  # fmt: skip
URL = "https://token.example.com"
LONG = "x" * 3000


@pytest.fixture(scope="module")
def _iam(standing_cloud: LocalCloud) -> Any:
    return client_of(standing_cloud.endpoint, "iam")


@pytest.fixture
def iam(cloud: LocalCloud, _iam: Any) -> Any:
    return _iam


def trust(principal: Any = None, **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal or {"Service": "ec2.amazonaws.com"}}
    return json.dumps({"Version": "2012-10-17", "Statement": statement | more})


def allow(resource: str = "*") -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}]})


def role(iam: Any, name: str = "web", **params: Any) -> str:
    iam.create_role(**{"RoleName": name, "AssumeRolePolicyDocument": trust()} | params)
    return name


def policy(iam: Any, name: str = "files", **params: Any) -> str:
    return iam.create_policy(**{"PolicyName": name, "PolicyDocument": allow()} | params)["Policy"]["Arn"]


def attach(iam: Any, arn: str, name: str = "web") -> Any:
    return iam.attach_role_policy(RoleName=name, PolicyArn=arn)


def put(iam: Any, name: str, document: str) -> Any:
    return iam.put_role_policy(RoleName="web", PolicyName=name, PolicyDocument=document)


def profile(iam: Any, name: str = "web") -> str:
    iam.create_instance_profile(InstanceProfileName=name)
    return name


def provider(iam: Any, url: str = URL, **params: Any) -> str:
    return iam.create_open_id_connect_provider(Url=url, **params)["OpenIDConnectProviderArn"]


def linked(iam: Any, service: str = "ecs.amazonaws.com") -> str:
    return iam.create_service_linked_role(AWSServiceName=service)["Role"]["RoleName"]


# addition, what AWS says, the last call of this
REFUSALS: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("aws_policies", "NoSuchEntity", lambda i: attach(i, AWS_POLICIES + "AmazonNothingAtAll", role(i))),
    ("aws_policies", "NoSuchEntity", lambda i: attach(i, AWS_POLICIES + "elsewhere/ReadOnlyAccess", role(i))),
    ("boundary_stands", "NoSuchEntity", lambda i: role(i, PermissionsBoundary="arn:aws:iam::123456789012:policy/none")),
    ("boundary_stands", "NoSuchEntity",
     lambda i: i.put_role_permissions_boundary(RoleName=role(i), PermissionsBoundary="arn:aws:iam::123456789012:policy/none")),
    ("check_trust", "MalformedPolicyDocument", lambda i: role(i, AssumeRolePolicyDocument="{}")),
    ("check_trust", "MalformedPolicyDocument", lambda i: role(i, AssumeRolePolicyDocument=trust(Resource="*"))),
    ("check_trust", "MalformedPolicyDocument",
     lambda i: role(i, AssumeRolePolicyDocument=trust({"AWS": "arn:aws:iam::123456789012:role/none"}))),
    ("check_trust", "MalformedPolicyDocument", lambda i: i.update_assume_role_policy(RoleName=role(i), PolicyDocument=allow())),
    ("check_trust", "LimitExceeded", lambda i: role(i, AssumeRolePolicyDocument=trust(Sid=LONG))),
    ("services_roles_stay", "NoSuchEntity", lambda i: put(i, "files", allow())),
    ("services_roles_stay", "UnmodifiableEntity", lambda i: i.delete_role(RoleName=linked(i))),
    ("services_roles_stay", "UnmodifiableEntity", lambda i: attach(i, AWS_POLICIES + "ReadOnlyAccess", linked(i))),
    ("ten_policies", "LimitExceeded", lambda i: (role(i), [attach(i, AWS_POLICIES + name) for name in NAMES])),
    ("inline_size", "LimitExceeded", lambda i: (role(i), [put(i, name, allow("arn:aws:s3:::" + LONG)) for name in "abcd"])),
    ("policy_size", "LimitExceeded", lambda i: policy(i, PolicyDocument=allow(LONG + LONG + LONG))),
    ("policy_size", "EntityAlreadyExists", lambda i: [policy(i, Path=path) for path in ("/one/", "/two/")]),
    ("delete_loose_policy", "DeleteConflict", lambda i: (attach(i, arn := policy(i), role(i)), i.delete_policy(PolicyArn=arn))),
    ("delete_loose_policy", "DeleteConflict",
     lambda i: (i.create_policy_version(PolicyArn=(arn := policy(i)), PolicyDocument=allow(), SetAsDefault=True), i.delete_policy(PolicyArn=arn))),
    ("role_is_in_profile", "NoSuchEntity",
     lambda i: i.remove_role_from_instance_profile(InstanceProfileName=profile(i), RoleName=role(i))),
    ("one_role_a_service", "InvalidInput", lambda i: [linked(i) for _time in range(2)]),
    ("one_role_a_service", "InvalidInput", lambda i: linked(i, "ecs")),
    ("provider_of_a_url", "InvalidInput", lambda i: provider(i, "http://token.example.com")),
    ("provider_stands", "NoSuchEntity",
     lambda i: i.delete_open_id_connect_provider(OpenIDConnectProviderArn="arn:aws:iam::123456789012:oidc-provider/none")),
    ("client_ids", "LimitExceeded",
     lambda i: i.add_client_id_to_open_id_connect_provider(
         OpenIDConnectProviderArn=provider(i, ClientIDList=[f"c{n}" for n in range(100)]), ClientID="more")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "case"), [row[1:] for row in REFUSALS], ids=[f"{row[0]}-{row[1]}-{n}" for n, row in enumerate(REFUSALS)]
)
def test_what_iam_refuses_is_refused(iam: Any, code: str, case: Callable[[Any], Any]) -> None:
    with pytest.raises(ClientError) as refused:
        case(iam)
    assert refused.value.response["Error"]["Code"] == code


def test_a_policy_of_awss_is_attached_once(iam: Any) -> None:
    for _time in range(2):
        attach(iam, AWS_POLICIES + "service-role/AmazonEC2RoleforSSM", "web" if _time else role(iam))
    assert iam.get_policy(PolicyArn=AWS_POLICIES + "service-role/AmazonEC2RoleforSSM")["Policy"]["AttachmentCount"] == 1
    assert len(iam.list_attached_role_policies(RoleName="web")["AttachedPolicies"]) == 1


def test_an_account_in_a_trust_policy_becomes_its_root(iam: Any) -> None:
    role(iam, AssumeRolePolicyDocument=trust({"AWS": "210987654321"}))
    [statement] = [iam.get_role(RoleName="web")["Role"]["AssumeRolePolicyDocument"]["Statement"]]
    assert statement["Principal"] == {"AWS": ["arn:aws:iam::210987654321:root"]}


def test_an_update_without_a_description_keeps_it_and_without_a_duration_resets_it(iam: Any) -> None:
    iam.update_role(RoleName=role(iam, Description="kept", MaxSessionDuration=7200))
    found = iam.get_role(RoleName="web")["Role"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("kept", 3600)


def test_service_linked_roles_have_awss_names(iam: Any) -> None:
    names = {service: linked(iam, f"{service}.amazonaws.com") for service in ("ecs", "rds", "elasticloadbalancing", "autoscaling")}
    assert names == {
        "ecs": "AWSServiceRoleForECS",
        "rds": "AWSServiceRoleForRDS",
        "elasticloadbalancing": "AWSServiceRoleForElasticLoadBalancing",
        "autoscaling": "AWSServiceRoleForAutoScaling",
    }


def test_client_ids_are_added_and_removed_as_often_as_one_likes(iam: Any) -> None:
    which = {"OpenIDConnectProviderArn": provider(iam, ClientIDList=["one"])}
    for _time in range(2):
        iam.add_client_id_to_open_id_connect_provider(**which, ClientID="two")
        iam.remove_client_id_from_open_id_connect_provider(**which, ClientID="one")
    found = iam.get_open_id_connect_provider(**which)
    assert found["ClientIDList"] == ["two"]
    assert len(found["ThumbprintList"]) == 1


@pytest.mark.usefixtures("virtual_time")
def test_what_was_just_made_is_known_to_others_later(cloud: LocalCloud, iam: Any) -> None:
    """By a role that a bucket's policy names, which S3 looks up."""
    s3 = client_of(cloud.endpoint, "s3", s3={"addressing_style": "path"})
    s3.create_bucket(Bucket="shop-files", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    cloud.dials.settle = 0.4
    arn = iam.get_role(RoleName=role(iam))["Role"]["Arn"]
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Principal": {"AWS": arn}, "Resource": "arn:aws:s3:::shop-files/*"}
    write = {"Bucket": "shop-files", "Policy": json.dumps({"Version": "2012-10-17", "Statement": statement})}
    with pytest.raises(ClientError, match="Invalid principal in policy"):
        s3.put_bucket_policy(**write)
    CLOCK.advance(0.5)
    assert s3.put_bucket_policy(**write)


@pytest.mark.usefixtures("virtual_time")
def test_reads_lag_in_iam_itself_and_a_name_is_taken_at_once(cloud: LocalCloud, iam: Any) -> None:
    cloud.dials.faults = [{"kind": "not_found_after_create", "seconds": 0.4}]
    role(iam)
    for look in (lambda: iam.get_role(RoleName="web"), lambda: put(iam, "files", allow())):
        with pytest.raises(ClientError) as missed:
            look()
        assert missed.value.response["Error"]["Code"] == "NoSuchEntity"
    with pytest.raises(ClientError) as taken:
        role(iam)
    assert taken.value.response["Error"]["Code"] == "EntityAlreadyExists"
    CLOCK.advance(0.5)
    assert put(iam, "files", allow())
