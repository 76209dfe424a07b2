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


def lose_rules() -> None:
    """Let nobody call web and mail any more."""
    ec2 = boto3.client("ec2")
    for group in ec2.describe_security_groups()["SecurityGroups"]:
        if group["GroupName"] in ("shop-web", "shop-mail"):
            ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])


if __name__ == "__main__":
    globals()[sys.argv[1]]()
