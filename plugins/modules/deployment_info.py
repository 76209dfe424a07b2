#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: deployment_info
short_description: Read which colour of a container service is live, and draw up what a deployment has left to do
version_added: 0.1.0
description:
  - Reads both ECS services, both target groups and the listener or rule that forwards to them. No file says where a deployment stands.
  - The colour with the greater weight is live. Where both have requests, a shift was cut off, and the new colour is the one whose service runs the
    newer revision.
  - A shift to O(revision) is gone on with from the share that it has. One to anything else, or to what has no healthy target, ends first.
  - It changes nothing. M(groundwork.aws.ecs_service) and M(groundwork.aws.elbv2_listener_weights) do what it draws up.
author: Groundwork contributors (@groundwork)
options:
  cluster:
    description: Name of the ECS cluster.
    type: str
    required: true
  repository:
    description: Name of the image repository of the component.
    type: str
    required: true
  blue:
    description: The colour that all requests go to at first.
    type: dict
    required: true
    suboptions: &colour
      service:
        description: Name of its ECS service.
        type: str
        required: true
      target_group:
        description: Name of its target group.
        type: str
        required: true
  green:
    description: The other colour.
    type: dict
    required: true
    suboptions: *colour
  purpose:
    description: Whether to draw up a deployment, or the way back to the colour that is kept, or that a shift comes from.
    type: str
    choices: [deploy, rollback]
    default: deploy
  image:
    description:
      - The image that is deployed. A tag of ECR in this region is resolved to its digest, and refused where there is none.
      - A tag or digest alone, as V(:1.4.0), is one of O(repository).
    type: str
    default: ""
  revision:
    description: The revision of the task definition that is deployed, by ARN. V((known after apply)) under check mode, when it is yet to be registered.
    type: str
    default: ""
  desired:
    description: Tasks of the new colour where the live one has none.
    type: int
    default: 1
  strategy:
    description:
      - How requests move, V(all_at_once), V(canary) (first O(share) percent, then all), or V(linear) (O(step) percent more at a time).
    type: str
    default: canary
  share:
    description: Percent that a canary begins with.
    type: int
    default: 10
  step:
    description: Percent that each step of a linear shift adds.
    type: int
    default: 10
  bake_minutes:
    description: For how long each step is watched, unless the shift is linear.
    type: float
    default: 5
  interval_minutes:
    description: For how long each step of a linear shift is watched.
    type: float
    default: 1
  watch_minutes:
    description: Minutes to wait before reading, or less where another colour gets live meanwhile.
    type: float
    default: 0
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Draw up the deployment of version 1.4.0
  groundwork.aws.deployment_info:
    cluster: shop-app
    repository: shop-app
    blue: {service: shop-app-blue, target_group: shop-app-blue}
    green: {service: shop-app-green, target_group: shop-app-green}
    image: ":1.4.0"
    strategy: linear
    step: 25
    interval_minutes: 5
"""

RETURN = r"""
deployment:
  description:
    - C(image), by its digest; C(live), the colour with the greater weight; C(new) and C(old), who gets requests and of whom; C(size), tasks of the new
      one; C(settle), weights to set before all else, or null; C(steps), each with C(share) in percent, C(weights) by target group and C(seconds), none
      where nothing is to be done; C(fallback), the weights to go back to; C(retires), whether the old colour has tasks to scale in; C(forward_id), the
      listener or rule; C(colours), what AWS says of each; C(told), all of it in a line.
  returned: success
  type: dict
  sample:
    image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    live: blue
    new: green
    old: blue
    size: 2
    settle: null
    retires: true
    told: "blue is live; green gets its requests: 10 %, 100 %"
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.deployment_info import main

if __name__ == "__main__":
    main()
