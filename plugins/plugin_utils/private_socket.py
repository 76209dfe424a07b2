# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sockets between processes of one user: in a folder that is that user's alone, each side making sure whose the other is.

It imports the standard library only, since warm processes load it as a file by itself.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
import tempfile
import typing as t


class NotPrivate(Exception):
    """A folder or a peer is not this user's alone. Says which."""


def runtime_folder() -> str:
    """Where a run may keep a socket: the user's own folder for that, or where temporary files go."""
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    with contextlib.suppress(NotPrivate, OSError):
        if os.path.isabs(own):
            check_own(own)
            return own
    return tempfile.gettempdir()


def own_folder(path: str) -> None:
    """Make a folder for this user alone, or make sure that the one that is there is. Raises NotPrivate, or OSError."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
    check_own(path)


def check_own(path: str) -> None:
    state = os.lstat(path)
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & 0o077:
        raise NotPrivate(f"{path} is not a folder of this user alone")


def listen(path: str) -> socket.socket:
    """A listening socket for the owner alone. A server that was killed leaves the file of its own."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    mask = os.umask(0o177)
    with near(path) as name:
        listener.bind(name)
    os.umask(mask)
    listener.listen(128)
    return listener


def connect(path: str, seconds: float) -> socket.socket:
    """Connect to a server of this user; ``seconds`` is the socket's time-out from then on. Raises NotPrivate, or OSError."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        server.settimeout(seconds)
        with near(path) as name:
            server.connect(name)
        if user_of(server) != os.geteuid():
            raise NotPrivate(f"{path} is another user's")
    except BaseException:
        server.close()
        raise
    return server


def user_of(connection: socket.socket) -> int:
    """The id of the user whose process is at the other end (SO_PEERCRED, unix(7))."""
    return struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]


@contextlib.contextmanager
def near(path: str) -> t.Iterator[str]:
    """Another name of the same file, short enough for a socket, which takes 107 bytes (unix(7))."""
    folder = os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{os.path.basename(path)}"
    finally:
        os.close(folder)


def started(pid: int) -> str:
    """When a process began, in clock ticks since boot: with its id this is one process only (proc_pid_stat(5), field 22)."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rpartition(")")[2].split()[19]
