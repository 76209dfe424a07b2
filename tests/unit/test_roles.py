# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every role has one shape, and its defaults and its argument spec agree key by key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ROLES = sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir())
#: What a run begins and ends with is no kind of component, and neither is a host.
KINDS = [role for role in ROLES if role.name != "stack" and not role.name.startswith("userdata_")]


def load(path: Path):
    return yaml.safe_load(path.read_text())


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_defaults_and_argument_spec_agree(role: Path):
    options = load(role / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]
    defaults = load(role / "defaults" / "main.yml")
    assert set(defaults) == {name for name, spec in options.items() if not spec.get("required")}
    constant = {name: value for name, value in defaults.items() if "{{" not in str(value)}
    assert {name: spec["default"] for name, spec in options.items() if "default" in spec} == {
        name: value for name, value in constant.items() if value is not None and "default" in options[name]
    }
    assert all(name.startswith(f"{role.name}_") for name in options)


@pytest.mark.parametrize("role", KINDS, ids=lambda role: role.name)
def test_a_kind_has_its_entry_points(role: Path):
    assert {path.stem for path in (role / "tasks").glob("*.yml")} >= {"main", "reserve", "present", "absent"}
    assert len((role / "tasks" / "present.yml").read_text().splitlines()) <= 80


@pytest.mark.parametrize("path", sorted((ROOT / "playbooks").glob("*.yml")), ids=lambda path: path.name)
def test_a_playbook_is_one_screen(path: Path):
    assert len(path.read_text().splitlines()) <= 60


@pytest.mark.parametrize("path", sorted((ROOT / "roles").glob("*/tasks/*.yml")), ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_tasks_are_named_after_their_file_and_registers_after_their_role(path: Path):
    role = path.parts[-3]
    for task in load(path):
        assert re.match(rf"{path.stem.title()} \| \w", task["name"]), task["name"]
        facts = task.get("ansible.builtin.set_fact", {})
        kept = [task.get("register", f"__{role}_"), *(name for name in facts)]
        assert all(name.startswith((f"__{role}", f"{role}_outputs")) for name in kept), task["name"]


@pytest.mark.parametrize("scenario", sorted((ROOT / "extensions").glob("**/molecule/*/molecule.yml")), ids=lambda path: path.parent.name)
def test_a_scenario_that_verifies_has_what_molecule_asks_for(scenario: Path):
    """Molecule passes over every `verify`, also one that names another playbook, where the scenario's own is missing; it but warns."""
    said = load(scenario) or {}
    sequence = said.get("scenario", {}).get("test_sequence", ["verify"])
    own = said.get("ansible", {}).get("playbooks", {}).get("verify", "verify.yml")
    assert not any(str(one).startswith("verify") for one in sequence) or (scenario.parent / own).resolve().is_file()
