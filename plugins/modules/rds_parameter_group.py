#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: rds_parameter_group
short_description: Keep the parameters of a component's database engine as described
version_added: 0.1.0
description:
  - A DB parameter group holds what a database engine is told beside its defaults. RDS knows it by its name, which only one in the region can have.
  - A dynamic parameter is applied at once to every instance that has the group; a static one with the instance's next reboot, of which its
    status C(pending-reboot) tells.
author: Groundwork contributors (@groundwork)
options:
  name:
    description: Name of the group. RDS keeps it in small letters.
    type: str
    required: true
  family:
    description: Engine and major version that it is for. AWS cannot change it.
    type: str
    required: true
  description:
    description: What people read of it. AWS cannot change it.
    type: str
    required: true
  parameters:
    description:
      - Every parameter that differs from the engine's default, by name, with its value as text; yes and no are V(1) and V(0).
      - What somebody has set and is not listed is reset. Not managed when left out.
    type: dict
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the parameters of the shop's database
  groundwork.aws.rds_parameter_group:
    stack: shop
    component: db
    name: shop-db
    family: mysql8.4
    description: Parameters of the shop's database
    parameters:
      require_secure_transport: "1"
      time_zone: Asia/Seoul
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
parameter_group:
  description: What stands, or would under check mode; empty when it is absent.
  returned: success
  type: dict
  sample: {id: "arn:aws:rds:eu-west-1:123456789012:pg:shop-db", name: shop-db, family: mysql8.4, parameters: {require_secure_transport: "1"}}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.rds_parameter_group import main

if __name__ == "__main__":
    main()
