#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: iam_role
short_description: Keep an IAM role as described
version_added: 0.1.0
description:
  - Keeps a role, its trust policy, its inline policies, the managed policies attached to it, and an instance profile of its own name.
  - The name is the role's own, and the account has one of a name.
  - Documents are compared by what they mean. One value equals a list of it, an account's number equals the ARN of its root, and no
    order matters.
  - IAM is consistent only eventually. What uses the role, or its profile, tries again while AWS says that it does not know it.
author: Groundwork contributors (@groundwork)
options:
  path:
    description: Its place in the account's tree of names, V(/) unless given. AWS cannot change it.
    type: str
  description:
    description:
      - What it is for; the component's name unless given.
      - C(of stack STACK) is added at the end. IAM lists roles without their tags, and a stack's roles are found by that ending.
    type: str
  trust:
    description: The trust policy, as a document.
    type: dict
    required: true
  managed_policies:
    description: ARNs of the managed policies that are attached to it, exactly these.
    type: list
    elements: str
  policies:
    description: Its inline policies, exactly these. A document under each name.
    type: dict
  boundary:
    description: ARN of the policy that bounds what it may be allowed. Empty for none.
    type: str
  max_session_duration:
    description: Seconds for which a session may last, from 3600 to 43200.
    type: int
  instance_profile:
    description: Whether an instance profile of the role's name stands, with the role in it and the role's tags.
    type: bool
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the role of the shop's hosts
  groundwork.aws.iam_role:
    stack: shop
    component: spring
    name: shop-spring
    trust:
      Version: "2012-10-17"
      Statement: {Effect: Allow, Action: "sts:AssumeRole", Principal: {Service: ec2.amazonaws.com}}
    managed_policies: ["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"]
    policies:
      files:
        Version: "2012-10-17"
        Statement: {Effect: Allow, Action: ["s3:GetObject", "s3:PutObject"], Resource: "arn:aws:s3:::shop-files/spring/*"}
    instance_profile: true
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
role:
  description: What stands, or would under check mode; empty when it is absent. C(role.instance_profile) is the profile's name, or empty.
  returned: success
  type: dict
  sample: {id: "arn:aws:iam::123456789012:role/shop-spring", role_name: shop-spring, instance_profile: shop-spring,
           instance_profile_arn: "arn:aws:iam::123456789012:instance-profile/shop-spring"}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.iam_role import main

if __name__ == "__main__":
    main()
