# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DynamoDB: tables take their time, and have an id."""
from __future__ import annotations

import uuid
from typing import Any

from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.table import Table

from ..call import Call
from ..replies import AwsError
from . import ANY, before, patch
from .settling import settle, settled_since

_ITEM_OPERATIONS = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan")


def _tables(call: Call) -> dict[str, Table]:
    return dynamodb_backends[call.account][call.region].tables


@patch("dynamodb", "CreateTable", "DeleteTable", "DescribeTable", adds="TableId; `settle`: CREATING before ACTIVE, DELETING "
       "before it is gone", source="API_TableDescription")  # fmt: skip
def tables_settle() -> None:
    settle(Table, "status", {"ACTIVE": "CREATING"})
    first_init, first_describe, first_delete = Table.__init__, Table.describe, DynamoDBBackend.delete_table

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        first_init(self, *args, **kwargs)
        self.table_id = str(uuid.uuid4())
        self.status = "ACTIVE"

    def describe(self: Any, base_key: str = "TableDescription") -> dict[str, Any]:
        said = first_describe(self, base_key=base_key)
        said[base_key] |= {"TableStatus": self.status, "TableId": self.table_id}
        return said

    def delete(self: Any, name: str) -> Any:
        table = self.get_table(name)
        if table.deletion_protection_enabled:
            return first_delete(self, name)
        table.status = "DELETING"
        return table

    Table.__init__, Table.describe, DynamoDBBackend.delete_table = init, describe, delete


@before("dynamodb", ANY, adds="a deleted table is gone once it has settled", source="API_DeleteTable")
def sweep(call: Call) -> None:
    for name, table in list(_tables(call).items()):
        if table.status == "DELETING" and settled_since(table, "status") >= 0:
            del _tables(call)[name]


@before("dynamodb", *_ITEM_OPERATIONS, adds="a table that is not yet, or no longer, ACTIVE has no items",
        source="API_CreateTable; common errors: ResourceNotFoundException")  # fmt: skip
def items_of_active_tables(call: Call) -> None:
    table = _tables(call).get(call.params.get("TableName", ""))
    if table and table.status != "ACTIVE":
        raise AwsError("ResourceNotFoundException", "Requested resource not found")


@before("dynamodb", "DeleteTable", adds="a table that is being created or deleted is in use", source="API_DeleteTable")
def delete_active_tables(call: Call) -> None:
    table = _tables(call).get(call.params.get("TableName", ""))
    if table and table.status != "ACTIVE":
        raise AwsError("ResourceInUseException", f"Attempt to change a resource which is still in use: {table.name}")
