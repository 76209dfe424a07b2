#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: elbv2_listener_weights
short_description: Move requests from one target group to another, and watch how they are answered
version_added: 0.1.0
description:
  - Sets how much each target group of a listener's or a rule's forward gets, by one call, and then watches the step for O(bake) seconds.
  - A target group that had no requests gets none before one of its targets is healthy.
  - Every O(interval) seconds it looks at the targets' health, at CloudWatch's figures of the finished minutes of the step, and at O(alarms).
    A gate that fails puts the weights back to O(fallback) at once, by one call, and fails the module with the gate, the figure and the limit.
  - Weights that stand already are watched all the same, since nobody knows whether the run that moved them did.
  - Weights that another hand moves meanwhile are left as they are, and fail the module.
author: Groundwork contributors (@groundwork)
options:
  state:
    description: Weights have no absence; they go with their listener or rule.
    type: str
    choices: [present]
    default: present
  forward_id:
    description: ARN of the listener, whose default action is meant, or of the rule.
    type: str
    required: true
  weights:
    description: The weight of each target group by its ARN, 0 to 999. One that is not named must have none, and keeps none.
    type: dict
    required: true
  fallback:
    description: The weights to go back to where a gate fails. By default those that stood before.
    type: dict
  bake:
    description: Seconds for which the step is watched.
    type: int
    default: 0
  interval:
    description: Seconds between two looks, 1 to 60.
    type: int
    default: 15
  min_healthy:
    description: Percent of the targets with a verdict that must be healthy. One healthy target is always asked for.
    type: float
    default: 100
  max_5xx:
    description:
      - Percent of the requests of the step that may be answered 5xx, or fail to reach their target. Not asked by default.
      - CloudWatch's figures come by the minute, and 1 to 2 minutes late. A step that is too short for them is warned of.
    type: float
  max_latency:
    description: Seconds that requests may take, at O(percentile) of each minute. Not asked by default.
    type: float
  percentile:
    description: The percentile of the latency; V(99) is p99.
    type: float
    default: 99
  min_requests:
    description: How many requests a step must have seen at its end. A target group that nobody asks anything proves nothing.
    type: int
    default: 0
  alarms:
    description: Names of CloudWatch alarms, composite ones too, of which none may be in ALARM.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Give a tenth of the requests to the new version, and watch it for five minutes
  groundwork.aws.elbv2_listener_weights:
    stack: shop
    component: app
    name: shop-app
    forward_id: arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop-alb/50dc6c495c0c9188/f2f7dc8efc522ab2
    weights:
      arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-app-blue/73e2d6bc24d8a067: 90
      arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-app-green/2453ed029918f21f: 10
    bake: 300
    max_5xx: 1
    max_latency: 0.5
    alarms: [shop-app-errors]
"""

RETURN = r"""
planned:
  description: The weights with component, type, name, key, action (none, update), changed keys and the ARN of the listener or rule.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
listener_weights:
  description:
    - The weights by the target groups' names, as they stand or would under check mode, and what the last look saw. C(share_5xx) is percent,
      C(latency) seconds, or null where nothing was measured; C(told) is all of it in a line.
  returned: success
  type: dict
  sample:
    weights: {shop-app-blue: 90, shop-app-green: 10}
    healthy: 2
    total: 2
    requests: 1204
    share_5xx: 0.0
    latency: 0.12
    told: "shop-app-green 10 %, shop-app-blue 90 %: 2/2 healthy, 0.00 % 5xx of 1204 requests, p99 0.120 s, 300 s"
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.elbv2_listener_weights import main

if __name__ == "__main__":
    main()
