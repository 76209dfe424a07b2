# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks as models of module_utils/_reach/model.py: those that inventories and the three tiers declare, and those that were read.

What was read lies beside this, with ids that say nothing. With the system standing, this makes it anew:

    ansible-playbook -i inventories/tio playbooks/verify.yml -e verify_json=findings.json
    PYTHONPATH=.:.build/collections python -m tests.facts.networks findings.json > tests/facts/tio_network.json
"""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

import yaml
from ansible_collections.groundwork.aws.plugins.plugin_utils.arrows import Components
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import Declaration
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import examine
from ansible_collections.groundwork.aws.plugins.plugin_utils.declared_network import declared_network
from ansible_collections.groundwork.aws.plugins.plugin_utils.kinds import BY_GROUP
from ansible_collections.groundwork.aws.plugins.plugin_utils.wiring import Place

from .three_tier import ACLS
from .three_tier import declaration

INVENTORIES = Path(__file__).parents[2] / "inventories"

Model = dict[str, list[dict[str, t.Any]]]


def of_inventory(name: str) -> Declaration:
    """What an inventory of this repository declares, by its files alone."""
    folder = INVENTORIES / name
    children = yaml.safe_load((folder / "hosts.yml").read_text())["components"]["children"]
    groups = {group: list(one["hosts"]) for group, one in children.items() if group in BY_GROUP}
    hosts = [host for names in groups.values() for host in names]
    values = {host: yaml.safe_load((folder / "host_vars" / f"{host}.yml").read_text()) for host in hosts}
    stack = {key: value for key, value in yaml.safe_load((folder / "group_vars/components.yml").read_text()).items() if key.startswith("stack_")}
    return Declaration({"components": hosts, **groups}, values, stack=stack, account_id="123456789012", region="ap-northeast-2")


def components_of(declared: Declaration) -> tuple[Components, Place]:
    problems, components = examine(declared)
    assert problems == []
    return components, declared.place


def tio() -> Model:
    return declared_network(*components_of(of_inventory("tio")))


def library() -> Model:
    return declared_network(*components_of(of_inventory("library")))


def three_tier() -> Model:
    return declared_network(*components_of(declaration()))


def with_acl(tier: str, direction: str, given: list[dict[str, t.Any]]) -> Model:
    """The three tiers with other entries in an ACL, though the declaration is refused for it."""
    acls = {tier: {**ACLS[tier], direction: given}}
    _problems, components = examine(declaration(acls=acls))
    return declared_network(components, declaration().place)


def read_tio() -> Model:
    """TIO's as it was read."""
    return read_of("tio")


def read_library() -> Model:
    """The library's as it was read, with its containers in it."""
    return read_of("library")


def read_of(name: str) -> Model:
    return json.loads(Path(__file__).with_name(f"{name}_network.json").read_text())


def sketch(model: Model) -> Model:
    """What is the same of each network of one declaration: which hosts stand where is chance, and which addresses they have."""
    standing = {json.dumps({key: one[key] for key in ("component", "role", "groups", "public")}) for one in model["places"] if one["stands"]}
    return {**model, "places": [one for one in model["places"] if not one["stands"]], "standing": [json.loads(one) for one in sorted(standing)]}


def renamed(model: Model) -> Model:
    """The same network in an order that its names give, and with ids as if AWS had given them, but the same each time."""
    ordered = {kind: sorted(parts, key=_what) for kind, parts in model.items()}
    ids = {one["id"]: _steady_id(one, number, place) for number, parts in enumerate(ordered.values()) for place, one in enumerate(parts)}
    found = _replaced({kind: parts for kind, parts in ordered.items() if kind != "places"}, ids)
    for number, group in enumerate(found["security_groups"]):
        for direction in ("ingress", "egress"):
            group[direction] = sorted(({**one, "id": ""} for one in group[direction]), key=str)
            for place, one in enumerate(group[direction]):
                one["id"] = f"sgr-{number:04x}{place:03x}{direction[0]}"
    for table in found["route_tables"]:
        table["routes"].sort(key=str)
    return {**found, "places": sorted(_replaced(ordered["places"], ids), key=_what)}


def _what(part: dict[str, t.Any]) -> tuple[str, ...]:
    words = ("component", "name", "kind", "role", "zone", "port", "subnet")
    return (*(str(part.get(word, "")) for word in words), str(part.get("main", "")), str(part.get("addresses", "")))


def _steady_id(part: dict[str, t.Any], number: int, place: int) -> str:
    beginning = part["id"].partition("-")[0] if "role" in part or not part["id"].startswith("arn:") else "arn:of"
    return part["id"] if "role" in part and not part["id"].startswith("eni-") else f"{beginning}-{number:04x}{place:04x}"


def _replaced(value: t.Any, ids: dict[str, str]) -> t.Any:
    if isinstance(value, dict):
        return {key: _replaced(one, ids) for key, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, ids) for one in value]
    return ids.get(value, value) if isinstance(value, str) else value


if __name__ == "__main__":
    [findings] = sys.argv[1:]
    print(json.dumps(renamed(json.loads(Path(findings).read_text())["network"]), indent=1))
