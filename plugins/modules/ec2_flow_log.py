#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_flow_log
short_description: Keep the flow log of a VPC as described
version_added: 0.1.0
description:
  - Keeps one flow log of a VPC, found by its tags. AWS can change none of it but the tags; O(replace) makes a new one.
  - A new one stands beside the old one first where it delivers to another place. AWS refuses two that deliver to one place.
author: Groundwork contributors (@groundwork)
options:
  vpc_id:
    description: The VPC. V((known after apply)) under check mode, when it does not stand yet.
    type: str
    required: true
  destination:
    description: ARN of the log group, or of the bucket, with a prefix or without, as V(arn:aws:s3:::shop-logs/flows).
    type: str
    required: true
  role_arn:
    description: Role that C(vpc-flow-logs.amazonaws.com) assumes to write to a log group. A bucket takes none, but a policy of its own.
    type: str
  traffic_type:
    description: What is logged.
    type: str
    choices: [ALL, ACCEPT, REJECT]
    default: ALL
  aggregation_interval:
    description: Seconds for which a flow is gathered into one record.
    type: int
    choices: [60, 600]
  format:
    description: Fields of a record, as V(${version} ${srcaddr} ${dstaddr} ${action}). AWS's default format, unless given.
    type: str
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the flow log of the shop's network
  groundwork.aws.ec2_flow_log:
    stack: shop
    component: vpc
    name: shop-flows
    vpc_id: vpc-0123456789abcdef0
    destination: arn:aws:logs:eu-west-1:123456789012:log-group:/shop/vpc/flows
    role_arn: arn:aws:iam::123456789012:role/shop-flows
    aggregation_interval: 60
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
flow_log:
  description: What stands, or would under check mode; empty when it is absent.
  returned: success
  type: dict
  sample:
    id: fl-0123456789abcdef0
    destination: arn:aws:logs:eu-west-1:123456789012:log-group:/shop/vpc/flows
    traffic_type: ALL
    delivery_status: SUCCESS
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.ec2_flow_log import main

if __name__ == "__main__":
    main()
