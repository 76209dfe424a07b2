# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: load_balancer_plan
short_description: Each part of a load balancer, from its inputs
version_added: 0.1.0
description:
  - Derives listeners, DNS records and alarms, and says what others have to add to a zone that is not ours.
  - It makes no call.
author: Groundwork contributors (@groundwork)
positional: inputs, stack, certificate, standing
options:
  _input:
    description: Name of the component.
    type: str
    required: true
  inputs:
    description: The inputs of the role C(groundwork.aws.load_balancer), under their full names.
    type: dict
    required: true
  stack:
    description: Name of the stack.
    type: str
    required: true
  certificate:
    description: What M(groundwork.aws.acm_certificate) returned, once it ran.
    type: dict
  standing:
    description: What M(groundwork.aws.elbv2_load_balancer) returned, once it ran.
    type: dict
"""

EXAMPLES = r"""
- name: Show the listeners of a load balancer
  ansible.builtin.debug:
    msg: "{{ ('door' | groundwork.aws.load_balancer_plan(inputs, 'shop')).listeners }}"
  vars:
    inputs:
      load_balancer_name: shop-door
      load_balancer_domain: ""
      load_balancer_alternative_names: []
      load_balancer_zone_id: ""
      load_balancer_ssl_policy: ELBSecurityPolicy-TLS13-1-2-2021-06
      load_balancer_alarms: true
      load_balancer_wiring: {}
"""

RETURN = r"""
_value:
  description: The parts, as the modules take them; C(records), C(listeners), C(alarms), C(url) and C(records_to_add).
  type: dict
"""

import typing as t

from ansible_collections.groundwork.aws.plugins.plugin_utils.load_balancer_plan import load_balancer_plan


def load_balancer_plan_filter(
    component: str, inputs: dict[str, t.Any], stack: str, certificate: dict[str, t.Any] | None = None, standing: dict[str, t.Any] | None = None
) -> dict[str, t.Any]:
    return load_balancer_plan(component, inputs, stack, certificate, standing)


class FilterModule:
    def filters(self) -> dict[str, t.Callable]:
        return {"load_balancer_plan": load_balancer_plan_filter}
