# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module iam_policy: keep a managed IAM policy of the account as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._iam.policy import Policy

OPTIONS = one(
    path=dict(),
    document=dict(type="dict", required=True),
    description=dict(),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, Policy(aws, items(module)[0]), "policy")
