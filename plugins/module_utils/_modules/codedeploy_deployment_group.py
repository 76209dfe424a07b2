# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module codedeploy_deployment_group: keep the deployment groups of a component as described."""

from __future__ import annotations

from .._aws import Aws
from .._codedeploy.deployment_group import DeploymentGroup
from .._core.run import run
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import many

OPTIONS = dict(
    application=dict(required=True),
    deployment_groups=many(
        service_role_arn=dict(required=True),
        deployment_config=dict(),
        autoscaling_groups=dict(type="list", elements="str"),
        target_groups=dict(type="list", elements="str"),
        traffic_control=dict(type="bool"),
        auto_rollback=dict(type="list", elements="str", choices=["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]),
        alarms=dict(type="list", elements="str"),
        alarms_enabled=dict(type="bool"),
        termination_hook=dict(type="bool"),
    ),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run(aws, [DeploymentGroup(aws, item) for item in items(module, "deployment_groups")], "deployment_groups")
