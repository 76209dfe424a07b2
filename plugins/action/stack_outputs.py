# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documented in plugins/modules/stack_outputs.py."""

from __future__ import annotations

import json
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.groundwork.aws.plugins.plugin_utils.outputs import summary
from ansible_collections.groundwork.aws.plugins.plugin_utils.private_file import replace_private_file

OPTIONS = dict(components=dict(type="dict", required=True), region=dict(required=True), sealed=dict(type="dict", default={}), path=dict(type="path"))


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        args = self.validate_argument_spec(argument_spec=OPTIONS)[1]
        outputs = {**args["sealed"], **find_outputs(args["components"], task_vars["hostvars"])}
        if args["path"] and not self._task.check_mode:
            try:
                replace_private_file(args["path"], json.dumps(outputs, indent=2, sort_keys=True) + "\n")
            except OSError as error:
                raise AnsibleActionFail(f"The outputs were not written to {args['path']}: {error.strerror}. Give stack_outputs_file another place.") from error
        return {
            **result,
            "changed": False,
            "outputs": outputs,
            "summary": summary(args["components"], outputs, args["region"]),
            # As set_stats does: one value for the run.
            "ansible_stats": {"data": {"stack_outputs": outputs}, "per_host": False, "aggregate": False},
        }


def find_outputs(components: t.Mapping[str, t.Any], hostvars: t.Any) -> dict[str, dict[str, t.Any]]:
    """What the role of each component handed out, in this run; read raw."""
    found = {name: hostvars.raw_get(name).get(f"{one['prefix']}_outputs") for name, one in components.items()}
    return {name: outputs for name, outputs in found.items() if outputs}
