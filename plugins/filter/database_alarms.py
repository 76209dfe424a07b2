# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: database_alarms
short_description: The alarms of a database
version_added: 0.1.0
description:
  - Derives the alarms that watch a database's processor and storage. It makes no call.
author: Groundwork contributors (@groundwork)
positional: stack, identifier, storage, actions
options:
  _input:
    description: Name of the component.
    type: str
    required: true
  stack:
    description: Name of the stack.
    type: str
    required: true
  identifier:
    description: Identifier of the instance.
    type: str
    required: true
  storage:
    description: Storage that it was made with, in GiB.
    type: int
    required: true
  actions:
    description: ARNs of what an alarm tells.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show the alarms of a database
  ansible.builtin.debug:
    msg: "{{ 'db' | groundwork.aws.database_alarms('shop', 'shop-db', 20) }}"
"""

RETURN = r"""
_value:
  description: The alarms, as M(groundwork.aws.cloudwatch_alarm) takes them.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.groundwork.aws.plugins.plugin_utils.alarms import of_database
from ansible_collections.groundwork.aws.plugins.plugin_utils.kinds import default_name


def database_alarms(component: str, stack: str, identifier: str, storage: int, actions: list[str] | None = None) -> list[dict[str, t.Any]]:
    return of_database(default_name(stack, component), identifier, storage, actions or [])


class FilterModule:
    def filters(self) -> dict[str, t.Callable]:
        return {"database_alarms": database_alarms}
