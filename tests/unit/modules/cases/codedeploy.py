# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CodeDeploy: applications and deployment groups. Deployments, which are no resource of a stack's, have a test file of their own."""

from __future__ import annotations

import json
import typing as t

from .case import Case
from .case import Ids
from .case import nothing
from .case import TAGS
from .ec2 import a_network

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "codedeploy.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
PLATFORM = {"name": "shop", "compute_platform": "Server"}


def roles_and_fleets(aws: t.Any) -> Ids:
    """Two roles that CodeDeploy may assume, and two autoscaling groups without instances."""
    ids = a_network(aws)
    for name in ("deploy", "deploy2"):
        ids[name] = aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    image = aws.ec2.register_image(Name="web", RootDeviceName="/dev/xvda", Architecture="x86_64")["ImageId"]
    spec = {"ImageId": image, "InstanceType": "t3.micro"}
    aws.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=spec)
    for name in ("blue", "green"):
        template = {"LaunchTemplateName": "web", "Version": "$Latest"}
        aws.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name, MinSize=0, MaxSize=2, LaunchTemplate=template, VPCZoneIdentifier=f"{ids['one']},{ids['two']}"
        )
    return ids


def an_application_too(aws: t.Any) -> Ids:
    aws.codedeploy.create_application(applicationName="shop", computePlatform="Server")
    return roles_and_fleets(aws)


def group(ids: Ids, **more: t.Any) -> dict[str, t.Any]:
    one = {
        "key": "web",
        "name": "shop-web",
        "service_role_arn": ids["deploy"],
        "deployment_config": "CodeDeployDefault.OneAtATime",
        "autoscaling_groups": ["blue"],
        "target_groups": ["web", "api"],
        "traffic_control": True,
        "auto_rollback": ["DEPLOYMENT_FAILURE"],
        "alarms": ["down"],
        "alarms_enabled": True,
        "termination_hook": False,
    }
    return {"application": "shop", "deployment_groups": [one | more]}


def changed(ids: Ids) -> dict[str, t.Any]:
    more = {"autoscaling_groups": ["green"], "target_groups": [], "auto_rollback": [], "alarms": ["down", "slow"], "termination_hook": True}
    return group(ids, **more, service_role_arn=ids["deploy2"], deployment_config="CodeDeployDefault.AllAtOnce", traffic_control=None) | {"tags": TAGS}


def update(**params: t.Any) -> t.Callable[[t.Any, str, Ids], t.Any]:
    return lambda aws, id, ids: aws.codedeploy.update_deployment_group(applicationName="shop", currentDeploymentGroupName="shop-web", **params)


def tagged(aws: t.Any, id: str, ids: Ids) -> None:
    tags = [{"Key": "Name", "Value": "renamed"}, {"Key": "foreign", "Value": "kept"}]
    aws.codedeploy.tag_resource(ResourceArn=id, Tags=tags)


CASES = [
    Case(
        "codedeploy_application",
        nothing,
        lambda ids: PLATFORM,
        lambda ids: {**PLATFORM, "tags": TAGS},
        ("CreateApplication",),
        {"tags": tagged},
        {"compute_platform": "AWS cannot change it"},
    ),
    Case(
        "codedeploy_deployment_group",
        an_application_too,
        group,
        changed,
        ("CreateDeploymentGroup",),
        {
            "service_role_arn": lambda aws, id, ids: update(serviceRoleArn=ids["deploy2"])(aws, id, ids),
            "deployment_config": update(deploymentConfigName="CodeDeployDefault.HalfAtATime"),
            "autoscaling_groups": update(autoScalingGroups=[]),
            "target_groups": update(loadBalancerInfo={"targetGroupInfoList": [{"name": "other"}]}),
            "traffic_control": update(deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"}),
            "auto_rollback": update(autoRollbackConfiguration={"enabled": False}),
            "alarms": update(alarmConfiguration={"enabled": True, "alarms": [{"name": "other"}]}),
            "alarms_enabled": update(alarmConfiguration={"enabled": False, "alarms": [{"name": "down"}]}),
            "termination_hook": update(terminationHookEnabled=True),
            "tags": tagged,
        },
        {},
    ),
]
