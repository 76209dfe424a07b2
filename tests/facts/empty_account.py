# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Name all that stands in a region beside what AWS gives a new account; exit status 1 where there is anything.

    python tests/facts/empty_account.py      # as a client: endpoint, region and keys are in the environment

An independent reader: boto3 alone, whoever made a thing and however it is tagged. Tombstones are named and do not count: what AWS
lists for a while after a deletion, what it lets be restored, service-linked roles, revisions of task definitions that are out of use,
and the snapshots that outlive a database.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import boto3
import jmespath

Raw = dict[str, Any]
Holds = Callable[[Raw], bool]

#: Roles that AWS makes for its own services, once in an account's life.
LINKED = "/aws-service-role/"


def never(_one: Raw) -> bool:
    return False


def always(_one: Raw) -> bool:
    return True


class Kind(NamedTuple):
    """An operation, where in its answer the things and their names are (JMESPath), what of them AWS gives by itself, and what is a tombstone."""

    service: str
    operation: str
    things: str
    name: str
    given: Holds = never
    tombstone: Holds = never
    asked: Raw = {}


def is_deleted(one: Raw) -> bool:
    return one["State"] == "deleted"


KINDS = (
    Kind("ec2", "describe_vpcs", "Vpcs", "VpcId", lambda one: one["IsDefault"]),
    Kind("ec2", "describe_subnets", "Subnets", "SubnetId", lambda one: one["DefaultForAz"]),
    Kind("ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    Kind("ec2", "describe_addresses", "Addresses", "AllocationId"),
    Kind("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId", tombstone=is_deleted),
    Kind("ec2", "describe_route_tables", "RouteTables", "RouteTableId", lambda one: any(link["Main"] for link in one["Associations"])),
    Kind("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", tombstone=is_deleted),
    Kind("ec2", "describe_security_groups", "SecurityGroups", "GroupId", lambda one: one["GroupName"] == "default"),
    Kind("ec2", "describe_network_acls", "NetworkAcls", "NetworkAclId", lambda one: one["IsDefault"]),
    Kind("ec2", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
    Kind("ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    Kind("ec2", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateName"),
    Kind("ec2", "describe_instances", "Reservations[].Instances[]", "InstanceId", tombstone=lambda one: one["State"]["Name"] == "terminated"),
    Kind("ec2", "describe_volumes", "Volumes", "VolumeId"),
    Kind("ec2", "describe_key_pairs", "KeyPairs", "KeyName"),
    Kind("ec2", "describe_images", "Images", "ImageId", asked={"Owners": ["self"]}),
    Kind("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
    Kind("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"),
    Kind("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", "AutoScalingGroupName"),
    Kind("autoscaling", "describe_launch_configurations", "LaunchConfigurations", "LaunchConfigurationName"),
    Kind("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    Kind("rds", "describe_db_clusters", "DBClusters", "DBClusterIdentifier"),
    Kind("rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName", lambda one: one["DBSubnetGroupName"] == "default"),
    Kind("rds", "describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName", lambda one: one["DBParameterGroupName"].startswith("default.")),
    Kind("rds", "describe_db_snapshots", "DBSnapshots", "DBSnapshotIdentifier", tombstone=always),
    Kind("rds", "describe_db_instance_automated_backups", "DBInstanceAutomatedBackups", "DBInstanceIdentifier", tombstone=always),
    Kind("ecs", "list_clusters", "clusterArns[].{Arn: @}", "Arn"),
    Kind("ecs", "list_task_definitions", "taskDefinitionArns[].{Arn: @}", "Arn", asked={"status": "ACTIVE"}),
    Kind("ecs", "list_task_definitions", "taskDefinitionArns[].{Arn: @}", "Arn", tombstone=always, asked={"status": "INACTIVE"}),
    Kind("ecr", "describe_repositories", "repositories", "repositoryName"),
    Kind("s3", "list_buckets", "Buckets", "Name"),
    Kind("dynamodb", "list_tables", "TableNames[].{Name: @}", "Name"),
    Kind("secretsmanager", "list_secrets", "SecretList", "Name", tombstone=lambda one: "DeletedDate" in one, asked={"IncludePlannedDeletion": True}),
    Kind("iam", "list_roles", "Roles", "RoleName", tombstone=lambda one: one["Path"].startswith(LINKED)),
    Kind("iam", "list_instance_profiles", "InstanceProfiles", "InstanceProfileName"),
    Kind("iam", "list_policies", "Policies", "PolicyName", asked={"Scope": "Local"}),
    Kind("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList", "Arn"),
    Kind("acm", "list_certificates", "CertificateSummaryList", "DomainName"),
    Kind("route53", "list_hosted_zones", "HostedZones", "Name"),
    Kind("codedeploy", "list_applications", "applications[].{Name: @}", "Name"),
    Kind("logs", "describe_log_groups", "logGroups", "logGroupName"),
    Kind("cloudwatch", "describe_alarms", "[MetricAlarms, CompositeAlarms][]", "AlarmName", asked={"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}),
    Kind("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    Kind("sns", "list_topics", "Topics", "TopicArn"),
    Kind("ssm", "describe_parameters", "Parameters", "Name", lambda one: one["Name"].startswith("/aws/")),
    Kind("ssm", "list_documents", "DocumentIdentifiers", "Name", asked={"Filters": [{"Key": "Owner", "Values": ["Self"]}]}),
)  # fmt: skip


def pages(kind: Kind) -> Iterator[Raw]:
    client = boto3.client(kind.service)
    if client.can_paginate(kind.operation):
        yield from client.get_paginator(kind.operation).paginate(**kind.asked)
    else:
        yield getattr(client, kind.operation)(**kind.asked)


def standing() -> Iterator[tuple[str, str, bool]]:
    """Each thing as (kind, name, whether it is a tombstone)."""
    for kind in KINDS:
        what = f"{kind.service} {kind.operation.partition('_')[2].replace('_', ' ')}"
        found = (one for page in pages(kind) for one in jmespath.search(kind.things, page) or [])
        yield from ((what, one[kind.name], kind.tombstone(one)) for one in found if not kind.given(one))
    yield from keys()


def keys() -> Iterator[tuple[str, str, bool]]:
    """KMS lists ids alone, and AWS's own keys among them. The aliases of a key stay until it goes."""
    kms = boto3.client("kms")
    for page in kms.get_paginator("list_keys").paginate():
        for one in page["Keys"]:
            key = kms.describe_key(KeyId=one["KeyId"])["KeyMetadata"]
            if key["KeyManager"] == "CUSTOMER":
                aliases = kms.get_paginator("list_aliases").paginate(KeyId=key["KeyId"]).search("Aliases[].AliasName")
                yield "kms keys", ", ".join([key["KeyId"], *aliases]), key["KeyState"] == "PendingDeletion"


def main() -> int:
    found = list(standing())
    for kind, name, is_tombstone in found:
        print(f"{'a tombstone' if is_tombstone else 'stands'}: {kind} {name}")
    left = sum(not is_tombstone for _kind, _name, is_tombstone in found)
    print(f"{left} things stand" if left else "The account is empty")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
