# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module codedeploy_deployment: see that a deployment group runs a revision."""

from __future__ import annotations

from .._aws import Aws
from .._codedeploy.deployment import Deployment
from .._core.run import run_one
from .._core.spec import frame_module

REVISION = dict(
    bucket=dict(required=True),
    key=dict(required=True, no_log=False),
    bundle_type=dict(choices=["zip", "tar", "tgz"]),
    version=dict(),
    etag=dict(),
)
OPTIONS = dict(
    state=dict(choices=["present"], default="present"),
    application=dict(required=True),
    deployment_group=dict(required=True),
    revision=dict(type="dict", required=True, options=REVISION),
    description=dict(),
    force=dict(type="bool", default=False),
    queue=dict(type="bool", default=False),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, Deployment(aws, module.params), "deployment")
