# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run ansible-test's sanity tests in a copy of the collection, with no more than the package index at hand.

    python tools/sanity.py COPY HOME

COPY is a collection below an ``ansible_collections``; ``ansible-test`` keeps the environments of its tests below HOME.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import ansible_test

LEFT_OUT = {
    "pslint": "there is no PowerShell here, and it needs pwsh",
    "shellcheck": "there is no shell script among the plugins, and it needs shellcheck",
}


def lay_out_pip(home: Path) -> None:
    """Spare ansible-test a download from a host of its own: give its environments the pip that Python carries.

    It looks for ``get_pip_<version>.py`` in its cache first, and says in its error message that one may put it there.
    """
    source = (Path(ansible_test.__file__).parent / "_internal" / "python_requirements.py").read_text()
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in re.findall(r"\bpip='([\d.]+)'", source):
        script = cache / f"get_pip_{version.replace('.', '_')}.py"
        script.write_text("import ensurepip\n\nensurepip.bootstrap()\n")


def main() -> None:
    copy, home = (Path(argument).resolve() for argument in sys.argv[1:])
    lay_out_pip(home)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    skips = [word for test in LEFT_OUT for word in ("--skip-test", test)]
    command = ["ansible-test", "sanity", "--local", "--python", python, "--color", "no", *skips]
    done = subprocess.run(command, cwd=copy, env=os.environ | {"HOME": str(home)}, check=False)
    for test, reason in LEFT_OUT.items():
        print(f"Left out: {test}, since {reason}")
    print(f"Left out: compile and import on another Python than {python}; make PYTHON=... runs them there")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
