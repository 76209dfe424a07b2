# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The password of a database instance, made anew: a long operation whose wanted state is "done".

Three steps, each of which may be repeated: the new value waits under AWSPENDING; the instance takes its password; AWSCURRENT moves
to it, and AWSPREVIOUS to the one before. Where a run was interrupted, the next one finds AWSPENDING, gives the instance that very
password again, and goes on (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html has the
same steps, for a function). AWSCURRENT never names a password that does not work yet.
"""

from __future__ import annotations

import typing as t
from datetime import datetime
from datetime import timedelta
from datetime import UTC

from .._aws import Aws
from .._aws import AwsFailure
from .._core.identity import Identity
from .._core.plan import is_unknown
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .versions import CURRENT
from .versions import moment
from .versions import new_password
from .versions import PASSWORD
from .versions import PENDING
from .versions import SINCE
from .versions import Version
from .versions import Versions

MISSING = ("DBInstanceNotFound", "DBInstanceNotFoundFault")
#: States of an instance that no waiting leads out of (RDS user guide, accessing-monitoring: DB instance status).
BROKEN = ("deleting", "failed", "inaccessible-encryption-credentials", "restore-error", "stopped", "stopping", "storage-full")


class Rotation:
    """The password that one secret keeps for one instance is to be newer than a moment."""

    TYPE = "secretsmanager_rotation"
    MANAGED = ("secret_id", "db_instance", "rotated")
    IMMUTABLE = CREATE_ONLY = SECRETS = ()
    is_coming = False

    def __init__(self, aws: Aws, params: dict[str, t.Any]):
        self.aws, self.params = aws, params
        self.identity = Identity(params["stack"], params["component"], "rotation", params["db_instance"])
        self.id: str | None = None
        self.moment: datetime | None = None  # the password is to be newer than this
        self.since: datetime | None = None  # it is the password since then
        self.versions = Versions(aws, params["secret_id"])

    # -- the four questions ------------------------------------------------------------------------------------

    def describe(self) -> Shape | None:
        self.moment = self.moment or _threshold(self.params)
        if is_unknown([self.params["secret_id"], self.params["db_instance"]]):
            return None
        self._check_owners()
        current = self._current()
        self.id, self.since = self.params["secret_id"], current.since
        return {**self._what, "rotated": current.since >= self.moment and not self._interrupted(current)}

    def desired(self, before: Shape | None) -> Shape:
        return {**self._what, "rotated": True}

    def apply(self, plan: Plan) -> None:
        self._until_available()
        current = self._current()
        version, password = self._pending(current)
        self.aws.call(
            "rds",
            "modify_db_instance",
            DBInstanceIdentifier=self.params["db_instance"],
            MasterUserPassword=password,
            ApplyImmediately=True,
            busy=("InvalidDBInstanceState", "InvalidDBInstanceStateFault"),
        )
        self._until_available()
        self.versions.move(CURRENT, current.id, version)
        self.versions.move(PENDING, version)

    def wait(self, plan: Plan) -> None:
        """Nothing: the steps await one another."""

    def facts(self) -> dict[str, t.Any]:
        return {SINCE: self.since.isoformat() if self.since else None}

    def retired(self) -> list:
        return []

    def makes_first(self, plan: Plan) -> bool:
        return False

    # -- the secret --------------------------------------------------------------------------------------------

    @property
    def _what(self) -> dict[str, t.Any]:
        return {"secret_id": self.params["secret_id"], "db_instance": self.params["db_instance"]}

    def _current(self) -> Version:
        current = self.versions.read(CURRENT)
        if current is None or not current.password:
            raise Refusal(f"secret {self.params['secret_id']} has no JSON object with a {PASSWORD} as its value; keep it with secretsmanager_secret first")
        return current

    def _interrupted(self, current: Version) -> Version | None:
        """A version that was put and did not become the current one. One of the same password is only left from a rotation that was done."""
        pending = self.versions.read(PENDING)
        open = pending and pending.id != current.id and pending.password and pending.password != current.password
        return pending if open else None

    def _pending(self, current: Version) -> tuple[str, str]:
        """The id and the password of the version to come: that of an interrupted run if it is new enough, with the fields of today."""
        begun = self._interrupted(current)
        if begun and begun.since >= self.moment:
            document = {**current.document, PASSWORD: begun.password, SINCE: begun.document.get(SINCE) or begun.since.isoformat()}
        else:
            document = {**current.document, **new_password(self.aws, self.params["generate"])}
        kept = begun and begun.document == document
        return begun.id if kept else self.versions.put(document, PENDING), document[PASSWORD]

    # -- the instance ------------------------------------------------------------------------------------------

    def _instance(self) -> dict[str, t.Any]:
        name = self.params["db_instance"]
        found = self.aws.find("rds", "describe_db_instances", "DBInstances", *MISSING, DBInstanceIdentifier=name)
        if not found:
            raise Refusal(f"there is no database instance {name} in {self.aws.region}")
        return found[0]

    def _check_owners(self) -> None:
        """Refuse a password that somebody else changes."""
        instance, secret = self._instance(), self.versions.describe()
        if instance.get("MasterUserSecret"):
            raise Refusal(f"RDS itself keeps the password of {self.params['db_instance']}, in {instance['MasterUserSecret'].get('SecretArn')}")
        if instance.get("DBClusterIdentifier"):
            raise Refusal(f"the password of {self.params['db_instance']} is that of its cluster, {instance['DBClusterIdentifier']}")
        if secret.get("RotationEnabled"):
            raise Refusal(f"Secrets Manager itself rotates {self.params['secret_id']}; cancel that rotation, or leave it to do so")

    def _until_available(self) -> None:
        name = self.params["db_instance"]

        def look() -> tuple[bool, str]:
            self.aws.forget()
            instance = self._instance()
            state = instance["DBInstanceStatus"]
            if state in BROKEN or state.startswith("incompatible-"):
                raise AwsFailure(f"{name} is {state}; make it available, and run again")
            # Until the password is changed it is among the pending values (API_ModifyDBInstance: MasterUserPassword).
            changing = "MasterUserPassword" in instance.get("PendingModifiedValues", {})
            return state == "available" and not changing, "changing its password" if changing else state

        self.aws.waiter.until(look, f"database instance {name} to be available", self.aws.timeout)


def _threshold(params: t.Mapping[str, t.Any]) -> datetime:
    """The moment than which the password is to be newer."""
    now = datetime.now(UTC)
    asked = moment(params["newer_than"]) if params["newer_than"] else now - timedelta(days=params["max_age_days"])
    if asked > now:
        raise Refusal(f"no password can be newer than {asked.isoformat()}, which is yet to come")
    return asked
