#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: stack_info
short_description: Read all that a stack owns, in one burst
version_added: 0.1.0
description:
  - Reads the account, the region with its zones, and every resource that bears the stack's tag, with concurrent calls.
  - Each type is asked of its own service, and never of the tagging index, which lags.
author: Groundwork contributors (@groundwork)
options:
  stack:
    description: Name of the stack; the tag C(groundwork:stack).
    type: str
    required: true
  ask_ahead:
    description:
      - Whether each resource is asked here, side by side, all that its own module would ask. The modules of the same run need not ask it
        then, until one of them is about to write; what they plan from these answers is planned again before it is written.
      - What is listed is known to them in any case. Answers are kept in a folder of the run, hold no secret values, and grow old in 120 s.
    type: bool
    default: false
  types:
    description: The types that are read, each by the name of its module; all by default. What is not read counts as not there.
    type: list
    elements: str
  table:
    description: Name of the lock's table, in which seals lie (see RV(seals)); C(groundwork-STACK-lock) by default.
    type: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read what the shop owns
  groundwork.aws.stack_info:
    stack: shop
"""

RETURN = r"""
account:
  description: Id of the account whose credentials these are.
  returned: success
  type: str
region:
  description: Name of the region.
  returned: success
  type: str
endpoint:
  description: Where EC2 was asked.
  returned: success
  type: str
zones:
  description: Full names of the region's availability zones.
  returned: success
  type: list
  elements: str
resources:
  description: What stands, each with component, type, name, key and id.
  returned: success
  type: list
  elements: dict
tombstones:
  description: What AWS still lists although it is no more, as deleted NAT gateways for an hour.
  returned: success
  type: list
  elements: dict
seals:
  description:
    - By component, the seals of those of whom AWS says what it said when a run last found nothing to change about them. Each has C(inputs) (the
      fingerprint that M(groundwork.aws.declaration) had of it), C(outputs) of its role, and C(at) (epoch seconds).
    - Empty without O(ask_ahead).
  returned: success
  type: dict
protected:
  description: Whether anything bears the tag C(groundwork:protected).
  returned: success
  type: bool
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.stack_info import main

if __name__ == "__main__":
    main()
