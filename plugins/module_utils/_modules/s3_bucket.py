# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module s3_bucket: keep an S3 bucket as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._s3.bucket import Bucket

TRANSITION = dict(
    days=dict(type="int", required=True),
    storage_class=dict(
        choices=["STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"],
        required=True,
    ),
)
RULE = dict(
    id=dict(required=True),
    prefix=dict(default=""),
    transitions=dict(type="list", elements="dict", options=TRANSITION),
    expiration_days=dict(type="int"),
    noncurrent_expiration_days=dict(type="int"),
    abort_multipart_days=dict(type="int"),
)
CORS = dict(
    id=dict(),
    methods=dict(type="list", elements="str", choices=["GET", "PUT", "POST", "DELETE", "HEAD"], required=True),
    origins=dict(type="list", elements="str", required=True),
    headers=dict(type="list", elements="str"),
    expose_headers=dict(type="list", elements="str"),
    max_age_seconds=dict(type="int"),
)
OPTIONS = one(
    object_ownership=dict(choices=["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"], default="BucketOwnerEnforced"),
    kms_key_id=dict(no_log=False),
    versioning=dict(type="bool"),
    policy_statements=dict(type="list", elements="dict"),
    lifecycle_rules=dict(type="list", elements="dict", options=RULE),
    access_logs=dict(type="dict", options=dict(bucket=dict(), prefix=dict(default=""))),
    cors=dict(type="list", elements="dict", options=CORS),
    removal=dict(choices=["keep", "empty"], default="keep"),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, Bucket(aws, items(module)[0]), "bucket")
