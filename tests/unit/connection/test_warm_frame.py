# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The twelve steps of modules of the frame, over the local connection and the warm one: the same results, the same calls."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import boto3
import pytest
from localcloud import LocalCloud

from ..modules.cases.case import Case
from ..modules.cases.table import BY_NAME

ROOT = Path(__file__).parents[3]
REGION = "ap-northeast-2"
CONNECTIONS = ("local", "groundwork.aws.warm")
#: One with children, one of a global service, one with a secret value.
MODULES = ("ec2_security_group", "iam_role", "secretsmanager_secret")
PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - groundwork.aws.{module}: "{{{{ item.options }}}}"
      check_mode: "{{{{ item.check }}}}"
      diff: true
      register: ran
      loop: "{{{{ steps }}}}"
    - ansible.builtin.copy: {{content: "{{{{ ran.results | to_json }}}}", dest: "{{{{ playbook_dir }}}}/results.json"}}
"""
#: What AWS draws by lot: ids, addresses, the end of a secret's ARN. And what took so long that it is told.
DRAWN = re.compile(
    r"\b[0-9a-f]{16,17}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\bZ[A-Z0-9]{5,}\b|\b[A-Z0-9]{20,21}\b"
    r"|(?<=secret:)[\w/-]+|\b\d+\.\d+\.\d+\.\d+\b(?!/)"
)
WAITED = re.compile(r'"waited": \[[^\]]*\]')


def steady(text: str) -> t.Any:
    """The same for two runs that came to the same."""
    return json.loads(WAITED.sub('"waited": []', DRAWN.sub("#", text)))


def steps(case: Case, ids: dict[str, str]) -> list[dict[str, t.Any]]:
    who = {"stack": "shop", "component": "vpc"}
    wanted = case.create(ids), case.change(ids), {**case.change(ids), "state": "absent"}
    return [dict(options={**who, **options}, check=check) for options in wanted for check in (True, False, True, False)]


class Clients:
    """A boto3 client for each service, by its name."""

    def __getattr__(self, service: str) -> t.Any:
        return boto3.client(service)


@pytest.mark.parametrize("module", MODULES)
def test_twelve_steps_come_to_the_same(module, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # no test here needs an image
    (tmp_path / "run").mkdir(mode=0o700)
    (tmp_path / "play.yml").write_text(PLAY.format(module=module))
    with LocalCloud() as cloud:
        for name, value in {**cloud.env(REGION), "XDG_RUNTIME_DIR": str(tmp_path / "run"), "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}.items():
            monkeypatch.setenv(name, value)
        for connection in CONNECTIONS:
            cloud.reset()
            ids = BY_NAME[module].given(Clients())
            given = len(cloud.records())
            variables = dict(
                ansible_connection=connection, ansible_pipelining=True, ansible_python_interpreter=sys.executable, steps=steps(BY_NAME[module], ids)
            )
            (tmp_path / "hosts.json").write_text(json.dumps(dict(all=dict(hosts=dict(vpc=None), vars=variables))))
            ran = subprocess.run(
                [Path(sys.executable).parent / "ansible-playbook", "-i", "hosts.json", "play.yml", "-vvv"],
                cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert ran.returncode == 0, ran.stdout[-3000:]
            assert ("EXEC (warm)" in ran.stdout) == (connection != "local")
            assert "WARM not used" not in ran.stdout
            results = steady((tmp_path / "results.json").read_text())
            asked = cloud.records()[given:]
            # Some reads are made at once, and how often one that waits looks is a matter of time.
            writes = [record["operation"] for record in asked if record["mutating"]]
            seen.append((results, (sorted(writes), {record["operation"] for record in asked})))
    assert seen[0][0] == seen[1][0]
    assert seen[0][1] == seen[1][1]
    assert len(seen[0][0]) == 12
