# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A local cloud of its own process, found again by its state directory.

The daemon holds a lock on `localcloud.lock` for as long as it lives. So a state file whose lock is held is true, and
the pid in it is ours: no reused pid is ever killed, and what a crash left behind is known to be stale.
"""
from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

CONTROL = "/_localcloud/"
START_SECONDS = 30.0
STOP_SECONDS = 5.0

State = dict[str, Any]


class RunKey(NamedTuple):
    """The key of a daemon's run."""

    id: str
    secret: str


def key_of(state: State) -> RunKey:
    return RunKey(state["access_key_id"], state["secret_access_key"])


class DaemonError(Exception):
    """The daemon could not be started, stopped or asked; the text says why."""


class StateDir:
    """The directory of one daemon: its lock, its state file (0600), its log, its hosts (0700, a file each)."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.file = self.path / "localcloud.json"
        self.log = self.path / "localcloud.log"
        self.hosts = self.path / "hosts"

    @contextlib.contextmanager
    def lock(self) -> Iterator[int | None]:
        """The lock's descriptor, or None while a daemon holds it. A child that inherits it keeps it locked."""
        self.path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path / "localcloud.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            yield None
            return
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def running(self) -> State | None:
        """The state of the daemon that lives here and answers, or None."""
        if not self.path.is_dir():
            return None
        with self.lock() as free:
            if free is not None:
                return None
        with contextlib.suppress(OSError, ValueError):
            state: State = json.loads(self.file.read_text())
            if ask(state, "GET", "health")["pid"] == state["pid"]:
                return state
        return None

    def write(self, state: State) -> None:
        """Replace the state file at once, so that no reader sees half of it."""
        new = self.file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(state, out, indent=2)
        new.replace(self.file)


def ask(state: State, method: str, what: str, body: Any = None) -> Any:
    """Ask the daemon's control path. Raises OSError when nobody answers, DaemonError for a refusal."""
    connection = http.client.HTTPConnection("127.0.0.1", state["port"], timeout=10)
    with contextlib.closing(connection):
        connection.request(method, CONTROL + what, json.dumps(body) if body is not None else None)
        answer = connection.getresponse()
        said = json.loads(answer.read())
    if answer.status >= 400:
        raise DaemonError(said["error"])
    return said


def start(where: StateDir, options: list[str]) -> tuple[State, bool]:
    """The running daemon's state, and whether it was started just now. `options` are those of `serve`."""
    deadline = time.monotonic() + START_SECONDS
    child: subprocess.Popen[bytes] | None = None
    while time.monotonic() < deadline:
        if state := where.running():
            return state, child is not None and state["pid"] == child.pid
        if child is None:
            with where.lock() as descriptor:
                if descriptor is not None:
                    where.file.unlink(missing_ok=True)
                    child = _spawn(where, options, descriptor)
        elif child.poll() is not None:
            break
        time.sleep(0.02)
    log = where.log.read_text()[-2000:] if where.log.exists() else ""
    raise DaemonError(f"the local cloud did not start; its log, {where.log}, ends:\n{log}")


def _spawn(where: StateDir, options: list[str], lock: int) -> subprocess.Popen[bytes]:
    package_root = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [package_root, os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "localcloud", "serve", "--state-dir", str(where.path), "--lock-fd", str(lock)]
    with where.log.open("wb") as log:
        return subprocess.Popen(
            [*command, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[lock],
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": path},
        )


def stop(where: StateDir) -> int | None:
    """End the daemon and wait until it is gone; the pid it had, or None when none runs."""
    if not where.path.is_dir():
        return None
    deadline = time.monotonic() + STOP_SECONDS
    pid: int | None = None
    while True:
        with where.lock() as free:
            if free is not None:
                where.file.unlink(missing_ok=True)
                return pid
        with contextlib.suppress(OSError, ValueError):
            late = time.monotonic() > deadline
            if pid is None or late:
                pid = int(json.loads(where.file.read_text())["pid"])
                os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
        if time.monotonic() > deadline + STOP_SECONDS:
            raise DaemonError(f"the local cloud in {where.path} does not end (pid {pid})")
        time.sleep(0.02)
