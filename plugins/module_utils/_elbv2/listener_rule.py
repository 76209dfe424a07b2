# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rule of a listener: which paths and hosts go to which target group, and before which other rules.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import error_code
from .._aws import tag_list
from .._core.identity import COMPONENT
from .._core.identity import STACK
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.resource import Raw
from .actions import forwarded
from .actions import refuse_to_drop
from .actions import to_actions
from .base import Elbv2Child
from .base import with_tags
from .listener import Listener

#: Our key, AWS's name of the condition, and the field of its particulars.
CONDITIONS = {"paths": ("path-pattern", "PathPatternConfig"), "hosts": ("host-header", "HostHeaderConfig")}
#: Where it leads: one target group, or several, of which a rule says the one or the other.
TARGETS = ("target_group_id", "target_group_ids")
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html: Priority
LAST = 50000


class ListenerRule(Elbv2Child):
    TYPE, ID, PARENT = "elbv2_listener_rule", "RuleArn", "listener_id"
    READ = ("describe_rules", "Rules")
    MANAGED = ("priority", *CONDITIONS, *TARGETS)

    @classmethod
    def parents(cls, aws: Aws) -> list[str]:
        return [raw[Listener.ID] for balancer in Listener.parents(aws) for raw in Listener.within(aws, balancer)]

    @classmethod
    def within(cls, aws: Aws, parent: str) -> list[Raw]:
        """Without the default one, which is the listener's own."""
        found = aws.find("elbv2", *cls.READ, "ListenerNotFound", ListenerArn=parent)
        return with_tags(aws, [raw for raw in found or [] if not raw["IsDefault"]], cls.ID)

    def is_named(self, raw: Raw) -> bool:
        """Of two rules with the same conditions the later meets no request: what nobody's tags are on, and has ours, stands in our place."""
        wanted = {key: sorted(self.params.get(key) or []) for key in CONDITIONS}
        same = len(raw["Conditions"]) == sum(map(bool, wanted.values())) and _conditions(raw) == wanted
        return super().is_named(raw) or (same and STACK not in self.tags_of(raw))

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        leads = forwarded(raw["Actions"], self.params) if _forwards(raw) else {}
        return {"priority": int(raw["Priority"]), **_conditions(raw), **leads}

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        refuse_to_drop(self.raw.get("Actions", []), wanted["target_group_ids"] or [])
        return {**wanted, **{key: None if wanted[key] is None else sorted(wanted[key]) for key in CONDITIONS}}

    # -- writing -----------------------------------------------------------------------------------------------

    def make(self, after: Shape) -> Raw:
        """Where the wanted priority is still held by another of ours, it is made beside the others, and then moved."""
        spec = {"ListenerArn": self.parent, "Tags": tag_list(after["tags"])}
        spec |= {"Conditions": self._conditions(after, []), "Actions": to_actions(_action(after))}
        made: list[Raw] = []

        def attempt() -> tuple[bool, str]:
            priority = self._free_priority(after.get("priority"))
            try:
                answer = self.aws.create_once("elbv2", "create_rule", self.find, **spec, Priority=priority)
            except AwsFailure as error:
                if error_code(error) != "PriorityInUse":
                    raise
                return False, f"{priority} was taken"
            # After a reply that was lost, what had been made was found by its tags.
            made[:] = [self.find() if answer is None else {**answer["Rules"][0], "Tags": spec["Tags"]}]
            return True, "made"

        self.aws.waiter.until(attempt, f"a priority for {self.identity.name} that no other takes first", self.aws.timeout)
        return made[0]

    def update(self, plan: Plan) -> None:
        spec: dict[str, t.Any] = {}
        if set(CONDITIONS) & set(plan.keys):
            spec["Conditions"] = self._conditions(plan.after, self.raw["Conditions"])
        if set(TARGETS) & set(plan.keys):
            spec["Actions"] = to_actions(_action(plan.after), self.raw["Actions"])
        if spec:
            self.aws.call("elbv2", "modify_rule", lagging=(("TargetGroupNotFound", ""),), RuleArn=self.id, **spec)
        if "priority" in plan.keys:
            self._move(plan.after["priority"])

    def _conditions(self, after: Shape, standing: list[Raw]) -> list[Raw]:
        """The conditions on paths and hosts, and those that stand on anything else."""
        ours = {field for field, _config in CONDITIONS.values()}
        kept = [one for one in standing if one["Field"] not in ours]
        wanted = [{"Field": field, config: {"Values": after[key]}} for key, (field, config) in CONDITIONS.items() if after.get(key)]
        return kept + wanted

    def delete(self) -> None:
        self.aws.call("elbv2", "delete_rule", RuleArn=self.id, settled=("RuleNotFound",))

    # -- priorities --------------------------------------------------------------------------------------------

    def _free_priority(self, wanted: int | None) -> int:
        """The wanted one where it is free, or the next after all in use, or, where that is the end, the last free one."""
        self.aws.forget()
        used = {int(raw["Priority"]) for raw in self.within(self.aws, self.parent)}
        if wanted and not self._holder(wanted):
            return wanted
        after_all = max(used, default=0) + 1
        return after_all if after_all <= LAST else next(place for place in range(LAST, 0, -1) if place not in used)

    def _holder(self, priority: int) -> Raw | None:
        """The other rule at this place. One that is not this component's is left where it is: Refusal."""
        rules = self.within(self.aws, self.parent)
        holder = next((raw for raw in rules if int(raw["Priority"]) == priority and raw[self.ID] != self.id), None)
        if holder:
            tags = self.tags_of(holder)
            if (tags.get(STACK), tags.get(COMPONENT)) != (self.identity.stack, self.identity.component):
                owner = tags.get(COMPONENT) or "nobody that bears our tags"
                raise Refusal(f"priority {priority} is held by {holder[self.ID]} of {owner}; choose another priority")
        return holder

    def _move(self, priority: int) -> None:
        """Take the place; another rule of ours that holds it takes this one's, and goes where it belongs in its own turn."""
        self.aws.forget()
        here = int((self.seen() or self.raw)["Priority"])
        if here == priority:
            return
        holder = self._holder(priority)
        moves = [(self.id, priority), *([(holder[self.ID], here)] if holder else [])]
        self.aws.call("elbv2", "set_rule_priorities", RulePriorities=[{"RuleArn": arn, "Priority": place} for arn, place in moves])


def _conditions(raw: Raw) -> dict[str, list[str]]:
    return {key: sorted(_values(raw["Conditions"], key)) for key in CONDITIONS}


def _values(conditions: list[Raw], key: str) -> list[str]:
    field, config = CONDITIONS[key]
    return [value for one in conditions if one["Field"] == field for value in one.get(config, {}).get("Values") or one.get("Values", [])]


def _forwards(raw: Raw) -> bool:
    return any(one["Type"] == "forward" for one in raw["Actions"])


def _action(after: Shape) -> Shape:
    return {"type": "forward", **{key: after[key] for key in TARGETS if after.get(key)}}
