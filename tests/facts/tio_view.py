# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the facts of TIO are read from: names for ids, and what no name is given to found by its tag or by what it refers to.

An independent reader: boto3 alone, and nothing of the collection's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import ClientError
from policies import Reach, listed
from vpc_view import View, VpcView

REGION = "ap-northeast-2"
VPC = "tryiton-service-vpc"
ANYWHERE = "0.0.0.0/0"
ROLE = "TIO-EC2-Role"
DATABASE = "tio-db"
SECRET = "tio/db/credentials"
STACK_TAG, STACK = "groundwork:stack", "tio"
SERVICES = ("Spring", "Node", "Python")
FLEETS = {service: f"TIO-{service}-ASG" for service in SERVICES}


class Fact(NamedTuple):
    says: str
    wanted: Any
    found: Any


def held(says: str, facts: Iterable[Fact]) -> Iterator[Fact]:
    """The facts of one thing; where it is not there, or cannot be read, one fact that says so takes the place of the rest."""
    try:
        yield from facts
    except (LookupError, ValueError, ClientError) as missing:
        yield Fact(says, "it stands, and may be read", f"{type(missing).__name__}: {missing}")


class Tio:
    """All that is read of the account. Raises LookupError where what is asked for by name is not there."""

    def __init__(self) -> None:
        self.vpc = VpcView(self.client("ec2"), VPC)
        self.network = self.vpc.view()
        self.account: str = self.client("sts").get_caller_identity()["Account"]

    @staticmethod
    @cache
    def client(service: str) -> Any:
        return boto3.client(service, region_name=REGION)

    def all(self, service: str, operation: str, field: str, **asked: Any) -> list[Any]:
        """Every page of what an operation answers."""
        pages = self.client(service).get_paginator(operation).paginate(**asked)
        return [one for page in pages for one in page[field]]

    def through(self, gateways: Iterable[str]) -> set[str]:
        """The subnets, by name, whose way to the internet is one of these."""
        tables = self.network["route_tables"].values()
        return {subnet for table in tables if table["routes"].get(ANYWHERE) in set(gateways) for subnet in table["subnets"]}

    @cached_property
    def public(self) -> set[str]:
        return self.through(self.network["internet_gateways"])

    @cached_property
    def private(self) -> set[str]:
        return self.through(self.network["nat_gateways"])

    def names(self, identifiers: Iterable[str]) -> list[str]:
        """The names of subnets and security groups."""
        return sorted(map(self.vpc.name, identifiers))

    @cached_property
    def balancers(self) -> dict[str, View]:
        return Named("load balancer", self.all("elbv2", "describe_load_balancers", "LoadBalancers"), "LoadBalancerName")

    @cached_property
    def target_groups(self) -> dict[str, View]:
        return Named("target group", self.all("elbv2", "describe_target_groups", "TargetGroups"), "TargetGroupName")

    @cached_property
    def fleets(self) -> dict[str, View]:
        return Named("Auto Scaling group", self.all("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups"), "AutoScalingGroupName")

    @cached_property
    def database(self) -> View:
        return self.client("rds").describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"][0]

    @cached_property
    def secret(self) -> View:
        return self.client("secretsmanager").describe_secret(SecretId=SECRET)

    @cached_property
    def bucket(self) -> str:
        """The name of the one bucket that bears the stack's tag; where none bears it, of the account's only one."""
        names = [one["Name"] for one in self.all("s3", "list_buckets", "Buckets")]
        found = [name for name in names if self._bucket_tags(name).get(STACK_TAG) == STACK] or names
        if len(found) != 1:
            raise LookupError(f"one bucket was looked for, and {len(found)} are there: {', '.join(found)}")
        return found[0]

    def _bucket_tags(self, name: str) -> dict[str, str]:
        try:
            return tags_of(self.client("s3").get_bucket_tagging(Bucket=name)["TagSet"])
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchTagSet":
                return {}
            raise

    @cached_property
    def bucket_encryption(self) -> View:
        """The bucket's one rule of default encryption."""
        return self.client("s3").get_bucket_encryption(Bucket=self.bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]

    @cached_property
    def bucket_key(self) -> str:
        """The ARN of the key that encrypts the bucket."""
        return self.key(self.bucket_encryption["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID", "alias/aws/s3"))["Arn"]

    def key(self, identifier: str) -> View:
        return self.client("kms").describe_key(KeyId=identifier)["KeyMetadata"]

    @cached_property
    def log_groups(self) -> dict[str, View]:
        """Those that the document names so, and those that bear the stack's tag."""
        groups = self.all("logs", "describe_log_groups", "logGroups")
        arns = [one["arn"].removesuffix(":*") for one in groups]
        tags = [self.client("logs").list_tags_for_resource(resourceArn=arn)["tags"] for arn in arns]
        ours = [one for one, its in zip(groups, tags, strict=True) if its.get(STACK_TAG) == STACK or one["logGroupName"].startswith("/my-shop/")]
        return Named("log group", ours, "logGroupName")

    @cached_property
    def role_reach(self) -> Reach:
        """What the hosts' role may do, by its inline policies and those that are attached."""
        iam, role = self.client("iam"), {"RoleName": ROLE}
        inline = [iam.get_role_policy(**role, PolicyName=name)["PolicyDocument"] for name in self.all("iam", "list_role_policies", "PolicyNames", **role)]
        attached = self.all("iam", "list_attached_role_policies", "AttachedPolicies", **role)
        return Reach([*inline, *(self.policy(one["PolicyArn"]) for one in attached)])

    def policy(self, arn: str) -> View:
        """The document of a managed policy's default version."""
        iam = self.client("iam")
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


class Named(dict[str, View]):
    """Things by their names; asked for one that is not there it says what was looked for."""

    def __init__(self, kind: str, found: list[View], field: str) -> None:
        super().__init__({one[field]: one for one in found})
        self.kind = kind

    def __missing__(self, name: str) -> View:
        raise LookupError(f"there is no {self.kind} {name}")


def tags_of(tags: Iterable[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def trusted(document: View) -> list[tuple[str, str]]:
    """Whom a role's trust policy lets assume it: kind and name."""
    allowed = [one["Principal"] for one in listed(document["Statement"]) if one["Effect"] == "Allow"]
    return [(kind, name) for principal in allowed for kind, names in principal.items() for name in listed(names)]
