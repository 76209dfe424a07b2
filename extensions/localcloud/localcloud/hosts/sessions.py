# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All sessions of the cloud, and the tokens that let a client in to one."""
from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from .data_channel import DataChannel
from .documents import Preferences, Task
from .registry import Host
from .session import Session

#: Seconds that a token is good for. AWS says: connect at once.
TOKEN_TIME = 60.0
#: Sessions that are told of after their end.
_HISTORY = 1000


@dataclass(frozen=True)
class _Token:
    value: str
    until: float


class Sessions:
    """The sessions by id, in the order of their start."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._tokens: dict[str, _Token] = {}
        self._lock = threading.Lock()
        self._channel: DataChannel | None = None

    def start(self, caller: str, host: Host, task: Task, preferences: Preferences, unwrap: object, **about: str) -> Session:
        """Start one in the name of a caller."""
        session_id = f"{caller}-{secrets.token_hex(13)}"
        session = Session(session_id, host, task, preferences, unwrap, **about)  # type: ignore[arg-type]
        with self._lock:
            self._sessions[session_id] = session
            over = [one.id for one in self._sessions.values() if one.over]
            for old in over[: max(0, len(over) - _HISTORY)]:
                del self._sessions[old]
        session.thread.start()
        return session

    def get(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id)

    def all(self) -> Iterator[Session]:
        return iter(list(self._sessions.values()))

    def way_in(self, session: Session) -> dict[str, str]:
        """What a client needs to reach a session: its id, a token for one connection, in place of any before it, and where to connect."""
        with self._lock:
            if self._channel is None:
                self._channel = DataChannel(self.admit)
            token = self._tokens[session.id] = _Token(secrets.token_urlsafe(96), time.monotonic() + TOKEN_TIME)
        return {"SessionId": session.id, "TokenValue": token.value, "StreamUrl": self._channel.url(session.id)}

    def admit(self, session_id: str, value: str) -> Session | None:
        """The session that a token lets in to; None, whatever the reason. A token is good once."""
        with self._lock:
            token = self._tokens.get(session_id)
            if token is None or not hmac.compare_digest(token.value.encode(), value.encode()):
                return None
            del self._tokens[session_id]
        return self.get(session_id) if time.monotonic() < token.until else None

    def reset(self) -> None:
        """End all of them, and the data channel."""
        sessions = list(self.all())
        for session in sessions:
            session.terminate()
        for session in sessions:
            session.thread.join(5)
            session.put_an_end()
        with self._lock:
            self._sessions.clear()
            self._tokens.clear()
            channel, self._channel = self._channel, None
        if channel:
            channel.close()


SESSIONS = Sessions()
