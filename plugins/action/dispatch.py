# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carries out every module of this collection by one, groundwork.aws.dispatch, which holds them all.

Ansible puts together what it sends of a module once for each name, by parsing all that it imports, and a run has thirty of them.
meta/runtime.yml says which modules come here.
"""

from __future__ import annotations

import gc
import os
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

DISPATCH = "groundwork.aws.dispatch"


class ActionModule(ActionBase):
    """As ansible.builtin's own for a module that has none, but for the module's name."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        gc.freeze()  # in a worker, which ends with this task: whatever it got from the controller is no garbage
        gc.set_threshold(100_000)
        if hasattr(self._connection, "warm_up"):
            self._connection.warm_up(self._loader.get_basedir())
        name = self._task.action.rpartition(".")[2]
        if name == DISPATCH.rpartition(".")[2]:
            raise AnsibleActionFail(f"{DISPATCH} is what carries out the other modules; name the one that is meant")
        in_background = bool(self._task.async_val) and not self._connection.has_native_async
        told = {"module": name, "host": task_vars["inventory_hostname"], "answers": os.path.join(C.DEFAULT_LOCAL_TMP, "groundwork-answers")}
        arguments = {**self._task.args, "dispatched": told}
        result |= self._execute_module(module_name=DISPATCH, module_args=arguments, task_vars=task_vars, wrap_async=in_background)
        result.get("invocation", {}).get("module_args", {}).pop("dispatched", None)
        if not in_background:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result
