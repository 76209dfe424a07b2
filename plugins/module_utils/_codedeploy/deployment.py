# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A deployment, as a wanted state: a revision is what a deployment group last ran with success.

https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeployment.html
"""

from __future__ import annotations

import re
import time
import typing as t
import uuid

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import error_code
from .._core.identity import Identity
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.resource import Raw
from .base import MISSING
from .diagnosis import failed_targets
from .diagnosis import why

RUNNING = ("Created", "Queued", "InProgress", "Ready")
BROKEN = ("Failed", "Stopped")
#: Who starts a deployment because somebody wants it; the others AWS starts by itself: for an instance that was launched, or back.
WANTED_BY = ("user", "CloudFormation")
#: The fields of a revision in S3: ours, and AWS's (https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_S3Location.html).
FIELDS = {"bucket": "bucket", "key": "key", "bundle_type": "bundleType", "version": "version", "etag": "eTag"}
#: A bundle's type by the end of its key.
BUNDLES = {".zip": "zip", ".tar": "tar", ".tgz": "tgz", ".tar.gz": "tgz"}
#: Characters of a description (https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html).
DESCRIPTION = 256
#: Seconds by which the clock of a caller may be off before AWS refuses its signature.
SKEW = 900.0


class Deployment:
    """One deployment of the group: the one that is running for this revision, or a new one."""

    TYPE = "codedeploy_deployment"
    MANAGED = ("application", "deployment_group", "revision", "force")
    IMMUTABLE: tuple[str, ...] = ()
    CREATE_ONLY: tuple[str, ...] = ()
    SECRETS: tuple[str, ...] = ()
    is_coming = False

    def __init__(self, aws: Aws, params: dict[str, t.Any]):
        self.aws, self.params = aws, params
        group = params["deployment_group"]
        self.identity = Identity(params["stack"], params["component"], group, group)
        self.id: str | None = None
        self.raw: Raw = {}
        self.started = False  # by this run, or resumed by it
        self._names = {"applicationName": params["application"], "deploymentGroupName": group}

    # -- the four questions ------------------------------------------------------------------------------------

    def describe(self) -> Shape | None:
        """The group's last success; once one was started here, that one, however far it is."""
        id = self.id if self.started else self._last_success()
        self.raw = (self._get(id) if id else None) or {}
        if not self.raw:
            return None
        revision, force = self._revision_of(self.raw), bool(self.params["force"])
        # A deployment that is yet to be made has no id.
        self.id = id if self.started or (revision == self._revision and not force) else None
        names = {"application": self.raw["applicationName"], "deployment_group": self.raw["deploymentGroupName"]}
        return {**names, "revision": revision, "force": force and self.started}

    def desired(self, before: Shape | None) -> Shape:
        names = {key: self.params[key] for key in ("application", "deployment_group")}
        return {**names, "revision": self._revision, "force": self.params["force"] or None}

    def apply(self, plan: Plan) -> None:
        """Resume what runs for this revision, or start it; never more than one, and never over somebody else's."""

        def attempt() -> tuple[bool, str]:
            self.aws.forget()
            running = self._running()
            ours = next((one for one in running if one.get("creator") in WANTED_BY and self._revision_of(one) == plan.after["revision"]), None)
            if ours:
                self.id = ours["deploymentId"]
                return True, "resumed"
            if not running:
                return self._start(plan)
            self._refuse_unless_it_may_pass(running[0])
            return False, f"busy with {running[0]['deploymentId']} ({running[0]['status']})"

        self.aws.waiter.until(attempt, f"group {self.identity.name} to take a deployment", self.aws.timeout)
        self.started = True

    def wait(self, plan: Plan) -> None:
        """Until it succeeded; raise AwsFailure with AWS's reason, and the hooks that failed, when it did not."""

        def look() -> tuple[bool, str]:
            self.aws.forget()
            self.raw = self._get(self.id) or self.raw
            status, overview = self.raw.get("status", "unseen"), self.raw.get("deploymentOverview", {})
            if status in BROKEN:
                raise AwsFailure(why(self.raw, failed_targets(self.aws, self.id)))
            return status == "Succeeded", f"{status} ({overview.get('Succeeded', 0)} of {sum(overview.values())} instances done)"

        self.aws.waiter.until(look, f"deployment {self.id} of {self.identity.name} to succeed", self.aws.timeout)

    def facts(self) -> dict[str, t.Any]:
        """How far it is. A deployment may succeed although some instances failed: its configuration says how many."""
        overview = self.raw.get("deploymentOverview", {})
        return {
            "status": self.raw.get("status"),
            "description": self.raw.get("description"),
            "instances": {re.sub(r"(?<!^)(?=[A-Z])", "_", state).lower(): count for state, count in sorted(overview.items())},
            "failed_instances": failed_targets(self.aws, self.id) if overview.get("Failed") else [],
        }

    # -- replacing: there is no such thing ---------------------------------------------------------------------

    def makes_first(self, plan: Plan) -> bool:
        return False

    def retire(self) -> Deployment:
        raise AttributeError("a deployment is never replaced")

    def retired(self) -> list[Deployment]:
        return []

    # -- its parts ---------------------------------------------------------------------------------------------

    @property
    def _revision(self) -> dict[str, str]:
        """The fields of the wanted revision that were given."""
        given = {name: value for name, value in self.params["revision"].items() if value}
        if "bundle_type" not in given:
            kind = next((kind for end, kind in BUNDLES.items() if given["key"].endswith(end)), None)
            if not kind:
                raise Refusal(f"{given['key']} does not end as a bundle does ({', '.join(BUNDLES)}); say its bundle_type")
            given["bundle_type"] = kind
        return given

    def _revision_of(self, raw: Raw) -> dict[str, str]:
        """A deployment's revision, as far as the wanted one says anything: without a version, any version of the key is it."""
        where = raw.get("revision", {}).get("s3Location", {})
        return {name: where[FIELDS[name]] for name in self._revision if where.get(FIELDS[name])}

    def _last_success(self) -> str | None:
        group = self.aws.find("codedeploy", "get_deployment_group", "deploymentGroupInfo", *MISSING, **self._names) or {}
        return group.get("lastSuccessfulDeployment", {}).get("deploymentId")

    def _get(self, id: str | None) -> Raw | None:
        return self.aws.find("codedeploy", "get_deployment", "deploymentInfo", "DeploymentDoesNotExistException", deploymentId=id)

    def _running(self) -> list[Raw]:
        ids = self.aws.read("codedeploy", "list_deployments", "deployments", includeOnlyStatuses=list(RUNNING), **self._names)
        found = [self._get(id) for id in ids]
        return [one for one in found if one and one["status"] in RUNNING]

    def _refuse_unless_it_may_pass(self, other: Raw) -> None:
        """What AWS started ends by itself, and is waited for; what somebody wants only by choice."""
        if other.get("creator") in WANTED_BY and not self.params["queue"]:
            where = other.get("revision", {}).get("s3Location", {})
            raise Refusal(
                f"deployment {other['deploymentId']} of {where.get('bucket')}/{where.get('key')} is running there; wait for it with queue: true,"
                f" or stop it first (deploy stop-deployment --deployment-id {other['deploymentId']})"
            )

    # -- starting ----------------------------------------------------------------------------------------------

    def _start(self, plan: Plan) -> tuple[bool, str]:
        """Start it exactly once. The API has no client token: the description bears ours, by which it is looked for."""
        token = f"(run {uuid.uuid4().hex[:12]})"
        text = f"{self.params['description'] or ''}"[: DESCRIPTION - len(token) - 1]
        location = {FIELDS[name]: value for name, value in plan.after["revision"].items()}
        spec = {**self._names, "revision": {"revisionType": "S3", "s3Location": location}, "description": f"{text} {token}".strip()}
        since = time.time() - SKEW
        try:
            answer = self.aws.create_once("codedeploy", "create_deployment", lambda: self._bearing(token, since), **spec)
        except AwsFailure as error:
            if error_code(error) != "DeploymentLimitExceededException":
                raise
            return False, str(error.exception)  # somebody was faster: look again who, and what for
        self.id = (answer or self._bearing(token, since) or {})["deploymentId"]
        return True, "started"

    def _bearing(self, token: str, since: float) -> Raw | None:
        """The deployment that bears a token."""
        ids = self.aws.read("codedeploy", "list_deployments", "deployments", createTimeRange={"start": since}, **self._names)
        return next((one for one in map(self._get, ids) if one and token in one.get("description", "")), None)
