# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The agent in one session: the handshake, where there is one, and then its handler. Time is handed in."""
from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from typing import Any

from .channel import Channel
from .documents import NON_INTERACTIVE, PORT, Task
from .encryption import CannotDecrypt, Cipher
from .handlers import asks_to_end, Handler, HANDLERS
from .messages import Message, Payload
from .programs import CannotStart
from .registry import Host
from .stream import Stream

#: Seconds for each answer of the handshake.
HANDSHAKE_TIME = 15.0
#: Messages that wait for their acknowledgement before the agent here stops reading; the real one goes on until it drops some.
_UNREAD = 10_000
_SUCCESS = 1
_CONFIDENTIAL = (Payload.OUTPUT, Payload.STDERR, Payload.EXIT_CODE)
_TIMED_OUT = "Handshake timed out. Please ensure that you have the latest version of the session manager plugin."

#: The cipher of a wrapped data key in an encryption context. Raises CannotDecrypt.
Unwrap = Callable[[bytes, dict[str, str]], Cipher]


class Failed(Exception):
    """The session fails; the text is what the client is told."""


class Agent:
    """`over` once its work is done; `unwrap` asks KMS. Until it is there, and through the handshake, it acknowledges input and drops it."""

    def __init__(self, session_id: str, host: Host, task: Task, stream: Stream, dial: Channel, unwrap: Unwrap) -> None:
        self.session_id, self.host, self.task, self.stream, self.unwrap = session_id, host, task, stream, unwrap
        self.kms_key = (dial.kms or task.kms_key) if task.session_type != PORT else None
        wanted = task.session_type in (NON_INTERACTIVE, PORT) or self.kms_key is not None or bool(dial.handshake)
        self._shakes = wanted and (dial.handshake is not False or not task.on_a_terminal)
        self._dial, self._now = dial, 0.0
        self._challenge = base64.b64encode(os.urandom(16)).decode()
        self._secret = os.urandom(64)
        self._cipher: Cipher | None = None
        self._awaited: Payload | None = None
        self._deadline = float("inf")
        self._attach_at: float | None = None
        self._began = 0.0
        self.handler: Handler = HANDLERS[task.session_type](task, host, self._emit)
        self._open = self._told_to_end = False

    @property
    def over(self) -> bool:
        return self.handler.over or self._told_to_end

    def advance(self, now: float, dial: Channel) -> float:
        """Do what is due; when to come again. Raises Failed."""
        self._now, self._dial = now, dial
        if self._attach_at is None:
            self._attach_at = now + dial.attach_ms / 1000
        if now < self._attach_at:
            return self._attach_at
        if not self._open and self._awaited is None:
            self._ask_for_handshake() if self._shakes else self._begin()
        if now >= self._deadline:
            raise Failed(_TIMED_OUT if self._awaited == Payload.HANDSHAKE_RESPONSE else "Timed out waiting for encryption challenge.")
        return min(self.handler.look(now), self._deadline)

    def take(self, message: Message) -> bool:
        """Take a stream message of the client's, in its order; False where the handler is not ready. Raises Failed."""
        try:
            if self._cipher and message.payload_type == Payload.OUTPUT:
                message = Message(message.kind, self._cipher.decrypt(message.payload), payload_type=Payload.OUTPUT)
            if message.payload_type == Payload.HANDSHAKE_RESPONSE and self._awaited == Payload.HANDSHAKE_RESPONSE:
                self._answered(json.loads(message.payload))
            elif message.payload_type == Payload.CHALLENGE_RESPONSE and self._awaited == Payload.CHALLENGE_RESPONSE:
                self._proved(json.loads(message.payload))
            elif self._open:
                self._told_to_end = self._told_to_end or asks_to_end(message)
                return self.handler.feed(message)
        except CannotDecrypt as error:
            raise Failed(str(error)) from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Failed(f"processing of message failed, {error}") from None
        return True

    @property
    def reads(self) -> list[int]:
        return self.handler.readable(self._now) if self._open and self.stream.unacknowledged < _UNREAD else []

    def read(self, descriptor: int) -> None:
        self.handler.read(descriptor, self._now, self._dial.pace_ms / 1000)

    def end(self) -> None:
        self.handler.end()

    def _emit(self, payload_type: int, payload: bytes) -> None:
        if payload and self._cipher and payload_type in _CONFIDENTIAL:
            payload = self._cipher.encrypt(payload)
        self.stream.send(payload_type, payload, self._now)

    def _say(self, payload_type: int, what: dict[str, Any]) -> None:
        self._emit(payload_type, json.dumps(what).encode())

    def _await(self, what: Payload) -> None:
        self._awaited, self._deadline = what, self._now + HANDSHAKE_TIME

    def _ask_for_handshake(self) -> None:
        session = {"SessionType": self.task.session_type, "Properties": self.task.properties}
        actions: list[dict[str, Any]] = [{"ActionType": "SessionType", "ActionParameters": session}]
        if self.kms_key:
            actions.append({"ActionType": "KMSEncryption", "ActionParameters": {"KMSKeyId": self.kms_key, "Challenge": self._challenge}})
        self._began = self._now
        self._say(Payload.HANDSHAKE_REQUEST, {"AgentVersion": self.host.agent, "RequestedClientActions": actions})
        self._await(Payload.HANDSHAKE_RESPONSE)

    def _answered(self, said: dict[str, Any]) -> None:
        done = {one["ActionType"]: one for one in said["ProcessedClientActions"]}
        for name, one in done.items():
            if one["ActionStatus"] != _SUCCESS:
                raise Failed(f"{name} failed on client with status {one['ActionStatus']} error: {one.get('Error', '')}")
        if not self.kms_key:
            return self._complete("")
        result = done["KMSEncryption"]["ActionResult"]
        context = {"aws:ssm:SessionId": self.session_id, "aws:ssm:TargetId": self.host.id}
        if result.get("ChallengeAcknowledgement"):
            context["aws:ssm:RandomChallenge"] = self._challenge
        self._cipher = self.unwrap(base64.b64decode(result["KMSCipherTextKey"]), context)
        challenge = base64.b64encode(self._cipher.encrypt(self._secret)).decode()
        self._say(Payload.CHALLENGE_REQUEST, {"Challenge": challenge})
        self._await(Payload.CHALLENGE_RESPONSE)
        return None

    def _proved(self, said: dict[str, Any]) -> None:
        assert self._cipher
        if self._cipher.decrypt(base64.b64decode(said["Challenge"])) != self._secret:
            raise Failed("Encryption challenge does not match!")
        self._complete("This session is encrypted using AWS KMS.")

    def _complete(self, message: str) -> None:
        took = int((self._now - self._began) * 1e9)
        self._say(Payload.HANDSHAKE_COMPLETE, {"HandshakeTimeToComplete": took, "CustomerMessage": message})
        self._begin()

    def _begin(self) -> None:
        self._awaited, self._deadline, self._open = None, float("inf"), True
        try:
            self.handler.start(self._now, self._dial.pty_start_ms / 1000)
        except CannotStart as error:
            raise Failed(str(error)) from None
