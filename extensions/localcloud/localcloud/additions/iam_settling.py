# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM is consistent only eventually: what was just made is not known to other services at once, nor always to IAM itself."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from moto.iam.models import IAMBackend

from ..call import Call
from ..clock import CLOCK
from ..dials import DIALS
from ..faults import NotFoundAfterCreate
from ..replies import Reply
from . import ANY, after, before, patch
from .iam import backend_of

_PAGE = "IAM user guide, troubleshoot: eventual consistency"
#: moto's tables, and the operation that makes what is in each.
_TABLES = {
    "roles": "CreateRole",
    "managed_policies": "CreatePolicy",
    "instance_profiles": "CreateInstanceProfile",
    "open_id_providers": "CreateOpenIDConnectProvider",
}
_asking = threading.local()


class Propagating(dict[str, Any]):
    """A table of IAM, as the call that is being answered sees it."""

    def __init__(self, table: dict[str, Any], made_by: str) -> None:
        super().__init__(table)
        self.made_by = made_by
        self.since: dict[str, float] = {}

    def __setitem__(self, key: str, thing: Any) -> None:
        self.since[key] = CLOCK.monotonic()
        super().__setitem__(key, thing)

    def _seen(self, key: Any) -> bool:
        return CLOCK.monotonic() - self.since.get(key, 0.0) >= getattr(_asking, "lag", {}).get(self.made_by, 0.0)

    def __contains__(self, key: Any) -> bool:
        return super().__contains__(key) and self._seen(key)

    def __iter__(self) -> Iterator[str]:
        return iter([key for key in super().__iter__() if self._seen(key)])

    def keys(self) -> Any:
        return list(self)

    def values(self) -> Any:
        return [super(Propagating, self).__getitem__(key) for key in self]

    def items(self) -> Any:
        return [(key, super(Propagating, self).__getitem__(key)) for key in self]

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key, default) if self._seen(key) else default


@before(ANY, ANY, adds="what IAM just made is not seen: by other services while it settles, by IAM under `not_found_after_create`", source=_PAGE)
def who_asks(call: Call) -> None:
    if call.service != "iam":
        _asking.lag = dict.fromkeys(_TABLES.values(), DIALS.settle)
        return
    hiding = [fault for fault in DIALS.armed if isinstance(fault, NotFoundAfterCreate)]
    _asking.lag = {one: max((f.seconds for f in hiding if f.operation in (None, one)), default=0.0) for one in _TABLES.values()}
    _asking.lag.pop(call.operation, None)  # two of one name are refused at once


@after("iam", "AddRoleToInstanceProfile", "UpdateAssumeRolePolicy", adds="`settle`: counts from the last change", source=_PAGE)
def changed(call: Call, reply: Reply) -> None:
    backend = backend_of(call)
    if call.operation == "AddRoleToInstanceProfile":
        backend.instance_profiles.since[call.params["InstanceProfileName"]] = CLOCK.monotonic()
    else:
        backend.roles.since[backend.get_role(call.params["RoleName"]).id] = CLOCK.monotonic()


@patch("iam", *_TABLES.values(), adds="`settle`: other services know a role or a profile only after that many seconds", source=_PAGE)
def iam_settles() -> None:
    first_init = IAMBackend.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        first_init(self, *args, **kwargs)
        for name, made_by in _TABLES.items():
            setattr(self, name, Propagating(getattr(self, name), made_by))

    IAMBackend.__init__ = init
