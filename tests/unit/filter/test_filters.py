# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filters, as a template calls them."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.groundwork.aws.plugins.filter import given
from ansible_collections.groundwork.aws.plugins.filter import layer_hosts
from ansible_collections.groundwork.aws.plugins.filter import network_plan
from ansible_collections.groundwork.aws.plugins.filter import refer

FILTERS = {name: filter_ for plugin in (given, layer_hosts, network_plan, refer) for name, filter_ in plugin.FilterModule().filters().items()}
READ = {"resources": [{"component": "vpc", "type": "ec2_vpc", "key": "vpc", "id": "vpc-1"}]}


def test_each_file_holds_the_filter_that_it_is_named_for() -> None:
    assert set(FILTERS) == {"given", "layer_hosts", "network_plan", "refer"}


@pytest.mark.parametrize("value", [False, 0, "", [], "text"])
def test_a_value_is_handed_on(value: object) -> None:
    assert FILTERS["given"](value, "omitted") == value


def test_an_unset_value_is_omitted() -> None:
    assert FILTERS["given"](None, "omitted") == "omitted"


def test_references_become_ids() -> None:
    assert FILTERS["refer"](["ref:vpc/ec2_vpc/vpc"], READ) == ["vpc-1"]


def test_an_unresolved_reference_fails_as_filters_do() -> None:
    with pytest.raises(AnsibleFilterError, match="neither made by this run nor found in AWS"):
        FILTERS["refer"]("ref:vpc/ec2_vpc/other", READ)


INPUTS = {"network_name": "shop", "network_cidr": "10.0.0.0/16", "network_zones": ["a"], "network_tiers": {"data": {"egress": "none"}}}


def test_a_plan_needs_but_a_name_a_range_zones_and_tiers() -> None:
    assert FILTERS["network_plan"]("vpc", INPUTS, "eu-west-1")["subnets"][0]["key"] == "data-a"


@pytest.mark.parametrize("wrong", [{"network_cidr": "10.0.0.1/16"}, {"network_zones": list("abcde")}])
def test_what_describes_no_network_fails_as_filters_do(wrong: dict) -> None:
    with pytest.raises(AnsibleFilterError, match="^vpc: "):
        FILTERS["network_plan"]("vpc", INPUTS | wrong, "eu-west-1")


GROUPS = {
    "all": ["vpc", "web", "db", "role"],
    "components": ["vpc", "web", "db", "role"],
    "networks": ["vpc"],
    "services": ["web"],
    "databases": ["db"],
    "identities": ["role"],
}


@pytest.mark.parametrize(
    ("layers", "names", "hosts"),
    [
        (["services"], [], ["web", "vpc"]),
        (["network"], [], ["vpc", "web"]),
        (["foundations"], [], ["db", "role", "vpc"]),
        (["network", "foundations"], [], ["vpc", "db", "role", "web"]),
        (["delivery"], [], ["vpc"]),
        (["network", "foundations", "services"], [], ["vpc", "web", "db", "role"]),
        ([], ["db"], ["db", "vpc"]),
        ([], ["missing"], ["vpc"]),
    ],
)
def test_a_play_has_the_components_of_its_layers_and_one_that_cannot_fail_there(layers: list, names: list, hosts: list) -> None:
    assert FILTERS["layer_hosts"](GROUPS, layers, names) == hosts


def test_without_an_inventory_there_is_nobody() -> None:
    assert FILTERS["layer_hosts"]({"all": [], "ungrouped": []}, ["services"]) == []
