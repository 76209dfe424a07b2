# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the agent starts a program in its host: as which user, with which environment, on a terminal or with pipes."""
from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import struct
import subprocess
import termios
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .documents import Task
from .registry import Host

DEFAULT_USER = "ssm-user"
#: Where the agent's service runs, and with what (its systemd unit).
_FOLDER = "/usr/bin"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# <asm-generic/ioctls.h>: unlock a slave, and open the slave of a master, whatever its name is where we are.
_TIOCSPTLCK, _TIOCGPTPEER = 0x40045431, 0x5441
#: Makes the agent's user and lets it sudo, as the agent does at the first session; says who somebody is.
_WHO = """\
if [ "$2" = make ]; then
    id "$1" >/dev/null 2>&1 || useradd -m "$1" || exit 1
    if [ -d /etc/sudoers.d ] && [ ! -e /etc/sudoers.d/ssm-agent-users ]; then
        (umask 227; printf '# User rules for %s\\n%s ALL=(ALL) NOPASSWD:ALL\\n' "$1" "$1" >/etc/sudoers.d/ssm-agent-users)
    fi
fi
id -u "$1" && id -g "$1" && getent passwd "$1" | cut -d: -f6
"""


class CannotStart(Exception):
    """A program that the agent cannot start; says why, as it says it."""


class User(NamedTuple):
    """Whose a program is: the words that come before it, and its home."""

    words: tuple[str, ...]
    home: str


def user_of(host: Host, task: Task) -> User:
    """The user that a task runs as. Raises CannotStart where there is none such."""
    if host.is_this_machine:
        return User((), os.path.expanduser("~"))
    if task.elevated:
        return User((), "/root")
    name, make = task.run_as or DEFAULT_USER, "no" if task.run_as else "make"
    asked = subprocess.run([*host.enter, "sh", "-c", _WHO, "sh", name, make], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    said = asked.stdout.split()
    if asked.returncode or len(said) != 3:
        raise CannotStart(f"failed to start pty since RunAs user {name} does not exist" if task.run_as else f"cannot make {name}: {asked.stderr.strip()}")
    uid, gid, home = said
    return User(("setpriv", "--reuid", uid, "--regid", gid, "--init-groups"), home)


def _command(enter: Iterable[str], user: User, argv: Iterable[str]) -> list[str]:
    # Nothing of the cloud's own environment, its key least of all, reaches a host.
    environment = (f"PATH={_PATH}", "TERM=xterm-256color", "LANG=C.UTF-8", f"HOME={user.home}")
    return [*enter, "env", "-i", "-C", _FOLDER, *environment, *user.words, *argv]


def _start(command: list[str], **how: object) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, **how)  # type: ignore[call-overload,no-any-return]
    except OSError as error:
        raise CannotStart(f"{command[0]}: {error.strerror}") from None


def open_terminal(host: Host) -> tuple[int, int]:
    """A master and its slave, of the host's own terminals where its root is known. Nobody's controlling terminal yet."""
    how = os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC
    master = os.open(f"{host.root}/dev/pts/ptmx" if host.root else "/dev/ptmx", how)
    try:
        fcntl.ioctl(master, _TIOCSPTLCK, struct.pack("i", 0))
        slave = fcntl.ioctl(master, _TIOCGPTPEER, how)
    except OSError:
        os.close(master)
        raise
    os.set_blocking(master, False)
    return master, slave


def start_on_terminal(host: Host, user: User, argv: Iterable[str]) -> tuple[subprocess.Popen[bytes], int]:
    """A program that leads a session on a new terminal, and the terminal's master. When the master is closed, the kernel hangs up."""
    try:
        master, slave = open_terminal(host)
    except OSError as error:
        raise CannotStart(f"Failed to start pty: {error}") from None
    try:
        enter = host.enter if host.enter_tty is None else host.enter_tty
        # By a program and not by preexec_fn, which is not safe where there are threads; in the host, so that its numbers are the host's.
        command = _command(enter, user, ["setsid", "--ctty", *argv])
        return _start(command, stdin=slave, stdout=slave, stderr=slave), master
    except CannotStart:
        os.close(master)
        raise
    finally:
        os.close(slave)


def start_with_pipes(host: Host, user: User, argv: Iterable[str], stdin: bool = False, merged: bool = False) -> subprocess.Popen[bytes]:
    """A program that leads a process group of its own."""
    leading = () if host.is_this_machine else ("setsid", "--wait")  # which forks where it leads a group already
    return _start(
        _command(host.enter, user, [*leading, *argv]),
        stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merged else subprocess.PIPE,
        start_new_session=True,
        bufsize=0,
    )


def set_size(master: int, columns: int, rows: int) -> None:
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows & 0xFFFF, columns & 0xFFFF, 0, 0))


def tell_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a program and what it started: to the group that it leads, wherever between the two the host begins."""
    groups = set()
    for pid in _family(process.pid):
        with contextlib.suppress(ProcessLookupError):
            groups.add(os.getpgid(pid))
    for group in groups - {os.getpgrp()}:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _family(pid: int) -> Iterator[int]:
    """A process and those that come of it (proc_pid_task(5): children)."""
    yield pid
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                children = file.read().split()
            for child in children:
                yield from _family(int(child))
