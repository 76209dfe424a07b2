# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A database instance. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html"""

from __future__ import annotations

import datetime
import typing as t
import uuid

from .._aws import Aws
from .._aws import READ_LAG
from .._aws import tag_dict
from .._aws import tag_list
from .._core.identity import OURS
from .._core.plan import make_plan
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.resource import Raw
from .._core.resource import Tags
from .._kms.names import is_name_of
from .base import FIRST_USE
from .base import RdsResource
from .fields import as_wanted
from .fields import CREATE
from .fields import growth
from .fields import modification
from .fields import OFF
from .fields import to_shape
from .master_user import master_user

#: What becomes of the data when the instance is removed: the tag that says so, and its values.
REMOVAL, SNAPSHOT, DISCARD = OURS + "removal", "snapshot", "discard"
MISSING, BUSY = "DBInstanceNotFound", ("InvalidDBInstanceState",)
#: A role that was just made is not known to RDS at once.
NEW_ROLE = ("InvalidParameterValue", "ENHANCED_MONITORING")
#: States of which RDS takes no snapshot (API_DeleteDBInstance).
UNSAVABLE = ("failed", "incompatible-restore", "incompatible-network")


class Instance(RdsResource):
    TYPE, ID, NAME, STATE = "rds_instance", "DBInstanceArn", "DBInstanceIdentifier", "DBInstanceStatus"
    MANAGED = (*CREATE, "removal")
    IMMUTABLE = ("engine", "kms_key_id", "storage_encrypted", "db_name", "master_username", "subnet_group")
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html: while storage is optimized the
    # instance works, for hours; nothing but people leads out of the broken states.
    READY = ("available", "storage-optimization")
    COMING = ("creating",)
    BROKEN = (
        *UNSAVABLE,
        *("inaccessible-encryption-credentials", "inaccessible-encryption-credentials-recoverable", "incompatible-create"),
        *("incompatible-option-group", "incompatible-parameters", "insufficient-capacity", "restore-error", "storage-full", "stopped"),
    )
    REASON, GONE = "Reason", ("deleting",)

    # -- finding -----------------------------------------------------------------------------------------------

    def read(self) -> Raw | None:
        found = self.aws.find("rds", "describe_db_instances", "DBInstances", MISSING, DBInstanceIdentifier=self.identity.name)
        return found[0] if found else None

    def seen(self) -> Raw | None:
        """With AWS's reason, where it is broken: its status alone says nothing of it."""
        raw = self.read()
        return {**raw, self.REASON: self._last_event()} if raw and self.state(raw) in self.BROKEN else raw

    def _last_event(self) -> str:
        """What RDS told last of the instance, within a day."""
        source = {"SourceIdentifier": self.identity.name, "SourceType": "db-instance", "Duration": 24 * 60}
        events = self.aws.read("rds", "describe_events", "Events", **source)
        return max(events, key=lambda one: one["Date"])["Message"] if events else ""

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        return [(raw, tag_dict(raw.get("TagList"))) for raw in aws.read("rds", "describe_db_instances", "DBInstances")]

    @property
    def is_protected(self) -> bool:
        return bool(self.raw.get("DeletionProtection"))

    # -- shapes ------------------------------------------------------------------------------------------------

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        """What stands, and over it what is under way: a change that AWS has accepted is not asked for again."""
        shape = as_wanted(to_shape(raw), self.params)
        if is_name_of(self.aws, self.params.get("kms_key_id"), shape["kms_key_id"]):
            shape["kms_key_id"] = self.params["kms_key_id"]
        return {**shape, "removal": self.tags_of(raw).get(REMOVAL, SNAPSHOT)}

    def shape(self, raw: Raw) -> Shape:
        """The tag of the removal is a key of its own."""
        shape = super().shape(raw)
        return {**shape, "tags": {key: value for key, value in shape["tags"].items() if key != REMOVAL}}

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        for key in ("subnet_group", "parameter_group", "maintenance_window"):  # RDS keeps them in small letters
            wanted[key] = wanted[key] and wanted[key].lower()
        for key in ("security_group_ids", "log_exports"):
            wanted[key] = None if wanted[key] is None else sorted(set(wanted[key]))
        if before:
            self._refuse_what_stays(before, wanted)
        return growth(wanted, before) if before else wanted

    def _refuse_what_stays(self, before: Shape, wanted: Shape) -> None:
        """A new instance in the place of one that stands would be an empty one: that is never the first thing to say."""
        fixed = [key for key in self.IMMUTABLE if wanted[key] is not None and (wanted[key] or None) != (before[key] or None)]
        if fixed and not self.params.get("replace"):
            changes = ", ".join(f"{key} ({before[key]!r} to {wanted[key]!r})" for key in fixed)
            text = f"AWS cannot change {changes} of a database that stands; describe it as it stands, or restore a snapshot of it as what is wanted"
            how = " (of a copy that is encrypted)" if {"kms_key_id", "storage_encrypted"} & set(fixed) else ""
            raise Refusal(f"{text}{how}, and let that one take its name. replace: true makes an empty one in its place")

    def facts(self) -> dict[str, t.Any]:
        raw = self.raw
        endpoint = raw.get("Endpoint", {})
        return {
            "identifier": raw[self.NAME],
            "resource_id": raw.get("DbiResourceId"),
            "status": self.state(raw),
            "endpoint": {"address": endpoint.get("Address"), "port": endpoint.get("Port")},
            "running_version": raw.get("EngineVersion"),
            "availability_zone": raw.get("AvailabilityZone"),
            "pending": sorted(raw.get("PendingModifiedValues", {})),
            "parameters_apply": next((one.get("ParameterApplyStatus") for one in raw.get("DBParameterGroups", [])), None),
        }

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, after: Shape) -> None:
        old = self.seen()
        if old and self.state(old) in self.GONE:
            self.wait_until_gone()  # its name is free only then
        user, password = master_user(self.aws, self.params.get("secret_id"), after.get("master_username"))
        given = {field: after[key] for key, field in CREATE.items() if after.get(key) not in (None, OFF.get(key))}
        self.aws.call(
            "rds",
            "create_db_instance",
            settled=("DBInstanceAlreadyExists",),
            lagging=(NEW_ROLE, *FIRST_USE),
            **{**given, "DBInstanceIdentifier": self.identity.name, "MasterUsername": user, "MasterUserPassword": password},
            Tags=tag_list({**after["tags"], REMOVAL: after.get("removal", SNAPSHOT)}),
        )

    def fresh_shape(self) -> Shape:
        # The create call takes every key, and an instance that is being made shows but some.
        return self.desired(None)

    def update(self, plan: Plan) -> None:
        if "removal" in plan.keys:
            self.set_tags({REMOVAL: plan.after["removal"]})
        changes = modification(plan)
        if changes:
            self.wait_for(*self.READY)
            self._modify(ApplyImmediately=self.params.get("apply_immediately", True), **changes)

    def _modify(self, **changes: t.Any) -> None:
        self.aws.call("rds", "modify_db_instance", busy=BUSY, lagging=(NEW_ROLE,), DBInstanceIdentifier=self.identity.name, **changes)

    def wait(self, plan: Plan) -> None:
        """Wait until it works, and until what was changed at once is done: for a while after the call RDS still says ``available``."""
        if plan.after is None:
            self.wait_until_gone()
            return
        self.wait_for(*self.READY)
        if plan.action != "update" or not self.params.get("apply_immediately", True):
            return
        start = self.aws.waiter.clock()

        def look() -> tuple[bool, str]:
            self.wait_for(*self.READY)
            pending = sorted(self.raw.get("PendingModifiedValues", {}))
            missing = make_plan(self.shape(self.raw), plan.after).keys
            late = bool(missing) and self.aws.waiter.clock() - start < READ_LAG
            return not pending and not late, f"without {', '.join(pending or missing)}"

        self.aws.waiter.until(look, f"{self.TYPE} {self.identity.name} to take its changes", self.aws.timeout)

    def wait_until_gone(self) -> None:
        """Until RDS lists it no more: only then its name and its groups are free."""

        def look() -> tuple[bool, str]:
            self.aws.forget()
            raw = self.read()
            return raw is None, self.state(raw or {}) or "listed"

        self.aws.waiter.until(look, f"{self.TYPE} {self.identity.name} to be gone", self.aws.timeout)

    def delete(self) -> None:
        """Take the protection off, keep the data unless they are to be discarded, and let it go."""
        raw = self.read()
        state = self.state(raw or {})
        keeps = (self.params.get("removal") or self.tags_of(raw or {}).get(REMOVAL)) != DISCARD
        if keeps and state in UNSAVABLE:
            raise Refusal(f"it is {state} ({self._last_event() or 'AWS gives no reason'}), and AWS takes no snapshot of it; set removal: discard")
        if state not in (*self.BROKEN, *self.GONE):
            self.wait_for(*self.READY)
        if raw and raw.get("DeletionProtection"):
            self._modify(DeletionProtection=False, ApplyImmediately=True)
        last = {"FinalDBSnapshotIdentifier": self._snapshot_name()} if keeps else {}
        self.aws.call(
            "rds",
            "delete_db_instance",
            settled=(MISSING,),
            busy=BUSY,
            lagging=(("InvalidParameterCombination", "protect"),),
            DBInstanceIdentifier=self.identity.name,
            SkipFinalSnapshot=not keeps,
            DeleteAutomatedBackups=True,
            **last,
        )

    def _snapshot_name(self) -> str:
        """A name that no snapshot of an earlier instance has."""
        day = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d")
        return f"{self.identity.name}-final-{day}-{uuid.uuid4().hex[:8]}"
