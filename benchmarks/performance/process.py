# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One command as a whole process, looked at from outside: how long it took, and how much memory it had at once."""

from __future__ import annotations

import ctypes
import os
import subprocess
import threading
import time
import typing as t
from collections import defaultdict
from pathlib import Path

#: Seconds between two looks at the memory. Each costs some milliseconds of one core.
PERIOD = 0.5
#: Seconds that a command may take, and that what it leaves behind may take to end.
PATIENCE, LINGER = 3600, 10
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


class Ran(t.NamedTuple):
    """Seconds, MiB at the peak, exit status and all that it printed."""

    seconds: float
    memory: float
    status: int
    screen: str


def adopt_orphans() -> None:
    """Become the parent of what children leave behind, so that a server that detached itself counts as theirs. Linux only."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def run(command: t.Sequence[str], folder: Path, environment: t.Mapping[str, str], spared: int) -> Ran:
    """Run a command until it ends, with all that it began.

    The memory is the largest sum, at any look, of the proportional set sizes of its processes (proc_pid_smaps(5)): pages that forks
    share count once. `spared` is a child of this process that is not the command's. Raises `subprocess.TimeoutExpired` and OSError.
    """
    watch = _Watch(spared)
    begun = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, env=dict(environment), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        watch.start()
        try:
            screen, _none = process.communicate(timeout=PATIENCE)
        except BaseException:
            process.kill()
            raise
        finally:
            seconds = time.perf_counter() - begun
            watch.end()
    _outlast(spared)
    return Ran(seconds, watch.peak, process.returncode, screen)


class _Watch(threading.Thread):
    def __init__(self, spared: int):
        super().__init__(daemon=True)
        self._spared, self._ended, self.peak = spared, threading.Event(), 0.0

    def run(self) -> None:
        while not self._ended.wait(PERIOD):
            self.peak = max(self.peak, sum(map(_pss, _descendants(os.getpid(), self._spared))) / 1024)

    def end(self) -> None:
        self._ended.set()
        self.join()


def _outlast(spared: int) -> None:
    """Wait for what the command left running: it would cost the next one time."""
    deadline = time.monotonic() + LINGER
    while left := _descendants(os.getpid(), spared):
        for pid in left:
            _reap(pid)
        if time.monotonic() > deadline:
            raise subprocess.TimeoutExpired(f"processes {left}", LINGER)
        time.sleep(0.05)


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def _descendants(root: int, spared: int) -> list[int]:
    """All processes below one, without a child of it and what is below that."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in os.listdir("/proc"):
        if entry.isdecimal() and (parent := _parent(int(entry))):
            children[parent].append(int(entry))
    found, open_ = [], [root]
    while open_:
        below = [pid for pid in children[open_.pop()] if pid != spared]
        found += below
        open_ += below
    return found


def _parent(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has ended
        return None
    return int(stat.rpartition(")")[2].split()[1])


def _pss(pid: int) -> int:
    """KiB, and none for what has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
