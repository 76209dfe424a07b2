# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module elbv2_target: take a host out of a target group while it is changed, and back in."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._elbv2.target import Target

OPTIONS = one(
    state=dict(choices=["present"], default="present"),
    target_group_id=dict(required=True),
    in_service=dict(type="bool", required=True),
    keep_last=dict(type="bool", default=True),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, Target(aws, items(module)[0]), "target")
