# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way of a request: understood, recorded, slowed down, checked, done by moto, completed, and answered or lost."""
from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app

from . import additions
from .call import Call, read_call
from .client_tokens import ClientTokens
from .dials import DIALS
from .recorder import Record, Recorder
from .replies import AwsError, Reply, error_reply

Hook = Callable[[Record, str], None]
Mount = Callable[[dict[str, Any]], Reply]
_ERROR_CODE = re.compile(rb"<Code>([^<]+)</Code>")


class Gateway:
    """The WSGI application. `mounts` answer paths that are no AWS operation: the control path, later gateways."""

    def __init__(self) -> None:
        self.recorder = Recorder()
        self.tokens = ClientTokens()
        self.hooks: list[Hook] = []
        self.mounts: dict[str, Mount] = {}
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def mount(self, prefix: str, answer: Mount) -> None:
        """Let `answer` reply to every path that begins with `prefix`."""
        self.mounts[prefix] = answer

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        for prefix, answer in self.mounts.items():
            if environ["PATH_INFO"].startswith(prefix):
                return answer(environ).send(start_response)
        additions.load()
        call = read_call(environ, self._moto)
        record = self.recorder.open(call)
        self._tell(record, "before")
        time.sleep(DIALS.latency_of(call.operation))
        with self._turn(call):
            reply = self._answer(call)
            lost = [fault.after(call, reply) for fault in DIALS.armed]
        self.recorder.close(record, call, reply)
        self._tell(record, "after")
        if any(lost):
            # The server's next write fails on the closed socket, which it takes for a client that went away.
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return reply.send(start_response)

    def _tell(self, record: Record, phase: str) -> None:
        for hook in list(self.hooks):
            hook(record, phase)

    def _turn(self, call: Call) -> contextlib.AbstractContextManager[Any]:
        # One call of a service at a time, so that what was checked is still so when moto acts on it.
        # A long poll must not keep others out.
        waits = (call.operation or "").startswith("Receive")
        return contextlib.nullcontext() if waits else self._locks[call.service]

    def _answer(self, call: Call) -> Reply:
        try:
            for fault in DIALS.armed:
                fault.before(call)
            if reply := self.tokens.replay(call):
                return reply
            additions.check(call)
            reply = self._ask_moto(call)
            if reply.error_code is None:
                additions.complete(call, reply)
                self.tokens.keep(call, reply)
        except AwsError as error:
            return error_reply(call, error)
        except NotImplementedError as lack:
            text = f"The local cloud has no {call.operation}: {lack}"
            return error_reply(call, AwsError("UnsupportedOperation", text, 501))
        except Exception as failure:  # noqa: BLE001 - a failure of moto or of ours: the client sees what AWS calls one
            traceback.print_exc()
            return error_reply(call, AwsError("InternalError", f"{type(failure).__name__}: {failure}", 500))
        return reply

    def _ask_moto(self, call: Call) -> Reply:
        call.rewind()
        chunks, status, headers = run_wsgi_app(self._moto, call.environ, buffered=True)
        reply = Reply(int(status.split()[0]), list(headers), b"".join(chunks))
        reply.error_code = _error_code(reply)
        return reply


def _error_code(reply: Reply) -> str | None:
    """The code of an error, whichever protocol it came in; None for success."""
    if reply.status < 400:
        return None
    if found := _ERROR_CODE.search(reply.body):
        return found[1].decode()
    with contextlib.suppress(ValueError, AttributeError):
        said = json.loads(reply.body)
        return str(said.get("__type") or said.get("code") or reply.status).rpartition("#")[2]
    return str(reply.status)
