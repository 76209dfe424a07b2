# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stack's lock: owner, expiry, fencing token."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time

import boto3
import pytest

from .cases.table import BY_NAME
from .cases.ec2 import CIDR

ME, OTHER = "me@here:1:1", "you@there:2:2"


def item() -> dict:
    return boto3.client("dynamodb").get_item(TableName="groundwork-shop-lock", Key={"stack": {"S": "shop"}})["Item"]


def test_the_first_run_makes_the_table_and_check_mode_says_so(run):
    checked = run.ok("stack_lock", check=True, owner=ME)
    assert run.writes() == []
    assert checked["lock"]["token"] == 0
    held = run.ok("stack_lock", owner=ME)
    assert [(entry["type"], entry["action"]) for entry in held["planned"]] == [("stack_lock", "create")]
    assert checked["diff"] == held["diff"]
    assert held["lock"] == {"table": "groundwork-shop-lock", "owner": ME, "token": 1, "ttl": 300}


def test_the_token_grows_and_a_second_run_changes_nothing(run):
    run.ok("stack_lock", owner=ME)
    again = run.ok("stack_lock", owner=ME)
    assert not again["changed"]
    assert again["lock"]["token"] == 2


def test_a_lock_that_is_held_is_refused_by_the_name_of_its_holder(run):
    run.ok("stack_lock", owner=OTHER)
    refused = run("stack_lock", owner=ME)
    assert refused["failed"]
    assert f"held by {OTHER} for another" in refused["msg"]


def test_a_lock_that_expired_is_taken(run):
    run.ok("stack_lock", owner=OTHER, ttl=1)
    time.sleep(2.1)
    assert run.ok("stack_lock", owner=ME)["lock"]["token"] == 2


def test_the_lock_of_a_process_that_died_on_this_host_is_taken_at_once(run):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    run.ok("stack_lock", owner=f"me@{socket.gethostname()}:{dead.pid}:1")
    assert run.ok("stack_lock", owner=ME)["lock"]["token"] == 2


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="without /proc no process is known to be dead")
def test_the_lock_of_a_process_that_lives_is_not_taken(run):
    with open("/proc/self/stat", encoding="utf-8") as stat:
        start = stat.read().rpartition(")")[2].split()[19]
    run.ok("stack_lock", owner=f"me@{socket.gethostname()}:{os.getpid()}:{start}")
    assert run("stack_lock", owner=ME)["failed"]


def test_it_is_given_back_under_its_token_alone(run):
    held = run.ok("stack_lock", owner=ME)["lock"]
    run.ok("stack_lock", owner=ME, state="released", token=held["token"] + 1)
    assert "owner" in item()
    run.ok("stack_lock", owner=ME, state="released", token=held["token"])
    assert "owner" not in item()
    assert run.ok("stack_lock", owner=OTHER)["lock"]["token"] == 2


def test_who_lost_the_lock_stops_before_the_next_write(run):
    lost = run.ok("stack_lock", owner=ME, ttl=1)["lock"]
    time.sleep(2.1)
    run.ok("stack_lock", owner=OTHER)
    stopped = run("ec2_vpc", **CIDR, lock=lost)
    assert stopped["failed"]
    assert "lost the lock" in stopped["msg"]
    assert "CreateVpc" not in [record["operation"] for record in run.writes()]


def test_a_run_that_changes_nothing_does_not_ask_for_the_lock(run):
    case = BY_NAME["ec2_vpc"]
    lock = run.ok("stack_lock", owner=ME)["lock"]
    run.ok("ec2_vpc", **case.create({}), lock=lock)
    before = len(run.writes())
    run.ok("ec2_vpc", **case.create({}), lock=lock)
    assert len(run.writes()) == before


def test_the_table_goes_with_the_stack(run):
    run.ok("stack_lock", owner=ME)
    gone = run.ok("stack_lock", owner=ME, state="absent")
    assert [(entry["type"], entry["action"]) for entry in gone["planned"]] == [("stack_lock", "delete")]
    assert boto3.client("dynamodb").list_tables()["TableNames"] == []
    assert not run.ok("stack_lock", owner=ME, state="absent")["changed"]


def test_a_table_of_another_stack_is_refused(run):
    run.ok("stack_lock", owner=ME, stack="bank", table="shared")
    refused = run("stack_lock", owner=ME, table="shared")
    assert "belongs to stack bank" in refused["msg"]
