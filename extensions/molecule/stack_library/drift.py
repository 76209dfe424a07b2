# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Change the library behind its stack's back, as a hurried person at the console would. vars/drift.yml says what a plan makes of it."""

from __future__ import annotations

import boto3

NAME = "library-app"
ecr, ecs, ec2, elbv2, iam, logs = (boto3.client(service) for service in ("ecr", "ecs", "ec2", "elbv2", "iam", "logs"))


def change_the_door() -> None:
    (door,) = elbv2.describe_load_balancers(Names=["library-management-alb"])["LoadBalancers"]
    attributes = [{"Key": "idle_timeout.timeout_seconds", "Value": "4000"}]
    elbv2.modify_load_balancer_attributes(LoadBalancerArn=door["LoadBalancerArn"], Attributes=attributes)
    (group,) = elbv2.describe_target_groups(Names=["library-green-tg"])["TargetGroups"]
    elbv2.modify_target_group(TargetGroupArn=group["TargetGroupArn"], HealthCheckPath="/health")


def change_the_containers() -> None:
    ecs.update_cluster(cluster=NAME, settings=[{"name": "containerInsights", "value": "disabled"}])
    ecs.update_service(cluster=NAME, service="library-green", healthCheckGracePeriodSeconds=600)
    revision = ecs.describe_task_definition(taskDefinition=NAME, include=["TAGS"])
    (container,) = revision["taskDefinition"]["containerDefinitions"]
    kept = ("family", "taskRoleArn", "executionRoleArn", "networkMode", "volumes", "requiresCompatibilities", "cpu", "memory", "runtimePlatform")
    told = {**container, "environment": [{"name": "DB_PASSWORD", "value": "plain"}], "secrets": []}
    ecs.register_task_definition(
        **{field: revision["taskDefinition"][field] for field in kept if field in revision["taskDefinition"]},
        containerDefinitions=[told],
        tags=revision["tags"],
    )


def change_the_images() -> None:
    ecr.put_image_tag_mutability(repositoryName=NAME, imageTagMutability="MUTABLE")
    ecr.put_image_scanning_configuration(repositoryName=NAME, imageScanningConfiguration={"scanOnPush": False})


def change_the_rights() -> None:
    iam.attach_role_policy(RoleName=f"{NAME}-task", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.delete_role_policy(RoleName=f"{NAME}-execution", PolicyName="groundwork")
    logs.delete_retention_policy(logGroupName="/library/app")


def change_the_firewall() -> None:
    (group,) = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["library-ecs-task-sg"]}])["SecurityGroups"]
    rule = {"IpProtocol": "tcp", "FromPort": 8081, "ToPort": 8081, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])


if __name__ == "__main__":
    change_the_door()
    change_the_containers()
    change_the_images()
    change_the_rights()
    change_the_firewall()
