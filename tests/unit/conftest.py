# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real runs of ansible-playbook, for what only a run can show."""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: A module that returns what it is told to, as those of the frame do.
REPORTING = """
from ansible.module_utils.basic import AnsibleModule
given = dict(planned=dict(type="list"), waited=dict(type="list"), stack=dict(), fail=dict(type="str"))
module = AnsibleModule(given, supports_check_mode=True)
returns = dict(planned=module.params["planned"] or [], waited=module.params["waited"] or [])
if module.params["fail"]:
    module.fail_json(msg=module.params["fail"], **returns)
module.exit_json(changed=bool(returns["planned"]), diff=[dict(before="old", after="new")], **returns)
"""
INVENTORY = """
components:
  vars: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}", stack_name: shop}
  hosts: {vpc: , web: , db: }
"""


class Run(t.NamedTuple):
    rc: int
    out: str
    err: str


@pytest.fixture
def play(tmp_path: Path) -> t.Callable[..., Run]:
    """Run a playbook on the components vpc, web and db; the module ``reporting`` returns what it is given."""
    (tmp_path / "library").mkdir()
    (tmp_path / "library/reporting.py").write_text(REPORTING)
    (tmp_path / "hosts.yml").write_text(INVENTORY)

    def run(playbook: str, *options: str, **settings: str) -> Run:
        (tmp_path / "play.yml").write_text(playbook)
        command = [Path(sys.executable).parent / "ansible-playbook", "-i", "hosts.yml", "play.yml", *options]
        environment = os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "COLUMNS": "160"} | settings
        ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return Run(ran.returncode, ran.stdout, ran.stderr)

    return run
