#!/usr/bin/env python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What reaching a host through a session costs: a play of ten tasks over the SSM connection and over the local one, on the same host.

``PYTHONPATH=extensions/localcloud .build/venv-3.11/bin/python benchmarks/ssm.py [--runs 3] [--round-trip 60] [--start-session 300]``
prints the medians, their ratio, and how many sessions each run began. The gateway of the local cloud stands for Session Manager, with a
round trip and a StartSession that take that many milliseconds, and with its agent's fixed second before it reads a terminal. The host is
this machine, whose packages and services the play asks for and does not change; ``--container`` makes it a booted one (``python -m testhosts
list`` names them) with the same Python as this: Ansible is brought there first, so that the local connection is its own.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from localcloud import LocalCloud
from localcloud.hosts.registry import started_at
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
TARGET, REGION = "i-0123456789abcdef0", "ap-northeast-2"
CONNECTIONS = {"local": "ansible.builtin.local", "ssm": "groundwork.aws.ssm"}
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


def needed(name: str) -> set[str]:
    """The distributions that one needs here, itself among them."""
    wanted = [Requirement(one) for one in importlib.metadata.requires(name) or []]
    return {name}.union(*(needed(one.name) for one in wanted if not one.marker or one.marker.evaluate({"extra": ""})))


def bring(folder: Path, enter: tuple[str, ...]) -> None:
    """Put a copy of a folder on the host, and Ansible beside it, as this environment has it."""
    for name in needed("ansible-core"):
        for file in importlib.metadata.files(name) or []:
            if not file.parts[0].startswith(".."):
                (folder / "packages" / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file.locate(), folder / "packages" / file)
    with subprocess.Popen(["tar", "--create", "--directory", folder, "."], stdout=subprocess.PIPE) as packed:
        unpack = ["sh", "-c", 'mkdir --mode 0700 "$0" && tar --extract --directory "$0"', folder]
        subprocess.run([*enter, *unpack], stdin=packed.stdout, check=True)


def play(folder: Path, connection: str, environment: dict[str, str], enter: tuple[str, ...] = ()) -> float:
    """Seconds of one run, which finds nothing of an earlier one on the host."""
    program = [sys.executable] if not enter else ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", f"PYTHONPATH={folder}/packages", "python3"]
    line = ["-m", "ansible", "playbook", "-i", f"{connection}.json", "-e", f"there={THERE}-{time.monotonic_ns()}", "play.yml"]
    start = time.perf_counter()
    ran = subprocess.run([*enter, "sh", "-c", 'cd "$0" && exec "$@"', folder, *program, *line], env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(ran.stdout + ran.stderr)
    return time.perf_counter() - start


def sessions(cloud: LocalCloud) -> int:
    return sum(record["operation"] == "StartSession" for record in cloud.records())


def write(folder: Path) -> None:
    """The play, what it sends, and an inventory for each connection."""
    (folder / "play.yml").write_text(PLAY, encoding="utf-8")
    (folder / "megabyte").write_bytes(os.urandom(1 << 20))
    (folder / "template.j2").write_text("{{ inventory_hostname }} {{ 40 + 2 }}\n", encoding="utf-8")
    for name, connection in CONNECTIONS.items():
        variables = {"ansible_connection": connection, "ansible_python_interpreter": "/usr/bin/python3", "ansible_pipelining": True}
        (folder / f"{name}.json").write_text(json.dumps({"all": {"hosts": {TARGET: None}, "vars": variables}}), encoding="utf-8")


def compare(runs: int, container: str, **dials: float) -> None:
    """Run both by turns, and print what came of it."""
    taken: dict[str, list[float]] = {name: [] for name in CONNECTIONS}
    begun = []
    with LocalCloud(**dials) as cloud, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        enter = cloud.hosts.add(TARGET, **(booted(container) if container else {"enter": []})).enter
        write(folder)
        if enter:
            bring(folder, enter)
        environment = os.environ | cloud.env(REGION) | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
        for _run in range(runs):
            taken["local"].append(play(folder, "local", environment, enter))
            before = sessions(cloud)
            taken["ssm"].append(play(folder, "ssm", environment))
            begun.append(sessions(cloud) - before)
        subprocess.run([*enter, "sh", "-c", 'rm -rf "$0" "$1"-*', folder, THERE], check=True)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    print(
        f"ten tasks, median of {runs} runs: local {medians['local']:.2f} s, ssm {medians['ssm']:.2f} s: "
        f"{medians['ssm'] / medians['local']:.2f} times as long; StartSession calls of each run: {', '.join(map(str, begun))}"
    )


def booted(container: str) -> dict[str, tuple[int, str | None]]:
    """What the local cloud is told of a booted host: its first process."""
    shown = subprocess.run(["podman", "inspect", "--format", "{{.State.Pid}}", container], capture_output=True, text=True, check=True)
    first = int(shown.stdout)
    return {"init": (first, started_at(first))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--round-trip", type=float, default=60, help="milliseconds")
    parser.add_argument("--start-session", type=float, default=300, help="milliseconds")
    parser.add_argument("--container", default="", help="a booted host")
    given = parser.parse_args()
    compare(given.runs, given.container, latency_ms=given.round_trip, start_session_ms=given.start_session)


if __name__ == "__main__":
    main()
