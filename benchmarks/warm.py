#!/usr/bin/env python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the warm connection saves: a play of 20 modules over both connections, side by side, against the local cloud.

``PYTHONPATH=extensions/localcloud .build/venv-3.11/bin/python benchmarks/warm.py [runs]`` prints the medians and their ratio.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from localcloud import LocalCloud

ROOT = Path(__file__).parents[1]
CONNECTIONS = ("ansible.builtin.local", "groundwork.aws.warm")
#: Half of the modules know nothing of AWS, half ask it twice and plan from the answers.
PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - {ansible.builtin.ping: , loop: "{{ range(10) | list }}"}
    - groundwork.aws.ec2_subnet:
        {stack: shop, component: vpc, vpc_id: vpc-1, subnets: [{name: shop-a, key: a, cidr_block: 10.0.0.0/20, availability_zone: ap-northeast-2a}]}
      check_mode: true
      loop: "{{ range(10) | list }}"
"""


def timed(folder: str, connection: str, environment: dict[str, str]) -> float:
    """Seconds of one run."""
    variables = dict(ansible_connection=connection, ansible_pipelining=True, ansible_python_interpreter=sys.executable)
    Path(folder, "hosts.json").write_text(json.dumps(dict(all=dict(hosts=dict(vpc=None), vars=variables))), encoding="utf-8")
    start = time.perf_counter()
    command = [Path(sys.executable).parent / "ansible-playbook", "-i", "hosts.json", "play.yml"]
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main(runs: int) -> None:
    taken: dict[str, list[float]] = {connection: [] for connection in CONNECTIONS}
    with LocalCloud() as cloud, tempfile.TemporaryDirectory() as folder:
        Path(folder, "play.yml").write_text(PLAY, encoding="utf-8")
        environment = os.environ | cloud.env("ap-northeast-2") | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
        for _run in range(runs):
            for connection in CONNECTIONS:
                taken[connection].append(timed(folder, connection, environment))
    local, warm = (statistics.median(taken[connection]) for connection in CONNECTIONS)
    print(f"20 modules, median of {runs} runs: local {local:.2f} s, warm {warm:.2f} s, {local / warm:.1f} times as fast")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
