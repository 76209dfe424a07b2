# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""References are replaced by ids, and by the right ones."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils.references import possible
from ansible_collections.groundwork.aws.plugins.plugin_utils.references import refer
from ansible_collections.groundwork.aws.plugins.plugin_utils.references import reference
from ansible_collections.groundwork.aws.plugins.plugin_utils.references import referred
from ansible_collections.groundwork.aws.plugins.plugin_utils.references import UnresolvedReference

VPC = reference("vpc", "ec2_vpc", "vpc")


def entry(id_: str | None, **more: str) -> dict[str, t.Any]:
    return {"component": "vpc", "type": "ec2_vpc", "name": "shop", "key": "vpc", "id": id_, **more}


READ = {"resources": [entry("vpc-read")], "account": "123456789012"}
MADE = {"planned": [entry("vpc-made", action="create")], "changed": True}

SOURCES = {
    "what stands": ([READ], "vpc-read"),
    "what a module made": ([MADE], "vpc-made"),
    "what is yet to be made": ([{"planned": [entry("(known after apply)", action="create")]}], "(known after apply)"),
    "a loop's register": ([{"results": [{"planned": []}, MADE]}], "vpc-made"),
    "a skipped task beside one that ran": ([{"skipped": True}, None, MADE], "vpc-made"),
    "a list of sources": ([[READ, [MADE]]], "vpc-made"),
    "a list of entries": ([[entry("vpc-entry")]], "vpc-entry"),
    "what this run made, though what was read comes later": ([MADE, READ], "vpc-made"),
    "the later of two that were read": ([READ, {"resources": [entry("vpc-later")]}], "vpc-later"),
    "a host's registers": ([READ, {"__network_vpc": MADE, "inventory_hostname": "vpc"}], "vpc-made"),
    "the register of a host's loop": ([READ, {"__network_vpc": {"results": [MADE]}}], "vpc-made"),
    "what stands, though something claims it without an id": ([READ, {"planned": [entry(None, action="none")]}], "vpc-read"),
}
GONE = {
    "nothing at all": [],
    "what was deleted in this run": [READ, {"planned": [entry("vpc-read", action="delete")]}],
    "an orphan": [READ, {"planned": [entry("vpc-read", action="orphaned")]}],
    "a host's variable that is no register of ours": [{"made": MADE}],
}


@pytest.mark.parametrize(("sources", "wanted"), SOURCES.values(), ids=SOURCES)
def test_a_reference_becomes_the_id_of(sources: list, wanted: str) -> None:
    assert refer(VPC, *sources) == wanted


@pytest.mark.parametrize("sources", GONE.values(), ids=GONE)
def test_a_reference_is_refused_that_finds_only(sources: list) -> None:
    with pytest.raises(UnresolvedReference, match="ec2_vpc 'vpc' of vpc .* run without --limit, or with vpc too"):
        refer(VPC, *sources)


def test_references_are_found_in_depth_and_the_rest_is_left_alone() -> None:
    value = {"routes": [{"target": VPC, "port": 80, "open": True, "none": None}], "text": f"see {VPC}"}
    assert refer(value, READ) == {"routes": [{"target": "vpc-read", "port": 80, "open": True, "none": None}], "text": f"see {VPC}"}


def test_a_key_may_hold_a_slash() -> None:
    made = {"planned": [{**entry("x-1", action="create"), "key": "a/b"}]}
    assert refer("ref:vpc/ec2_vpc/a/b", made) == "x-1"


def test_a_host_is_asked_for_its_registers_alone() -> None:
    class Host(dict):
        def __getitem__(self, name: str) -> t.Any:
            assert name.startswith("__"), f"{name} would be templated"
            return super().__getitem__(name)

    assert refer(VPC, Host(__vpc=MADE, other="{{ expensive }}")) == "vpc-made"


def test_what_may_not_stand_becomes_its_id_or_empty() -> None:
    assert possible("vpc", "ec2_vpc", "vpc") == "any:vpc/ec2_vpc/vpc"
    assert refer(["any:vpc/ec2_vpc/vpc", "any:vpc/ec2_vpc/other"], READ) == ["vpc-read", ""]
    assert referred("any:vpc/ec2_vpc/other") == {"vpc"}
