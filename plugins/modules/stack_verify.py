#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: stack_verify
short_description: Hold who can reach whom against the declaration of a stack
version_added: 0.1.0
description:
  - Works out, from a network that was read, every connection that can be opened, and the same of the network that the inventory declares; what
    differs is found. No packet is sent.
  - Finds, whoever declared it, any way to port 22, a target group whose health checks cannot arrive, a listener that is missing, and a
    subnet with a route that its tier has not.
  - What is found is told most dangerous first, a line each, with the rule that opens it or the thing that stops it, and what to do.
  - Fails where something must not be left so. What is V(informational) fails nothing, as an open port that waits for its certificate.
author: Groundwork contributors (@groundwork)
options:
  network:
    description: The network, as M(groundwork.aws.reachability_info) returns it.
    type: dict
    required: true
  changes:
    description:
      - What a plan would change, as RV(groundwork.aws.plan_summary#module:plan) lists its C(resources). The network is judged as it would be then.
      - Without any it is judged as it was read.
    type: list
    elements: dict
    default: []
  account_id:
    description: The account that the network is in.
    type: str
  partition:
    description: Partition of the account.
    type: str
    default: aws
  region:
    description: Name of the region.
    type: str
    required: true
  path:
    description: File that the findings are also written to, as JSON, for its owner alone; with the C(network) that was read.
    type: path
attributes:
  action:
    description: It runs on the controller, since only that sees the variables of every host.
    support: full
  check_mode:
    description: It changes nothing. The file is written under check mode too.
    support: full
notes:
  - It asks AWS nothing. A component of which nothing stands is told, and its arrows are not judged.
"""

EXAMPLES = r"""
- name: Read what lets pass and what stops
  groundwork.aws.reachability_info:
    stack: shop
  register: read

- name: Hold it against the declaration
  groundwork.aws.stack_verify:
    network: "{{ read.network }}"
    region: eu-west-1
    path: findings.json
  run_once: true
"""

RETURN = r"""
findings:
  description:
    - What is found, most dangerous first. Each has C(severity) (V(critical), V(high), V(medium) or V(informational)), C(check), C(component),
      C(cause), C(step), C(key) (the variable that says it, or empty) and, of these, the C(line).
  returned: always
  type: list
  elements: dict
  sample:
    - severity: high
      check: port 22
      component: web
      cause: job can call port 22 of web (ipv4)
      step: take the rule out
      key: ""
      line: "HIGH web: job can call port 22 of web (ipv4): take the rule out"
failing:
  description: How many of them must not be left so.
  returned: always
  type: int
  sample: 1
lines:
  description: The findings for people, one line each.
  returned: always
  type: list
  elements: str
  sample: ["HIGH web: job can call port 22 of web (ipv4): take the rule out"]
planned:
  description: Whether this is of a plan, under check mode.
  returned: always
  type: bool
  sample: false
stack:
  description: Name of the stack.
  returned: always
  type: str
  sample: shop
"""
