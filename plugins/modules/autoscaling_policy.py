#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: autoscaling_policy
short_description: Keep scaling policies of an autoscaling group as described
version_added: 0.1.0
description:
  - Keeps scaling policies of one autoscaling group in one task. A policy is found by its name within its group.
  - Of the policies of V(target_tracking) AWS gives a group one a metric. Where one of another name holds the metric, that one is kept, under the name it has.
  - A policy bears no tags. Whose it is follows from its group, and a policy of another's group is never touched. O(tags) and O(purge_tags) do nothing.
author: Groundwork contributors (@groundwork)
options:
  group_name:
    description: The autoscaling group. V((known after apply)) under check mode, when it does not stand yet.
    type: str
    required: true
  policies:
    description: Policies of the group. What is not listed is left alone.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The policy's name, its own in the group.
        type: str
        required: true
      key:
        description: How the plan names it. No tag holds it; the name by default.
        type: str
      type:
        description: What makes it scale - a target that a metric is held at, alarms with steps, an alarm with one step, or a forecast.
        type: str
        choices: [target_tracking, step, simple, predictive]
        required: true
      enabled:
        description: Whether it scales.
        type: bool
        default: true
      metric:
        description: What is held at O(policies[].target_value), for V(target_tracking) and V(predictive).
        type: str
        choices: [ASGAverageCPUUtilization, ASGAverageNetworkIn, ASGAverageNetworkOut, ALBRequestCountPerTarget]
      target_value:
        description: The metric's value to hold - percent of CPU, bytes, or requests a minute and instance.
        type: float
      load_balancer_id:
        description: ARN of the load balancer whose requests V(ALBRequestCountPerTarget) counts.
        type: str
      target_group_id:
        description: ARN of the target group at which they are counted.
        type: str
      disable_scale_in:
        description: Whether V(target_tracking) only adds instances.
        type: bool
      estimated_warmup:
        description: Seconds after which a new instance counts, for V(target_tracking) and V(step). The group's own otherwise.
        type: int
      adjustment_type:
        description: What an adjustment is, for V(step) and V(simple) - instances more or less, percent more or less, or so many instances.
        type: str
        choices: [change, percent, exact]
      min_adjustment_magnitude:
        description: The least number of instances that V(percent) comes to.
        type: int
      steps:
        description: Every step of V(step). They follow each other without a gap.
        type: list
        elements: dict
        suboptions:
          lower:
            description: Where the step begins, from the alarm's threshold on. Open where it is not given.
            type: float
          upper:
            description: Where the step ends, itself no part of it. Open where it is not given.
            type: float
          adjustment:
            description: By how much, or to how many.
            type: int
            required: true
      metric_aggregation:
        description: How V(step) reads the alarm's metric.
        type: str
        choices: [average, minimum, maximum]
      adjustment:
        description: By how much, or to how many, for V(simple).
        type: int
      cooldown:
        description: Seconds after which V(simple) may scale again.
        type: int
      mode:
        description: Whether V(predictive) scales by its forecast, or only shows it.
        type: str
        choices: [forecast_only, forecast_and_scale]
      max_capacity_behavior:
        description: Whether V(predictive) keeps to the group's greatest size, or may go above it.
        type: str
        choices: [honor, increase]
      max_capacity_buffer:
        description: Percent above the forecast that V(increase) may go to.
        type: int
      scheduling_buffer:
        description: Seconds before the forecast's time at which V(predictive) launches.
        type: int
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the CPU of the web servers at half
  groundwork.aws.autoscaling_policy:
    stack: shop
    component: web
    group_name: shop-web
    policies:
      - {name: shop-web-cpu, type: target_tracking, metric: ASGAverageCPUUtilization, target_value: 50, estimated_warmup: 300}
"""

RETURN = r"""
planned:
  description: Each policy with its component, type, name, key, action (none, create, update, delete), changed keys and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
policies:
  description: What stands, or would under check mode, with the policy's ARN for an id and the alarms that AWS made for it; empty when all are absent.
  returned: success
  type: list
  elements: dict
  sample:
    - name: shop-web-cpu
      id: arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:01234567-89ab-cdef-0123-456789abcdef:autoScalingGroupName/shop-web:policyName/shop-web-cpu
      group_name: shop-web
      type: target_tracking
      metric: ASGAverageCPUUtilization
      target_value: 50.0
      alarms: []
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.autoscaling_policy import main

if __name__ == "__main__":
    main()
