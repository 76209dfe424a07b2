#!/usr/bin/env python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What reaching a host through a session costs: a play of ten tasks over the SSM connection and over the local one, on the same host.

``PYTHONPATH=extensions/localcloud .build/venv-3.11/bin/python benchmarks/ssm.py [--runs 3] [--round-trip 60] [--start-session 300]``
prints the medians, their ratio, and how many sessions each run began. The gateway of the local cloud stands for Session Manager, with a
round trip and a StartSession that take that many milliseconds, and with its agent's fixed second before it reads a terminal. The host is
this machine, whose packages and services the play asks for and does not change; ``--enter`` and ``--inventory`` make it another, for the
two connections alike: the start of a command that runs one there, and variables for the second connection, as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from localcloud import LocalCloud

ROOT = Path(__file__).parents[1]
TARGET, REGION = "i-0123456789abcdef0", "ap-northeast-2"
#: Where the play leaves its files, up to what differs from run to run.
THERE = f"/tmp/groundwork-benchmark-{os.getpid()}"
PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.ping:
    - ansible.builtin.command: "echo {{ item }}"
      loop: [1, 2, 3, 4, 5]
    - {ansible.builtin.copy: {src: megabyte, dest: "{{ there }}-megabyte", mode: "0600"}}
    - {ansible.builtin.template: {src: template.j2, dest: "{{ there }}-template", mode: "0600"}}
    - {ansible.builtin.file: {path: "{{ there }}-folder", state: directory, mode: "0700"}}
    - {ansible.builtin.slurp: {src: "{{ there }}-template"}}
    - {ansible.builtin.shell: "echo out; echo err >&2; exit 3", register: said, failed_when: said.rc != 3 or said.stderr != 'err'}
    - {ansible.builtin.apt: {name: bash, state: present}}
    - {ansible.builtin.systemd: {name: cron, enabled: true}, check_mode: true, failed_when: false}
    - ansible.builtin.setup:
"""


def ansible(folder: Path, variables: dict[str, object], environment: dict[str, str], *command: str) -> None:
    """Run one of Ansible's programs on the host."""
    variables = {"ansible_python_interpreter": "/usr/bin/python3", "ansible_pipelining": True} | variables
    (folder / "hosts.json").write_text(json.dumps(dict(all=dict(hosts={TARGET: None}, vars=variables))), encoding="utf-8")
    line = [Path(sys.executable).parent / command[0], "-i", "hosts.json", *command[1:]]
    ran = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(ran.stdout + ran.stderr)


def timed(folder: Path, variables: dict[str, object], environment: dict[str, str]) -> float:
    """Seconds of one run, which finds nothing of an earlier one on the host."""
    start = time.perf_counter()
    ansible(folder, variables | {"there": f"{THERE}-{start}"}, environment, "ansible-playbook", "play.yml")
    return time.perf_counter() - start


def sessions(cloud: LocalCloud) -> int:
    return sum(record["operation"] == "StartSession" for record in cloud.records())


def compare(runs: int, enter: list[str], local: dict[str, object], **dials: float) -> None:
    """Run both by turns, and print what came of it."""
    taken: dict[str, list[float]] = {"local": [], "ssm": []}
    begun = []
    with LocalCloud(**dials) as cloud, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cloud.hosts.add(TARGET, enter=enter)
        (folder / "play.yml").write_text(PLAY, encoding="utf-8")
        (folder / "megabyte").write_bytes(os.urandom(1 << 20))
        (folder / "template.j2").write_text("{{ inventory_hostname }} {{ 40 + 2 }}\n", encoding="utf-8")
        environment = os.environ | cloud.env(REGION) | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
        for _run in range(runs):
            taken["local"].append(timed(folder, {"ansible_connection": "local"} | local, environment))
            before = sessions(cloud)
            taken["ssm"].append(timed(folder, {"ansible_connection": "groundwork.aws.ssm"}, environment))
            begun.append(sessions(cloud) - before)
        ansible(folder, {"ansible_connection": "local"} | local, environment, "ansible", "all", "-m", "shell", "-a", f"rm -r {THERE}-*")
    medians = {name: statistics.median(times) for name, times in taken.items()}
    print(
        f"ten tasks, median of {runs} runs: local {medians['local']:.2f} s, ssm {medians['ssm']:.2f} s: "
        f"{medians['ssm'] / medians['local']:.2f} times as long; StartSession calls of each run: {', '.join(map(str, begun))}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--round-trip", type=float, default=60, help="milliseconds")
    parser.add_argument("--start-session", type=float, default=300, help="milliseconds")
    parser.add_argument("--enter", type=shlex.split, default=[], help="as `podman exec -i NAME`")
    parser.add_argument("--inventory", type=json.loads, default={}, help="variables of the connection to compare with")
    given = parser.parse_args()
    compare(given.runs, given.enter, given.inventory, latency_ms=given.round_trip, start_session_ms=given.start_session)


if __name__ == "__main__":
    main()
