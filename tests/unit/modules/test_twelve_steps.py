# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Create, again, change, again, delete, again; each first under check mode, and then for real."""

from __future__ import annotations

import pytest

from .cases.table import Case, CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.module)
def test_check_mode_predicts_the_very_diff_and_never_writes(run, aws, case: Case):
    ids = case.given(aws)
    steps = (("create", case.create(ids)), ("update", case.change(ids)), ("delete", {**case.change(ids), "state": "absent"}))
    for action, params in steps:
        before = len(run.writes())
        checked = run.ok(case.module, check=True, **params)
        assert len(run.writes()) == before, "check mode wrote"
        real = run.ok(case.module, **params)
        assert len(run.writes()) > before
        assert not real.get("warnings"), real["warnings"]
        assert {entry["action"] for entry in real["planned"]} - {"none"} == {action}
        assert checked["diff"] == real["diff"]
        assert [strip(entry) for entry in checked["planned"]] == [strip(entry) for entry in real["planned"]]
        before = len(run.writes())
        for check in (True, False):
            again = run.ok(case.module, check=check, **params)
            assert not again["changed"], again["diff"]
        assert len(run.writes()) == before, "a second run wrote"


def strip(entry: dict) -> dict:
    """Without the id, which is known only after the real run."""
    return {key: value for key, value in entry.items() if key != "id"}
