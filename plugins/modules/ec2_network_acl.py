#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_network_acl
short_description: Keep the network ACLs of a component as described
version_added: 0.1.0
description:
  - Keeps every network ACL of a component in one task, with its entries and the subnets that it guards.
  - An ACL is looked for in its own VPC alone. A subnet that it lets go of returns to the VPC's default ACL.
author: Groundwork contributors (@groundwork)
options:
  vpc_id:
    description: The VPC. V((known after apply)) under check mode, when it does not stand yet.
    type: str
    required: true
  network_acls:
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
      ingress:
        description: Exactly these entries, by number. Unset, they are left alone.
        type: list
        elements: dict
        suboptions:
          number:
            description: Place in the order in which entries are tried, from 1 to 32766.
            type: int
            required: true
          action:
            description: What becomes of a packet that matches.
            type: str
            choices: [allow, deny]
            default: allow
          protocol:
            description: V(all), V(tcp), V(udp), V(icmp), V(icmpv6) or a number.
            type: str
            default: all
          cidr:
            description: IPv4 or IPv6 range of the other side.
            type: str
            required: true
          from_port:
            description: First port, of TCP or UDP.
            type: int
          to_port:
            description: Last port; the first one by default.
            type: int
          icmp_type:
            description: ICMP type; all by default.
            type: int
          icmp_code:
            description: ICMP code; all by default.
            type: int
      egress:
        description: Exactly these entries, by number. Unset, they are left alone.
        type: list
        elements: dict
        suboptions:
          number:
            description: Place in the order in which entries are tried, from 1 to 32766.
            type: int
            required: true
          action:
            description: What becomes of a packet that matches.
            type: str
            choices: [allow, deny]
            default: allow
          protocol:
            description: V(all), V(tcp), V(udp), V(icmp), V(icmpv6) or a number.
            type: str
            default: all
          cidr:
            description: IPv4 or IPv6 range of the other side.
            type: str
            required: true
          from_port:
            description: First port, of TCP or UDP.
            type: int
          to_port:
            description: Last port; the first one by default.
            type: int
          icmp_type:
            description: ICMP type; all by default.
            type: int
          icmp_code:
            description: ICMP code; all by default.
            type: int
      subnet_ids:
        description: Exactly these subnets. Unset, they are left alone.
        type: list
        elements: str
extends_documentation_fragment:
  - groundwork.aws.frame
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the filter of the data tier
  groundwork.aws.ec2_network_acl:
    stack: shop
    component: vpc
    vpc_id: vpc-0123456789abcdef0
    network_acls:
      - key: data
        name: shop-data
        ingress:
          - {number: 100, protocol: tcp, cidr: 10.0.3.0/24, from_port: 3306}
        egress:
          - {number: 100, protocol: tcp, cidr: 10.0.3.0/24, from_port: 1024, to_port: 65535}
        subnet_ids: [subnet-0123456789abcdef0]
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
network_acls:
  description: What stands, or would under check mode; empty when all are absent.
  returned: success
  type: list
  elements: dict
  sample: [{id: acl-0123456789abcdef0, key: data}]
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.ec2_network_acl import main

if __name__ == "__main__":
    main()
