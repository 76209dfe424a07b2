# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table that holds a stack's lock, as a resource, and taking and giving back the lock in it."""

from __future__ import annotations

import os
import socket
import time
import typing as t

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import tag_dict
from .._aws import tag_list
from .._core.identity import Identity
from .._core.identity import kept_tags
from .._core.identity import STACK
from .._core.lock import Lock
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.run import run_stages
from .._core.wait import WaitTimeout
from .seals import seal
from .seals import table_of

MISSING = "ResourceNotFoundException"


class LockTable:
    """A DynamoDB table, paid by request, of which the stack is the key. It holds the stack's seals too (seals.py).

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
    """

    TYPE = "stack_lock"
    MANAGED = ("billing_mode",)
    IMMUTABLE = CREATE_ONLY = SECRETS = ()
    is_coming = False

    def __init__(self, aws: Aws, params: dict[str, t.Any]):
        self.aws, self.params = aws, params
        self.identity = Identity(params["stack"], "stack", "lock", table_of(params))
        self.id: str | None = None

    @property
    def wanted_tags(self) -> dict[str, str]:
        return {**(self.params["tags"] or {}), **self.identity.tags}

    def _table(self) -> dict[str, t.Any] | None:
        """As it is by now."""
        self.aws.forget()
        return self._known()

    def _known(self) -> dict[str, t.Any] | None:
        return self.aws.find("dynamodb", "describe_table", "Table", MISSING, TableName=self.identity.name)

    def describe(self) -> Shape | None:
        table = self._known()
        self.id = table and table["TableArn"]
        if not table or table["TableStatus"] == "DELETING":
            return None
        tags = tag_dict(self.aws.read("dynamodb", "list_tags_of_resource", "Tags", ResourceArn=self.id))
        if tags.get(STACK, self.identity.stack) != self.identity.stack:
            raise Refusal(f"the table belongs to stack {tags[STACK]}; give stack_lock_table another name")
        billing = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
        return {"billing_mode": billing, "tags": kept_tags(tags, self.wanted_tags, False)}

    def ask_ahead(self) -> None:
        self.describe()

    def desired(self, before: Shape | None) -> Shape:
        return {"billing_mode": "PAY_PER_REQUEST", "tags": self.wanted_tags}

    def apply(self, plan: Plan) -> None:
        name = self.identity.name
        if plan.action == "delete":
            self.aws.call("dynamodb", "delete_table", TableName=name, settled=(MISSING,), busy=("ResourceInUseException",))
        elif plan.action == "create":
            self._until_gone()
            self.aws.call(
                "dynamodb",
                "create_table",
                TableName=name,
                KeySchema=[{"AttributeName": "stack", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "stack", "AttributeType": "S"}],
                BillingMode=plan.after["billing_mode"],
                Tags=tag_list(plan.after["tags"]),
                settled=("ResourceInUseException",),
            )
        else:
            self._update(plan)

    def _update(self, plan: Plan) -> None:
        if "billing_mode" in plan.keys:
            self.aws.call("dynamodb", "update_table", TableName=self.identity.name, BillingMode=plan.after["billing_mode"])
        gone = [key for key in plan.before["tags"] if key not in plan.after["tags"]]
        if gone:
            self.aws.call("dynamodb", "untag_resource", ResourceArn=self.id, TagKeys=gone)
        if "tags" in plan.keys:
            self.aws.call("dynamodb", "tag_resource", ResourceArn=self.id, Tags=tag_list(plan.after["tags"]))

    def wait(self, plan: Plan) -> None:
        if plan.after is None:
            self._until_gone()
            return

        def look() -> tuple[bool, str]:
            state = (self._table() or {}).get("TableStatus", "unseen")
            return state == "ACTIVE", state.lower()

        self.aws.waiter.until(look, f"table {self.identity.name} to be active", self.aws.timeout)

    def _until_gone(self) -> None:
        def look() -> tuple[bool, str]:
            table = self._table()
            return table is None, (table or {}).get("TableStatus", "gone").lower()

        self.aws.waiter.until(look, f"table {self.identity.name} to be gone", self.aws.timeout)

    def facts(self) -> dict[str, t.Any]:
        return {}

    def retired(self) -> list:
        return []

    def makes_first(self, plan: Plan) -> bool:
        return False


def keep_lock(aws: Aws) -> t.NoReturn:
    """Keep the table and take the lock in it, give the lock back, or remove the table with it."""
    params = aws.module.params
    table, state = LockTable(aws, params), params["state"]
    lock = Lock(aws, params["stack"], table.identity.name, params["owner"], params["token"] or 0, params["ttl"])
    before, after = {"absent": (_hold, None), "held": (None, _acquire), "released": (None, _release)}[state]
    frame = run_stages(
        aws,
        [] if state == "released" else [[table]],
        "absent" if state == "absent" else "present",
        first=before and (lambda: before(aws, lock)),
        last=after and (lambda: after(aws, lock)),
    )
    frame.exit(lock={"table": lock.table, "owner": lock.owner, "token": lock.token, "ttl": lock.ttl})


def _hold(aws: Aws, lock: Lock) -> None:
    """Nobody removes the lock of a run that goes on."""
    if lock.token:
        lock.renew()
    else:
        _acquire(aws, lock)


def _release(aws: Aws, lock: Lock) -> None:
    if not lock.token:
        return
    if aws.module.params["seals"]:
        try:
            seal(aws, lock.table, lock.stack, aws.module.params["seals"])
        except AwsFailure as error:  # the next run goes through all of it again, no more
            aws.module.warn(f"What was found unchanged was not sealed: {error}")
    lock.release()


def _acquire(aws: Aws, lock: Lock) -> None:
    def look() -> tuple[bool, str]:
        if lock.acquire():
            return True, "ours"
        holder = lock.holder()
        if is_dead(holder.get("owner", "")) and lock.acquire(dead=holder["owner"]):
            return True, "ours"
        left = max(0, holder.get("expires", 0) - int(time.time()))
        return False, f"held by {holder.get('owner', 'another run')} for another {left} s"

    try:
        aws.waiter.until(look, f"the lock of stack {lock.stack}", aws.module.params["patience"], first=1.0)
    except WaitTimeout as error:
        raise Refusal(f"{error}; let that run end, or set stack_lock_patience to wait for it") from error


def is_dead(owner: str) -> bool:
    """Whether an owner (user@host:pid:start) was a process of this very host that has ended: its lock is free at once.

    ``start`` is the process's start time in clock ticks since boot, field 22 of /proc/PID/stat (proc(5)), so that a
    process that merely has the same number is not taken for it. A host that cannot tell says no.
    """
    host, _colon, process = owner.partition("@")[2].partition(":")
    pid, _colon, start = process.partition(":")
    if host != socket.gethostname() or not pid.isdigit() or not os.path.isdir("/proc/self"):
        return False
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[19] != start
    except OSError:
        return True
