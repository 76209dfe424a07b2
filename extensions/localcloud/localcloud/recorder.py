# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The record of every AWS request, so that a test can say "no mutating call was made"."""
from __future__ import annotations

import copy
import threading
from typing import Any

from .call import Call
from .faults import created_ids
from .replies import Reply

Record = dict[str, Any]


class Recorder:
    """Keeps one dict a request: n, service, operation, region, mutating, resource, params; and once it is
    answered status, error_code and created (the ids of what it made)."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._lock = threading.Lock()

    def open(self, call: Call) -> Record:
        """Begin the record of a call, in the order of arrival."""
        record: Record = {
            "n": 0,
            "service": call.service,
            "operation": call.operation or f"{call.environ['REQUEST_METHOD']} {call.environ['PATH_INFO']}",
            "region": call.region,
            "mutating": call.mutating,
            "resource": call.resources(),
            "params": call.shown_params(),
            "status": None,
            "error_code": None,
            "created": [],
        }
        with self._lock:
            self._records.append(record)
            record["n"] = len(self._records)
        return record

    def close(self, record: Record, call: Call, reply: Reply) -> None:
        """Write down how the call ended."""
        record |= {"status": reply.status, "error_code": reply.error_code, "created": list(created_ids(call, reply))}

    def records(self) -> list[Record]:
        """A copy: later requests do not alter it."""
        with self._lock:
            return copy.deepcopy(self._records)

    def reset(self) -> None:
        with self._lock:
            self._records.clear()
