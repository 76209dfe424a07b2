# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the collection says of itself: its action groups, and the collections that it stands on."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.groundwork.aws.plugins.modules import dispatch
from ansible_collections.groundwork.aws.plugins.plugin_utils.kinds import KINDS
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
ACTIONS = {path.stem for path in (ROOT / "plugins/action").glob("*.py")}
#: Those that ask AWS; `dispatch`, an action and a module, is what carries them out.
MODULES = {path.stem for path in (ROOT / "plugins/modules").glob("*.py")} - {"__init__"} - ACTIONS
#: What reads only takes no part in the frame: by its name, or as a check that fails.
READERS = {name for name in MODULES if name.endswith("_info")} | {"stack_preflight"}
# An option that no module has: whichever was given it refuses it by name.
PLAY = """
- hosts: localhost
  gather_facts: false
  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  module_defaults:
    group/groundwork.aws.aws: {given_by_the_group: true}
  tasks:
    - TASK
"""


def read(name: str) -> dict:
    return yaml.safe_load((ROOT / name).read_text())


def test_the_groups_name_every_module_and_no_other() -> None:
    groups = read("meta/runtime.yml")["action_groups"]
    assert set(groups["frame"]) == MODULES - READERS
    assert {name for name in groups["aws"] if isinstance(name, str)} == READERS


@pytest.mark.parametrize(
    ("playbook", "left_out"),
    [("layer", set()), ("component", {"amazon.aws.s3_object_info"}), ("rotate", None), ("hosts", None)],
)
def test_a_play_names_its_region_to_whatever_its_roles_ask(playbook: str, left_out: set[str] | None) -> None:
    """Not by the group of all three collections, whose every module Ansible looks for in each play."""
    plays = read(f"playbooks/{playbook}.yml")
    (defaults,) = [play["module_defaults"] for play in plays if "module_defaults" in play]
    assert "group/groundwork.aws.aws" not in defaults
    assert all({"region", "profile"} <= given.keys() for given in defaults.values())
    if left_out is not None:
        called = {name for role in {kind.role for kind in KINDS if kind.role} | {"firewall"} for name in modules_of(role)}
        assert called - set(read("meta/runtime.yml")["action_groups"]["frame"]) - left_out <= {name.removeprefix("groundwork.aws.") for name in defaults}


def modules_of(role: str) -> set[str]:
    """The modules that a role calls, ours without their collection's name."""
    text = "".join(path.read_text() for path in (ROOT / "roles" / role / "tasks").glob("*.yml"))
    found = re.findall(r"^ +((?:groundwork|amazon|community)\.aws\.\w+):", text, re.MULTILINE)
    return {name.removeprefix("groundwork.aws.") for name in found}


def test_one_payload_holds_every_module() -> None:
    routes = read("meta/runtime.yml")["plugin_routing"]["modules"]
    assert routes == {name: {"action_plugin": "groundwork.aws.dispatch"} for name in MODULES}
    bundled = inspect.getsource(dispatch.bundled)
    assert set(re.findall(r"^ {8}(\w+),$", bundled, re.MULTILINE)) == MODULES
    assert {path.stem for path in (ROOT / "plugins/module_utils/_modules").glob("*.py")} - {"__init__"} == MODULES


@pytest.mark.parametrize(
    "task", ["groundwork.aws.stack_info: {stack: x}", "amazon.aws.ec2_vpc_net_info: {}", "community.aws.sns_topic_info: {}"]
)
def test_one_group_gives_defaults_to_the_modules_of_all_three_collections(task: str, tmp_path: Path) -> None:
    playbook = tmp_path / "play.yml"
    playbook.write_text(PLAY.replace("TASK", task))
    command = [Path(sys.executable).parent / "ansible-playbook", "-i", "localhost,", "-c", "local", playbook]
    settings = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_LOCALHOST_WARNING": "false"}
    ran = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, check=False)
    assert "module: given_by_the_group." in ran.stdout + ran.stderr


def test_the_pinned_collections_are_within_what_galaxy_yml_asks_for() -> None:
    pinned = {entry["name"]: entry["version"] for entry in read("requirements.yml")["collections"]}
    asked = read("galaxy.yml")["dependencies"]
    assert pinned.keys() == asked.keys()
    assert all(version in SpecifierSet(asked[name]) for name, version in pinned.items())
