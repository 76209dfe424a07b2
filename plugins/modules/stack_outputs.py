#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: stack_outputs
short_description: Gather what the components of a stack hand out
version_added: 0.1.0
description:
  - Gathers the outputs that the roles of this run set, by component, with lines that tell people what they can do with them.
  - Sets the statistic C(stack_outputs), as M(ansible.builtin.set_stats) does, so that AWX and ansible-runner keep them as an artifact.
  - No output is secret; a database's is the ARN of its secret.
author: Groundwork contributors (@groundwork)
options:
  components:
    description: The components, as M(groundwork.aws.declaration) returns them.
    type: dict
    required: true
  region:
    description: Name of the region.
    type: str
    required: true
  sealed:
    description: The outputs, by component, of those whose roles did not run, since they are known to stand as described.
    type: dict
    default: {}
  path:
    description: File that the outputs are also written to, as JSON, for its owner alone. Not under check mode.
    type: path
notes:
  - Runs on the controller and asks AWS nothing.
"""

EXAMPLES = r"""
- name: Gather what the stack hands out
  groundwork.aws.stack_outputs:
    components: {door: {kind: load_balancer, prefix: load_balancer}}
    region: eu-west-1
  register: gathered
  run_once: true
"""

RETURN = r"""
outputs:
  description: By component, what its role handed out.
  returned: success
  type: dict
  sample: {door: {url: "http://shop-door-1234567890.eu-west-1.elb.amazonaws.com"}}
summary:
  description: Lines for people.
  returned: success
  type: list
  elements: str
  sample: ["door: http://shop-door-1234567890.eu-west-1.elb.amazonaws.com"]
"""
