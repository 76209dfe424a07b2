# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secret values leave the frame nowhere."""

from __future__ import annotations

from ansible_collections.groundwork.aws.plugins.module_utils._core.secrets import HIDDEN, HIDDEN_CHANGE, Mask


def test_a_secret_is_hidden_in_a_shape_and_the_rest_is_not():
    assert Mask({"password"}).shape({"password": "hunter2", "user": "me"}) == {"password": HIDDEN, "user": "me"}


def test_a_diff_says_that_a_secret_changes_and_not_to_what():
    diff = Mask({"password"}).diff({"password": "old"}, {"password": "new"})
    assert diff == {"before": {"password": HIDDEN}, "after": {"password": HIDDEN_CHANGE}}


def test_a_secret_is_hidden_in_an_error_also_where_one_is_a_part_of_another():
    mask = Mask({"password", "token"})
    mask.learn({"password": "abc", "token": "abcdef"})
    mask.learn(None)
    assert mask.text("refused abcdef and abc") == f"refused {HIDDEN} and {HIDDEN}"
