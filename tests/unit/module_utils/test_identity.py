# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which of the candidates is the one that is meant."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._core.identity import Candidate, Identity, choose, kept_tags
from ansible_collections.groundwork.aws.plugins.module_utils._core.plan import Refusal

WHO = Identity("shop", "vpc", "public-a", "shop-public-a")
OURS = WHO.tags
RENAMED = {**OURS, "groundwork:key": "other"}
UNTAGGED = {"Name": "shop-public-a"}
ANOTHERS = {**OURS, "groundwork:stack": "bank"}


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        ([], None),
        ([Candidate("a", OURS, True)], "a"),
        ([Candidate("a", OURS, False)], "a"),
        ([Candidate("a", RENAMED, True)], "a"),
        ([Candidate("a", RENAMED, False)], None),
        ([Candidate("a", ANOTHERS, True)], None),
        ([Candidate("a", {}, False)], None),
        ([Candidate("a", OURS, True), Candidate("b", UNTAGGED, True)], "a"),
    ],
)
def test_ours_is_found_by_stack_component_and_key_or_name(candidates, chosen):
    assert choose(candidates, WHO) == chosen


def test_two_that_claim_to_be_it_are_refused_and_listed():
    with pytest.raises(Refusal, match="a and b all claim to be it"):
        choose([Candidate("b", OURS, True), Candidate("a", OURS, False)], WHO)


def test_what_has_our_name_and_no_tags_is_refused_until_it_is_adopted():
    named = [Candidate("a", UNTAGGED, True)]
    with pytest.raises(Refusal, match="a exists and is not ours; adopt it with stack_adopt: true"):
        choose(named, WHO)
    assert choose(named, WHO, adopt=True) == "a"


def test_two_that_could_be_adopted_are_refused():
    with pytest.raises(Refusal, match="a and b could each be adopted"):
        choose([Candidate("a", UNTAGGED, True), Candidate("b", UNTAGGED, True)], WHO, adopt=True)


@pytest.mark.parametrize(
    ("purge", "kept"),
    [(False, {"Name": "x", "groundwork:forged": "y"}), (True, {"Name": "x", "groundwork:forged": "y", "backup": "daily"})],
)
def test_purging_touches_our_own_tags_and_others_only_on_request(purge, kept):
    standing = {"Name": "x", "groundwork:forged": "y", "backup": "daily", "aws:cloudformation:stack-name": "z"}
    assert kept_tags(standing, {"Name": "shop"}, purge) == kept
