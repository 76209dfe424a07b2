# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudWatch Logs: keys, retention, classes, and tags that end with their group."""
from __future__ import annotations

import dataclasses
import json
from typing import Any

from moto.kms.models import kms_backends
from moto.logs.models import LogGroup, LogsBackend, logs_backends
from moto.logs.responses import LogsResponse

from ..call import Call
from ..replies import AwsError, Reply
from . import after, before, patch

# "Possible values", API_PutRetentionPolicy
_RETENTIONS = {
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}  # fmt: skip


def _backend(call: Call) -> LogsBackend:
    return logs_backends[call.account][call.region]


@before("logs", "PutRetentionPolicy", adds="retention is one of AWS's numbers of days", source="API_PutRetentionPolicy")
def check_retention(call: Call) -> None:
    if call.params["retentionInDays"] not in _RETENTIONS:
        text = f"1 validation error detected: Value '{call.params['retentionInDays']}' at 'retentionInDays' failed to satisfy constraint: "
        raise AwsError("InvalidParameterException", f"{text}Member must satisfy enum value set: {sorted(_RETENTIONS)}")


@before("logs", "CreateLogGroup", "AssociateKmsKey", adds="the key exists, is enabled, and lets the region's CloudWatch Logs use it",
        source="API_CreateLogGroup; CloudWatch Logs user guide, encrypt-log-data-kms")  # fmt: skip
def check_key(call: Call) -> None:
    key_id = call.params.get("kmsKeyId")
    if not key_id:
        return
    keys = kms_backends[call.account][call.region]
    key = keys.keys.get(keys.any_id_to_key_id(key_id))
    if key is None or not key.enabled:
        raise AwsError("InvalidParameterException", f"The specified KMS key does not exist or is disabled: {key_id}")
    if not _permits(key.policy, f"logs.{call.region}.amazonaws.com"):
        name = call.params.get("logGroupName")
        arn = f"arn:aws:logs:{call.region}:{call.account}:log-group:{name}"
        raise AwsError("AccessDeniedException", f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'")


def _permits(policy: str, service: str) -> bool:
    for statement in json.loads(policy)["Statement"]:
        principal = statement.get("Principal", {})
        named = principal.get("Service", []) if isinstance(principal, dict) else []
        if statement["Effect"] == "Allow" and service in ([named] if isinstance(named, str) else named):
            return True
    return False


@before("logs", "ListTagsForResource", "TagResource", "UntagResource", adds="ResourceNotFoundException for a group that does not exist",
        source="API_ListTagsForResource")  # fmt: skip
def tags_of_what_exists(call: Call) -> None:
    _before, found, name = call.params["resourceArn"].partition(":log-group:")
    if found and name not in _backend(call).groups:
        raise AwsError("ResourceNotFoundException", "The specified resource does not exist.")


@after("logs", "DeleteLogGroup", adds="tags end with their group", source="API_DeleteLogGroup")
def end_of_a_group(call: Call, reply: Reply) -> None:
    arn = f"arn:aws:logs:{call.region}:{call.account}:log-group:{call.params['logGroupName']}"
    _backend(call).tagger.delete_all_tags_for_resource(arn)


@after("logs", "CreateLogGroup", adds="the class of a group is kept, and told by DescribeLogGroups", source="API_LogGroup: logGroupClass")
def keep_the_class(call: Call, reply: Reply) -> None:
    _backend(call).groups[call.params["logGroupName"]].group_class = call.params.get("logGroupClass", "STANDARD")


@patch("logs", "AssociateKmsKey", "DisassociateKmsKey", "DescribeLogGroups", adds="the key of a group is changed in place; the group's class is told",
       source="API_AssociateKmsKey, API_DisassociateKmsKey")  # fmt: skip
def keys_in_place() -> None:
    first = LogGroup.to_describe_dict

    def describe(self: Any) -> dict[str, Any]:
        return first(self) | {"logGroupClass": getattr(self, "group_class", "STANDARD")}

    def associate(self: Any) -> str:
        self.logs_backend._find_log_group(log_group_name=self._get_param("logGroupName")).kms_key_id = self._get_param("kmsKeyId")
        return "{}"

    LogGroup.to_describe_dict = describe
    LogsResponse.associate_kms_key = LogsResponse.disassociate_kms_key = associate


@patch("resourcegroupstaggingapi", "GetResources", adds="log groups are of the type `logs:log-group`",
       source="Tagging API: supported resource types; Service Authorization Reference: CloudWatch Logs")  # fmt: skip
def type_of_groups() -> None:
    first = LogsBackend.iter_tagged_resources

    def tagged(self: Any) -> Any:
        return (dataclasses.replace(one, resource_type="logs:log-group") for one in first(self))

    LogsBackend.iter_tagged_resources = tagged
