# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module deployment_info: read which colour of a container service is live, and draw up what a deployment has left to do."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import answer
from .._core.spec import reading_module
from .._deploy.info import deployment

COLOUR = dict(type="dict", required=True, options=dict(service=dict(required=True), target_group=dict(required=True)))
OPTIONS = dict(
    cluster=dict(required=True),
    repository=dict(required=True),
    blue=COLOUR,
    green=COLOUR,
    purpose=dict(choices=["deploy", "rollback"], default="deploy"),
    image=dict(default=""),
    revision=dict(default=""),
    desired=dict(type="int", default=1),
    strategy=dict(default="canary"),
    share=dict(type="int", default=10),
    step=dict(type="int", default=10),
    bake_minutes=dict(type="float", default=5.0),
    interval_minutes=dict(type="float", default=1.0),
    watch_minutes=dict(type="float", default=0.0),
)


def main() -> None:
    module = reading_module(**OPTIONS)
    aws = Aws(module)
    answer(module, lambda: {"deployment": deployment(aws, module.params)}, asking=aws)
