#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: elbv2_load_balancer
short_description: Keep an application load balancer as described
version_added: 0.1.0
description:
  - Keeps one application load balancer of a component, and the records that point to it, and waits until it is active.
  - Its name is the only one in the account's region, at most 32 letters, digits and hyphens.
  - Which records are its own stands in its tags C(groundwork:record:...), so that its removal takes them along.
  - On removal AWS's own protection against deletion is turned off first.
author: Groundwork contributors (@groundwork)
options:
  scheme:
    description: Whether it has public addresses. AWS cannot change it.
    type: str
    choices: [internet-facing, internal]
  subnet_ids:
    description: One subnet in each of two zones or more, with eight free addresses each.
    type: list
    elements: str
  security_group_ids:
    description: Its security groups; the VPC's default one when nothing is said as it is made.
    type: list
    elements: str
  ip_address_type:
    description: The addresses that it has.
    type: str
    choices: [ipv4, dualstack, dualstack-without-public-ipv4]
  deletion_protection:
    description: Whether AWS refuses to delete it.
    type: bool
  drop_invalid_header_fields:
    description: Whether header fields with invalid names are removed from a request, or passed on.
    type: bool
  idle_timeout:
    description: Seconds after which an idle connection is closed, from 1 to 4000.
    type: int
  access_logs:
    description: Where requests are logged. Without a bucket they are not.
    type: dict
    suboptions:
      bucket:
        description: A bucket of the same region, whose policy lets load balancers write.
        type: str
      prefix:
        description: What comes before C(AWSLogs/) in the objects' names.
        type: str
  records:
    description:
      - Exactly these names point to it, by alias records of type A in zones of Route 53. Unset, they are left alone.
      - A name that stands and points elsewhere is refused, unless O(adopt=true).
    type: list
    elements: dict
    suboptions:
      zone_id:
        description: The hosted zone.
        type: str
        required: true
      name:
        description: The full name within the zone.
        type: str
        required: true
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the front door of the shop
  groundwork.aws.elbv2_load_balancer:
    stack: shop
    component: alb
    name: shop-alb
    scheme: internet-facing
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    security_group_ids: [sg-0123456789abcdef0]
    drop_invalid_header_fields: true
    records:
      - {zone_id: Z0123456789ABCDEFGHIJ, name: shop.example.com}
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
load_balancer:
  description:
    - What stands, or would under check mode; empty when it is absent. C(load_balancer.id) is its ARN, C(load_balancer.full_name) what
      CloudWatch calls it, and C(load_balancer.zone_id) the zone that alias records name.
  returned: success
  type: dict
  sample:
    id: arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop-alb/50dc6c495c0c9188
    full_name: app/shop-alb/50dc6c495c0c9188
    dns_name: shop-alb-1234567890.eu-west-1.elb.amazonaws.com
    zone_id: Z32O12XQLNTSW2
    vpc_id: vpc-0123456789abcdef0
    status: active
    scheme: internet-facing
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.elbv2_load_balancer import main

if __name__ == "__main__":
    main()
