# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The account that all sides are measured against: a local cloud of its own process, emptied between them."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

from localcloud import daemon
from localcloud.client_env import clean_environ

REGION = "ap-northeast-2"
#: What would let a side do otherwise than it does by itself.
_TUNES = ("TF_", "ANSIBLE_", "GROUNDWORK_", "PYTHONPATH")


class Cloud:
    """A context manager: it runs for as long, and ends with this process however that ends.

    Raises `localcloud.daemon.DaemonError` where it cannot be started or asked.
    """

    def __init__(self, folder: Path):
        self._where = daemon.StateDir(folder)

    def __enter__(self) -> Cloud:
        os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # no stack here needs one, and each reset would load them anew
        self._state, fresh = daemon.start(self._where, ["--owner", str(os.getpid())])
        if not fresh:
            raise daemon.DaemonError(f"a benchmark runs already in {self._where.path}")
        return self

    def __exit__(self, *_: object) -> None:
        daemon.stop(self._where)

    @property
    def endpoint(self) -> str:
        return self._state["endpoint"]

    @property
    def pid(self) -> int:
        return self._state["pid"]

    def reset(self) -> None:
        """An empty account, without records and without latency."""
        daemon.ask(self._state, "POST", "reset")

    def turn(self, **dials: float) -> None:
        daemon.ask(self._state, "POST", "dials", dials)

    def records(self, since: int = 0) -> list[dict[str, t.Any]]:
        """The requests since the last reset, in the order of arrival, less the first so many."""
        return daemon.ask(self._state, "GET", "records")[since:]

    def environment(self) -> dict[str, str]:
        """What a client of this account is given, without what would tune a side."""
        mine = {name: value for name, value in os.environ.items() if not name.startswith(_TUNES)}
        return clean_environ(mine, self.endpoint, REGION, daemon.key_of(self._state))
