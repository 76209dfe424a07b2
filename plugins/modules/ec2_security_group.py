#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_security_group
short_description: Keep a security group with its rules as described
version_added: 0.1.0
description:
  - Keeps the security group of a component.
  - Rules are compared one source at a time, and never by position. A new rule is let in before an old one is taken away.
  - On removal, what refers to the group within its stack lets go of it first.
author: Groundwork contributors (@groundwork)
options:
  vpc_id:
    description: The VPC. V((known after apply)) under check mode, when it does not stand yet.
    type: str
    required: true
  description:
    description: What the group is for. AWS cannot change it.
    type: str
    required: true
  ingress:
    description: Exactly these rules for what comes in. Unset, they are left alone.
    type: list
    elements: dict
    suboptions:
      protocol:
        description: V(tcp), V(udp), V(icmp), V(icmpv6), a number, or V(-1) for all.
        type: str
        default: tcp
      from_port:
        description: First port, or the ICMP type.
        type: int
      to_port:
        description: Last port, or the ICMP code; the first one by default.
        type: int
      source:
        description: The other side; an IPv4 or IPv6 range, a security group's id or a prefix list's.
        type: str
        required: true
      description:
        description: What the rule is for.
        type: str
  egress:
    description: Exactly these rules for what goes out; O(egress[].source) is then its destination. Unset, they are left alone.
    type: list
    elements: dict
    suboptions:
      protocol:
        description: V(tcp), V(udp), V(icmp), V(icmpv6), a number, or V(-1) for all.
        type: str
        default: tcp
      from_port:
        description: First port, or the ICMP type.
        type: int
      to_port:
        description: Last port, or the ICMP code; the first one by default.
        type: int
      source:
        description: The other side; an IPv4 or IPv6 range, a security group's id or a prefix list's.
        type: str
        required: true
      description:
        description: What the rule is for.
        type: str
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the firewall of the web servers
  groundwork.aws.ec2_security_group:
    stack: shop
    component: web
    name: shop-web
    description: Web servers of the shop
    vpc_id: vpc-0123456789abcdef0
    ingress:
      - {from_port: 8080, source: sg-0123456789abcdef0, description: from the door}
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
security_group:
  description: What stands, or would under check mode; empty when it is absent.
  returned: success
  type: dict
  sample: {id: sg-0123456789abcdef0, group_name: shop-web}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.ec2_security_group import main

if __name__ == "__main__":
    main()
