# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A network namespace for each host: a cable to this machine, and by it, masked, to wherever this machine reaches.

Networks are numbered. All that one consists of bears its number, so that it can be taken away from whatever state a killed run left it in.
"""
from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from .machine import HostsError, run, succeeds

#: 198.18.0.0/15 is for measurements between devices (RFC 2544): no real network that this machine is in has it.
PREFIX = "198.18"
NUMBERS = range(1, 255)
FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
#: There while this machine forwards only because of us.
FORWARDED_BY_US = Path("/run/groundwork-hosts.forward")


class Network:
    """Network `number`: the host is 198.18.NUMBER.2, this machine's end of the cable .1.

    `port` is one of this machine's loopback that the host, and nobody else, reaches as that of .1; 0: none.
    """

    def __init__(self, number: int, port: int = 0) -> None:
        self.number, self.port = number, port
        self.namespace = self.cable = f"gwhost{number}"
        self.path = f"/run/netns/{self.namespace}"
        self.gateway, self.address = f"{PREFIX}.{number}.1", f"{PREFIX}.{number}.2"

    def make(self) -> None:
        """Lay the cable and open the way out."""
        run("ip", "netns", "add", self.namespace)
        run("ip", "link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", self.namespace)
        run("ip", "address", "add", f"{self.gateway}/30", "dev", self.cable)
        run("ip", "link", "set", self.cable, "up")
        inside = ("ip", "-n", self.namespace)
        run(*inside, "address", "add", f"{self.address}/30", "dev", "eth0")
        run(*inside, "link", "set", "lo", "up")
        run(*inside, "link", "set", "eth0", "up")
        run(*inside, "route", "add", "default", "via", self.gateway)
        for rule in self._rules():
            run("iptables", *rule("-I"))
        if self.port:
            Path(f"/proc/sys/net/ipv4/conf/{self.cable}/route_localnet").write_text("1")
        if FORWARD.read_text().strip() == "0":
            FORWARDED_BY_US.touch()
            FORWARD.write_text("1")

    def remove(self) -> None:
        """Take away what there is of it."""
        succeeds("ip", "link", "delete", self.cable)
        succeeds("ip", "netns", "delete", self.namespace)
        for rule in self._rules():
            while succeeds("iptables", *rule("-C")):
                run("iptables", *rule("-D"))

    def _rules(self) -> Iterator[Callable[[str], tuple[str, ...]]]:
        def rule(table: str, chain: str, *what: str) -> Callable[[str], tuple[str, ...]]:
            return lambda verb: ("--wait", "--table", table, verb, chain, *what)

        yield rule("nat", "POSTROUTING", "--source", f"{self.address}/32", "!", "--destination", f"{PREFIX}.0.0/16", "--jump", "MASQUERADE")
        # A machine that carries other containers may drop what it is not told to forward.
        yield rule("filter", "FORWARD", "--in-interface", self.cable, "--jump", "ACCEPT")
        yield rule("filter", "FORWARD", "--out-interface", self.cable, "--jump", "ACCEPT")
        if self.port:
            at = ("--in-interface", self.cable, "--destination", self.gateway, "--protocol", "tcp", "--dport", str(self.port))
            yield rule("nat", "PREROUTING", *at, "--jump", "DNAT", "--to-destination", f"127.0.0.1:{self.port}")
            # Before that, what is sent to loopback itself: a host's root can, and the rest of it is none of his.
            yield rule("raw", "PREROUTING", "--in-interface", self.cable, "--destination", "127.0.0.0/8", "--jump", "DROP")


def standing() -> set[int]:
    """The numbers of all networks of ours on this machine."""
    with contextlib.suppress(FileNotFoundError):
        names = [one.name.removeprefix("gwhost") for one in Path("/run/netns").iterdir() if one.name.startswith("gwhost")]
        return {int(name) for name in names if name.isdigit()}
    return set()


def free(taken: set[int]) -> int:
    """The number of a network that nobody has. Raises HostsError when all are taken."""
    for number in NUMBERS:
        if number not in taken:
            return number
    raise HostsError(f"all {len(NUMBERS)} networks are taken; `python -m testhosts list` shows by whom")


def stop_forwarding() -> None:
    """Once no network is left: this machine forwards again only if it did before."""
    if FORWARDED_BY_US.exists():
        FORWARD.write_text("0")
        FORWARDED_BY_US.unlink()
