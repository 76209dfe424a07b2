#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: rds_subnet_group
short_description: Keep the subnets of a component's database as described
version_added: 0.1.0
description:
  - A DB subnet group says in which subnets of a VPC an instance may lie. RDS knows it by its name, which only one in the region can have.
author: Groundwork contributors (@groundwork)
options:
  name:
    description: Name of the group. RDS keeps it in small letters.
    type: str
    required: true
  description:
    description: What people read of it.
    type: str
    required: true
  subnet_ids:
    description:
      - Its subnets, of one VPC and of two zones at least. V((known after apply)) under check mode, when they do not stand yet.
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the subnets of the shop's database
  groundwork.aws.rds_subnet_group:
    stack: shop
    component: db
    name: shop-db
    description: Subnets of the shop's database
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
"""

RETURN = r"""
planned:
  description: The group with its component, type, name, key, action (none, create, update, replace, delete), changed keys and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
subnet_group:
  description: What stands, or would under check mode; empty when it is absent. With its VPC and zones, once it stands.
  returned: success
  type: dict
  sample: {id: "arn:aws:rds:eu-west-1:123456789012:subgrp:shop-db", name: shop-db, vpc_id: vpc-0123456789abcdef0}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.rds_subnet_group import main

if __name__ == "__main__":
    main()
