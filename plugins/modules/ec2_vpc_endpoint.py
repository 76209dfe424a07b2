#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_vpc_endpoint
short_description: Keep the VPC endpoints of a component as described
version_added: 0.1.0
description:
  - Keeps every VPC endpoint of a component in one task.
  - Route tables, subnets, security groups, private DNS and policy are changed in place.
author: Groundwork contributors (@groundwork)
options:
  vpc_id:
    description: The VPC. V((known after apply)) under check mode, when it does not stand yet.
    type: str
    required: true
  vpc_endpoints:
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
      service:
        description: The service, as V(s3) or in full as V(com.amazonaws.eu-west-1.s3). AWS cannot change it.
        type: str
        required: true
      type:
        description: By routes, or by interfaces in subnets. AWS cannot change it.
        type: str
        choices: [gateway, interface]
        required: true
      route_table_ids:
        description: Exactly these route tables, of a gateway endpoint.
        type: list
        elements: str
      subnet_ids:
        description: Exactly these subnets, of an interface endpoint.
        type: list
        elements: str
      security_group_ids:
        description: Exactly these security groups, of an interface endpoint.
        type: list
        elements: str
      private_dns_enabled:
        description: Whether the service's own name resolves to an interface endpoint.
        type: bool
      policy:
        description: Policy document. Unset, it is left alone.
        type: json
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the way to S3 within AWS
  groundwork.aws.ec2_vpc_endpoint:
    stack: shop
    component: vpc
    vpc_id: vpc-0123456789abcdef0
    vpc_endpoints:
      - {key: s3, name: shop-s3, service: s3, type: gateway, route_table_ids: [rtb-0123456789abcdef0]}
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
vpc_endpoints:
  description: What stands, or would under check mode; empty when all are absent.
  returned: success
  type: list
  elements: dict
  sample: [{id: vpce-0123456789abcdef0, key: s3, service: com.amazonaws.eu-west-1.s3, state: available}]
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.ec2_vpc_endpoint import main

if __name__ == "__main__":
    main()
