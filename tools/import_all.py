# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Import every plugin, module and module_util of an installed collection.

    python tools/import_all.py DIRECTORY NAME      # DIRECTORY holds ansible_collections, NAME is as groundwork.aws
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def main() -> None:
    base, name = Path(sys.argv[1]).resolve(), sys.argv[2]
    sys.path.insert(0, str(base))
    plugins = base / "ansible_collections" / Path(*name.split(".")) / "plugins"
    files = sorted(plugins.rglob("*.py"))
    for file in files:
        importlib.import_module(".".join(file.relative_to(base).with_suffix("").parts))
    print(f"{len(files)} files of {name} import")
    if not files:
        sys.exit(f"{plugins} holds none: the collection was not built as it should")


if __name__ == "__main__":
    main()
