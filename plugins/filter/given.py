# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: given
short_description: Hand a value on, unless it is unset
version_added: 0.1.0
description:
  - Returns C(omit) in the place of null, since modules refuse null for an option with choices.
  - The one way in which an unset input of a role reaches a module.
author: Groundwork contributors (@groundwork)
positional: omit
options:
  _input:
    description: The value, or null where it is unset.
    type: raw
  omit:
    description: Ansible's variable C(omit), which no filter can see by itself.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Say nothing of a profile that is not set
  ansible.builtin.debug:
    msg: "{{ stack_profile | groundwork.aws.given(omit) }}"
  vars:
    stack_profile: null
"""

RETURN = r"""
_value:
  description: The value, or what leaves the option out.
  type: raw
"""

import typing as t


def given(value: t.Any, omit: t.Any) -> t.Any:
    return omit if value is None else value


class FilterModule:
    def filters(self) -> dict[str, t.Callable]:
        return {"given": given}
