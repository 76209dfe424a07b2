# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""S3: buckets and all that is set on them."""

from __future__ import annotations

import json
import typing as t

from .case import Case
from .case import Ids
from .case import TAGS

REGION = "ap-northeast-2"
NAME = "shop-files-123456789012"
ARN = f"arn:aws:s3:::{NAME}"
READ = {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": f"{ARN}/public/*"}
ARCHIVE = {
    "id": "archive",
    "prefix": "logs/",
    "transitions": [{"days": 90, "storage_class": "GLACIER"}, {"days": 30, "storage_class": "STANDARD_IA"}],
    "expiration_days": 365,
    "noncurrent_expiration_days": 30,
}
TIDY = {"id": "tidy", "abort_multipart_days": 7}
CORS = {"methods": ["PUT", "GET"], "origins": ["https://shop.example"], "headers": ["*"], "expose_headers": ["ETag"], "max_age_seconds": 60}


def given(aws: t.Any) -> Ids:
    """Two keys, a role that reads, and a bucket for access logs."""
    ids = {name: aws.kms.create_key(Description=name)["KeyMetadata"]["Arn"] for name in ("key_arn", "other_key_arn")}
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    ids["role_arn"] = aws.iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    aws.s3.create_bucket(Bucket="logs-123456789012", CreateBucketConfiguration={"LocationConstraint": REGION})
    put = {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs-123456789012/*"}
    aws.s3.put_bucket_policy(Bucket="logs-123456789012", Policy=json.dumps({"Version": "2012-10-17", "Statement": [put]}))
    return ids


def reading(ids: Ids) -> dict[str, t.Any]:
    return {**READ, "Principal": {"AWS": ids["role_arn"]}}


def encrypted(aws: t.Any, bucket: str, key: str, *, bucket_key: bool) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, "BucketKeyEnabled": bucket_key}
    aws.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def keep_statements(aws: t.Any, bucket: str, keep: t.Callable[[dict], bool]) -> None:
    policy = json.loads(aws.s3.get_bucket_policy(Bucket=bucket)["Policy"])
    statements = [one for one in policy["Statement"] if keep(one)]
    aws.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({**policy, "Statement": statements}))


def tagged(aws: t.Any, bucket: str, **changed: str) -> None:
    tags = {one["Key"]: one["Value"] for one in aws.s3.get_bucket_tagging(Bucket=bucket)["TagSet"]} | changed
    aws.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]})


CASES = [
    Case(
        "s3_bucket",
        given,
        lambda ids: {
            "name": NAME,
            "kms_key_id": ids["key_arn"],
            "versioning": True,
            "policy_statements": [reading(ids)],
            "lifecycle_rules": [TIDY, ARCHIVE],
            "access_logs": {"bucket": "logs-123456789012", "prefix": "files/"},
            "cors": [CORS, {"methods": ["GET"], "origins": ["*"]}],
        },
        lambda ids: {
            "name": NAME,
            "object_ownership": "BucketOwnerPreferred",
            "versioning": False,
            "policy_statements": [{**reading(ids), "Action": "s3:*Object"}],
            "lifecycle_rules": [{**TIDY, "abort_multipart_days": 3}],
            "access_logs": {},
            "cors": [],
            "removal": "empty",
            "tags": TAGS,
        },
        ("CreateBucket", "PutBucketEncryption", "PutBucketPolicy", "PutBucketLifecycleConfiguration"),
        {
            "object_ownership": lambda aws, id, ids: aws.s3.put_bucket_ownership_controls(
                Bucket=id, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
            ),
            "public_access_block": lambda aws, id, ids: aws.s3.delete_public_access_block(Bucket=id),
            "kms_key_id": lambda aws, id, ids: encrypted(aws, id, ids["other_key_arn"], bucket_key=True),
            "bucket_key": lambda aws, id, ids: encrypted(aws, id, ids["key_arn"], bucket_key=False),
            "versioning": lambda aws, id, ids: aws.s3.put_bucket_versioning(Bucket=id, VersioningConfiguration={"Status": "Suspended"}),
            "tls_only": lambda aws, id, ids: keep_statements(aws, id, lambda one: one["Effect"] == "Allow"),
            "policy_statements": lambda aws, id, ids: keep_statements(aws, id, lambda one: one["Effect"] == "Deny"),
            "lifecycle_rules": lambda aws, id, ids: aws.s3.delete_bucket_lifecycle(Bucket=id),
            "access_logs": lambda aws, id, ids: aws.s3.put_bucket_logging(Bucket=id, BucketLoggingStatus={}),
            "cors": lambda aws, id, ids: aws.s3.delete_bucket_cors(Bucket=id),
            "removal": lambda aws, id, ids: tagged(aws, id, **{"groundwork:removal": "empty"}),
            "tags": lambda aws, id, ids: tagged(aws, id, Name="renamed", foreign="kept"),
        },
        {},
    ),
]
