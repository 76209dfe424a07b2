# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The times as one picture: the cases of TIO by side, and no-ops over the number of services."""

from __future__ import annotations

import typing as t
from pathlib import Path

from . import measures
from .measures import Key
from .measures import Summary
from .sides import SIDES
from .stacks import FLEET
from .stacks import number_of
from .stacks import TIO

COLOURS = {"ours": "#1b6ca8", "terraform": "#7b42bc", "stock": "#c8553d"}
Summaries = t.Mapping[Key, Summary]


def write(file: Path, summaries: Summaries) -> None:
    """Draw an SVG: a panel for each latency, and one for the growth if it was measured. The same figures give the same file."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "groundwork", "svg.fonttype": "none", "font.size": 9}
    from matplotlib import pyplot

    latencies = sorted({key.latency for key in summaries if key.stack == TIO})
    panels = [lambda axes, at=at: _cases(axes, summaries, at) for at in latencies]
    if measures.sizes(summaries):
        panels.append(lambda axes: _growth(axes, summaries))
    figure, rows = pyplot.subplots(len(panels), squeeze=False, figsize=(8, 3.2 * len(panels)), layout="constrained")
    for draw, (axes,) in zip(panels, rows, strict=True):
        draw(axes)
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)
    # A repository holds no trailing blanks.
    file.write_text("".join(f"{line.rstrip()}\n" for line in file.read_text(encoding="utf-8").splitlines()), encoding="utf-8")


def _cases(axes: t.Any, summaries: Summaries, latency: float) -> None:
    """Bars of the medians, from the least to the most."""
    cases = list(dict.fromkeys((key.case, key.settle) for key in summaries if key.stack == TIO and key.latency == latency))
    sides = [side for side in SIDES if any(key.side == side for key in summaries)]
    high = 0.8 / len(sides)
    for number, side in enumerate(sides):
        shown = [(place, found) for place, (case, settle) in enumerate(cases) if (found := summaries.get(Key(case, TIO, latency, settle, side)))]
        places = [place + (number - (len(sides) - 1) / 2) * high for place, _found in shown]
        spread = [[one.median - one.least for _place, one in shown], [one.most - one.median for _place, one in shown]]
        axes.barh(places, [one.median for _place, one in shown], high, xerr=spread, color=COLOURS[side], label=side, error_kw={"lw": 0.8})
    axes.set_yticks(range(len(cases)), [case + (f", slow things {settle:g} s" if settle else "") for case, settle in cases])
    axes.invert_yaxis()
    axes.set_xlabel("seconds")
    axes.set_title(f"TIO, {latency:g} ms a request", loc="left")
    axes.legend(frameon=False)


def _growth(axes: t.Any, summaries: Summaries) -> None:
    """Lines of the medians over the number of services; dashed where requests take longer."""
    lines: dict[tuple[str, float], list[tuple[int, Summary]]] = {}
    for key, found in summaries.items():
        if key.stack.startswith(FLEET):
            lines.setdefault((key.side, key.latency), []).append((number_of(key.stack), found))
    for (side, latency), points in lines.items():
        points.sort(key=lambda one: one[0])
        style = {"color": COLOURS[side], "linestyle": "--" if latency else "-", "marker": "o", "markersize": 3}
        axes.plot([size for size, _one in points], [one.median for _size, one in points], label=f"{side}, {latency:g} ms a request", **style)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("services")
    axes.set_ylabel("seconds")
    axes.set_title("no-op by the number of services", loc="left")
    axes.legend(frameon=False)
