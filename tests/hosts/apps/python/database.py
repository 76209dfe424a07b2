# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a MySQL database answers: it speaks first, and its greeting is enough."""

from __future__ import annotations

import socket

PATIENCE = 2.0  # seconds
#: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html
PROTOCOL = 10


class Down(Exception):
    """The database does not answer; the text says what it does instead."""


def greet(host: str, port: int) -> None:
    """Returns once the database has greeted; raises Down otherwise."""
    try:
        with socket.create_connection((host, port), timeout=PATIENCE) as connected:
            heard = b""
            # Three bytes of length, one of sequence, and then its protocol's version, or 255 when it refuses.
            while len(heard) < 5:
                if not (part := connected.recv(128)):
                    raise Down("the database hung up")
                heard += part
    except OSError as error:
        raise Down(f"the database cannot be reached: {error.strerror or error}") from None
    if heard[4] != PROTOCOL:
        raise Down("the database refuses, or is none")
