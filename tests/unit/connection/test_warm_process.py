# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The warm process itself: what it runs, whom it serves, and when it ends."""

from __future__ import annotations

import base64
import functools
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
import typing as t
import zipfile
from pathlib import Path

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils import warm_client

from .controllers import Asker
from .controllers import asking
from .controllers import compare
from .controllers import Json
from .controllers import ROOT
from .controllers import stands
from .controllers import until


@pytest.fixture
def place() -> t.Iterator[Path]:
    """Not below pytest's own folders, which let no other user through."""
    with tempfile.TemporaryDirectory(prefix="w") as folder:
        yield Path(folder)


@pytest.fixture
def ask(place: Path) -> t.Iterator[Asker]:
    with asking(place) as asker:
        yield asker


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[t.Callable[..., Json]]:
    """compare(), by one controller for all that does not change it."""
    folder = tmp_path_factory.mktemp("both")
    folder.chmod(0o700)
    with asking(folder) as asker:
        yield functools.partial(compare, asker)


def zipped(source: str, program: str, name: str = "brought") -> str:
    """A payload that brings a package with one module in a zip file, as Ansible's do, and then does ``program``."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"{name}/__init__.py", "")
        file.writestr(f"{name}/part.py", source)
    return f"""
import base64, os, shutil, sys, tempfile
folder = tempfile.mkdtemp()
path = os.path.join(folder, "payload.zip")
with open(path, "wb") as file:
    file.write(base64.b64decode("{base64.b64encode(held.getvalue()).decode()}"))
sys.path.insert(0, path)
try:
    from {name} import part
{program}
finally:
    shutil.rmtree(folder)
"""


ENDS = {
    "a result": ("print('{}')", 0),
    "an exit code": ("import sys; sys.exit(7)", 7),
    "an exit message": ("import sys; sys.exit('gone wrong')", 1),
    "a failure": ("def f():\n    raise ValueError('no')\nf()", 1),
    "no Python": ("this is no Python", 1),
    "garbage": ("import os; os.write(1, bytes(range(256)) * 50); os.write(2, b'\\xff\\x00')", 0),
    "unicode": ("print('\u00e9\u4e16\U0001f600')", 0),
    "ten megabytes": ("print('x' * 10_000_000)", 0),
    "two streams": ("import sys\nfor n in range(30000): print(n); print(n, file=sys.stderr)", 0),
    "a hard exit": ("import os; print('lost in the buffer'); os._exit(3)", 3),
    "a last word": ("import atexit; atexit.register(print, 'bye'); print('hello')", 0),
    "a thread that goes on": ("import threading, time; threading.Thread(target=lambda: (time.sleep(0.2), print('late'))).start()", 0),
    "a global with an end of its own": ("class A:\n    def __del__(self): print('deleted')\na = A()", 0),
    "a file left open": ("f = open('/dev/fd/1', 'w'); f.write('kept in a buffer')", 0),
    "a generator left open": ("def g():\n    try:\n        yield\n    finally:\n        print('closed')\na = g(); next(a)", 0),
    "a stream closed": ("import sys; print('x'); sys.stdout.close()", 0),
    "an exit code too large": ("import sys; sys.exit(300)", 44),
    "a code below zero": ("import sys; sys.exit(-1)", 255),
    "killed": ("import os; print('x', flush=True); os.kill(os.getpid(), 9)", 137),
    "terminated": ("import os; os.kill(os.getpid(), 15)", 143),
    "interrupted": ("import os; os.kill(os.getpid(), 2)", 130),
    "a child that holds the output": ("import subprocess; subprocess.Popen(['/bin/sh', '-c', 'sleep 0.5; echo late'])", 0),
    "a session of its own": ("import os; os.setsid(); print('free')", 0),
}
SEEN = {
    "environment": "print(sorted(os.environb.items()))",
    "working directory": "print(os.getcwd())",
    "umask": "print(oct(os.umask(0)))",
    "descriptors": "print(sorted(os.listdir('/proc/self/fd'), key=int)[:3], len(os.listdir('/proc/self/fd')))",
    "kinds of streams": "print([oct(os.fstat(n).st_mode) for n in range(3)], [os.get_blocking(n) for n in range(3)])",
    "streams": "print([(s.encoding, s.errors, s.line_buffering, s.isatty(), s.name) for s in (sys.stdin, sys.stdout, sys.stderr)], repr(sys.stdin.read()))",
    "arguments": "print(sys.argv, sys.path, sys.flags, sys.executable, sys.orig_argv)",
    "namespace": "print(sorted((k, repr(v)) for k, v in [*globals().items()] if k[0] == '_'), __import__('__main__').__dict__ is globals())",
    "signals": "print([(n, signal.getsignal(n)) for n in signal.valid_signals()], signal.pthread_sigmask(0, []), signal.set_wakeup_fd(-1))",
    "limits": "print([(n, resource.getrlimit(getattr(resource, n))) for n in dir(resource) if n.startswith('RLIMIT_')], os.nice(0))",
    "user": "print(os.getresuid(), os.getresgid(), os.getgroups())",
    "command line": "print(open('/proc/self/cmdline', 'rb').read(), open('/proc/self/comm').read())",
    "terminal": "print(open('/proc/self/stat').read().rpartition(')')[2].split()[4])",
    "recursion": "import warnings, threading, gc; print(sys.getrecursionlimit(), threading.active_count(), gc.isenabled(), gc.get_threshold())",
    "hooks": "print(len(sys.path_hooks), sys.excepthook is sys.__excepthook__, sys.stdout is sys.__stdout__)",
}


@pytest.mark.parametrize(("payload", "code"), ENDS.values(), ids=ENDS.keys())
def test_a_program_ends_as_it_does_by_itself(both, payload, code):
    assert both(payload)["rc"] == code


@pytest.mark.parametrize("sight", SEEN.values(), ids=SEEN.keys())
def test_a_program_sees_what_it_sees_by_itself(both, sight):
    ran = both(f"import os, sys, signal, resource\n{sight}", environment={"ODD": "a \udce9\n'\"$x", "AWS_PROFILE": "nobody"})
    assert ran["rc"] == 0, ran["err"]
    assert ran["out"]


def test_working_directory_and_umask_are_those_of_the_call(ask, tmp_path):
    program = "import os; print(os.getcwd(), os.environ.get('PWD')); open('made', 'w'); print(oct(os.stat('made').st_mode)); os.unlink('made')"
    one = compare(ask, program, cwd=str(tmp_path), umask=0o077)
    other = compare(ask, program, cwd=str(tmp_path), umask=0o002)
    elsewhere = compare(ask, program, cwd=str(tmp_path.parent), umask=0o002)
    assert str(tmp_path) in one["out"]
    assert str(tmp_path) not in elsewhere["out"]
    assert "600" in one["out"]
    assert "664" in other["out"]


def test_code_of_a_payload_is_used_by_its_bytes_alone(ask):
    tell = "    print(part.WORD, part.where(), part.__file__ == path + '/brought/part.py', part.where.__code__.co_filename == part.__file__)"
    source = "WORD = 'one'\ndef where():\n    return __file__.endswith('part.py')\n"
    for word in ("one", "one", "two", "one", "two"):
        ran = ask("warm", zipped(source.replace("one", word), tell))
        assert (ran["how"], ran["out"]) == ("warm", f"{word} True True True\n"), ran


def test_known_code_is_not_compiled_again(ask):
    hook = "import sys; sys.addaudithook(lambda event, a: event == 'compile' and print('compiled', a[1]))\n"
    payload = hook + zipped("WORD = 'one'\n", "    print(part.WORD)")
    assert "part.py" in ask("warm", payload)["out"]
    until(lambda: ask("warm", payload)["out"] == "one\n", "the server to have learnt it")


def test_a_module_leaves_nothing_behind_in_the_next(both):
    both("import os, sys, json, boto3; json.dumps = None; boto3.left = 1; os.environ['LEFT'] = '1'; sys.path.clear(); globals()['left'] = 1")
    ran = both("import os, sys, json, boto3; print(json.dumps(1), hasattr(boto3, 'left'), 'LEFT' in os.environ, bool(sys.path), 'left' in globals())")
    assert ran["out"] == "1 False False True False\n"


def test_an_installed_library_that_changes_is_loaded_anew(place, tmp_path):
    library = tmp_path / "distro.py"  # one of those that are preloaded
    library.write_text("WORD = 'old'\n")
    with asking(place, PYTHONPATH=os.pathsep.join([str(ROOT / ".build/collections"), str(tmp_path)])) as ask:
        assert ask("warm", "import distro; print(distro.WORD)")["out"] == "old\n"
        library.write_text("WORD = 'new'\n")
        assert "distro.py is not what it was" in ask("warm", "print()")["why"]
        again = until(lambda: (ran := ask("warm", "import distro; print(distro.WORD)"))["how"] == "warm" and ran, "another server")
        assert again["out"] == "new\n"


def test_models_are_read_once(ask):
    program = """
import botocore.session, botocore.loaders
read = []
load = botocore.loaders.JSONFileLoader.load_file
botocore.loaders.JSONFileLoader.load_file = lambda self, path: (read.append(path), load(self, path))[1]
client = botocore.session.Session().create_client("sqs", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
print(any("sqs" in path for path in read), client.meta.service_model.service_name)
"""
    assert ask("warm", program)["out"] == "True sqs\n"
    until(lambda: ask("warm", program)["out"] == "False sqs\n", "the server to have learnt it")
    assert ask("warm", "import os; os.environ['AWS_DATA_PATH'] = '/nowhere'\n" + program)["out"] == "True sqs\n"


def test_controller_that_is_killed_takes_server_and_module_along(ask, place):
    assert ask("warm", "print()")["how"] == "warm"
    server = ask.server()
    ask.send("warm", f"import os, time; open({str(place / 'module')!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    module = int(until(lambda: (place / "module").exists() and (place / "module").read_text(), "the module to run"))
    ask.process.kill()
    until(lambda: not stands(server) and not stands(module), "both to end", 8)
    until(lambda: not list(place.glob("groundwork-warm-*")), "the folder to go", 5)


def test_asking_side_that_goes_takes_the_whole_module_along(ask, place):
    """An interrupt lets a module tidy up; what does not heed it is killed."""
    program = f"""
import os, subprocess, time
child = subprocess.Popen(["/bin/sh", "-c", "trap '' INT TERM; while :; do sleep 0.1; done"])
open({str(place / "pids")!r}, "w").write(f"{{os.getpid()}} {{child.pid}}")
try:
    time.sleep(60)
finally:
    open({str(place / "tidied")!r}, "w")
"""
    worker = Asker(place)
    worker.send("warm", program)
    pids = until(lambda: (place / "pids").exists() and (place / "pids").read_text().split(), "the module to run")
    worker.process.kill()
    worker.process.wait()
    for stream in (worker.process.stdin, worker.process.stdout):
        stream.close()
    until(lambda: not any(stands(int(pid)) for pid in pids), "the module and its child to end", 8)
    assert (place / "tidied").exists()


def test_idle_server_ends_and_the_next_module_starts_another(ask, place):
    assert ask("warm", "print()", idle=0.3)["how"] == "warm"
    until(lambda: not list(place.glob("groundwork-warm-*")), "the server to end", 5)
    assert ask("warm", "print()", idle=0.3)["how"] == "warm"


def test_no_server_ends_under_a_module(ask):
    ask.send("warm", "import time; time.sleep(1.5); print('done')", idle=0.3)
    server = until(lambda: list(ask.place.glob("groundwork-warm-*/*")) and ask.server(), "the server")
    assert ask.answer()["out"] == "done\n"
    assert stands(server)


def test_two_controllers_share_nothing(place):
    with asking(place) as one, asking(place) as other:
        asked = [ask("warm", "import os; print(os.getppid())") for ask in (one, other)]
        assert [ran["how"] for ran in asked] == ["warm", "warm"]
        assert len(list(place.glob("groundwork-warm-*"))) == 2


def test_other_credentials_are_another_process(ask, place):
    for profile in ("one", "two", "one"):
        assert ask("warm", "import os; print(os.environ['AWS_PROFILE'])", environment={"AWS_PROFILE": profile})["out"] == f"{profile}\n"
    assert len(list(place.glob("groundwork-warm-*/*"))) == 2


def test_circumstances_that_keep_changing_are_not_worth_a_start(ask):
    ran = [ask("warm", "print()", environment={"N": str(n)}) for n in range(warm_client.MOST + 1)]
    assert [one["how"] for one in ran] == ["warm"] * warm_client.MOST + ["unavailable"]


def test_folder_is_the_users_alone(ask, place):
    ask("warm", "print()")
    (folder,) = place.glob("groundwork-warm-*")
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    assert "this user alone" in ask("warm", "print()")["why"]
    folder.chmod(0o700)
    assert ask("warm", "print()")["how"] == "warm"


def test_path_may_be_longer_than_a_sockets(tmp_path):
    place = tmp_path / ("long" * 30)
    place.mkdir(mode=0o700)
    with asking(place) as ask:
        assert ask("warm", "print()")["how"] == "warm"


def test_folder_that_is_a_link_is_refused(ask, place, tmp_path):
    ask("warm", "print()", idle=0.2)
    (folder,) = place.glob("groundwork-warm-*")
    until(lambda: not folder.exists(), "the server to end")
    tmp_path.chmod(0o700)
    folder.symlink_to(tmp_path)
    assert "this user alone" in ask("warm", "print()")["why"]
    folder.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become another user")
def test_server_of_another_user_is_refused(ask, place):
    ask("warm", "print()", idle=0.2)
    (folder,) = place.glob("groundwork-warm-*")
    path = next(folder.iterdir())
    until(lambda: not folder.exists(), "the server to end")
    folder.mkdir(mode=0o700)
    program = f"import os, socket, time; s = socket.socket(1, 5); s.bind({str(path)!r}); os.setuid(65534); s.listen(); time.sleep(60)"
    impostor = subprocess.Popen([sys.executable, "-c", program])
    try:
        until(path.exists, "the impostor")
        until(lambda: "another user" in ask("warm", "print()")["why"], "the refusal")
    finally:
        impostor.kill()
        impostor.wait()
        path.unlink()
        folder.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become another user")
def test_another_user_is_not_served(ask, place):
    ask("warm", "print()")
    (path,) = place.glob("groundwork-warm-*/*")
    for opened in (path, path.parent, place):
        opened.chmod(0o777)
    program = f"import os, socket; os.setuid(65534); s = socket.socket(1, 5); s.connect({str(path)!r}); s.send(b'{{\"end\": true}}'); print(s.recv(99))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "b''" in ran.stdout or "reset" in ran.stderr or "Broken pipe" in ran.stderr


def test_server_killed_before_it_began_was_not_begun(ask):
    ask("warm", "print()")
    server = ask.server()
    os.kill(server, signal.SIGSTOP)
    ask.send("warm", "print('never')")
    time.sleep(0.3)
    os.kill(server, signal.SIGKILL)
    assert ask.answer()["how"] == "unavailable"
    assert ask("warm", "print('again')")["out"] == "again\n"


def test_server_killed_while_a_module_runs_leaves_it_to_its_keeper(ask, place):
    ask("warm", "print()")
    server = ask.server()
    ask.send("warm", f"import time; open({str(place / 'begun')!r}, 'w'); time.sleep(1); print('done')")
    until((place / "begun").exists, "the module to run")
    os.kill(server, signal.SIGKILL)
    assert ask.answer()["out"] == "done\n"
    assert ask("warm", "print('again')")["out"] == "again\n"


def test_keeper_killed_while_a_module_runs_is_an_error_and_no_second_run(ask, place):
    times = place / "times"
    ask.send("warm", f"import os, time; open({str(times)!r}, 'a').write(f'{{os.getpid()}} {{os.getppid()}}\\n'); time.sleep(60)")
    module, keeper = map(int, until(lambda: times.exists() and times.read_text(), "the module to run").split())
    os.kill(keeper, signal.SIGKILL)
    ran = ask.answer()
    assert ran["how"] == "lost"
    assert "not known" in ran["why"]
    until(lambda: not stands(module), "the module to end", 5)
    assert len(times.read_text().splitlines()) == 1


def test_payload_that_did_not_come_whole_is_not_run(ask):
    """The asking side went while it wrote."""
    ran = ask("cut", "print('half')")
    assert (ran["rc"], ran["out"]) == (1, "")


@pytest.mark.parametrize(
    ("left", "nothing"),
    [
        ("a = [], {}, (n for n in ())", True),
        ("import io; a = io.BytesIO(b'x'), io.StringIO('x'), open('/dev/null')", True),
        ("import socket; a = socket.socketpair()", True),
        ("a = open('/dev/null', 'w')", False),
        ("a = open('/dev/null', 'w'); a.close()", True),
        ("a = (n for n in range(2)); next(a)", False),
        ("class A:\n    def __del__(self): pass\na = A()", False),
    ],
)
def test_a_program_is_taken_apart_only_where_something_would_come_of_it(left, nothing):
    folder = Path(warm_client.__file__).parent
    program = f"import gc, sys; sys.path.insert(0, {str(folder)!r}); import warm_library; gc.freeze()\n{left}\nprint(warm_library.nothing_is_left())"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == f"{nothing}\n"
