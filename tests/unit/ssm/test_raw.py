# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host that has no Python, over the local cloud's gateway."""

from __future__ import annotations

import base64
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils import ssm_raw
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import TimedOut
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Unfit
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from .gateway import asked
from .gateway import run
from .gateway import sessions
from .gateway import TARGET
from .gateway import until

#: Enters this machine as one that has a few programs only. Who asks for the agent's user is told of the present one; nobody is made.
ENTER = """#!/bin/sh
if [ "$1$4" = shsh ]; then id -u; id -g; echo "$HOME"; exit; fi
while [ "$1" != setsid ]; do shift; done
exec env -i HOME="$HOME" PATH={folder} "$@"
"""


@pytest.fixture
def bare(cloud, tmp_path) -> Path:
    """A host without Python: where its programs lie."""
    folder = tmp_path / "bare"
    folder.mkdir()
    for name in ("sh", "base64", "sleep", "setsid"):
        (folder / name).symlink_to(shutil.which(name))
    enter = tmp_path / "enter"
    enter.write_text(ENTER.format(folder=folder))
    enter.chmod(0o755)
    cloud.hosts.add(TARGET, enter=[str(enter)])
    return folder


def test_host_without_python_runs_commands_with_code_and_streams_apart(told, bare, cloud):
    host = told()
    said = run(host, "printf '\\000\\377caf\u00e9 {{ x }}'; echo \"it's err\" >&2; exit 3")
    assert said == (3, b"\0\xff" + "caf\u00e9 {{ x }}".encode(), b"it's err\n")
    assert run(host, "true") == (0, b"", b"")
    assert "no Python" in told.noted[0]
    documents = [start["params"]["DocumentName"] for start in asked(cloud, "StartSession")]
    assert documents == ["AWS-StartInteractiveCommand"] + ["AWS-StartNonInteractiveCommand"] * 2
    until(lambda: not sessions(), "the sessions to end")


def test_host_without_python_does_nothing_else_and_says_what_to_do(told, bare, tmp_path):
    host = told()
    with pytest.raises(Unfit, match=r"no Python 3.*ansible\.builtin\.raw"):
        run(host, "cat", b"input")
    (tmp_path / "here").write_bytes(b"x")
    with pytest.raises(Unfit, match="no Python 3"):
        host.put(str(tmp_path / "here"), b"/tmp/there")
    with pytest.raises(TimedOut):
        run(host, "sleep 60", timeout=1)


def test_host_that_is_given_a_python_is_served_from_then_on(told, bare, cloud):
    host = told()
    assert run(host, "echo raw")[1] == b"raw\n"
    (bare / "python3").symlink_to(sys.executable)
    (bare / "cat").symlink_to(shutil.which("cat"))
    assert run(host, "cat", b"input")[1] == b"input"
    assert run(host, "echo helped")[1] == b"helped\n"
    assert [one["params"]["DocumentName"] for one in asked(cloud, "StartSession")][-1] == "AWS-StartInteractiveCommand"


@pytest.mark.parametrize("shell", ["dash", "bash"])
@settings(max_examples=25, deadline=None)
@given(word=st.binary(min_size=1).filter(lambda word: b"\0" not in word), more=st.sampled_from([b"{{ command }}", b"'\"'$(id)`id`\\", b"%s\r\n\x03"]))
def test_any_command_is_the_same_when_it_has_been_a_parameter(shell, word, more):
    """What splits it into words, and what it means to whichever shell is the host's."""
    quoted = b"'" + (word + more).replace(b"'", b"'\"'\"'") + b"'"
    first, option, script = shlex.split(ssm_raw.line(b"printf %s " + quoted))
    assert (first, option) == ("sh", "-c")
    assert not {"{", "}", "\n"} & set(script.replace(ssm_raw.SCRIPT.partition('"%s"')[2].replace("%%", "%"), ""))
    ran = subprocess.run([shell, "-c", script], capture_output=True, check=False)
    assert base64.b64decode(ran.stdout.partition(b"\n")[2]) == word + more


def test_command_that_no_parameter_holds_is_refused_by_its_length():
    with pytest.raises(ssm_raw.TooLong, match="20000 bytes"):
        ssm_raw.line(b"\xff" * 20_000)
