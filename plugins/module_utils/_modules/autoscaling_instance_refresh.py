# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module autoscaling_instance_refresh: keep every instance of a fleet at one version of its launch template."""

from __future__ import annotations

from .._autoscaling.refresh import InstanceRefresh
from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one

OPTIONS = one(
    state=dict(choices=["present"], default="present"),
    launch_template_version=dict(required=True),
    min_healthy_percentage=dict(type="int"),
    max_healthy_percentage=dict(type="int"),
    instance_warmup=dict(type="int"),
    skip_matching=dict(type="bool", default=True),
    auto_rollback=dict(type="bool", default=True),
    checkpoint_percentages=dict(type="list", elements="int"),
    checkpoint_delay=dict(type="int"),
    scale_in_protected_instances=dict(choices=["refresh", "wait"], default="wait"),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, InstanceRefresh(aws, items(module)[0]), "instance_refresh")
