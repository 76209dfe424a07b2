# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A database's password is nowhere but in Secrets Manager and RDS: not after a run that tells and keeps as much as a run can."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
import threading
import urllib.parse
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Outcome
from .conftest import Runs
from .conftest import write_inventory
from .record import CREATES
from .record import lost
from .record import PARTS

NAME = "plot/db/credentials"
TALKATIVE = ("-vvvv", "--diff", "-e", "ansible_pipelining=false")


@pytest.fixture
def vault(plot: Runs) -> Runs:
    """A database, and a bucket with a key, in a network of two tiers."""
    tiers = {"public": {"egress": "internet"}, "data": {"egress": "none"}}
    kinds = {"networks": {"vpc": {"network_tiers": tiers}}, "databases": {"db": {"database_port": 3306}}, "buckets": {"files": {}}}
    write_inventory(plot, "more", kinds)
    return plot


class Processes:
    """Command line and environment of every process of a run, looked at many times a second."""

    def __init__(self, mark: str):
        self.mark, self.seen, self._ended = mark.encode(), set[bytes](), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Processes:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.05):
            for folder in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):  # it ended meanwhile
                    environ = (folder / "environ").read_bytes()
                    if self.mark in environ:
                        self.seen |= {environ, (folder / "cmdline").read_bytes()}


def talk(vault: Runs, playbook: str, *arguments: str) -> tuple[Outcome, set[bytes]]:
    """A run that keeps and tells all, and what was to be seen of its processes."""
    kept = {name: vault.folder / name for name in ("local", "remote", "tmp", "facts")}
    kept["tmp"].mkdir(exist_ok=True)
    environment = {
        "ANSIBLE_PIPELINING": "false",
        "ANSIBLE_KEEP_REMOTE_FILES": "1",
        "ANSIBLE_LOG_PATH": str(vault.folder / "log"),
        "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(kept["facts"]),
        "ANSIBLE_LOCAL_TEMP": str(kept["local"]),
        "ANSIBLE_REMOTE_TEMP": str(kept["remote"]),
        "TMPDIR": str(kept["tmp"]),
    }
    with Processes(str(kept["remote"])) as processes:
        outcome = vault.ok(playbook, *TALKATIVE, *arguments, **environment)
    return outcome, processes.seen


def contents(path: Path) -> Iterator[bytes]:
    """What is in a file; and in the archives that it holds as text, as a module's payload does."""
    content = path.read_bytes()
    yield content
    for packed in re.findall(rb"[A-Za-z0-9+/\n]{200,}={0,2}", content):
        with contextlib.suppress(ValueError, zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(base64.b64decode(packed))) as archive:
            yield from (archive.read(name) for name in archive.namelist())


def places(value: str, kept: dict[str, list[bytes]]) -> set[str]:
    """Where a value is found, as it is or written in another way."""
    forms = {value, json.dumps(value)[1:-1], repr(value)[1:-1], urllib.parse.quote(value), urllib.parse.quote_plus(value)}
    wanted = [one.encode() for one in forms] + [base64.b64encode(value.encode())]
    return {place for place, texts in kept.items() if any(one in text for one in wanted for text in texts)}


def password(vault: Runs, stage: str = "AWSCURRENT") -> str:
    found = vault.account.client("secretsmanager").get_secret_value(SecretId=NAME, VersionStage=stage)
    return json.loads(found["SecretString"])["password"]


def test_the_password_is_found_nowhere_not_when_it_is_made_nor_when_it_is_changed(vault: Runs):
    vault.cloud.dials.faults = lost(CREATES.keys() | PARTS)
    site, seen = talk(vault, "site", "-e", f"stack_outputs_file={vault.folder}/outputs.json")
    assert all(count == 1 for count in vault.account.standing().values())
    first = password(vault)
    rotated, seen_again = talk(vault, "rotate", "-e", "rotate_max_age_days=0")
    second = password(vault)
    assert second != first == password(vault, "AWSPREVIOUS")
    # The database has the new one before AWSCURRENT says it.
    steps = ("PutSecretValue", "ModifyDBInstance", "UpdateSecretVersionStage")
    order = [one["operation"] for one in rotated.writes if one["operation"] in steps]
    assert order[:3] == list(steps)
    assert order.count("ModifyDBInstance") == 1
    assert vault.ok("rotate").writes == []  # it is younger than a day

    kept: dict[str, list[bytes]] = {
        "screen": [site.screen.encode(), rotated.screen.encode()],
        "record": [json.dumps(vault.cloud.records()).encode()],
        "plans": [json.dumps([site.plan, rotated.plan]).encode()],
        "processes": list(seen | seen_again),
    }
    for path in vault.folder.rglob("*"):
        if path.is_file():
            kept.setdefault(path.relative_to(vault.folder).parts[0], []).extend(contents(path))
    # What is looked through holds what a run handles: it would hold the password too, if a run handled that.
    assert places(NAME, kept) >= {"screen", "record", "log", "plans", "remote"}
    assert places("outputs.json", kept) >= {"processes"}
    assert any(b"AnsiballZ_dispatch.py" in one for one in seen)
    for one in (first, second):
        assert len(one) == 32
        assert places(one, kept) == set()
