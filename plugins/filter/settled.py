# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: settled
short_description: The components about which nothing is to be changed
version_added: 0.1.0
description: Names those that M(groundwork.aws.declaration) found settled, in a run that has come that far, for the C(hosts) of a play.
author: Groundwork contributors (@groundwork)
options:
  _input:
    description: Ansible's variable C(hostvars).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Go through what may have changed
  hosts: "{{ groups | groundwork.aws.layer_hosts(['services'], settled=hostvars | groundwork.aws.settled) }}"
"""

RETURN = r"""
_value:
  description: Names of components.
  type: list
  elements: str
"""

import typing as t


def settled(hostvars: t.Any) -> list[str]:
    found = (hostvars.raw_get(name).get("__stack_declared") for name in hostvars)
    return next((list(one["settled"]) for one in found if one and "settled" in one), [])


class FilterModule:
    def filters(self) -> dict[str, t.Callable]:
        return {"settled": settled}
