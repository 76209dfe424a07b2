# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The load balancer's conformance list: targets and programs that leave, and requests that they have."""
from __future__ import annotations

import socket
import threading

from localcloud.clock import CLOCK

from .door import PORT, Asking, Door, Held, ask, behind, forwards, socket_target


class LetGo(Held):
    """Waits, once it answered, until the load balancer closes its connection."""

    def __call__(self, connection: socket.socket) -> None:
        super().__call__(connection)
        connection.settimeout(20)
        self.closed = connection.recv(1) == b""


def test_a_target_that_leaves_answers_what_it_has_and_gets_nothing_new(door: Door) -> None:
    held = LetGo()
    group, address = behind(door)
    with socket_target(door.cloud, address, held):
        door.register(group, address)
        first = Asking(door)
        assert held.asked.wait(20)
        door.deregister(group, address)
        door.run(group, "v2")
        CLOCK.advance(100)
        assert door.versions(5) == {"v2": 5}
        assert door.health(group)[address] == {
            "State": "draining", "Reason": "Target.DeregistrationInProgress", "Description": "Target deregistration is in progress",
        }  # fmt: skip
        held.goes.set()
        assert first.answered() == 200
    assert held.closed
    CLOCK.advance(200)
    assert door.health(group, address)[address]["State"] == "unused"
    assert address not in door.health(group)


def test_after_the_deregistration_delay_what_is_under_way_is_cut_off(door: Door) -> None:
    held = Held()
    group, address = behind(door)
    door.attribute(group, "deregistration_delay.timeout_seconds", "30")
    with socket_target(door.cloud, address, held):
        door.register(group, address)
        first = Asking(door)
        assert held.asked.wait(20)
        door.deregister(group, address)
        CLOCK.advance(29)
        assert first.is_alive()
        CLOCK.advance(1)
        assert first.answered() == 502
        held.goes.set()


def test_weights_move_under_a_request_without_harm_to_it(door: Door) -> None:
    held = Held()
    blue, address = behind(door)
    green = door.group("green")
    door.run(green, "green")
    with socket_target(door.cloud, address, held):
        door.register(blue, address)
        first = Asking(door)
        assert held.asked.wait(20)
        door.default(forwards(blue, green, weights=(0, 100)))
        assert door.versions(5) == {"green": 5}
        held.goes.set()
        assert first.answered() == 200


def test_a_program_that_is_stopped_answers_what_it_has(door: Door) -> None:
    door.cloud.dials.versions = {"v1": {"latency_ms": 300}}
    group = door.group("v1")
    door.default(forwards(group))
    old, new = door.run(group, "v1"), door.run(group, "v1")
    with door.client() as client:
        assert {ask(client).status for _time in range(2)} == {200}  # there are kept connections to both now
        under_way = [Asking(door), Asking(door)]
        threading.Event().wait(0.1)
        door.deregister(group, old)
        door.end(old)
        assert [one.answered() for one in under_way] == [200, 200]
        assert {ask(client).fields["Target"] for _time in range(3)} == {f"task/{new}"}


def test_a_program_that_ends_by_itself_says_so(door: Door) -> None:
    ended: list[tuple[str, int, str]] = []
    door.cloud.dials.versions = {"v1": {"exit_after": 90, "exit_code": 3}}
    group = door.group("v1")
    door.default(forwards(group))
    door.register(group, "10.0.0.9")
    door.cloud.traffic.start("task/1", "10.0.0.9", PORT, "v1", door.logged.append, lambda *what: ended.append(what))
    CLOCK.advance(89)
    assert (door.ask().version, ended) == ("v1", [])
    CLOCK.advance(1)
    assert (door.ask().status, ended) == (502, [("task/1", 3, "Essential container in task exited")])
    assert door.logged == ["v1 listens", "v1 ends with exit code 3"]


def test_a_program_that_begins_anew_is_connected_to_anew(door: Door) -> None:
    group = door.group("v1")
    door.default(forwards(group))
    address = door.run(group, "v1")
    with door.client() as client:
        assert ask(client).version == "v1"
        door.cloud.traffic.start(f"task/{address}", address, PORT, "v2", door.logged.append)
        assert ask(client).version == "v2"
