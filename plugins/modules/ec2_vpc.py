#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_vpc
short_description: Keep a VPC as described
version_added: 0.1.0
description:
  - Keeps one VPC of a component, found by its tags.
author: Groundwork contributors (@groundwork)
options:
  cidr_block:
    description: IPv4 range, from /16 to /28. AWS cannot change it.
    type: str
    required: true
  tenancy:
    description: Tenancy of the instances. AWS cannot change it.
    type: str
    choices: [default, dedicated]
  dns_support:
    description: Whether the VPC's own DNS server answers.
    type: bool
  dns_hostnames:
    description: Whether instances with a public address get a public name. Needs O(dns_support).
    type: bool
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the network of the shop
  groundwork.aws.ec2_vpc:
    stack: shop
    component: vpc
    name: shop-vpc
    cidr_block: 10.0.0.0/16
    dns_hostnames: true
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
vpc:
  description: What stands, or would under check mode; empty when it is absent.
  returned: success
  type: dict
  sample: {id: vpc-0123456789abcdef0, cidr_block: 10.0.0.0/16, dns_support: true, dns_hostnames: true}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.ec2_vpc import main

if __name__ == "__main__":
    main()
