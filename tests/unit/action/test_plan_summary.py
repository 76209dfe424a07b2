# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""plan_summary in real runs: what tasks register, free strategy, run_once, failures, statistics."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.groundwork.aws.plugins.action.plan_summary import add_up

RUN = """
- hosts: components
  gather_facts: false
  tasks:
    - name: Hold the lock
      reporting:
        planned: [{component: stack, type: stack_lock, key: lock, name: lock, action: create, keys: [tags], id: arn-1}]
      register: __stack_lock
      run_once: true
- hosts: components
  gather_facts: false
  strategy: free
  tasks:
    - name: Keep the groups
      reporting:
        planned: [{component: "{{ inventory_hostname }}", type: "ec2_{{ item }}", key: one, name: g, action: create, keys: [tags], id: "{{ id }}"}]
      loop: [group, table]
      register: __own_groups
    - name: Keep the rules
      reporting:
        planned: [{component: "{{ inventory_hostname }}", type: ec2_group, key: one, name: g, action: update, keys: [ingress], id: "{{ id }}"}]
        fail: "{{ 'web: no room' if inventory_hostname == 'web' else omit }}"
      register: __own_rules
      ignore_errors: IGNORED
    - name: Look at what is no part of the plan
      reporting: {planned: [{component: x, type: x, key: x, name: x, action: create, id: x}]}
      register: public
  vars:
    id: "{{ ansible_check_mode | ternary('(known after apply)', inventory_hostname ~ '-' ~ (item | default('group'))) }}"
    __template: {planned: "{{ no_such_variable }}"}
- hosts: localhost
  gather_facts: false
  connection: local
  tasks:
    - name: Look for orphans
      reporting: {planned: [{component: old, type: ec2_vpc, key: vpc, name: old, action: orphaned, keys: [], id: vpc-9}]}
      register: __stack_orphans
      vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
- hosts: components
  gather_facts: false
  tasks:
    - name: Add up the plan
      groundwork.aws.plan_summary:
      register: __stack_plan
      run_once: true
    - name: Keep it for the test
      ansible.builtin.copy: {content: "{{ __stack_plan | to_json }}", dest: "{{ playbook_dir }}/summary.json", mode: "0600"}
      run_once: true
      check_mode: false
"""
# Reads the run's statistics where ansible-runner and AWX read them.
KEEPER = """
import json
from ansible.plugins.callback import CallbackBase
class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, "aggregate", "keeper"
    def v2_playbook_on_stats(self, stats):
        self._display.display("KEPT " + json.dumps(stats.custom["_run"]))
"""
UNFIT = """
- hosts: vpc
  gather_facts: false
  tasks:
    - groundwork.aws.plan_summary: {colour: blue}
"""


@pytest.fixture
def summary(play: t.Any, tmp_path: Path) -> t.Callable[..., dict[str, t.Any]]:
    def run(*options: str, ignored: bool = False) -> dict[str, t.Any]:
        ran = play(RUN.replace("IGNORED", str(ignored)), *options)
        assert (tmp_path / "summary.json").exists(), ran.out + ran.err
        return json.loads((tmp_path / "summary.json").read_text())

    return run


def test_a_check_adds_up_loops_free_plays_and_what_ran_once(summary: t.Any) -> None:
    found = summary("--check")
    created = {(one["component"], one["type"], *one["keys"]) for one in found["plan"]["resources"] if one["action"] == "create"}
    groups = {(name, "ec2_group", "ingress", "tags") for name in ("vpc", "web", "db")}
    tables = {(name, "ec2_table", "tags") for name in ("vpc", "web", "db")}
    assert created == {("stack", "stack_lock", "tags")} | groups | tables
    assert found["msg"] == "Plan: 7 to create, 0 to change, 0 to delete, 1 orphaned"
    assert (found["plan"]["stack"], found["plan"]["check"]) == ("shop", True)
    assert found["kept"] == ["arn-1"], "what does not stand yet has no id to keep"


def test_a_component_that_failed_did_not_run_and_what_it_made_is_kept(summary: t.Any) -> None:
    found = summary()
    assert found["msg"] == "Applied: 7 created, 0 changed, 0 deleted, 1 orphaned"
    assert found["plan"]["failed"] == [{"component": "web", "reason": "web: no room"}]
    assert found["ran"] == ["vpc", "db"]
    assert sorted(found["kept"]) == ["arn-1", "db-group", "db-table", "vpc-group", "vpc-table", "web-group", "web-table"]


def test_a_failure_that_was_ignored_leaves_its_component_out_too(summary: t.Any) -> None:
    found = summary(ignored=True)
    assert found["ran"] == ["vpc", "db"]
    assert found["plan"]["failed"] == [{"component": "web", "reason": "web: no room"}]


def test_under_limit_only_what_took_part_ran(summary: t.Any) -> None:
    assert summary("--limit", "db,localhost")["ran"] == ["db"]


@pytest.mark.parametrize("screen", ["default", "minimal"])
def test_the_plan_is_a_statistic_of_the_run(play: t.Any, tmp_path: Path, screen: str) -> None:
    (tmp_path / "keepers").mkdir()
    (tmp_path / "keepers/keeper.py").write_text(KEEPER)
    settings = {"SHOW_CUSTOM_STATS": "true", "STDOUT_CALLBACK": f"ansible.builtin.{screen}", "CALLBACK_PLUGINS": str(tmp_path / "keepers")}
    ran = play(RUN.replace("IGNORED", "false"), "--check", **{f"ANSIBLE_{name}": value for name, value in settings.items()})
    kept = next(line for line in ran.out.splitlines() if line.startswith("KEPT "))
    assert json.loads(kept.removeprefix("KEPT "))["groundwork_plan"]["counts"]["create"] == 7
    assert ("RUN: {" in ran.out) == (screen == "default"), "only the default callback shows statistics"


def test_what_ran_once_and_is_registered_everywhere_counts_once() -> None:
    made, removed = ({"planned": [{"component": "vpc", "type": "t", "key": "k", "name": "n", "action": action}]} for action in ("create", "delete"))
    ledger = add_up({"vpc": [("__made", made), ("__removed", removed)], "web": [("__made", made)]})
    assert ledger.plan(stack="shop", check=False, failed={})["resources"] == []


def test_it_takes_no_arguments(play: t.Any) -> None:
    ran = play(UNFIT)
    assert ran.rc == 2
    assert "colour" in ran.out + ran.err
