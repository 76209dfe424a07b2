# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""S3, as it is: what a new bucket has, whose it is, and what is refused."""
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud

from .conftest import client_of, REGION

NAME = "files-123456789012"
ARN = f"arn:aws:s3:::{NAME}"
TAGS = [{"Key": "groundwork:stack", "Value": "tio"}]
AES = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{ARN}/*"}
NOBODY = "arn:aws:iam::123456789012:role/nobody"


@pytest.fixture(scope="module")
def _s3(standing_cloud: LocalCloud) -> Any:
    return client_of(standing_cloud.endpoint, "s3")


@pytest.fixture
def s3(cloud: LocalCloud, _s3: Any) -> Any:
    return _s3


def make(s3: Any, name: str = NAME, **more: Any) -> None:
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION, **more})


def policy(s3: Any, **changed: Any) -> Any:
    statements = [STATEMENT | changed]
    return s3.put_bucket_policy(Bucket=NAME, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))


def lifecycle(s3: Any, *rules: dict[str, Any]) -> Any:
    whole = [{"Status": "Enabled", "Filter": {"Prefix": ""}} | rule for rule in rules]
    return s3.put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration={"Rules": whole})


def moves(**days: int) -> dict[str, Any]:
    return {"Transitions": [{"StorageClass": name, "Days": number} for name, number in days.items()]}


def own(s3: Any, rule: str) -> Any:
    return s3.put_bucket_ownership_controls(Bucket=NAME, OwnershipControls={"Rules": [{"ObjectOwnership": rule}]})


def open_by_acl(s3: Any) -> Any:
    own(s3, "ObjectWriter")
    s3.delete_public_access_block(Bucket=NAME)
    return s3.put_bucket_acl(Bucket=NAME, ACL="public-read")


def encrypt(s3: Any, key: str) -> Any:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    return s3.put_bucket_encryption(Bucket=NAME, ServerSideEncryptionConfiguration={"Rules": [rule]})


Case = Callable[[Any], Any]
# addition, what AWS says, the last call of this; the bucket stands
REFUSALS: list[tuple[str, str, Case]] = [
    ("keep_to_the_owner", "403", lambda s3: s3.head_bucket(Bucket=NAME, ExpectedBucketOwner="210987654321")),
    ("keep_to_the_owner", "AccessDenied", lambda s3: s3.get_bucket_tagging(Bucket=NAME, ExpectedBucketOwner="210987654321")),
    ("check_policy", "AccessDenied", policy),
    ("check_policy", "MalformedPolicy", lambda s3: policy(s3, Resource="arn:aws:s3:::another/*")),
    ("check_policy", "MalformedPolicy", lambda s3: policy(s3, Principal={"AWS": NOBODY})),
    ("check_policy", "MalformedPolicy", lambda s3: s3.put_bucket_policy(Bucket=NAME, Policy="{")),
    ("check_policy", "MalformedPolicy", lambda s3: s3.put_bucket_policy(Bucket=NAME, Policy=json.dumps({"Statement": [{"Effect": "Deny"}]}))),
    ("check_lifecycle", "InvalidRequest", lambda s3: lifecycle(s3, {"ID": "a"})),
    ("check_lifecycle", "InvalidArgument", lambda s3: lifecycle(s3, {"ID": "a", "Expiration": {"Days": 1}}, {"ID": "a", "Expiration": {"Days": 2}})),
    ("check_lifecycle", "InvalidArgument", lambda s3: lifecycle(s3, moves(STANDARD_IA=29))),
    ("check_lifecycle", "InvalidArgument", lambda s3: lifecycle(s3, moves(STANDARD_IA=30, GLACIER=59))),
    ("check_lifecycle", "InvalidArgument", lambda s3: lifecycle(s3, moves(GLACIER=90) | {"Expiration": {"Days": 90}})),
    ("check_lifecycle", "InvalidArgument", lambda s3: lifecycle(s3, {"Expiration": {"Days": 0}})),
    ("check_acl", "AccessControlListNotSupported", lambda s3: s3.put_bucket_acl(Bucket=NAME, ACL="private")),
    ("check_acl", "AccessDenied", lambda s3: (own(s3, "ObjectWriter"), s3.put_bucket_acl(Bucket=NAME, ACL="public-read"))),
    ("check_ownership", "InvalidBucketAclWithObjectOwnership", lambda s3: (open_by_acl(s3), own(s3, "BucketOwnerEnforced"))),
    ("encrypt_with_what_exists", "KMS.NotFoundException", lambda s3: (encrypt(s3, "no-key"), s3.put_object(Bucket=NAME, Key="a", Body=b"1"))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "case"), [row[1:] for row in REFUSALS], ids=[f"{row[0]}-{n}" for n, row in enumerate(REFUSALS)])
def test_what_aws_refuses_is_refused(s3: Any, code: str, case: Case) -> None:
    make(s3)
    with pytest.raises(ClientError) as refused:
        case(s3)
    assert refused.value.response["Error"]["Code"] == code


def test_a_new_bucket_is_tagged_encrypted_private_and_its_owners(s3: Any) -> None:
    make(s3, Tags=TAGS)
    assert s3.get_bucket_tagging(Bucket=NAME)["TagSet"] == TAGS
    rule = s3.get_bucket_encryption(Bucket=NAME)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule == AES | {"BucketKeyEnabled": False}
    assert all(s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_ownership_controls(Bucket=NAME)["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    encrypt(s3, "any-key")
    s3.delete_bucket_encryption(Bucket=NAME)
    assert s3.get_bucket_encryption(Bucket=NAME)["ServerSideEncryptionConfiguration"]["Rules"][0] == rule


def test_a_second_create_of_ones_own_resets_nothing(cloud: LocalCloud) -> None:
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    east = boto3.client("s3", endpoint_url=cloud.endpoint, region_name="us-east-1", **keys)
    east.create_bucket(Bucket=NAME, CreateBucketConfiguration={"Tags": TAGS})
    encrypt(east, "any-key")
    east.create_bucket(Bucket=NAME)
    assert east.get_bucket_tagging(Bucket=NAME)["TagSet"] == TAGS
    assert "KMS" in str(east.get_bucket_encryption(Bucket=NAME))


def test_a_policy_that_is_held_to_a_network_is_not_public(s3: Any) -> None:
    make(s3)
    policy(s3, Condition={"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}})
    assert "vpce" in s3.get_bucket_policy(Bucket=NAME)["Policy"]


OBJECTS = {"Effect": "Deny", "Action": "s3:*Object"}
ELSEWHERE = {"StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}


@pytest.mark.parametrize(
    ("changed", "let_in"),
    [
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, True),
        ({"Condition": ELSEWHERE}, False),
        ({"Condition": {**ELSEWHERE, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:sts::123456789012:user/m*"}}}, True),
        ({"Condition": {"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}}, True),
        ({"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}}, True),
        ({"Principal": {"AWS": "210987654321"}}, True),
        ({"Resource": f"{ARN}/other/*"}, True),
        ({}, False),
    ],
)
def test_a_policy_keeps_out_whom_it_means(s3: Any, changed: dict[str, Any], let_in: bool) -> None:
    make(s3)
    policy(s3, **OBJECTS | changed)
    if let_in:
        assert s3.put_object(Bucket=NAME, Key="a", Body=b"1")["ETag"]
    else:
        with pytest.raises(ClientError) as refused:
            s3.put_object(Bucket=NAME, Key="a", Body=b"1")
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_name_is_held_for_a_while_and_tags_end_with_their_bucket(cloud: LocalCloud, s3: Any) -> None:
    make(s3, Tags=TAGS)
    cloud.dials.settle = 30
    s3.delete_bucket(Bucket=NAME)
    with pytest.raises(ClientError) as refused:
        make(s3)
    assert refused.value.response["Error"]["Code"] == "OperationAborted"
    cloud.dials.settle = 0
    make(s3)
    with pytest.raises(ClientError) as refused:
        s3.get_bucket_tagging(Bucket=NAME)
    assert refused.value.response["Error"]["Code"] == "NoSuchTagSet"


def test_another_accounts_bucket_is_taken_and_closed(s3: Any) -> None:
    from moto.s3.models import s3_backends

    s3_backends["210987654321"]["aws"].create_bucket(NAME, REGION)
    with pytest.raises(ClientError) as refused:
        make(s3)
    assert refused.value.response["Error"]["Code"] == "BucketAlreadyExists"
    with pytest.raises(ClientError) as refused:
        s3.head_bucket(Bucket=NAME)
    assert refused.value.response["Error"]["Code"] == "403"


def test_buckets_are_listed_in_pages_with_their_regions(s3: Any) -> None:
    names = [f"{NAME}-{number}" for number in range(3)]
    for name in names:
        make(s3, name)
    page = s3.list_buckets(MaxBuckets=2, BucketRegion=REGION)
    assert (len(page["Buckets"]), page["Buckets"][0]["BucketRegion"], bool(page["ContinuationToken"])) == (2, REGION, True)
    every = s3.get_paginator("list_buckets").paginate(MaxBuckets=2).build_full_result()["Buckets"]
    assert [one["Name"] for one in every] == names
