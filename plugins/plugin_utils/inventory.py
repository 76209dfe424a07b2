# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the inventory itself sets, for whom, and in which file: no fact, no register, no variable of the run is among it."""

from __future__ import annotations

import os
import typing as t
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path

from ansible.inventory.helpers import sort_groups
from ansible.vars.plugins import get_vars_from_inventory_sources
from ansible.vars.plugins import get_vars_from_path

from .declaration import Setting

try:  # not for plugins to rely on, says Ansible: without it files are told by where they would lie
    from ansible._internal._datatag._tags import Origin
except ImportError:  # pragma: no cover
    Origin = None

#: What Ansible adds to what a source says of a host.
_ADDED = ("inventory_file", "inventory_dir")


class Inventory:
    """The settings of some hosts and of all groups above them.

    ``manager``: Ansible's InventoryManager. ``directory``: the playbook's, whose group_vars and host_vars count too.
    """

    def __init__(self, manager: t.Any, loader: t.Any, sources: Iterable[str], directory: str):
        self.manager, self.loader, self.sources, self.directory = manager, loader, list(sources), directory
        self.files: dict[tuple[str, str], str] = {}
        self.lineage: dict[str, list[str]] = {}

    def settings(self, hosts: Iterable[str]) -> list[Setting]:
        """Each variable once for each that it is set for; a host's groups come before it, the nearest last."""
        found: dict[tuple[str, str], Setting] = {}
        for name in sorted(hosts):
            host = self.manager.get_host(name)
            groups = sort_groups(host.get_groups())
            self.lineage[name] = [group.name for group in groups]
            for entity in (*groups, host):
                if (entity.name, "") not in self.files:
                    self.files[entity.name, ""] = _shown(str(host.vars.get("inventory_file") or ""))
                    found |= {(entity.name, one.key): one for one in self._of(entity, entity is not host)}
        return list(found.values())

    def _of(self, entity: t.Any, is_group: bool) -> Iterator[Setting]:
        stated = {key: value for key, value in entity.vars.items() if key not in _ADDED}
        beside = get_vars_from_inventory_sources(self.loader, self.sources, [entity], "all")
        by_playbook = get_vars_from_path(self.loader, self.directory, [entity], "all")
        for values in (stated, beside, by_playbook):
            for key, value in values.items():
                self.files[entity.name, key] = _origin(key) or _origin(value) or self._guess(entity.name, key)
                yield Setting(entity.name, key, is_group)

    def file(self, owner: str, key: str) -> str:
        """The file (and line) where a host's or a group's variable is set, or where it is itself declared; "" if that is not known."""
        key = key.partition(".")[0].partition("[")[0]
        owners = [owner, *reversed(self.lineage.get(owner, []))]
        if (owner, "") not in self.files:  # the stack as a whole
            return next((file for (_owner, name), file in self.files.items() if name == key), "")
        return next((self.files[one, key] for one in owners if (one, key) in self.files), "")

    def _guess(self, name: str, key: str) -> str:
        """The file beside a source that would set it, if it says the word."""
        folders = [Path(source) if os.path.isdir(source) else Path(source).parent for source in self.sources]
        paths = [path for folder in folders for path in sorted(folder.glob(f"*_vars/{name}*"))]
        files = [file for path in paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path]) if file.is_file()]
        return next((_shown(str(file)) for file in files if key in file.read_text(encoding="utf-8", errors="replace")), "")


def _origin(value: t.Any) -> str:
    tag = Origin.get_tag(value) if Origin else None
    return _shown(tag.path, tag.line_num) if tag and tag.path else ""


def _shown(path: str, line: int | None = None) -> str:
    """As a person would write it from where they are."""
    near = os.path.relpath(path) if path else ""
    return (path if near.startswith("..") else near) + (f":{line}" if line else "")
