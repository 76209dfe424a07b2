# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A service: so many tasks of one task definition, kept running and registered as targets.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
"""

from __future__ import annotations

import typing as t
import uuid

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import tag_dict
from .._core.plan import is_unknown
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.resource import Raw
from .._core.resource import Tags
from .._tagging.index import indexed_arns
from .base import EcsResource
from .base import FIRST_USE
from .base import NO_CLUSTER
from .base import to_tags
from .cluster import Cluster
from .service_data import COMPLETED
from .service_data import create_spec
from .service_data import DEPLOYED
from .service_data import DEPLOYMENT
from .service_data import MOVING
from .service_data import NETWORK
from .service_data import PLAIN
from .service_data import primary
from .service_data import refuse_service
from .service_data import to_shape
from .service_data import update_spec
from .steadiness import Steadiness
from .strategy import wanted_strategy
from .used import services_in

MISSING = ("ServiceNotFoundException", NO_CLUSTER)
NO_REVISION = ("ClientException", "InvalidParameterException")
#: What was just made elsewhere is not known to ECS at once: a listener of the target group, a subnet or a security group, a cluster.
LAGGING = (
    *FIRST_USE,
    ("InvalidParameterException", "does not have an associated load balancer"),
    ("InvalidParameterException", ".NotFound)"),
    (NO_CLUSTER, ""),
)


class Service(EcsResource):
    TYPE, ID, NAME, PARENT = "ecs_service", "serviceArn", "serviceName", "cluster"
    #: ``rollout`` has no option: a deploy wants it completed, and starts anew one that ECS gave up.
    MANAGED = (*PLAIN, *NETWORK, *DEPLOYMENT, "load_balancer", "capacity_strategy", "propagate_tags", "zone_rebalancing", "rollout")
    # A name is free only when the service that had it is INACTIVE; until then it drains.
    GONE = ("DRAINING", "INACTIVE")

    def __init__(self, aws: Aws, params: dict[str, t.Any]):
        super().__init__(aws, params)
        self.deploys = bool(params.get("deploy"))
        if not self.deploys:
            self.CREATE_ONLY = DEPLOYED
        self.revision: str | None = None  # the ARN of the wanted one
        self.is_steady = True
        self.begun = False

    # -- reading -----------------------------------------------------------------------------------------------

    @classmethod
    def parent_of(cls, raw: Raw) -> dict[str, t.Any]:
        return {"cluster": raw["clusterArn"]}

    def read(self) -> Raw | None:
        """Of several of the name, which tombstones are, the one that is none."""
        found = services_in(self.aws, self.parent, [self.identity.name], include=["TAGS"])
        return next((one for one in found if one["status"] != "INACTIVE"), next(iter(found), None))

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        """Services are listed by cluster: those of the stack's clusters, and those in others' that the tagging index knows."""
        ours = {cluster.id for cluster in Cluster.owned(aws, stack)}
        found = [raw for cluster in ours for raw in services_in(aws, cluster, include=["TAGS"])]
        known = {raw[cls.ID] for raw in found}
        for arn in indexed_arns(aws, "ecs:service", stack):
            if arn not in known:
                found += services_in(aws, arn.split("/")[-2], [arn], include=["TAGS"])
        return [(raw, tag_dict(raw.get("tags"))) for raw in found]

    def describe(self) -> Shape | None:
        shape = super().describe()
        if self.params.get("state") == "present" and (shape is None or self.deploys):
            self.revision = self._resolved(self.params["task_definition"], shape)
            self._refuse_other_targets()
        if shape and self.deploys and not self.begun:
            self.is_steady = self._steadiness().look()[0]
        return shape

    def _resolved(self, given: str | None, standing: Shape | None) -> str | None:
        """The revision that is meant, by its ARN: of a family it is the newest. One that runs may go on when it was deregistered since."""
        if not given or is_unknown(given):
            return given
        name = given.rpartition("/")[2]
        raw = self.aws.find("ecs", "describe_task_definition", "taskDefinition", *NO_REVISION, taskDefinition=name)
        runs = bool(raw and standing) and raw["taskDefinitionArn"] == standing["task_definition"]
        if not raw or (raw["status"] != "ACTIVE" and not runs):
            raise Refusal(f"there is no active task definition {name} in {self.aws.region}; register it with ecs_task_definition first")
        return raw["taskDefinitionArn"]

    def _refuse_other_targets(self) -> None:
        """Tasks of Fargate are known by their addresses, and in no other way."""
        group = (self.params["load_balancer"] or {}).get("target_group_id")
        if group and not is_unknown(group):
            found = self.aws.find("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupNotFound", TargetGroupArns=[group])
            if found and found[0]["TargetType"] != "ip":
                raise Refusal(f"the targets of {group} are of the kind {found[0]['TargetType']}, and tasks are addresses; give one of target_type: ip")

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        shape = to_shape(raw)
        if self.begun and not self.params["wait"]:  # which is all that was asked of this run
            shape["rollout"] = COMPLETED
        return shape

    @property
    def is_coming(self) -> bool:
        """A deploy that was cut off goes on, until its tasks are well; another run waits for what ECS itself calls unfinished."""
        return not self.is_steady if self.deploys else primary(self.raw).get("rolloutState") == "IN_PROGRESS"

    # -- what is wanted ----------------------------------------------------------------------------------------

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        if before is None and (not self.revision or wanted["desired_count"] is None):
            raise Refusal("a service that does not stand yet needs a task_definition and a desired_count")
        moves = wanted["desired_count"] is not None and (before is None or self.deploys)
        refuse_service(wanted, wanted["desired_count"] if moves else before["desired_count"])
        balancer = wanted["load_balancer"]
        if balancer and not all(balancer.values()):
            raise Refusal(f"load_balancer lacks {', '.join(sorted(key for key, value in balancer.items() if not value))}")
        return {
            **wanted,
            "task_definition": self.revision,
            "subnet_ids": sorted(set(wanted["subnet_ids"])),
            "security_group_ids": sorted(set(wanted["security_group_ids"])),
            "capacity_strategy": wanted_strategy(wanted["capacity_strategy"]),
            "rollout": COMPLETED if self.deploys else None,
        }

    def facts(self) -> dict[str, t.Any]:
        deployment = primary(self.raw)
        return {
            "status": self.state(self.raw),
            "running_count": self.raw.get("runningCount"),
            "pending_count": self.raw.get("pendingCount"),
            "rollout_state": deployment.get("rolloutState"),
            "rollout_reason": deployment.get("rolloutStateReason"),
        }

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, after: Shape) -> None:
        old = self.read()
        if old and self.state(old) == "DRAINING":
            self.wait_until_gone()
        self.begun = True
        try:
            self.aws.call(
                "ecs",
                "create_service",
                lagging=LAGGING,
                cluster=self.parent,
                serviceName=self.identity.name,
                clientToken=uuid.uuid4().hex,
                tags=to_tags(after["tags"]),
                **create_spec(after),
            )
        except AwsFailure as error:
            # The name is taken meanwhile: find() looks whose it is.
            if "not idempotent" not in str(error.exception):
                raise

    def update(self, plan: Plan) -> None:
        self.begun = True
        spec = update_spec(plan.after, plan.keys)
        if spec:
            self.aws.call("ecs", "update_service", lagging=LAGGING, cluster=self.parent, service=self.identity.name, **spec)

    def delete(self) -> None:
        """By force, which ends its tasks too."""
        self.aws.call("ecs", "delete_service", settled=MISSING, cluster=self.parent, service=self.identity.name, force=True)

    # -- waiting -----------------------------------------------------------------------------------------------

    def wait(self, plan: Plan) -> None:
        if plan.after is None:
            self.wait_until_gone()
        elif plan.action != "update" or set(MOVING) & set(plan.keys):
            self._steadiness().wait(self.aws.timeout)

    def _steadiness(self) -> Steadiness:
        return Steadiness(self.aws, self.parent, self.identity.name)

    def wait_until_gone(self) -> None:
        """Until its last task has ended: only then its name is free, and its groups and addresses."""

        def look() -> tuple[bool, str]:
            self.aws.forget()
            raw = self.read() or {}
            state = self.state(raw) or "INACTIVE"
            return state == "INACTIVE", f"{state}, with {raw.get('runningCount', 0)} tasks"

        self.aws.waiter.until(look, f"{self.TYPE} {self.identity.name} to be gone", self.aws.timeout)
