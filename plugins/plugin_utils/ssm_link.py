# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way to one host: a session with the helper at its other end, and what it takes to get there."""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
import typing as t

from . import ssm_frames
from . import ssm_helper
from .ssm_control import Control
from .ssm_control import SessionEnded
from .ssm_control import SsmError
from .ssm_control import TargetNotConnected
from .ssm_session import Session

#: Seconds between signs of life, unless the helper's patience is so short that more are needed.
BEAT = 15.0
#: Seconds between tries to reach an agent that is not connected, at first; then twice as many each time.
FIRST_PAUSE = 1.0
#: The document whose inputs are the account's preferences for sessions, and where logs may go by these inputs.
PREFERENCES = "SSM-SessionManagerRunShell"
LOGS = {"s3BucketName": "the bucket", "cloudWatchLogGroupName": "the log group"}


class NoPython(SsmError):
    """The host has no Python. Says what to do."""


class Target:
    """A host, as sessions are begun on it."""

    def __init__(self, control: Control, settings: dict[str, t.Any]):
        self.control, self.settings = control, settings

    def open(self, document: str, parameters: dict[str, list[str]]) -> Session:
        """Begin a session; again while the agent is not connected, as often as is set. Raises SsmError."""
        pause, left = FIRST_PAUSE, self.settings["retries"]
        how = {name: self.settings[name] for name in ("reason", "frame", "window")}
        while True:
            try:
                return Session.open(
                    self.control, self.settings["target"], document=document, parameters=parameters, ready=self.settings["connect_timeout"], **how
                )
            except TargetNotConnected:
                if not left:
                    raise
            time.sleep(pause * random.uniform(0.5, 1.0))
            pause, left = 2 * pause, left - 1

    def logged(self) -> str:
        """A warning where sessions are logged; nothing where they are not, or where the credentials may not know."""
        for name in dict.fromkeys([self.settings["document"], PREFERENCES]):
            with contextlib.suppress(SsmError, ValueError):
                inputs = json.loads(self.control.call("ssm", "get_document", Name=name)["Content"]).get("inputs") or {}
                places = [f"{where} {inputs[field]}" for field, where in LOGS.items() if inputs.get(field)]
                if places:
                    return (
                        f"Sessions are logged to {' and '.join(places)} (document {name}). What modules return goes through the session, "
                        "secrets among it: whoever reads that log reads them."
                    )
        return ""


class Link:
    """The helper on a host. Frames are sent by any thread, and heard by one."""

    def __init__(self, session: Session, silence: float):
        self.session, self.silence = session, silence
        self.last, self._numbers = 0, threading.Lock()
        self.sent = self.heard = time.monotonic()
        self._lines = ssm_frames.Lines()

    @classmethod
    def open(cls, target: Target) -> Link:
        """Begin a session and get the helper there. Raises NoPython or another SsmError, and leaves no session then."""
        silence = target.settings["heartbeat_timeout"]
        session = target.open(target.settings["document"], {"command": [ssm_frames.loader(silence)]})
        try:
            link = cls(session, silence)
            link._lines.feed(link._ready(time.monotonic() + target.settings["connect_timeout"]))
            session.send(ssm_frames.program(silence))
        except BaseException:
            with contextlib.suppress(SsmError):
                session.close()
            raise
        return link

    def _ready(self, deadline: float) -> bytes:
        """Wait for the command's word. What stands before it is a document's own, or a profile's."""
        said = b""
        try:
            while ssm_frames.READY not in said:
                heard = self.session.receive(max(0.0, deadline - time.monotonic()))
                said += heard[1] if heard else b""
                if ssm_frames.NO_PYTHON in said:
                    raise NoPython(f"{self.session.target} has no Python 3, which all but raw commands need: install one by ansible.builtin.raw")
                if not heard or heard[0] == "exit":
                    raise SsmError(f"The session on {self.session.target} did not start the helper. It said: {ssm_frames.quoted(said)}")
        except SessionEnded as error:
            raise SsmError(f"The session on {self.session.target} ended before the helper was there ({error}). It said: {ssm_frames.quoted(said)}") from error
        return said.partition(ssm_frames.READY)[2]

    def ask(self, frame: bytes, about: t.Callable[[int], None]) -> int:
        """Send a request, under the next number, which ``about`` is told first. Raises SessionEnded."""
        with self._numbers:  # the helper takes numbers in their order only
            self.last += 1
            about(self.last)
            self.send(ssm_frames.numbered(frame, self.last))
            return self.last

    def send(self, frame: bytes) -> None:
        self.session.send(frame)
        self.sent = time.monotonic()

    def frames(self) -> t.Iterator[bytes]:
        """What the helper says, until the session ends in SessionEnded."""
        while True:
            said = self.session.receive(1.0)
            if said is None:
                if time.monotonic() - self.heard > self.silence:
                    raise SessionEnded(f"{self.session.target} was silent for {self.silence:.0f} s: it went down, or its agent did")
                continue
            self.heard = time.monotonic()
            if said[0] == "exit":
                raise SessionEnded(f"The helper on {self.session.target} ended")
            try:
                yield from self._lines.feed(said[1])
            except ValueError as error:
                raise SessionEnded(f"{self.session.target}: {error}") from error

    def beat(self) -> None:
        """Give signs of life until the session ends. They are data, by which it does not idle either."""
        pause = min(BEAT, self.silence / 5)
        with contextlib.suppress(SsmError):
            while True:
                time.sleep(max(0.0, self.sent + pause - time.monotonic()) or pause / 5)
                if time.monotonic() - self.sent >= pause:
                    self.send(ssm_helper.pack(0, ssm_helper.PING))

    def close(self) -> None:
        """End the session. Raises SsmError where AWS was not told."""
        self.session.close()
