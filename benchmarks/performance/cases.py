# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is measured: the lives of a stack, each from an empty account on, by the sides in turns."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from dataclasses import field

from tests.stack.account import Account

from . import counts
from . import process
from .cloud import Cloud
from .measures import Sample
from .sides import CHANGE, CONVERGE, PLAN, Side
from .stacks import FLEET, TIO

#: Our lock is taken and given back by each converge, whether anything changes or not.
LOCKING = ("UpdateItem", "PutItem")


class Case(t.NamedTuple):
    """One thing that is measured: its letter (of --only), its name, and the step that it is for each side."""

    letter: str
    name: str
    steps: dict[str, str]


CREATE = Case("b", "first create", {"ours": CONVERGE, "terraform": CONVERGE, "stock": CONVERGE})
#: The first after a create or a change: ours goes through everything then, and seals what it finds unchanged.
PROVING = Case("a", "no-op after a change", {"ours": CONVERGE, "terraform": PLAN})
NO_OP = Case("a", "no-op", {"ours": CONVERGE, "terraform": PLAN, "stock": CONVERGE})
#: A life of TIO, in its order. What a side lacks has no step.
LIFE = (
    Case("c", "plan on an empty account", {"ours": PLAN, "terraform": PLAN}),
    CREATE,
    PROVING,
    NO_OP,
    Case("a", "no-op, the other way", {"ours": PLAN, "terraform": CONVERGE}),
    Case("d", "one changed component", {"ours": CHANGE, "terraform": CHANGE, "stock": CHANGE}),
)
GROWN = NO_OP._replace(letter="e")
SETTLED = CREATE._replace(letter="f")
LETTERS = "abcdef"
SIZES = (3, 10, 30)


class Failed(Exception):
    """A side did not do what was measured; the text says which, and the end of what it printed."""


@dataclass
class Bench:
    """One run of the benchmark: the cloud, the sides in their order, how often, and at which latencies (milliseconds)."""

    cloud: Cloud
    sides: list[Side]
    runs: int
    latencies: list[float]
    say: t.Callable[[str], None]
    samples: list[Sample] = field(default_factory=list)
    counted: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)

    def lives(self, letters: str) -> None:
        """Whole lives of TIO, as far as they are asked for, the sides in turns."""
        wanted = [case for case in LIFE if case.letter in letters]
        needed = LIFE[: 1 + max((LIFE.index(case) for case in wanted), default=-1)]
        for number in range(self.runs) if wanted else ():
            for latency in self.latencies:
                for side in self.sides:
                    self._begin(side, TIO)
                    for case in needed:
                        self._live(side, case, case in wanted, number, latency)

    def growth(self, sizes: t.Iterable[int] = SIZES) -> None:
        """No-ops of so many services. A create of thirty takes too long to be made for each: the no-ops of a side follow one another."""
        for size in sizes:
            for side in self.sides:
                stack = f"{FLEET}{size}"
                self._begin(side, stack)
                self._step(side, CONVERGE)
                self._count(side, stack)
                self._step(side, CONVERGE)
                for number in range(self.runs):
                    for latency in self.latencies:
                        self._measure(side, GROWN, number, stack=stack, latency=latency)

    def settling(self, seconds: float) -> None:
        """First creates in an account where what is slow on AWS takes so many seconds."""
        for number in range(self.runs):
            for latency in self.latencies:
                for side in self.sides:
                    self._begin(side, TIO)
                    self._measure(side, SETTLED, number, latency=latency, settle=seconds)

    def _begin(self, side: Side, stack: str) -> None:
        self.cloud.reset()
        side.prepare(stack)

    def _live(self, side: Side, case: Case, wanted: bool, number: int, latency: float) -> None:
        """A case that is not asked for is lived all the same where the next ones stand on it, and as fast as can be."""
        if wanted and side.name in case.steps:
            self._measure(side, case, number, latency=latency)
        elif case is CREATE:
            self._step(side, CONVERGE)
        if case is CREATE and side.name not in self.counted.get(TIO, {}):
            self._count(side, TIO)

    def _measure(self, side: Side, case: Case, number: int, stack: str = TIO, latency: float = 0, settle: float = 0) -> None:
        self.cloud.turn(latency_ms=latency, settle=settle)
        before = len(self.cloud.records())
        ran = self._step(side, case.steps[side.name])
        self.cloud.turn(latency_ms=0, settle=0)
        made = self.cloud.records(before)
        wrote = [one["operation"] for one in made if one["mutating"] and one["operation"] not in LOCKING]
        sample = Sample(case.name, stack, latency, settle, side.name, number, round(ran.seconds, 3), round(ran.memory, 1), len(made), len(wrote))
        self.samples.append(sample)
        self.say(f"{sample.case}, {stack}, {latency:g} ms, {side.name}: {ran.seconds:.1f} s, {len(made)} calls, {len(wrote)} writes, {ran.memory:.0f} MiB")
        writing = case in (CREATE, SETTLED) or case.steps[side.name] == CHANGE
        if writing and not wrote or wrote and not writing and side.name != "stock":
            raise Failed(f"{side.name}, {case.name}: {len(wrote)} writes\n{ran.screen[-3000:]}")
        if wrote and not writing:
            self.say(f"  a no-op that writes: {', '.join(sorted(set(wrote)))}")

    def _step(self, side: Side, step: str) -> process.Ran:
        command = side.command(step)
        if command is None:
            raise Failed(f"{side.name} has no {step}")
        ran = process.run(command, side.folder, self.cloud.environment() | side.environment(), self.cloud.pid)
        if ran.status:
            raise Failed(f"{side.name}: {' '.join(command)} ended with {ran.status}\n{ran.screen[-6000:]}")
        return ran

    def _count(self, side: Side, stack: str) -> None:
        self.counted.setdefault(stack, {})[side.name] = counts.counted(Account(self.cloud.endpoint))
