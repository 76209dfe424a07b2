# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One payload for all modules: what a user sees of it is nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from localcloud import LocalCloud

ROOT = Path(__file__).parents[3]
REGION = "ap-northeast-2"
PLAY = """
- hosts: localhost
  gather_facts: false
  vars: {{ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"}}
  tasks:
    - {task}
      register: ran
    - ansible.builtin.debug: {{var: ran}}
"""
NETWORK = "groundwork.aws.ec2_vpc: {stack: shop, component: vpc, name: shop, cidr_block: 10.0.0.0/16"


@pytest.fixture(scope="module")
def cloud():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # no test here needs an image
        with LocalCloud() as cloud:
            yield cloud


@pytest.fixture
def play(cloud, tmp_path):
    cloud.reset()

    def run(task: str, **environment: str | None) -> subprocess.CompletedProcess:
        (tmp_path / "play.yml").write_text(PLAY.format(task=task))
        command = [Path(sys.executable).parent / "ansible-playbook", "-i", "localhost,", "-c", "local", "play.yml", "--check", "--diff"]
        settings = {**cloud.env(REGION), "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_LOCALHOST_WARNING": "false", **environment}
        env = {name: value for name, value in (os.environ | settings).items() if value is not None}
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    return run


def test_a_task_says_and_shows_what_the_module_itself_would(play):
    ran = play(NETWORK + "}")
    assert ran.returncode == 0, ran.stdout
    assert "+++ after: vpc: ec2_vpc shop" in ran.stdout
    assert '"action": "create"' in ran.stdout
    assert "dispatch" not in ran.stdout + ran.stderr


def test_an_option_that_there_is_not_is_refused_by_the_name_of_the_module(play):
    ran = play(NETWORK + ", colour: red}")
    assert ran.returncode == 2
    assert "Unsupported parameters for (groundwork.aws.ec2_vpc) module: colour" in ran.stdout
    assert "groundwork.aws.dispatch" not in ran.stdout + ran.stderr


def test_a_region_that_is_missing_is_missed_by_the_module_itself(play):
    ran = play(NETWORK + "}", AWS_REGION=None, AWS_DEFAULT_REGION=None, AWS_CONFIG_FILE="/dev/null")
    assert ran.returncode == 2
    assert "The groundwork.aws.ec2_vpc module requires a region" in ran.stdout


def test_it_runs_in_the_background_too(play):
    ran = play(NETWORK + "}\n      async: 30\n      poll: 1\n      check_mode: false")
    assert ran.returncode == 0, ran.stdout
    assert '"finished": true' in ran.stdout or '"finished": 1' in ran.stdout
    assert '"action": "create"' in ran.stdout


def test_it_is_no_module_for_playbooks(play):
    ran = play("groundwork.aws.dispatch: {dispatched: {module: ec2_vpc}}")
    assert ran.returncode == 2
    assert "name the one that is meant" in ran.stdout
