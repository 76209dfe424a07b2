#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_address
short_description: Keep the Elastic IP addresses of a component
version_added: 0.1.0
description:
  - Keeps every Elastic IP address of a component in one task.
author: Groundwork contributors (@groundwork)
options:
  addresses:
    description: Every one of the component's, each under a key of its own. What is not listed is left alone.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What people read; the tag C(Name).
        type: str
        required: true
      key:
        description: Steady handle within the component, by which it is found; the tag C(groundwork:key). The name by default.
        type: str
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the address of the NAT gateway
  groundwork.aws.ec2_address:
    stack: shop
    component: vpc
    addresses:
      - {key: nat-a, name: shop-nat-a}
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
addresses:
  description: What stands, or would under check mode; empty when all are absent.
  returned: success
  type: list
  elements: dict
  sample: [{id: eipalloc-0123456789abcdef0, key: nat-a, public_ip: 203.0.113.7}]
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.ec2_address import main

if __name__ == "__main__":
    main()
