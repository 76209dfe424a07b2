# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan algebra."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._core.plan import (
    Plan,
    Refusal,
    UNKNOWN,
    compare_children,
    is_unknown,
    make_plan,
    sort_children,
)

STANDING = {"name": "web", "port": 80, "tags": {"a": "1"}}


@pytest.mark.parametrize(
    ("before", "wanted", "action", "keys"),
    [
        (None, None, "none", []),
        (None, STANDING, "create", ["name", "port", "tags"]),
        (STANDING, STANDING, "none", []),
        (STANDING, {**STANDING, "port": 81}, "update", ["port"]),
        (STANDING, None, "delete", ["name", "port", "tags"]),
        (None, {"name": "web", "rules": []}, "create", ["name"]),
    ],
)
def test_the_action_and_the_keys_are_derived(before, wanted, action, keys):
    plan = make_plan(before, wanted)
    assert (plan.action, plan.keys) == (action, keys)


def test_unmanaged_key_is_left_alone():
    assert make_plan(STANDING, {"name": "web", "port": None}).after == STANDING


def test_an_immutable_key_refuses_by_its_name():
    with pytest.raises(Refusal, match=r"port \(80 to 81\).*replace: true"):
        make_plan(STANDING, {"port": 81}, immutable=["port"])


def test_replace_allows_an_immutable_key_to_change():
    plan = make_plan(STANDING, {"port": 81}, immutable=["port"], replace=True)
    assert plan.action == "replace"
    assert plan.deletion() == Plan(STANDING, None)
    assert plan.creation().before is None


def test_a_create_only_key_is_no_drift():
    assert make_plan(STANDING, {**STANDING, "port": 4}, create_only=["port"]).action == "none"
    assert make_plan(None, {"port": 4}, create_only=["port"]).after == {"port": 4}


def test_an_unknown_value_of_what_exists_is_an_update_of_its_key():
    assert make_plan(STANDING, {"port": UNKNOWN}).keys == ["port"]


def test_an_unknown_is_found_at_any_depth():
    assert is_unknown({"routes": [{"target": UNKNOWN}]})
    assert not is_unknown({"routes": [{"target": "igw-1"}]})


def test_children_are_compared_by_key_and_never_by_position():
    before = [{"number": 1, "cidr": "a"}, {"number": 2, "cidr": "b"}, {"number": 3, "cidr": "c"}]
    after = [{"number": 3, "cidr": "c"}, {"number": 2, "cidr": "x"}, {"number": 4, "cidr": "d"}]
    changes = compare_children(before, after, ["number"])
    assert changes.add == [{"number": 4, "cidr": "d"}]
    assert changes.change == [{"number": 2, "cidr": "x"}]
    assert changes.remove == [{"number": 1, "cidr": "a"}]
    assert sort_children(reversed(before)) == sort_children(before)
