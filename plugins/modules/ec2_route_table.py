#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_route_table
short_description: Keep the route tables of a component as described
version_added: 0.1.0
description:
  - Keeps every route table of a component in one task, with its routes and the subnets that it serves.
  - The local route, those of gateway endpoints and those that a virtual private gateway propagates are not its own, and are left alone.
  - A subnet that another table serves is moved, and is never without a table in between.
author: Groundwork contributors (@groundwork)
options:
  vpc_id:
    description: The VPC. V((known after apply)) under check mode, when it does not stand yet.
    type: str
    required: true
  route_tables:
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
      routes:
        description: Exactly these routes. Unset, routes are left alone.
        type: list
        elements: dict
        suboptions:
          destination:
            description: IPv4 or IPv6 range, or the id of a prefix list.
            type: str
            required: true
          target:
            description: Id of what it leads to; an internet, NAT, transit or virtual private gateway, a peering, an interface or an endpoint.
            type: str
            required: true
      subnet_ids:
        description: Exactly these subnets. Unset, they are left alone.
        type: list
        elements: str
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the routes of the public subnets
  groundwork.aws.ec2_route_table:
    stack: shop
    component: vpc
    vpc_id: vpc-0123456789abcdef0
    route_tables:
      - key: public
        name: shop-public
        routes:
          - {destination: 0.0.0.0/0, target: igw-0123456789abcdef0}
        subnet_ids: [subnet-0123456789abcdef0]
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
route_tables:
  description: What stands, or would under check mode; empty when all are absent.
  returned: success
  type: list
  elements: dict
  sample: [{id: rtb-0123456789abcdef0, key: public, subnet_ids: [subnet-0123456789abcdef0]}]
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.ec2_route_table import main

if __name__ == "__main__":
    main()
