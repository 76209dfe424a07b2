# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Spec and shape agree, for every module."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._core.spec import ITEM
from ansible_collections.groundwork.aws.plugins.module_utils._stack.types import TYPES

from .cases import BY_NAME

MODULES = Path(__file__).parents[3] / "plugins" / "modules"
ACTIONS = {path.stem for path in (MODULES.parent / "action").glob("*.py")}
#: Modules that keep no type of resource of their own, each with a test file of its own.
OTHERS = {"stack_info", "stack_lock", "stack_removal"}
#: Options that are no key of the shape, and keys that are no option, with the reason.
EXCEPTIONS = {
    "ec2_security_group": {"group_name": "is the name"},
    "ec2_nat_gateway": {"vpc_id": "is the parent, within which it is looked for"},
}


def test_every_module_stands_in_the_list():
    modules = {path.stem for path in MODULES.glob("*.py")} - {"__init__"} - ACTIONS
    assert modules == set(BY_NAME) | OTHERS
    assert all((Path(__file__).parent / f"test_{name}.py").is_file() for name in OTHERS)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.TYPE)
def test_every_option_is_compared_or_a_named_exception(kind):
    options = importlib.import_module(f"ansible_collections.groundwork.aws.plugins.modules.{kind.TYPE}").OPTIONS
    listed = next((option["options"] for option in options.values() if option.get("elements") == "dict" and "name" in option["options"]), None)
    compared = set(listed or options) - set(ITEM) - ({kind.PARENT} if not listed else set())
    assert compared ^ set(kind.MANAGED) == set(EXCEPTIONS.get(kind.TYPE, {})) - ({kind.PARENT} if listed else set())


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.TYPE)
def test_what_is_immutable_is_managed(kind):
    assert set(kind.IMMUTABLE) | set(kind.CREATE_ONLY) <= set(kind.MANAGED)
