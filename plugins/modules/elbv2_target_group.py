#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: elbv2_target_group
short_description: Keep the target groups of a component as described
version_added: 0.1.0
description:
  - Keeps every target group of a component in one task. Targets are never touched; a fleet or a service registers them.
  - A name is the only one in the account's region. Protocol, port and type cannot be changed; another name makes a new one beside it.
  - On removal, what forwards to it within its stack lets go of it first. A rule goes, a listener answers 503, and where others take
    part in a forward, it goes on to them.
author: Groundwork contributors (@groundwork)
options:
  vpc_id:
    description: The VPC. V((known after apply)) under check mode, when it does not stand yet.
    type: str
    required: true
  target_groups:
    description: Every one of the component's, each under a key of its own. What is not listed is left alone.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Its name in AWS, at most 32 letters, digits and hyphens.
        type: str
        required: true
      key:
        description: Steady handle within the component, by which it is found; the tag C(groundwork:key). The name by default.
        type: str
      protocol:
        description: How targets are spoken to. AWS cannot change it.
        type: str
        choices: [HTTP, HTTPS]
        default: HTTP
      port:
        description: The targets' port, unless one is registered with another. AWS cannot change it.
        type: int
        required: true
      target_type:
        description: What a target is. AWS cannot change it.
        type: str
        choices: [instance, ip]
        default: instance
      health_check:
        description: When a target counts as healthy. What is not given is left alone.
        type: dict
        suboptions:
          path:
            description: The path that is asked for.
            type: str
          port:
            description: A port, or V(traffic-port).
            type: str
          protocol:
            description: How it is asked.
            type: str
            choices: [HTTP, HTTPS]
          interval:
            description: Seconds between two checks, from 5 to 300.
            type: int
          timeout:
            description: Seconds after which no answer is a failure, from 2 to 120, and less than the interval.
            type: int
          healthy_threshold:
            description: Successes in a row that make it healthy, from 2 to 10.
            type: int
          unhealthy_threshold:
            description: Failures in a row that make it unhealthy, from 2 to 10.
            type: int
          matcher:
            description: The status codes of a success, such as V(200), V(200,202) or V(200-299).
            type: str
      deregistration_delay:
        description: Seconds for which a target that leaves may finish its requests, from 0 to 3600.
        type: int
      slow_start:
        description: Seconds over which a new target gets its full share, from 30 to 900; 0 for none.
        type: int
      load_balancing_algorithm:
        description: How a target is chosen.
        type: str
        choices: [round_robin, least_outstanding_requests, weighted_random]
      stickiness:
        description: Whether a client stays with its target. What is not given is left alone.
        type: dict
        suboptions:
          enabled:
            description: Whether it does.
            type: bool
          type:
            description: By a cookie of the load balancer's, or one of the application's.
            type: str
            choices: [lb_cookie, app_cookie]
          duration:
            description: Seconds for which it does, from 1 to 604800.
            type: int
          cookie_name:
            description: The application's cookie.
            type: str
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the target group of the shop's application
  groundwork.aws.elbv2_target_group:
    stack: shop
    component: app
    vpc_id: vpc-0123456789abcdef0
    target_groups:
      - key: app
        name: shop-app
        port: 8080
        health_check: {path: /health, matcher: "200"}
        deregistration_delay: 30
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
target_groups:
  description:
    - What stands, or would under check mode; empty when all are absent. C(target_groups[].id) is its ARN, and
      C(target_groups[].full_name) what CloudWatch calls it.
  returned: success
  type: list
  elements: dict
  sample:
    - id: arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-app/73e2d6bc24d8a067
      full_name: targetgroup/shop-app/73e2d6bc24d8a067
      key: app
      protocol: HTTP
      port: 8080
      vpc_id: vpc-0123456789abcdef0
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.elbv2_target_group import main

if __name__ == "__main__":
    main()
