#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_internet_gateway
short_description: Keep an internet gateway as described
version_added: 0.1.0
description:
  - Keeps the internet gateway of a component, attached to its VPC.
author: Groundwork contributors (@groundwork)
options:
  vpc_id:
    description: The VPC. V((known after apply)) under check mode, when it does not stand yet.
    type: str
    required: true
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the way to the internet
  groundwork.aws.ec2_internet_gateway:
    stack: shop
    component: vpc
    name: shop-igw
    vpc_id: vpc-0123456789abcdef0
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
internet_gateway:
  description: What stands, or would under check mode; empty when it is absent.
  returned: success
  type: dict
  sample: {id: igw-0123456789abcdef0, vpc_id: vpc-0123456789abcdef0}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.ec2_internet_gateway import main

if __name__ == "__main__":
    main()
