# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bucket holds things, its name is one for all the world, and its policy can shut one out."""

from __future__ import annotations

import json
import typing as t

import boto3
import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._s3 import bucket
from botocore.exceptions import ClientError

NAME = "shop-files-123456789012"
PLACE = {"LocationConstraint": "ap-northeast-2"}
BY_ENDPOINT = {
    "Sid": "Way",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}},
}


def fill(aws: t.Any) -> None:
    """Two versions, a marker, and another object."""
    for body in (b"1", b"2"):
        aws.s3.put_object(Bucket=NAME, Key="a", Body=body)
    aws.s3.delete_object(Bucket=NAME, Key="a")
    aws.s3.put_object(Bucket=NAME, Key="b", Body=b"3")


def exists(aws: t.Any) -> bool:
    return NAME in [one["Name"] for one in aws.s3.list_buckets()["Buckets"]]


def test_a_bucket_that_holds_objects_is_kept_unless_told(run, aws):
    run.ok("s3_bucket", name=NAME)
    aws.s3.put_object(Bucket=NAME, Key="a", Body=b"1")
    result = run("s3_bucket", name=NAME, state="absent", removal="empty")
    assert "holds objects" in result["msg"]
    assert "removal: empty" in result["msg"]
    assert aws.s3.get_object(Bucket=NAME, Key="a")["Body"].read() == b"1"


@pytest.mark.parametrize(("module", "params"), [("s3_bucket", {"name": NAME, "state": "absent"}), ("stack_removal", {})])
def test_a_bucket_that_may_be_emptied_goes_with_all_its_versions(run, aws, monkeypatch, module, params):
    monkeypatch.setattr(bucket, "PAGE", 2)
    run.ok("s3_bucket", name=NAME, versioning=True, removal="empty")
    fill(aws)
    run.ok(module, **params)
    assert not exists(aws)


def test_what_is_locked_is_named(run, aws):
    aws.s3.create_bucket(Bucket=NAME, CreateBucketConfiguration=PLACE, ObjectLockEnabledForBucket=True)
    run.ok("s3_bucket", name=NAME, adopt=True, removal="empty")
    aws.s3.put_object(Bucket=NAME, Key="a", Body=b"1", ObjectLockLegalHoldStatus="ON")
    result = run("s3_bucket", name=NAME, state="absent")
    assert "Failed to delete a of bucket" in result["msg"]
    assert exists(aws)


@pytest.mark.parametrize("check", [True, False])
def test_a_policy_that_shuts_out_its_writer_is_refused_before_the_write(run, aws, check):
    result = run("s3_bucket", name=NAME, check=check, policy_statements=[BY_ENDPOINT])
    assert "statement Way denies what keeping the bucket needs by aws:SourceVpce" in result["msg"]
    assert not exists(aws)


def test_a_policy_that_spares_its_writer_or_is_about_objects_is_written(run, aws):
    who = aws.sts.get_caller_identity()["Arn"]
    spares = {**BY_ENDPOINT, "Condition": {**BY_ENDPOINT["Condition"], "ArnNotLike": {"aws:PrincipalArn": who}}}
    objects = {**BY_ENDPOINT, "Sid": "Objects", "Resource": f"arn:aws:s3:::{NAME}/*"}
    run.ok("s3_bucket", name=NAME, policy_statements=[spares, objects])
    found = json.loads(aws.s3.get_bucket_policy(Bucket=NAME)["Policy"])["Statement"]
    assert sorted(one["Sid"] for one in found) == ["GroundworkTlsOnly", "Objects", "Way"]


def test_the_statements_of_others_stay_where_none_are_given(run, aws):
    run.ok("s3_bucket", name=NAME)
    policy = json.loads(aws.s3.get_bucket_policy(Bucket=NAME)["Policy"])
    other = {"Sid": "Other", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{NAME}/*"}
    aws.s3.put_bucket_policy(Bucket=NAME, Policy=json.dumps({**policy, "Statement": [other]}))
    assert run.ok("s3_bucket", name=NAME)["planned"][0]["keys"] == ["tls_only"]
    found = json.loads(aws.s3.get_bucket_policy(Bucket=NAME)["Policy"])["Statement"]
    assert sorted(one["Sid"] for one in found) == ["GroundworkTlsOnly", "Other"]


def test_a_rule_that_was_switched_off_is_drift(run, aws):
    rule = {"id": "tidy", "abort_multipart_days": 7}
    run.ok("s3_bucket", name=NAME, lifecycle_rules=[rule])
    rules = aws.s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"]
    aws.s3.put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration={"Rules": [{**rules[0], "Status": "Disabled"}]})
    assert run.ok("s3_bucket", name=NAME, lifecycle_rules=[rule])["planned"][0]["keys"] == ["lifecycle_rules"]
    assert aws.s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"][0]["Status"] == "Enabled"


def test_another_accounts_bucket_is_told_at_once(run, aws):
    from moto.s3.models import s3_backends

    s3_backends["210987654321"]["aws"].create_bucket(NAME, "ap-northeast-2")
    assert "is another account's" in run("s3_bucket", name=NAME, check=True)["msg"]


def test_a_bucket_of_another_region_is_told_at_once(run, aws):
    client = boto3.client("s3", region_name="eu-west-1")
    client.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert "stands in eu-west-1" in run("s3_bucket", name=NAME)["msg"]


def test_the_first_region_is_not_named_in_a_create(run, aws):
    made = run.ok("s3_bucket", name=NAME, region="us-east-1")["bucket"]
    assert made["domain_name"] == f"{NAME}.s3.us-east-1.amazonaws.com"
    assert not run.ok("s3_bucket", name=NAME, region="us-east-1")["changed"]


def test_a_name_that_is_still_held_is_waited_for(run, aws):
    run.ok("s3_bucket", name=NAME)
    run.cloud.dials.settle = 0.8
    run.ok("s3_bucket", name=NAME, state="absent")
    run.ok("s3_bucket", name=NAME)
    refused = [record for record in run.cloud.records() if record["operation"] == "CreateBucket" and record["error_code"]]
    assert {record["error_code"] for record in refused} == {"OperationAborted"}


def test_a_bucket_of_nobody_is_adopted_with_the_tags_it_has(run, aws):
    aws.s3.create_bucket(Bucket=NAME, CreateBucketConfiguration={**PLACE, "Tags": [{"Key": "backup", "Value": "daily"}]})
    assert "is not ours" in run("s3_bucket", name=NAME)["msg"]
    run.ok("s3_bucket", name=NAME, adopt=True)
    tags = {one["Key"]: one["Value"] for one in aws.s3.get_bucket_tagging(Bucket=NAME)["TagSet"]}
    assert (tags["backup"], tags["groundwork:stack"]) == ("daily", "shop")
    run.ok("s3_bucket", name=NAME, state="absent")
    with pytest.raises(ClientError):
        aws.s3.head_bucket(Bucket=NAME)
