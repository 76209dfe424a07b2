#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_cluster
short_description: Keep an ECS cluster as described
version_added: 0.1.0
description:
  - Keeps a cluster whose tasks run on Fargate. It is found by its name, which no other of the account's region can have.
  - A removal waits for tasks and services that are on their way out, and names a service that is not.
author: Groundwork contributors (@groundwork)
options:
  container_insights:
    description: What CloudWatch collects of its services and tasks; with V(enhanced) of each container too.
    type: str
    choices: [disabled, enabled, enhanced]
    default: enabled
  capacity_providers:
    description: What tasks can be placed on, V(FARGATE) and V(FARGATE_SPOT).
    type: list
    elements: str
    default: [FARGATE, FARGATE_SPOT]
  default_strategy:
    description: How tasks are shared among the capacity providers where a service says nothing of it; none when empty.
    type: list
    elements: dict
    suboptions:
      provider:
        description: The capacity provider.
        type: str
        required: true
      weight:
        description: Its share of the tasks above every base, beside the other weights.
        type: int
        default: 0
      base:
        description: How many tasks it has at least. One alone can have a base.
        type: int
        default: 0
  execute_command_configuration:
    description: How commands are executed in its containers, where a service allows it.
    type: dict
    suboptions:
      logging:
        description: Whether sessions are logged not at all, where the container logs, or to O(execute_command_configuration.log_group).
        type: str
        choices: [none, default, override]
        default: default
      log_group:
        description: The log group, with V(override).
        type: str
      encrypted:
        description: Whether that log group has to be encrypted.
        type: bool
        default: false
      kms_key_id:
        description: The KMS key that encrypts what goes to and fro.
        type: str
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the cluster of the shop's application
  groundwork.aws.ecs_cluster:
    stack: shop
    component: app
    name: shop-app
    container_insights: enhanced
    default_strategy:
      - {provider: FARGATE, base: 1, weight: 1}
      - {provider: FARGATE_SPOT, weight: 3}
"""

RETURN = r"""
planned:
  description: The resource with its component, type, name, key, action (none, create, update, delete), changed keys and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
cluster:
  description: What stands, or would under check mode; empty when it is absent. C(id) is its ARN.
  returned: success
  type: dict
  sample: {id: "arn:aws:ecs:eu-west-1:123456789012:cluster/shop-app", name: shop-app, container_insights: enabled}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.ecs_cluster import main

if __name__ == "__main__":
    main()
