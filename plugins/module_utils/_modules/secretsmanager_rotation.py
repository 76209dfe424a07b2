# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module secretsmanager_rotation: have a database password that is newer than a moment."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._secretsmanager.rotation import Rotation
from .._secretsmanager.versions import GENERATE

OPTIONS = dict(
    state=dict(choices=["present"], default="present"),
    secret_id=dict(required=True, no_log=False),
    db_instance=dict(required=True),
    newer_than=dict(),
    max_age_days=dict(type="int", default=30),
    generate=dict(type="dict", options=GENERATE, apply_defaults=True),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, Rotation(aws, module.params), "rotation")
