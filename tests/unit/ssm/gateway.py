# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The local cloud's gateway with this machine as its host, and what a test asks about it."""

from __future__ import annotations

import contextlib
import os
import time
import typing as t
from pathlib import Path

import boto3
import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Host
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Source
from localcloud import LocalCloud
from localcloud.client_env import clean_environ

Json = dict[str, t.Any]
REGION, TARGET = "ap-northeast-2", "i-0123456789abcdef0"
#: An agent without its fixed second before it reads a terminal.
QUICK = {"pty_start_ms": 0, "attach_ms": 0}
ELEVATED = Path(__file__).parents[3] / "docs/ssm_elevated_document.json"


@contextlib.contextmanager
def gateway(place: Path, **dials: t.Any) -> t.Iterator[LocalCloud]:
    """A cloud with one host; this process and its children are its clients, with their sockets in ``place``."""
    place.mkdir(mode=0o700, exist_ok=True)
    with pytest.MonkeyPatch.context() as patched, LocalCloud(**{"channel": QUICK} | dials) as cloud:
        cloud.hosts.add(TARGET, enter=[])
        before = dict(os.environ)
        wanted = clean_environ(before, cloud.endpoint, REGION, cloud.key) | {"XDG_RUNTIME_DIR": str(place)}
        for name in before.keys() - wanted.keys():
            patched.delenv(name)
        for name, value in wanted.items():
            patched.setenv(name, value)
        yield cloud


def settings(**other: t.Any) -> Json:
    """A host's settings, as the plugin hands them on."""
    names = "region_name profile_name aws_access_key_id aws_secret_access_key aws_session_token endpoint_url proxy"
    return (
        dict.fromkeys(names.split())
        | dict(target=TARGET, region_name=REGION, reason="a test", document="AWS-StartInteractiveCommand", elevated=False, frame=1024, window=256)
        | dict(connect_timeout=20, retries=0, idle_timeout=60, heartbeat_timeout=60)
        | other
    )


def asked(cloud: LocalCloud, operation: str) -> list[Json]:
    """The requests of one operation."""
    return [record for record in cloud.records() if record["operation"] == operation]


def sessions(state: str = "Active") -> list[Json]:
    """The sessions that AWS says there are."""
    return client("ssm").describe_sessions(State=state)["Sessions"]


def client(service: str) -> t.Any:
    """A client with the keys that the environment has now: boto3's own session keeps those it found first."""
    return boto3.session.Session().client(service)


def children(pid: int | None = None) -> set[int]:
    """The processes below one, this one unless told otherwise."""
    found: set[int] = set()
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if fields[0] != "Z":
                parents[int(path.parent.name)] = int(fields[1])
    new = {pid or os.getpid()}
    while new:
        new = {one for one, parent in parents.items() if parent in new} - found
        found |= new
    return found


def stands(pid: str | int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def until(true: t.Callable[[], t.Any], what: str, seconds: float = 20.0) -> t.Any:
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)
    return found


def helpers() -> list[int]:
    """The helpers that run on this machine as hosts, by their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if b"groundwork-helper" in path.read_bytes() and stands(path.parent.name):
                found.append(int(path.parent.name))
    return [pid for pid in found if pid in children()]


class Told:
    """Hosts, and what they said in passing."""

    def __init__(self) -> None:
        self.warned: list[str] = []
        self.noted: list[str] = []
        self.hosts: list[Host] = []

    def __call__(self, **other: t.Any) -> Host:
        self.hosts.append(Host(settings(**other), self.warned.append, self.noted.append))
        return self.hosts[-1]


def run(host: Host, command: str | bytes, data: bytes | None = None, timeout: float = 0) -> tuple[int, bytes, bytes]:
    source = Source([data]) if data is not None else Source()
    return host.run(command if isinstance(command, bytes) else command.encode(), source, tty=False, timeout=timeout)
