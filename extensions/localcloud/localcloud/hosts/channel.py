# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The `channel` dial: what befalls the frames of a session, and how slow its agent is."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

_SHARES = ("lose", "duplicate", "reorder")
_NUMBERS = ("delay_ms", "close_after", "attach_ms", "pty_start_ms", "pace_ms", "idle_s", "duration_s")


@dataclass(frozen=True)
class Channel:
    """Shares are of all frames, each way, the same ones for the same `seed`; what ends in `_ms` is milliseconds, in `_s` seconds.

    `delay_ms` is one way, beside half of the dial `latency_ms`. After `close_after` frames a socket is dropped, without a word; 0: never.
    `hold_acks` holds back the agent's acknowledgements while it is on, `pause` its output. `handshake`: None as the agent does (for
    commands without a terminal, and with `kms`), otherwise whether there is one for a terminal too. `kms`: a key by which every
    session is encrypted, whatever its document says. The agent needs `attach_ms` to be there, and drops what comes until then;
    `pty_start_ms` before it reads from a new terminal, and `pace_ms` between two reads. `idle_s` and `duration_s` stand for the minutes
    of the account's preferences, where they are not None.
    """

    lose: float = 0
    duplicate: float = 0
    reorder: float = 0
    seed: int = 0
    delay_ms: float = 0
    close_after: int = 0
    hold_acks: bool = False
    pause: bool = False
    handshake: bool | None = None
    kms: str | None = None
    attach_ms: float = 50
    pty_start_ms: float = 1000
    pace_ms: float = 1
    idle_s: float | None = None
    duration_s: float | None = None


def read_channel(given: Mapping[str, Any]) -> Channel:
    """A channel with what is given, and the defaults for the rest. Raises ValueError for a setting that there is not, or a bad value."""
    names = [one.name for one in fields(Channel)]
    if unknown := set(given) - set(names):
        raise ValueError(f"no such setting of the channel: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    for name in set(given) & {*_SHARES, *_NUMBERS}:
        value, most = given[name], 1 if name in _SHARES else float("inf")
        if value is None and getattr(Channel, name) is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
            raise ValueError(f"channel.{name} must be a number from 0 {'to 1' if name in _SHARES else 'on'}, not {value!r}")
    for name in set(given) & {"hold_acks", "pause", "handshake"}:
        if not isinstance(given[name], bool) and not (name == "handshake" and given[name] is None):
            raise ValueError(f"channel.{name} must be true or false, not {given[name]!r}")
    return Channel(**given)
