#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: plan_summary
short_description: Add up the plan of a run
version_added: 0.1.0
description:
  - Reads what the tasks of a run registered on all components, and on localhost, under names that begin with C(__), and adds it up.
  - Sets the statistic C(groundwork_plan), as M(ansible.builtin.set_stats) does, so that AWX and ansible-runner keep the plan as an artifact.
  - Runs once, on one component, at the end of a run. A name that is registered twice counts as it was registered last.
author: Groundwork contributors (@groundwork)
notes:
  - Runs on the controller and asks AWS nothing.
  - The stack is called by the variable C(stack_name).
"""

EXAMPLES = r"""
- name: Add up the plan
  groundwork.aws.plan_summary:
  register: __shop_plan
  run_once: true
"""

RETURN = r"""
msg:
  description: The plan in one line.
  returned: success
  type: str
  sample: "Plan: 31 to create, 0 to change, 0 to delete"
plan:
  description: The plan as the callback P(groundwork.aws.plan#callback) writes it.
  returned: success
  type: dict
  contains:
    version:
      description: Of this form.
      type: int
      sample: 1
    check:
      description: Whether it was only planned.
      type: bool
    stack:
      description: Name of the stack.
      type: str
    counts:
      description: How many resources there are to create, change, replace and delete, are orphaned, and are unchanged.
      type: dict
      sample: {create: 31, change: 0, replace: 0, delete: 0, orphaned: 0, unchanged: 0}
    resources:
      description: What changes, each with component, type, name, action (create, update, replace, delete or orphaned) and changed keys.
      type: list
      elements: dict
      sample: [{component: vpc, type: ec2_vpc, name: shop-vpc, action: create, keys: [cidr_block, tags]}]
    failed:
      description: The components that failed, each with the first line of the cause.
      type: list
      elements: dict
      sample: [{component: vpc, reason: "vpc: ec2_vpc shop-vpc: an error occurred (VpcLimitExceeded)"}]
kept:
  description: Ids of what is wanted and stands.
  returned: success
  type: list
  elements: str
ran:
  description: The components that took part and did not fail.
  returned: success
  type: list
  elements: str
"""
