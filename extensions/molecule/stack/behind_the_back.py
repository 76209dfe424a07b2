# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What others do to the stack of this scenario, and what its lock says, by boto3 alone: the first argument names a function."""

from __future__ import annotations

import json
import sys
import time

import boto3

LOCK = {"TableName": "groundwork-shop-lock"}
KEY = {"stack": {"S": "shop"}}


def read_lock() -> None:
    """Print the lock's item: owner and expires are in it while somebody holds it."""
    print(json.dumps(boto3.client("dynamodb").get_item(**LOCK, Key=KEY, ConsistentRead=True)["Item"]))


def seize_lock() -> None:
    """Hold the lock from another host for an hour."""
    held = {"owner": {"S": "somebody@elsewhere:1:1"}, "token": {"N": "7"}, "expires": {"N": str(int(time.time()) + 3600)}}
    boto3.client("dynamodb").put_item(**LOCK, Item=KEY | held)


def free_lock() -> None:
    """Give it back."""
    boto3.client("dynamodb").put_item(**LOCK, Item=KEY | {"token": {"N": "7"}})


def lose_the_door() -> None:
    """Take the stack's tags from door's group, so that it is not the stack's any more; and the rules from web's and mail's."""
    ec2 = boto3.client("ec2")
    groups = {group["GroupName"]: group for group in ec2.describe_security_groups()["SecurityGroups"]}
    door = groups["shop-door"]
    ours = [{"Key": tag["Key"]} for tag in door["Tags"] if tag["Key"].startswith("groundwork:")]
    ec2.delete_tags(Resources=[door["GroupId"]], Tags=ours)
    for name in ("shop-web", "shop-mail"):
        ec2.revoke_security_group_ingress(GroupId=groups[name]["GroupId"], IpPermissions=groups[name]["IpPermissions"])


if __name__ == "__main__":
    globals()[sys.argv[1]]()
