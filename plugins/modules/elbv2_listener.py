#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: elbv2_listener
short_description: Keep the listeners of a load balancer as described
version_added: 0.1.0
description:
  - Keeps every listener that a component has at a load balancer in one task. A listener is found by its tags, and by its port.
  - A forward to several target groups with weights, as a deployment leaves it, stays as it is while the wanted group is one of them.
    Weights are moved by M(groundwork.aws.elbv2_listener_weights) alone.
  - A certificate that is not issued yet is refused, with the records that it waits for.
author: Groundwork contributors (@groundwork)
options:
  load_balancer_id:
    description: The load balancer's ARN. V((known after apply)) under check mode, when it does not stand yet.
    type: str
    required: true
  listeners:
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
      port:
        description: The port, of which a load balancer has one listener.
        type: int
        required: true
      protocol:
        description: What is spoken there.
        type: str
        choices: [HTTP, HTTPS]
        required: true
      certificate_arn:
        description: The certificate of an HTTPS listener.
        type: str
      ssl_policy:
        description: The ciphers of an HTTPS listener, by the name of AWS's policy. V(ELBSecurityPolicy-TLS13-1-2-2021-06) when nothing is said.
        type: str
      default_action:
        description: What is done with a request that no rule meets. Of a redirect or an answer, what is not given is left alone.
        type: dict
        required: true
        suboptions:
          type:
            description: Forward it, send the client elsewhere, or answer.
            type: str
            choices: [forward, redirect, fixed_response]
            required: true
          target_group_id:
            description: The ARN of the target group to forward to.
            type: str
          target_group_ids:
            description:
              - The ARNs of several target groups to forward to. The first gets all requests when the forward is made; later, weights
                stay as they stand, and one that is added gets none.
              - One that is no longer listed is taken out once its weight is 0, and refused until then.
            type: list
            elements: str
          status_code:
            description: V(HTTP_301) or V(HTTP_302) of a redirect; a number of an answer.
            type: str
          protocol:
            description: Where a redirect leads; the request's own by default.
            type: str
          host:
            description: Where a redirect leads; the request's own by default.
            type: str
          port:
            description: Where a redirect leads; the request's own by default.
            type: str
          path:
            description: Where a redirect leads; the request's own by default.
            type: str
          query:
            description: Where a redirect leads; the request's own by default.
            type: str
          content_type:
            description: Of an answer.
            type: str
          message_body:
            description: Of an answer.
            type: str
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the listeners of the shop
  groundwork.aws.elbv2_listener:
    stack: shop
    component: alb
    load_balancer_id: arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop-alb/50dc6c495c0c9188
    listeners:
      - key: http
        name: shop-alb http
        port: 80
        protocol: HTTP
        default_action: {type: redirect, status_code: HTTP_301, protocol: HTTPS, port: "443"}
      - key: https
        name: shop-alb https
        port: 443
        protocol: HTTPS
        certificate_arn: arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012
        default_action: {type: fixed_response, status_code: "404", content_type: text/plain, message_body: Not found}
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
listeners:
  description: What stands, or would under check mode; empty when all are absent. C(listeners[].id) is its ARN.
  returned: success
  type: list
  elements: dict
  sample:
    - id: arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop-alb/50dc6c495c0c9188/f2f7dc8efc522ab2
      key: http
      port: 80
      protocol: HTTP
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.elbv2_listener import main

if __name__ == "__main__":
    main()
