# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings of a bucket, as AWS has them and as a shape has them. Pure but for ``read_settings``."""

from __future__ import annotations

import json
import typing as t
from concurrent.futures import ThreadPoolExecutor

from .._aws import Aws
from .._core.plan import Shape
from .._core.resource import Raw

#: What a bucket is asked: the field of the answer, the call, and the code for a setting that was never made.
READS = {
    "TagSet": ("get_bucket_tagging", "NoSuchTagSet"),
    "OwnershipControls": ("get_bucket_ownership_controls", "OwnershipControlsNotFoundError"),
    "PublicAccessBlockConfiguration": ("get_public_access_block", "NoSuchPublicAccessBlockConfiguration"),
    "ServerSideEncryptionConfiguration": ("get_bucket_encryption", "ServerSideEncryptionConfigurationNotFoundError"),
    "Status": ("get_bucket_versioning",),
    "Policy": ("get_bucket_policy", "NoSuchBucketPolicy"),
    "Rules": ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
    "LoggingEnabled": ("get_bucket_logging",),
    "CORSRules": ("get_bucket_cors", "NoSuchCORSConfiguration"),
}
BLOCKED = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def read_setting(aws: Aws, bucket: str, field: str) -> t.Any:
    """One setting of a bucket, or None where it was never made."""
    operation, *missing = READS[field]
    return aws.find("s3", operation, field, *missing, Bucket=bucket)


def read_settings(aws: Aws, bucket: str) -> Raw:
    """Every setting of a bucket by the field of its answer, read side by side."""
    with ThreadPoolExecutor(len(READS)) as pool:
        return dict(zip(READS, pool.map(lambda field: read_setting(aws, bucket, field), READS), strict=True))


# -- encryption: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionRule.html


def from_encryption(configuration: Raw | None) -> dict[str, t.Any]:
    """The KMS key, empty for S3's own, and whether the bucket keeps a data key of it."""
    rule = next(iter((configuration or {}).get("Rules", [])), {})
    said = rule.get("ApplyServerSideEncryptionByDefault", {})
    return {"kms_key_id": said.get("KMSMasterKeyID", ""), "bucket_key": said.get("SSEAlgorithm") == "aws:kms" and rule.get("BucketKeyEnabled", False)}


def to_encryption(key: str, configuration: Raw | None) -> Raw:
    """As asked for; whatever else the standing rule says (blocked encryption types) stays."""
    standing = next(iter((configuration or {}).get("Rules", [])), {})
    said = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} if key else {"SSEAlgorithm": "AES256"}
    return {"Rules": [{**standing, "ApplyServerSideEncryptionByDefault": said, "BucketKeyEnabled": bool(key)}]}


# -- lifecycle: https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html

#: Our key, and where a rule has its days.
DAYS = {
    "expiration_days": ("Expiration", "Days"),
    "noncurrent_expiration_days": ("NoncurrentVersionExpiration", "NoncurrentDays"),
    "abort_multipart_days": ("AbortIncompleteMultipartUpload", "DaysAfterInitiation"),
}


def whole_rules(given: t.Iterable[Shape]) -> list[Shape]:
    """Lifecycle rules as they are read back, in the order of their ids."""
    return sorted(map(_whole_rule, given), key=lambda rule: rule["id"])


def _whole_rule(rule: Shape) -> Shape:
    moves = sorted(({"days": one["days"], "storage_class": one["storage_class"]} for one in rule.get("transitions") or []), key=lambda one: one["days"])
    days = {key: rule[key] for key in DAYS if rule.get(key) is not None}
    return {"id": rule["id"], "prefix": rule.get("prefix") or "", "transitions": moves, **days}


def to_lifecycle(rules: t.Iterable[Shape]) -> list[Raw]:
    return [_to_rule(rule) for rule in rules]


def _to_rule(rule: Shape) -> Raw:
    moves = [{"Days": one["days"], "StorageClass": one["storage_class"]} for one in rule["transitions"]]
    days = {outer: {inner: rule[key]} for key, (outer, inner) in DAYS.items() if key in rule}
    return {"ID": rule["id"], "Status": "Enabled", "Filter": {"Prefix": rule["prefix"]}, **({"Transitions": moves} if moves else {}), **days}


def from_lifecycle(rules: t.Iterable[Raw] | None) -> list[Shape]:
    return sorted(map(_from_rule, rules or []), key=lambda rule: rule["id"])


def _from_rule(rule: Raw) -> Shape:
    """What our keys can say of a rule; what they cannot (another status, a tag, a date) is told as it stands, so that it shows as a change."""
    prefix = rule.get("Prefix", "")
    said = {key: value for key, value in rule.items() if key != "Prefix"}
    said["Filter"] = rule.get("Filter") or {"Prefix": prefix}
    said["Transitions"] = sorted(rule.get("Transitions", []), key=lambda one: one.get("Days", 0))
    moves = [{"days": one["Days"], "storage_class": one["StorageClass"]} for one in said["Transitions"] if "Days" in one]
    days = {key: said[outer][inner] for key, (outer, inner) in DAYS.items() if inner in said.get(outer, {})}
    ours = _whole_rule({"id": rule.get("ID", ""), "prefix": said["Filter"].get("Prefix"), "transitions": moves, **days})
    beyond = {key: value for key, value in said.items() if value and _to_rule(ours).get(key) != value}
    return {**ours, "beyond": json.dumps(beyond, sort_keys=True, default=str)} if beyond else ours


# -- access logs: https://docs.aws.amazon.com/AmazonS3/latest/API/API_LoggingEnabled.html


def from_logging(said: Raw | None) -> Shape:
    return {"bucket": said["TargetBucket"], "prefix": said.get("TargetPrefix", "")} if said else {}


def to_logging(logs: Shape, said: Raw | None) -> Raw:
    """As asked for; the format of the keys stays as it is."""
    return {"LoggingEnabled": {**(said or {}), "TargetBucket": logs["bucket"], "TargetPrefix": logs["prefix"]}} if logs else {}


# -- CORS: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html

#: Our key, and AWS's.
CORS = {
    "id": "ID",
    "methods": "AllowedMethods",
    "origins": "AllowedOrigins",
    "headers": "AllowedHeaders",
    "expose_headers": "ExposeHeaders",
    "max_age_seconds": "MaxAgeSeconds",
}


def whole_cors(given: t.Iterable[Shape]) -> list[Shape]:
    """CORS rules as they are read back. Their order stays: the first that fits a request counts."""
    return [{key: sorted(rule[key]) if isinstance(rule[key], list) else rule[key] for key in CORS if rule.get(key)} for rule in given]


def from_cors(rules: t.Iterable[Raw] | None) -> list[Shape]:
    return whole_cors([{key: rule.get(field) for key, field in CORS.items()} for rule in rules or []])


def to_cors(rules: t.Iterable[Shape]) -> list[Raw]:
    return [{field: rule[key] for key, field in CORS.items() if key in rule} for rule in rules]
