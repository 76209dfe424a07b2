# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A scaling policy of an autoscaling group. https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScalingPolicy.html

A policy bears no tags: whose it is follows from its group, by whose name and its own it is found. Of those that hold a metric at
a target a group has one a metric, so that one is found by its metric too, and keeps the name that it has.
https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html
"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import tag_dict
from .._core.identity import Candidate
from .._core.identity import choose
from .._core.identity import KEY
from .._core.identity import STACK
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.resource import NamedResource
from .._core.resource import Raw
from .._core.resource import Tags
from .policy_types import BALANCER
from .policy_types import empty
from .policy_types import KEYS
from .policy_types import ONLY_WITH
from .policy_types import REQUESTS
from .policy_types import sort_steps
from .policy_types import to_shape
from .policy_types import to_spec
from .policy_types import TYPE_NAMES

#: Another change of the group is on its way.
BUSY = ("ResourceContention", "ScalingActivityInProgress")
TRACKING = "target_tracking"
#: The one code that the service has for what is not there.
ABSENT = "ValidationError"


class ScalingPolicy(NamedResource):
    TYPE, ID, NAME, PARENT = "autoscaling_policy", "PolicyARN", "PolicyName", "group_name"
    MANAGED = ("type", "enabled", *KEYS)

    # -- reading -----------------------------------------------------------------------------------------------

    def find(self) -> Raw | None:
        """The policy of that name, in a group that is the component's; raise Refusal where the group is another's."""
        named = {"AutoScalingGroupNames": [self.parent]}
        for group in self.aws.read("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", **named):
            tags = tag_dict(group.get("Tags"))
            if not choose([Candidate(self.parent, tags, True)], self.identity, adopt=self.params.get("adopt", False)):
                raise Refusal(f"the group {self.parent} belongs to another component or stack; its policies are kept there")
        return self.read()

    def read(self) -> Raw | None:
        found = self.aws.find("autoscaling", "describe_policies", "ScalingPolicies", ABSENT, AutoScalingGroupName=self.parent) or []
        named = [raw for raw in found if raw[self.NAME] == self.identity.name]
        in_place = [raw for raw in found if self._is_in_place(raw)]
        return next(iter(named or in_place), None)

    def _is_in_place(self, raw: Raw) -> bool:
        """Whether this one holds the wanted metric at a target. Only a policy's own name is a reason to remove it."""
        if (self.params.get("state"), self.params.get("type")) != ("present", TRACKING):
            return False
        shape = to_shape(raw)
        return all((shape[key] or "") == (self.params.get(key) or "") for key in ("type", "metric", *BALANCER))

    def shape(self, raw: Raw) -> Shape:
        return to_shape(raw)

    def tags_of(self, raw: Raw) -> Tags:
        return {}

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterator[tuple[Raw, Tags]]:
        """The policies of the groups that the stack owns, each with its group's tags and its own name for a key."""
        filters = [{"Name": f"tag:{STACK}", "Values": [stack]}]
        for group in aws.read("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", Filters=filters):
            named = {"AutoScalingGroupName": group["AutoScalingGroupName"]}
            for raw in aws.find("autoscaling", "describe_policies", "ScalingPolicies", ABSENT, **named) or []:
                yield raw, {**tag_dict(group["Tags"]), KEY: raw[cls.NAME]}

    @classmethod
    def parent_of(cls, raw: Raw) -> dict[str, t.Any]:
        return {cls.PARENT: raw["AutoScalingGroupName"]}

    # -- what is wanted ----------------------------------------------------------------------------------------

    def desired(self, before: Shape | None) -> Shape:
        kind = self.params["type"]
        given = {key: self.params.get(key) for key in KEYS}
        strange = [key for key, value in given.items() if value is not None and kind not in KEYS[key]]
        if strange:
            raise Refusal(f"a {kind} policy takes no {', '.join(strange)}; leave that out, or choose another type")
        balancer = [bool(given[key]) for key in BALANCER]
        if any(balancer) != all(balancer) or given["metric"] == REQUESTS and not all(balancer):
            raise Refusal(f"{REQUESTS} is counted at a target group of a load balancer; give {' and '.join(BALANCER)}")
        unfit = {key: pair for key, pair in ONLY_WITH.items() if given[pair[0]] not in (None, pair[1])}
        for key, (other, value) in unfit.items():
            if given[key]:
                raise Refusal(f"{key} goes with {other}: {value} only; leave it out")
        steps = None if given["steps"] is None else sort_steps(given["steps"])
        return {"type": kind, "enabled": self.params.get("enabled"), **given, "steps": steps, **dict.fromkeys(unfit, ""), **empty(kind)}

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, after: Shape) -> None:
        self._put(after)

    def update(self, plan: Plan) -> None:
        if plan.keys:
            self._put(plan.after)

    def _put(self, after: Shape) -> None:
        """All of it at once: what is left out AWS forgets."""
        named = {**self._named, "PolicyType": TYPE_NAMES[after["type"]]}
        self.aws.call("autoscaling", "put_scaling_policy", busy=BUSY, **named, **to_spec(after))

    def _retag(self, plan: Plan) -> None:
        """Nothing: a policy bears no tags."""

    def delete(self) -> None:
        self.aws.call("autoscaling", "delete_policy", settled=(ABSENT,), busy=BUSY, **self._named)

    @property
    def _named(self) -> dict[str, t.Any]:
        """Itself, by the name that it has."""
        return {"AutoScalingGroupName": self.parent, "PolicyName": self.raw.get(self.NAME, self.identity.name)}

    def facts(self) -> dict[str, t.Any]:
        return {"group_name": self.parent, "alarms": sorted(one["AlarmName"] for one in self.raw.get("Alarms", []))}
