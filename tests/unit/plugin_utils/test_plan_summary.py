# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import cause
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import Json
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import Ledger
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import lines
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import printable
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import reports
from ansible_collections.groundwork.aws.plugins.plugin_utils.plan_summary import title

UNKNOWN = "(known after apply)"
# Said once more and in words, so that the table in the code is held by something else than itself.
PAIRS = """
none     none: none       none     create: create     none     update: update
none     replace: replace none     delete: delete     none     orphaned: orphaned
create   none: create     create   create: create     create   update: create
create   replace: create  create   delete: none       create   orphaned: create
update   none: update     update   create: replace    update   update: update
update   replace: replace update   delete: delete     update   orphaned: update
replace  none: replace    replace  create: replace    replace  update: replace
replace  replace: replace replace  delete: delete     replace  orphaned: replace
delete   none: delete     delete   create: replace    delete   update: replace
delete   replace: replace delete   delete: delete     delete   orphaned: delete
orphaned none: none       orphaned create: create     orphaned update: update
orphaned replace: replace orphaned delete: delete     orphaned orphaned: orphaned
"""
CASES = re.findall(r"(\w+) +(\w+): (\w+)", PAIRS)


def entry(action: str, *keys: str, id: str | None = "vpc-1", **other: str) -> Json:
    who = {"component": "vpc", "type": "ec2_vpc", "name": "shop-vpc", "key": "vpc"}
    return {**who, "action": action, "keys": list(keys), "id": id, **other}


def ledger_of(*tasks: list[Json]) -> Ledger:
    ledger = Ledger()
    for planned in tasks:
        ledger.add(planned)
    return ledger


def plan_of(*entries: Json, check: bool = True, failed: t.Mapping[str, str] | None = None) -> Json:
    return ledger_of(*[[one] for one in entries]).plan(stack="shop", check=check, failed=failed or {})


def test_each_pair_of_actions_is_a_case() -> None:
    assert len({case[:2] for case in CASES}) == 36


@pytest.mark.parametrize(("first", "second", "both"), CASES)
def test_two_actions_on_one_resource_are_one(first: str, second: str, both: str) -> None:
    plan = plan_of(entry(first), entry(second))
    assert [one["action"] for one in plan["resources"]] == [both] * (both != "none")
    assert sum(plan["counts"].values()) == 1


def test_create_then_update_creates_with_the_keys_of_both() -> None:
    assert plan_of(entry("create", "tags", "name"), entry("update", "ingress", "tags"))["resources"] == [
        {"component": "vpc", "type": "ec2_vpc", "name": "shop-vpc", "action": "create", "keys": ["ingress", "name", "tags"]}
    ]


def test_what_is_removed_after_all_names_no_keys() -> None:
    assert plan_of(entry("update", "tags"), entry("delete"))["resources"][0]["keys"] == []


@pytest.mark.parametrize("other", [{"component": "web"}, {"type": "ec2_subnet"}, {"key": "second"}])
def test_component_type_and_key_tell_resources_apart(other: dict[str, str]) -> None:
    assert plan_of(entry("create"), entry("create", **other))["counts"]["create"] == 2


@pytest.mark.parametrize(
    ("first", "second"), [("update", "orphaned"), ("orphaned", "none"), ("delete", "delete"), ("orphaned", "orphaned"), ("none", "delete")]
)
def test_an_orphan_with_the_key_of_another_is_a_resource_of_its_own(first: str, second: str) -> None:
    plan = plan_of(entry(first), entry(second, id="vpc-2"), entry(second, id="vpc-2"))
    assert sum(plan["counts"].values()) == 2
    assert {one["action"] for one in plan["resources"]} == {first, second} - {"none"}


def test_deleted_under_one_id_and_made_under_another_is_a_replacement() -> None:
    plan = plan_of(entry("delete"), entry("create", "cidr_block", id="vpc-2"))
    assert [(one["action"], one["keys"]) for one in plan["resources"]] == [("replace", ["cidr_block"])]


def test_the_order_is_that_of_first_appearance() -> None:
    plan = plan_of(entry("none", key="b", name="b"), entry("create", key="a", name="a"), entry("update", key="b", name="b"))
    assert [one["name"] for one in plan["resources"]] == ["b", "a"]


def test_what_is_wanted_and_stands_is_kept() -> None:
    ledger = ledger_of(
        [entry("none", id="vpc-1"), entry("create", id=UNKNOWN, key="new"), entry("delete", id="vpc-2", key="old")],
        [entry("orphaned", id="vpc-3", key="stray"), entry("none", id=None, key="gone"), entry("update", id="vpc-4", key="mended")],
        [entry("create", id="vpc-5", key="short"), entry("delete", id="vpc-5", key="short"), entry("orphaned", id="vpc-6", key="vpc")],
    )
    assert ledger.kept() == ["vpc-1", "vpc-4"]


@pytest.mark.parametrize("foreign", [None, "text", {}, {"action": "explode"}, {"action": ["create"]}])
def test_what_is_no_entry_is_passed_over(foreign: t.Any) -> None:
    assert ledger_of([foreign, entry("create")]).plan(stack="shop", check=True, failed={})["counts"]["create"] == 1


def test_the_json_form_says_all() -> None:
    assert plan_of(entry("create", "tags"), entry("none", key="b"), check=False, failed={"web": "no room"}) == {
        "version": 1,
        "check": False,
        "stack": "shop",
        "counts": {"create": 1, "change": 0, "replace": 0, "delete": 0, "orphaned": 0, "unchanged": 1},
        "resources": [{"component": "vpc", "type": "ec2_vpc", "name": "shop-vpc", "action": "create", "keys": ["tags"]}],
        "failed": [{"component": "web", "reason": "no room"}],
    }


ONE_OF_EACH = [entry(action, key=action) for action in ("none", "create", "update", "replace", "delete", "orphaned")]
TITLES = [
    ([entry("create")], True, "Plan: 1 to create, 0 to change, 0 to delete"),
    ([entry("create")], False, "Applied: 1 created, 0 changed, 0 deleted"),
    (ONE_OF_EACH, True, "Plan: 1 to create, 1 to change, 1 to delete, 1 to replace, 1 orphaned"),
    (ONE_OF_EACH, False, "Applied: 1 created, 1 changed, 1 deleted, 1 replaced, 1 orphaned"),
    ([entry("none")], True, "No changes. Plan: 0 to create, 0 to change, 0 to delete"),
    ([entry("orphaned")], False, "No changes. Applied: 0 created, 0 changed, 0 deleted, 1 orphaned"),
]


@pytest.mark.parametrize(("entries", "check", "expected"), TITLES)
def test_the_title_counts(entries: list[Json], check: bool, expected: str) -> None:
    assert title(plan_of(*entries, check=check)) == expected


def test_after_a_failure_the_title_does_not_promise_that_nothing_changes() -> None:
    assert title(plan_of(failed={"vpc": "no room"})) == "Plan: 0 to create, 0 to change, 0 to delete"


def test_lines_stand_in_columns() -> None:
    plan = plan_of(
        entry("create", "cidr_block", "tags"),
        entry("none", key="same"),
        entry("replace", "cidr_block", component="network_b", type="ec2_subnet", name="b-public-a"),
        entry("orphaned", key="old", name="x"),
    )
    assert lines(plan) == [
        ("create", "  + create    vpc        ec2_vpc     shop-vpc    (cidr_block, tags)"),
        ("replace", "-/+ replace   network_b  ec2_subnet  b-public-a  (cidr_block)"),
        ("orphaned", "  ? orphaned  vpc        ec2_vpc     x"),
    ]


def test_lines_after_a_run_say_what_was_done() -> None:
    actions = ("create", "update", "replace", "delete", "orphaned")
    plan = plan_of(*[entry(action, key=action) for action in actions], check=False)
    assert [text[:12].rstrip() for _action, text in lines(plan)] == [
        "  + created",
        "  ~ changed",
        "-/+ replaced",
        "  - deleted",
        "  ? orphaned",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", r"\x1b[2Jgone"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x9b31m", r"\x9b31m"),
        ("txt.\u202eexe", r"txt.\u202eexe"),
        ("Tür 3 한국 (a)", "Tür 3 한국 (a)"),
    ],
)
def test_what_would_steer_a_terminal_is_shown_as_its_code(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert shown in lines(plan_of(entry("create", name=text)))[0][1]


REPORT = {"planned": [entry("create")]}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (REPORT, [REPORT]),
        ({"results": [REPORT, {"skipped": True}, REPORT]}, [REPORT, REPORT]),
        ({"planned": "{{ a_template }}"}, []),
        ({"results": "text"}, []),
        ("text", []),
    ],
)
def test_reports_are_found_in_results_and_loops(value: t.Any, found: list[Json]) -> None:
    assert reports(value) == found


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({"msg": "vpc: no room\nTraceback"}, "vpc: no room"),
        ({"msg": "One or more items failed", "results": [{"msg": "fine"}, {"failed": True, "msg": "no room"}]}, "no room"),
        ({"msg": "odd", "results": "text"}, "odd"),
        ({}, "it did not say why"),
    ],
)
def test_the_cause_is_one_line(result: Json, reason: str) -> None:
    assert cause(result) == reason
