# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line of the local cloud, as a user has it."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PACKAGE_ROOT = Path(__file__).resolve().parents[3] / "extensions" / "localcloud"


def run(*args: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "localcloud", *args]
    env = os.environ | {"PYTHONPATH": str(PACKAGE_ROOT)} | environ
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


def state_of(directory: Path) -> dict[str, object]:
    return json.loads((directory / "localcloud.json").read_text())
