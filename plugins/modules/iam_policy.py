#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: iam_policy
short_description: Keep a managed IAM policy of the account as described
version_added: 0.1.0
description:
  - Keeps a policy that roles can share. A changed document becomes a new version, which is made the default; of five versions the oldest
    that is not the default is removed first.
  - The account gives a policy's name once, whatever its path and case. A name that is taken elsewhere is refused.
  - Documents are compared by what they mean, as M(groundwork.aws.iam_role) does.
author: Groundwork contributors (@groundwork)
options:
  path:
    description:
      - Its place in the account's tree of names, V(/groundwork/STACK/) or below, by which a stack's policies are found.
      - V(/groundwork/STACK/) unless given. AWS cannot change it.
    type: str
  document:
    description: What it allows and denies.
    type: dict
    required: true
  description:
    description: What it is for. AWS cannot change it.
    type: str
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep what every host of the shop may do
  groundwork.aws.iam_policy:
    stack: shop
    component: hosts
    name: shop-host
    document:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Action: ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]
          Resource: "*"
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
policy:
  description: What stands, or would under check mode; empty when it is absent.
  returned: success
  type: dict
  sample: {id: "arn:aws:iam::123456789012:policy/groundwork/shop/shop-host", policy_name: shop-host, version: v1}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.iam_policy import main

if __name__ == "__main__":
    main()
