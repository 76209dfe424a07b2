# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The mirror: a host that serves packages to the others (flavours/mirror/serve.py), one for each owner."""
from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

from . import hosts
from .machine import HostsError, run, said_last, wait_for

NAME = "mirror"
READY_SECONDS = 60.0


def up(owner: str, cache: Path) -> hosts.Host:
    """The owner's mirror: the one that stands, or a new one, once it serves."""
    standing = [one for one in hosts.standing(owner) if one.name == NAME]
    host = standing[0] if standing and index(standing[0]) else hosts.up(owner, NAME, NAME, cache)
    try:
        wait_for(lambda: _serves(host), "the mirror to serve", READY_SECONDS)
    except HostsError:
        hosts.down(owner, NAME)
        raise
    return host


def _serves(host: hosts.Host) -> bool:
    """Raises HostsError, with what it said last, once it has ended."""
    if run("podman", "inspect", "--format", "{{.State.Running}}", host.container).strip() != "true":
        raise HostsError(f"the mirror ended:\n{said_last(host.container)}")
    return bool(index(host))


def index(host: hosts.Host) -> dict[str, Any]:
    """What it serves: `fingerprint` of the key of this run, `sha256` by path; nothing while it does not."""
    connection = http.client.HTTPConnection(host.network.address, 80, timeout=2)
    try:
        connection.request("GET", "/index.json")
        answer = connection.getresponse()
        said = answer.read()
        return json.loads(said) if answer.status == 200 else {}
    except OSError:
        return {}
    finally:
        connection.close()


def url(host: hosts.Host) -> str:
    return f"http://{host.network.address}"


def make_known(host: hosts.Host, to: hosts.Host) -> None:
    """Give a host of Amazon Linux its repository, as such a host has it: the key on its disk, the address in yum.repos.d."""
    key = run("podman", "exec", host.container, "cat", "/srv/served/amazonlinux/RPM-GPG-KEY-amazon-linux-2023")
    _write(to, "/etc/pki/rpm-gpg/RPM-GPG-KEY-amazon-linux-2023", key)
    lines = ["[amazonlinux]", "name=Amazon Linux 2023 repository", f"baseurl={url(host)}/amazonlinux", "enabled=1", "gpgcheck=1", "repo_gpgcheck=0"]
    lines.append("gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-amazon-linux-2023")
    _write(to, "/etc/yum.repos.d/amazonlinux.repo", "\n".join(lines) + "\n")


def _write(to: hosts.Host, path: str, text: str) -> None:
    run("podman", "exec", "--interactive", to.container, "sh", "-c", 'mkdir -p "$(dirname "$0")" && cat >"$0"', path, stdin=text)
