# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lay out the collections that ours stands on, and ours beside them, where Ansible finds them.

    python tools/fetch_collections.py DIRECTORY

Takes the collections of ``requirements.yml``, at just those versions, out of the wheel pinned by hash in
``requirements/collections.txt``. When they already lie there, this returns at once.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements" / "collections.txt"
# The distribution asks for a Python newer than our oldest; nothing of it is installed, so its wheel serves all.
WHEEL_PYTHON = "3.13"


def wanted() -> dict[str, str]:
    """Read requirements.yml: ``{"amazon.aws": "11.4.0", ...}``."""
    listed = yaml.safe_load((ROOT / "requirements.yml").read_text())["collections"]
    return {entry["name"]: entry["version"] for entry in listed}


def folder(base: Path, name: str) -> Path:
    return base / "ansible_collections" / Path(*name.split("."))


def version(base: Path, name: str) -> str | None:
    """Say which version of a collection lies below ``base``; None where there is none."""
    manifest = folder(base, name) / "MANIFEST.json"
    return json.loads(manifest.read_text())["collection_info"]["version"] if manifest.exists() else None


def download(target: Path) -> Path:
    """Fetch the pinned wheel into ``target``. Exits if it cannot be had or its hash differs: pip says which."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--dest", target]
    wheel = ["--no-deps", "--only-binary=:all:", "--python-version", WHEEL_PYTHON, "--require-hashes"]
    if subprocess.run([*pip, *wheel, "--requirement", REQUIREMENTS], check=False).returncode:
        sys.exit("The collections could not be fetched: see above")
    return next(target.glob("*.whl"))


def fetch(base: Path, collections: dict[str, str]) -> None:
    """Put the collections below ``base``, each by one rename, so that a broken run leaves none by halves."""
    with tempfile.TemporaryDirectory(dir=base) as scratch:
        prefixes = tuple(f"ansible_collections/{name.replace('.', '/')}/" for name in collections)
        with zipfile.ZipFile(download(Path(scratch))) as wheel:
            wheel.extractall(scratch, [member for member in wheel.namelist() if member.startswith(prefixes)])
        for name, expected in collections.items():
            if (found := version(Path(scratch), name)) != expected:
                sys.exit(f"{name}: requirements.yml says {expected}, the pinned distribution carries {found}")
            target = folder(base, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                target.rename(Path(scratch) / name)
            folder(Path(scratch), name).rename(target)


def link_ours(base: Path) -> None:
    """Let this checkout be found as the collection that its galaxy.yml says it is; relative, so that it may move."""
    ours = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    link = folder(base, f"{ours['namespace']}.{ours['name']}")
    if not link.is_symlink():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(ROOT, link.parent))


def main() -> None:
    base = Path(sys.argv[1]).resolve()
    base.mkdir(parents=True, exist_ok=True)
    with base.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        collections = wanted()
        if any(version(base, name) != expected for name, expected in collections.items()):
            print("Fetching", ", ".join(f"{name} {at}" for name, at in collections.items()), flush=True)
            fetch(base, collections)
        link_ours(base)


if __name__ == "__main__":
    main()
