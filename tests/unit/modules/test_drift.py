# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each managed key that AWS lets one change is changed behind the back: it is named, alone, and mended."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._stack.types import TYPES

from .cases.table import BY_NAME, Case, CASES

MANAGED = {kind.TYPE: (*kind.MANAGED, "tags") for kind in TYPES}


def test_every_type_that_a_stack_owns_has_a_case():
    assert set(BY_NAME) == set(MANAGED)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.module)
def test_every_managed_key_is_drifted_or_fixed_with_a_reason(case: Case):
    assert sorted([*case.drift, *case.fixed]) == sorted(MANAGED[case.module])


@pytest.mark.parametrize(("module", "key"), [(case.module, key) for case in CASES for key in case.drift])
def test_a_change_behind_the_back_is_named_alone_and_mended(run, aws, module: str, key: str):
    case = BY_NAME[module]
    ids = case.given(aws)
    made = run.ok(module, **case.create(ids))["planned"]
    case.drift[key](aws, made[0]["id"], ids | {entry["key"]: entry["id"] for entry in made})

    checked = run.ok(module, check=True, **case.create(ids))
    named = [(entry["action"], entry["keys"]) for entry in checked["planned"] if entry["action"] != "none"]
    assert named == [("update", [key])]

    mended = run.ok(module, **case.create(ids))
    assert mended["diff"] == checked["diff"]
    assert not mended.get("warnings"), mended["warnings"]
    assert not run.ok(module, **case.create(ids))["changed"]


def test_tags_of_other_tools_survive(run, ec2):
    case = BY_NAME["ec2_vpc"]
    vpc = run.ok("ec2_vpc", **case.create({}))["vpc"]["id"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "backup", "Value": "daily"}, {"Key": "groundwork:forged", "Value": "x"}])
    run.ok("ec2_vpc", **case.create({}))
    tags = {tag["Key"] for tag in ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"]}
    assert "backup" in tags
    assert "groundwork:forged" not in tags
