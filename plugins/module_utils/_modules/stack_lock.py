# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module stack_lock: hold the lock of a stack."""

from __future__ import annotations

from .._aws import Aws
from .._core.spec import frame_module
from .._stack.lock_table import keep_lock

OPTIONS = dict(
    state=dict(choices=["held", "released", "absent"], default="held"),
    component=dict(),
    owner=dict(required=True),
    token=dict(type="int", no_log=False),
    ttl=dict(type="int", default=300),
    patience=dict(type="int", default=0),
    table=dict(),
    seals=dict(type="dict", default={}),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    keep_lock(Aws(module))
