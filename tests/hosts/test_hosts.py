# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts are booted systems with a network of their own, and leave nothing behind, however a run ends. Needs what `make deps-system` installs."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: As a fleet names what it launches.
INSTANCE = "i-0a1b2c3d4e5f60718"
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "extensions/hosts"), str(ROOT / "extensions/localcloud")])}


def program(*argv: str | Path, **how: t.Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(one) for one in argv], env=ENVIRONMENT, capture_output=True, text=True, check=False, **how)


def hosts(*argv: str | Path) -> subprocess.CompletedProcess[str]:
    return program(sys.executable, "-m", "testhosts", *argv)


def inside(container: str, *argv: str) -> subprocess.CompletedProcess[str]:
    return program("podman", "exec", container, *argv)


def traces(owner: Path) -> list[str]:
    """What there is of an owner's on this machine: containers; and namespaces, interfaces and rules of a network that no container has."""
    held = json.loads(program("podman", "ps", "--all", "--filter", "label=groundwork.hosts", "--format", "json").stdout)
    told = [json.loads(one["Labels"]["groundwork.hosts"]) for one in held]
    seen = program("ip", "netns", "list").stdout + program("ip", "-brief", "link").stdout + program("iptables-save").stdout
    numbers = {int(one) for one in re.findall(r"gwhost(\d+)", seen) + re.findall(r"198\.18\.(\d+)\.[12]\b", seen)}
    return [one["name"] for one in told if one["owner"] == str(owner)] + [f"network {one}" for one in numbers - {one["number"] for one in told}]


@pytest.fixture
def owner(tmp_path: Path) -> t.Iterator[Path]:
    yield tmp_path
    hosts("down", "--owner", tmp_path)
    assert traces(tmp_path) == []


@pytest.fixture
def cloud(tmp_path: Path) -> t.Iterator[dict[str, t.Any]]:
    where = tmp_path / "cloud"
    started = program(sys.executable, "-m", "localcloud", "start", "--state-dir", where, "--owner", os.getpid())
    assert started.returncode == 0, started.stderr
    yield json.loads((where / "localcloud.json").read_text()) | {"where": where}
    program(sys.executable, "-m", "localcloud", "stop", "--state-dir", where)


def test_a_host_boots_is_told_to_the_cloud_and_goes_without_a_trace(owner, cloud):
    made = hosts("up", f"web=debian12@{INSTANCE}", "--owner", owner, "--cloud", cloud["where"])
    assert made.returncode == 0, made.stderr
    host = json.loads(made.stdout)["hosts"]["web"]
    assert host["instance_id"] == INSTANCE
    second = hosts("up", f"other=debian12@{INSTANCE}", "--owner", owner, "--cloud", cloud["where"])
    assert (second.returncode, second.stderr) == (1, f"testhosts: {INSTANCE} is web already, in the local cloud of {cloud['where']}\n")
    assert inside(host["container"], "systemctl", "is-system-running").stdout.strip() == "running"
    assert inside(host["container"], "systemctl", "is-active", "amazon-ssm-agent").stdout.strip() == "active"
    told = cloud["where"] / "hosts" / f"{host['instance_id']}.json"
    assert (told.stat().st_mode & 0o777, told.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    client = [sys.executable, "-m", "localcloud", "exec", "--state-dir", cloud["where"], "--region", "ap-northeast-2", "--", sys.executable, "-c"]
    asked = program(*client, "import boto3; print(boto3.client('ssm').describe_instance_information()['InstanceInformationList'])")
    assert host["instance_id"] in asked.stdout, asked.stderr
    assert "'Online'" in asked.stdout
    down = hosts("down", "--owner", owner)
    assert down.stdout == "web is away\n"
    assert not told.exists()
    assert traces(owner) == []


def test_a_host_reaches_the_cloud_and_nothing_else_of_this_machines_loopback(owner, cloud):
    with socket.create_server(("127.0.0.1", 0)) as other:
        made = hosts("up", "web=debian12", "--owner", owner, "--cloud", cloud["where"])
        assert made.returncode == 0, made.stderr
        host = json.loads(made.stdout)["hosts"]["web"]
        health = inside(host["container"], "curl", "--silent", "--max-time", "10", f"{host['endpoint']}/_localcloud/health")
        assert json.loads(health.stdout)["pid"] == cloud["pid"]
        gateway = host["endpoint"].rpartition(":")[0]
        for place in (f"{gateway}:{other.getsockname()[1]}", f"http://127.0.0.1:{cloud['port']}"):
            assert inside(host["container"], "curl", "--silent", "--max-time", "3", place).returncode in (7, 28), place
        # Its root may send what it likes down the cable: this machine's loopback is not answered for there.
        astray = f"""
            sysctl -qw net.ipv4.conf.eth0.route_localnet=1 && ip address delete 127.0.0.1/8 dev lo && ip route add 127.0.0.1 via {gateway[7:]} || exit 99
            curl --silent --max-time 3 --interface {host["address"]} http://127.0.0.1:{cloud["port"]}/_localcloud/health"""
        assert inside(host["container"], "sh", "-c", astray).returncode == 28


def runs(owner: Path) -> bool:
    return bool(program("podman", "ps", "--quiet", "--filter", f"label=groundwork.hosts.owner={owner}").stdout)


@pytest.mark.parametrize("begun", [traces, runs], ids=["a network was made", "the container runs"])
def test_what_a_killed_run_left_is_taken_away(owner, begun):
    run = subprocess.Popen([sys.executable, "-m", "testhosts", "up", "web=debian12", "--owner", owner], env=ENVIRONMENT, start_new_session=True)
    deadline = time.monotonic() + 300
    while not begun(owner):
        assert time.monotonic() < deadline, "nothing was made"
        time.sleep(0.02)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert hosts("down", "--owner", owner).returncode == 0
    assert traces(owner) == []


def test_owners_do_not_touch_each_others_hosts(owner, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    assert hosts("up", "web=debian12", "--owner", owner).returncode == 0
    assert hosts("up", "web=debian12", "--owner", other).returncode == 0
    assert hosts("down", "--owner", other).stdout == "web is away\n"
    assert list(json.loads(hosts("list", "--owner", owner).stdout)["hosts"]) == ["web"]
    assert json.loads(hosts("list", "--owner", other).stdout)["hosts"] == {}


def test_the_mirror_serves_what_its_key_signed(owner):
    made = hosts("up", "far=al2023", "--mirror", "--owner", owner)
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    host, mirror = told["hosts"]["far"]["container"], told["mirror"]
    assert inside(host, "dnf", "--assumeyes", "--quiet", "install", "java-17-amazon-corretto-headless").returncode == 0
    assert 'version "17.' in inside(host, "java", "-version").stderr
    assert inside(host, "rpm", "--erase", "java-17-amazon-corretto-headless").returncode == 0
    inside(host, "rpm", "--erase", "--allmatches", "gpg-pubkey")
    inside(host, "sh", "-c", "echo >/etc/pki/rpm-gpg/RPM-GPG-KEY-amazon-linux-2023")
    refused = inside(host, "dnf", "--assumeyes", "install", "java-17-amazon-corretto-headless")
    assert refused.returncode != 0
    assert "GPG" in refused.stdout + refused.stderr
    assert "java" not in inside(host, "sh", "-c", "ls /usr/bin").stdout.split()
    assert len(mirror["fingerprint"]) == 40


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["up", "web=debian11"], "no flavour 'debian11': there are al2023, debian12, mirror"),
        (["up", "web=debian12@i-web"], "i-web is no id of an instance: i- and 17 hexadecimal digits, as DescribeInstances shows it"),
        (["up", "web=debian12", "--cloud", "/nowhere"], "no local cloud runs in /nowhere: start one first"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(owner, argv: list[str], said: str):
    refused = hosts(*argv, "--owner", owner)
    assert refused.returncode == 1
    assert said in refused.stderr


def test_what_is_not_installed_is_named():
    without = ENVIRONMENT | {"PATH": "/nowhere"}
    code = "from testhosts import machine; machine.SYSTEM_PATH = '/nowhere'; machine.require()"
    refused = subprocess.run([sys.executable, "-c", code], env=without, capture_output=True, text=True, check=False)
    assert "HostsError: not installed: iproute2, iptables, mmdebstrap, podman, runc; on Debian, `make deps-system`" in refused.stderr
