# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sample application of userdata_gpu: uvicorn serves it, the local cloud keeps its secret, and a database comes and goes."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import threading
import time
import typing as t
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import pytest
from localcloud import LocalCloud
from localcloud.client_env import clean_environ

APPLICATION = Path(__file__).parents[2] / "hosts/apps/python"
REGION, SECRET, PASSWORD = "ap-northeast-2", "tio/db/credentials", "never-to-be-seen"
#: How MySQL greets, and how it refuses who called too often: https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html
GREETING = b"\x4a\x00\x00\x00\x0a8.4.3\x00" + bytes(60)
REFUSAL = b"\x10\x00\x00\x00\xff\x69\x04Host is blocked"


@pytest.fixture
def cloud() -> t.Iterator[LocalCloud]:
    with LocalCloud() as running:
        yield running


@pytest.fixture
def place() -> int:
    """A port of this machine on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def secrets(cloud: LocalCloud) -> t.Any:
    known = cloud.env(REGION)
    keys = {"aws_access_key_id": known["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": known["AWS_SECRET_ACCESS_KEY"]}
    return boto3.client("secretsmanager", region_name=REGION, endpoint_url=cloud.endpoint, **keys)


@pytest.fixture
def service(environment: Path, cloud: LocalCloud, place: int, tmp_path: Path) -> t.Iterator[str]:
    """The running application's URL; its log is tmp_path/log."""
    secrets(cloud).create_secret(Name=SECRET, SecretString=json.dumps({"host": "127.0.0.1", "port": str(place), "password": PASSWORD}))
    with socket.create_server(("127.0.0.1", 0)) as listening, open(tmp_path / "log", "w") as log:
        argv = [environment / "uvicorn", "main:app", "--fd", str(listening.fileno())]
        settings = {"DATABASE_SECRET_ID": SECRET, "AWS_DEFAULT_REGION": REGION}
        known = clean_environ(os.environ, cloud.endpoint, REGION) | settings
        running = subprocess.Popen(argv, cwd=APPLICATION, env=known, pass_fds=[listening.fileno()], stdout=log, stderr=log)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            running.terminate()
            running.wait(20)


@contextlib.contextmanager
def database(port: int, word: bytes) -> t.Iterator[None]:
    """What listens there, says that word to whoever calls, and hangs up."""

    def speak(listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _address = listening.accept()
                with caller:
                    caller.sendall(word)
                    time.sleep(0.05)

    with socket.create_server(("127.0.0.1", port)) as listening:
        speaking = threading.Thread(target=speak, args=(listening,), daemon=True)
        speaking.start()
        yield
        listening.shutdown(socket.SHUT_RDWR)
        speaking.join(5)


def health(url: str) -> tuple[int, dict[str, str]]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_it_is_well_once_its_database_answers_and_no_longer_than_that(service, place, tmp_path):
    code, said = health(service)
    assert (code, said["status"]) == (503, "DOWN")
    assert said["reason"].startswith("the database cannot be reached: ")
    with database(place, GREETING):
        assert health(service) == (200, {"status": "UP"})
    assert health(service)[0] == 503
    assert PASSWORD not in (tmp_path / "log").read_text()


def test_what_answers_otherwise_is_no_database(service, place):
    for word, reason in ((REFUSAL, "refuses, or is none"), (b"HTTP/", "refuses, or is none"), (b"\x4a", "hung up")):
        with database(place, word):
            assert health(service) == (503, {"status": "DOWN", "reason": f"the database {reason}"})


def test_it_is_not_well_without_its_secret(service, cloud, place):
    secrets(cloud).delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    with database(place, GREETING):
        code, said = health(service)
    assert code == 503
    assert said["reason"].startswith("the secret cannot be read: ")
    assert "ResourceNotFoundException" in said["reason"]
