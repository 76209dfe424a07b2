# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The daemon and its command line, as a user meets them."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from localcloud import additions
from localcloud.client_env import client_env, names_to_unset

from .conftest import client_of
from .daemon import PACKAGE_ROOT, run, state_of

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_two_start_and_stop_beside_each_other(tmp_path: Path) -> None:
    places = [str(tmp_path / name) for name in ("one", "other")]
    for place in places:
        assert "started: http://127.0.0.1:" in run("start", "--state-dir", place).stdout
    states = [state_of(Path(place)) for place in places]
    assert len({state["port"] for state in states}) == 2
    client_of(str(states[0]["endpoint"]), "ec2").create_vpc(CidrBlock="10.0.0.0/16")
    seen = [run("records", "--state-dir", place, "--mutating").stdout.splitlines() for place in places]
    assert [len(lines) for lines in seen] == [1, 0]
    assert json.loads(seen[0][0])["operation"] == "CreateVpc"
    for place in places:
        assert "stopped (pid" in run("stop", "--state-dir", place).stdout
        assert not (Path(place) / "localcloud.json").exists()


def test_starting_and_stopping_again_is_safe(directory: Path) -> None:
    place = ("--state-dir", str(directory))
    assert "started" in run("start", *place).stdout
    first = state_of(directory)
    assert (directory / "localcloud.json").stat().st_mode & 0o777 == 0o600
    assert "runs already" in run("start", *place).stdout
    assert state_of(directory) == first
    assert run("status", *place).returncode == 0
    run("stop", *place)
    assert "no local cloud runs" in run("stop", *place).stdout
    assert run("status", *place).returncode == 3


def test_what_a_crash_left_is_replaced_and_its_pid_is_never_killed(directory: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    directory.mkdir()
    (directory / "localcloud.json").write_text(json.dumps({"pid": bystander.pid, "port": 1, "endpoint": "http://127.0.0.1:1"}))
    assert "no local cloud runs" in run("stop", "--state-dir", str(directory)).stdout
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()
    assert "started" in run("start", "--state-dir", str(directory)).stdout
    os.kill(int(str(state_of(directory)["pid"])), signal.SIGKILL)
    assert "started" in run("start", "--state-dir", str(directory)).stdout


def test_a_daemon_ends_with_its_owner(directory: Path) -> None:
    owner = subprocess.Popen(["sleep", "60"])
    run("start", "--state-dir", str(directory), "--owner", str(owner.pid))
    owner.kill()
    owner.wait()
    deadline = time.monotonic() + 10
    while run("status", "--state-dir", str(directory)).returncode == 0:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_command_is_run_as_a_client_and_only_as_one(directory: Path) -> None:
    place = ("--state-dir", str(directory))
    run("start", *place)
    program = "import os, boto3; print('AWS_PROFILE' in os.environ, boto3.client('sts').get_caller_identity()['Account'])"
    command = ("exec", *place, "--region", "eu-west-1", "--", sys.executable, "-c", program)
    ran = run(*command, AWS_PROFILE="production", https_proxy="http://192.0.2.1:3128")
    assert ran.stdout.split() == ["False", "123456789012"], ran.stderr
    lines = run("env", *place, AWS_PROFILE="production").stdout.splitlines()
    assert "unset AWS_PROFILE" in lines
    assert f"export AWS_ENDPOINT_URL={state_of(directory)['endpoint']}" in lines


def test_dials_are_turned_while_it_runs_and_reset_turns_them_back(directory: Path) -> None:
    place = ("--state-dir", str(directory))
    run("start", *place, "--settle", "2", "--faults", '[{"kind": "throttle", "share": 0.1}]')
    assert json.loads(run("dials", *place).stdout)["settle"] == 2
    turned = json.loads(run("dials", *place, '{"latency_ms": 5, "faults": []}').stdout)
    assert (turned["latency_ms"], turned["faults"]) == (5, [])
    refused = run("dials", *place, '{"latency": 5}')
    assert (refused.returncode, refused.stderr.strip()) == (1, "localcloud: no such dial: latency")
    run("reset", *place)
    again = json.loads(run("dials", *place).stdout)
    assert (again["latency_ms"], again["settle"], len(again["faults"])) == (0, 2, 1)


def test_a_daemon_that_cannot_start_says_why(directory: Path) -> None:
    failed = run("start", "--state-dir", str(directory), "--faults", '[{"kind": "flood"}]')
    assert failed.returncode == 1
    assert "no such fault" in failed.stderr


def test_whatever_leads_a_client_elsewhere_is_unset() -> None:
    leading = ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_EC2", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "EC2_URL", "HTTPS_PROXY", "all_proxy"]
    harmless = ["AWS_REGION", "AWS_MAX_ATTEMPTS", "HOME", "PATH", "no_proxy"]
    assert names_to_unset(dict.fromkeys(leading + harmless, "x") | client_env("x")) == sorted(leading)


def test_the_readme_shows_the_table_of_additions() -> None:
    assert additions.table() in (PACKAGE_ROOT / "README.md").read_text()
