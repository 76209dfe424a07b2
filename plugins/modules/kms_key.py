#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: kms_key
short_description: Keep a KMS key as described
version_added: 0.1.0
description:
  - Keeps a symmetric key under the alias C(alias/NAME). It is found by the alias, and by its tags where it has none.
  - A key that was removed and is pending deletion still is taken back and enabled, since nothing else reads what it encrypted.
author: Groundwork contributors (@groundwork)
options:
  description:
    description: What it is for.
    type: str
  enabled:
    description: Whether it can be used.
    type: bool
    default: true
  policy:
    description: The key policy; by default one by which the IAM policies of the account decide. AWS refuses one that locks out its caller.
    type: dict
  users:
    description:
      - ARNs of principals that may use it, and let AWS's own services use it for them, beside what the policy says.
      - Autoscaling's service-linked role has to be among them where hosts have encrypted volumes.
    type: list
    elements: str
  via_services:
    description:
      - Services that may use it for this account, by their principals, beside what the policy says.
      - CloudWatch Logs, as V(logs.eu-west-1.amazonaws.com), is held to the account's log groups by the encryption context,
        others are by C(aws:SourceAccount).
    type: list
    elements: str
  enable_rotation:
    description: Whether AWS makes new key material from time to time.
    type: bool
    default: true
  rotation_period_days:
    description: Days between two rotations, 90 to 2560; a year by AWS's default.
    type: int
  deletion_window_days:
    description:
      - For how many days a removed key can be taken back, 7 to 30. Kept in the tag C(groundwork:removal-window), which removals read.
    type: int
    default: 30
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the key of the shop's logs and volumes
  groundwork.aws.kms_key:
    stack: shop
    component: files
    key: key
    name: shop-files
    description: Files and logs of the shop
    via_services: [logs.eu-west-1.amazonaws.com]
    users: ["arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"]
"""

RETURN = r"""
planned:
  description: The key with its component, type, name, key, action (none, create, update, delete), changed keys and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
kms_key:
  description: What stands, or would under check mode; empty when it is absent. C(id) is its ARN, C(key_id) its id.
  returned: success
  type: dict
  sample: {id: "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", alias: alias/shop-files, enabled: true}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.kms_key import main

if __name__ == "__main__":
    main()
