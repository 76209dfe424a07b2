# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Security groups follow from the arrows of the drawing."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils.arrows import Component
from ansible_collections.groundwork.aws.plugins.plugin_utils.arrows import firewall
from ansible_collections.groundwork.aws.plugins.plugin_utils.arrows import needs
from ansible_collections.groundwork.aws.plugins.plugin_utils.kinds import KINDS

BY_PREFIX = {kind.prefix: kind for kind in KINDS}


def declared(**components: tuple[str, dict[str, t.Any]]) -> dict[str, Component]:
    return {
        name: Component(name, BY_PREFIX[prefix], {f"{prefix}_{key}": value for key, value in inputs.items()})
        for name, (prefix, inputs) in {"vpc": ("network", {}), **components}.items()
    }


def ingress(name: str, **components: tuple[str, dict[str, t.Any]]) -> list[tuple]:
    found = declared(**components)
    return [tuple(rule.values()) for rule in firewall(found[name], found, "shop")["ingress"]]


DOOR = ("load_balancer", {"ports": [80, 443], "clients": ["internet"]})
FROM_DOOR = "ref:door/ec2_security_group/group"


def test_the_called_one_has_a_rule_for_each_client_and_port() -> None:
    web = ("service", {"port": 8080, "ports": [8081], "clients": ["door", "10.1.0.0/16"]})
    assert ingress("web", door=DOOR, web=web) == [
        ("tcp", 8080, 8080, FROM_DOOR, "from door"),
        ("tcp", 8081, 8081, FROM_DOOR, "from door"),
        ("tcp", 8080, 8080, "10.1.0.0/16", "from 10.1.0.0/16"),
        ("tcp", 8081, 8081, "10.1.0.0/16", "from 10.1.0.0/16"),
    ]


def test_the_internet_is_anywhere() -> None:
    assert ingress("door", door=DOOR) == [("tcp", port, port, "0.0.0.0/0", "from internet") for port in (80, 443)]


def test_arrows_may_be_mutual() -> None:
    one, two = ("service", {"port": 1, "clients": ["two"]}), ("service", {"port": 2, "clients": ["one"]})
    assert ingress("one", one=one, two=two)[0][3] == "ref:two/ec2_security_group/group"
    assert ingress("two", one=one, two=two)[0][3] == "ref:one/ec2_security_group/group"


EXTRA = {
    "a component": ({"from_port": 9, "source": "door"}, ("tcp", 9, 9, FROM_DOOR, "")),
    "the internet": ({"from_port": 9, "to_port": 12, "source": "internet", "description": "x"}, ("tcp", 9, 12, "0.0.0.0/0", "x")),
    "everything": ({"protocol": "-1", "from_port": 0, "to_port": 0, "source": "::/0"}, ("-1", None, None, "::/0", "")),
    "a group of others": ({"protocol": "udp", "from_port": 53, "source": "sg-1a"}, ("udp", 53, 53, "sg-1a", "")),
}


@pytest.mark.parametrize(("rule", "wanted"), EXTRA.values(), ids=EXTRA)
def test_a_component_may_add_a_rule_for(rule: dict, wanted: tuple) -> None:
    assert ingress("web", door=DOOR, web=("service", {"ingress": [rule]})) == [wanted]


def test_a_rule_that_is_written_out_takes_the_place_of_one_that_is_derived() -> None:
    extra = {"from_port": 80, "source": "internet", "description": "everybody"}
    assert ingress("door", door=("load_balancer", {**DOOR[1], "ingress": [extra]})) == [
        ("tcp", 80, 80, "0.0.0.0/0", "everybody"),
        ("tcp", 443, 443, "0.0.0.0/0", "from internet"),
    ]


def test_a_group_has_a_name_a_network_and_a_way_out() -> None:
    found = declared(web=("service", {}))
    assert firewall(found["web"], found, "shop") == {
        "name": "shop-web",
        "description": "web of shop",
        "network": "vpc",
        "vpc_id": "ref:vpc/ec2_vpc/vpc",
        "ingress": [],
        "egress": [{"protocol": "-1", "from_port": None, "to_port": None, "source": "0.0.0.0/0", "description": ""}],
    }


def test_names_and_networks_that_are_given_are_taken() -> None:
    web = ("service", {"security_group": "WEB-SG", "security_group_description": "Web", "network": "other"})
    found = declared(other=("network", {}), web=web)
    wall = firewall(found["web"], found, "shop")
    assert (wall["name"], wall["description"], wall["vpc_id"]) == ("WEB-SG", "Web", "ref:other/ec2_vpc/vpc")


def test_what_nobody_can_call_has_no_group() -> None:
    found = declared(role=("identity", {}), files=("bucket", {}))
    assert [firewall(component, found, "shop") for component in found.values()] == [None] * 3


def test_a_component_needs_its_network_and_those_that_its_rules_name() -> None:
    web = ("service", {"port": 1, "clients": ["door", "web", "internet", "10.0.0.0/8"], "ingress": [{"from_port": 1, "source": "job"}]})
    found = declared(door=DOOR, job=("service", {}), web=web, role=("identity", {}))
    walls = {name: firewall(found[name], found, "shop") for name in found}
    assert [needs(found[name], found, walls[name]) for name in ("web", "door", "vpc", "role")] == [["door", "job", "vpc"], ["vpc"], [], []]
