# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stack's lock: one conditional write with owner, expiry and fencing token.

An item of a DynamoDB table, changed by condition alone
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html). The token grows
with each acquisition. The frame renews the lock before the first write of a module and while it waits, under the
condition that owner and token still hold: who lost the lock stops before its next write.
"""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass

from .._aws import AwsFailure
from .._aws import error_code
from .plan import Refusal

LOST = "ConditionalCheckFailedException"
NAMES = {"#owner": "owner", "#token": "token", "#expires": "expires"}


@dataclass
class Lock:
    """The lock of ``stack`` in ``table``; ``ttl`` seconds after its last renewal anyone may take it."""

    aws: t.Any
    stack: str
    table: str
    owner: str
    token: int = 0
    ttl: int = 300
    renewed: float = 0.0

    def _update(self, expression: str, condition: str, **values: t.Any) -> dict:
        now = int(time.time())
        known = {":owner": {"S": self.owner}, ":token": {"N": str(self.token)}, ":now": {"N": str(now)}, ":one": {"N": "1"}}
        known[":until"] = {"N": str(now + self.ttl)}
        known.update({f":{key}": value for key, value in values.items()})
        used = f"{expression} {condition}"
        return self.aws.call(
            "dynamodb",
            "update_item",
            TableName=self.table,
            Key={"stack": {"S": self.stack}},
            UpdateExpression=expression,
            ConditionExpression=condition,
            ExpressionAttributeNames={key: name for key, name in NAMES.items() if key in used},
            ExpressionAttributeValues={key: value for key, value in known.items() if key in used},
            ReturnValues="ALL_NEW",
        )

    def acquire(self, dead: str | None = None) -> bool:
        """Take the lock if it is free, expired, ours, or that of ``dead``, an owner known to be gone."""
        condition = "attribute_not_exists(#owner) OR #expires < :now OR #owner = :owner"
        extra = {"dead": {"S": dead}} if dead else {}
        condition += " OR #owner = :dead" if dead else ""
        try:
            found = self._update("SET #owner = :owner, #expires = :until ADD #token :one", condition, **extra)
        except AwsFailure as error:
            if error_code(error) == LOST:
                return False
            raise
        self.token = int(found["Attributes"]["token"]["N"])
        return True

    def renew(self) -> None:
        """Prove that the lock is still ours, and hold it longer. Raise Refusal where it is not."""
        if time.monotonic() - self.renewed < min(5.0, self.ttl / 4):
            return
        try:
            self._update("SET #expires = :until", "#owner = :owner AND #token = :token")
        except AwsFailure as error:
            if error_code(error) == LOST:
                raise Refusal(f"{self.owner} lost the lock of stack {self.stack} to another run; nothing more was written") from error
            raise
        self.renewed = time.monotonic()

    def release(self) -> None:
        """Give the lock back; the token stays, so that it only ever grows. A lock that was lost is let be."""
        try:
            self._update("REMOVE #owner, #expires", "#owner = :owner AND #token = :token")
        except AwsFailure as error:
            if error_code(error) != LOST:
                raise

    def holder(self) -> dict[str, t.Any]:
        """Who holds the lock now: owner, expires (epoch seconds); empty where nobody does."""
        answer = self.aws.call("dynamodb", "get_item", TableName=self.table, Key={"stack": {"S": self.stack}}, ConsistentRead=True)
        item = answer.get("Item", {})
        if "owner" not in item:
            return {}
        return {"owner": item["owner"]["S"], "expires": int(item["expires"]["N"])}


def held_lock(aws: t.Any) -> Lock | None:
    """The lock that the run handed to this module, or None where it took none."""
    lock = aws.module.params.get("lock") or {}
    if not lock.get("token"):
        return None
    return Lock(aws, aws.module.params["stack"], lock["table"], lock["owner"], lock["token"], lock.get("ttl") or 300)
