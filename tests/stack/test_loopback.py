# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No socket of a run in the local cloud leaves loopback."""

from __future__ import annotations

from .conftest import Runs

#: Taken up by every Python of the run at its start: ansible-playbook, its workers, and the modules.
WATCH = '''
import os, sys
def told(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
        where = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
        with open(os.environ["WATCHED"], "a") as file:
            file.write(repr(where[0] if isinstance(where, tuple) else where) + "\\n")
sys.addaudithook(told)
'''


def test_no_socket_leaves_loopback(shop: Runs):
    watch, seen = shop.folder / "watch", shop.folder / "seen"
    watch.mkdir()
    (watch / "sitecustomize.py").write_text(WATCH)
    shop.ok("site", PYTHONPATH=str(watch), WATCHED=str(seen))
    places = set(seen.read_text().splitlines())
    assert "'127.0.0.1'" in places
    assert {place for place in places if not place.startswith(("'127.", "'/", "b'"))} == set()
