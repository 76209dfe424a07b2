# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks as models of module_utils/_reach/model.py: those that inventories and the three tiers declare, and TIO's as it was read.

TIO's was read, where it stood, by

    ansible-playbook -i inventories/tio playbooks/verify.yml -e verify_network=tests/facts/tio_network.json
"""

from __future__ import annotations

import json
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
    return _read("tio", tio)


def read_library() -> Model:
    """The library's as it was read."""
    return _read("library", library)


def _read(name: str, instead: t.Callable[[], Model]) -> Model:
    path = Path(__file__).with_name(f"{name}_network.json")
    return json.loads(path.read_text()) if path.exists() else instead()


def renamed(model: Model) -> Model:
    """The same network with ids as if AWS had given them, which say nothing."""
    kinds = [kind for kind in model if kind != "places"]
    ids = {one["id"]: f"{one['id'].partition('-')[0]}-{number:04x}{place:04x}" for number, kind in enumerate(kinds) for place, one in enumerate(model[kind])}
    return _replaced(model, ids)


def _replaced(value: t.Any, ids: dict[str, str]) -> t.Any:
    if isinstance(value, dict):
        return {key: _replaced(one, ids) for key, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, ids) for one in value]
    return ids.get(value, value) if isinstance(value, str) else value
