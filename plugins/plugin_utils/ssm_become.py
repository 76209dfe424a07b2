# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Becoming another user by a password: it is sent when it is asked for, and a command's input only once that has succeeded.

Sent without being asked for, a password would be the command's input.
"""

from __future__ import annotations

import time
import typing as t

from . import ssm_helper
from .ssm_client import Source


class BecomeFailed(Exception):
    """Becoming another user failed. Says how."""


class Becoming(Source):
    """The input of a command that asks for a password. ``plugin`` is Ansible's become plugin, which knows prompt and success."""

    def __init__(self, plugin: t.Any, data: bytes | None, tty: bool, seconds: float):
        super().__init__([data] if data else [], open=tty)
        self.plugin = plugin
        self.end = time.monotonic() + seconds
        self.heard = {ssm_helper.OUTPUT: b"", ssm_helper.ERRORS: b""}
        self.asked, self.sent, self.succeeded = False, False, False

    def hear(self, kind: int, part: bytes) -> None:
        if self.succeeded:
            return
        self.heard[kind] += part
        self.succeeded = self.plugin.check_success(self.heard[ssm_helper.OUTPUT])
        if not self.succeeded and self.plugin.check_password_prompt(self.heard[kind]):
            if self.sent:
                raise BecomeFailed(f"Incorrect {self.plugin.name} password")
            self.asked, self.heard[kind] = True, b""

    def wait(self) -> float | None:
        if self.succeeded or self.asked:
            return None
        return max(0.001, self.end - time.monotonic())

    def next(self) -> bytes | None:
        if not self.asked:
            return super().next()
        self.asked, self.sent = False, True
        return str(self.plugin.get_option("become_pass") or "").encode() + b"\n"

    def waited_in_vain(self) -> None:
        said = b" ".join(self.heard.values()).decode(errors="replace").strip()
        raise BecomeFailed(f"Timed out waiting for {self.plugin.name} to ask for a password or to succeed. It said: {said!r}")
