#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_service
short_description: Keep an ECS service on Fargate as described
version_added: 0.1.0
description:
  - Keeps so many tasks of one task definition running, behind a target group if there is one. It is found by its name within its cluster.
  - Which revision it runs, and how many tasks of it, is said when it is made. Afterwards that belongs to deploys and to scaling, and moves with
    O(deploy) alone.
  - It is waited for until as many tasks run as are wanted, all of one revision, and the target group calls each of them healthy. When ECS gives a
    rollout up, when twice as many tasks as are wanted failed, or at the deadline, the module fails with what ended the newest of them and the
    last 20 lines that its containers logged.
  - Removing it is by force. Its tasks go with it, and the module waits until ECS calls it inactive; its name is free only then.
author: Groundwork contributors (@groundwork)
options:
  cluster:
    description: The cluster, by ARN or name. V((known after apply)) under check mode, when it does not stand yet.
    type: str
    required: true
  task_definition:
    description:
      - The task definition to run, as C(family:revision) or an ARN; of a family, its newest active revision.
      - Without it, with O(deploy) too, what runs is let be. A service that does not stand yet needs it.
    type: str
  desired_count:
    description: How many tasks to run. Without it, as many as it wants. A service that does not stand yet needs it; 0 is a number.
    type: int
  deploy:
    description: Whether O(task_definition) and O(desired_count) are kept of a service that stands, and a rollout that ECS gave up is started anew.
    type: bool
    default: false
  subnet_ids:
    description: Where its tasks are, of one VPC.
    type: list
    elements: str
    required: true
  security_group_ids:
    description: Every security group of its tasks.
    type: list
    elements: str
    required: true
  public_ip:
    description: Whether tasks have public addresses. In a public subnet they reach neither images nor secrets without.
    type: bool
    default: false
  min_healthy_percent:
    description: The least part of the wanted tasks that runs while tasks are replaced.
    type: int
    default: 100
  max_percent:
    description: The greatest part of the wanted tasks that runs while tasks are replaced.
    type: int
    default: 200
  circuit_breaker:
    description:
      - What ECS does when the tasks of a rollout keep failing - goes on for ever, stops, or rolls back to what ran before.
      - Who deploys by colours wants V(stop), since the other colour serves.
    type: str
    choices: [none, stop, rollback]
    default: stop
  load_balancer:
    description: Where its tasks are registered; nowhere when empty. ECS refuses a target group that no listener or rule forwards to.
    type: dict
    suboptions:
      target_group_id:
        description: The target group, whose targets are addresses.
        type: str
      container:
        description: The container that is called.
        type: str
      port:
        description: The port on which it listens.
        type: int
  health_check_grace_period:
    description: Seconds at the start of a task in which its health does not count.
    type: int
  platform_version:
    description: The version of Fargate's platform, as V(1.4.0) or V(LATEST).
    type: str
  capacity_strategy:
    description: The capacity providers of the cluster to place tasks on. Plain Fargate when it is empty, or not given when the service is made.
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
  enable_execute_command:
    description: Whether commands can be executed in its containers. It holds for tasks that start afterwards.
    type: bool
    default: false
  managed_tags:
    description: Whether tasks bear tags of cluster and service, which bills are told apart by. It holds for tasks that start afterwards.
    type: bool
    default: true
  propagate_tags:
    description: Whose tags its tasks bear. It holds for tasks that start afterwards.
    type: str
    choices: [none, service, task_definition]
    default: service
  zone_rebalancing:
    description: Whether ECS moves tasks so that each zone has as many.
    type: bool
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the blue service of the shop's application
  groundwork.aws.ecs_service:
    stack: shop
    component: app
    key: blue
    name: shop-app-blue
    cluster: shop-app
    task_definition: shop-app
    desired_count: 2
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    security_group_ids: [sg-0123456789abcdef0]
    load_balancer:
      target_group_id: arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-app-blue/73e2d6bc24d8a067
      container: app
      port: 8080
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
service:
  description:
    - What stands, or would under check mode; empty when it is absent. C(id) is its ARN.
    - Beside what is managed, its C(status), C(running_count), C(pending_count), C(rollout_state) and C(rollout_reason), as ECS says them.
  returned: success
  type: dict
  sample:
    id: arn:aws:ecs:eu-west-1:123456789012:service/shop-app/shop-app-blue
    name: shop-app-blue
    task_definition: arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-app:7
    desired_count: 2
    running_count: 2
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.ecs_service import main

if __name__ == "__main__":
    main()
