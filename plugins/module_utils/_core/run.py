# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one place that knows check mode, diff, applying, waiting, masking, failing and exiting."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._aws import AnsibleAWSError
from .._aws import Aws
from .identity import Identity
from .lock import held_lock
from .plan import is_unknown
from .plan import make_plan
from .plan import Plan
from .plan import Refusal
from .plan import Shape
from .plan import UNKNOWN
from .secrets import Mask
from .wait import WaitTimeout

#: Seconds for which AWS may go on reporting old values after a change that it accepted.
SETTLE = 20.0


class Resource(t.Protocol):
    """What the frame asks of a resource. It takes an Aws and parameters, and knows no AnsibleModule."""

    TYPE: str  # the name of its module
    IMMUTABLE: t.Collection[str]  # keys that AWS takes only when it is made
    CREATE_ONLY: t.Collection[str]  # keys that are set once and are no drift afterwards
    SECRETS: t.Collection[str]  # keys that no output may show
    identity: Identity
    id: str | None
    is_coming: bool  # whether AWS is still making it, though nothing is to be changed

    def describe(self) -> Shape | None: ...  # AWS -> shape; the only reader
    def desired(self, before: Shape | None) -> Shape | None: ...  # parameters -> shape; makes no call
    def apply(self, plan: Plan) -> None: ...  # the only writer; reads the plan, never the parameters
    def wait(self, plan: Plan) -> None: ...  # until what apply() began is done
    def facts(self) -> dict[str, t.Any]: ...  # what others may want to know and no plan compares: ARNs, addresses
    def retired(self) -> list[Resource]: ...  # what an interrupted replacement left behind
    def makes_first(self, plan: Plan) -> bool: ...  # a replacement may stand beside what it replaces
    def retire(self) -> Resource: ...  # the old resource, marked as such, so that the new one can take its place


@dataclass
class Step:
    """One resource on its way: its plan, and what stood after it was carried out."""

    resource: Resource
    plan: Plan
    after: Shape | None = None
    done: bool = False

    @property
    def label(self) -> str:
        who = self.resource.identity
        return f"{who.component}: {self.resource.TYPE} {who.name}"

    def report(self) -> dict[str, t.Any]:
        """One line of the plan: (component, type, name, action, keys), and the id of what is kept."""
        who = self.resource.identity
        return {
            "component": who.component,
            "type": self.resource.TYPE,
            "name": who.name,
            "key": who.key,
            "action": self.plan.action,
            "keys": self.plan.keys if self.plan.action in ("create", "update", "replace") else [],
            "id": (self.resource.id or UNKNOWN) if self.plan.after is not None else self.resource.id,
        }


class Frame:
    """One module run: plan everything, then apply, wait and read again, stage by stage."""

    def __init__(self, aws: Aws, stages: t.Sequence[t.Sequence[Resource]], state: str):
        self.aws, self.module, self.state = aws, aws.module, state
        self.mask = Mask({key for stage in stages for resource in stage for key in resource.SECRETS})
        self.at = ""
        self.stages: list[list[Step]] = []
        self._given = [[(resource, resource.id) for resource in stage] for stage in stages]

    @property
    def steps(self) -> list[Step]:
        return [step for stage in self.stages for step in stage]

    def plan(self) -> None:
        self.stages = [[step for resource, _id in given for step in self._plan_one(resource)] for given in self._given]

    @property
    def changing(self) -> bool:
        return any(step.plan.action != "none" for step in self.steps)

    def plan_again(self) -> None:
        """Plan from what AWS says now, and not from what it said to stack_info: something is to be written."""
        self.aws.forget()
        for resource, known in (one for given in self._given for one in given):
            resource.id = known
        self.plan()

    def _plan_one(self, resource: Resource) -> t.Iterator[Step]:
        step = Step(resource, Plan(None, None))
        self.at = step.label
        before = resource.describe()
        wanted = None if self.state == "absent" else resource.desired(before)
        self.mask.learn(before)
        self.mask.learn(wanted)
        step.plan = make_plan(
            before,
            wanted,
            immutable=resource.IMMUTABLE,
            create_only=resource.CREATE_ONLY,
            replace=bool(self.module.params.get("replace")),
        )
        step.after = step.plan.after
        yield step
        for old in resource.retired():
            yield Step(old, Plan(old.describe(), None))

    def apply(self) -> None:
        if not self.changing and not any(map(self._is_awaited, self.steps)):
            return
        self.aws.answers.drop()
        lock = held_lock(self.aws)
        if lock:
            lock.renew()
            self.aws.waiter.alive = lock.renew
        for stage in self.stages:
            changing = [step for step in stage if step.plan.action != "none"]
            for step in changing:
                self._apply_one(step)
            begun = [step for step in stage if step in changing or self._is_awaited(step)]
            for step in begun:
                self.at = step.label
                if self.module.params.get("wait", True):
                    step.resource.wait(step.plan)
            self.aws.forget()
            for step in begun:
                self._read_again(step)

    def _is_awaited(self, step: Step) -> bool:
        """What a run before began and did not wait for, by choice or since it was killed, is waited for by the next."""
        return step.plan.action == "none" and step.resource.is_coming and bool(self.module.params.get("wait", True))

    def _apply_one(self, step: Step) -> None:
        self.at = step.label
        resource, plan = step.resource, step.plan
        if is_unknown(plan.after):
            raise Refusal("a resource that it refers to was not made; run again without --limit, or name that one too")
        if plan.action != "replace":
            resource.apply(plan)
        elif resource.makes_first(plan):
            old = resource.retire()
            resource.apply(plan.creation())
            old.apply(plan.deletion())
            old.wait(plan.deletion())
        else:
            resource.apply(plan.deletion())
            resource.wait(plan.deletion())
            resource.apply(plan.creation())
        step.done = True

    def _read_again(self, step: Step) -> None:
        """Believe what AWS says, not what was sent: reads lag writes for a while, and then the difference is told."""
        self.at = step.label
        plan, missed = step.plan, []

        def look() -> tuple[bool, str]:
            self.aws.forget()
            step.after = step.resource.describe()
            missed[:] = make_plan(step.after, plan.after).keys if step.after and plan.after else []
            return not missed and (step.after is None) == (plan.after is None), "different"

        try:
            self.aws.waiter.until(look, f"{step.label} to read as it was written", SETTLE, most=2.0)
        except WaitTimeout:
            what = f"other values for {', '.join(missed)}" if missed else ("it" if step.after else "nothing")
            self.module.warn(f"{step.label}: AWS accepted the change and still reports {what}")

    def result(self) -> dict[str, t.Any]:
        changed = [step for step in self.steps if step.plan.action != "none"]
        return {
            "changed": bool(changed),
            "planned": [step.report() for step in self.steps],
            "diff": [self._diff(step) for step in changed],
            "waited": self.aws.waiter.waited,
        }

    def _diff(self, step: Step) -> dict[str, t.Any]:
        sides = step.plan.diff()
        return {**self.mask.diff(sides["before"], sides["after"]), "before_header": step.label, "after_header": step.label}

    def shapes(self) -> list[dict[str, t.Any]]:
        """What stands now, or would: each shape with its id and facts."""
        return [
            {"id": UNKNOWN, **step.resource.identity.__dict__, **self.mask.shape(step.after), **_facts(step.resource)}
            for step in self.steps
            if step.plan.after is not None and step.after is not None
        ]

    def exit(self, **returns: t.Any) -> t.NoReturn:
        self.module.exit_json(**{**self.result(), **returns})

    def fail(self, error: Exception) -> t.NoReturn:
        for component in {resource.identity.component for given in self._given for resource, _id in given}:
            self.aws.answers.log(component, settled=False)
        cause = getattr(error, "exception", None)
        text = f"{error.message}: {cause}" if isinstance(error, AnsibleAWSError) and cause else str(error)
        done = [step.report() for step in self.steps if step.done]
        self.module.fail_json(msg=self.mask.text(f"{self.at}: {text}"), planned=done, waited=self.aws.waiter.waited)


def _facts(resource: Resource) -> dict[str, t.Any]:
    return {"id": resource.id, **resource.facts()} if resource.id else {}


def run_stages(
    aws: Aws,
    stages: t.Sequence[t.Sequence[Resource]],
    state: str,
    *,
    planning: bool = False,
    first: t.Callable[[], None] | None = None,
    last: t.Callable[[], None] | None = None,
) -> Frame:
    """Plan all stages; unless only ``planning``, carry them out one after another. Ends the module on failure.

    ``first`` runs before anything is changed, where there is something to change, and ``last`` at the end, in any case;
    neither under check mode.
    """
    frame = Frame(aws, stages, state)
    try:
        frame.plan()
        planning = planning or aws.module.check_mode
        if frame.changing and aws.answers.used and not planning:
            frame.plan_again()
        if first and frame.changing and not planning:
            first()
        if not planning:
            frame.apply()
        for component in {step.resource.identity.component for step in frame.steps}:
            aws.answers.log(component, settled=not frame.changing)
        if last and not aws.module.check_mode:
            last()
    except (AnsibleAWSError, Refusal, WaitTimeout) as error:
        frame.fail(error)
    return frame


def run(aws: Aws, resources: t.Sequence[Resource], returns: str) -> t.NoReturn:
    """Keep resources of one type as described, and end the module with ``returns`` as a list."""
    frame = run_stages(aws, [resources], aws.module.params["state"])
    frame.exit(**{returns: frame.shapes()})


def run_one(aws: Aws, resource: Resource, returns: str) -> t.NoReturn:
    """Keep one resource as described, and end the module with ``returns`` as a dictionary (empty when it is absent)."""
    frame = run_stages(aws, [[resource]], aws.module.params["state"])
    frame.exit(**{returns: (frame.shapes() or [{}])[0]})


def answer(module: t.Any, read: t.Callable[[], dict[str, t.Any]], asking: Aws | None = None) -> t.NoReturn:
    """End a module that only reads. ``asking`` is given by one whose answers a component is planned by: they are of its seal too."""
    component = (module.params.get("dispatched") or {}).get("host", "")
    try:
        found = read()
    except (AnsibleAWSError, Refusal) as error:
        if asking:
            asking.answers.log(component, settled=False)
        module.fail_json(msg=str(error))
    if asking:
        asking.answers.log(component, settled=True)
    module.exit_json(changed=False, **found)
