# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hosts that sessions lead to. No request adds one: they are files of the owner's own, or added in the cloud's own process.

A file `hosts/<instance id>.json` in the state directory (folder 0700, file 0600) holds what `Host` says; only `init` or `enter` is needed.
"""
from __future__ import annotations

import json
import os
import re
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ..replies import AwsError

_ID = re.compile(r"i-(\w{8}|\w{17})|mi-\w{17}")
ONLINE = "Online"


@dataclass(frozen=True)
class Host:
    """A host, and what DescribeInstanceInformation says of it.

    `init` is a container: the id of its first process, here, and when that began (proc_pid_stat(5), field 22). When it has ended, the
    host is no longer online. `enter` and `root` follow from it, or are given: `enter` is the start of a command by which a process is
    started in the host as root; as with `nsenter` it must keep the process group, the signals and the terminal that it is given (`podman
    exec` keeps none of them). Empty, it is this machine, as whoever runs the cloud. `enter_tty`, where it differs, is for a command on a
    terminal. `root` is the host's `/` as the gateway sees it: the terminals come from there, and so have a name in the host.
    `region` None is any region; `ping` is Online, ConnectionLost or Inactive.
    """

    id: str
    init: tuple[int, str] | None = None
    enter: tuple[str, ...] = ()
    enter_tty: tuple[str, ...] | None = None
    root: str | None = None
    platform: str = "Linux"
    name: str = "Debian GNU/Linux"
    version: str = "12"
    ping: str = ONLINE
    agent: str = "3.3.2299.0"
    region: str | None = None
    ip: str = "127.0.0.1"
    computer_name: str = "localhost"
    seen: float = field(default_factory=time.time, compare=False)

    @property
    def is_this_machine(self) -> bool:
        return not self.enter

    @property
    def status(self) -> str:
        """How its agent is now."""
        gone = self.init is not None and started_at(int(self.init[0])) != str(self.init[1])
        return "ConnectionLost" if gone else self.ping

    @property
    def online(self) -> bool:
        return self.status == ONLINE


_KNOWN = {one.name for one in fields(Host)} - {"id", "seen"}


def read_host(instance_id: str, given: Mapping[str, Any]) -> Host:
    """Raises ValueError for what is no host."""
    if not _ID.fullmatch(instance_id):
        raise ValueError(f"{instance_id} is no id of an instance")
    if unknown := set(given) - _KNOWN:
        raise ValueError(f"a host has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(_KNOWN))}")
    told = {name: value for name, value in given.items() if value is not None}
    told = {**_container(*told["init"]), **told} if "init" in told else told
    for name in ("enter", *({"enter_tty"} & set(told))):
        if not isinstance(told.get(name), (list, tuple)) or not all(isinstance(word, str) for word in told[name]):
            raise ValueError(f"{name} must be a list of words")
        told[name] = tuple(told[name])
    if told.get("ping", ONLINE) not in (ONLINE, "ConnectionLost", "Inactive"):
        raise ValueError(f"ping is Online, ConnectionLost or Inactive, not {told['ping']}")
    return Host(instance_id, **told)


def _container(pid: int, _started: str) -> dict[str, Any]:
    """What follows for a container from its first process."""
    spaces = ("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup")
    return {"enter": ["nsenter", "--target", str(pid), *spaces], "root": f"/proc/{pid}/root"}


def started_at(pid: int) -> str | None:
    """When a process began, in clock ticks since boot: with its id this is one process only. None where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except OSError:
        return None


class Hosts:
    """Those that were added here, and those whose files lie in `folder`."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self._added: dict[str, Host] = {}

    def add(self, instance_id: str, enter: list[str] | tuple[str, ...] = (), **what: Any) -> Host:
        """Add a host, or put another in its place. Raises ValueError for what is none."""
        host = self._added[instance_id] = read_host(instance_id, what if "init" in what else {"enter": enter, **what})
        return host

    def remove(self, instance_id: str) -> None:
        self._added.pop(instance_id, None)

    def reset(self) -> None:
        """Forget those that were added."""
        self._added.clear()

    def of(self, region: str) -> list[Host]:
        """The hosts of a region, by id. Raises AwsError where a file cannot be trusted, or read."""
        found = {host.id: host for host in self._files()} | self._added
        return [host for _id, host in sorted(found.items()) if host.region in (None, region)]

    def get(self, instance_id: str, region: str) -> Host | None:
        return next((host for host in self.of(region) if host.id == instance_id), None)

    def _files(self) -> list[Host]:
        if self.folder is None or not self.folder.exists():
            return []
        try:
            _own(os.stat(self.folder, follow_symlinks=False), stat.S_IFDIR, 0o700, self.folder)
            return [_read(path) for path in sorted(self.folder.glob("*.json"))]
        except (OSError, ValueError) as problem:
            raise AwsError("InternalServerError", f"A host of the local cloud cannot be used: {problem}", 500) from None


HOSTS = Hosts()


def _read(path: Path) -> Host:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), encoding="utf-8") as file:
        told = os.fstat(file.fileno())
        _own(told, stat.S_IFREG, 0o600, path)
        text = file.read()
    try:
        return read_host(path.stem, json.loads(text))
    except (ValueError, TypeError, AttributeError, IndexError) as problem:
        raise ValueError(f"{path}: {problem}") from None


def _own(told: os.stat_result, kind: int, mode: int, path: Path) -> None:
    if stat.S_IFMT(told.st_mode) != kind or told.st_uid != os.geteuid() or stat.S_IMODE(told.st_mode) != mode:
        raise ValueError(f"{path} must be yours alone, with mode {mode:04o}")
