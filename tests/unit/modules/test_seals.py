# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Seals: what every module asks is known to the burst, and no change behind the back leaves a seal whole."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._aws import Aws
from ansible_collections.groundwork.aws.plugins.module_utils._aws import AwsFailure
from ansible_collections.groundwork.aws.plugins.module_utils._stack import reading
from ansible_collections.groundwork.aws.plugins.module_utils._stack.seals import Sight
from ansible_collections.groundwork.aws.plugins.module_utils._stack.types import TYPES
from botocore.exceptions import ClientError

from .cases.table import BY_NAME, Case, CASES

REGION = "ap-northeast-2"
KINDS = {kind.TYPE: kind for kind in TYPES}
OWNER = "me@laptop:1:1"
GIVEN = {"vpc": {"inputs": "a print", "outputs": {"id": "vpc-1"}}}

#: A key that is disabled takes no change, and one without its alias is asked for in another way.
LAST = ("alias", "enabled")


class Running:
    """Runs modules as one run of a playbook does, and says what it knows."""

    def __init__(self, run: t.Any, folder: Path):
        self.run, self.folder = run, folder

    def __call__(self, name: str, /, **params: t.Any) -> dict[str, t.Any]:
        return self.run.ok(name, **params, region=REGION, dispatched={"module": name, "answers": str(self.folder)})

    def look(self) -> dict[str, t.Any]:
        return self("stack_info", stack="shop", ask_ahead=True)

    def sight(self) -> Sight:
        self.look()
        return Sight(**json.loads((self.folder / "sight").read_text()))

    def log(self) -> list[dict[str, t.Any]]:
        return [json.loads(line) for line in (self.folder / "asked").read_text().splitlines()]

    def sealing(self, *modules: tuple[str, dict[str, t.Any]], **given: t.Any) -> None:
        """A run that goes through these modules, under the lock."""
        self.look()
        token = self("stack_lock", stack="shop", owner=OWNER)["lock"]["token"]
        self.look()  # what made the lock's table has dropped the answers
        for name, params in modules:
            self(name, **params)
        self("stack_lock", stack="shop", owner=OWNER, token=token, state="released", seals=given or GIVEN)


@pytest.fixture
def running(run, tmp_path) -> Running:
    return Running(run, tmp_path / "answers")


@pytest.mark.parametrize("case", [case for case in CASES if case.module in KINDS], ids=lambda case: case.module)
def test_a_module_asks_nothing_else_and_each_change_behind_the_back_breaks_the_seal(case: Case, running, aws, monkeypatch):
    monkeypatch.setattr(reading, "TYPES", (KINDS[case.module],))
    ids = case.given(aws)
    wanted = case.create(ids)
    made = running(case.module, **wanted)["planned"]
    ids |= {entry["key"]: entry["id"] for entry in made}
    running.look()
    assert not running(case.module, **wanted)["changed"]
    lines = running.log()
    assert [line["settled"] for line in lines] == [True] * len(lines)
    component, asked = lines[0]["component"], lines[0]["asked"]
    before = running.sight().of(component, asked)
    assert before
    assert before == running.sight().of(component, asked)
    for key, drift in sorted(case.drift.items(), key=lambda one: one[0] in LAST):
        drift(aws, made[0]["id"], ids)
        after = running.sight().of(component, asked)
        assert after is None or after != before, key
        before = after


NETWORK = ("ec2_vpc", BY_NAME["ec2_vpc"].create({}))


def test_what_a_run_found_unchanged_is_sealed_until_it_changes(running, ec2):
    made = running(*NETWORK[:1], **NETWORK[1])["vpc"]
    running.sealing(NETWORK)
    (seal,) = [running.look()["seals"]["vpc"]]
    assert seal.pop("at") > 0
    assert seal == GIVEN["vpc"]
    assert running("stack_info", stack="shop")["seals"] == {}  # who does not ask ahead cannot tell
    ec2.create_tags(Resources=[made["id"]], Tags=[{"Key": "team", "Value": "web"}])
    assert running.look()["seals"] == {}
    ec2.delete_tags(Resources=[made["id"]], Tags=[{"Key": "team"}])
    assert running.look()["seals"].keys() == {"vpc"}


def test_something_more_of_a_component_breaks_its_seal(running):
    running(NETWORK[0], **NETWORK[1])
    running.sealing(NETWORK)
    running("logs_log_group", stack="shop", component="vpc", log_groups=[{"name": "/shop/flow"}])
    assert running.look()["seals"] == {}


def test_what_changed_or_asked_for_more_is_not_sealed_nor_what_nobody_offered(running, run):
    running(NETWORK[0], **NETWORK[1])
    group = ("logs_log_group", {"stack": "shop", "component": "logs", "log_groups": [{"name": "/shop/a"}]})
    unforeseen = ("logs_log_group", {"stack": "shop", "component": "more", "log_groups": [{"name": "/shop/b"}], "state": "absent"})
    running(group[0], **group[1])
    offered = {name: {"inputs": name, "outputs": {}} for name in ("vpc", "more")}
    running.sealing(NETWORK, group, unforeseen, **offered)
    assert running.look()["seals"].keys() == {"vpc"}
    changed = ("logs_log_group", {**group[1], "tags": {"team": "web"}})
    running.sealing(changed, NETWORK, logs={"inputs": "x", "outputs": {}})
    assert running.look()["seals"].keys() == {"vpc"}  # the old one stays, and no new one came


def test_a_check_seals_nothing(running):
    running(NETWORK[0], **NETWORK[1])
    running.look()
    running("stack_lock", stack="shop", owner=OWNER)
    running.look()
    running(NETWORK[0], **NETWORK[1], check=True)
    running("stack_lock", stack="shop", owner=OWNER, token=1, state="released", seals=GIVEN, check=True)
    assert running.look()["seals"] == {}


def test_who_may_not_read_seals_finds_none(running, monkeypatch):
    running(NETWORK[0], **NETWORK[1])
    running.sealing(NETWORK)

    def denied(self: t.Any, service: str, operation: str, result: str, params: dict[str, t.Any]) -> t.Any:
        if operation == "get_item":
            error = {"Error": {"Code": "AccessDeniedException", "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
            raise AwsFailure(message="Failed to get item", exception=ClientError(error, "GetItem"))
        return read(self, service, operation, result, params)

    read = Aws._read
    monkeypatch.setattr(Aws, "_read", denied)
    assert running.look()["seals"] == {}


def test_what_varies_by_itself_breaks_no_seal_and_everything_else_does():
    def of(answer: t.Any, service: str = "rds") -> str | None:
        sight = Sight.read({(service, "q"): answer}, [])
        return sight.of("db", sight.answers)

    was = [{"Id": "db", "LatestRestorableTime": 1, "Tags": [{"Key": "a", "Value": "b"}]}]
    assert of(was) == of([{**was[0], "LatestRestorableTime": 2}])
    assert of(was) != of([{**was[0], "LatestRestorableTime": 2}], "ec2")
    assert of(was) != of([{**was[0], "Tags": []}])
    assert of(was) != of([]) != of(None)
    assert Sight.read({}, []).of("db", ["q"]) is None
