# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An AWS that runs on a laptop: moto's server, what moto lacks, a recorder and dials.

`from localcloud import LocalCloud` runs one in this process; `python -m localcloud` runs one of its own.
"""
from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    # The command line must answer at once: only who wants a cloud pays for moto.
    if name == "LocalCloud":
        from .cloud import LocalCloud

        return LocalCloud
    raise AttributeError(name)
