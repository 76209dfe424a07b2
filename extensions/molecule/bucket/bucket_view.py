# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Print what S3 says of a bucket, as JSON; its name is the argument. An independent reader."""

from __future__ import annotations

import json
import sys

import boto3

s3, name = boto3.client("s3"), {"Bucket": sys.argv[1]}
(encryption,) = s3.get_bucket_encryption(**name)["ServerSideEncryptionConfiguration"]["Rules"]
print(
    json.dumps(
        {
            "blocked": sorted(set(s3.get_public_access_block(**name)["PublicAccessBlockConfiguration"].values())),
            "algorithm": encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
            "bucket_key": encryption["BucketKeyEnabled"],
            "versioning": s3.get_bucket_versioning(**name).get("Status"),
            "ownership": [one["ObjectOwnership"] for one in s3.get_bucket_ownership_controls(**name)["OwnershipControls"]["Rules"]],
            "statements": json.loads(s3.get_bucket_policy(**name)["Policy"])["Statement"],
            "rules": [one["ID"] for one in s3.get_bucket_lifecycle_configuration(**name)["Rules"]],
        }
    )
)
