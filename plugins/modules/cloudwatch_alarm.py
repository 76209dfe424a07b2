#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: cloudwatch_alarm
short_description: Keep the alarms of a component as described
version_added: 0.1.0
description:
  - Keeps every CloudWatch alarm of a component in one task, each of one metric, or of an expression of several.
author: Groundwork contributors (@groundwork)
options:
  alarms:
    description: Every one of the component's. What is not listed is left alone.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the alarm. It begins with the stack's name and a hyphen, by which a removal finds it.
        type: str
        required: true
      key:
        description: Steady handle within the component, by which it is found; the tag C(groundwork:key). The name by default.
        type: str
      namespace:
        description: Namespace of the metric, as V(AWS/ApplicationELB).
        type: str
      metric:
        description: Name of the metric.
        type: str
      dimensions:
        description: Names and values that make up the metric together. All of them are given, and no other.
        type: dict
      statistic:
        description: What is made of the values of a period.
        type: str
        choices: [SampleCount, Average, Sum, Minimum, Maximum]
      extended_statistic:
        description: A percentile in the place of O(alarms[].statistic), as V(p99).
        type: str
      period:
        description: Seconds; 10, 20, 30, or a multiple of 60.
        type: int
      unit:
        description: Unit of the values that count. Unset, all do.
        type: str
      metrics:
        description: Several metrics and expressions of them, in the place of one metric. Exactly one of them returns data.
        type: list
        elements: dict
        suboptions:
          id:
            description: Name within expressions; it begins with a small letter.
            type: str
            required: true
          expression:
            description: An expression of other ids, as V(errors / requests * 100). Without it, this is a metric.
            type: str
          label:
            description: What people read.
            type: str
          account_id:
            description: The account that the metric is of, where it is another's.
            type: str
          return_data:
            description: Whether the alarm watches this one.
            type: bool
            default: true
          namespace:
            description: Namespace of the metric.
            type: str
          metric:
            description: Name of the metric.
            type: str
          dimensions:
            description: Names and values that make up the metric together. All of them are given, and no other.
            type: dict
          statistic:
            description: What is made of the values of a period, as V(Sum) or V(p99).
            type: str
          unit:
            description: Unit of the values that count.
            type: str
          period:
            description: Seconds.
            type: int
      comparison:
        description: How values are compared to O(alarms[].threshold).
        type: str
        choices: [GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanThreshold, LessThanOrEqualToThreshold]
        required: true
      threshold:
        description: The value.
        type: float
        required: true
      evaluation_periods:
        description: Periods that are looked at. In all they are a day at most, or a week with a period of an hour or more.
        type: int
        required: true
      datapoints_to_alarm:
        description: How many of these periods must be over the threshold; all by default.
        type: int
      treat_missing_data:
        description: What a period without data counts as.
        type: str
        choices: [breaching, notBreaching, ignore, missing]
      description:
        description: What people read when it rings.
        type: str
      actions_enabled:
        description: Whether it acts. Unset, it stays muted if someone muted it.
        type: bool
      actions:
        description: Exactly these ARNs are told when it rings, five at most.
        type: list
        elements: str
      ok_actions:
        description: Exactly these ARNs are told when all is well again.
        type: list
        elements: str
      insufficient_data_actions:
        description: Exactly these ARNs are told when there is no data.
        type: list
        elements: str
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the alarms of the shop
  groundwork.aws.cloudwatch_alarm:
    stack: shop
    component: web
    alarms:
      - key: errors
        name: shop-web-errors
        description: One answer in twenty is an error
        metrics:
          - {id: rate, expression: errors / requests * 100}
          - {id: errors, return_data: false, namespace: AWS/ApplicationELB, metric: HTTPCode_Target_5XX_Count, statistic: Sum, period: 60,
             dimensions: {LoadBalancer: app/shop/0123456789abcdef}}
          - {id: requests, return_data: false, namespace: AWS/ApplicationELB, metric: RequestCount, statistic: Sum, period: 60,
             dimensions: {LoadBalancer: app/shop/0123456789abcdef}}
        comparison: GreaterThanThreshold
        threshold: 5
        evaluation_periods: 5
        datapoints_to_alarm: 3
        treat_missing_data: notBreaching
        actions: [arn:aws:sns:eu-west-1:123456789012:shop-on-call]
"""

RETURN = r"""
planned:
  description: Each resource with its component, type, name, key, action (none, create, update, replace, delete), changed keys and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
alarms:
  description: What stands, or would under check mode; empty when all are absent.
  returned: success
  type: list
  elements: dict
  sample:
    - id: arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-web-errors
      arn: arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-web-errors
      key: errors
      threshold: 5.0
      state: OK
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.cloudwatch_alarm import main

if __name__ == "__main__":
    main()
