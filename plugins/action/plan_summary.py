# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documented in plugins/modules/plan_summary.py."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import cause
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import Ledger
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import reports
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import title

LOCAL = "localhost"
#: By host, in order: name and value of what it registered.
Registers = dict[str, list[tuple[str, t.Mapping[str, t.Any]]]]


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        self.validate_argument_spec(argument_spec={})
        found = find_registers(task_vars)
        failed = find_failures(task_vars, found)
        ledger = add_up(found)
        stack = self._templar.template(task_vars.get("stack_name", ""))
        plan = ledger.plan(stack=stack, check=self._task.check_mode, failed=failed)
        return {
            **result,
            "changed": False,
            "msg": title(plan),
            "plan": plan,
            "kept": ledger.kept(),
            "ran": [host for host, registers in found.items() if registers and host not in failed and host != LOCAL],
            # As set_stats does: one value for the run, and a later one takes its place.
            "ansible_stats": {"data": {"groundwork_plan": plan}, "per_host": False, "aggregate": False},
        }


def find_registers(task_vars: t.Mapping[str, t.Any]) -> Registers:
    """What each component, and localhost, registered under internal names and holds ``planned``, in order; read raw."""
    found: Registers = {}
    for host in [*task_vars["groups"].get("components", ()), LOCAL]:
        variables = task_vars["hostvars"].raw_get(host)
        found[host] = [(name, value) for name, value in variables.items() if name.startswith("__") and reports(value)]
    return found


def find_failures(task_vars: t.Mapping[str, t.Any], found: Registers) -> dict[str, str]:
    """The hosts that failed, with the cause: those that left the play, and those of which a registered task failed."""
    left = set(task_vars["ansible_play_hosts_all"]) - set(task_vars["ansible_play_hosts"])
    causes = {host: [cause(value) for _name, value in registers if value.get("failed")] for host, registers in found.items()}
    return {host: (causes[host] or ["its failed task says why"])[0] for host in found if host in left or causes[host]}


def add_up(found: Registers) -> Ledger:
    """All of it once: what ran with run_once is registered on every host of its play."""
    ledger, seen = Ledger(), {}
    for name, value in (register for registers in found.values() for register in registers):
        planned = [entry for report in reports(value) for entry in report["planned"]]
        if planned not in seen.setdefault(name, []):
            seen[name].append(planned)
            ledger.add(planned)
    return ledger
