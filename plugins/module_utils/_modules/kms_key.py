# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module kms_key: keep a KMS key as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._kms.key import Key

OPTIONS = one(
    description=dict(),
    enabled=dict(type="bool", default=True),
    policy=dict(type="dict"),
    users=dict(type="list", elements="str"),
    via_services=dict(type="list", elements="str"),
    enable_rotation=dict(type="bool", default=True),
    rotation_period_days=dict(type="int"),
    deletion_window_days=dict(type="int", default=30),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, Key(aws, items(module)[0]), "kms_key")
