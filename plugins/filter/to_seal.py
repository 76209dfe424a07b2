# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: to_seal
short_description: The components of a run that may be sealed
version_added: 0.1.0
description:
  - Names those that this run went through as a whole and that leave nothing orphaned, with what M(groundwork.aws.stack_lock) writes into their seals.
  - None where tags or a first task were chosen, or tasks are stepped through, for then nobody has gone through a component as a whole.
author: Groundwork contributors (@groundwork)
positional: hostvars, kept, orphans
options:
  _input:
    description: What M(groundwork.aws.declaration) returned.
    type: dict
    required: true
  hostvars:
    description: Ansible's variable C(hostvars).
    type: dict
    required: true
  kept:
    description: What M(groundwork.aws.plan_summary) returned.
    type: dict
    required: true
  orphans:
    description: What M(groundwork.aws.stack_removal) returned.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Give the lock back
  groundwork.aws.stack_lock:
    state: released
    stack: shop
    owner: "{{ declared.run_owner }}"
    seals: "{{ declared | groundwork.aws.to_seal(hostvars, kept, orphans) }}"
"""

RETURN = r"""
_value:
  description: By component, C(inputs) (its fingerprint) and C(outputs) of its role.
  type: dict
"""

import typing as t

from ansible import context
from ansible_collections.groundwork.aws.plugins.plugin_utils.fingerprints import STACK

Json = t.Mapping[str, t.Any]


def to_seal(declared: Json, hostvars: t.Any, kept: Json, orphans: Json) -> dict[str, dict[str, t.Any]]:
    asked_for = context.CLIARGS
    if [*asked_for.get("tags", ())] not in ([], ["all"]) or asked_for.get("skip_tags") or asked_for.get("start_at_task") or asked_for.get("step"):
        return {}
    unwanted = {one["component"] for one in orphans.get("planned", ())}
    names = {STACK, *kept["ran"]} - unwanted
    marks = {name: mark for name, mark in declared["fingerprints"].items() if name in names and mark}
    return {name: {"inputs": mark, "outputs": _outputs(name, declared, hostvars)} for name, mark in marks.items()}


def _outputs(name: str, declared: Json, hostvars: t.Any) -> t.Any:
    return hostvars.raw_get(name).get(f"{declared['components'][name]['prefix']}_outputs", {}) if name in declared["components"] else {}


class FilterModule:
    def filters(self) -> dict[str, t.Callable]:
        return {"to_seal": to_seal}
