# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: refer
short_description: Put ids in the place of references
version_added: 0.1.0
description:
  - Replaces each C(ref:COMPONENT/TYPE/KEY) within a value by the id of that resource.
  - C(any:COMPONENT/TYPE/KEY) is one that may not stand; it becomes empty where it does not.
  - What this run made comes before what was read; after that the later source wins. What was deleted, or is orphaned, does not count.
author: Groundwork contributors (@groundwork)
positional: sources
options:
  _input:
    description: Any value; dictionaries and lists are walked.
    type: raw
    required: true
  sources:
    description:
      - What holds the ids. A result with C(planned), a result of M(groundwork.aws.stack_info), a loop's register,
        the variables of a host (of which its registers count), or a list of such.
    type: raw
"""

EXAMPLES = r"""
- name: Put the id of the VPC in its place
  ansible.builtin.debug:
    msg: "{{ 'ref:vpc/ec2_vpc/vpc' | groundwork.aws.refer(read) }}"
  vars:
    read:
      resources:
        - {component: vpc, type: ec2_vpc, key: vpc, name: shop-vpc, id: vpc-0123456789abcdef0}
"""

RETURN = r"""
_value:
  description: The value with ids in it.
  type: raw
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.groundwork.aws.plugins.plugin_utils.references import refer
from ansible_collections.groundwork.aws.plugins.plugin_utils.references import UnresolvedReference


def refer_filter(value: t.Any, *sources: t.Any) -> t.Any:
    try:
        return refer(value, *sources)
    except UnresolvedReference as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable]:
        return {"refer": refer_filter}
