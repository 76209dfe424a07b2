# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The data plane: load balancers that serve, and small servers where targets are, all on loopback, and only where it was asked for.

Who makes what runs on a target says `TRAFFIC.start(...)` and `TRAFFIC.stop(...)`. What load balancers, listeners, rules, target groups and
targets there are is told by `TRAFFIC.keep(...)` (additions/elbv2_traffic.py).
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .balancer import Door, Listener
from .groups import Group, Key, Settings
from .health import Health
from .loop import LOOP
from .metrics import METRICS
from .servers import PLACES, SHARES, Address, Elsewhere, Server


@dataclass(frozen=True)
class Registered:
    """A target group as it stands: which load balancers (ARNs) forward to it, and who is registered (target, address)."""

    settings: Settings
    balancers: tuple[str, ...]
    targets: tuple[tuple[Key, str], ...]


class Traffic:
    """The data plane of this process."""

    def __init__(self) -> None:
        self._doors: dict[str, Door] = {}
        self._groups: dict[str, Group] = {}
        self._servers: dict[str, tuple[Address, Server]] = {}

    @property
    def on(self) -> bool:
        return LOOP.runs

    # -- what runs on targets --

    def start(
        self,
        target_id: str,
        ip: str,
        port: int,
        version: str,
        log: Callable[[str], Any],
        on_exit: Callable[[str, int, str], Any] | None = None,
        ready: Callable[[], bool] | None = None,
    ) -> None:
        """Let a program of that version run at an address of a VPC: it behaves as the dial `versions` says.

        `log` takes its lines. `on_exit(target_id, exit code, reason)` is called, by the clock's thread, when it ends by itself;
        `ready` says whether it listens yet.
        """
        self.stop(target_id)
        server = Server(target_id, version, log, on_exit, ready)
        self._servers[target_id] = ((ip, port), server)
        PLACES[ip, port] = server
        server.start()

    def stop(self, target_id: str) -> None:
        """End it, as SIGTERM does: what it has begun to answer is answered. Nothing happens where none runs."""
        if found := self._servers.pop(target_id, None):
            address, server = found
            if PLACES.get(address) is server:
                del PLACES[address]
            server.stop()

    def running(self, prefix: str = "") -> list[str]:
        """The targets, by their ids' beginning, on which something was started."""
        return [target_id for target_id in self._servers if target_id.startswith(prefix)]

    def place(self, ip: str, port: int, address: Address) -> None:
        """Let an address of a VPC be served by a socket of somebody else's on this machine."""
        PLACES[ip, port] = Elsewhere(address)

    # -- what load balancers see --

    def keep(self, scope: str, listeners: Iterable[Listener], groups: dict[str, Registered]) -> None:
        """Be so from the next request on; `scope` is what the ARNs of one account and region begin with. Doors are open when it returns."""
        if LOOP.runs:
            LOOP.submit(self._keep(scope, {one.arn: one for one in listeners}, groups)).result()

    async def _keep(self, scope: str, listeners: dict[str, Listener], groups: dict[str, Registered]) -> None:
        for arn in [arn for arn in self._groups if arn.startswith(scope) and arn not in groups]:
            await self._groups.pop(arn).keep(Settings(), (), ())
        for arn, one in groups.items():
            meters = tuple(METRICS.meter(balancer, arn) for balancer in one.balancers)
            await self._groups.setdefault(arn, Group(arn)).keep(one.settings, meters, one.targets)
        for arn in [arn for arn in self._doors if arn.startswith(scope) and arn not in listeners]:
            await self._doors.pop(arn).close()
        for arn, listener in listeners.items():
            if arn in self._doors:
                self._doors[arn].listener = listener
            else:
                door = Door(listener, self._groups)
                await door.open()
                self._doors[arn] = door

    def listener(self, arn: str) -> Listener | None:
        """As it stands, for who makes the next one."""
        return self._doors[arn].listener if arn in self._doors else None

    def health_of(self, group: str, target: Key) -> Health:
        """What DescribeTargetHealth says of a target of a group (ARN)."""
        return self._groups.setdefault(group, Group(group)).health_of(target)

    def leaving(self, group: str) -> list[Key]:
        """The targets that are being drained."""
        return list(self._groups[group].leaving) if group in self._groups else []

    def address(self, load_balancer: str, port: int) -> Address:
        """Where on loopback a load balancer (ARN) listens for `port`. Raises KeyError where it does not."""
        for door in list(self._doors.values()):
            if (door.listener.balancer, door.listener.port) == (load_balancer, int(port)):
                return door.address
        raise KeyError(f"{load_balancer} does not listen on port {port}, or the local cloud was started without traffic")

    def doors(self) -> list[dict[str, Any]]:
        """All of them: load balancer, protocol, port, and where on loopback it is served."""
        return [
            {
                "load_balancer": door.listener.balancer,
                "protocol": door.listener.protocol,
                "port": door.listener.port,
                "url": f"http://{door.address[0]}:{door.address[1]}/",
            }
            for door in list(self._doors.values())
        ]

    # -- the cloud's own --

    def open(self) -> None:
        """Serve from now on."""
        LOOP.open()

    def reset(self) -> None:
        """No door, no target, no figure."""
        for target_id in list(self._servers):
            self.stop(target_id)
        self.keep("", (), {})
        self._groups.clear()
        PLACES.clear()
        METRICS.reset()
        SHARES.reset()

    def close(self) -> None:
        """Serve no more."""
        self.reset()
        LOOP.close()


TRAFFIC = Traffic()
