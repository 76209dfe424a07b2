# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stack whole: site.yml makes it, its fleets' instances are booted hosts, and hosts.yml makes those what their services run.

Nothing stands in for a role, the connection or the inventory of hosts. Two things are a host's own in AWS and not here: the role of its
instance, so that applications are given a key; and the way to the database, which is a process on the host that greets as one does.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
import typing as t

import pytest
from localcloud import LocalCloud
from localcloud.daemon import StateDir

from ..stack.conftest import Outcome
from ..stack.conftest import ROOT
from ..stack.conftest import Runs
from .booted import Stack
from .booted import program

#: In whose name the hosts stand: one folder, so that the next run finds what a killed one left.
OWNER = ROOT / ".build/hosts/stack"
#: A session is no resource of the account.
SESSIONS = {"StartSession", "ResumeSession", "TerminateSession"}
MOVES = {"DeregisterTargets": "out", "RegisterTargets": "back"}


class Move(t.NamedTuple):
    """A host that went out of its target group, or came back: since when its service ran then, and how its service's other hosts were."""

    way: str
    host: str
    started: int
    others: list[int]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Stack]:
    """Its hosts are fresh; what a test of this file has done to them, the next one finds. What a killed run left goes first."""
    down = [sys.executable, "-m", "testhosts", "down", "--owner", OWNER]
    program(*down)
    with LocalCloud() as cloud:
        try:
            yield Stack(Runs(cloud, tmp_path_factory.mktemp("runs")), StateDir(OWNER))
        finally:
            program(*down)


@pytest.fixture(scope="module")
def served(stack: Stack) -> Stack:
    """The stack, whose hosts were brought to what their services run."""
    outcome = stack.run()
    assert outcome.rc == 0, outcome.screen[-4000:]
    return stack


@contextlib.contextmanager
def watched(stack: Stack) -> t.Iterator[list[Move]]:
    """The moves of a run: how each host was right after it went out, and right before it came back."""
    moves: list[Move] = []
    over = False

    def watch(record: dict[str, t.Any], phase: str) -> None:
        if not over and (record["operation"], phase) in (("DeregisterTargets", "after"), ("RegisterTargets", "before")):
            (moved,) = [one for one in stack.hosts if one.id == record["params"]["Targets"][0]["Id"]]
            others = [one.health for one in stack.of(moved.service) if one != moved]
            moves.append(Move(MOVES[record["operation"]], moved.id, moved.started, others))

    stack.runs.cloud.on_call(watch)
    yield moves
    over = True


def changed(outcome: Outcome) -> dict[str, int]:
    """How many tasks changed each host."""
    return {host: int(count) for host, count in re.findall(r"^(i-\w+) .*changed=(\d+)", outcome.screen, re.MULTILINE)}


def writes(outcome: Outcome) -> list[str]:
    return [one["operation"] for one in outcome.writes if one["operation"] not in SESSIONS]


def test_a_plan_of_fresh_hosts_names_what_is_to_come_and_does_none_of_it(stack: Stack):
    planned = stack.run("--check", "--diff")
    assert planned.rc == 0, planned.screen[-4000:]
    assert writes(planned) == []
    assert all(changed(planned)[one.id] for one in stack.hosts)
    assert [one.shown(f"{one.service}.service", "LoadState") for one in stack.hosts] == ["not-found"] * len(stack.hosts)


def test_the_hosts_run_what_their_services_are_and_the_load_balancer_finds_them_well(served: Stack):
    password = served.secret()["password"]
    for host in served.hosts:
        for unit in (f"{host.service}.service", "amazon-ssm-agent", "codedeploy-agent", "amazon-cloudwatch-agent"):
            assert (host.shown(unit, "ActiveState"), host.shown(unit, "UnitFileState")) == ("active", "enabled"), unit
        config = json.loads(host.inside("cat", "/opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.d/file_config.json"))
        (log,) = config["logs"]["logs_collected"]["files"]["collect_list"]
        assert (log["log_group_name"], log["file_path"]) == (f"/shop/{host.service}", "/app/logs/application.log")
        assert password not in host.inside("sh", "-c", "cat /app/logs/* /etc/groundwork/* /etc/systemd/system/*.service && journalctl --no-pager")
        assert host.health == 200
    assert served.health() == {one.id: "healthy" for one in served.hosts}


def test_a_second_run_changes_nothing(served: Stack):
    before = [one.started for one in served.hosts]
    asked = len(served.runs.cloud.records())
    outcome = served.run()
    assert outcome.rc == 0, outcome.screen[-4000:]
    begun = [one["params"]["Target"] for one in served.runs.cloud.records()[asked:] if one["operation"] == "StartSession"]
    assert sorted(begun) == [one.id for one in served.hosts], "one session a host and run"
    assert changed(outcome) == {one.id: 0 for one in served.hosts}
    assert writes(outcome) == []
    assert [one.started for one in served.hosts] == before


def test_a_change_that_breaks_a_service_stops_at_the_first_host_and_the_next_run_ends_it_host_after_host(served: Stack):
    first, second = served.of("node")
    before = {one.id: one.started for one in served.hosts}
    with watched(served) as broken:
        failed = served.run("-e", '{"userdata_node_options": ["--require=/nowhere.js"], "userdata_node_health_timeout": 6}')
    assert failed.rc != 0
    assert "The application was not well within 6 s" in failed.screen
    assert "Cannot find module '/nowhere.js'" in failed.screen
    assert broken == [Move("out", first.id, before[first.id], [200])], "it was out before its service restarted"
    assert served.health() == {one.id: "healthy" for one in served.hosts if one != first}, "it stays out"
    assert second.started == before[second.id]

    with watched(served) as mended:
        outcome = served.run("-e", '{"userdata_node_options": ["--max-old-space-size=256"]}')
    assert outcome.rc == 0, outcome.screen[-4000:]
    assert [(one.way, one.host) for one in mended] == [("back", first.id), ("out", second.id), ("back", second.id)]
    assert [one.others for one in mended] == [[200]] * 3, "another one serves all the while"
    (_back, out, back) = mended
    assert (out.started, back.started > out.started) == (before[second.id], True), "its service restarted between the two"
    assert served.health() == {one.id: "healthy" for one in served.hosts}
    assert [one.started for one in served.of("spring")] == [before[one.id] for one in served.of("spring")]


def test_a_fleet_whose_hosts_are_well_goes_by_the_load_balancers_word_from_then_on(served: Stack):
    assert served.health_checks() == {"node": "EC2", "spring": "EC2"}
    outcome = served.runs.ok("site")
    assert [(one["operation"], one["params"]["HealthCheckType"]) for one in outcome.writes] == [("UpdateAutoScalingGroup", "ELB")] * 2
    assert served.health_checks() == {"node": "ELB", "spring": "ELB"}
    assert served.health() == {one.id: "healthy" for one in served.hosts}, "nobody is replaced"
