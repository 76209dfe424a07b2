# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module secretsmanager_secret: keep a secret as described, and never see its password."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._secretsmanager.secret import Secret
from .._secretsmanager.versions import GENERATE

OPTIONS = one(
    description=dict(),
    kms_key_id=dict(no_log=False),
    generate=dict(type="dict", options=GENERATE),
    fields=dict(type="dict"),
    resource_policy=dict(type="dict"),
    removal=dict(choices=["recover", "force"], default="recover"),
    recovery_window_days=dict(type="int", default=30),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, Secret(aws, items(module)[0]), "secret")
