# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A gigabyte over a session, in bounded memory at both ends; too slow for the tests of the parts."""

from __future__ import annotations

import filecmp
import os
import resource
import tempfile
import typing as t
from pathlib import Path

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Host
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Source

from ..unit.ssm.gateway import children
from ..unit.ssm.gateway import gateway
from ..unit.ssm.gateway import helpers
from ..unit.ssm.gateway import settings

MIB = 1 << 20
SIZE = 1024 * MIB
#: Megabytes that a process may have held at any time. A Python with boto3 has about 50.
HELD = 100


def most_held(pid: int) -> int:
    """Megabytes that a process held at most, until now (proc_pid_status(5), VmHWM)."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) // 1024


@pytest.fixture
def place() -> t.Iterator[Path]:
    """Not pytest's own, which it keeps for some runs."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def host(place: Path) -> t.Iterator[Host]:
    with gateway(place / "run"):
        host = Host(settings(frame=128 * 1024, window=64), lambda _word: None, lambda _word: None)
        host.run(b"true", Source(), tty=False, timeout=0)
        yield host
        host.reset()


def test_a_gigabyte_is_put_with_large_frames_in_bounded_memory(host: Host, place: Path) -> None:
    here, there = place / "here", place / "there"
    noise = os.urandom(MIB - 8)
    with here.open("wb") as file:
        for number in range(SIZE // MIB):
            file.write(number.to_bytes(8, "big") + noise)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    host.put(str(here), str(there).encode())
    assert there.stat().st_size == SIZE
    assert filecmp.cmp(here, there, shallow=False)
    server = [pid for pid in children() if b"ssm_server" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(server) == len(helpers()) == 1
    assert max(most_held(pid) for pid in server + helpers()) < HELD
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 - before < HELD  # who asks, and the gateway
