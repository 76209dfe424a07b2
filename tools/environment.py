# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make the virtual environment that everything in this repository runs in.

    PYTHON tools/environment.py DIRECTORY [REQUIREMENTS]

Run by the Python that the environment is for; needs nothing but the standard library. The environment holds exactly
what ``requirements/dev.txt``, or the file given, pins, each file checked against its hash. When it already does, this
returns at once.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).parent.parent / "requirements" / "dev.txt"
OLDEST = (3, 11)


def fingerprint(directory: Path, requirements: Path) -> str:
    """Say what the environment must be made of: the pins, this Python, and its own place (its scripts name it)."""
    parts = (requirements.read_text(), sys.version, sys.base_prefix, str(directory))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def run(*command: str | Path) -> None:
    """Run a command that says by itself what is wrong. Exits if it fails."""
    if subprocess.run(command, check=False).returncode:
        sys.exit("The environment could not be made: see above")


def build(directory: Path, requirements: Path) -> None:
    """Make the environment anew. Exits if a package cannot be had or is not the pinned one."""
    print(f"Making {directory.name} for Python {sys.version.split()[0]} (about a minute, once)", flush=True)
    run(sys.executable, "-m", "venv", "--clear", directory)
    pip = [directory / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    run(*pip, "--require-hashes", "--requirement", requirements)


def main() -> None:
    if sys.version_info < OLDEST:
        sys.exit(f"Python {sys.version.split()[0]} is too old: 3.11 or newer is needed. Choose one: make PYTHON=...")
    directory, requirements = Path(sys.argv[1]).absolute(), Path(sys.argv[2]) if sys.argv[2:] else REQUIREMENTS
    directory.parent.mkdir(parents=True, exist_ok=True)
    stamp = directory / "made-of"
    with (directory.parent / f"{directory.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = fingerprint(directory, requirements)
        if not stamp.exists() or stamp.read_text() != wanted:
            build(directory, requirements)
            stamp.write_text(wanted)


if __name__ == "__main__":
    main()
