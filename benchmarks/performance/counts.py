# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands after a side has made a stack, as AWS itself says: whoever skips work is found here. No side is asked."""

from __future__ import annotations

import typing as t
from collections import Counter

from botocore.exceptions import ClientError
from tests.stack.account import Account

#: What only our side makes, and why: by type.
OURS_ALONE = {"stack_lock": "our lock is a table in the account; Terraform's state and its lock are files of the machine here"}
#: What a stock playbook cannot make, and why: by type.
NOT_STOCK = {
    "codedeploy_application": "no stock module",
    "codedeploy_deployment_group": "no stock module",
    "iam_service_linked_role": "no stock module",
}
EXPLAINED = {"terraform": OURS_ALONE, "stock": OURS_ALONE | NOT_STOCK}


def counted(account: Account) -> dict[str, int]:
    """How many of each type stand, and how many of the settings within them that are calls of their own."""
    found = Counter(kind for (kind, _name), number in account.standing().items() for _one in range(number))
    for part in (_network, _rights, _bucket, _logs, _fleets):
        found.update(part(account))
    return dict(sorted((kind, number) for kind, number in found.items() if number))


def differences(ours: t.Mapping[str, int], other: t.Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """(ours, the other's) of each type that they have not the same number of."""
    return {kind: (ours.get(kind, 0), other.get(kind, 0)) for kind in sorted({*ours, *other}) if ours.get(kind, 0) != other.get(kind, 0)}


def unexplained(side: str, found: t.Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """The differences of a side that no rule above speaks of; one that is spoken of is that it has none where we have some."""
    return {kind: (ours, theirs) for kind, (ours, theirs) in found.items() if kind not in EXPLAINED[side] or theirs or not ours}


def _network(account: Account) -> t.Iterator[str]:
    ec2 = account.client("ec2")
    own = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]}
    for group in ec2.describe_security_groups()["SecurityGroups"]:
        if group["VpcId"] in own and group["GroupName"] != "default":
            for rule in group["IpPermissions"] + group["IpPermissionsEgress"]:
                yield from ["security group rule"] * sum(len(rule.get(field, [])) for field in ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds"))
    for table in ec2.describe_route_tables()["RouteTables"]:
        if table["VpcId"] in own:
            yield from ("route" for route in table["Routes"] if route.get("GatewayId") != "local")
            yield from ("route table association" for one in table["Associations"] if not one.get("Main"))
    running = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    for page in ec2.get_paginator("describe_instances").paginate(Filters=running):
        yield from ("host" for one in page["Reservations"] for _host in one["Instances"])


def _rights(account: Account) -> t.Iterator[str]:
    iam = account.client("iam")
    for role in iam.get_paginator("list_roles").paginate().build_full_result()["Roles"]:
        if not role["Path"].startswith("/aws-service-role/"):
            yield from ("inline policy" for _one in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"])
            yield from ("attached policy" for _one in iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"])
    for profile in iam.list_instance_profiles()["InstanceProfiles"]:
        yield from ("role in an instance profile" for _one in profile["Roles"])


def _bucket(account: Account) -> t.Iterator[str]:
    s3 = account.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        yield from ("bucket lifecycle rule" for _one in _set(s3.get_bucket_lifecycle_configuration, name).get("Rules", []))
        rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        yield from ("bucket encryption by a key" for one in rules if one["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms")
        yield from (["bucket versioning"] if s3.get_bucket_versioning(Bucket=name).get("Status") == "Enabled" else [])
        yield from (["bucket policy"] if _set(s3.get_bucket_policy, name) else [])


def _set(ask: t.Callable[..., dict[str, t.Any]], bucket: str) -> dict[str, t.Any]:
    """A bucket's setting, or nothing where none is set."""
    try:
        return ask(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchLifecycleConfiguration", "NoSuchBucketPolicy"):
            return {}
        raise


def _logs(account: Account) -> t.Iterator[str]:
    for group in account.client("logs").get_paginator("describe_log_groups").paginate().build_full_result()["logGroups"]:
        yield from (f"log group with {field}" for field in ("retentionInDays", "kmsKeyId") if field in group)
    kms = account.client("kms")
    own = [one["TargetKeyId"] for one in kms.list_aliases()["Aliases"] if "TargetKeyId" in one and not one["AliasName"].startswith("alias/aws/")]
    yield from ("key that is rotated" for key in own if kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"])


def _fleets(account: Account) -> t.Iterator[str]:
    groups = account.client("autoscaling").get_paginator("describe_auto_scaling_groups").paginate().build_full_result()["AutoScalingGroups"]
    for group in groups:
        yield "fleet with metrics" if group.get("EnabledMetrics") else "fleet without metrics"
        yield from ("target group of a fleet" for _one in group["TargetGroupARNs"])
    secrets = account.client("secretsmanager")
    yield from ("secret with a value" for one in secrets.list_secrets()["SecretList"] if secrets.describe_secret(SecretId=one["ARN"])["VersionIdsToStages"])
