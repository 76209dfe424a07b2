# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The helper as it runs on a host: begun by its loader on a terminal, and told what to do by frames."""

from __future__ import annotations

import ast
import base64
import contextlib
import functools
import hashlib
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
import typing as t
import zlib
from pathlib import Path

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils import ssm_frames
from ansible_collections.groundwork.aws.plugins.plugin_utils import ssm_helper
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from .gateway import stands
from .gateway import until

#: What Amazon Linux 2023 has, up to the newest.
VERSIONS = range(9, 15)
#: What the way back through the agent does not let through, and what terminals, lines and strings do not.
ODD = bytes(range(256)) + "\N{REPLACEMENT CHARACTER}\u4e16\U0001f600".encode() + b"\xef\xbf\xbd\xef\xbf\r\n\x03\x04\x13\x11\0"


#: Seconds that processes have to end in, here: a test has less patience.
MERCY = 0.7


def program(silence: float) -> bytes:
    """The helper as it is sent, but less patient."""
    text = zlib.decompress(PROGRAM(silence))
    return zlib.compress(re.sub(rb"(?m)^MERCY = .*$", f"MERCY = {MERCY}".encode(), text))


PROGRAM = ssm_frames.program


@pytest.fixture(autouse=True, scope="module")
def impatient() -> t.Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ssm_frames, "program", program)
        yield


@functools.cache
def python(minor: int) -> str | None:
    """A Python 3.minor of this machine that runs: on the path, or beside this one, where tools that keep several lay them."""
    beside = Path(sys.base_prefix).resolve().parent.glob(f"*/bin/python3.{minor}")
    for path in (f"python3.{minor}", *map(str, beside)):
        with contextlib.suppress(OSError):
            if subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
                return subprocess.check_output([path, "-c", "import sys; print(sys.executable)"], text=True).strip()
    return None


class Host:
    """A helper on a terminal, and who speaks to it."""

    def __init__(self, interpreter: str, place: Path, silence: float = 60.0):
        place.mkdir(exist_ok=True)
        (place / "python3").unlink(missing_ok=True)
        (place / "python3").symlink_to(interpreter)
        self.number, self.lines, self.frames, self.credit = 0, ssm_frames.Lines(), [], {}
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.execve("/bin/sh", ["sh", "-c", ssm_frames.loader(silence)], {"PATH": f"{place}:/usr/bin:/bin", "TERM": "xterm-256color"})
        said = b""
        while ssm_frames.READY not in said:
            said += os.read(self.terminal, 4096)
        os.write(self.terminal, ssm_frames.program(silence))

    def send(self, kind: int, payload: bytes = b"", number: int | None = None) -> None:
        """Send a frame, as fast as the terminal takes it: what does not read is found out here."""
        left = ssm_helper.pack(self.number if number is None else number, kind, payload)
        while left:
            assert select.select([], [self.terminal], [], 10)[1], "the helper does not read any more"
            left = left[os.write(self.terminal, left[:4000]) :]

    def ask(self, kind: int, rest: bytes, **asked: t.Any) -> int:
        self.number += 1
        self.send(kind, json.dumps(asked).encode() + b"\n" + rest)
        return self.number

    def hear(self, kind: int, number: int | None = None, seconds: float = 10.0) -> bytes:
        """What the next frame of a kind says."""
        number, end = self.number if number is None else number, time.monotonic() + seconds
        while True:
            for frame in self.frames:
                if ssm_frames.number_of(frame) == number and ssm_frames.kind_of(frame) == kind:
                    self.frames.remove(frame)
                    return ssm_frames.opened(frame)[1]
            ready = select.select([self.terminal], [], [], max(0.0, end - time.monotonic()))[0]
            assert ready, f"no frame of kind {kind} after {seconds} s"
            self.frames += self.lines.feed(os.read(self.terminal, 1 << 16))

    def over(self, number: int | None = None, seconds: float = 10.0) -> dict[str, t.Any]:
        return json.loads(self.hear(ssm_helper.DONE, number, seconds))

    def said(self, kind: int = ssm_helper.OUTPUT, number: int | None = None) -> bytes:
        """What a stream held, once the work is over."""
        number = self.number if number is None else number
        mine = [frame for frame in self.frames if (ssm_frames.number_of(frame), ssm_frames.kind_of(frame)) == (number, kind)]
        self.frames = [frame for frame in self.frames if frame not in mine]
        return b"".join(ssm_frames.opened(frame)[1] for frame in mine)

    def run(self, command: str, data: bytes = b"", **asked: t.Any) -> tuple[dict[str, t.Any], bytes, bytes]:
        self.ask(ssm_helper.EXEC, command.encode(), **{"input": bool(data)} | asked)
        for start in range(0, len(data), ssm_helper.PIECE):
            self.send(ssm_helper.INPUT, data[start : start + ssm_helper.PIECE])
        if data:
            self.send(ssm_helper.END)
        over = self.over()
        return over, self.said(), self.said(ssm_helper.ERRORS)

    def close(self) -> None:
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Host]:
    """A helper for all tests that leave it as it is."""
    host = Host(sys.executable, tmp_path_factory.mktemp("bin"))
    yield host
    host.close()


@pytest.fixture
def host(tmp_path: Path) -> t.Iterator[Host]:
    host = Host(sys.executable, tmp_path / "bin")
    yield host
    with contextlib.suppress(OSError):
        host.close()


def test_text_is_of_the_oldest_python_too():
    ast.parse(Path(ssm_helper.__file__).read_text(), feature_version=(3, min(VERSIONS)))


def test_text_needs_the_standard_library_only():
    imported = [node for node in ast.walk(ast.parse(Path(ssm_helper.__file__).read_text())) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {getattr(node, "module", None) or node.names[0].name for node in imported}
    assert {name.partition(".")[0] for name in names} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("minor", VERSIONS, ids=lambda minor: f"3.{minor}")
def test_every_python_runs_it(minor, tmp_path):
    if not python(minor):
        pytest.skip(f"no Python 3.{minor} on this machine")
    host = Host(python(minor), tmp_path / "bin")
    assert json.loads(host.hear(ssm_helper.HELLO, 0))["python"].startswith(f"3.{minor}.")
    path = str(tmp_path / "file").encode()
    over, output, errors = host.run("cat; echo err >&2; exit 3", ODD * 300)
    assert (over["status"], output, errors) == (3, ODD * 300, b"err\n")
    host.ask(ssm_helper.PUT, path)
    host.send(ssm_helper.INPUT, ODD)
    host.send(ssm_helper.END)
    assert host.over() == {"size": len(ODD), "sha256": hashlib.sha256(ODD).hexdigest()}
    host.ask(ssm_helper.FETCH, path)
    assert host.over()["size"] == len(ODD)
    assert host.said() == ODD
    assert host.run("sleep 30", timeout=0.2)[0]["why"] == "timeout"
    host.send(ssm_helper.LEAVE)
    assert os.waitpid(host.pid, 0)[1] == 0


@settings(max_examples=60, deadline=None)
@given(data=st.binary(min_size=1) | st.sampled_from([ODD, ODD[::-1], b"\0", b"\xef\xbf\xbd" * 9, b"x" * 70000]))
def test_any_bytes_go_in_and_come_out_of_both_streams(one, data):
    over, output, errors = one.run("tee /dev/stderr", data)
    assert (over["status"], output, errors) == (0, data, data)


@settings(max_examples=60, deadline=None)
@given(word=st.binary(min_size=1).filter(lambda word: b"\0" not in word) | st.just(ODD.replace(b"\0", b"")))
def test_any_bytes_are_an_argument(one, word):
    quoted = b"'" + word.replace(b"'", b"'\"'\"'") + b"'"
    one.ask(ssm_helper.EXEC, b"printf %s " + quoted, input=False)
    assert one.over()["status"] == 0
    assert one.said() == word


def test_commands_are_where_a_login_would_be_with_no_terminal_and_no_input(one):
    over, output, _errors = one.run("pwd; echo $HOME; ps -o tty= -p $$; cat; ls -l /proc/self/fd | wc -l")
    home, second, terminal, descriptors = output.decode().split()
    assert home == second == os.path.expanduser("~")
    assert terminal == "?"
    assert int(descriptors) == len([0, 1, 2, 3]) + 1


def test_command_that_reads_nothing_holds_nobody_up(one):
    number = one.ask(ssm_helper.EXEC, b"sleep 2; exit 4", input=True)
    for _part in range(ssm_helper.WINDOW // ssm_helper.PIECE):
        one.send(ssm_helper.INPUT, os.urandom(ssm_helper.PIECE))
    one.send(ssm_helper.PING)
    one.hear(ssm_helper.PING, seconds=1.5)
    assert one.over(number)["status"] == 4


def test_command_that_wants_no_more_gets_no_more(one):
    number = one.ask(ssm_helper.EXEC, b"exec <&-; sleep 0.5", input=True)
    promised = ssm_helper.WINDOW
    for _part in range(3 * ssm_helper.WINDOW // ssm_helper.PIECE):
        while promised < ssm_helper.PIECE:
            promised += ssm_helper.AMOUNT.unpack(one.hear(ssm_helper.CREDIT, number))[0]
        one.send(ssm_helper.INPUT, bytes(ssm_helper.PIECE))
        promised -= ssm_helper.PIECE
    assert one.over(number)["status"] == 0


def test_output_waits_until_it_is_taken(one):
    number = one.ask(ssm_helper.EXEC, b"head -c 3000000 /dev/zero; echo >&2 done", input=False)
    one.send(ssm_helper.PING)
    one.hear(ssm_helper.PING)
    with pytest.raises(AssertionError):
        one.over(number, seconds=1.5)
    got = one.said(number=number)
    assert len(got) == ssm_helper.WINDOW
    one.send(ssm_helper.CREDIT, ssm_helper.AMOUNT.pack(3000000))
    assert one.over(number)["status"] == 0
    assert len(got + one.said(number=number)) == 3000000
    assert one.said(ssm_helper.ERRORS, number) == b"done\n"


def test_many_at_once_are_kept_apart(one):
    numbers = {one.ask(ssm_helper.EXEC, f"sleep 0.{9 - n}; echo {n}; exit {n}".encode(), input=False): n for n in range(9)}
    for number, n in numbers.items():
        assert one.over(number)["status"] == n
        assert one.said(number=number) == b"%d\n" % n


def test_no_number_is_begun_twice(one, tmp_path):
    number = one.ask(ssm_helper.EXEC, f"echo run >>{tmp_path}/runs".encode(), input=False)
    one.over(number)
    for again in (number, number - 1):
        one.send(ssm_helper.EXEC, b'{"input": false}\n' + f"echo run >>{tmp_path}/runs".encode(), again)
    one.run("true")
    assert (tmp_path / "runs").read_text() == "run\n"


@pytest.mark.parametrize(
    ("kind", "path", "error"),
    [
        (ssm_helper.PUT, "/nonexistent/file", "No such file or directory"),
        (ssm_helper.PUT, "/tmp", "Is a directory"),
        (ssm_helper.FETCH, "/nonexistent", "No such file or directory"),
        (ssm_helper.FETCH, "/tmp", "Is a directory"),
        (ssm_helper.PUT, "/dev/full", "No space left on device"),
        (ssm_helper.FETCH, "/proc/self/mem", "Input/output error"),
    ],
)
def test_what_the_system_refuses_is_said_in_its_words(one, kind, path, error):
    one.ask(kind, path.encode())
    if kind == ssm_helper.PUT:
        one.send(ssm_helper.INPUT, b"x")
        one.send(ssm_helper.END)
    assert one.over()["error"] == error


def test_command_that_is_too_long_is_refused(one):
    over, _output, _errors = one.run(f"echo {'x' * 200_000}")
    assert over["error"] == "Argument list too long"


STUBBORN = "trap '' TERM; echo $$; sleep 60 & echo $!; while :; do sleep 0.1; done"


@pytest.mark.parametrize("command", ["echo $$; sleep 60 & echo $!; wait", STUBBORN], ids=["obedient", "stubborn"])
def test_command_that_takes_too_long_ends_with_its_group(one, command):
    began = time.monotonic()
    over, output, _errors = one.run(command, timeout=0.5)
    assert over["why"] == "timeout"
    assert 0.5 <= time.monotonic() - began < 0.5 + MERCY + 2
    assert len(output.split()) == 2
    until(lambda: not any(stands(pid) for pid in output.decode().split()), "both to end", 1)


def test_group_that_outlives_its_command_is_ended_too(one):
    over, output, _errors = one.run("(trap '' TERM; sleep 60) >/dev/null 2>&1 & echo $!; sleep 60", timeout=0.5)
    assert over["why"] == "timeout"
    until(lambda: not stands(output.decode().strip()), "the one that was left", 1)


def test_kill_ends_a_command(one):
    number = one.ask(ssm_helper.EXEC, b"echo $$; sleep 60", input=False)
    pid = one.hear(ssm_helper.OUTPUT, number).decode().strip()
    one.send(ssm_helper.KILL)
    assert one.over(number) == {"status": -signal.SIGTERM, "why": "asked"}
    assert not stands(pid)


def test_command_on_a_terminal_reads_from_one(one):
    number = one.ask(ssm_helper.EXEC, b"tty -s && read word && echo got $word", tty=True)
    one.send(ssm_helper.INPUT, b"secret\n")
    assert one.over(number)["status"] == 0
    assert one.said(number=number) == b"got secret\n"


def slow(host: Host) -> str:
    host.ask(ssm_helper.EXEC, STUBBORN.encode(), input=False)
    return host.hear(ssm_helper.OUTPUT).decode().split()[0]


def test_silence_ends_the_helper_and_what_it_runs(tmp_path):
    host = Host(sys.executable, tmp_path / "bin", silence=1.0)
    pid = slow(host)
    for _beat in range(6):
        host.send(ssm_helper.PING)
        time.sleep(0.3)
    assert stands(pid)
    until(lambda: not stands(pid), "the command to end", 1 + MERCY + 3)
    until(lambda: os.waitpid(host.pid, os.WNOHANG)[0], "the helper to end", 2)


@pytest.mark.parametrize("how", ["the terminal is hung up", "it is told to", "a frame is garbled"])
def test_end_of_the_helper_is_the_end_of_what_it_runs(host, how):
    pid = slow(host)
    if how == "the terminal is hung up":
        os.close(host.terminal)
    elif how == "it is told to":
        host.send(ssm_helper.LEAVE)
    else:
        os.write(host.terminal, ssm_helper.pack(99, ssm_helper.PING)[:-4] + b"\0\0\0\1")
    until(lambda: not stands(pid), "the command to end", MERCY + 3)
    until(lambda: os.waitpid(host.pid, os.WNOHANG)[0], "the helper to end", 2)


def test_program_that_does_not_come_is_not_waited_for_for_ever():
    loader = ssm_frames.loader(60.0).replace(f"signal.alarm({ssm_frames.COMING})", "signal.alarm(1)")
    pid, terminal = pty.fork()
    if not pid:
        os.execv("/bin/sh", ["sh", "-c", loader])
    assert os.read(terminal, 100) == ssm_frames.READY
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGALRM
    os.close(terminal)


def test_host_without_python_says_so(tmp_path):
    for name in ("sh", "echo"):
        (tmp_path / name).symlink_to(shutil.which(name))
    command = ssm_frames.loader(60.0).replace(" /usr/", f" {tmp_path}/")  # this machine's own would be found there
    ran = subprocess.run(["/bin/sh", "-c", command], env={"PATH": str(tmp_path)}, capture_output=True, check=False)
    assert ran.stdout.strip() == ssm_frames.NO_PYTHON
    assert b"sleep" in ran.stderr


def test_loader_is_fit_for_a_parameter():
    """What a document's template would read, or a line's end would cut."""
    loader = ssm_frames.loader(150.0)
    assert not {"\n", "{", "}"} & set(loader)
    assert loader.isascii()
    assert len(loader) < 1000


def test_lines_that_are_no_frames_are_told():
    frame = ssm_helper.pack(1, ssm_helper.OUTPUT, b"some output")
    for garbled in (frame[:-1] + b"!", frame[:-2], frame + b"x", frame[:5]):
        with pytest.raises(ValueError, match="helper"):
            ssm_frames.Lines().feed(base64.b64encode(garbled) + b"\n")
    with pytest.raises(ValueError, match="Killed"):
        ssm_frames.Lines().feed(b"sh: Killed\n")


@given(parts=st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 13), st.binary(max_size=2000))), cuts=st.lists(st.integers(1, 500)))
def test_frames_are_found_however_they_are_cut(parts, cuts):
    stream, frames, found = b"".join(ssm_helper.pack(*part) for part in parts), ssm_helper.Frames(), []
    while stream:
        cut = cuts.pop() if cuts else 10_000
        found += frames.feed(stream[:cut])
        stream = stream[cut:]
    assert found == parts
