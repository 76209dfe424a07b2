# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: container_service_plan
short_description: Each part of a container service, from its inputs
version_added: 0.1.0
description:
  - Derives target groups, log group, roles, rules, containers, services and alarms. It makes no call.
author: Groundwork contributors (@groundwork)
positional: inputs, stack, standing
options:
  _input:
    description: Name of the component.
    type: str
    required: true
  inputs:
    description: The inputs of the role C(groundwork.aws.container_service), under their full names.
    type: dict
    required: true
  stack:
    description: Name of the stack.
    type: str
    required: true
  standing:
    description:
      - ARNs, as far as they are known, of the target groups (C(blue), C(green)), of the roles (C(execution), C(task)) and of the key of its
        C(logs).
    type: dict
"""

EXAMPLES = r"""
- name: Show the containers of a service
  ansible.builtin.debug:
    msg: "{{ ('app' | groundwork.aws.container_service_plan(inputs, 'shop')).containers }}"
  vars:
    inputs:
      container_service_name: shop-app
      container_service_cluster_name: shop-app
      container_service_blue_target_group_name: shop-app-blue
      container_service_green_target_group_name: shop-app-green
      container_service_execution_role_name: shop-app-execution
      container_service_task_role_name: shop-app-task
      container_service_identity: ""
      container_service_statements: []
      container_service_execution_statements: []
      container_service_image: ""
      container_service_command: []
      container_service_desired: 2
      container_service_environment: {}
      container_service_read_only_root: true
      container_service_writable: [/tmp]
      container_service_stop_timeout: 30
      container_service_health_path: /
      container_service_health_interval: 10
      container_service_health_command: ""
      container_service_deregistration_delay: 300
      container_service_log_group: /shop/app
      container_service_log_retention: 30
      container_service_log_encrypted: true
      container_service_log_key_id: ""
      container_service_alarms: true
      container_service_wiring: {port: 8080, region: eu-west-1, account: "123456789012", partition: aws}
"""

RETURN = r"""
_value:
  description:
    - The parts, as the modules take them; C(target_groups), C(log_groups), C(roles), C(rules) by listener, C(containers), C(volumes),
      C(execution_role_arn), C(task_role_arn), C(services), C(colours) (their names) and C(alarms).
  type: dict
"""

import typing as t

from ansible_collections.groundwork.aws.plugins.plugin_utils.container_service_plan import container_service_plan


def container_service_plan_filter(component: str, inputs: dict[str, t.Any], stack: str, standing: dict[str, str] | None = None) -> dict[str, t.Any]:
    return container_service_plan(component, inputs, stack, standing)


class FilterModule:
    def filters(self) -> dict[str, t.Callable]:
        return {"container_service_plan": container_service_plan_filter}
