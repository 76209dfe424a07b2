#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: reachability_info
short_description: Read a stack's network, and work out who can open connections to whom
version_added: 0.1.0
description:
  - Reads what lies in the stack's VPCs with concurrent calls, and works out without a packet sent which components, and which sources outside,
    can open a connection to which component, protocol and port.
  - Security groups with their references, network ACLs in both directions with the replies to ephemeral ports, route tables, gateways, prefix
    lists and public addresses all have their say, for IPv4 and IPv6.
  - What is open comes with its path, hop by hop, and what is shut with the first thing that stops it, by rule and id.
  - Load balancers, fleets, databases and containers count in all of their subnets, even where nothing of them stands yet. So a standby's
    subnet that an ACL cuts off shows before the failover does.
  - Whose interface it is, is told by the tags of what it belongs to. One in the VPC that is nobody's of the stack is a party by its id.
  - TCP and UDP are judged, and ICMP is not. Traffic that a route sends into an appliance, or a gateway's own route table elsewhere, is not
    followed. A network load balancer is taken to ask its targets from its own addresses. A rule that names a group of a peered VPC that is
    not the stack's admits some of what lies beyond the peering.
  - It changes nothing.
author: Groundwork contributors (@groundwork)
options:
  stack:
    description: Name of the stack; the tag C(groundwork:stack).
    type: str
    required: true
  reasons:
    description: >-
      Whether cells tell of what is shut, too. Without, a stack of hundreds of components takes a
      fraction of the time, and cells in which nothing is open are left out.
    type: bool
    default: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Who reaches whom
  groundwork.aws.reachability_info:
    stack: tio
  register: reach

- name: Show what is open
  ansible.builtin.debug:
    msg: "{{ item.source }} -> {{ item.destination }} {{ item.protocol }} {{ item.open | map(attribute='ports') | list }}"
  loop: "{{ reach.matrix | selectattr('open') | list }}"
  loop_control:
    label: "{{ item.source }} -> {{ item.destination }}"
"""

RETURN = r"""
network:
  description:
    - What was read, as it is judged. C(vpcs), C(subnets) with the ACL and the route table in effect, C(security_groups) with their rules, C(acls) with
      their entries, C(route_tables), C(prefix_lists), C(gateways), C(places) where components stand or may come to stand, C(load_balancers) with
      their listeners, C(target_groups) with their health checks. Each part has C(id), C(name) and C(component).
  returned: success
  type: dict
  sample:
    vpcs: [{id: vpc-1, name: shop, component: vpc, cidrs: [10.0.0.0/16]}]
    places:
      - {id: eni-1, name: web, component: web, role: instance, vpc: vpc-1, subnet: subnet-1, groups: [sg-1], addresses: [10.0.1.7], public: false, stands: true}
matrix:
  description:
    - A cell for each source, destination, protocol (V(tcp), V(udp)) and family (V(ipv4), V(ipv6)), in that order. Source and destination are a
      component; V(internet); a peering, transit or VPN gateway, by id, for what lies beyond it; a gateway endpoint's id for the service behind
      it, as a destination alone; or the id of an interface that is nobody's.
    - C(open) lists intervals of ports. C(extent) is V(all) where each connection can be opened, from wherever the source may stand to wherever the
      destination may, and V(some) where that depends on subnet, address or the client's port; C(pairs) says then on which. C(path) are the hops.
    - C(shut) lists the other intervals, with what C(stops) them.
    - Each hop and each stop has C(at) (V(egress), V(acl_out), V(route), V(acl_in), V(ingress), V(reply_acl_out), V(reply_route), V(reply_acl_in),
      V(public_address), V(gateway), or one of a NAT gateway's subnet), C(id) and C(name) of group, ACL or table, C(subnet), C(rule) (a rule's id,
      an entry's number or V(*) for the last, a route's destination, empty where none fits), and C(text), which says it in words.
  returned: success
  type: list
  elements: dict
  sample:
    - source: web
      destination: db
      protocol: tcp
      family: ipv4
      open:
        - ports: [3306, 3306]
          extent: all
          path:
            - {at: egress, id: sg-1, name: web, subnet: subnet-1, rule: sgr-1, text: "web (sg-1) lets everything out to 0.0.0.0/0 by sgr-1"}
            - {at: ingress, id: sg-2, name: db, subnet: subnet-1, rule: sgr-2, text: "db (sg-2) lets tcp 3306 in from web (sg-1) by sgr-2"}
      shut:
        - ports: [[0, 3305], [3307, 65535]]
          stops: [{at: ingress, id: sg-2, name: db, subnet: subnet-1, rule: "", text: "no rule of db (sg-2) lets this in from web in a (subnet-1)"}]
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.reachability_info import main

if __name__ == "__main__":
    main()
