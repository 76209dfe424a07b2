# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A local cloud in this process: a server in a thread, on loopback and nowhere else."""
from __future__ import annotations

import json
import os
import threading
from typing import Any

# Nobody's browser has business here. moto reads this when it is imported, so the imports come after.
os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")

from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from .client_env import client_env
from .clock import CLOCK
from .dials import AT_REST, DIALS, Dials
from .gateway import Gateway, Hook
from .hosts.registry import Hosts, HOSTS
from .hosts.sessions import SESSIONS
from .keys import Key, KEYS
from .recorder import Record
from .replies import Reply, json_reply
from .traffic import TRAFFIC, Traffic

LOOPBACK = "127.0.0.1"
CONTROL = "/_localcloud/"
_one_a_process = threading.Lock()


class _QuietHandler(MotoRequestHandler):
    def log_request(self, *args: Any) -> None:
        """The record says it better."""


class LocalCloud:
    """One AWS account, empty, on loopback; a context manager.

    `port` 0 takes a free one; `endpoint` tells. `dials` takes what `Dials.turn` does (latency_ms, settle, faults,
    quotas, channel, versions). With `traffic` its load balancers serve. moto's state belongs to the process: raises RuntimeError where
    another one stands in it. Raises ValueError for a host that is not loopback and for a port that is none.
    """

    def __init__(self, port: int = 0, host: str = LOOPBACK, traffic: bool = False, **dials: Any) -> None:
        if host != LOOPBACK:
            raise ValueError(f"a local cloud listens on {LOOPBACK} only, not on {host}")
        if not 0 <= port <= 65535:
            raise ValueError(f"a port is a number from 0 to 65535, not {port}")
        self._port, self._traffic, self._initial = port, traffic, dials
        self._gateway = Gateway()
        self._gateway.mount(CONTROL, self._control)

    def __enter__(self) -> LocalCloud:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> LocalCloud:
        """Bind the port and answer from now on."""
        if not _one_a_process.acquire(blocking=False):
            raise RuntimeError("one local cloud a process: moto's state is the process's")
        try:
            KEYS.renew()
            if self._traffic:
                TRAFFIC.open()
            self.reset()
            self._server = make_server(LOOPBACK, self._port, self._gateway, threaded=True, request_handler=_QuietHandler)
        except BaseException:
            TRAFFIC.close()
            _one_a_process.release()
            raise
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Answer no more, and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        CLOCK.forget()
        TRAFFIC.close()
        SESSIONS.reset()
        HOSTS.reset()
        _one_a_process.release()

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self._server.port}"

    @property
    def dials(self) -> Dials:
        """May be turned while the cloud runs."""
        return DIALS

    @property
    def hosts(self) -> Hosts:
        """The hosts that sessions lead to: `cloud.hosts.add("i-0123456789abcdef0", enter=[])` is this very machine."""
        return HOSTS

    @property
    def traffic(self) -> Traffic:
        """The data plane: `cloud.traffic.address(load_balancer_arn, port)` is where one of its load balancers is served."""
        return TRAFFIC

    @property
    def key(self) -> Key:
        """The key of this run, made at random: the account's root, and the only one that opens a host, with those that are made by it."""
        return KEYS.own

    def env(self, region: str | None = None) -> dict[str, str]:
        """What a client's environment must hold; `client_env.clean_environ` also takes out what must not be there."""
        return client_env(self.endpoint, region, self.key)

    def records(self) -> list[Record]:
        """Every AWS request since the start or the last reset, in the order of arrival."""
        return self._gateway.recorder.records()

    def on_call(self, hook: Hook) -> None:
        """Run `hook(record, phase)` in the server, "before" a call is looked at and "after" it was committed but
        not yet answered. Hooks end with a reset."""
        self._gateway.hooks.append(hook)

    def reset(self) -> None:
        """An empty account, no sessions, no hosts but those of files, no records, no hooks, and the dials as they were at the start."""
        CLOCK.forget()
        TRAFFIC.reset()
        SESSIONS.reset()
        HOSTS.reset()
        KEYS.reset()
        moto_api_backend.reset()
        self._gateway.recorder.reset()
        self._gateway.tokens.reset()
        self._gateway.hooks.clear()
        DIALS.turn(AT_REST | self._initial)

    def _control(self, environ: dict[str, Any]) -> Reply:
        verb = environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix(CONTROL)
        if verb == ("GET", "health"):
            return json_reply({"pid": os.getpid(), "endpoint": self.endpoint})
        if verb == ("GET", "doors"):
            return json_reply(TRAFFIC.doors())
        if verb == ("GET", "records"):
            return json_reply(self.records())
        if verb == ("POST", "reset"):
            self.reset()
            return json_reply({})
        if verb == ("GET", "dials"):
            return json_reply(DIALS.shown())
        if verb == ("POST", "dials"):
            try:
                DIALS.turn(json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))))
            except (ValueError, TypeError, AttributeError) as problem:
                return json_reply({"error": str(problem)}, 400)
            return json_reply(DIALS.shown())
        return json_reply({"error": f"no such control: {' '.join(verb)}"}, 404)
