# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudWatch Logs, as it is: keys, retention, classes, tags."""
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud

from .conftest import client_of, REGION

NAME = "/shop/web"
ARN = f"arn:aws:logs:{REGION}:123456789012:log-group:{NAME}"


class Clients:
    def __init__(self, cloud: LocalCloud) -> None:
        self.logs, self.kms, self.index = (client_of(cloud.endpoint, name) for name in ("logs", "kms", "resourcegroupstaggingapi"))

    def key(self, *services: str) -> str:
        who = [{"AWS": "arn:aws:iam::123456789012:root"}, *({"Service": service} for service in services)]
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": one, "Action": "kms:*", "Resource": "*"} for one in who]}
        return self.kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]

    def disabled_key(self) -> str:
        key = self.key(f"logs.{REGION}.amazonaws.com")
        self.kms.disable_key(KeyId=key)
        return key

    def make(self, **more: Any) -> Any:
        return self.logs.create_log_group(logGroupName=NAME, **more)

    def group(self) -> dict[str, Any]:
        return self.logs.describe_log_groups(logGroupNamePrefix=NAME)["logGroups"][0]


@pytest.fixture(scope="module")
def _clients(standing_cloud: LocalCloud) -> Clients:
    return Clients(standing_cloud)


@pytest.fixture
def it(cloud: LocalCloud, _clients: Clients) -> Clients:
    return _clients


Case = Callable[[Clients], Any]
# addition, what AWS says, the last call of this
REFUSALS: list[tuple[str, str, Case]] = [
    ("check_retention", "InvalidParameterException", lambda it: (it.make(), it.logs.put_retention_policy(logGroupName=NAME, retentionInDays=8))),
    ("check_key", "InvalidParameterException", lambda it: it.make(kmsKeyId=f"arn:aws:kms:{REGION}:123456789012:key/none")),
    ("check_key", "InvalidParameterException", lambda it: it.make(kmsKeyId=it.disabled_key())),
    ("check_key", "AccessDeniedException", lambda it: it.make(kmsKeyId=it.key())),
    ("check_key", "AccessDeniedException",
     lambda it: (it.make(), it.logs.associate_kms_key(logGroupName=NAME, kmsKeyId=it.key("logs.us-east-1.amazonaws.com")))),
    ("tags_of_what_exists", "ResourceNotFoundException", lambda it: it.logs.list_tags_for_resource(resourceArn=ARN)),
    ("tags_of_what_exists", "ResourceNotFoundException", lambda it: it.logs.tag_resource(resourceArn=ARN, tags={"k": "v"})),
]  # fmt: skip


@pytest.mark.parametrize(("code", "case"), [row[1:] for row in REFUSALS], ids=[f"{row[0]}-{n}" for n, row in enumerate(REFUSALS)])
def test_what_aws_refuses_is_refused(it: Clients, code: str, case: Case) -> None:
    with pytest.raises(ClientError) as refused:
        case(it)
    assert refused.value.response["Error"]["Code"] == code


def test_the_key_of_a_group_changes_in_place_and_its_class_is_told(it: Clients) -> None:
    it.make(logGroupClass="INFREQUENT_ACCESS")
    key = it.key(f"logs.{REGION}.amazonaws.com")
    it.logs.associate_kms_key(logGroupName=NAME, kmsKeyId=key)
    assert (it.group()["kmsKeyId"], it.group()["logGroupClass"]) == (key, "INFREQUENT_ACCESS")
    it.logs.disassociate_kms_key(logGroupName=NAME)
    assert "kmsKeyId" not in it.group()


def test_tags_end_with_their_group_and_the_index_knows_its_type(it: Clients) -> None:
    it.make(tags={"groundwork:stack": "tio"})
    found = it.index.get_resources(ResourceTypeFilters=["logs:log-group"])["ResourceTagMappingList"]
    assert [one["ResourceARN"] for one in found] == [ARN]
    it.logs.delete_log_group(logGroupName=NAME)
    it.make()
    assert it.logs.list_tags_for_resource(resourceArn=ARN)["tags"] == {}
