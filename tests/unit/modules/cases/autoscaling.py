# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2 Auto Scaling: fleets."""

from __future__ import annotations

import typing as t

from .case import Case
from .case import Ids
from .case import TAGS
from .ec2 import a_network

NAME = "shop-web"


def a_template(aws: t.Any, name: str, *, versions: int = 1, **data: t.Any) -> str:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "from", "Value": "template"}]}]
    spec = {"ImageId": "ami-12345678", "InstanceType": "t3.small", "TagSpecifications": tags, **data}
    made = aws.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=spec)["LaunchTemplate"]["LaunchTemplateId"]
    for number in range(1, versions):
        aws.ec2.create_launch_template_version(LaunchTemplateId=made, LaunchTemplateData={**spec, "KeyName": f"key-{number}"})
    return made


def a_fleets_needs(aws: t.Any) -> Ids:
    """A network, two launch templates, the first of two versions, and two target groups that no load balancer uses."""
    ids = a_network(aws)
    ids |= {"template": a_template(aws, "shop", versions=2), "template2": a_template(aws, "other")}
    for name in ("targets", "targets2"):
        made = aws.elbv2.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=ids["vpc"])
        ids[name] = made["TargetGroups"][0]["TargetGroupArn"]
    return ids


def fleet(ids: Ids, **more: t.Any) -> dict[str, t.Any]:
    return {
        "name": NAME,
        "launch_template_id": ids["template"],
        "launch_template_version": 1,
        "subnet_ids": [ids["two"], ids["one"]],
        "min_size": 1,
        "max_size": 4,
        "desired_capacity": 2,
        "target_group_ids": [ids["targets"]],
        "health_check_grace_period": 180,
        "default_instance_warmup": 120,
        "termination_policies": ["OldestLaunchTemplate", "Default"],
        "capacity_rebalance": False,
        "metrics": True,
        "new_instances_protected_from_scale_in": False,
        "max_instance_lifetime": 604800,
        "instance_tags": {"Name": "web-server", "service": "web"},
        "instance_maintenance_policy": {"min_healthy_percentage": 90, "max_healthy_percentage": 120},
        **more,
    }


def another_fleet(ids: Ids) -> dict[str, t.Any]:
    """The same one, changed in every key that can be."""
    return fleet(
        ids,
        subnet_ids=[ids["one"]],
        min_size=3,
        max_size=5,
        desired_capacity=3,
        target_group_ids=[ids["targets2"]],
        health_check="elb",
        health_check_grace_period=60,
        default_instance_warmup=30,
        termination_policies=["Default"],
        capacity_rebalance=True,
        metrics=False,
        new_instances_protected_from_scale_in=True,
        max_instance_lifetime=0,
        instance_tags={"service": "shop"},
        instance_maintenance_policy={"min_healthy_percentage": 50, "max_healthy_percentage": 100},
        tags=TAGS,
    )


def updated(**params: t.Any) -> t.Callable[[t.Any, str, Ids], t.Any]:
    return lambda aws, name, ids: aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, **params)


def retagged(key: str, value: str, launch: bool) -> t.Callable[[t.Any, str, Ids], t.Any]:
    def change(aws: t.Any, name: str, ids: Ids) -> None:
        where = {"ResourceId": name, "ResourceType": "auto-scaling-group"}
        tags = [{**where, "Key": key, "Value": value, "PropagateAtLaunch": launch}]
        aws.autoscaling.create_or_update_tags(Tags=[*tags, {**where, "Key": "foreign", "Value": "kept", "PropagateAtLaunch": False}])

    return change


def other_targets(aws: t.Any, name: str, ids: Ids) -> None:
    aws.autoscaling.attach_load_balancer_target_groups(AutoScalingGroupName=name, TargetGroupARNs=[ids["targets2"]])


def one_metric_less(aws: t.Any, name: str, ids: Ids) -> None:
    aws.autoscaling.disable_metrics_collection(AutoScalingGroupName=name, Metrics=["GroupInServiceInstances"])


CASES = [
    Case(
        "autoscaling_group",
        a_fleets_needs,
        fleet,
        another_fleet,
        ("CreateAutoScalingGroup", "EnableMetricsCollection"),
        {
            "launch_template_id": lambda aws, name, ids: updated(LaunchTemplate={"LaunchTemplateId": ids["template2"], "Version": "1"})(aws, name, ids),
            "subnet_ids": lambda aws, name, ids: updated(VPCZoneIdentifier=ids["one"])(aws, name, ids),
            "min_size": updated(MinSize=0),
            "max_size": updated(MaxSize=9),
            "target_group_ids": other_targets,
            "health_check_grace_period": updated(HealthCheckGracePeriod=1),
            "default_instance_warmup": updated(DefaultInstanceWarmup=-1),
            "termination_policies": updated(TerminationPolicies=["Default", "OldestLaunchTemplate"]),
            "capacity_rebalance": updated(CapacityRebalance=True),
            "metrics": one_metric_less,
            "new_instances_protected_from_scale_in": updated(NewInstancesProtectedFromScaleIn=True),
            "max_instance_lifetime": updated(MaxInstanceLifetime=0),
            "instance_tags": retagged("Name", "web-server", False),
            "instance_maintenance_policy": updated(InstanceMaintenancePolicy={"MinHealthyPercentage": -1, "MaxHealthyPercentage": -1}),
            "tags": retagged("groundwork:key", "forged", True),
        },
        {
            "launch_template_version": "a fleet that runs is moved by a refresh, which can roll back",
            "desired_capacity": "it belongs to the scaling policies once the group stands",
            "health_check": "with auto what stands stays; test_autoscaling_group.py turns it",
        },
    ),
]
