#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: stack_preflight
short_description: Check that the account can give what a stack wants
version_added: 0.1.0
description:
  - Compares what a run adds to the account with its quotas and with what is in use, and the types of fleets with what their zones offer.
    Fails before anything is made, with all problems at once.
  - Asks only for what the stack lacks. What the credentials may not read, or Service Quotas does not know, is a warning and no failure.
  - Reads only, under check mode too.
author: Groundwork contributors (@groundwork)
options:
  stack:
    description: Name of the stack; the tag C(groundwork:stack).
    type: str
    required: true
  demands:
    description: What the declared stack wants in total, as M(groundwork.aws.declaration) returns it.
    type: dict
    required: true
    suboptions:
      quotas:
        description: Counts of what quotas limit.
        type: list
        elements: dict
        default: []
        suboptions:
          quota:
            description: Which quota.
            type: str
            required: true
            choices:
              - vpcs
              - internet_gateways
              - nat_gateways_per_zone
              - addresses
              - load_balancers
              - target_groups
              - db_instances
              - rules_per_group
              - groups_per_interface
              - fargate_vcpus
              - rules_per_load_balancer
          component:
            description: Whose it is.
            type: str
            required: true
          count:
            description: How many it wants in all.
            type: int
            required: true
          zone:
            description: Full name of the zone, for a quota of each zone.
            type: str
          of:
            description: The one thing that has the quota to itself, in words, as a security group.
            type: str
      fleets:
        description: Hosts of the services.
        type: list
        elements: dict
        default: []
        suboptions:
          component:
            description: Whose it is.
            type: str
            required: true
          type:
            description: Type of the instances.
            type: str
            required: true
          min:
            description: The fewest hosts.
            type: int
            required: true
          desired:
            description: Hosts at first; a fleet that stands has its own number.
            type: int
            required: true
          max:
            description: The most hosts. A quota too small for these is a warning.
            type: int
            required: true
          zones:
            description: Full names of the zones that the hosts may lie in.
            type: list
            elements: str
            required: true
  standing:
    description: What the stack has already, as M(groundwork.aws.stack_info) returns it in RV(groundwork.aws.stack_info#module:resources).
    type: list
    elements: dict
    default: []
    suboptions:
      component:
        description: Whose it is.
        type: str
        required: true
      type:
        description: Type of the resource.
        type: str
        required: true
      name:
        description: Its name.
        type: str
        required: true
      key:
        description: Its key.
        type: str
        required: true
      id:
        description: Its id.
        type: str
        required: true
  components:
    description: The components that take part in the run; all by default.
    type: list
    elements: str
  adopt:
    description: Whether the run may take over what stands; then a quota that is too small is a warning, but for that of a fleet.
    type: bool
    default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See whether the account can give it
  groundwork.aws.stack_preflight:
    stack: shop
    demands: "{{ declared.demands }}"
    standing: "{{ read.resources }}"
"""

RETURN = r"""
checks:
  description:
    - Each quota that was compared. Its C(quota) (the name), C(service), C(code) and C(zone) (null for a region's), the C(components) that add
      to it, its C(value), what is in C(use), and the C(need) of this run.
  returned: success
  type: list
  elements: dict
  sample:
    - quota: EC2-VPC Elastic IPs
      service: ec2
      code: L-0263D0A3
      zone:
      components: [vpc]
      value: 5.0
      use: 1
      need: 1
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.stack_preflight import main

if __name__ == "__main__":
    main()
