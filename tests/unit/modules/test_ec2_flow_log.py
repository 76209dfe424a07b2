# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS cannot change of a flow log is made anew, and its role may be too young."""

from __future__ import annotations

import json
import typing as t

import pytest

from .cases.flow_log import flow_log, given, TRUST

BUCKET = "flows-123456789012"


@pytest.fixture
def ids(aws) -> dict[str, str]:
    aws.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    return given(aws)


def to_bucket(ids: dict[str, str]) -> dict[str, t.Any]:
    return {"vpc_id": ids["vpc"], "name": "shop-flows", "destination": f"arn:aws:s3:::{BUCKET}/vpc", "traffic_type": "REJECT"}


def made_and_deleted(run) -> list[str]:
    return [one["operation"] for one in run.writes() if one["operation"] in ("CreateFlowLogs", "DeleteFlowLogs")]


def test_another_destination_has_its_flow_log_before_the_old_one_goes(run, aws, ids):
    run.ok("ec2_flow_log", **flow_log(ids))
    assert "destination" in run("ec2_flow_log", **to_bucket(ids))["msg"]
    run.ok("ec2_flow_log", replace=True, **to_bucket(ids))
    assert made_and_deleted(run) == ["CreateFlowLogs", "CreateFlowLogs", "DeleteFlowLogs"]
    assert [one["LogDestination"] for one in aws.ec2.describe_flow_logs()["FlowLogs"]] == [f"arn:aws:s3:::{BUCKET}/vpc"]


def test_another_format_to_the_same_place_waits_until_the_old_one_is_gone(run, aws, ids):
    run.ok("ec2_flow_log", **flow_log(ids))
    run.ok("ec2_flow_log", replace=True, **{**flow_log(ids), "format": "${version} ${action}"})
    assert made_and_deleted(run) == ["CreateFlowLogs", "DeleteFlowLogs", "CreateFlowLogs"]


def test_a_role_that_is_not_known_yet_is_waited_for(run, aws, ids):
    aws.iam.update_assume_role_policy(RoleName="flows", PolicyDocument=json.dumps(TRUST).replace("vpc-flow-logs", "ec2"))

    def known_now(record: dict[str, t.Any], phase: str) -> None:
        if record["operation"] == "CreateFlowLogs" and phase == "after":
            aws.iam.update_assume_role_policy(RoleName="flows", PolicyDocument=json.dumps(TRUST))

    run.cloud.on_call(known_now)
    run.ok("ec2_flow_log", **flow_log(ids))


def test_a_bucket_that_is_not_there_is_told(run, ids):
    result = run("ec2_flow_log", **{**to_bucket(ids), "destination": "arn:aws:s3:::no-bucket-123456789012"})
    assert "no-bucket-123456789012 does not exist" in result["msg"]


def test_a_flow_log_of_nobody_to_the_same_place_is_adopted(run, aws, ids):
    spec = {"ResourceIds": [ids["vpc"]], "ResourceType": "VPC", "TrafficType": "REJECT", "LogDestinationType": "s3"}
    stands = aws.ec2.create_flow_logs(**spec, LogDestination=f"arn:aws:s3:::{BUCKET}/vpc")["FlowLogIds"]
    assert "is not ours" in run("ec2_flow_log", **to_bucket(ids))["msg"]
    assert run.ok("ec2_flow_log", adopt=True, **to_bucket(ids))["flow_log"]["id"] == stands[0]
