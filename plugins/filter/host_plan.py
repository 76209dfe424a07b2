# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: host_plan
short_description: Whose each host is, what it is told, and in which batches hosts are changed
version_added: 0.1.0
description:
  - A host is the service's in whose autoscaling group it is, by the tag that autoscaling alone can give; the stack's own tags could be forged.
  - It makes no call.
author: Groundwork contributors (@groundwork)
positional: components, resources, share
options:
  _input:
    description: The variables of each instance, as the inventory plugin M(amazon.aws.aws_ec2#inventory) has them.
    type: list
    elements: dict
    required: true
  components:
    description: The variables of each component of the stack.
    type: list
    elements: dict
    required: true
  resources:
    description: What the stack owns, as M(groundwork.aws.stack_info) returns it.
    type: list
    elements: dict
    required: true
  share:
    description: How much of each service is changed at a time, in percent; one host at least.
    type: int
    default: 25
"""

EXAMPLES = r"""
- name: Show the batches
  ansible.builtin.debug:
    msg: "{{ ([host] | groundwork.aws.host_plan([web], resources)).batches }}"
  vars:
    host: {inventory_hostname: i-0123456789abcdef0, ec2_tags: {"aws:autoscaling:groupName": shop-web}}
    web: {inventory_hostname: web, service_runtime: node, service_port: 3000}
    resources:
      - {component: web, type: autoscaling_group, key: fleet, name: shop-web, id: shop-web}
"""

RETURN = r"""
_value:
  description:
    - C(hosts), what each is told; C(component), C(runtime), C(port), C(health_path), C(log_group), C(drain) in seconds, C(secret) and
      C(target_group). C(batches), lists of hosts, of each service a share. C(strangers), which are in no fleet of the stack.
  type: dict
"""

import typing as t

from ansible_collections.groundwork.aws.plugins.plugin_utils.host_plan import host_plan

Variables = t.Mapping[str, t.Any]


def host_plan_filter(hosts: list[Variables], components: list[Variables], resources: list[Variables], share: int = 25) -> dict[str, t.Any]:
    return host_plan(hosts, components, resources, int(share))


class FilterModule:
    def filters(self) -> dict[str, t.Callable]:
        return {"host_plan": host_plan_filter}
