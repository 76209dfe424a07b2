# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: plan
type: aggregate
short_description: Sum up what a run changes, or would change
version_added: 0.1.0
description:
  - "Ends a playbook with a line for each resource that changes, and the totals: C(Plan: 31 to create, 0 to change, 0 to delete)."
  - It reads the results of tasks, whichever callback owns the screen, and says nothing after a playbook that plans nothing.
  - Names the components that failed, with the first line of the cause, and the longest wait. With C(-v) it names every wait of a second or more.
author: Groundwork contributors (@groundwork)
requirements:
  - Enabling in configuration, as C(callbacks_enabled = groundwork.aws.plan).
options:
  plan_file:
    description:
      - File that the plan is also written to, as JSON, for its owner alone. A file that is there is replaced as a whole.
      - Its form is that of RV(groundwork.aws.plan_summary#module:plan).
    type: path
    env: [{name: GROUNDWORK_PLAN_FILE}]
    ini: [{section: groundwork_plan, key: file}]
  show:
    description: Whether each resource gets a line, or only the totals are shown.
    type: str
    choices: [lines, totals]
    default: lines
    env: [{name: GROUNDWORK_PLAN_SHOW}]
    ini: [{section: groundwork_plan, key: show}]
"""

EXAMPLES = r"""
ansible_cfg: |
  [defaults]
  callbacks_enabled = groundwork.aws.plan

  [groundwork_plan]
  file = plan.json
  show = totals
"""

import json
import typing as t

from ansible import constants
from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import cause
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import Json
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import Ledger
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import lines
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import printable
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import title
from ansible_collections.groundwork.aws.plugins.plugin_utils.private_file import replace_private_file

COLORS = {
    "create": constants.COLOR_DIFF_ADD,
    "update": constants.COLOR_CHANGED,
    "replace": constants.COLOR_CHANGED,
    "delete": constants.COLOR_DIFF_REMOVE,
    "orphaned": constants.COLOR_WARN,
}


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "groundwork.aws.plan"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook: t.Any) -> None:
        self._ledger, self._stack, self._plans = Ledger(), "", False
        self._waited: list[tuple[float, str]] = []
        self._causes: dict[str, str] = {}

    def v2_runner_on_ok(self, result: t.Any) -> None:
        """Of a loop each item comes by itself, and then the whole, which holds no plan of its own."""
        report = result.result
        if not isinstance(report.get("planned"), list):
            return
        self._plans = True
        self._ledger.add(report["planned"])
        self._waited += [(float(wait["seconds"]), str(wait["for"])) for wait in report.get("waited") or ()]
        self._stack = result.task.args.get("stack") or self._stack

    v2_runner_item_on_ok = v2_runner_on_ok

    def v2_runner_item_on_failed(self, result: t.Any) -> None:
        """What a task did before it failed was done."""
        self.v2_runner_on_ok(result)
        self._causes[result.host.get_name()] = cause(result.result)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        if not (result.task.loop and result.result.get("results")):  # else its items have said why
            self.v2_runner_item_on_failed(result)

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self.v2_runner_on_failed(result)

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        counts = {host: stats.summarize(host) for host in stats.processed}
        lost = {host for host, count in counts.items() if count["failures"] or count["unreachable"]}
        failed = {host: reason for host, reason in self._causes.items() if host in lost}
        plan = self._ledger.plan(stack=self._stack, check=bool(context.CLIARGS.get("check")), failed=failed)
        if self._plans:
            self._show(plan)
        if self.get_option("plan_file") and (self._plans or failed):
            self._write(plan)

    def _show(self, plan: Json) -> None:
        shown = lines(plan) if self.get_option("show") == "lines" else []
        for action, text in shown:
            self._display.display(text, color=COLORS[action])
        self._display.display(("\n" if shown else "") + title(plan))
        self._show_waits()
        if plan["failed"]:
            ended = "The plan ends there" if plan["check"] else "What was made stands"
            self._display.display(f"{ended}. Mend the cause and run again: a run goes on from what stands.")
        for one in plan["failed"]:  # last, where whoever comes back to the screen looks first
            who = f"{one['component']}: "  # the frame's messages begin with it
            self._display.display(printable(f"Failed: {who}{one['reason'].removeprefix(who)}"), color=constants.COLOR_ERROR)

    def _show_waits(self) -> None:
        longest = sorted(self._waited, reverse=True)
        for seconds, what in longest if self._display.verbosity else longest[:1]:
            kind = "Waited" if self._display.verbosity else "Longest wait:"
            self._display.display(f"{kind} {seconds:.0f} s for {printable(what)}")

    def _write(self, plan: Json) -> None:
        path = self.get_option("plan_file")
        try:
            replace_private_file(path, json.dumps(plan, indent=2) + "\n")
        except OSError as error:
            self._display.error(f"The plan was not written to {path}: {error.strerror}")
