# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flow logs, as they are: who delivers them, and where to."""
from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud

from .conftest import client_of, REGION
from .network import Network

GROUP = f"arn:aws:logs:{REGION}:123456789012:log-group:/flows"
TAGS = [{"ResourceType": "vpc-flow-log", "Tags": [{"Key": "groundwork:stack", "Value": "tio"}]}]


def role(cloud: LocalCloud, service: str) -> str:
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    return client_of(cloud.endpoint, "iam").create_role(RoleName="flows", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]


def make(ec2: Any, **asked: Any) -> Any:
    spec = {"ResourceType": "VPC", "ResourceIds": [Network(ec2).vpc], "TrafficType": "ALL", "LogDestinationType": "cloud-watch-logs"}
    return ec2.create_flow_logs(**spec | asked)


@pytest.mark.parametrize(
    ("service", "asked"),
    [
        (None, {"LogDestination": GROUP, "DeliverLogsPermissionArn": "arn:aws:iam::123456789012:role/none"}),
        ("ec2.amazonaws.com", {"LogDestination": GROUP}),
        ("vpc-flow-logs.amazonaws.com", {"LogDestinationType": "s3", "LogDestination": "arn:aws:s3:::flows"}),
    ],
    ids=["no role", "not to be assumed", "none for a bucket"],
)
def test_a_role_that_cannot_deliver_is_refused(cloud: LocalCloud, ec2: Any, service: str | None, asked: dict[str, Any]) -> None:
    given = {"DeliverLogsPermissionArn": role(cloud, service)} if service else {}
    with pytest.raises(ClientError) as refused:
        make(ec2, **asked | given)
    assert refused.value.response["Error"]["Code"] == "InvalidParameter"


def test_destinations_are_looked_for_by_their_arns_and_tags_end_with_the_flow_log(cloud: LocalCloud, ec2: Any) -> None:
    client_of(cloud.endpoint, "logs").create_log_group(logGroupName="/flows")
    client_of(cloud.endpoint, "s3").create_bucket(Bucket="flows", CreateBucketConfiguration={"LocationConstraint": REGION})
    arn = role(cloud, "vpc-flow-logs.amazonaws.com")
    made = make(ec2, LogDestination=GROUP, DeliverLogsPermissionArn=arn, TagSpecifications=TAGS)["FlowLogIds"]
    made += make(ec2, LogDestinationType="s3", LogDestination="arn:aws:s3:::flows/vpc")["FlowLogIds"]
    found = {one["FlowLogId"]: one for one in ec2.describe_flow_logs()["FlowLogs"]}
    assert [found[one]["DeliverLogsStatus"] for one in made] == ["SUCCESS", "SUCCESS"]
    assert [found[one]["LogDestination"] for one in made] == [GROUP, "arn:aws:s3:::flows/vpc"]
    own = [{"Name": "resource-id", "Values": made}]
    assert ec2.describe_tags(Filters=own)["Tags"][0]["ResourceType"] == "vpc-flow-log"
    ec2.delete_flow_logs(FlowLogIds=made)
    assert ec2.describe_tags(Filters=own)["Tags"] == []
