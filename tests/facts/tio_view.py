# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the facts of TIO are read from: names for ids, and what no name is given to found by its tag or by what it refers to.

An independent reader: boto3 alone, and nothing of the collection's.
"""

from __future__ import annotations

from functools import cached_property

from botocore.exceptions import ClientError
from policies import Reach
from system_view import STACK_TAG, Named, System, tags_of
from vpc_view import View

VPC = "tryiton-service-vpc"
ROLE = "TIO-EC2-Role"
DATABASE = "tio-db"
SECRET = "tio/db/credentials"
STACK = "tio"
SERVICES = ("Spring", "Node", "Python")
FLEETS = {service: f"TIO-{service}-ASG" for service in SERVICES}


class Tio(System):
    """All that is read of the account. Raises LookupError where what is asked for by name is not there."""

    def __init__(self) -> None:
        super().__init__(VPC)

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
        """What the hosts' role may do."""
        return self.reach(ROLE)
