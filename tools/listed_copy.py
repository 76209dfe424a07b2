# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copy what git lists of this checkout to where Ansible's own tools take it for a collection.

    python tools/listed_copy.py DIRECTORY

``ansible-test`` refuses a checkout that is reached by a symbolic link, and a release holds what git lists, not what
lies about.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def listed() -> list[str]:
    """Name the files below here that git keeps or would keep. One that was deleted may be among them."""
    git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    return subprocess.run(git, check=True, capture_output=True, text=True).stdout.split("\0")[:-1]


def main() -> None:
    copy = Path(sys.argv[1]).resolve()
    for name in filter(os.path.lexists, listed()):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(name, copy / name, follow_symlinks=False)
    # Its own repository, or ansible-test would ask the one around it, which ignores all of .build.
    subprocess.run(["git", "init", "--quiet", copy], check=True)


if __name__ == "__main__":
    main()
