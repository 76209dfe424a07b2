#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: stack_removal
short_description: Remove what a stack owns and nobody wants
version_added: 0.1.0
description:
  - Finds what bears the stack's tag, and removes it in the order that AWS asks for, or lists it as orphaned.
author: Groundwork contributors (@groundwork)
options:
  state:
    description: Whether it is removed, or listed as orphaned and left alone.
    type: str
    choices: [absent, listed]
    default: absent
  component:
    description: Not used here; O(components) chooses.
    type: str
    required: false
  components:
    description: Only what belongs to these components; all of them by default.
    type: list
    elements: str
  types:
    description: Only these types, by the names of their modules; all of them by default.
    type: list
    elements: str
  keep:
    description: Ids of what is wanted.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Remove the component that left the inventory
  groundwork.aws.stack_removal:
    stack: shop
    components: [old_worker]
"""

RETURN = r"""
planned:
  description: Each resource with its component, type, name, key, action (delete or orphaned) and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.stack_removal import main

if __name__ == "__main__":
    main()
