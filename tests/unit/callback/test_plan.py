# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
import stat
import typing as t
from pathlib import Path

import pytest
from ansible_collections.groundwork.aws.plugins.callback.plan import replace_private_file

# A loop, the same resource again from a later task, and a task that runs for all at once.
SOUND = r"""
- hosts: vpc
  gather_facts: false
  tasks:
    - name: Keep the parts
      reporting:
        stack: shop
        planned: [{component: vpc, type: "ec2_{{ item }}", key: one, name: "shop-{{ item }}", action: create, keys: [tags], id: null}]
        waited: [{for: "{{ item }} to be available", seconds: "{{ ansible_loop.index * 1.5 }}"}]
      loop: [subnet, vpc]
      loop_control: {extended: true}
    - name: Keep the rules
      reporting:
        planned:
          - {component: vpc, type: ec2_vpc, key: one, name: shop-vpc, action: update, keys: [dns], id: null}
          - {component: vpc, type: ec2_address, key: one, name: "\e[2Jnasty", action: none, keys: [], id: eip-1}
          - {component: vpc, type: ec2_address, key: two, name: "\e[2Jnasty", action: orphaned, keys: [], id: eip-2}
"""
LINES = """\
  + create    vpc  ec2_subnet   shop-subnet   (tags)
  + create    vpc  ec2_vpc      shop-vpc      (dns, tags)
  ? orphaned  vpc  ec2_address  \\x1b[2Jnasty
"""
TITLE = "Plan: 2 to create, 0 to change, 0 to delete, 1 orphaned"

BROKEN = """
- hosts: components
  gather_facts: false
  strategy: free
  tasks:
    - name: Fail on db, and mend it
      block:
        - {name: Fail, ansible.builtin.fail: {msg: mended below}, when: inventory_hostname == 'db'}
      rescue:
        - {name: Mend, ansible.builtin.debug: {msg: mended}}
    - name: Keep the component
      reporting:
        planned: [{component: "{{ inventory_hostname }}", type: ec2_vpc, key: one, name: one, action: create, keys: [], id: null}]
        fail: "{{ (inventory_hostname == 'vpc') | ternary('vpc: no room\\nwhatever AWS adds', omit) }}"
    - name: Keep what does not come by itself
      reporting: {fail: "{{ (item == 'b') | ternary('no more room', omit) }}"}
      loop: [a, b]
      when: inventory_hostname == 'web'
"""
QUIET = """
- hosts: vpc
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: nothing is planned here}
"""


@pytest.mark.parametrize("screen", ["default", "minimal", "oneline"])
def test_a_check_ends_with_lines_and_title_whoever_owns_the_screen(play: t.Any, screen: str) -> None:
    ran = play(SOUND, "--check", "--diff", ANSIBLE_STDOUT_CALLBACK=f"ansible.builtin.{screen}")
    assert ran.rc == 0, ran.err
    assert ran.out.endswith(f"{LINES}\n{TITLE}\nLongest wait: 3 s for vpc to be available\n")
    assert ran.out.count("+ create ") == 2
    assert "Callback" not in ran.err


def test_a_real_run_says_what_was_done_and_verbosely_each_wait(play: t.Any) -> None:
    ran = play(SOUND, "-v", GROUNDWORK_PLAN_SHOW="totals")
    assert "Applied: 2 created, 0 changed, 0 deleted, 1 orphaned\nWaited 3 s for vpc to be available\nWaited 2 s for subnet" in ran.out
    assert "+ created" not in ran.out


def test_the_plan_is_written_for_its_owner_alone(play: t.Any, tmp_path: Path) -> None:
    play(SOUND, "--check", GROUNDWORK_PLAN_FILE="plan.json")
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert stat.S_IMODE((tmp_path / "plan.json").stat().st_mode) == 0o600
    assert (plan["stack"], plan["check"], plan["failed"]) == ("shop", True, [])
    assert [(one["type"], one["action"], one["keys"]) for one in plan["resources"]] == [
        ("ec2_subnet", "create", ["tags"]),
        ("ec2_vpc", "create", ["dns", "tags"]),
        ("ec2_address", "orphaned", []),
    ]


def test_a_failure_is_named_with_its_cause_and_what_was_done_before_it_counts(play: t.Any, tmp_path: Path) -> None:
    ran = play(BROKEN, GROUNDWORK_PLAN_FILE="plan.json")
    assert ran.rc == 2
    assert "Applied: 3 created, 0 changed, 0 deleted\n" in ran.out
    said = [line for line in ran.out.splitlines() if line.startswith("Failed: ")]
    assert sorted(said) == ["Failed: vpc: no room", "Failed: web: no more room"], "what was rescued did not fail"
    stands = "What was made stands. Mend the cause and run again: a run goes on from what stands.\n"
    assert ran.out.partition(stands)[2].splitlines() == said, "the cause is the last thing on the screen"
    failed = json.loads((tmp_path / "plan.json").read_text())["failed"]
    assert {"component": "web", "reason": "no more room"} in failed


def test_a_playbook_that_plans_nothing_hears_nothing(play: t.Any, tmp_path: Path) -> None:
    ran = play(QUIET, GROUNDWORK_PLAN_FILE="plan.json")
    assert ran.rc == 0
    assert "Applied" not in ran.out
    assert not (tmp_path / "plan.json").exists()


def test_a_file_that_cannot_be_written_is_told_and_spoils_nothing(play: t.Any) -> None:
    ran = play(SOUND, "--check", GROUNDWORK_PLAN_FILE="no/such/folder/plan.json")
    assert ran.rc == 0
    assert TITLE in ran.out
    assert "folder/plan.json: No such file or directory" in ran.err


def test_a_reader_finds_the_old_file_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")
    path.chmod(0o644)

    def full(source: str, target: str) -> None:
        assert (Path(source).read_text(), path.read_text()) == ("new", "old")
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", full)
        with pytest.raises(OSError, match="disk is full"):
            replace_private_file(str(path), "new")
    assert [one.name for one in tmp_path.iterdir()] == ["plan.json"]
    replace_private_file(str(path), "new")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o600)
