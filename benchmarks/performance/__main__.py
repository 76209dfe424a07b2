# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measure the sides beside one another, and write down what came of it.

``PYTHONPATH=extensions/localcloud python -m benchmarks.performance --runs 5 --json .build/bench/results.json`` measures and prints.
``... --report docs/performance.md .build/bench/*.json`` writes the document from finished runs, and measures nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import tempfile
from pathlib import Path

from . import counts
from . import machine
from . import process
from . import report
from .cases import Bench
from .cases import Failed
from .cases import LETTERS
from .cases import SIZES
from .cloud import Cloud
from .measures import merged
from .measures import Results
from .sides import Missing
from .sides import Side
from .sides import SIDES


def _names(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _sides(text: str) -> list[str]:
    if unknown := set(_names(text)) - set(SIDES):
        raise argparse.ArgumentTypeError(f"no side: {', '.join(sorted(unknown))}; there are {', '.join(SIDES)}")
    return [name for name in SIDES if name in _names(text)]


def _letters(text: str) -> str:
    letters = "".join(_names(text))
    if set(letters) - set(LETTERS):
        raise argparse.ArgumentTypeError(f"the cases are {', '.join(LETTERS)}")
    return letters


def _numbers(text: str) -> list[float]:
    return [float(one) for one in _names(text)]


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.performance", description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="of each case (5)")
    parser.add_argument("--only", type=_letters, default=LETTERS, metavar="a,c", help="cases: a no-op, b first create, c plan on an empty account, "
                        "d one changed component, e 3, 10 and 30 services, f first create that settles")  # fmt: skip
    parser.add_argument("--latency", type=_numbers, default=[0, 50], metavar="0,50", help="milliseconds that each request takes longer")
    parser.add_argument("--sides", type=_sides, default=list(SIDES), metavar="ours,terraform", help=f"of {', '.join(SIDES)}")
    parser.add_argument("--sizes", type=lambda text: [int(one) for one in _names(text)], default=list(SIZES), metavar="3,10", help="of case e")
    parser.add_argument("--settle", type=float, default=20, help="seconds that slow things are pending in case f (20)")
    parser.add_argument("--json", type=Path, help="where the results are written, after each case")
    parser.add_argument("--report", type=Path, metavar="FILE", help="a document with markers, written from the results; its plot lies beside it")
    parser.add_argument("results", nargs="*", type=Path, help="finished runs: report these, and measure nothing")
    return parser.parse_args()


def _had(names: list[str], folder: Path) -> tuple[list[Side], list[str]]:
    """The sides that are to be had here, and what is said of the others. Raises Missing where there is none."""
    sides, left_out = [], []
    for name in names:
        try:
            sides.append(SIDES[name](folder / name))
        except Missing as missing:
            left_out.append(f"{name}: {missing}")
    if not sides:
        raise Missing(f"no side is to be had here; {'; '.join(left_out)}")
    return sides, left_out


def measured(given: argparse.Namespace) -> Results:
    """One whole run. What was measured so far is on disk when it fails. Raises Failed and Missing."""
    process.adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="groundwork-bench-") as name, Cloud(Path(name, "cloud")) as cloud:
        sides, left_out = _had(given.sides, Path(name))
        for line in left_out:
            print(f"Left out: {line}")
        if (load := os.getloadavg()[0]) > 1:
            print(f"This machine has other things to do: its load is {load:.1f}, and no figure will be the machine's own")
        bench = Bench(cloud, sides, given.runs, given.latency, lambda line: print(line, flush=True))
        versions = machine.versions() | {what: number for side in sides for what, number in side.versions().items()}
        command = "python -m benchmarks.performance " + shlex.join(sys.argv[1:])
        results = Results(machine.commit(), machine.machine(), versions, [command], left_out, bench.counted, bench.samples)
        parts = {"abcd": lambda: bench.lives(given.only), "e": lambda: bench.growth(given.sizes), "f": lambda: bench.settling(given.settle)}
        for letters, measure in parts.items():
            if set(letters) & set(given.only):
                try:
                    measure()
                finally:
                    _keep(given.json, results)
    return results


def _keep(file: Path | None, results: Results) -> None:
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(results.raw(), indent=1) + "\n", encoding="utf-8")


def _unlike(results: Results) -> list[str]:
    """Where a side made other resources than ours, and no rule explains it."""
    lines = []
    for stack, sides in results.counts.items():
        for side in set(sides) - {"ours"}:
            found = counts.unexplained(side, counts.differences(sides["ours"], sides[side])) if "ours" in sides else {}
            lines += [f"{stack}: {kind}: ours {ours}, {side} {theirs}" for kind, (ours, theirs) in found.items()]
    return sorted(lines)


def main() -> int:
    given = _given()
    try:
        finished = [Results.read(json.loads(file.read_text(encoding="utf-8"))) for file in given.results]
        results = merged(finished) if finished else measured(given)
    except (Failed, Missing, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1
    print("\n".join(report.lines(results)))
    if given.report:
        report.write(given.report, results)
    if unlike := _unlike(results):
        print("The sides did not make the same:", *unlike, sep="\n  ", file=sys.stderr)
    return int(bool(unlike))


if __name__ == "__main__":
    sys.exit(main())
