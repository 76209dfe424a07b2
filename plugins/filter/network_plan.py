# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: network_plan
short_description: Each part of a network, from its few inputs
version_added: 0.1.0
description:
  - Divides the range, and derives subnets, gateways, routes, endpoints and network ACLs, with references in the place of ids.
  - It makes no call. P(groundwork.aws.refer#filter) puts the ids in.
author: Groundwork contributors (@groundwork)
positional: inputs, region
options:
  _input:
    description: Name of the component.
    type: str
    required: true
  inputs:
    description: The inputs of the role C(groundwork.aws.network), under their full names.
    type: dict
    required: true
  region:
    description: Name of the region that its zones are in.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the subnets of a network
  ansible.builtin.debug:
    msg: "{{ ('vpc' | groundwork.aws.network_plan(inputs, 'eu-west-1')).subnets }}"
  vars:
    inputs:
      network_name: shop-vpc
      network_cidr: 10.0.0.0/16
      network_zones: [a, b]
      network_tiers: {public: {egress: internet}, private: {egress: nat}}
      network_nat: single
"""

RETURN = r"""
_value:
  description:
    - The parts, as the modules take them; C(vpc), C(subnets), C(internet_gateway) (null where no tier leads out), C(addresses),
      C(nat_gateways), C(route_tables), C(endpoints) and C(network_acls).
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.groundwork.aws.plugins.plugin_utils.network_plan import network_plan


def network_plan_filter(component: str, inputs: dict[str, t.Any], region: str) -> dict[str, t.Any]:
    try:
        return network_plan(component, inputs, region)
    except ValueError as error:
        raise AnsibleFilterError(f"{component}: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable]:
        return {"network_plan": network_plan_filter}
