# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One concurrent burst that reads what a stack owns, each type from its own service's describe call.

Never from the tagging API: it lags by minutes, and lists what was tagged once.
"""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from .._aws import Aws

#: Calls at a time: EC2 throttles describes of one account together.
WIDTH = 8


def read_owned(aws: Aws, stack: str, kinds: t.Collection[type]) -> dict[type, list[t.Any]]:
    """What a stack owns of each of these types, tombstones too, read side by side."""
    with ThreadPoolExecutor(WIDTH) as pool:
        return dict(zip(kinds, pool.map(lambda kind: kind.owned(aws, stack), kinds), strict=True))
