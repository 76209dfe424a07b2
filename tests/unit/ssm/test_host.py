# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host's background process and those who ask it, over the local cloud's gateway, with this machine for a host."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils import private_socket
from ansible_collections.groundwork.aws.plugins.plugin_utils import ssm_helper
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Host
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Lost
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Refused
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import TimedOut
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Unfit
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Unreachable
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from localcloud import LocalCloud

from .gateway import asked
from .gateway import client
from .gateway import helpers
from .gateway import QUICK
from .gateway import run
from .gateway import sessions
from .gateway import settings
from .gateway import stands
from .gateway import TARGET
from .gateway import Told
from .gateway import until

ODD = bytes(range(256)) + "\N{REPLACEMENT CHARACTER}\u4e16".encode() + b"\xef\xbf\xbd\xef\xbf\r\n\x03\x04\x13\x11\0"
LIGHTLY = hypothesis_settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def pid_of(host: Host) -> int:
    """The background process's id."""
    with private_socket.connect(host.path, 5) as connection:
        return int.from_bytes(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 4), sys.byteorder)


@pytest.fixture(scope="module")
def steady(standing: LocalCloud) -> t.Iterator[Host]:
    """One host for many examples."""
    standing.reset()
    standing.hosts.add(TARGET, enter=[])
    host = Told()()
    yield host
    host.reset()
    until(lambda: not helpers(), "the helper to end")


@LIGHTLY
@given(data=st.binary(min_size=1) | st.sampled_from([ODD, b"\0", b"\xef\xbf\xbd", "\N{REPLACEMENT CHARACTER}".encode() * 5, ODD * 999]))
def test_any_bytes_of_input_come_back_by_both_streams(steady, data):
    assert run(steady, "tee /dev/stderr; exit 5", data) == (5, data, data)


@LIGHTLY
@given(word=st.binary(min_size=1).filter(lambda word: b"\0" not in word) | st.just(ODD.replace(b"\0", b"") * 30))
def test_any_bytes_are_an_argument(steady, word):
    quoted = b"'" + word.replace(b"'", b"'\"'\"'") + b"'"
    assert run(steady, b"printf %s " + quoted) == (0, word, b"")


@LIGHTLY
@given(data=st.binary() | st.sampled_from([ODD, b"", b"\xef\xbf\xbd", os.urandom(100_000)]))
def test_any_bytes_are_a_file(steady, data, tmp_path):
    (tmp_path / "here").write_bytes(data)
    there = str(tmp_path / "caf\u00e9 \udce9").encode(errors="surrogateescape")
    steady.put(str(tmp_path / "here"), there)
    assert Path(os.fsdecode(there)).read_bytes() == data
    steady.fetch(there, str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == data


def test_file_that_arrives_other_than_it_was_sent_is_told(steady):
    with pytest.raises(Lost, match="SHA-256"):
        steady._compare({"sha256": hashlib.sha256(b"there").hexdigest()}, hashlib.sha256(b"here").hexdigest())


def test_command_lines_longer_than_a_terminals_arrive(steady):
    assert run(steady, f"echo {'x' * 100_000}; exit 3") == (3, b"x" * 100_000 + b"\n", b"")
    with pytest.raises(Refused, match="Argument list too long"):
        run(steady, f"echo {'x' * 200_000}")


def test_refusals_of_the_host_are_said_in_its_words(steady, tmp_path):
    (tmp_path / "here").write_bytes(b"x" * 3_000_000)
    for path, error in ((b"/nonexistent/x", "No such file"), (b"/tmp", "Is a directory"), (b"/dev/full", "No space left")):
        with pytest.raises(Refused, match=error):
            steady.put(str(tmp_path / "here"), path)
    with pytest.raises(Refused, match="No such file"):
        steady.fetch(b"/nonexistent", str(tmp_path / "back"))


def test_thirty_two_megabytes_are_put_with_small_frames(told, tmp_path):
    host = told()
    content = os.urandom(1 << 20) * 32
    (tmp_path / "here").write_bytes(content)
    host.put(str(tmp_path / "here"), str(tmp_path / "there").encode())
    assert hashlib.sha256((tmp_path / "there").read_bytes()).digest() == hashlib.sha256(content).digest()


def test_one_session_serves_many_at_once(told, cloud):
    hosts = [told() for _n in range(6)]
    said: list[bytes] = []
    threads = [threading.Thread(target=lambda n=n, host=host: said.append(run(host, f"sleep 0.3; echo {n}")[1])) for n, host in enumerate(hosts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [b"%d\n" % n for n in range(6)]
    assert len(asked(cloud, "StartSession")) == 1


@pytest.mark.parametrize("other", [{"document": "mine"}, {"aws_access_key_id": "AKIA1", "aws_secret_access_key": "x"}, {"proxy": "http://127.0.0.1:9"}])
def test_what_differs_in_anything_shares_nothing(told, other):
    assert told().path != told(**other).path


def test_other_credentials_in_the_environment_share_nothing(told, monkeypatch):
    first = told().path
    monkeypatch.setenv("AWS_SESSION_TOKEN", "another")
    assert told().path != first


def test_nothing_secret_is_in_a_request_or_on_a_command_line(told, cloud):
    """The loader is the same for each session, and the keys that the plugin is given go by a pipe."""
    key = cloud.key
    host = told(aws_access_key_id=key.id, aws_secret_access_key=key.secret)
    run(host, "echo s3cr3t-command", b"s3cr3t-input")
    (start,) = asked(cloud, "StartSession")
    assert "s3cr3t" not in json.dumps(start)
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if stands(path.parent.name)]
    assert any(b"ssm_server" in line for line in lines)
    assert not any(key.secret.encode() in line for line in lines)
    assert key.secret.encode() not in Path(f"/proc/{pid_of(host)}/cmdline").read_bytes()


def test_time_out_ends_the_whole_group(told):
    host = told()
    with pytest.raises(TimedOut, match="1 s"):
        run(host, "echo $$ >&2; sleep 60 & wait", timeout=1)
    assert run(host, "pgrep -fx 'sleep 60' || echo none")[1] == b"none\n"


def asking(place: Path, command: str) -> subprocess.Popen[bytes]:
    """Somebody else who asks the same."""
    program = f"""
import json, sys
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Host, Source
host = Host(json.loads(sys.argv[1]), print, print)
print(host.run({command.encode()!r}, Source(), tty=False, timeout=0))
"""
    path = os.pathsep.join(sys.path)
    return subprocess.Popen([sys.executable, "-c", program, json.dumps(settings())], env=os.environ | {"PYTHONPATH": path}, stdout=subprocess.PIPE)


BEGUN = "trap '' TERM; echo $$ >>{place}/begun; sleep 60"


def begun(place: Path) -> int:
    return int(until(lambda: (place / "begun").exists() and (place / "begun").read_text(), "the command to run"))


def test_who_asks_and_goes_takes_the_command_along(told, tmp_path):
    host = told()
    run(host, "true")
    worker = multiprocessing.get_context("fork").Process(target=run, args=(host, BEGUN.format(place=tmp_path)))
    worker.start()
    pid = begun(tmp_path)
    worker.kill()
    worker.join()
    until(lambda: not stands(pid), "the command to end", ssm_helper.MERCY + 5)
    assert run(host, "echo on")[1] == b"on\n"
    assert len(told.noted) == 1


def test_controller_that_is_killed_leaves_nothing(told, cloud, tmp_path):
    with asking(tmp_path, BEGUN.format(place=tmp_path)) as other:
        pid = begun(tmp_path)
        assert sessions()
        other.kill()
        until(lambda: not stands(pid), "the command to end", ssm_helper.MERCY + 5)
    until(lambda: not sessions() and not helpers(), "session and helper to end")
    until(lambda: not list(Path(os.environ["XDG_RUNTIME_DIR"]).iterdir()), "the socket to go")
    assert len(asked(cloud, "TerminateSession")) == 1


def test_background_process_that_is_killed_leaves_the_host_to_its_helper(told, tmp_path):
    """No command is run again, and the helper ends by what it does not hear."""
    host = told(heartbeat_timeout=2)
    failed: list[Exception] = []

    def ask() -> None:
        try:
            run(host, BEGUN.format(place=tmp_path))
        except Lost as error:
            failed.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    pid = begun(tmp_path)
    os.kill(pid_of(host), signal.SIGKILL)
    thread.join(10)
    assert "not known" in str(failed[0])
    until(lambda: not stands(pid), "the command to end", 2 + ssm_helper.MERCY + 5)
    assert len((tmp_path / "begun").read_text().splitlines()) == 1
    assert run(host, "echo again")[1] == b"again\n"


def test_session_that_aws_ends_ends_what_waits_and_the_next_begins_another(told, cloud, tmp_path):
    host = told()

    def end() -> None:
        begun(tmp_path)
        client("ssm").terminate_session(SessionId=sessions()[0]["SessionId"])

    threading.Thread(target=end).start()
    with pytest.raises(Lost, match="not known"):
        run(host, BEGUN.format(place=tmp_path))
    assert run(host, "echo again")[1] == b"again\n"
    assert len((tmp_path / "begun").read_text().splitlines()) == 1
    assert len(asked(cloud, "StartSession")) == 2


def test_socket_that_drops_is_resumed_and_nothing_is_run_twice(told, cloud, tmp_path):
    cloud.dials.channel = QUICK | {"close_after": 90}
    host = told()
    data = os.urandom(40_000)
    for n in range(2):
        assert run(host, f"echo {n} >>{tmp_path}/runs; cat", data) == (0, data, b"")
    assert (tmp_path / "runs").read_text() == "0\n1\n"
    assert asked(cloud, "ResumeSession")
    assert len(asked(cloud, "StartSession")) == 1


def test_bad_link_changes_no_byte(told, cloud):
    cloud.dials.channel = QUICK | {"lose": 0.03, "reorder": 0.1, "duplicate": 0.1, "seed": 4, "delay_ms": 5}
    data = os.urandom(40_000)
    assert run(told(), "tee /dev/stderr", data) == (0, data, data)


def test_host_that_falls_silent_is_lost(told, cloud):
    host = told(heartbeat_timeout=2)
    run(host, "true")
    cloud.dials.channel = QUICK | {"pause": True}
    with pytest.raises(Lost, match="silent for 2 s"):
        run(host, "sleep 1")  # by when it has fallen silent
    cloud.dials.channel = QUICK


def test_idle_process_ends_and_the_next_command_starts_another(told, cloud):
    host = told(idle_timeout=0.5)
    assert run(host, "true")[0] == 0
    until(lambda: not os.path.exists(host.folder) and not sessions(), "the process to end", 8)
    assert run(host, "true")[0] == 0
    assert len(asked(cloud, "StartSession")) == 2


def test_no_process_ends_under_a_command(told, cloud):
    assert run(told(idle_timeout=0.3), "sleep 2; echo done")[1] == b"done\n"
    assert len(asked(cloud, "StartSession")) == 1


def test_reset_lets_what_runs_come_to_its_end(told, cloud, tmp_path):
    host = told()
    said: list[bytes] = []
    thread = threading.Thread(target=lambda: said.append(run(host, f"touch {tmp_path}/begun; sleep 1.5; echo done")[1]))
    thread.start()
    until((tmp_path / "begun").exists, "the command to run")
    host.reset()
    assert run(host, "echo new")[1] == b"new\n"
    thread.join()
    assert said == [b"done\n"]
    assert len(asked(cloud, "StartSession")) == 2


def test_folder_and_socket_are_the_users_alone(told):
    host = told()
    run(host, "true")
    assert os.stat(host.folder).st_mode & 0o777 == 0o700
    assert os.stat(host.path).st_mode & 0o177 == 0
    os.chmod(host.folder, 0o755)
    with pytest.raises(Unreachable, match="this user alone"):
        run(host, "true")
    os.chmod(host.folder, 0o700)
    assert run(host, "true")[0] == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become another user")
def test_another_user_is_not_served(told):
    host = told()
    run(host, "true")
    place = Path(host.path)
    opened = [place, *list(place.parents)[:3]]
    modes = [one.stat().st_mode for one in opened]
    for one in opened:
        one.chmod(0o777)
    program = f"import os, socket; os.setuid(65534); s = socket.socket(1, 5); s.connect({host.path!r}); print(s.recv(99))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    for one, mode in zip(opened, modes, strict=True):
        one.chmod(mode)
    assert "b''" in ran.stdout or "reset" in ran.stderr or "Broken pipe" in ran.stderr


def test_agent_that_is_not_connected_is_told_with_its_state_and_the_usual_causes(told, cloud):
    cloud.hosts.add(TARGET, enter=[], ping="ConnectionLost")
    with pytest.raises(Unreachable, match=r"ConnectionLost.*booting.*AmazonSSMManagedInstanceCore.*NAT gateway"):
        run(told(), "true")
    assert not os.path.exists(told.hosts[0].folder)


def test_agent_that_connects_meanwhile_is_waited_for(told, cloud):
    cloud.hosts.add(TARGET, enter=[], ping="Inactive")
    threading.Timer(1.5, lambda: cloud.hosts.add(TARGET, enter=[])).start()
    assert run(told(retries=4), "echo here")[1] == b"here\n"


def test_document_that_does_not_start_the_helper_is_told(told, cloud):
    content = {"schemaVersion": "1.0", "sessionType": "InteractiveCommands", "parameters": {"command": {"type": "String"}}}
    content["properties"] = {"linux": {"commands": "echo not what was asked for", "runAsElevated": False}}
    client("ssm").create_document(Name="Wrong", Content=json.dumps(content), DocumentType="Session", DocumentFormat="JSON")
    with pytest.raises(Unreachable, match="not what was asked for"):
        run(told(document="Wrong"), "true")
    with pytest.raises(Unreachable, match="no such session document"):
        run(told(document="Absent"), "true")


@pytest.mark.parametrize("inputs", [{"s3BucketName": "audit-trail"}, {"cloudWatchLogGroupName": "audit-trail"}])
def test_logged_sessions_are_warned_of(told, cloud, inputs):
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs}
    client("ssm").create_document(Name="SSM-SessionManagerRunShell", Content=json.dumps(content), DocumentType="Session", DocumentFormat="JSON")
    host = told()
    run(host, "true")
    run(host, "true")
    assert len(told.warned) == 1
    assert "audit-trail" in told.warned[0]
    client("ssm").delete_document(Name="SSM-SessionManagerRunShell")


def test_sessions_that_are_not_logged_are_not_warned_of(told):
    run(told(), "true")
    assert not told.warned
    assert re.search(r"SSM session \S+-\w+", told.noted[0])


def test_missing_package_is_named(told, monkeypatch, tmp_path):
    (tmp_path / "importlib").mkdir()
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\nu.find_spec = lambda name, *a: None if name == 'websockets' else find(name, *a)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(Unfit, match="lacks websockets"):
        run(told(), "true")
