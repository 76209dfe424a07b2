# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A command is looked at from outside, and so is what it detaches from itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

#: What detaches itself: it holds 200 MiB, says so by a file, and outlives who began it.
LARGE = "import sys, time, pathlib; held = b'x' * (200 << 20); pathlib.Path(sys.argv[1]).touch(); time.sleep(2)"
#: Its parent, which is gone as soon as it is there; and the command, which stays until it was looked at.
COMMAND = """
import pathlib, subprocess, sys, time
large, file = sys.argv[1:]
subprocess.run(["sh", "-c", 'setsid "$@" >/dev/null 2>&1 &', "sh", sys.executable, "-c", large, file], check=True)
while not pathlib.Path(file).exists():
    time.sleep(0.02)
time.sleep(1)
print("done")
sys.exit(3)
"""
#: In a process of its own, for a test's own would adopt the orphans of other tests.
BENCHMARK = """
import os, sys
from benchmarks.performance import process
process.PERIOD = 0.02
process.adopt_orphans()
ran = process.run([sys.executable, "-c", *sys.argv[1:]], ".", os.environ, 0)
print(ran.status, ran.screen.strip(), ran.memory >= 200, process._descendants(os.getpid(), 0))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the benchmark reads /proc")
def test_what_a_command_detaches_counts_and_is_waited_for(tmp_path: Path) -> None:
    line = [sys.executable, "-c", BENCHMARK, COMMAND, LARGE, str(tmp_path / "large")]
    ran = subprocess.run(line, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "3 done True []", ran.stderr
