# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line, from finished runs on: nothing is measured here."""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

import pytest
from benchmarks.performance import __main__ as command
from benchmarks.performance import report
from benchmarks.performance.measures import Results
from benchmarks.performance.measures import Sample
from benchmarks.performance.sides import SIDES

Write = t.Callable[..., str]


@pytest.fixture
def finished(tmp_path: Path) -> Write:
    """Writes the results of a run, and tells where."""

    def write(name: str, commit: str = "abc", subnets: int = 4) -> str:
        made = {"tio": {"ours": {"ec2_subnet": 4}, "terraform": {"ec2_subnet": subnets}}}
        results = Results(commit, {"cores": "2"}, {}, [name], [], made, [Sample("no-op", "tio", 0, 0, "ours", 0, 1.0, 100.0, 40, 0)])
        (tmp_path / name).write_text(json.dumps(results.raw()))
        return str(tmp_path / name)

    return write


def run(monkeypatch: pytest.MonkeyPatch, *line: str) -> int:
    monkeypatch.setattr(sys, "argv", ["performance", *line])
    return command.main()


def test_a_document_is_written_from_several_runs(
    finished: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn: list[Path] = []
    monkeypatch.setattr("benchmarks.performance.plot.write", lambda file, summaries: drawn.append(file))
    document = tmp_path / "performance.md"
    document.write_text(f"{report.BEGIN}\n{report.END}\n")
    assert run(monkeypatch, "--report", str(document), finished("one"), finished("two")) == 0
    assert "| no-op | 0 ms | 1.0 (1.0 to 1.0) | 2 |" in document.read_text()
    assert "    one\n    two\n" in capsys.readouterr().out
    assert drawn == [tmp_path / "performance.svg"]


def test_runs_of_two_commits_are_refused(finished: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, finished("one"), finished("two", commit="abd")) == 1
    assert "runs of another commit are not put together: abc and abd" in capsys.readouterr().err


def test_a_side_that_skipped_work_fails_the_run(finished: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, finished("one", subnets=3)) == 1
    assert "tio: ec2_subnet: ours 4, terraform 3" in capsys.readouterr().err


@pytest.mark.parametrize(("line", "says"), [(["--only", "a,x"], "the cases are a, b, c, d, e, f"), (["--sides", "ours,pulumi"], "no side: pulumi")])
def test_what_does_not_exist_is_refused(line: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(monkeypatch, *line)
    assert says in capsys.readouterr().err


def test_sides_that_are_not_to_be_had_are_told_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    sides, left_out = command._had(list(SIDES), tmp_path)
    assert [side.name for side in sides] == ["ours", "stock"]
    assert left_out == ["terraform: terraform is not on the PATH"]
    with pytest.raises(command.Missing, match="no side is to be had here; terraform: "):
        command._had(["terraform"], tmp_path)
