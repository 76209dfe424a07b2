# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One gateway for the tests of a file, as it was at the start for each of them; and hosts of which nothing is left."""

from __future__ import annotations

import os
import tempfile
import typing as t
from pathlib import Path

import pytest
from localcloud import LocalCloud

from .gateway import gateway
from .gateway import helpers
from .gateway import QUICK
from .gateway import sessions
from .gateway import TARGET
from .gateway import Told
from .gateway import until


@pytest.fixture(scope="module")
def standing() -> t.Iterator[LocalCloud]:
    """Not below pytest's own folders, which let no other user through, and are long for a socket's path."""
    with tempfile.TemporaryDirectory(prefix="s") as folder, gateway(Path(folder) / "place") as cloud:
        yield cloud


@pytest.fixture
def cloud(standing: LocalCloud) -> t.Iterator[LocalCloud]:
    """The same cloud, with the dials as they were."""
    standing.reset()
    standing.hosts.add(TARGET, enter=[])
    yield standing
    standing.dials.channel = QUICK


@pytest.fixture
def told(cloud) -> t.Iterator[Told]:
    """Makes hosts; nothing of them is left."""
    told = Told()
    yield told
    for host in told.hosts:
        host.reset()
    until(lambda: not sessions() and not helpers(), "sessions and helpers to end")
    until(lambda: not any(os.path.exists(host.folder) for host in told.hosts), "the folders to go")
