# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How much each target group of a forward gets, as a step of a deployment: moved by one call, watched, and taken back where a gate fails.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html#forward-actions
"""

from __future__ import annotations

import typing as t

from .._aws import Aws
from .._aws import AwsFailure
from .._cloudwatch.target_figures import figures_of
from .._core.identity import Identity
from .._core.lock import held_lock
from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.resource import Raw
from .._deploy.gates import cause
from .._deploy.gates import Figures
from .._deploy.gates import Limits
from .actions import Action
from .actions import moved
from .actions import weights
from .health import Health
from .health import health_of

#: The greatest weight. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html
MOST = 999
GONE = ("ListenerNotFound", "RuleNotFound")


def name_of(target_group: str) -> str:
    """The name of a target group, by its ARN."""
    return target_group.split("/")[1]


def shown(found: t.Mapping[str, int]) -> str:
    """Weights for people: ``library-green-tg 10 %, library-blue-tg 90 %``."""
    whole = sum(found.values()) or 1
    return ", ".join(f"{name_of(arn)} {100 * weight / whole:g} %" for arn, weight in found.items())


class ListenerWeights:
    """It has no tags, and nothing of it is removed: it is what a listener or a rule says."""

    TYPE = "elbv2_listener_weights"
    MANAGED = ("weights",)
    IMMUTABLE = CREATE_ONLY = SECRETS = ()

    def __init__(self, aws: Aws, params: dict[str, t.Any]):
        self.aws, self.params = aws, params
        self.identity = Identity(params["stack"], params["component"], params["key"], params["name"])
        self.id: str | None = params["forward_id"]
        self.wanted: dict[str, int] = {arn: int(weight) for arn, weight in params["weights"].items()}
        named = ("min_healthy", "max_5xx", "max_latency", "percentile", "min_requests")
        self.limits = Limits(**{key: params[key] for key in named if params[key] is not None})
        self.is_watched = False
        self.began: float | None = None
        self.health: dict[str, Health] = {}
        self.figures = Figures()

    # -- the four questions ------------------------------------------------------------------------------------

    def describe(self) -> Shape:
        """The weights by the target groups' names."""
        self.actions = self._actions()
        self.standing = weights(self.actions)
        return self._shape(self.standing)

    def desired(self, before: Shape | None) -> Shape:
        self._refuse_bad_input()
        self.wanted |= {arn: 0 for arn in self.standing if arn not in self.wanted}
        return self._shape(self.wanted)

    def apply(self, plan: Plan) -> None:
        """Move the weights by one call, once the target groups that get more can take it."""
        self._refuse_what_cannot_answer()
        self._judge(self.gaining or self.wanted_live, is_over=False)
        self._write(self.wanted)
        self.began = self.aws.waiter.epoch()

    def wait(self, plan: Plan) -> None:
        """Watch the step for its time, whether this run began it or one before."""
        seconds = self.params["bake"]
        self.is_watched = True
        self.began = self.began or self.aws.waiter.epoch()
        told = self.limits.too_short(seconds)
        if told:
            self.aws.module.warn(f"{self.identity.name}: {told}")
        end = self.aws.waiter.clock() + seconds
        self.aws.waiter.watch(lambda: self._look(end), f"{self.identity.name} at {shown(self.wanted)}", seconds, self.params["interval"])

    @property
    def is_coming(self) -> bool:
        """A step that stands is watched all the same: nobody knows whether the run that began it did."""
        return not self.is_watched

    def facts(self) -> dict[str, t.Any]:
        healthy = sum(one.healthy for one in self.health.values())
        total = sum(one.total for one in self.health.values())
        seen = {"requests": self.figures.requests, "share_5xx": round(self.figures.share_5xx, 3), "latency": self.figures.latency}
        health = f"{healthy}/{total} healthy"
        told = f"{shown(self.wanted)}: {health}, {self.figures.said(self.limits.percentile)}, {self.params['bake']} s"
        return {"healthy": healthy, "total": total, **seen, "told": told}

    def retired(self) -> list:
        return []

    def makes_first(self, plan: Plan) -> bool:
        return False

    # -- reading -----------------------------------------------------------------------------------------------

    @property
    def _is_rule(self) -> bool:
        return ":listener-rule/" in self.params["forward_id"]

    def _actions(self) -> list[Action]:
        self.aws.forget()
        arn = self.params["forward_id"]
        if self._is_rule:
            found = self.aws.find("elbv2", "describe_rules", "Rules", *GONE, RuleArns=[arn])
        else:
            found = self.aws.find("elbv2", "describe_listeners", "Listeners", *GONE, ListenerArns=[arn])
        if not found:
            raise Refusal(f"there is no listener or rule {arn}; run site.yml first")
        return found[0]["Actions" if self._is_rule else "DefaultActions"]

    def _shape(self, found: t.Mapping[str, int]) -> Shape:
        return {"weights": {name_of(arn): weight for arn, weight in sorted(found.items())}}

    @property
    def gaining(self) -> list[str]:
        """The target groups that get a greater part than they have."""
        whole, now = sum(self.wanted.values()), sum(self.standing.values()) or 1
        return [arn for arn, weight in self.wanted.items() if weight / whole > self.standing.get(arn, 0) / now]

    @property
    def wanted_live(self) -> list[str]:
        return [arn for arn, weight in self.wanted.items() if weight]

    @property
    def watched(self) -> list[str]:
        """The target groups that the step is about: those that the fallback gives less, or all that get requests."""
        fallback = self.params["fallback"] or {}
        return [arn for arn in self.wanted_live if fallback and int(fallback.get(arn, 0)) < self.wanted[arn]] or self.wanted_live

    # -- judging -----------------------------------------------------------------------------------------------

    def _refuse_bad_input(self) -> None:
        if self.params["bake"] < 0 or not 1 <= self.params["interval"] <= 60:
            raise Refusal(f"bake is 0 s or more, and interval 1 to 60 s, unlike {self.params['bake']} and {self.params['interval']}")
        if not (0 <= self.limits.min_healthy <= 100 and 0 <= (self.limits.max_5xx or 0) <= 100 and 0 < self.limits.percentile < 100):
            raise Refusal("min_healthy, max_5xx and percentile are parts of a hundred")
        for told, found in (("weights", self.wanted), ("fallback", self.params["fallback"] or self.wanted)):
            bad = [arn for arn, weight in found.items() if not (arn.startswith("arn:") and 0 <= int(weight) <= MOST)]
            if bad or not any(int(weight) for weight in found.values()):
                raise Refusal(f"{told} are 0 to {MOST} by the ARN of a target group, and not all 0, unlike {found}")
        unnamed = [name_of(arn) for arn, weight in self.standing.items() if weight and arn not in self.wanted]
        if unnamed:
            raise Refusal(f"requests go to {' and '.join(unnamed)} too, of which the weights say nothing; name it with the weight that it shall have")
        missing = sorted(set(self.params["alarms"]) - set(self._alarms()))
        if missing:
            raise Refusal(f"there is no alarm {' and '.join(missing)}; make it, or name another")

    def _refuse_what_cannot_answer(self) -> None:
        """A target group that had no requests gets none before one of its targets is healthy."""
        fresh = [arn for arn in self.gaining if not self.standing.get(arn)]
        empty = [name_of(arn) for arn in fresh if not health_of(self.aws, arn).healthy]
        if empty:
            raise Refusal(f"{' and '.join(empty)} has no healthy target, and gets no requests before it has one; nothing was moved")

    def _look(self, end: float) -> None:
        self._judge(self.watched, is_over=self.aws.waiter.clock() >= end)

    def _judge(self, groups: t.Sequence[str], *, is_over: bool) -> None:
        """Look at every gate. Where one fails, put the weights back, and raise AwsFailure with the cause."""
        now = weights(self._actions())
        if self.began and now not in (self.wanted, self.standing):  # a read may lag the write
            raise Refusal(f"the weights were moved to {shown(now)} by another hand while this run watched; nothing more was written")
        states = self._alarms()
        self.health = {arn: health_of(self.aws, arn) for arn in groups}
        for arn, health in self.health.items():
            self.figures = self._figures(arn)
            why = cause(name_of(arn), health.healthy, health.percent, self.figures, self.limits, states, is_over=is_over)
            if why:
                raise AwsFailure(f"{why}; {self._put_back()}")

    def _figures(self, arn: str) -> Figures:
        if self.began is None:
            return Figures()
        return figures_of(self.aws, self.params["forward_id"], arn, self.began, self.aws.waiter.epoch(), self.limits.percentile)

    def _alarms(self) -> dict[str, str]:
        """The state of each alarm that is watched: OK, ALARM or INSUFFICIENT_DATA."""
        names = self.params["alarms"]
        if not names:
            return {}
        both = {"AlarmNames": names, "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        found: list[Raw] = []
        for field in ("MetricAlarms", "CompositeAlarms"):
            found += self.aws.read("cloudwatch", "describe_alarms", field, **both)
        return {one["AlarmName"]: one["StateValue"] for one in found}

    # -- writing -----------------------------------------------------------------------------------------------

    def _write(self, found: t.Mapping[str, int]) -> None:
        """One call, which AWS carries out as a whole; proven before it that the stack's lock still holds."""
        lock = held_lock(self.aws)
        if lock:
            lock.renew()
        actions = moved(self.actions, found)
        if self._is_rule:
            self.aws.call("elbv2", "modify_rule", RuleArn=self.params["forward_id"], Actions=actions)
        else:
            self.aws.call("elbv2", "modify_listener", ListenerArn=self.params["forward_id"], DefaultActions=actions)

    def _put_back(self) -> str:
        """Back to the fallback, or to what stood before, by one call; says what the weights are then."""
        back = {arn: int(weight) for arn, weight in (self.params["fallback"] or self.standing).items()}
        now = weights(self._actions())
        if back == now:
            return f"the weights are {shown(now)}"
        empty = [name_of(arn) for arn, weight in back.items() if weight and not now.get(arn) and not health_of(self.aws, arn).healthy]
        if empty:
            return f"the weights stay {shown(now)}, since {' and '.join(empty)} has no healthy target to go back to"
        self._write(back)
        return f"the weights are back at {shown(back)}"
