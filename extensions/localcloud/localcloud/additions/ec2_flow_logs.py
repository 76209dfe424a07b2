# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: flow logs, the role that delivers them, and where to."""
from __future__ import annotations

import json
from typing import Any

from moto.ec2 import utils as moto_names
from moto.ec2.models.flow_logs import FlowLogsBackend
from moto.iam.models import iam_backends

from ..call import Call
from ..ec2_kinds import backend_of
from ..replies import AwsError, Reply
from . import after, before, patch

_DELIVERER = "vpc-flow-logs.amazonaws.com"


@before("ec2", "CreateFlowLogs", adds="CloudWatch Logs takes a role that exists and that vpc-flow-logs may assume; S3 takes none",
        source="API_CreateFlowLogs; VPC user guide, flow-logs-iam-role")  # fmt: skip
def check_role(call: Call) -> None:
    role = call.params.get("DeliverLogsPermissionArn")
    if call.params.get("LogDestinationType") == "s3":
        if role:
            raise AwsError("InvalidParameter", "DeliverLogsPermissionArn is not applicable for s3 delivery")
        return
    found = next((one for one in iam_backends[call.account]["aws"].roles.values() if one.arn == role), None)
    if role and (found is None or _DELIVERER not in json.dumps(found.assume_role_policy_document)):
        raise AwsError("InvalidParameter", f"Unable to assume given IAM role: '{role}'")


@patch("ec2", "CreateFlowLogs", "DescribeTags", adds="the log group and the bucket of a destination's ARN are looked for; tags are of a `vpc-flow-log`",
       source="API_CreateFlowLogs: LogDestination; API_TagSpecification")  # fmt: skip
def deliver_by_arn() -> None:
    moto_names.EC2_PREFIX_TO_RESOURCE["fl"] = "vpc-flow-log"
    first = FlowLogsBackend.create_flow_logs

    def create(self: Any, **asked: Any) -> Any:
        destination = asked.get("log_destination") or ""
        if ":log-group:" in destination:
            asked["log_group_name"] = destination.partition(":log-group:")[2].removesuffix(":*")
        elif ":s3:::" in destination:
            asked["log_destination"] = destination.partition("/")[0]
        made, failed = first(self, **asked)
        for one in made:
            one.log_destination = destination or None
        return made, failed

    FlowLogsBackend.create_flow_logs = create


@after("ec2", "DeleteFlowLogs", adds="tags end with their flow log", source="API_DeleteFlowLogs")
def end_of_flow_logs(call: Call, reply: Reply) -> None:
    for flow_log in call.params["FlowLogIds"]:
        backend_of(call).tags.pop(flow_log, None)
