# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The websocket that a data channel runs over, until it drops: frames in, frames out."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import logging
import os
import socket
import ssl
import typing as t
import urllib.parse
import uuid

from .ssm_control import Control
from .ssm_control import Grant
from .ssm_control import SsmError
from .ssm_control import without_password
from .ssm_handshake import CLIENT_VERSION

try:
    from websockets.exceptions import ConnectionClosed
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect
except ImportError:  # the connection says so, with what to install
    ConnectionClosed = WebSocketException = Exception

#: Seconds to connect in; between pings, by which a dead link is found; for their answer; and for what was sent to arrive.
OPENING, PINGS, ANSWER, ARRIVING = 15.0, 30.0, 60.0, 30.0
#: The library would log each frame to whoever asks for debug logs, and the first one holds the token.
SILENT = logging.Logger("ssm", logging.CRITICAL + 1)


class Dropped(Exception):
    """The websocket is gone, or did not come about. Says why."""


class Stream:
    """A websocket to a session's data channel, opened by its grant. Raises Dropped where that fails."""

    def __init__(self, grant: Grant, control: Control):
        self._held = contextlib.ExitStack()
        trust = _trust(grant.url, control.certificates)
        try:
            self._websocket = self._held.enter_context(
                connect(
                    grant.url,
                    ssl=trust,
                    proxy=control.proxy or True,  # True: what the environment says
                    compression=None,
                    open_timeout=OPENING,
                    ping_interval=PINGS,
                    ping_timeout=ANSWER,
                    logger=SILENT,
                )
            )
            self._hold_to_time()
            self._websocket.send(json.dumps(opening(grant.token)))
        except (OSError, ImportError, ValueError, WebSocketException) as error:
            self.close()
            raise Dropped(f"no websocket to {urllib.parse.urlsplit(grant.url).netloc}: {without_password(str(error))}") from None

    def _hold_to_time(self) -> None:
        """Have a write fail that the other end does not take: the library's own pings wait behind it (tcp(7), TCP_USER_TIMEOUT)."""
        with contextlib.suppress(OSError, AttributeError):
            self._websocket.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(ARRIVING * 1000))

    def send(self, frame: bytes) -> None:
        """Send a frame; any thread may. Nobody learns here that the link is gone: frames() says so, and the channel sends again."""
        with contextlib.suppress(ConnectionClosed, OSError):
            self._websocket.send(frame)

    def frames(self) -> t.Iterator[bytes]:
        """The frames that come, until it ends in Dropped. For one thread."""
        while True:
            try:
                frame = self._websocket.recv()
            except (ConnectionClosed, OSError) as error:
                raise Dropped(str(error)) from error
            if isinstance(frame, bytes):
                yield frame

    def close(self) -> None:
        """Cut it off, whatever anybody waits for there. A session is not ended by this, but by TerminateSession."""
        if hasattr(self, "_websocket"):
            with contextlib.suppress(OSError):
                self._websocket.socket.shutdown(socket.SHUT_RDWR)
        self._held.close()


def opening(token: str) -> dict[str, str]:
    """What the first frame, a text, says: there is no reply to it."""
    return {
        "MessageSchemaVersion": "1.0",
        "RequestId": str(uuid.uuid4()),
        "TokenValue": token,
        "ClientId": str(uuid.uuid4()),
        "ClientVersion": CLIENT_VERSION,
    }


def _trust(url: str, certificates: str) -> ssl.SSLContext | None:
    """The TLS that a URL is dialled with. Only on this machine may it be none: the token would be anybody's."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "wss":
        place = {"capath" if os.path.isdir(certificates) else "cafile": certificates}
        return ssl.create_default_context(**place)
    try:
        loopback = parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        loopback = False
    if parts.scheme != "ws" or not loopback:
        raise SsmError(f"The session's stream is to be at {parts.scheme}://{parts.netloc}, which is not encrypted: look at the endpoint")
    return None
