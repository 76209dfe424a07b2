#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: elbv2_listener_rule
short_description: Keep the rules of a listener as described
version_added: 0.1.0
description:
  - Keeps every rule that a component has at a listener in one task. A rule is found by its tags. One without
    tags of ours that has the same conditions is in its place - refused, or adopted.
  - Rules of a component that change places are swapped. A place that another component holds is refused.
  - Conditions on anything else than paths and hosts are left alone, and so are the weights of a forward to several target groups.
author: Groundwork contributors (@groundwork)
options:
  listener_id:
    description: The listener's ARN. V((known after apply)) under check mode, when it does not stand yet.
    type: str
    required: true
  rules:
    description: Every one of the component's, each under a key of its own. What is not listed is left alone.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What people read; the tag C(Name).
        type: str
        required: true
      key:
        description: Steady handle within the component, by which it is found; the tag C(groundwork:key). The name by default.
        type: str
      priority:
        description:
          - Its place, from 1 to 50000; the lowest number comes first.
          - Unset, it keeps the place that it has, and a new one comes after all others.
        type: int
      paths:
        description: Patterns of the path, one of which must match. Unset, they are left alone.
        type: list
        elements: str
      hosts:
        description: Patterns of the host, one of which must match. Unset, they are left alone.
        type: list
        elements: str
      target_group_id:
        description: The ARN of the target group to forward to. This, or O(rules[].target_group_ids).
        type: str
      target_group_ids:
        description:
          - The ARNs of several target groups to forward to. The first gets all requests when the rule is made; later, weights stay as
            they stand, and one that is added gets none. M(groundwork.aws.elbv2_listener_weights) moves them.
          - One that is no longer listed is taken out once its weight is 0, and refused until then.
        type: list
        elements: str
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep what the listener sends to the shop's application
  groundwork.aws.elbv2_listener_rule:
    stack: shop
    component: app
    listener_id: arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop-alb/50dc6c495c0c9188/f2f7dc8efc522ab2
    rules:
      - key: api
        name: shop-app api
        priority: 10
        paths: [/api/*]
        target_group_id: arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-app/73e2d6bc24d8a067
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
rules:
  description: What stands, or would under check mode; empty when all are absent. C(rules[].id) is its ARN.
  returned: success
  type: list
  elements: dict
  sample:
    - id: arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/shop-alb/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee
      key: api
      priority: 10
      paths: [/api/*]
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.elbv2_listener_rule import main

if __name__ == "__main__":
    main()
