# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A module that ``dispatch`` carries out (plugins/action/dispatch.py), and that shows nothing of it."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import _load_params
from ansible.module_utils.basic import AnsibleModule


class Dispatched(AnsibleModule):
    """A module as if it had been sent itself, though ``dispatch`` carries it out: ``params["dispatched"]`` is what that was told beside."""

    def __init__(self, *args: t.Any, **options: t.Any):
        self.dispatched: dict[str, str] = {}
        super().__init__(*args, **options)
        if self.dispatched:
            self.params["dispatched"] = self.dispatched

    def _load_params(self) -> None:
        super()._load_params()
        self.dispatched = self.params.pop("dispatched", None) or {}
        if self.dispatched:
            self.params["_ansible_module_name"] = f"groundwork.aws.{self.dispatched['module']}"


def dispatched() -> str:
    """The name of the module that is meant, out of the arguments, before it is known what options there are.

    ``_load_params`` is there "for very dynamic custom modules", by its own documentation.
    """
    return _load_params()["dispatched"]["module"]
