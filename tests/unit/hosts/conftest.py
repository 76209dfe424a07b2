# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The environment that the role userdata_gpu makes for a host without a GPU, made here by the very same pins, once for each set of them."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
REQUIREMENTS = ROOT / "roles/userdata_gpu/files/requirements/cpu-{}.{}.txt".format(*sys.version_info)


@pytest.fixture(scope="session")
def environment() -> Path:
    """Its folder `bin`."""
    pins = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]
    place = ROOT / ".build/userdata_gpu" / f"{sys.version_info.major}.{sys.version_info.minor}-{pins}"
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "complete").exists():
            shutil.rmtree(place, ignore_errors=True)
            venv.create(place, with_pip=True)
            pip = [place / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
            subprocess.run([*pip, "--requirement", REQUIREMENTS], check=True)
            (place / "complete").touch()
    return place / "bin"
