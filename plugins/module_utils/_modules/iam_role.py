# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module iam_role: keep an IAM role as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._iam.role import Role

OPTIONS = one(
    path=dict(),
    description=dict(),
    trust=dict(type="dict", required=True),
    managed_policies=dict(type="list", elements="str"),
    policies=dict(type="dict"),
    boundary=dict(),
    max_session_duration=dict(type="int"),
    instance_profile=dict(type="bool"),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, Role(aws, items(module)[0]), "role")
