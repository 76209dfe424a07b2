# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Say what stands in the account that the environment names, and how to look around in it with any AWS client.

    python tools/what_stands.py      # as a client: AWS_ENDPOINT_URL, AWS_REGION and keys are set

An independent reader: it asks each service what is tagged as a stack's own, and knows nothing of the collection's plans.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import boto3
import jmespath
from botocore.exceptions import ClientError

CLIENT_SETTINGS = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
STACK = "groundwork:stack"


class Kind(NamedTuple):
    """What is listed, each as its name and the word that its tags are asked by; the operation that tells them, its parameter, and where they are."""

    service: str
    lists: str
    pairs: str
    tells: str
    parameter: str
    tags: str = "Tags"


KINDS = {
    "load-balancer": Kind("elbv2", "describe_load_balancers", "LoadBalancers[].[LoadBalancerName, LoadBalancerArn]",
                          "describe_tags", "ResourceArns", "TagDescriptions[0].Tags"),
    "target-group": Kind("elbv2", "describe_target_groups", "TargetGroups[].[TargetGroupName, TargetGroupArn]",
                         "describe_tags", "ResourceArns", "TagDescriptions[0].Tags"),
    "database": Kind("rds", "describe_db_instances", "DBInstances[].[DBInstanceIdentifier, DBInstanceArn]",
                     "list_tags_for_resource", "ResourceName", "TagList"),
    "db-snapshot": Kind("rds", "describe_db_snapshots", "DBSnapshots[].[DBSnapshotIdentifier, DBSnapshotArn]",
                        "list_tags_for_resource", "ResourceName", "TagList"),
    "db-subnet-group": Kind("rds", "describe_db_subnet_groups", "DBSubnetGroups[].[DBSubnetGroupName, DBSubnetGroupArn]",
                            "list_tags_for_resource", "ResourceName", "TagList"),
    "db-parameter-group": Kind("rds", "describe_db_parameter_groups", "DBParameterGroups[].[DBParameterGroupName, DBParameterGroupArn]",
                               "list_tags_for_resource", "ResourceName", "TagList"),
    "bucket": Kind("s3", "list_buckets", "Buckets[].[Name, Name]", "get_bucket_tagging", "Bucket", "TagSet"),
    "role": Kind("iam", "list_roles", "Roles[].[RoleName, RoleName]", "list_role_tags", "RoleName"),
    "instance-profile": Kind("iam", "list_instance_profiles", "InstanceProfiles[].[InstanceProfileName, InstanceProfileName]",
                             "get_instance_profile", "InstanceProfileName", "InstanceProfile.Tags"),
    "policy": Kind("iam", "list_policies", "Policies[?!starts_with(Arn, 'arn:aws:iam::aws:')].[PolicyName, Arn]", "list_policy_tags", "PolicyArn"),
    "log-group": Kind("logs", "describe_log_groups", "logGroups[].[logGroupName, logGroupArn]", "list_tags_for_resource", "resourceArn", "tags"),
    "alarm": Kind("cloudwatch", "describe_alarms", "MetricAlarms[].[AlarmName, AlarmArn]", "list_tags_for_resource", "ResourceARN"),
    "secret": Kind("secretsmanager", "list_secrets", "SecretList[].[Name, ARN]", "describe_secret", "SecretId"),
    "key": Kind("kms", "list_keys", "Keys[].[KeyId, KeyId]", "list_resource_tags", "KeyId"),
    "certificate": Kind("acm", "list_certificates", "CertificateSummaryList[].[DomainName, CertificateArn]", "list_tags_for_certificate", "CertificateArn"),
    "codedeploy": Kind("codedeploy", "list_applications", "applications[].[@, @]", "list_tags_for_resource", "ResourceArn"),
}  # fmt: skip


def of_ec2() -> Iterator[tuple[str, str, dict[str, str]]]:
    """EC2 lists tags themselves, and so does Auto Scaling: (type, id, tags)."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for service in ("ec2", "autoscaling"):
        for page in boto3.client(service).get_paginator("describe_tags").paginate():
            for tag in page["Tags"]:
                found[tag["ResourceType"], tag["ResourceId"]][tag["Key"]] = tag["Value"]
    yield from ((*what, tags) for what, tags in found.items())


def of_others() -> Iterator[tuple[str, str, dict[str, str]]]:
    applications = f"arn:aws:codedeploy:{os.environ['AWS_REGION']}:{boto3.client('sts').get_caller_identity()['Account']}:application:"
    for name, kind in KINDS.items():
        client = boto3.client(kind.service)
        for page in client.get_paginator(kind.lists).paginate():
            for identifier, asked in jmespath.search(kind.pairs, page) or []:
                yield name, identifier, tags_of(client, kind, applications + asked if name == "codedeploy" else asked)


def tags_of(client: Any, kind: Kind, asked: str) -> dict[str, str]:
    try:
        answer = getattr(client, kind.tells)(**{kind.parameter: [asked] if kind.parameter == "ResourceArns" else asked})
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchTagSet", "AccessDeniedException"):  # a bucket without tags; a key of AWS's own
            return {}
        raise
    found = jmespath.search(kind.tags, answer) or {}
    return found if isinstance(found, dict) else {tag.get("Key", tag.get("TagKey")): tag.get("Value", tag.get("TagValue")) for tag in found}


def standing() -> list[tuple[str, str, str]]:
    """List what belongs to a stack: (type, id, name), in the services' own words."""
    return sorted((kind, identifier, tags.get("Name", "")) for of in (of_ec2, of_others) for kind, identifier, tags in of() if STACK in tags)


def main() -> None:
    endpoint, region, *_keys = settings = [os.environ[name] for name in CLIENT_SETTINGS]
    if not (resources := standing()):
        sys.exit(f"Nothing of a stack stands in {region} at {endpoint}")
    print(f"\nWhat stands in {region} at {endpoint}:")
    for kind, identifier, name in resources:
        print(f"  {kind:<20} {identifier:<34} {name if name != identifier else ''}".rstrip())
    print("\nLook around with any AWS client:")
    print("  export", *(f"{name}={value}" for name, value in zip(CLIENT_SETTINGS, settings, strict=True)))
    print("  aws ec2 describe-vpcs")
    print(f"""  {sys.executable} -c 'import boto3; print(boto3.client("ec2").describe_vpcs()["Vpcs"])'""")
    print("Stop it: make down")


if __name__ == "__main__":
    main()
