# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verify, through a real ansible-playbook: it fails where it must, tells each finding in a line, and writes a file for its owner alone."""

from __future__ import annotations

import copy
import json
import os
import stat
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from tests.facts.networks import Model
from tests.facts.networks import renamed
from tests.facts.networks import tio

ROOT = Path(__file__).parents[3]
PLAY = """
- hosts: components
  gather_facts: false
  tasks:
    - groundwork.aws.stack_verify:
        network: "{{ lookup('ansible.builtin.file', playbook_dir ~ '/network.json') | from_json }}"
        changes: "{{ [{'component': 'db', 'type': 'ec2_security_group', 'name': 'TIO-DB-SG', 'action': 'update'}] if ansible_check_mode else [] }}"
        region: ap-northeast-2
        path: "{{ playbook_dir }}/findings.json"
      run_once: true
"""


def bent() -> Model:
    """TIO, which answers on port 22 what a tag can say in another's name."""
    model = renamed(tio())
    group = next(one for one in model["security_groups"] if one["name"] == "TIO-DB-SG")
    group["ingress"].append({"id": "sgr-1", "protocol": "tcp", "from_port": 22, "to_port": 22, "peer": "10.0.0.0/16"})
    group["name"] = "TIO-DB-SG\x1b[2J"
    return model


def verify(folder: Path, network: Model, *arguments: str) -> tuple[int, str, dict[str, t.Any]]:
    """The exit status, the screen, and what was written."""
    (folder / "network.json").write_text(json.dumps(network))
    (folder / "play.yml").write_text(PLAY)
    command = [Path(sys.executable).parent / "ansible-playbook", "-i", ROOT / "inventories" / "tio", folder / "play.yml", *arguments]
    settings = {"ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/collections"), "ANSIBLE_HOME": str(folder / "home"), "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"}
    ran = subprocess.run(command, env=os.environ | settings, cwd=folder, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr, json.loads((folder / "findings.json").read_text())


def test_a_finding_fails_the_run_is_a_line_and_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    rc, screen, written = verify(tmp_path, bent())
    assert rc == 2, screen
    [line] = {one.strip() for one in screen.splitlines() if one.strip().startswith("HIGH db:")}
    assert "take the rule out" in line
    assert "\x1b[2J" not in screen, "a name is others' input"
    assert [(one["severity"], one["check"]) for one in written["findings"]] == [("high", "port 22"), ("informational", "port without a listener")]
    assert (written["failing"], written["planned"], written["stack"]) == (1, False, "tio")
    assert written["network"] == bent()
    assert stat.S_IMODE((tmp_path / "findings.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(("network", "arguments"), [(renamed(tio()), ()), (bent(), ("--check",))], ids=["as declared", "as a plan mends it"])
def test_what_is_as_declared_or_will_be_ends_well(tmp_path: Path, network: Model, arguments: tuple[str, ...]) -> None:
    model = copy.deepcopy(network)
    for one in model["security_groups"]:
        one["name"] = one["name"].partition("\x1b")[0]
    rc, screen, written = verify(tmp_path, model, *arguments)
    assert rc == 0, screen
    assert [one["severity"] for one in written["findings"]] == ["informational"], "TIO opens 443 before there is a certificate"
