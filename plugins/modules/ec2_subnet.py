#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_subnet
short_description: Keep the subnets of a component as described
version_added: 0.1.0
description:
  - Keeps every subnet of a component in one task. A subnet is found by its tags, and by its range within the VPC.
author: Groundwork contributors (@groundwork)
options:
  vpc_id:
    description: The VPC. V((known after apply)) under check mode, when it does not stand yet.
    type: str
    required: true
  subnets:
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
      cidr_block:
        description: IPv4 range within the VPC's. AWS cannot change it.
        type: str
        required: true
      availability_zone:
        description: Zone by its full name. AWS cannot change it.
        type: str
        required: true
      map_public_ip_on_launch:
        description: Whether what is launched here gets a public address.
        type: bool
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the subnets of the shop
  groundwork.aws.ec2_subnet:
    stack: shop
    component: vpc
    vpc_id: vpc-0123456789abcdef0
    subnets:
      - {key: public-a, name: shop-public-a, cidr_block: 10.0.0.0/20, availability_zone: eu-west-1a}
      - {key: private-a, name: shop-private-a, cidr_block: 10.0.64.0/20, availability_zone: eu-west-1a}
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
subnets:
  description: What stands, or would under check mode; empty when all are absent.
  returned: success
  type: list
  elements: dict
  sample: [{id: subnet-0123456789abcdef0, key: public-a, cidr_block: 10.0.0.0/20, availability_zone: eu-west-1a}]
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.ec2_subnet import main

if __name__ == "__main__":
    main()
