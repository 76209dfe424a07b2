# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: service_plan
short_description: Each part of a service, from its inputs
version_added: 0.1.0
description:
  - Derives target group, log groups, rules, scaling policies and alarms, image, root volume and tags.
  - It makes no call.
author: Groundwork contributors (@groundwork)
positional: inputs, stack, target_group
options:
  _input:
    description: Name of the component.
    type: str
    required: true
  inputs:
    description: The inputs of the role C(groundwork.aws.service), under their full names.
    type: dict
    required: true
  stack:
    description: Name of the stack.
    type: str
    required: true
  target_group:
    description: ARN of its target group, once it is known.
    type: str
    default: (known after apply)
"""

EXAMPLES = r"""
- name: Show the alarms of a service
  ansible.builtin.debug:
    msg: "{{ ('web' | groundwork.aws.service_plan(inputs, 'shop')).alarms }}"
  vars:
    inputs:
      service_runtime: node
      service_image: ""
      service_root_volume: {}
      service_instance_name: shop-web
      service_instance_tags: {}
      service_target_group_name: shop-web
      service_group_name: shop-web
      service_health_path: /
      service_deregistration_delay: 300
      service_log_groups: [/shop/web]
      service_log_retention: 30
      service_log_key_id: ""
      service_scaling: [{metric: cpu, target: 60}]
      service_alarms: true
      service_wiring: {port: 3000, routes: []}
"""

RETURN = r"""
_value:
  description:
    - The parts, as the modules take them; C(image), C(root_volume), C(instance_tags), C(target_groups), C(log_groups), C(rules)
      by listener, C(policies) and C(alarms).
  type: dict
"""

import typing as t

from ansible_collections.groundwork.aws.plugins.module_utils._core.plan import UNKNOWN
from ansible_collections.groundwork.aws.plugins.plugin_utils.service_plan import service_plan


def service_plan_filter(component: str, inputs: dict[str, t.Any], stack: str, target_group: str = UNKNOWN) -> dict[str, t.Any]:
    return service_plan(component, inputs, stack, target_group or UNKNOWN)


class FilterModule:
    def filters(self) -> dict[str, t.Callable]:
        return {"service_plan": service_plan_filter}
