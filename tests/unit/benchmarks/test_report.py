# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is printed, and what stands in the document."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.performance import report
from benchmarks.performance.measures import Key
from benchmarks.performance.measures import Results
from benchmarks.performance.measures import Sample

NO_OP = Key("no-op", "tio", 50, 0, "ours")


@pytest.fixture
def results() -> Results:
    of = {"ours": 2.0, "terraform": 8.0}
    samples = [Sample(*NO_OP._replace(side=side), 0, seconds, 100.0, 40, 0) for side, seconds in of.items()]
    samples += [Sample(*Key("no-op", f"fleet{size}", 50, 0, "ours"), 0, size / 2, 100.0, 10 * size, 0) for size in (3, 10)]
    made = {"tio": {"ours": {"ec2_vpc": 1, "stack_lock": 1, "ec2_subnet": 4}, "terraform": {"ec2_vpc": 1, "ec2_subnet": 3}}}
    return Results("abc", {"processor": "Z80", "cores": "2"}, {"Python": "3.11.7"}, ["run it"], ["stock: not here"], made, samples)


@pytest.mark.parametrize("line", [
    "Measured at commit abc on: Z80, cores 2.",
    "    run it",
    "| no-op | 50 ms | 2.0 (2.0 to 2.0) | 8.0 (8.0 to 8.0) | 0.25 | 1 |",
    "| no-op, 10 services | 50 ms | 5.0 (5.0 to 5.0) | - | - | 1 |",
    "| no-op against terraform plan, 50 ms a request | 0.25 | 0.6 (aim 0.4) | holds |",
    "| each of services 4 to 10 against the mean of the first three, 50 ms a request | 1.00 | 0.25 | **is broken** |",
    "| no-op | 50 ms | 40 | 40 | 100 | 100 |",
    "| 10 | 50 ms | ours | 10.0 |",
    "- ec2_subnet: ours 4, terraform 3: **unexplained**.",
    "- stack_lock: ours 1, terraform 0: our lock is a table in the account; Terraform's state and its lock are files of the machine here.",
    "Left out: stock: not here.",
])  # fmt: skip
def test_all_of_it_is_said(results: Results, line: str) -> None:
    assert line in report.lines(results)


@pytest.fixture
def no_plot(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What draws stands in the benchmark's own environment."""
    drawn: list[Path] = []
    monkeypatch.setattr("benchmarks.performance.plot.write", lambda file, summaries: drawn.append(file))
    return drawn


def test_a_document_keeps_what_stands_around_the_figures(results: Results, tmp_path: Path, no_plot: list[Path]) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"# Before\n\n{report.BEGIN}\nyesterday\n{report.END}\n\nafter\n")
    for _twice in range(2):
        report.write(document, results)
    text = document.read_text()
    assert text.startswith(f"# Before\n\n{report.BEGIN}\n\n![")
    assert text.endswith(f"\n\n{report.END}\n\nafter\n")
    assert text.count("Measured at commit") == 1
    assert "yesterday" not in text
    assert no_plot == [tmp_path / "performance.svg"] * 2


@pytest.mark.usefixtures("no_plot")
def test_a_document_without_the_markers_is_left_alone(results: Results, tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"{report.END} {report.BEGIN}")
    with pytest.raises(ValueError, match="lacks the markers"):
        report.write(document, results)
    assert document.read_text() == f"{report.END} {report.BEGIN}"
