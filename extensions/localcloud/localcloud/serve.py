# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The daemon's own part: serve until told to end, or until its owner is gone."""
from __future__ import annotations

import os
import signal
import threading
from datetime import datetime, UTC
from typing import Any

from moto.core.utils import get_service_model

from . import additions
from .cloud import LocalCloud
from .daemon import StateDir


def serve(port: int, dials: dict[str, Any], where: StateDir | None = None, owner: int | None = None, traffic: bool = False) -> None:
    """Serve in the foreground. With `owner`, a pid, it ends when that process does: no server outlives its tests. With `traffic`
    its load balancers serve too."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with LocalCloud(port=port, traffic=traffic, **dials) as cloud:
        cloud.hosts.folder = where.hosts if where else None
        state = {
            "pid": os.getpid(),
            "port": int(cloud.endpoint.rpartition(":")[2]),
            "endpoint": cloud.endpoint,
            "access_key_id": cloud.key.id,
            "secret_access_key": cloud.key.secret,
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        if where:
            where.write(state)
        print(f"local cloud: {cloud.endpoint}", flush=True)
        threading.Thread(target=_warm, daemon=True).start()
        while not ended.wait(1.0):
            if owner is not None and not _lives(owner):
                break
        if where:
            where.file.unlink(missing_ok=True)


def _warm() -> None:
    # moto takes a second to load EC2, and most first calls are EC2's.
    additions.load()
    get_service_model("ec2")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
