# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/iam allows the very calls that the code makes, in AWS's own words, and docs/permissions.md guards the tags."""

from __future__ import annotations

import ast
import fnmatch
import importlib.util
import json
import re
import typing as t
from functools import cache
from pathlib import Path

import cfnlint
import pytest
from localcloud.iam_actions import own_actions

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "iam"
#: Characters, white space apart, of one managed policy (IAM user guide, reference_iam-quotas).
POLICY_SIZE = 6144


def _tool() -> t.Any:
    spec = importlib.util.spec_from_file_location("iam_policies", ROOT / "tools" / "iam_policies.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = _tool()
ROLES = TOOL.roles()


def statements(role: str) -> list[dict[str, t.Any]]:
    return json.loads((FOLDER / f"{role}.json").read_text())["Statement"]


def actions(role: str) -> set[str]:
    return {action for statement in statements(role) for action in statement["Action"]}


@cache
def authorization() -> dict[str, t.Any]:
    """AWS's Service Authorization Reference, as cfn-lint carries it: actions (in lower case) and resources of each service."""
    return json.loads((Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "Policies.json").read_text())


def known(action: str) -> dict[str, t.Any] | None:
    prefix, _colon, name = action.partition(":")
    return authorization().get(prefix, {}).get("Actions", {}).get(name.lower())


def test_each_role_that_calls_aws_has_its_policy():
    assert {path.stem for path in FOLDER.glob("*.json")} == set(ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_a_policy_is_what_make_iam_writes(role: str):
    assert (FOLDER / f"{role}.json").read_text() == TOOL.rendered(role), "run make iam"


@pytest.mark.parametrize("role", ROLES)
def test_a_policy_fits_and_names_actions_that_there_are(role: str):
    assert len(re.sub(r"\s", "", (FOLDER / f"{role}.json").read_text())) <= POLICY_SIZE
    assert [action for action in sorted(actions(role)) if known(action) is None] == []


@pytest.mark.parametrize("role", ROLES)
def test_what_is_narrowed_can_be_narrowed_so(role: str):
    """An action that takes no resource is not allowed by a statement that names one, nor by a tag of it."""
    for statement in (one for one in statements(role) if one["Resource"] != "*" or "aws:ResourceTag" in str(one.get("Condition"))):
        for action in statement["Action"]:
            prefix = action.partition(":")[0]
            kinds = [authorization()[prefix]["Resources"][kind] for kind in known(action).get("Resources", [])]
            if statement["Resource"] == "*":
                assert any("aws:ResourceTag/${TagKey}" in kind.get("ConditionKeys", []) for kind in kinds), action
            else:
                formats = [re.sub(r"\$\{\w+\}|\.\*", "*", one) for kind in kinds for one in kind["ARNFormats"]]
                assert any(fnmatch.fnmatch(statement["Resource"].replace("arn:aws:", "arn:*:"), one) for one in formats), action


def test_every_call_in_the_code_of_a_service_that_a_role_uses_is_allowed():
    """By the words of the code alone, however they are put together."""
    allowed = {action for role in ROLES for action in actions(role)}
    used = {path for role in ROLES for module in TOOL.modules_of(role) for path, _reading in TOOL.reached(TOOL.MODULES / f"{module}.py")}
    missing = set()
    for path in sorted(used):
        service = path.parent.name.removeprefix("_").replace("_", "-")
        words = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
        for word in words & set(TOOL.operations(service)):
            missing |= set(own_actions(service, TOOL.operations(service)[word])) - allowed
    assert missing == set()


def test_reading_a_stack_reads_no_value():
    assert [action for action in sorted(actions("stack")) if TOOL.VALUES.fullmatch(action)] == []


def test_a_check_of_a_stack_needs_only_what_reads():
    """What is beside reading in stack.json is the lock's table, and the account's own roles for services."""
    beside = {statement["Sid"] for statement in statements("stack")} - {"Read", "ReadLock"}
    assert beside == {"Lock", "ServiceRoles"}


def test_the_guard_of_the_tags_names_every_action_that_tags():
    text = (ROOT / "docs" / "permissions.md").read_text()
    [guard] = json.loads(re.findall(r"```json\n(.*?)```", text, re.DOTALL)[0])["Statement"]
    tags = re.compile(r":\w*tag(?!mutability)", re.IGNORECASE)  # whether an image's tags may move is no tag
    tagging = {action for role in ROLES for action in actions(role) if tags.search(action) and not TOOL.READING.match(action)}
    assert (sorted(guard["Action"]), guard["Effect"]) == (sorted(tagging), "Deny")
    assert [action for action in guard["Action"] if known(action) is None] == []
