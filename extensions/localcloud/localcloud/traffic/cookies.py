# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cookies by which a client stays with a target group, or with a target.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#sticky-sessions
"""
from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from email.utils import formatdate

from ..clock import CLOCK
from .messages import Fields, Head

#: Of a target group; of a target.
GROUP, TARGET = "AWSALBTG", "AWSALB"
_KEY = secrets.token_bytes(32)


def given(cookie: str, name: str, seconds: int) -> Fields:
    """The fields that give a client the cookie that stands for `name`, for so long."""
    due = int(CLOCK.now()) + seconds
    value = f"{due}.{_seal(cookie, name, due)}; Expires={formatdate(due, usegmt=True)}; Path=/"
    return [("Set-Cookie", f"{cookie}={value}"), ("Set-Cookie", f"{cookie}CORS={value}; SameSite=None")]


def held(cookie: str, head: Head, names: Iterable[str]) -> str | None:
    """Which of the names the client's cookie stands for, if it is ours and its time is not over."""
    pairs = (pair.strip().partition("=") for pair in head.get("cookie").split(";"))
    due, _dot, seal = next((value for name, _is, value in pairs if name == cookie), "").partition(".")
    if not due.isdecimal() or int(due) <= CLOCK.now():
        return None
    return next((name for name in names if hmac.compare_digest(_seal(cookie, name, int(due)), seal)), None)


def _seal(cookie: str, name: str, due: int) -> str:
    return hmac.new(_KEY, f"{cookie} {name} {due}".encode(), hashlib.sha256).hexdigest()
