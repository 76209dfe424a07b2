# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A module that ``dispatch`` carries out (plugins/action/dispatch.py), and that shows nothing of it."""

from __future__ import annotations

import gc
import importlib
import typing as t

from ansible.module_utils.basic import _load_params
from ansible.module_utils.basic import AnsibleModule

#: Objects after which a module looks for garbage. At Python's own 700 it walks time and again through the SDK's models of services.
GARBAGE = 50_000


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


#: What dispatch is told by its action; the options of the module that is meant stand beside it.
OPTIONS = dict(dispatched=dict(type="dict", required=True, options=dict(module=dict(), host=dict(), answers=dict(type="path"))))


def carry_out(package: str) -> None:
    """Run ``main()`` of the module that is meant, in this package.

    Its name is read from the arguments before it is known what options there are: ``_load_params`` is there "for very dynamic custom
    modules", by its own documentation.
    """
    name = ((_load_params() or {}).get("dispatched") or {}).get("module")
    if not name:
        AnsibleModule(argument_spec=OPTIONS).fail_json(msg="dispatch carries out other modules; name the one that is meant")
    gc.set_threshold(GARBAGE)
    importlib.import_module(f"{package}.{name}").main()
