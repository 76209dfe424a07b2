# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: delivery_plan
short_description: Each part of a delivery, from its inputs
version_added: 0.1.0
description:
  - Derives the role of CodeDeploy, the deployment groups, and the role of the pipeline.
  - It makes no call.
author: Groundwork contributors (@groundwork)
positional: inputs, stack
options:
  _input:
    description: Name of the component.
    type: str
    required: true
  inputs:
    description: The inputs of the role C(groundwork.aws.delivery), under their full names.
    type: dict
    required: true
  stack:
    description: Name of the stack.
    type: str
    required: true
  role_arn:
    description: ARN of the role of CodeDeploy, once it is known.
    type: str
    default: (known after apply)
  provider_arn:
    description: ARN of the provider of the pipeline's tokens, once it is known.
    type: str
    default: (known after apply)
"""

EXAMPLES = r"""
- name: Show the deployment groups of a delivery
  ansible.builtin.debug:
    msg: "{{ ('delivery' | groundwork.aws.delivery_plan(inputs, 'shop')).groups }}"
  vars:
    inputs:
      delivery_application: shop
      delivery_services: [web]
      delivery_groups: {}
      delivery_prefix: revisions/
      delivery_config: CodeDeployDefault.OneAtATime
      delivery_rollback: [DEPLOYMENT_FAILURE]
      delivery_alarms: {}
      delivery_oidc: {}
      delivery_wiring: {bucket: shop-revisions, services: {web: {autoscaling_group: shop-web, target_group: shop-web}}}
"""

RETURN = r"""
_value:
  description: The parts, as the modules take them; C(role), C(groups), C(audiences) and C(pipeline), which is empty without a provider.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.groundwork.aws.plugins.module_utils._core.plan import UNKNOWN
from ansible_collections.groundwork.aws.plugins.plugin_utils.delivery_plan import delivery_plan


def delivery_plan_filter(component: str, inputs: dict[str, t.Any], stack: str, role_arn: str = UNKNOWN, provider_arn: str = UNKNOWN) -> dict[str, t.Any]:
    try:
        return delivery_plan(inputs, stack, role_arn, provider_arn)
    except ValueError as error:
        raise AnsibleFilterError(f"{component}: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable]:
        return {"delivery_plan": delivery_plan_filter}
