# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The user data of a launch template brings Python and the SSM agent, by whatever its image has, and fits."""

from __future__ import annotations

import subprocess
import typing as t
from pathlib import Path

import pytest

#: Bytes; https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
LIMIT = 16 * 1024
PLAY = """
- hosts: vpc
  gather_facts: false
  tasks:
    - ansible.builtin.include_role: {name: groundwork.aws.userdata_base, tasks_from: render}
    - ansible.builtin.copy: {content: "{{ userdata_base_outputs.user_data }}", dest: "{{ playbook_dir }}/user_data", mode: "0700"}
"""
SUM = "a" * 64
AGENT = "https://s3.eu-west-1.amazonaws.com/amazon-ssm-eu-west-1/3.3.987.0/debian_amd64/amazon-ssm-agent.deb"
#: The programs of an image that has no agent yet, and how each ends.
IMAGES = {
    "amazon": {"dnf": 0, "rpm": 1, "systemctl": 0},
    "ubuntu": {"snap": 0, "apt-get": 0},
    "debian": {"apt-get": 0, "dpkg": 0, "systemctl": 0, "sha256sum": 0},
}


@pytest.fixture
def user_data(play: t.Callable, tmp_path: Path) -> t.Callable[..., Path]:
    def render(**inputs: str) -> Path:
        ran = play(PLAY, "-e", "userdata_base_region=eu-west-1", *(f"-e{name}={value}" for name, value in inputs.items()))
        assert ran.rc == 0, ran.out + ran.err
        return tmp_path / "user_data"

    return render


def booted(script: Path, image: str, **ends: int) -> tuple[int, list[str]]:
    """Its exit status on an image, and what it called there, in order."""
    programs, calls = script.parent / image, script.parent / f"{image}.calls"
    programs.mkdir()
    for name, status in {"python3": 0, **IMAGES[image], **ends}.items():
        asked = f'echo {name} "$@" >>{calls}\ncase "$1" in -s|list) exit 1;; --print-architecture) echo amd64;; esac\nexit {status}\n'
        (programs / name).write_text(f"#!/bin/sh\n{asked}")
        (programs / name).chmod(0o755)
    ran = subprocess.run(["/bin/sh", script], env={"PATH": str(programs)}, capture_output=True, check=False)
    return ran.returncode, calls.read_text().splitlines()


def test_it_brings_the_agent_by_what_the_image_has_and_fits(user_data):
    script = user_data(userdata_base_ssm_checksum=SUM)
    assert script.stat().st_size < LIMIT // 4, "room for whoever adds to it"
    assert booted(script, "amazon") == (0, ["rpm -q amazon-ssm-agent", "dnf install -y amazon-ssm-agent", "systemctl enable --now amazon-ssm-agent"])
    snaps = ["snap list amazon-ssm-agent", "snap install amazon-ssm-agent --classic", "snap start --enable amazon-ssm-agent"]
    assert booted(script, "ubuntu") == (0, snaps)
    status, called = booted(script, "debian")
    assert (status, [line.split()[0] for line in called]) == (0, ["dpkg", "dpkg", "python3", "sha256sum", "apt-get", "systemctl"])
    assert called[2].endswith(f"{AGENT} /root/amazon-ssm-agent.deb")


def test_a_package_that_is_another_one_is_not_installed(user_data):
    status, called = booted(user_data(userdata_base_ssm_checksum=SUM), "debian", sha256sum=1)
    assert (status, called[-1].split()[0]) == (1, "sha256sum")


def test_it_fetches_from_the_mirror(user_data):
    text = user_data(userdata_base_ssm_checksum=SUM, userdata_base_mirror="http://mirror.example/aws/").read_text()
    assert '"http://mirror.example/aws/amazon-ssm/3.3.987.0/debian_$(dpkg --print-architecture)/amazon-ssm-agent.deb"' in text
    assert "amazonaws" not in text


def test_what_nobody_vouches_for_is_not_fetched(user_data):
    script = user_data()
    assert booted(script, "debian")[0] == 1
    assert "userdata_base_ssm_checksum" in script.read_text()
