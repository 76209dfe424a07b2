# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The connection in real runs: the same results as the local one, and nothing left when a run ends."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from .controllers import ROOT
from .controllers import stands
from .controllers import until

WARM, LOCAL = "groundwork.aws.warm", "local"
#: A module that does what it is told to.
DOING = """
import os, sys
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule(dict(what=dict(required=True), size=dict(type="int", default=1)), supports_check_mode=True, add_file_common_args=False)
what = module.params["what"]
if what == "garbage":
    print("no JSON at all"); sys.exit(3)
elif what == "killed":
    os.kill(os.getpid(), 9)
elif what == "raised":
    raise ValueError("nobody expected this")
elif what == "failed":
    module.fail_json(msg="it did not work", detail={"why": "caf\\u00e9"})
module.warn("a word of warning")
module.exit_json(changed=True, check=module.check_mode, text="\\u00e9\\U0001f600" * module.params["size"], cwd=os.getcwd(), odd=os.environ.get("ODD"))
"""
TASKS = """
- hosts: vpc
  gather_facts: false
  tasks:
    - {ansible.builtin.ping: , register: a_ping}
    - {ansible.builtin.command: "printf '%s\\\\n' caf\u00e9", register: a_command}
    - {ansible.builtin.command: "false", register: a_failing_command, ignore_errors: true}
    - {ansible.builtin.shell: "umask; pwd; echo err >&2", register: a_shell}
    - {ansible.builtin.copy: {content: "one\\ntwo\\n", dest: "{{ playbook_dir }}/copied", mode: "0640"}, register: a_copy, diff: true}
    - {ansible.builtin.copy: {content: "one\\ntwo\\n", dest: "{{ playbook_dir }}/copied", mode: "0640"}, register: a_second_copy}
    - {ansible.builtin.file: {path: "{{ playbook_dir }}/copied", state: absent}, check_mode: true, diff: true, register: a_checked_file}
    - {ansible.builtin.stat: {path: "{{ playbook_dir }}/copied", get_attributes: false}, register: a_stat}
    - {ansible.builtin.setup: {gather_subset: ["!all", env, user, python]}, register: a_setup}
    - {ansible.builtin.file: {path: "{{ playbook_dir }}/copied", state: absent}, register: a_file}
    - {doing: {what: ok}, register: a_doing}
    - {doing: {what: ok}, check_mode: true, register: a_checked_doing}
    - {doing: {what: ok, size: 2000000}, register: a_big_doing}
    - {doing: {what: garbage}, register: a_garbage_doing, ignore_errors: true}
    - {doing: {what: killed}, register: a_killed_doing, ignore_errors: true}
    - {doing: {what: raised}, register: a_raised_doing, ignore_errors: true}
    - {doing: {what: failed}, register: a_failed_doing, ignore_errors: true}
    - {doing: {what: ok}, environment: {ODD: "a b"}, register: a_doing_elsewhere}
    - {doing: {what: ok}, async: 20, poll: 1, register: an_async_doing}
    - {doing: {what: nonsense, size: no number}, register: a_wrong_doing, ignore_errors: true}
    - ansible.builtin.copy:
        content: "{{ dict(vars | dict2items | selectattr('key', 'match', 'an?_') | rejectattr('key', 'match', 'ansible_') | items2dict) | to_json }}"
        dest: "{{ playbook_dir }}/{{ ansible_connection }}.json"
"""
#: What differs between any two runs.
VOLATILE = re.compile(r"(start|end|delta|[acm]time|inode|src|.*_job_id|results_file|async_dir|ansible_date_time|_ansible_.*)$")


def steady(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: steady(one) for key, one in value.items() if not VOLATILE.match(key)}
    if isinstance(value, list):
        return [steady(one) for one in value]
    return re.sub(r"/ansible-(tmp|local)-[\w.-]+|/tmp\w{8}|payload_\w{8}|-\d{6,}", "/*", value) if isinstance(value, str) else value


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where sockets lie."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


@pytest.fixture
def doing(tmp_path: Path, play: t.Any) -> t.Callable[..., t.Any]:
    """Run a playbook over a connection; the module ``doing`` does as it is told."""
    (tmp_path / "library/doing.py").write_text(DOING)

    def run(connection: str, playbook: str, *options: str) -> t.Any:
        return play(playbook, "-e", f"ansible_connection={connection}", "-e", "ansible_pipelining=true", *options)

    return run


def gone(place: Path) -> None:
    until(lambda: not list(place.iterdir()), "the warm process to end", 8)


def test_modules_return_the_same_over_both(doing, place, tmp_path):
    runs = {}
    for connection in (LOCAL, WARM):
        ran = doing(connection, TASKS, "-vvv")
        assert ran.rc == 0, ran.out + ran.err
        assert "WARM not used" not in ran.out
        runs[connection] = ran.out.count("EXEC (warm)"), steady(json.loads((tmp_path / f"{connection}.json").read_text()))
    assert runs[WARM][1] == runs[LOCAL][1]
    assert runs[LOCAL][0] == 0
    assert runs[WARM][0] > 20
    assert len(runs[WARM][1]) == 20
    gone(place)


ELSEWHERE = {
    "environment": "environment: {A: b}",
    "become": "become: true\n  become_method: groundwork.aws.nobody\n",
    "no pipelining": "vars: {ansible_pipelining: false}",
    "another interpreter": "vars: {ansible_python_interpreter: %s}",
}


@pytest.mark.parametrize("how", [name for name in ELSEWHERE if name != "become"])
def test_what_is_anything_else_goes_over_local(doing, place, tmp_path, how):
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    other.chmod(0o755)
    line = ELSEWHERE[how] % other if "%s" in ELSEWHERE[how] else ELSEWHERE[how]
    book = f"- hosts: vpc\n  gather_facts: false\n  {line}\n  tasks:\n    - ansible.builtin.ping:\n"
    (tmp_path / "hosts.yml").write_text(f"components: {{hosts: {{vpc: {{ansible_connection: {WARM}, ansible_pipelining: true}}}}}}\n")
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/all.yml").write_text(f"ansible_python_interpreter: {sys.executable}\n")
    ran = play_as_it_is(tmp_path, book)
    assert ran.returncode == 0, ran.stdout
    assert "EXEC (warm)" not in ran.stdout
    assert not list(place.iterdir())


def play_as_it_is(folder: Path, book: str) -> subprocess.CompletedProcess[str]:
    (folder / "play.yml").write_text(book)
    return subprocess.run(command(folder), cwd=folder, env=settings(), capture_output=True, text=True, check=False)


def command(folder: Path) -> list[str]:
    return [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(folder / "hosts.yml"), str(folder / "play.yml"), "-vvv"]


def settings() -> dict[str, str]:
    return os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "COLUMNS": "160"}


SUDO = """#!/bin/sh
# Becomes nobody else, but says that it was asked to.
while [ "$1" != /bin/sh ]; do shift; done
BECAME=yes exec "$@"
"""


def test_become_goes_over_local(doing, place, tmp_path):
    (tmp_path / "sudo").write_text(SUDO)
    (tmp_path / "sudo").chmod(0o755)
    book = "- hosts: vpc\n  gather_facts: false\n  tasks:\n    - {ansible.builtin.command: printenv BECAME, become: true, become_user: operator}\n"
    ran = doing(WARM, book, "-vvv", "-e", f"ansible_become_exe={tmp_path / 'sudo'}", "-e", "ansible_become_flags=-n")
    assert ran.rc == 0, ran.out
    assert '"stdout": "yes"' in ran.out
    assert "EXEC (warm)" not in ran.out


SLOW = """
- hosts: components
  gather_facts: false
  tasks:
    - ansible.builtin.command: /bin/sh -c 'echo $$ >begun-{{ inventory_hostname }}; sleep 60; true'
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["Ctrl-C", "cancelled", "killed"])
def test_run_that_is_ended_takes_its_modules_along(place, tmp_path, number):
    (tmp_path / "play.yml").write_text(SLOW)
    variables = '{ansible_connection: groundwork.aws.warm, ansible_pipelining: true, ansible_python_interpreter: "{{ ansible_playbook_python }}"}'
    (tmp_path / "hosts.yml").write_text(f"components: {{hosts: {{vpc: , web: }}, vars: {variables}}}\n")
    run = subprocess.Popen(command(tmp_path), cwd=tmp_path, env=settings(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        begun = [tmp_path / f"begun-{host}" for host in ("vpc", "web")]
        pids = [int(until(lambda one=one: one.exists() and one.read_text(), "the modules to run", 60)) for one in begun]
        assert list(place.iterdir())
        run.send_signal(number)
        until(lambda: not any(stands(pid) for pid in pids), "the modules to end", 10)
        gone(place)
        until(lambda: run.poll() is not None, "the run to end")
    finally:
        with contextlib.suppress(OSError):
            run.kill()
        run.wait()


def test_task_that_times_out_takes_its_module_along(doing, place, tmp_path):
    ran = doing(WARM, SLOW.replace("components", "vpc") + "      timeout: 2\n", "-vvv")
    assert ran.rc == 2
    assert "timed out" in ran.out.lower() or "timeout" in ran.out.lower()
    pid = int((tmp_path / "begun-vpc").read_text())
    until(lambda: not stands(pid), "the module to end", 10)
    gone(place)


def test_pipe_from_a_run_ends_with_it(doing, place, tmp_path):
    """Nothing of the warm process holds the run's output."""
    (tmp_path / "play.yml").write_text("- {hosts: vpc, gather_facts: false, tasks: [{ansible.builtin.ping: }]}\n")
    (tmp_path / "hosts.yml").write_text(f"components: {{hosts: {{vpc: {{ansible_connection: {WARM}, ansible_pipelining: true}}}}}}\n")
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/all.yml").write_text(f"ansible_python_interpreter: {sys.executable}\n")
    line = " ".join(command(tmp_path)) + " 2>&1 | cat"
    ran = subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, env=settings(), capture_output=True, text=True, timeout=60, check=True)
    assert "EXEC (warm)" in ran.stdout
    gone(place)
