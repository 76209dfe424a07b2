# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table that a stack's lock stands on."""
from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud
from localcloud.clock import CLOCK

TABLE = {
    "TableName": "locks",
    "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "name", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
    "Tags": [{"Key": "groundwork:stack", "Value": "tio"}],
}


def _code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return refused.value.response["Error"]["Code"]


@pytest.mark.usefixtures("virtual_time")
def test_a_table_settles_has_an_id_and_tags_and_is_gone_once_deleted(cloud: LocalCloud, dynamodb: Any) -> None:
    cloud.dials.settle = 0.3
    table = dynamodb.create_table(**TABLE)["TableDescription"]
    assert (table["TableStatus"], len(table["TableId"])) == ("CREATING", 36)
    for call in (dynamodb.create_table, lambda **_: dynamodb.delete_table(TableName="locks")):
        with pytest.raises(ClientError) as refused:
            call(**TABLE)
        assert _code(refused) == "ResourceInUseException"
    with pytest.raises(ClientError) as refused:
        dynamodb.get_item(TableName="locks", Key={"name": {"S": "x"}})
    assert _code(refused) == "ResourceNotFoundException"
    CLOCK.advance(0.3)
    assert dynamodb.describe_table(TableName="locks")["Table"]["TableStatus"] == "ACTIVE"
    assert dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == TABLE["Tags"]
    assert dynamodb.delete_table(TableName="locks")["TableDescription"]["TableStatus"] == "DELETING"
    CLOCK.advance(0.3)
    assert dynamodb.list_tables()["TableNames"] == []


def _take(dynamodb: Any, owner: str, now: int) -> dict[str, Any]:
    return dynamodb.update_item(
        TableName="locks",
        Key={"name": {"S": "tio"}},
        UpdateExpression="SET #o = :o, expires = :e ADD fence :one",
        ConditionExpression="attribute_not_exists(#o) OR #o = :o OR expires < :now",
        ExpressionAttributeNames={"#o": "owner"},
        ExpressionAttributeValues={
            ":o": {"S": owner}, ":e": {"N": str(now + 10)}, ":one": {"N": "1"}, ":now": {"N": str(now)},
        },
        ReturnValues="ALL_NEW",
    )["Attributes"]  # fmt: skip


def test_a_lock_is_one_conditional_write(dynamodb: Any) -> None:
    dynamodb.create_table(**TABLE)
    assert _take(dynamodb, "me", 100)["fence"] == {"N": "1"}
    with pytest.raises(ClientError) as refused:
        _take(dynamodb, "you", 105)
    assert _code(refused) == "ConditionalCheckFailedException"
    assert _take(dynamodb, "you", 111)["fence"] == {"N": "2"}
