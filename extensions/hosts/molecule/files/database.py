# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Greets whoever calls at port 3306 as MySQL 8 does, and says no more."""
import socket

GREETING = b"\x0a8.4.0\x00" + bytes(34)  # protocol 10, version, then what no health check reads
with socket.create_server(("127.0.0.1", 3306)) as listening:
    while True:
        caller, _address = listening.accept()
        with caller:
            caller.sendall(len(GREETING).to_bytes(3, "little") + b"\x00" + GREETING)
