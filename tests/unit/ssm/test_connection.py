# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The connection in real runs of ansible-playbook, over the local cloud's gateway, with this machine for a host."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import typing as t
from pathlib import Path

import pytest
from localcloud import LocalCloud

from .gateway import asked
from .gateway import client
from .gateway import ELEVATED
from .gateway import helpers
from .gateway import QUICK
from .gateway import sessions
from .gateway import stands
from .gateway import TARGET
from .gateway import until

ROOT = Path(__file__).parents[3]
SSM = "groundwork.aws.ssm"
#: What differs between any two runs.
VOLATILE = re.compile(r"(start|end|delta|[acm]time|inode|src|.*_job_id|results_file|async_dir|ansible_date_time|_ansible_.*)$")


@pytest.fixture
def cloud(standing: LocalCloud) -> t.Iterator[LocalCloud]:
    """The same cloud, with its host and the dials as they were; no session is left in it, and no helper or process on this machine."""
    standing.reset()
    standing.hosts.add(TARGET, enter=[])
    yield standing
    until(lambda: not sessions() and not helpers(), "sessions and helpers to end")
    until(lambda: not list(Path(os.environ["XDG_RUNTIME_DIR"]).iterdir()), "background processes to end")


class Play:
    """Runs playbooks in a folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.environment = os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "COLUMNS": "160"}

    def start(self, tasks: str, *options: str, **variables: t.Any) -> subprocess.Popen[str]:
        variables = {"ansible_connection": SSM, "ansible_python_interpreter": sys.executable, "here": str(self.folder)} | variables
        (self.folder / "hosts.json").write_text(json.dumps({"all": {"hosts": {TARGET: None}, "vars": variables}}))
        (self.folder / "play.yml").write_text(f"- hosts: all\n  gather_facts: false\n  tasks:\n{tasks}")
        command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "hosts.json", "play.yml", *options]
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def __call__(self, tasks: str, *options: str, code: int = 0, **variables: t.Any) -> str:
        with self.start(tasks, *options, **variables) as run:
            said = run.communicate()[0]
        assert run.returncode == code, said
        return said


@pytest.fixture
def play(tmp_path: Path) -> Play:
    return Play(tmp_path)


TASKS = """
    - {ansible.builtin.ping: , register: a_ping}
    - {ansible.builtin.command: "printf '%s\\\\n' caf\u00e9", register: a_command}
    - {ansible.builtin.command: "false", register: a_failing_command, ignore_errors: true}
    - {ansible.builtin.shell: "umask; echo err >&2; exit 3", register: a_shell, failed_when: a_shell.rc != 3}
    - {ansible.builtin.raw: "echo out; echo err >&2; exit 3", register: a_raw, ignore_errors: true}
    - {ansible.builtin.shell: "cat; echo {{ 'x' * 9000 }}", args: {stdin: "a\\nb"}, register: a_shell_with_input}
    - {ansible.builtin.script: {cmd: "script.sh one 'two three'"}, register: a_script}
    - {ansible.builtin.copy: {content: "one\\ntwo\\n", dest: "{{ here }}/copied", mode: "0640"}, register: a_copy, diff: true}
    - {ansible.builtin.copy: {content: "one\\ntwo\\n", dest: "{{ here }}/copied", mode: "0640"}, register: a_second_copy}
    - {ansible.builtin.slurp: {src: "{{ here }}/copied"}, register: a_slurp}
    - {ansible.builtin.file: {path: "{{ here }}/copied", state: absent}, check_mode: true, diff: true, register: a_checked_file}
    - {ansible.builtin.stat: {path: "{{ here }}/copied", get_attributes: false}, register: a_stat}
    - {ansible.builtin.file: {path: "{{ here }}/copied", state: absent}, register: a_file}
    - {ansible.builtin.command: "echo {{ item }}", loop: [1, 2, 3], register: a_loop}
    - {ansible.builtin.command: printenv ODD, environment: {ODD: "a b"}, register: a_command_elsewhere}
    - {ansible.builtin.command: echo late, async: 20, poll: 1, register: an_async_command}
    - {ansible.builtin.stat: {nonsense: true}, register: a_wrong_stat, ignore_errors: true}
    - ansible.builtin.copy:
        content: "{{ dict(vars | dict2items | selectattr('key', 'match', 'an?_') | rejectattr('key', 'match', 'ansible_') | items2dict) | to_json }}"
        dest: "{{ here }}/{{ ansible_connection }}.json"
"""


def steady(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: steady(one) for key, one in value.items() if not VOLATILE.match(key)}
    if isinstance(value, list):
        return [steady(one) for one in value]
    return re.sub(r"/ansible-(tmp|local)-[\w.-]+|/tmp\w{8}|payload_\w{8}|-\d{6,}|j\d+\.\d+", "/*", value) if isinstance(value, str) else value


def test_tasks_come_to_the_same_as_over_the_local_connection(play, cloud, tmp_path):
    (tmp_path / "script.sh").write_text('#!/bin/sh\necho "$2"; exit 0\n')
    seen = []
    for connection in ("local", SSM):
        play(TASKS, ansible_connection=connection, ansible_pipelining=True)
        seen.append(steady(json.loads((tmp_path / f"{connection}.json").read_text())))
    assert seen[0] == seen[1]
    assert len(seen[0]) == 17
    assert len(asked(cloud, "StartSession")) == 1


#: What ansible-core's own integration tests ask of each connection to a POSIX host (test_connection.yml, test_reset_connection.yml).
POSIX = """
    - {name: raw with unicode arg and output, ansible.builtin.raw: echo \u6c49\u8bed, register: command}
    - ansible.builtin.assert: {that: ["'\u6c49\u8bed' in command.stdout", command is changed]}
    - {name: create local file with unicode filename and content, delegate_to: localhost, vars: {ansible_connection: local},
       ansible.builtin.lineinfile: {path: "{{ here }}/local-\u6c49\u8bed/\u6c49\u8bed.txt", create: true, line: "\u6c49\u8bed"}}
    - {name: remove remote file, ansible.builtin.file: {path: "{{ here }}/remote-\u6c49\u8bed/\u6c49\u8bed.txt", state: absent}}
    - {name: create remote directory with unicode name, ansible.builtin.file: {path: "{{ here }}/remote-\u6c49\u8bed", state: directory}}
    - {name: copy local file with unicode filename and content,
       ansible.builtin.copy: {src: "{{ here }}/local-\u6c49\u8bed/\u6c49\u8bed.txt", dest: "{{ here }}/remote-\u6c49\u8bed/\u6c49\u8bed.txt"}}
    - {name: remove local file, delegate_to: localhost, vars: {ansible_connection: local},
       ansible.builtin.file: {path: "{{ here }}/local-\u6c49\u8bed/\u6c49\u8bed.txt", state: absent}}
    - {name: fetch remote file with unicode filename and content, ansible.builtin.fetch: {src: "{{ here }}/remote-\u6c49\u8bed/\u6c49\u8bed.txt",
       dest: "{{ here }}/local-\u6c49\u8bed/\u6c49\u8bed.txt", fail_on_missing: true, validate_checksum: true, flat: true}}
    - {name: check what was fetched, ansible.builtin.assert: {that: ["lookup('file', here ~ '/local-\u6c49\u8bed/\u6c49\u8bed.txt') == '\u6c49\u8bed'"]}}
    - {name: remove remote temp files, ansible.builtin.file: {path: "{{ here }}/remote-\u6c49\u8bed", state: absent}}
    - {name: fetch what is not there, ansible.builtin.fetch: {src: "{{ here }}/remote-\u6c49\u8bed/x", dest: x}, register: missing, ignore_errors: true}
    - ansible.builtin.assert: {that: [missing is failed, "'not' in missing.msg"]}
    - {name: test reset, ansible.builtin.meta: reset_connection}
    - {name: test wait_for_connection, ansible.builtin.wait_for_connection: }
    - {name: after the reset, ansible.builtin.raw: "true"}
"""


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "by files"])
def test_cases_of_ansible_cores_posix_connections(play, cloud, pipelining):
    play(POSIX, ansible_pipelining=pipelining)
    assert 2 <= len(asked(cloud, "StartSession")) <= 3


FIFTY = """
    - {ansible.builtin.command: "echo {{ item }}", loop: "{{ range(25) | list }}"}
    - {ansible.builtin.raw: "echo {{ item }}", loop: "{{ range(20) | list }}"}
    - {ansible.builtin.copy: {content: "{{ item }}", dest: "{{ here }}/{{ item }}"}, loop: "{{ range(5) | list }}"}
"""


def test_fifty_tasks_leave_nothing_behind_and_have_one_session(play, cloud, tmp_path):
    before = set(tmp_path.parent.iterdir())
    play(FIFTY)
    until(lambda: not sessions() and not helpers(), "the session to end", 10)
    assert len(asked(cloud, "StartSession")) == len(asked(cloud, "TerminateSession")) == 1
    assert set(tmp_path.parent.iterdir()) == before


SLOW = """
    - ansible.builtin.shell: "echo $$ >{{ here }}/begun; trap '' TERM; sleep 60; true"
"""


def begun(folder: Path) -> int:
    return int(until(lambda: (folder / "begun").exists() and (folder / "begun").read_text(), "the command to run", 60))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["Ctrl-C", "cancelled", "killed"])
def test_run_that_is_ended_takes_what_it_began_along(play, cloud, tmp_path, number):
    with play.start(SLOW) as run:
        pid = begun(tmp_path)
        run.send_signal(number)
        until(lambda: not stands(pid), "the command to end", 15)
        until(lambda: not sessions() and not helpers(), "the session to end", 10)
        run.kill()


def test_task_that_times_out_takes_its_command_along(play, tmp_path, cloud):
    said = play("    - ansible.builtin.ping:\n" + SLOW + "      timeout: 6\n", code=2)
    assert "timeout" in said.lower()
    until(lambda: not stands(begun(tmp_path)), "the command to end", 10)


def test_command_that_takes_too_long_fails_its_task_by_either_variable(play, cloud):
    for name in ("ansible_ssm_command_timeout", "ansible_aws_ssm_timeout"):
        said = play("    - ansible.builtin.command: sleep 60\n", code=2, **{name: 1})
        assert "longer than 1 s" in said
        assert "UNREACHABLE" not in said


def test_variables_of_the_stock_connection_are_taken(play, cloud, tmp_path):
    """By one line, the connection's name, a host moves over."""
    key = cloud.key
    stock = dict(region="ap-northeast-2", access_key_id=key.id, secret_access_key=key.secret, endpoint_url=cloud.endpoint, instance_id=TARGET)
    stock |= dict(bucket_name="unused", document="AWS-StartInteractiveCommand", retries=1, plugin="/usr/local/bin/session-manager-plugin")
    variables = {f"ansible_aws_ssm_{name}": value for name, value in stock.items()}
    play.environment = {name: value for name, value in play.environment.items() if not name.startswith("AWS_")}
    said = play("    - ansible.builtin.ping:\n", "-vvvv", ansible_host="web-1", **variables)
    assert len(asked(cloud, "StartSession")) == 1
    assert key.secret not in said


SUDO = """#!/bin/sh
# Becomes nobody else, but asks for a password as sudo does with -S, where it is told to.
prompt= ask=
while [ "$1" != /bin/sh ]; do
    case "$1" in -n) ;; -p) prompt=$2 ask=yes; shift;; esac
    shift
done
if [ "$ask" ]; then
    printf '%s' "$prompt" >&2
    IFS= read -r password
    if [ "$password" != right ]; then echo 'Sorry, try again.' >&2; printf '%s' "$prompt" >&2; read -r again; exit 1; fi
elif [ -e "$(dirname "$0")/strict" ]; then
    echo 'sudo: a password is required' >&2; exit 1
fi
BECAME=yes exec "$@"
"""
BECOME = "    - {ansible.builtin.command: printenv BECAME, become: true, become_user: operator}\n"


@pytest.fixture
def sudo(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "sudo").write_text(SUDO)
    (tmp_path / "sudo").chmod(0o755)
    return {"ansible_become_exe": str(tmp_path / "sudo")}


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "by files"])
def test_become_goes_by_sudo_with_and_without_a_password(play, cloud, sudo, pipelining):
    for password in ({}, {"ansible_become_password": "right"}):
        said = play(BECOME.replace("operator", "root"), "-v", ansible_pipelining=pipelining, **sudo, **password)
        assert '"stdout": "yes"' in said
        assert '"stderr": ""' in said


def test_become_that_fails_says_how(play, cloud, sudo, tmp_path):
    assert "Incorrect sudo password" in play(BECOME, code=4, **sudo, ansible_become_password="wrong")
    (tmp_path / "strict").touch()
    assert "Missing sudo password" in play(BECOME, code=4, **sudo)


def test_elevated_document_stands_in_for_sudo(play, cloud, sudo):
    content = ELEVATED.read_text()
    client("ssm").create_document(Name="Groundwork-ElevatedCommand", Content=content, DocumentType="Session", DocumentFormat="JSON")
    tasks = "    - {ansible.builtin.raw: 'echo became ${BECAME-nobody}', become: true}\n    - ansible.builtin.raw: 'true'\n"
    tasks += "    - {ansible.builtin.raw: 'echo became ${BECAME-nobody}', become: true, become_user: operator}\n    - ansible.builtin.meta: reset_connection\n"
    said = play(tasks, "-v", ansible_ssm_elevated=True, **sudo)
    assert said.count("became nobody") >= 1
    assert "became yes" in said
    started = [one["params"]["DocumentName"] for one in asked(cloud, "StartSession")]
    assert started == ["Groundwork-ElevatedCommand", "AWS-StartInteractiveCommand"]


def test_instance_that_is_still_booting_is_waited_for(play, cloud):
    cloud.hosts.add(TARGET, enter=[], ping="Inactive")
    timer = threading.Timer(4, lambda: cloud.hosts.add(TARGET, enter=[]))
    timer.start()
    play("    - ansible.builtin.wait_for_connection: {timeout: 60}\n    - ansible.builtin.ping:\n", ansible_ssm_retries=0)
    timer.join()


def test_instance_that_is_not_there_is_unreachable_and_says_why(play, cloud):
    cloud.hosts.add(TARGET, enter=[], ping="ConnectionLost")
    said = play("    - ansible.builtin.ping:\n", code=4, ansible_ssm_retries=0)
    assert "UNREACHABLE" in said
    assert "ConnectionLost" in said


def test_right_that_is_missing_is_named(play, cloud):
    iam = client("iam")
    iam.create_user(UserName="visitor")
    key = iam.create_access_key(UserName="visitor")["AccessKey"]
    cloud.dials.enforce_iam = True
    said = play("    - ansible.builtin.ping:\n", code=4, ansible_ssm_access_key_id=key["AccessKeyId"], ansible_ssm_secret_access_key=key["SecretAccessKey"])
    assert "ssm:StartSession" in said


def test_logging_of_sessions_is_warned_of_once(play, cloud):
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {"s3BucketName": "audit-trail"}}
    client("ssm").create_document(Name="SSM-SessionManagerRunShell", Content=json.dumps(content), DocumentType="Session", DocumentFormat="JSON")
    assert play("    - ansible.builtin.ping:\n" * 3).count("audit-trail") == 1


SECRET = """
    - {ansible.builtin.shell: cat >/dev/null, args: {stdin: s3cr3t-in}}
    - ansible.builtin.raw: echo s3cr3t-raw
"""


def test_nothing_of_a_task_is_in_a_request(play, cloud):
    play(SECRET)
    assert asked(cloud, "StartSession")
    assert "s3cr3t" not in json.dumps(cloud.records(), default=str)


def test_bad_link_changes_no_result(play, cloud, tmp_path):
    cloud.dials.channel = QUICK | {"lose": 0.02, "reorder": 0.05, "duplicate": 0.05, "seed": 11, "close_after": 700}
    copy = "    - {ansible.builtin.copy: {content: '{{ x }}', dest: '{{ here }}/x'}}\n"
    play("    - {ansible.builtin.shell: 'echo run >>{{ here }}/runs'}\n" * 3 + copy, x="x" * 60000)
    assert (tmp_path / "runs").read_text() == "run\n" * 3
    assert (tmp_path / "x").read_text() == "x" * 60000
    assert len(asked(cloud, "StartSession")) == 1


def test_async_commands_outlive_their_tasks_within_one_session(play, cloud):
    tasks = "    - {ansible.builtin.command: sleep 1, async: 30, poll: 0, loop: [1, 2, 3], register: jobs}\n"
    tasks += "    - {ansible.builtin.async_status: {jid: '{{ item.ansible_job_id }}'}, loop: '{{ jobs.results }}', register: job, until: job is finished,"
    tasks += " retries: 30, delay: 1}\n"
    play(tasks)
    assert len(asked(cloud, "StartSession")) == 1


def test_options_are_documented_with_their_variables():
    said = subprocess.run(
        [Path(sys.executable).parent / "ansible-doc", "-t", "connection", "-j", SSM],
        env=os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
        capture_output=True,
        check=True,
    )
    options = json.loads(said.stdout)[SSM]["doc"]["options"]
    for name, option in options.items():
        names = [one["name"] for one in option["vars"]]
        assert any(one.startswith("ansible_ssm_") for one in names) or name == "pipelining"
        assert name in ("target", "access_key", "secret_key", "session_token") or (option["env"] and option["ini"])
