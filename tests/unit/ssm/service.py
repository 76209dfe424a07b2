# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A service and an agent on this machine, for what a whole one does not do to order: it refuses, drops, lies and falls silent.

The API is spoken by HTTP, so that requests go through botocore. What a command would do, a function of the test does.
"""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
import threading
import time
import typing as t

import boto3.session
from ansible_collections.groundwork.aws.plugins.plugin_utils import ssm_message
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_channel import Channel
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_control import Control
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_message import Message
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_message import PayloadType
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve
from websockets.sync.server import ServerConnection

Json = dict[str, t.Any]
REGION, TARGET = "ap-northeast-2", "i-0123456789abcdef0"
KEY = bytes(range(64))
#: Who says that a request is refused, instead of answering it.
Refusal = tuple[int, Json]


class Agent:
    """The agent's end of one session, whichever socket it is on. ``act`` is told of each message that comes, in order."""

    def __init__(self, act: t.Callable[[Agent, Message], None]):
        self.act = act
        self.channel = Channel(ssm_message.OUTPUT, 1000, ssm_message.SYN)
        self.socket: ServerConnection | None = None
        self.heard: list[Message] = []
        self.deaf = False  # whether it leaves what comes unanswered
        self.drops: list[int] = []  # after how many frames each socket is cut off
        self.stuck: threading.Event | None = None  # until when it reads nothing, before it cuts a socket off
        self.wire: list[bytes] = []  # all frames that came

    def say(self, payload: bytes | Json, payload_type: int = PayloadType.OUTPUT) -> None:
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.socket.send(self.channel.send(payload_type, data, time.monotonic()))

    def close(self, said: str = "") -> None:
        self.socket.send(Message(ssm_message.CLOSED, json.dumps({"Output": said}).encode()).encode())

    def cut(self) -> None:
        """Drop the socket that it is on, without a word."""
        self.socket.socket.shutdown(2)

    def attend(self, socket: ServerConnection) -> None:
        """Serve one socket until it closes."""
        first, self.socket = self.socket is None, socket
        drop = self.drops.pop(0) if self.drops else -1
        if first:
            self.act(self, Message("opened"))
        for frame in self.channel.resend_all(time.monotonic()):
            socket.send(frame)
        while drop:
            try:
                frame = socket.recv(timeout=0.05)
            except TimeoutError:
                if again := self.channel.resend(time.monotonic()):
                    self._try(socket, again)
                continue
            drop -= 1
            if not self.deaf:
                self.wire.append(frame)
                if answer := self.channel.receive(frame, time.monotonic()):
                    self._try(socket, answer)
            while message := self.channel.take():
                self.heard.append(message)
                self.act(self, message)
        if self.stuck:
            self.stuck.wait(30)
        socket.socket.shutdown(2)

    @staticmethod
    def _try(socket: ServerConnection, frame: bytes) -> None:
        """Send what a client that has gone does not take any more. What it said before is still to be read."""
        with contextlib.suppress(ConnectionClosed):
            socket.send(frame)


class Service:
    """The API and the websocket. ``act`` is what agents do; ``refusals`` are by operation, each used once."""

    def __init__(self, act: t.Callable[[Agent, Message], None], **websocket: t.Any):
        self.agents: list[Agent] = []
        self.act = act
        self.calls: list[tuple[str, Json]] = []
        self.openings: list[Json] = []
        self.refusals: dict[str, list[Refusal | None]] = {}
        self.answers: dict[str, Json] = {}
        self.drops: list[int] = []
        self.tokens: list[str] = []
        self.streams = serve(self._stream, "127.0.0.1", 0, compression=None, **websocket)
        self.url = f"{'wss' if websocket.get('ssl') else 'ws'}://127.0.0.1:{self.streams.socket.getsockname()[1]}"
        self.api = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.endpoint = f"http://127.0.0.1:{self.api.server_port}"
        for server, options in ((self.streams, {}), (self.api, {"poll_interval": 0.02})):
            threading.Thread(target=server.serve_forever, kwargs=options, daemon=True).start()

    def stop(self) -> None:
        for server in (self.streams, self.api):
            server.shutdown()
        self.api.server_close()

    def control(self, **given: t.Any) -> Control:
        """What reaches it, by boto3."""
        session = boto3.session.Session("AKIDEXAMPLE", "secret", region_name=REGION)
        return Control(session, self.endpoint, **given)

    def named(self, operation: str) -> list[Json]:
        """What an operation was asked with, call by call."""
        return [asked for name, asked in self.calls if name == operation]

    def _stream(self, socket: ServerConnection) -> None:
        told = json.loads(socket.recv())
        self.openings.append(told)
        if told["TokenValue"] not in self.tokens:
            return
        self.tokens.remove(told["TokenValue"])
        number = int(socket.request.path.rpartition("-")[2].partition("?")[0])
        try:
            self.agents[number].attend(socket)
        except (ConnectionClosed, OSError):
            pass

    def grant(self, number: int) -> Json:
        self.tokens.append(f"token-{number}-{len(self.calls)}")
        url = f"{self.url}/v1/data-channel/session-{number}?role=publish_subscribe"
        return {"SessionId": f"session-{number}", "TokenValue": self.tokens[-1], "StreamUrl": url}

    def answer(self, operation: str, asked: Json) -> Json:
        if operation in self.answers:
            return self.answers[operation]
        if operation == "StartSession":
            self.agents.append(Agent(self.act))
            self.agents[-1].drops = self.drops
            return self.grant(len(self.agents) - 1)
        if operation == "ResumeSession":
            return self.grant(int(asked["SessionId"].rpartition("-")[2]))
        if operation == "GenerateDataKey":
            return {"KeyId": asked["KeyId"], "Plaintext": base64.b64encode(KEY).decode(), "CiphertextBlob": base64.b64encode(b"sealed").decode()}
        return {}

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                operation = self.headers["X-Amz-Target"].rpartition(".")[2]
                asked = json.loads(body)
                service.calls.append((operation, asked))
                refused = service.refusals.get(operation)
                status, answer = refused.pop(0) or (200, service.answer(operation, asked)) if refused else (200, service.answer(operation, asked))
                if status:
                    self._send(status, json.dumps(answer).encode())
                else:
                    service.answer(operation, asked)  # done, and the answer is lost
                    self.connection.shutdown(2)

            def _send(self, status: int, answer: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_words: t.Any) -> None:
                """Say nothing."""

        return Handler


def refused(code: str, message: str = "as the test will have it", status: int = 400) -> Refusal:
    return status, {"__type": code, "message": message}


#: The request is carried out, and the connection drops.
LOST: Refusal = (0, {})
