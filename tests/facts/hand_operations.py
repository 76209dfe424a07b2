# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TIO by hand: delivery, log groups, alarms, and the operators' policy."""

from __future__ import annotations

from typing import Any

import boto3
from hand_data import DATABASE, DEPLOYING, account, policy
from hand_network import REGION
from hand_services import SERVICES, Doors, resource


def make_delivery() -> None:
    deploy = boto3.client("codedeploy", region_name=REGION)
    deploy.create_application(applicationName="TIO", computePlatform="Server")
    for name in SERVICES:
        deploy.create_deployment_group(
            applicationName="TIO",
            deploymentGroupName=f"TIO-{name}",
            serviceRoleArn=f"arn:aws:iam::{account()}:role/{DEPLOYING}",
            autoScalingGroups=[f"TIO-{name}-ASG"],
            deploymentConfigName="CodeDeployDefault.OneAtATime",
        )


def make_log_groups(key: str) -> None:
    """One for each service. Node's keeps what it gets for ever, as what is made by hand does."""
    logs = boto3.client("logs", region_name=REGION)
    for name in SERVICES:
        group = f"/my-shop/ec2/{name.lower()}-application"
        logs.create_log_group(logGroupName=group, kmsKeyId=key)
        if name != "Node":
            logs.put_retention_policy(logGroupName=group, retentionInDays=30)


def make_alarms(doors: Doors) -> None:
    for name, service in SERVICES.items():
        balancer = {"LoadBalancer": resource(doors.balancers[service.door], "loadbalancer/")}
        behind = balancer | {"TargetGroup": resource(doors.targets[name], ":")}
        fleet = {"AutoScalingGroupName": f"TIO-{name}-ASG"}
        alarm(f"TIO-{name}-unhealthy", "AWS/ApplicationELB", "UnHealthyHostCount", behind, 1, statistic="Maximum")
        alarm(f"TIO-{name}-5xx", "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", behind, 10, statistic="Sum")
        alarm(f"TIO-{name}-memory", "CWAgent", "mem_used_percent", fleet, 90)
        alarm(f"TIO-{name}-disk", "CWAgent", "disk_used_percent", fleet, 85)
    for door, arn in doors.balancers.items():
        alarm(f"{door}-5xx", "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", {"LoadBalancer": resource(arn, "loadbalancer/")}, 10, statistic="Sum")
    database = {"DBInstanceIdentifier": DATABASE}
    alarm("TIO-db-cpu", "AWS/RDS", "CPUUtilization", database, 80)
    alarm("TIO-db-storage", "AWS/RDS", "FreeStorageSpace", database, 2 * 1024**3, below=True)


def alarm(name: str, space: str, metric: str, dimensions: dict[str, Any], threshold: float, statistic: str = "Average", below: bool = False) -> None:
    """An alarm over five minutes' figures, which tells nobody: nobody made a topic."""
    boto3.client("cloudwatch", region_name=REGION).put_metric_alarm(
        AlarmName=name,
        Namespace=space,
        MetricName=metric,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        Statistic=statistic,
        Period=300,
        EvaluationPeriods=1,
        Threshold=threshold,
        ComparisonOperator="LessThanThreshold" if below else "GreaterThanOrEqualToThreshold",
    )


def make_operators() -> None:
    """Sessions on TIO's instances, told by the tag that the document gives them."""
    instances, tags = f"arn:aws:ec2:{REGION}:{account()}:instance/*", {"ssm:resourceTag/Service": "tio-*"}
    start = {"Effect": "Allow", "Action": "ssm:StartSession", "Resource": instances, "Condition": {"StringLike": tags}}
    document = {"Effect": "Allow", "Action": "ssm:StartSession", "Resource": f"arn:aws:ssm:{REGION}:{account()}:document/SSM-SessionManagerRunShell"}
    own = {"Effect": "Allow", "Action": ["ssm:TerminateSession", "ssm:ResumeSession"], "Resource": "arn:aws:ssm:*:*:session/${aws:username}-*"}
    boto3.client("iam", region_name=REGION).create_policy(PolicyName="TIO-Sessions", PolicyDocument=policy(start, document, own))
