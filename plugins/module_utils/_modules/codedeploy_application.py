# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module codedeploy_application: keep a CodeDeploy application as described."""

from __future__ import annotations

from .._aws import Aws
from .._codedeploy.application import Application
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one

OPTIONS = one(compute_platform=dict(choices=["Server"]))


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, Application(aws, items(module)[0]), "application")
