#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: autoscaling_instance_refresh
short_description: Keep every instance of a fleet at one version of its launch template
version_added: 0.1.0
description:
  - Replaces, by an instance refresh, what runs another version than the wanted one. Where all run it, or nothing runs, there is nothing to do.
  - The group takes the version once the refresh succeeded. One that fails is rolled back by AWS to the version that the group had, and fails
    the module with AWS's reason and that of the launch that failed.
  - A refresh that was started by a run that died is gone on with. One for something else is awaited first.
author: Groundwork contributors (@groundwork)
options:
  state:
    description: A refresh has no absence; it goes with its group.
    type: str
    choices: [present]
    default: present
  launch_template_version:
    description: The version that every instance shall run, a number. V((known after apply)) under check mode, when it is yet to be made.
    type: str
    required: true
  min_healthy_percentage:
    description: Least part of the desired capacity in service meanwhile. By default that of the group's maintenance policy, or 90.
    type: int
  max_healthy_percentage:
    description: Greatest part of the desired capacity in service or on its way; needs O(min_healthy_percentage).
    type: int
  instance_warmup:
    description: Seconds in service until an instance counts as replaced. By default the group's own.
    type: int
  skip_matching:
    description: Whether instances that run the version already are left alone.
    type: bool
    default: true
  auto_rollback:
    description: Whether a refresh that fails is rolled back.
    type: bool
    default: true
  checkpoint_percentages:
    description: Parts of the fleet, ascending, after each of which the refresh pauses. The last must be 100, or the rest is left as it was.
    type: list
    elements: int
  checkpoint_delay:
    description: Seconds of each pause; an hour by default.
    type: int
  scale_in_protected_instances:
    description: Whether instances that are protected from scale-in are replaced, or awaited for an hour until they are protected no more.
    type: str
    choices: [refresh, wait]
    default: wait
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
notes:
  - O(name) is the group's. O(wait=false) only starts the refresh.
"""

EXAMPLES = r"""
- name: Let every web server of the shop run version 4
  groundwork.aws.autoscaling_instance_refresh:
    stack: shop
    component: web
    name: shop-web
    launch_template_version: 4
    min_healthy_percentage: 75
    wait_timeout: 3600
"""

RETURN = r"""
planned:
  description: The refresh with its component, type, name, key, action (none, update), changed keys and the group's name as id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
instance_refresh:
  description: The version that the instances run, or would under check mode, and the refresh that saw to it, if one was needed.
  returned: success
  type: dict
  sample: {id: shop-web, launch_template_version: 4, refresh: {id: 08b91cf7-8fa6-48af-b6a6-d227f40f1b9b, status: Successful, percentage: 100}}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.autoscaling_instance_refresh import main

if __name__ == "__main__":
    main()
