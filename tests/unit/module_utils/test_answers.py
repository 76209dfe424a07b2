# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's answers, handed on from one module of a run to the others."""

from __future__ import annotations

import datetime
import io
import stat
import time
from pathlib import Path

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._core.answers import Answers
from ansible_collections.groundwork.aws.plugins.module_utils._core.answers import LIFE

HERE = {"region": "eu-west-1", "profile": None}
MOMENT = datetime.datetime(2026, 11, 1, 12, 30, 15, 250_000, tzinfo=datetime.timezone(datetime.timedelta(hours=9)))
ANSWER = [{"Id": "vpc-1", "Made": MOMENT, "Tags": [{"Key": "Name", "Value": "ü"}], "Size": 3, "Parts": {}}]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Answers(str(tmp_path / "answers"), HERE).hand_on(time.time(), {("ec2", "vpcs"): ANSWER, ("iam", "policy"): None})
    return tmp_path / "answers"


def test_an_answer_comes_back_as_it_was(folder):
    answers = Answers(str(folder), HERE)
    assert not answers.used
    assert answers.get("ec2", "vpcs") == (True, ANSWER)
    assert answers.used
    assert answers.get("iam", "policy") == (True, None)  # that there is none is an answer too
    assert answers.get("ec2", "subnets") == answers.get("s3", "vpcs") == (False, None)


@pytest.mark.parametrize("scope", [{**HERE, "region": "us-east-1"}, {**HERE, "region": None}, {**HERE, "profile": "other"}])
def test_answers_of_another_account_or_region_are_none(folder, scope):
    assert Answers(str(folder), scope).get("ec2", "vpcs") == (False, None)


@pytest.mark.parametrize("age", [LIFE + 1, -60.0])
def test_old_answers_are_none_nor_are_those_of_a_clock_that_was_put_back(tmp_path, age):
    Answers(str(tmp_path / "answers"), HERE).hand_on(time.time() - age, {("ec2", "vpcs"): ANSWER})
    assert Answers(str(tmp_path / "answers"), HERE).get("ec2", "vpcs") == (False, None)


def test_who_leaves_knows_nothing_more_and_others_still_do(folder):
    answers = Answers(str(folder), HERE)
    answers.get("ec2", "vpcs")
    answers.leave()
    assert not answers.used
    assert answers.get("ec2", "vpcs") == (False, None)
    assert Answers(str(folder), HERE).get("ec2", "vpcs")[0]


def test_before_a_write_they_are_dropped_for_everybody(folder):
    answers = Answers(str(folder), HERE)
    answers.leave()
    answers.drop()
    assert not folder.exists()
    assert Answers(str(folder), HERE).get("ec2", "vpcs") == (False, None)
    answers.drop()


def test_who_is_handed_no_folder_asks_for_itself():
    answers = Answers(None, HERE)
    answers.hand_on(time.time(), {("ec2", "vpcs"): ANSWER})
    assert answers.get("ec2", "vpcs") == (False, None)
    answers.drop()


def test_a_file_that_is_none_of_ours_is_no_answer(folder):
    (folder / "ec2.json").write_text("{")
    assert Answers(str(folder), HERE).get("ec2", "vpcs") == (False, None)


def test_nobody_else_may_read_them(folder):
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == {0o600}


def test_what_is_no_data_is_not_handed_on_nor_are_answers_of_before(folder):
    Answers(str(folder), HERE).hand_on(time.time(), {("s3", "object"): io.BytesIO(), ("ec2", "subnets"): []})
    assert [one.name for one in folder.iterdir()] == ["ec2.json"]
    assert Answers(str(folder), HERE).get("ec2", "vpcs") == (False, None)
