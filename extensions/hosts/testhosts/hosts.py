# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts: booted, told to the local cloud, listed, and taken away with all that belongs to them.

Which hosts stand, and whose they are, is written on the containers themselves, as labels: what a killed run left is found like
any other host.
"""
from __future__ import annotations

import hashlib
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import network
from .flavours import Flavour, flavour, image
from .machine import HostsError, alone, run, wait_for

LABEL = "groundwork.hosts"
LOCK = Path("/run/groundwork-hosts.lock")
BOOT_SECONDS = 60.0
#: The version that packages/amazon-ssm-agent stands in for.
AGENT = "3.3.987.0"
#: Where a Debian machine keeps the certificates that its owner had it trust.
TRUSTED = Path("/usr/local/share/ca-certificates")


@dataclass(frozen=True)
class Host:
    """A host of one owner: a folder, in whose name hosts are made and taken away."""

    owner: str
    name: str
    flavour: str
    number: int
    instance_id: str
    #: The local cloud that was told of it: its state directory, or nothing, and its port.
    cloud: str = ""
    port: int = 0

    @property
    def container(self) -> str:
        return f"gwhost-{hashlib.sha256(self.owner.encode()).hexdigest()[:6]}-{self.name}"

    @property
    def network(self) -> network.Network:
        return network.Network(self.number, self.port)

    @property
    def told(self) -> Path:
        """The file by which the local cloud knows it."""
        return Path(self.cloud) / "hosts" / f"{self.instance_id}.json"

    def shown(self) -> dict[str, Any]:
        """What `list` says of it."""
        seen = {"name": self.name, "flavour": self.flavour, "instance_id": self.instance_id, "container": self.container}
        endpoint = f"http://{self.network.gateway}:{self.port}" if self.port else None
        return seen | {"address": self.network.address, "endpoint": endpoint, "cloud": self.cloud, "owner": self.owner}


def standing(owner: str | None = None) -> list[Host]:
    """The hosts of an owner, or of all of them."""
    chosen = f"label={LABEL}" if owner is None else f"label={LABEL}.owner={owner}"
    labels = [one["Labels"] for one in json.loads(run("podman", "ps", "--all", "--filter", chosen, "--format", "json") or "[]")]
    return [Host(**json.loads(one[LABEL])) for one in labels if LABEL in one]


def instance_of(name: str) -> str:
    """The instance id of a host that is given none: of the name alone, so that an inventory can say it before the host stands."""
    return "i-" + hashlib.sha256(name.encode()).hexdigest()[:17]


def up(owner: str, name: str, kind: str, cache: Path, *, cloud: str = "", region: str = "", instance_id: str = "") -> Host:
    """A host that has booted, and that the local cloud knows. What bore its name before is taken away first.

    `instance_id` is that of an instance which the cloud has launched, and which the host is to be.
    """
    wanted = flavour(kind)
    tag = image(wanted, cache)
    port = _port(cloud) if cloud else 0
    down(owner, name)
    with alone(LOCK):
        others = standing()
        number = network.free(network.standing() | {one.number for one in others})
        host = Host(owner=owner, name=name, flavour=kind, number=number, instance_id=instance_id or instance_of(name), cloud=cloud, port=port)
        if same := next((one for one in others if cloud and one.told == host.told), None):
            raise HostsError(f"{host.instance_id} is {same.name} already, in the local cloud of {cloud}")
        # What is left when this ends here has no container: whoever looks next takes it away.
        host.network.make()
        _create(host, wanted, tag)
    try:
        run("podman", "start", host.container)
        if wanted.command == ["/sbin/init"]:
            wait_for(lambda: _booted(host), f"{name} to boot", BOOT_SECONDS)
            _trust(host)
            # It has no package lists; that their folder is as young as the image would pass for young lists.
            run("podman", "exec", host.container, "touch", "--no-create", "--date=@0", "/var/lib/apt/lists")
        if cloud:
            _tell(host, wanted, region)
    except BaseException:
        down(owner, name)
        raise
    return host


def _port(cloud: str) -> int:
    """Where a local cloud listens, as its own state file says."""
    try:
        return int(json.loads((Path(cloud) / "localcloud.json").read_text())["port"])
    except (OSError, ValueError, KeyError):
        raise HostsError(f"no local cloud runs in {cloud}: start one first, python -m localcloud start --state-dir {cloud}") from None


def _create(host: Host, wanted: Flavour, tag: str) -> None:
    labels = {LABEL: json.dumps(host.__dict__), f"{LABEL}.owner": host.owner}
    # Containers of a machine that is itself one get no more of these than it has.
    limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
    systemd = ["--systemd=always"] if wanted.command == ["/sbin/init"] else []
    run("podman", "create", "--runtime", "runc", "--privileged", *limits, *systemd, "--hostname", host.name, "--name", host.container,
        "--network", f"ns:{host.network.path}", *(f"--label={key}={value}" for key, value in labels.items()), tag, *wanted.command)


def _booted(host: Host) -> bool:
    """Whether all units that it boots with are up. Raises HostsError for one that failed."""
    asked = subprocess.run(["podman", "exec", host.container, "systemctl", "is-system-running"], capture_output=True, text=True, check=False)
    if (state := asked.stdout.strip()) == "degraded":
        failed = run("podman", "exec", host.container, "systemctl", "list-units", "--failed", "--plain", "--no-legend")
        raise HostsError(f"{host.name} booted with failed units:\n{failed}")
    return state == "running"


def _trust(host: Host) -> None:
    """What this machine was made to trust by its owner, its hosts trust: they reach the network through the same gates."""
    certificates = sorted(TRUSTED.glob("*.crt"))
    for one in certificates:
        run("podman", "cp", one, f"{host.container}:{TRUSTED}/{one.name}")
    if certificates:
        run("podman", "exec", host.container, "update-ca-certificates")


def _tell(host: Host, wanted: Flavour, region: str) -> None:
    """Write the file by which the local cloud's gateway reaches the host; nobody else may write there."""
    host.told.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    first = run("podman", "inspect", "--format", "{{.State.Pid}}", host.container).strip()
    began = Path(f"/proc/{first}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    told = {"init": [int(first), began], "platform": "Linux", "name": wanted.platform, "version": wanted.version, "agent": AGENT,
            "region": region, "ip": host.network.address, "computer_name": host.name}
    new = host.told.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(told, out, indent=2)
    new.replace(host.told)


def down(owner: str, *names: str) -> list[Host]:
    """Take away hosts of an owner: those named, or all. Then what no host has any more."""
    gone = [one for one in standing(owner) if not names or one.name in names]
    for host in gone:
        if host.cloud:
            host.told.unlink(missing_ok=True)
        run("podman", "rm", "--force", "--time", "0", host.container)
        host.network.remove()
    with alone(LOCK):
        left = {one.number for one in standing()}
        for number in network.standing() - left:
            network.Network(number).remove()
        if not left:
            network.stop_forwarding()
    return gone
