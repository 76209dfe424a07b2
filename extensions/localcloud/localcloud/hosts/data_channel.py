# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The websocket of the data channel: on loopback, for who bears the session's token."""
from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.http11 import Request, Response
from websockets.sync.server import serve, ServerConnection

from .messages import MOST

if TYPE_CHECKING:
    from .session import Session

LOOPBACK = "127.0.0.1"
#: Seconds for a client to say who it is, for it to take what it is sent, and to close.
OPENING, TAKING, LEAVING = 10.0, 30, 1.0
_PATH = re.compile(r"/v1/data-channel/([\w.@+=,-]+)")

#: The session that (id, token) lets in to.
Admit = Callable[[str, str], "Session | None"]


class ClientSocket:
    """A session's end of a websocket."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection

    def send(self, frame: bytes) -> None:
        with contextlib.suppress(ConnectionClosed):
            self._connection.send(frame)

    def drop(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.socket.shutdown(socket.SHUT_RDWR)

    def leave(self) -> None:
        self._connection.close()


class DataChannel:
    """The server, on a free port of loopback."""

    def __init__(self, admit: Admit) -> None:
        self._admit = admit
        self._server = serve(
            self._attend,
            LOOPBACK,
            0,
            origins=[None],  # no browser
            process_request=_look_at_path,
            compression=None,
            max_size=MOST,
            ping_interval=None,  # the two ends ping each other; here they are answered
            close_timeout=LEAVING,
            open_timeout=OPENING,
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True, name="data channel")
        self._thread.start()

    def url(self, session_id: str) -> str:
        return f"ws://{LOOPBACK}:{self._server.socket.getsockname()[1]}/v1/data-channel/{session_id}?role=publish_subscribe"

    def close(self) -> None:
        """Take no more clients."""
        self._server.shutdown()
        self._thread.join()

    def _attend(self, connection: ServerConnection) -> None:
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", TAKING, 0))
        assert connection.request
        found = _PATH.fullmatch(urlsplit(connection.request.path).path)
        session = self._admit(found[1], _token(connection)) if found else None
        client = ClientSocket(connection)
        if session is None or not session.attach(client):
            connection.close(CloseCode.POLICY_VIOLATION, "no such session, or a token that is not its own")
            return
        try:
            for frame in connection:
                if isinstance(frame, bytes):
                    session.arrive(client, frame)
        except ConnectionClosed:
            pass  # the client is gone, and may come again
        finally:
            session.detach(client)


def _look_at_path(connection: ServerConnection, request: Request) -> Response | None:
    return None if _PATH.fullmatch(urlsplit(request.path).path) else connection.respond(404, "no such path\n")


def _token(connection: ServerConnection) -> str:
    """What the first frame, a text, says; empty where it says nothing of the kind."""
    try:
        said = json.loads(connection.recv(timeout=OPENING))
        return str(said["TokenValue"]) if said["MessageSchemaVersion"] == "1.0" else ""
    except (TimeoutError, ConnectionClosed, ValueError, KeyError, TypeError):
        return ""
