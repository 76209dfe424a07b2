# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's half of a seal: whose fingerprint is another, and who is settled."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils import fingerprints as subject
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import Declaration
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import examine
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import outline

SHOP = Declaration(
    groups={"components": ["vpc", "door", "web"], "networks": ["vpc"], "load_balancers": ["door"], "services": ["web"]},
    values={
        "vpc": {"network_cidr": "10.0.0.0/16", "network_zones": ["a", "b"]},
        "door": {"load_balancer_scheme": "internet-facing", "load_balancer_default": "web", "load_balancer_clients": ["internet"], "load_balancer_ports": [80]},
        "web": {"service_port": 8080, "service_clients": ["door"], "service_instance_type": "t3.micro", "service_capacity": {"min": 1, "desired": 1, "max": 2}},
    },
    stack={"stack_name": "shop", "stack_tags": {}},
    account_id="123456789012",
    region="eu-west-1",
    zones=["eu-west-1a", "eu-west-1b"],
)
STANDING = [
    {"component": component, "type": type_, "key": key, "name": key, "id": f"{component}-{key}"}
    for component, type_, key in (
        ("vpc", "ec2_vpc", "vpc"),
        ("vpc", "ec2_subnet", "public-a"),
        ("vpc", "ec2_subnet", "public-b"),
        ("vpc", "ec2_subnet", "private-a"),
        ("vpc", "ec2_subnet", "private-b"),
        ("door", "ec2_security_group", "group"),
        ("door", "elbv2_load_balancer", "load_balancer"),
        ("door", "elbv2_listener", "entry"),
        ("web", "ec2_security_group", "group"),
        ("web", "elbv2_target_group", "group"),
    )
]


def prints(declaration: Declaration = SHOP, standing: t.Sequence[dict[str, str]] = STANDING) -> dict[str, str]:
    problems, components = examine(declaration)
    assert problems == []
    return subject.fingerprints(components, outline(components, declaration), declaration, standing)


def others(*now: t.Any, **also: t.Any) -> set[str]:
    """Whose fingerprint is another one now."""
    was, is_now = prints(), prints(*now, **also)
    return {name for name in was if was[name] != is_now[name]}


def with_value(component: str, **values: t.Any) -> Declaration:
    return replace(SHOP, values={**SHOP.values, component: {**SHOP.values[component], **values}})


def test_everybody_has_one_and_it_stays():
    assert prints().keys() == {"stack", "vpc", "door", "web"}
    assert all(prints().values())
    assert others() == set()


def test_an_input_is_its_components_own():
    assert others(with_value("web", service_capacity={"min": 1, "desired": 2, "max": 2})) == {"web"}


def test_an_arrow_is_that_of_whom_it_leads_to():
    found = others(with_value("door", load_balancer_clients=["internet", "web"]))
    assert "door" in found
    assert "vpc" not in found


def test_another_id_is_another_input():
    moved = [one | {"id": "vpc-new"} if one["type"] == "ec2_vpc" else one for one in STANDING]
    assert others(SHOP, moved) == {"door", "web"}  # the network makes it, the others are told of it


def test_who_refers_to_what_does_not_stand_has_none():
    found = prints(SHOP, [one for one in STANDING if one["type"] != "ec2_vpc"])
    assert not found["web"]
    assert found["vpc"]


@pytest.mark.parametrize("stack", [{"stack_tags": {"team": "web"}}, {"stack_adopt": True}, {"stack_protected": True}])
def test_what_is_said_of_the_stack_is_said_of_all(stack):
    assert others(replace(SHOP, stack={**SHOP.stack, **stack})) == prints().keys()


def test_another_place_or_other_code_is_another_for_all(monkeypatch):
    assert others(replace(SHOP, account_id="210987654321")) == prints().keys()
    was = prints()
    monkeypatch.setattr(subject, "code", lambda: "other")
    assert not was.items() & prints().items()


def test_the_code_is_that_of_plugins_roles_and_playbooks(tmp_path, monkeypatch):
    for folder in subject.CODE:
        (tmp_path / folder / "deep").mkdir(parents=True)
    monkeypatch.setattr(subject, "__file__", str(tmp_path / "plugins" / "plugin_utils" / "fingerprints.py"))
    subject.code.cache_clear()
    seen = [subject.code()]
    for folder in subject.CODE:
        (tmp_path / folder / "deep" / "a.yml").write_text("a")
        subject.code.cache_clear()
        seen.append(subject.code())
    (tmp_path / "plugins" / "a.pyc").write_text("compiled")
    subject.code.cache_clear()
    assert subject.code() == seen[-1]
    assert len(set(seen)) == 1 + len(subject.CODE)
    subject.code.cache_clear()


OUTLINES = {
    "vpc": {"wiring": {}, "firewall": None},
    "web": {"wiring": {"present": {"vpc_id": "ref:vpc/ec2_vpc/vpc"}}, "firewall": None},
    "db": {"wiring": {}, "firewall": {"ingress": [{"source": "ref:web/ec2_security_group/group"}]}},
    "files": {"wiring": {}, "firewall": None},
}
PRINTS = {name: f"print of {name}" for name in OUTLINES}
SEALS = {name: {"inputs": mark, "outputs": {}, "at": 100} for name, mark in PRINTS.items()}


def test_who_has_an_unbroken_seal_of_the_same_fingerprint_is_settled():
    assert subject.settled(PRINTS, OUTLINES, SEALS, 100) == PRINTS.keys()
    assert subject.settled(PRINTS, OUTLINES, {}, 0) == set()
    assert subject.settled(PRINTS, OUTLINES, SEALS, 101) == set()  # too old
    assert subject.settled({**PRINTS, "files": "another"}, OUTLINES, SEALS, 0) == PRINTS.keys() - {"files"}
    assert subject.settled({**PRINTS, "files": ""}, OUTLINES, SEALS | {"files": {"inputs": "", "at": 100}}, 0) == PRINTS.keys() - {"files"}


def test_nobody_is_settled_who_refers_to_what_is_not():
    without = {name: seal for name, seal in SEALS.items() if name != "vpc"}
    assert subject.settled(PRINTS, OUTLINES, without, 0) == {"files"}
