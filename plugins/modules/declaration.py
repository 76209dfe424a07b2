# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: declaration
short_description: Check the declaration of a whole stack
version_added: 0.1.0
description:
  - Reads the variables of every host in the group C(components), and refuses bad input before anything is written.
  - All problems are told at once, each with the component, the key, the file where that is known, the cause, and what to do.
  - Of what contradicts itself in who can reach whom it refuses what opens something or cannot work, and warns of the rest.
  - Derives security groups and their rules from the clients that components name.
  - It makes no call; what AWS says is handed in. Run it once for all hosts.
author: Groundwork contributors (@groundwork)
options:
  partition:
    description: Partition of the account, as the first part of an ARN has it.
    type: str
    default: aws
  account_id:
    description: The account whose credentials these are. The variable C(stack_account_id), where it is set, must be the same.
    type: str
  region:
    description: Name of the region.
    type: str
    required: true
  zones:
    description: Full names of the zones that the region has. Without them zones are not checked.
    type: list
    elements: str
    default: []
  resources:
    description: What stands, as M(groundwork.aws.stack_info) returns it.
    type: list
    elements: dict
    default: []
  seals:
    description: What was found to be as described and has not changed since, as M(groundwork.aws.stack_info) returns it.
    type: dict
    default: {}
  seal_hours:
    description: For how many hours a seal counts.
    type: float
    default: 0
attributes:
  action:
    description: It runs on the controller, since only that sees the variables of every host.
    support: full
  check_mode:
    description: It changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Read the account
  groundwork.aws.stack_info:
    stack: shop
  register: read

- name: Check the declaration
  groundwork.aws.declaration:
    account_id: "{{ read.account }}"
    region: "{{ read.region }}"
    zones: "{{ read.zones }}"
  register: declared
  run_once: true
"""

RETURN = r"""
components:
  description:
    - By name, what each component is. Its C(kind), C(group), C(prefix), C(layer), C(role) (null where its kind has none yet), C(network),
      C(needs) (the components that it cannot do without), and C(firewall).
    - The firewall (null where nobody can call it) has C(name), C(description), C(network), C(vpc_id), C(ingress) and C(egress), with
      references where ids will be; P(groundwork.aws.refer#filter) puts those in.
  returned: success
  type: dict
  sample:
    web:
      kind: service
      group: services
      prefix: service
      layer: services
      role:
      network: vpc
      needs: [door, vpc]
      firewall:
        name: shop-web
        description: web of shop
        network: vpc
        vpc_id: ref:vpc/ec2_vpc/vpc
        ingress:
          - {protocol: tcp, from_port: 8080, to_port: 8080, source: ref:door/ec2_security_group/group, description: from door}
        egress:
          - {protocol: "-1", from_port: null, to_port: null, source: 0.0.0.0/0, description: ""}
fingerprints:
  description: By component, and for C(stack), a digest of all by which it is planned but AWS's own word; empty where it refers to what does not stand.
  returned: success
  type: dict
settled:
  description: The components that need not be gone through, for their seals and those of all that they need hold.
  returned: success
  type: list
  elements: str
at_rest:
  description: Whether that is all of the stack, and nothing else of it stands.
  returned: success
  type: bool
outputs:
  description: What the roles of those that are settled handed out.
  returned: success
  type: dict
planned:
  description: What stands of those that are settled, with the action C(none).
  returned: success
  type: list
  elements: dict
layers:
  description: The layers, in the order in which they converge.
  returned: success
  type: list
  elements: str
  sample: [network, foundations, services, delivery]
demands:
  description: What the stack wants in total of what an account limits, for M(groundwork.aws.stack_preflight).
  returned: success
  type: dict
  sample:
    quotas:
      - {component: vpc, quota: vpcs, count: 1}
      - {component: vpc, quota: nat_gateways_per_zone, count: 1, zone: ap-northeast-2a}
    fleets:
      - {component: web, type: t3.micro, min: 1, desired: 1, max: 2, zones: [ap-northeast-2a, ap-northeast-2b]}
service_roles:
  description: The services that act for the stack in the account, by service-linked roles of their own.
  returned: success
  type: list
  elements: str
  sample: [autoscaling.amazonaws.com]
findings:
  description:
    - What contradicts itself in who can reach whom, and is not refused. Each has C(severity) (V(medium) or V(informational)), C(check),
      C(component), C(cause), C(step), C(key) and, of these, the C(line).
  returned: success
  type: list
  elements: dict
  sample:
    - severity: informational
      check: port without a listener
      component: door
      cause: "port 443 is open and has no listener: none without a certificate"
      step: set load_balancer_domain, or take 443 out
      key: load_balancer_ports
      line: "INFORMATIONAL door: port 443 is open and has no listener: none without a certificate: set load_balancer_domain, or take 443 out"
run_owner:
  description: Who runs this, as C(user@host:pid:start), for M(groundwork.aws.stack_lock).
  returned: success
  type: str
  sample: me@laptop:4711:90210
problems:
  description: What is wrong.
  returned: failure
  type: list
  elements: dict
  sample:
    - {component: web, key: service_prot, file: "host_vars/web.yml:3", text: "services know no such key, the nearest is service_port: write that"}
"""
