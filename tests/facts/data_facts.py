# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TIO's database, its secret, and its bucket. Of the secret's value nothing is ever said but which keys it has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from policies import listed
from system_view import Fact, held
from tio_view import DATABASE, SECRET, Tio

#: What RDS takes no password with (API_CreateDBInstance: MasterUserPassword).
NOT_IN_PASSWORD = set("/@\" ")


def facts(tio: Tio) -> Iterator[Fact]:
    yield from held(f"the database {DATABASE} stands", database(tio))
    yield from held(f"the secret {SECRET} stands", secret(tio))
    yield from held("the bucket stands", bucket(tio))
    yield from held("the bucket has a policy", bucket_policy(tio))
    yield from held("the bucket has a lifecycle", lifecycle(tio))


def database(tio: Tio) -> Iterator[Fact]:
    found = tio.database
    yield Fact(f"{DATABASE} is available", "available", found["DBInstanceStatus"])
    yield Fact(f"{DATABASE} is MySQL 8", ("mysql", "8"), (found["Engine"], found["EngineVersion"].partition(".")[0]))
    yield Fact(f"{DATABASE} has the initial database tryiton", "tryiton", found["DBName"])
    yield Fact(f"{DATABASE} is not public", False, found["PubliclyAccessible"])
    yield Fact(f"{DATABASE} is encrypted", True, found["StorageEncrypted"])
    group = found["DBSubnetGroup"]
    yield Fact(f"{DATABASE} lies in both private subnets", sorted(tio.private), tio.names(one["SubnetIdentifier"] for one in group["Subnets"]))
    yield Fact(f"{DATABASE} has the group TIO-DB-SG alone", ["TIO-DB-SG"], tio.names(one["VpcSecurityGroupId"] for one in found["VpcSecurityGroups"]))
    yield Fact(f"{DATABASE} is reached on 3306", 3306, found["Endpoint"]["Port"])


def secret(tio: Tio) -> Iterator[Fact]:
    yield Fact(f"{SECRET} is not on its way out", None, tio.secret.get("DeletedDate"))
    content = json.loads(tio.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"])
    yield Fact(f"{SECRET} names host, username and password", set(), {"host", "username", "password"} - set(content))
    yield Fact(f"{SECRET} names the database's own address", True, content["host"] == tio.database["Endpoint"]["Address"])
    yield Fact(f"{SECRET} names the database's own user", True, content["username"] == tio.database["MasterUsername"])
    yield Fact("the password is one that RDS takes", True, len(content["password"]) >= 8 and not NOT_IN_PASSWORD & set(content["password"]))


def bucket(tio: Tio) -> Iterator[Fact]:
    s3, name = tio.client("s3"), tio.bucket
    region = s3.get_bucket_location(Bucket=name)["LocationConstraint"]
    yield Fact("the bucket lies in the stack's region", tio.client("s3").meta.region_name, region)
    blocked = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    all_four = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    yield Fact("the bucket blocks public access in all four ways", all_four, blocked)
    default = tio.bucket_encryption["ApplyServerSideEncryptionByDefault"]
    yield Fact("the bucket encrypts with KMS", "aws:kms", default["SSEAlgorithm"])
    key = tio.key(tio.bucket_key)
    yield Fact("by a key of ours, which is enabled", ("CUSTOMER", "Enabled"), (key["KeyManager"], key["KeyState"]))
    yield Fact("the bucket has a bucket key", True, tio.bucket_encryption.get("BucketKeyEnabled"))
    yield Fact("the bucket keeps versions", "Enabled", s3.get_bucket_versioning(Bucket=name).get("Status"))
    owner = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    yield Fact("the bucket's owner owns every object", ["BucketOwnerEnforced"], [one["ObjectOwnership"] for one in owner])


def bucket_policy(tio: Tio) -> Iterator[Fact]:
    document = json.loads(tio.client("s3").get_bucket_policy(Bucket=tio.bucket)["Policy"])
    arn = f"arn:aws:s3:::{tio.bucket}"
    denies = [
        one for one in listed(document["Statement"])
        if one["Effect"] == "Deny" and is_everybody(one.get("Principal")) and listed(one["Action"]) == ["s3:*"]
        and set(listed(one["Resource"])) == {arn, f"{arn}/*"} and is_plain(one.get("Condition", {}))
    ]  # fmt: skip
    yield Fact("the bucket refuses everybody who comes without TLS", 1, len(denies))
    public = [one for one in listed(document["Statement"]) if one["Effect"] == "Allow" and is_everybody(one.get("Principal"))]
    yield Fact("the bucket's policy lets nobody in who is not named", [], public)


def is_everybody(principal: Any) -> bool:
    return principal == "*" or (isinstance(principal, dict) and "*" in listed(principal.get("AWS")))


def is_plain(condition: dict[str, dict[str, str | list[str]]]) -> bool:
    """Whether a condition is that of a request without TLS, and nothing beside."""
    found = {key.lower(): listed(value) for key, value in condition.get("Bool", {}).items()}
    return list(condition) == ["Bool"] and found == {"aws:securetransport": ["false"]}


def lifecycle(tio: Tio) -> Iterator[Fact]:
    found = tio.client("s3").get_bucket_lifecycle_configuration(Bucket=tio.bucket)["Rules"]
    logs = [one for one in found if one["Status"] == "Enabled" and (one.get("Filter", {}).get("Prefix") or one.get("Prefix")) == "logs/"]
    yield Fact("one rule is for logs/", 1, len(logs))
    for rule in logs:
        moved = {(one.get("Days"), one["StorageClass"]) for one in rule.get("Transitions", [])}
        yield Fact("logs/ move to STANDARD_IA after 30 days, and to GLACIER after 90", {(30, "STANDARD_IA"), (90, "GLACIER")}, moved)
        yield Fact("logs/ end after 365 days", 365, rule.get("Expiration", {}).get("Days"))
