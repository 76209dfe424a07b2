#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: elbv2_target
short_description: Take a host out of a target group while it is changed, and back in
version_added: 0.1.0
description:
  - Out means that no request is left, after at most the deregistration delay of the group; in means healthy.
  - A run that died is gone on with, also where the host is draining.
author: Groundwork contributors (@groundwork)
options:
  state:
    description: A target has no absence; it goes with its host.
    type: str
    choices: [present]
    default: present
  target_group_id:
    description: ARN of the target group.
    type: str
    required: true
  in_service:
    description: Whether it is to be in service.
    type: bool
    required: true
  keep_last:
    description: Whether the only healthy one of its group stays in, since taking it out would be the outage that is to be avoided.
    type: bool
    default: true
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
notes:
  - O(name) is the instance's id. O(wait=false) only begins it.
"""

EXAMPLES = r"""
- name: Take a web server of the shop out of service
  groundwork.aws.elbv2_target:
    stack: shop
    component: web
    name: i-0123456789abcdef0
    target_group_id: arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-web/0123456789abcdef
    in_service: false
"""

RETURN = r"""
planned:
  description: The target with its component, type, name, key, action (none, update), changed keys and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
target:
  description: Whether it is in service, or would be under check mode; its state in AWS's words, and how many others are healthy.
  returned: success
  type: dict
  sample: {id: i-0123456789abcdef0, in_service: false, state: unused, healthy_others: 1}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.elbv2_target import main

if __name__ == "__main__":
    main()
