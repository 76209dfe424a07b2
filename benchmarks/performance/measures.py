# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was measured, what it comes to, and what it is held to. Pure."""

from __future__ import annotations

import statistics
import typing as t
from collections import defaultdict
from dataclasses import asdict
from dataclasses import dataclass

from .stacks import FLEET, TIO


class Sample(t.NamedTuple):
    """One run of one side. Latency in milliseconds a request, settle and seconds in seconds, memory in MiB; calls to AWS, and those that write."""

    case: str
    stack: str
    latency: float
    settle: float
    side: str
    number: int
    seconds: float
    memory: float
    calls: int
    writes: int


class Key(t.NamedTuple):
    """What samples are of the same thing by."""

    case: str
    stack: str
    latency: float
    settle: float
    side: str


class Summary(t.NamedTuple):
    """Seconds, as median, least and most; the median of the calls, the most of the writes, the highest memory; and how many runs."""

    median: float
    least: float
    most: float
    calls: float
    writes: int
    memory: float
    runs: int


@dataclass
class Results:
    """A finished run, as its JSON has it. `counts` are by stack, side and type; `left_out` says what was not measured, and why."""

    commit: str
    machine: dict[str, str]
    versions: dict[str, str]
    commands: list[str]
    left_out: list[str]
    counts: dict[str, dict[str, dict[str, int]]]
    samples: list[Sample]

    @classmethod
    def read(cls, raw: dict[str, t.Any]) -> Results:
        return cls(**{**raw, "samples": [Sample(*one) for one in raw["samples"]]})

    def raw(self) -> dict[str, t.Any]:
        return asdict(self) | {"samples": [list(one) for one in self.samples]}


class Bound(t.NamedTuple):
    """A ratio, and what it must not be above; `aim` is what it should come to."""

    says: str
    ratio: float
    limit: float
    aim: float | None = None

    @property
    def holds(self) -> bool:
        return self.ratio <= self.limit


def summarized(samples: t.Iterable[Sample]) -> dict[Key, Summary]:
    """What the samples come to, in the order of their first."""
    alike: dict[Key, list[Sample]] = defaultdict(list)
    for one in samples:
        alike[Key(*one[:5])].append(one)
    return {key: _summary(found) for key, found in alike.items()}


def _summary(found: list[Sample]) -> Summary:
    seconds = [one.seconds for one in found]
    calls = statistics.median(one.calls for one in found)
    return Summary(
        statistics.median(seconds), min(seconds), max(seconds), calls, max(one.writes for one in found), max(one.memory for one in found), len(found)
    )


def merged(many: t.Sequence[Results]) -> Results:
    """Several runs as one. Raises ValueError unless commit, machine and versions are the same, and each stack's counts."""
    first = many[0]
    for other in many[1:]:
        for part in ("commit", "machine"):
            if getattr(other, part) != getattr(first, part):
                raise ValueError(f"runs of another {part} are not put together: {getattr(first, part)} and {getattr(other, part)}")
    return Results(
        first.commit,
        first.machine,
        _united("versions", [one.versions for one in many]),
        [command for one in many for command in one.commands],
        list(dict.fromkeys(line for one in many for line in one.left_out)),
        _counts([one.counts for one in many]),
        [sample for one in many for sample in one.samples],
    )


def _united(what: str, many: t.Iterable[dict[str, t.Any]]) -> dict[str, t.Any]:
    """All entries of mappings that do not gainsay one another: a run of one side alone knows that side's versions. Raises ValueError."""
    united: dict[str, t.Any] = {}
    for one in many:
        for name, value in one.items():
            if united.setdefault(name, value) != value:
                raise ValueError(f"runs with other {what} are not put together: {name} is {united[name]} and {value}")
    return united


def _counts(many: t.Sequence[dict[str, dict[str, dict[str, int]]]]) -> dict[str, dict[str, dict[str, int]]]:
    stacks = dict.fromkeys(stack for one in many for stack in one)
    return {stack: _united("counts", [one.get(stack, {}) for one in many]) for stack in stacks}


def ratio(summaries: t.Mapping[Key, Summary], over: Key, under: Key) -> float | None:
    """How the medians of two compare, where both were measured."""
    return summaries[over].median / summaries[under].median if over in summaries and under in summaries else None


#: Case, latency (None: each), the other side, at most, and what is aimed at.
_HELD: tuple[tuple[str, float | None, str, float, float | None], ...] = (
    ("no-op", None, "terraform", 0.6, 0.4),
    ("first create", 0, "terraform", 0.3, None),
    ("no-op", None, "stock", 0.2, None),
)
_OTHERS = {"terraform": {"no-op": "terraform plan", "first create": "terraform apply"}, "stock": {"no-op": "the stock playbook's"}}
#: A service beyond the third costs at most that share of the first three's mean.
SHARE = 0.25


def bounds(summaries: t.Mapping[Key, Summary]) -> list[Bound]:
    """What the figures are held to, as far as they were measured."""
    found = []
    for case, only, other, limit, aim in _HELD:
        for latency in sorted({key.latency for key in summaries if only in (None, key.latency)}):
            ours, theirs = (Key(case, TIO, latency, 0, side) for side in ("ours", other))
            if (compared := ratio(summaries, ours, theirs)) is not None:
                found.append(Bound(f"{case} against {_OTHERS[other][case]}, {latency:g} ms a request", compared, limit, aim))
    return found + _growth(summaries)


def _growth(summaries: t.Mapping[Key, Summary]) -> list[Bound]:
    found = []
    for key, few in summaries.items():
        if key.stack == f"{FLEET}3" and key.side == "ours":
            for size in sizes(summaries):
                if size > 3 and (many := summaries.get(key._replace(stack=f"{FLEET}{size}"))):
                    share = (many.median - few.median) / (size - 3) / (few.median / 3)
                    found.append(Bound(f"each of services 4 to {size} against the mean of the first three, {key.latency:g} ms a request", share, SHARE))
    return found


def sizes(summaries: t.Iterable[Key]) -> list[int]:
    """The numbers of services that were measured."""
    return sorted({int(key.stack.removeprefix(FLEET)) for key in summaries if key.stack.startswith(FLEET)})


def calls_a_service(summaries: t.Mapping[Key, Summary]) -> dict[Key, float]:
    """How many calls each service beyond the third adds, by its no-op of the most services."""
    found = {}
    for key, many in summaries.items():
        size = int(key.stack.removeprefix(FLEET)) if key.stack.startswith(FLEET) else 0
        if size > 3 and (few := summaries.get(key._replace(stack=f"{FLEET}3"))):
            found[key] = (many.calls - few.calls) / (size - 3)
    return found
