#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket
short_description: Keep an S3 bucket as described
version_added: 0.1.0
description:
  - Keeps one bucket of a component with its settings. The names of buckets are one for all accounts and regions.
  - Public access is always blocked in all four ways, and the policy always denies requests without TLS. Both are compared, and mended.
author: Groundwork contributors (@groundwork)
options:
  object_ownership:
    description: Who owns objects. By default the bucket's owner does, and there are no ACLs.
    type: str
    choices: [BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter]
    default: BucketOwnerEnforced
  kms_key_id:
    description:
      - The KMS key that encrypts objects, best by its ARN; the bucket keeps a data key of it, which saves calls to KMS.
      - Without it, S3's own key encrypts them. S3 does not look whether the key exists before the first object comes.
    type: str
  versioning:
    description: Whether older versions of objects are kept. V(false) suspends it.
    type: bool
  policy_statements:
    description:
      - Exactly these statements, beside the one that wants TLS. One without C(Resource) is about the bucket and all its objects.
      - A statement that denies by C(aws:SourceVpce), C(aws:SourceVpc) or C(aws:SourceIp) what keeping the bucket needs is refused, unless a
        condition on C(aws:PrincipalArn), C(aws:userId) or C(aws:PrincipalAccount) spares the one who runs this. Nobody but the account's root could
        mend the bucket then. Deny on objects alone, or spare the role.
    type: list
    elements: dict
  lifecycle_rules:
    description: Exactly these rules, compared by their ids. An empty list removes them.
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the rule, once in the bucket.
        type: str
        required: true
      prefix:
        description: How the keys of its objects begin; all objects by default.
        type: str
        default: ""
      transitions:
        description: Into which class after how many days. An infrequent class takes 30 days or more, an archive after it 30 more.
        type: list
        elements: dict
        suboptions:
          days:
            description: Days after the object was made.
            type: int
            required: true
          storage_class:
            description: The class.
            type: str
            choices: [STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_IR, GLACIER, DEEP_ARCHIVE]
            required: true
      expiration_days:
        description: Days after which an object is deleted; more than those of every transition.
        type: int
      noncurrent_expiration_days:
        description: Days after which an older version is deleted.
        type: int
      abort_multipart_days:
        description: Days after which an upload that was not finished is given up.
        type: int
  access_logs:
    description: Where S3 logs each access. An empty dictionary switches it off.
    type: dict
    suboptions:
      bucket:
        description: Name of a bucket of the same region, whose policy lets C(logging.s3.amazonaws.com) put objects.
        type: str
      prefix:
        description: How the keys of its objects begin.
        type: str
        default: ""
  cors:
    description: Exactly these rules, in this order. The first that fits a request counts. An empty list removes them.
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the rule.
        type: str
      methods:
        description: Methods that are let in.
        type: list
        elements: str
        choices: [GET, PUT, POST, DELETE, HEAD]
        required: true
      origins:
        description: Origins that are let in, as V(https://shop.example).
        type: list
        elements: str
        required: true
      headers:
        description: Headers that a request may bear.
        type: list
        elements: str
      expose_headers:
        description: Headers of the answer that a page may read.
        type: list
        elements: str
      max_age_seconds:
        description: Seconds for which a browser may keep the answer.
        type: int
  removal:
    description:
      - Whether a removal refuses a bucket that holds objects, or takes all objects, versions and markers away first.
      - It stands in the bucket's tag C(groundwork:removal), where a removal reads it. So it must have been kept once before the removal.
    type: str
    choices: [keep, empty]
    default: keep
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the files of the shop
  groundwork.aws.s3_bucket:
    stack: shop
    component: files
    name: shop-files-123456789012-eu-west-1
    versioning: true
    lifecycle_rules:
      - id: logs
        prefix: logs/
        transitions:
          - {days: 30, storage_class: STANDARD_IA}
          - {days: 90, storage_class: GLACIER}
        expiration_days: 365
    policy_statements:
      - Sid: OnlyByTheEndpoint
        Effect: Deny
        Principal: "*"
        Action: s3:*
        Condition:
          StringNotEquals: {aws:SourceVpce: vpce-0123456789abcdef0}
          ArnNotLike: {aws:PrincipalArn: arn:aws:iam::123456789012:role/operator}
"""

RETURN = r"""
planned:
  description: Each resource with its component, type, name, key, action (none, create, update, replace, delete), changed keys and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
bucket:
  description: What stands, or would under check mode; empty when it is absent.
  returned: success
  type: dict
  sample:
    id: shop-files-123456789012-eu-west-1
    arn: arn:aws:s3:::shop-files-123456789012-eu-west-1
    domain_name: shop-files-123456789012-eu-west-1.s3.eu-west-1.amazonaws.com
    versioning: true
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.s3_bucket import main

if __name__ == "__main__":
    main()
