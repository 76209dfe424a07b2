# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documented in plugins/modules/stack_verify.py. An action, since only the controller sees the variables of every host."""

from __future__ import annotations

import json
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.groundwork.aws.plugins.action.declaration import declared
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import survey
from ansible_collections.groundwork.aws.plugins.plugin_utils.verdict import told
from ansible_collections.groundwork.aws.plugins.plugin_utils.verdict import verdict
from ansible_collections.groundwork.aws.plugins.plugin_utils.private_file import replace_private_file

OPTIONS = dict(
    network=dict(type="dict", required=True),
    changes=dict(type="list", elements="dict", default=[]),
    account_id=dict(type="str"),
    partition=dict(type="str", default="aws"),
    region=dict(type="str", required=True),
    path=dict(type="path"),
)


class ActionModule(ActionBase):
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        args = self.validate_argument_spec(OPTIONS)[1]
        place = {key: args[key] for key in ("account_id", "partition", "region")}
        declaration = declared(task_vars or {}, self._templar.template, **place)
        problems, components, findings = survey(declaration)
        if problems:
            raise AnsibleActionFail(f"The declaration is not sound: {problems[0].component}: {problems[0].text}")
        found = verdict(args["network"], args["changes"], components, declaration.place, findings)
        report = {"stack": declaration.stack_name, "planned": self._task.check_mode, **found}
        if args["path"]:
            _write(args["path"], {**report, "network": args["network"]})
        return {**result, "changed": False, **report, **told(report)}


def _write(path: str, report: dict[str, t.Any]) -> None:
    try:
        replace_private_file(path, json.dumps(report, indent=2) + "\n")
    except OSError as error:
        raise AnsibleActionFail(f"The findings were not written to {path}: {error.strerror}. Give verify_json another place.") from error
