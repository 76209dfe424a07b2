# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What came of it: tables for a screen and for a document, and the document itself."""

from __future__ import annotations

import typing as t
from pathlib import Path

from . import counts
from . import measures
from .measures import Key
from .measures import Results
from .measures import Summary
from .sides import SIDES
from .stacks import number_of
from .stacks import TIO

#: Between these the document is written anew; what stands around them is kept.
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
Summaries = t.Mapping[Key, Summary]


def lines(results: Results) -> list[str]:
    """All of it, in Markdown."""
    summaries = measures.summarized(results.samples)
    parts = [_where(results), _times(summaries), _bounds(summaries), _costs(summaries), _growth(summaries), _made(results), _left_out(results)]
    return [line for part in parts if part for line in (*part, "")][:-1]


def write(document: Path, results: Results) -> None:
    """Put tables and plot into a document that has the markers. Raises ValueError where it has not."""
    from . import plot

    text = document.read_text(encoding="utf-8")
    before, begun, rest = text.partition(BEGIN)
    _old, ended, after = rest.partition(END)
    if not begun or not ended:
        raise ValueError(f"{document} lacks the markers {BEGIN} and {END}")
    picture = document.with_suffix(".svg")
    plot.write(picture, measures.summarized(results.samples))
    new = [BEGIN, "", f"![Seconds by case and side]({picture.name})", "", *lines(results), "", END]
    document.write_text(before + "\n".join(new) + after, encoding="utf-8")


def _table(head: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> list[str]:
    body = [f"| {' | '.join(row)} |" for row in rows]
    return [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *body] if body else []


def _where(results: Results) -> list[str]:
    at = ", ".join(f"{name} {value}" if name != "processor" else value for name, value in results.machine.items())
    using = ", ".join(f"{name} {value}" for name, value in results.versions.items())
    return [f"Measured at commit {results.commit} on: {at}.", f"With: {using}.", "By:", "", *(f"    {command}" for command in results.commands)]


def _rows(summaries: Summaries) -> dict[Key, dict[str, Summary]]:
    """By what was measured (the key has no side), each side's."""
    rows: dict[Key, dict[str, Summary]] = {}
    for key, one in summaries.items():
        rows.setdefault(key._replace(side=""), {})[key.side] = one
    return rows


def _sides(summaries: Summaries) -> list[str]:
    return [name for name in SIDES if any(key.side == name for key in summaries)]


def _name(key: Key) -> str:
    settles = f", slow things {key.settle:g} s" if key.settle else ""
    return key.case + settles + ("" if key.stack == TIO else f", {number_of(key.stack)} services")


def _times(summaries: Summaries) -> list[str]:
    sides = _sides(summaries)
    others = [side for side in sides if side != "ours"]
    rows = []
    for key, found in _rows(summaries).items():
        times = [_time(found.get(side)) for side in sides]
        against = [_against(found, other) for other in others]
        rows.append([_name(key), f"{key.latency:g} ms", *times, *against, _how_many(found)])
    return _table(["seconds: median (least to most)", "a request", *sides, *(f"ours / {other}" for other in others), "runs"], rows)


def _time(one: Summary | None) -> str:
    return f"{one.median:.1f} ({one.least:.1f} to {one.most:.1f})" if one else "-"


def _against(found: t.Mapping[str, Summary], other: str) -> str:
    return f"{found['ours'].median / found[other].median:.2f}" if "ours" in found and other in found else "-"


def _how_many(found: t.Mapping[str, Summary]) -> str:
    numbers = sorted({one.runs for one in found.values()})
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"


def _bounds(summaries: Summaries) -> list[str]:
    rows = [
        [one.says, f"{one.ratio:.2f}", f"{one.limit:g}" + (f" (aim {one.aim:g})" if one.aim else ""), "holds" if one.holds else "**is broken**"]
        for one in measures.bounds(summaries)
    ]
    return _table(["held to", "ratio", "at most", ""], rows)


def _costs(summaries: Summaries) -> list[str]:
    sides = _sides(summaries)
    rows = []
    for key, found in _rows(summaries).items():
        calls = [f"{found[side].calls:g}" + (f" ({found[side].writes})" if found[side].writes else "") if side in found else "-" for side in sides]
        memory = [f"{found[side].memory:.0f}" if side in found else "-" for side in sides]
        rows.append([_name(key), f"{key.latency:g} ms", *calls, *memory])
    columns = [f"{side}: {what}" for what in ("calls", "MiB") for side in sides]
    return _table(["calls to AWS (that write), and MiB at the peak", "a request", *columns], rows)


def _growth(summaries: Summaries) -> list[str]:
    rows = [[f"{number_of(key.stack)}", f"{key.latency:g} ms", key.side, f"{calls:.1f}"] for key, calls in measures.calls_a_service(summaries).items()]
    return _table(["services", "a request", "side", "calls that each beyond the third adds to a no-op"], rows)


def _made(results: Results) -> list[str]:
    found = []
    for stack, made in results.counts.items():
        sides = [side for side in SIDES if side in made]
        total = ", ".join(f"{side} {sum(made[side].values())}" for side in sides)
        found.append(f"What stands of {stack} after a create, resources and the settings within them, counted from AWS: {total}.")
        for side in sides if "ours" in made else ():
            unlike = counts.differences(made["ours"], made[side])
            found += [f"- {kind}: ours {ours}, {side} {theirs}: {_why(side, kind, ours, theirs)}." for kind, (ours, theirs) in unlike.items()]
        found.append("")
    return found[:-1]


def _why(side: str, kind: str, ours: int, theirs: int) -> str:
    return "**unexplained**" if counts.unexplained(side, {kind: (ours, theirs)}) else counts.EXPLAINED[side][kind]


def _left_out(results: Results) -> list[str]:
    return [f"Left out: {line}." for line in results.left_out]
