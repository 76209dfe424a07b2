# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: flow logs."""

from __future__ import annotations

import json
import typing as t

from .case import Case
from .case import Ids
from .case import TAGS
from .ec2 import a_vpc
from .ec2 import tagged

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def given(aws: t.Any) -> Ids:
    """A VPC, a log group, and the role that writes to it."""
    ids = a_vpc(aws)
    aws.logs.create_log_group(logGroupName="/shop/vpc/flows")
    ids["group"] = aws.logs.describe_log_groups(logGroupNamePrefix="/shop/vpc/flows")["logGroups"][0]["arn"]
    ids["role"] = aws.iam.create_role(RoleName="flows", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    return ids


def flow_log(ids: Ids) -> dict[str, t.Any]:
    return {
        "vpc_id": ids["vpc"],
        "name": "shop-flows",
        "destination": ids["group"],
        "role_arn": ids["role"],
        "traffic_type": "REJECT",
        "aggregation_interval": 60,
        "format": "${version} ${srcaddr} ${dstaddr} ${action}",
    }


IMMUTABLE = "AWS cannot change it"

CASES = [
    Case(
        "ec2_flow_log",
        given,
        flow_log,
        lambda ids: {**flow_log(ids), "name": "shop-flow-log", "tags": TAGS},
        ("CreateFlowLogs",),
        {"tags": tagged},
        dict.fromkeys(("destination", "role_arn", "traffic_type", "aggregation_interval", "format"), IMMUTABLE),
    ),
]
