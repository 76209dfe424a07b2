# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Controllers that a test starts, asks and kills (asker.py), and how to wait for what becomes of them."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import time
import typing as t
from pathlib import Path

ROOT = Path(__file__).parents[3]
ASKER = Path(__file__).with_name("asker.py")
Json = dict[str, t.Any]


class Asker:
    """A controller of its own, without a terminal, as Ansible's workers are."""

    def __init__(self, place: Path, **environment: str):
        self.place = place
        path = os.pathsep.join([str(ROOT / ".build/collections"), os.environ.get("PYTHONPATH", "")])
        environment = os.environ | {"XDG_RUNTIME_DIR": str(place), "PYTHONPATH": path} | environment
        self.process = subprocess.Popen(
            [sys.executable, ASKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True, start_new_session=True
        )

    def send(self, how: str, payload: str, **circumstances: t.Any) -> None:
        self.process.stdin.write(json.dumps(dict(how=how, payload=payload, **circumstances)) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Json:
        return json.loads(self.process.stdout.readline())

    def __call__(self, how: str, payload: str, **circumstances: t.Any) -> Json:
        self.send(how, payload, **circumstances)
        return self.answer()

    def server(self) -> int:
        """The process id of its one warm process."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
            connection.connect(str(next(self.place.glob("groundwork-warm-*/*"))))
            return struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]


@contextlib.contextmanager
def asking(place: Path, **environment: str) -> t.Iterator[Asker]:
    asker = Asker(place, **environment)
    try:
        yield asker
    finally:
        asker.process.stdin.close()
        asker.process.kill()
        asker.process.wait()
        asker.process.stdout.close()
        until(lambda: not list(place.glob(f"groundwork-warm-{asker.process.pid}-*")), "the warm process to be gone")


def compare(ask: Asker, payload: str, **circumstances: t.Any) -> Json:
    """Run a payload cold, then warm; that both come to the same; and what that is."""
    cold, warm = ask("cold", payload, **circumstances), ask("warm", payload, **circumstances)
    assert warm.pop("how") == "warm", warm
    assert cold.pop("how") == "cold"
    assert warm == cold
    return warm


def until(true: t.Callable[[], t.Any], what: str, seconds: float = 20.0) -> t.Any:
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)
    return found


def stands(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
