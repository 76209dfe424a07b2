#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_nat_gateway
short_description: Keep the NAT gateways of a component as described
version_added: 0.1.0
description:
  - Keeps every NAT gateway of a component in one task; all are begun before any is waited for.
  - A gateway that failed counts as absent, and a new one is made. A failure is told with AWS's own reason.
author: Groundwork contributors (@groundwork)
options:
  vpc_id:
    description: The VPC. V((known after apply)) under check mode, when it does not stand yet.
    type: str
    required: true
  nat_gateways:
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
      subnet_id:
        description: The subnet that it lies in. AWS cannot change it.
        type: str
        required: true
      allocation_id:
        description: The Elastic IP address of a public one. AWS cannot change it.
        type: str
      connectivity_type:
        description: Whether it leads to the internet or to private networks alone. AWS cannot change it.
        type: str
        choices: [public, private]
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the way out of the private subnets
  groundwork.aws.ec2_nat_gateway:
    stack: shop
    component: vpc
    vpc_id: vpc-0123456789abcdef0
    nat_gateways:
      - key: a
        name: shop-nat-a
        subnet_id: subnet-0123456789abcdef0
        allocation_id: eipalloc-0123456789abcdef0
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
nat_gateways:
  description: What stands, or would under check mode; empty when all are absent.
  returned: success
  type: list
  elements: dict
  sample: [{id: nat-0123456789abcdef0, key: a, state: available, public_ip: 203.0.113.7}]
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.ec2_nat_gateway import main

if __name__ == "__main__":
    main()
