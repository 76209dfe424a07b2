# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What this machine must have, and how its programs are asked."""
from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

#: Program -> the Debian package that has it.
NEEDED = {"podman": "podman", "runc": "runc", "mmdebstrap": "mmdebstrap", "ip": "iproute2", "iptables": "iptables"}
#: Where those of them lie that a user's PATH may not show.
SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin"


class HostsError(Exception):
    """Hosts could not be made, found or taken away; the text says why, and what to do."""


def require() -> None:
    """Refuse to begin on a machine that cannot carry hosts."""
    os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:{SYSTEM_PATH}"
    if missing := sorted(package for program, package in NEEDED.items() if not shutil.which(program)):
        raise HostsError(f"not installed: {', '.join(missing)}; on Debian, `make deps-system` installs them")
    if os.geteuid() != 0:
        raise HostsError("hosts are privileged containers in network namespaces of their own: this needs root")


def run(*argv: str | Path, stdin: str = "") -> str:
    """What a program prints. Raises HostsError with the end of its complaint."""
    ran = subprocess.run([str(one) for one in argv], input=stdin, capture_output=True, text=True, check=False)
    if ran.returncode:
        said = (ran.stderr.strip() or ran.stdout.strip())[-2000:]
        raise HostsError(f"{' '.join(str(one) for one in argv)}: status {ran.returncode}: {said}")
    return ran.stdout


def said_last(container: str) -> str:
    """The end of what a container said, on both its streams."""
    logs = subprocess.run(["podman", "logs", "--tail", "20", container], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return logs.stdout


def succeeds(*argv: str) -> bool:
    """Whether a program ends with status 0."""
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


def wait_for(true: Callable[[], bool], what: str, seconds: float) -> None:
    """Come back as soon as it is true. Raises HostsError when it is not in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise HostsError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.1)


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """One at a time, whatever process; a lock dies with its holder."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
