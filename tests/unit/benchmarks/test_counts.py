# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whoever skips work is found."""

from __future__ import annotations

import pytest
from benchmarks.performance import counts
from localcloud import LocalCloud
from tests.stack.account import Account
from tests.stack.account import REGION


def test_what_differs_is_told_by_type() -> None:
    assert counts.differences({"a": 1, "b": 2, "c": 3}, {"b": 2, "c": 4, "d": 1}) == {"a": (1, 0), "c": (3, 4), "d": (0, 1)}


@pytest.mark.parametrize(("side", "kind", "found", "explained"), [
    ("terraform", "stack_lock", (1, 0), True),
    ("terraform", "stack_lock", (0, 1), False),
    ("terraform", "codedeploy_application", (1, 0), False),
    ("stock", "codedeploy_application", (1, 0), True),
    ("stock", "codedeploy_deployment_group", (3, 2), False),
    ("stock", "cloudwatch_alarm", (16, 0), False),
])  # fmt: skip
def test_only_what_a_side_cannot_make_is_explained(side: str, kind: str, found: tuple[int, int], explained: bool) -> None:
    assert counts.unexplained(side, {kind: found}) == ({} if explained else {kind: found})


def test_settings_within_a_resource_are_counted_too() -> None:
    with LocalCloud() as cloud:
        account = Account(cloud.endpoint)
        ec2, s3, logs = (account.client(service) for service in ("ec2", "s3", "logs"))
        assert counts.counted(account) == {}
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
        rules = [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]} for port in (80, 443)]
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rules)
        s3.create_bucket(Bucket="shop-files", CreateBucketConfiguration={"LocationConstraint": REGION})
        logs.create_log_group(logGroupName="/shop")
        before = counts.counted(account)
        s3.put_bucket_versioning(Bucket="shop-files", VersioningConfiguration={"Status": "Enabled"})
        logs.put_retention_policy(logGroupName="/shop", retentionInDays=30)
        after = counts.counted(account)
    assert before["security group rule"] == 3, "two, and the one that lets everything out"
    assert (before["ec2_vpc"], before["s3_bucket"], before["logs_log_group"]) == (1, 1, 1)
    assert counts.differences(before, after) == {"bucket versioning": (0, 1), "log group with retentionInDays": (0, 1)}
