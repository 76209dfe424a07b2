# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The flow log of a VPC. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html"""

from __future__ import annotations

import typing as t
import uuid

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import tag_list
from .._core.identity import STACK
from .._core.plan import Plan
from .._core.plan import Shape
from .base import Ec2Resource
from .base import Raw

#: The service of a destination's ARN, and EC2's word for delivering to it.
DESTINATIONS = {"logs": "cloud-watch-logs", "s3": "s3", "firehose": "kinesis-data-firehose"}
#: The role was just made.
NEW_ROLE = ("InvalidParameter", "Unable to assume given IAM role")
MISSING = "InvalidFlowLogId.NotFound"


class FlowLog(Ec2Resource):
    TYPE, KIND, ID = "ec2_flow_log", "vpc-flow-log", "FlowLogId"
    READ = ("describe_flow_logs", "FlowLogs")
    MANAGED = ("destination", "role_arn", "traffic_type", "aggregation_interval", "format")
    IMMUTABLE = MANAGED
    STATE, READY = "FlowLogStatus", ("ACTIVE",)

    @property
    def scope(self) -> dict[str, t.Any]:
        return {"Filter": [{"Name": "resource-id", "Values": [self.parent]}]}

    @classmethod
    def owned(cls, aws: Aws, stack: str) -> list[Ec2Resource]:
        # This one describe call has its filters under a name of its own.
        filters = [{"Name": f"tag:{STACK}", "Values": [stack]}]
        return [cls.from_raw(aws, raw) for raw in aws.read("ec2", *cls.READ, Filter=filters)]

    @classmethod
    def from_raw(cls, aws: Aws, raw: Raw) -> Ec2Resource:
        return super().from_raw(aws, {**raw, "VpcId": raw["ResourceId"]})

    def is_named(self, raw: Raw) -> bool:
        """A VPC has one flow log to each place."""
        return super().is_named(raw) or self._destination(raw) == _plain(self.params.get("destination") or "")

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        return {
            "destination": self._destination(raw),
            "role_arn": raw.get("DeliverLogsPermissionArn"),
            "traffic_type": raw.get("TrafficType"),
            "aggregation_interval": raw.get("MaxAggregationInterval"),
            "format": raw.get("LogFormat"),
        }

    def _destination(self, raw: Raw) -> str:
        """Its ARN; of what was made with the name of a log group, AWS may tell that alone."""
        aws = self.aws
        if raw.get("LogDestination"):
            return _plain(raw["LogDestination"])
        return f"arn:{aws.partition}:logs:{aws.region}:{aws.account}:log-group:{raw.get('LogGroupName', '')}"

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        destination = _plain(wanted["destination"] or "")
        role = "" if ":s3:" in destination else wanted["role_arn"]  # a bucket lets the service in by its own policy
        return {**wanted, "destination": destination, "role_arn": role}

    def create_spec(self, after: Shape) -> dict[str, t.Any]:
        service = after["destination"].split(":")[2]
        spec = {
            "ResourceType": "VPC",
            "ResourceIds": [self.parent],
            "LogDestinationType": DESTINATIONS[service],
            "LogDestination": after["destination"],
            "TrafficType": after.get("traffic_type"),
            "DeliverLogsPermissionArn": after.get("role_arn"),
            "MaxAggregationInterval": after.get("aggregation_interval"),
            "LogFormat": after.get("format"),
        }
        return {key: value for key, value in spec.items() if value}

    def make(self, after: Shape) -> Raw:
        tags = [{"ResourceType": self.KIND, "Tags": tag_list(after["tags"])}]
        spec = self.create_spec(after)
        answer = self.aws.call("ec2", "create_flow_logs", lagging=(NEW_ROLE,), ClientToken=str(uuid.uuid4()), TagSpecifications=tags, **spec)
        _tell_failures(answer, f"Failed to create the flow log of {self.parent}")
        return {self.ID: answer["FlowLogIds"][0]}

    def fresh_shape(self) -> Shape:
        return self.desired(None)  # nothing can be changed after the create call

    def delete(self) -> None:
        answer = self.aws.call("ec2", "delete_flow_logs", settled=(MISSING,), FlowLogIds=[self.id])
        _tell_failures(answer, f"Failed to delete {self.id}")

    def makes_first(self, plan: Plan) -> bool:
        """Two that deliver to one place are refused."""
        return "destination" in plan.keys

    def facts(self) -> dict[str, t.Any]:
        """Whether records arrive shows only once there is traffic: then the status of delivery, and AWS's reason where it fails."""
        return {"delivery_status": self.raw.get("DeliverLogsStatus"), "delivery_error": self.raw.get("DeliverLogsErrorMessage")}


def _plain(arn: str) -> str:
    """The ARN of a log group as the call wants it, without the mark that stands for its streams."""
    return arn.removesuffix(":*")


def _tell_failures(answer: dict[str, t.Any], what: str) -> None:
    """These calls tell of failures in their answer and not by an error."""
    for one in answer.get("Unsuccessful", []):
        error = one.get("Error", {})
        if error.get("Code") != MISSING:
            raise AwsFailure(f"{what}: {error.get('Code')}: {error.get('Message')}")
