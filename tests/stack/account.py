# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All that stands in an account, what nobody tagged included. An independent reader: it knows nothing of the collection but its names of types."""

from __future__ import annotations

import typing as t
from collections import Counter
from collections.abc import Iterator

import boto3

REGION = "ap-northeast-2"
Raw = dict[str, t.Any]
Thing = tuple[str, str]

#: By type: service, operation, field of the answer, and the field of the name; where that is empty, the tag Name is meant.
LISTED = {
    "acm_certificate": ("acm", "list_certificates", "CertificateSummaryList", "DomainName"),
    "autoscaling_group": ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", "AutoScalingGroupName"),
    "autoscaling_policy": ("autoscaling", "describe_policies", "ScalingPolicies", "PolicyName"),
    "cloudwatch_alarm": ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "codedeploy_application": ("codedeploy", "list_applications", "applications", ""),
    "ec2_address": ("ec2", "describe_addresses", "Addresses", ""),
    "ec2_internet_gateway": ("ec2", "describe_internet_gateways", "InternetGateways", ""),
    "ec2_launch_template": ("ec2", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateName"),
    "ec2_nat_gateway": ("ec2", "describe_nat_gateways", "NatGateways", ""),
    "ec2_route_table": ("ec2", "describe_route_tables", "RouteTables", ""),
    "ec2_security_group": ("ec2", "describe_security_groups", "SecurityGroups", "GroupName"),
    "ec2_subnet": ("ec2", "describe_subnets", "Subnets", ""),
    "ec2_vpc": ("ec2", "describe_vpcs", "Vpcs", ""),
    "ec2_vpc_endpoint": ("ec2", "describe_vpc_endpoints", "VpcEndpoints", ""),
    "ecr_repository": ("ecr", "describe_repositories", "repositories", "repositoryName"),
    "elbv2_load_balancer": ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
    "elbv2_target_group": ("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"),
    "iam_instance_profile": ("iam", "list_instance_profiles", "InstanceProfiles", "InstanceProfileName"),
    "logs_log_group": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "rds_instance": ("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    "rds_parameter_group": ("rds", "describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName"),
    "rds_subnet_group": ("rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
    "s3_bucket": ("s3", "list_buckets", "Buckets", "Name"),
    "stack_lock": ("dynamodb", "list_tables", "TableNames", ""),
}


class Account:
    """The account behind an endpoint."""

    def __init__(self, endpoint: str):
        self.endpoint = endpoint
        self._clients: dict[str, t.Any] = {}

    def client(self, service: str) -> t.Any:
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        if service not in self._clients:
            self._clients[service] = boto3.client(service, region_name=REGION, endpoint_url=self.endpoint, **keys)
        return self._clients[service]

    def standing(self) -> Counter[Thing]:
        """How often each (type, name) stands, less what a new account has, and less what is only listed for a while."""
        return Counter((kind, name) for kind, name, gone in self._all() if not gone)

    def tombstones(self) -> Counter[str]:
        """What AWS still lists of what was removed, by type."""
        return Counter(kind for kind, _name, gone in self._all() if gone)

    def hosts(self) -> Counter[str]:
        """How many hosts run, by name."""
        running = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
        found = self.client("ec2").describe_instances(Filters=running)["Reservations"]
        return Counter(_name(host, "") for one in found for host in one["Instances"])

    def _all(self) -> Iterator[tuple[str, str, bool]]:
        for kind, (service, operation, field, name) in LISTED.items():
            for raw in self._list(service, operation, field):
                if isinstance(raw, str):
                    yield kind, raw, False
                elif not _is_the_accounts_own(raw):
                    yield kind, _name(raw, name), raw.get("State") in ("deleting", "deleted")
        for part in (self._doors, self._rights, self._keys, self._secrets, self._deployment_groups, self._containers):
            yield from part()

    def _list(self, service: str, operation: str, field: str, **params: t.Any) -> list[t.Any]:
        client = self.client(service)
        if client.can_paginate(operation):
            return client.get_paginator(operation).paginate(**params).build_full_result().get(field, [])
        return getattr(client, operation)(**params)[field]

    def _doors(self) -> Iterator[tuple[str, str, bool]]:
        elbv2 = self.client("elbv2")
        for balancer in self._list("elbv2", "describe_load_balancers", "LoadBalancers"):
            for listener in elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
                rules = elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
                inside = [("elbv2_listener", listener["ListenerArn"])] + [("elbv2_listener_rule", one["RuleArn"]) for one in rules if not one["IsDefault"]]
                for kind, arn in inside:
                    yield kind, _name(elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"][0], ""), False

    def _rights(self) -> Iterator[tuple[str, str, bool]]:
        for role in self._list("iam", "list_roles", "Roles"):
            of_service = role["Path"].startswith("/aws-service-role/")
            yield ("iam_service_linked_role", role["Path"].split("/")[2], False) if of_service else ("iam_role", role["RoleName"], False)
        for policy in self._list("iam", "list_policies", "Policies", Scope="Local"):
            yield "iam_policy", policy["PolicyName"], False

    def _keys(self) -> Iterator[tuple[str, str, bool]]:
        kms = self.client("kms")
        for key in self._list("kms", "list_keys", "Keys"):
            told = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
            names = [one["AliasName"] for one in kms.list_aliases(KeyId=key["KeyId"])["Aliases"]]
            if not any(one.startswith("alias/aws/") for one in names):
                yield "kms_key", ", ".join(names).removeprefix("alias/"), told["KeyState"] == "PendingDeletion"

    def _secrets(self) -> Iterator[tuple[str, str, bool]]:
        for secret in self._list("secretsmanager", "list_secrets", "SecretList", IncludePlannedDeletion=True):
            yield "secretsmanager_secret", secret["Name"], "DeletedDate" in secret

    def _deployment_groups(self) -> Iterator[tuple[str, str, bool]]:
        for application in self._list("codedeploy", "list_applications", "applications"):
            for group in self._list("codedeploy", "list_deployment_groups", "deploymentGroups", applicationName=application):
                yield "codedeploy_deployment_group", group, False

    def _containers(self) -> Iterator[tuple[str, str, bool]]:
        for family in self._list("ecs", "list_task_definition_families", "families", status="ACTIVE"):
            yield "ecs_task_definition", family, False
        for cluster in self._list("ecs", "list_clusters", "clusterArns"):
            yield "ecs_cluster", cluster.rpartition("/")[2], False
            for service in self._list("ecs", "list_services", "serviceArns", cluster=cluster):
                yield "ecs_service", service.rpartition("/")[2], False


def _name(raw: Raw, field: str) -> str:
    return raw[field] if field else next((tag["Value"] for tag in raw.get("Tags", []) if tag["Key"] == "Name"), "")


def _is_the_accounts_own(raw: Raw) -> bool:
    """Whether nobody made it: a default VPC's parts, each VPC's main table and group, and the alarms that AWS makes for a policy."""
    default = raw.get("IsDefault") or raw.get("DefaultForAz") or any(one.get("Main") for one in raw.get("Associations", []))
    names = [raw.get(field, "") for field in ("GroupName", "DBParameterGroupName", "AlarmName")]
    return bool(default or any(one == "default" or one.startswith(("default.", "TargetTracking-")) for one in names))
