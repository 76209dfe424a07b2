# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A client of the data channel that does as it is told, right or wrong."""
from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud.hosts.messages import acknowledgement, INPUT, Message, OUTPUT, Payload
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

PATIENCE = 10.0
COMMAND, NO_TERMINAL = "AWS-StartInteractiveCommand", "AWS-StartNonInteractiveCommand"
#: A program on a terminal that says when it is there, and then what it is told.
ECHO = "stty raw -echo; printf READY; exec cat"

#: Starts a session: the fixture `begin`.
Begin = Callable[..., dict[str, Any]]


class Client:
    """One connection to a session, by what StartSession or ResumeSession gave; `sequence` and `seen` may go on from another one's."""

    def __init__(self, way_in: dict[str, Any], sequence: int = 0, acknowledge: bool = True) -> None:
        self.sequence, self.acknowledge = sequence, acknowledge
        self.seen: set[int] = set()
        self._manager = connect(way_in["StreamUrl"], compression=None)
        self.socket: ClientConnection = self._manager.__enter__()
        said = {"MessageSchemaVersion": "1.0", "RequestId": str(uuid.uuid4()), "TokenValue": way_in["TokenValue"]}
        self.socket.send(json.dumps(said | {"ClientId": str(uuid.uuid4()), "ClientVersion": "1.2.677.0"}))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._manager.__exit__(kind, error, trace)

    def send(self, payload: bytes, payload_type: int = Payload.OUTPUT) -> Message:
        message = Message(INPUT, payload, self.sequence, 0, payload_type)
        self.sequence += 1
        self.socket.send(message.pack())
        return message

    def receive(self, timeout: float = PATIENCE) -> Message:
        """The next message; what is a stream's is acknowledged. Raises TimeoutError and ConnectionClosed."""
        message = Message.unpack(self.socket.recv(timeout))
        if message.kind == OUTPUT and self.acknowledge:
            self.socket.send(acknowledgement(message))
        return message

    def until(self, met: Callable[[list[Message]], bool]) -> list[Message]:
        """All messages, each but once, up to the one with which the condition is met."""
        found: list[Message] = []
        deadline = time.monotonic() + PATIENCE
        while not met(found):
            message = self.receive(deadline - time.monotonic())
            if message.kind != OUTPUT or message.sequence not in self.seen:
                found.append(message)
            if message.kind == OUTPUT:
                self.seen.add(message.sequence)
        return found

    def output(self, end: bytes) -> bytes:
        """All output up to one that ends so."""
        return said(self.until(lambda found: said(found).endswith(end)))

    def kind(self, kind: str) -> Message:
        """The next message of a kind."""
        return self.until(lambda found: bool(found) and found[-1].kind == kind)[-1]

    def shake_hands(self) -> dict[str, Any]:
        """Answer the agent's handshake, which is this session's first message; what it asked for."""
        request = self.receive()
        assert request.payload_type == Payload.HANDSHAKE_REQUEST
        asked = json.loads(request.payload)
        self.answer([{"ActionType": one["ActionType"], "ActionStatus": 1, "ActionResult": None, "Error": ""} for one in asked["RequestedClientActions"]])
        return asked

    def answer(self, actions: list[dict[str, Any]]) -> None:
        answer = {"ClientVersion": "1.2.677.0", "ProcessedClientActions": actions, "Errors": None}
        self.send(json.dumps(answer).encode(), Payload.HANDSHAKE_RESPONSE)


def said(messages: list[Message], payload_type: int = Payload.OUTPUT) -> bytes:
    """What messages of one type say together."""
    return b"".join(one.payload for one in messages if one.kind == OUTPUT and one.payload_type == payload_type)


def status(ssm: Any, way_in: dict[str, Any], state: str = "Active") -> str | None:
    found = ssm.describe_sessions(State=state, Filters=[{"key": "SessionId", "value": way_in["SessionId"]}])["Sessions"]
    return found[0]["Status"] if found else None


def wait_for(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)
    return found


def code_of(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


def all_of(client: Client) -> list[Message]:
    """What comes until nothing comes any more."""
    found = []
    with contextlib.suppress(TimeoutError, ConnectionClosed):
        while True:
            found.append(client.receive(timeout=0.5))
    return found


def there_and_back(client: Client) -> float:
    """Seconds for a byte to be echoed."""
    began = time.monotonic()
    client.send(b"x")
    client.output(b"x")
    return time.monotonic() - began
