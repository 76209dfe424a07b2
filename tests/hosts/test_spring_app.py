# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sample application for Java is well once its database answers, 503 until then, and keeps the secret to itself. Needs a JDK."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import threading
import time
import typing as t
from pathlib import Path

import boto3
import pytest
from localcloud import LocalCloud

APP = Path(__file__).parent / "apps" / "spring"
REGION, SECRET = "ap-northeast-2", "tio/db/credentials"
PASSWORD = "not-to-be-\"seen\"-\\anywhere"
#: The beginning of MySQL's greeting: length, sequence, protocol 10.
GREETING = b"\x05\x00\x00\x00\x0a8.4.0"


class Answer(t.NamedTuple):
    status: int
    said: dict[str, t.Any]


@contextlib.contextmanager
def database(greeting: bytes, port: int = 0) -> t.Iterator[int]:
    """Says what it is given to whoever calls; its port."""
    with socket.create_server(("127.0.0.1", port)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    caller, _address = listening.accept()
                    with caller:
                        caller.sendall(greeting)

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@pytest.fixture(scope="module")
def cloud() -> t.Iterator[LocalCloud]:
    with LocalCloud() as cloud:
        yield cloud


@pytest.fixture(scope="module")
def jar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("jar") / "application.jar"
    subprocess.run([APP / "build", made], check=True)
    return made


class Application:
    """The sample, running."""

    def __init__(self, jar: Path, environment: dict[str, str], log: Path):
        self.port, self.log = free_port(), log
        own = {"SERVER_PORT": str(self.port), "LOGGING_FILE_NAME": str(log), "AWS_REGION": REGION, "DATABASE_SECRET_ID": SECRET}
        self.process = subprocess.Popen(["java", "-jar", jar], env={"PATH": os.environ["PATH"], **own, **environment})

    def ask(self, path: str = "/actuator/health") -> Answer:
        deadline = time.monotonic() + 60
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
                return Answer(answer.status, json.loads(answer.read()))
            except ConnectionError:
                assert time.monotonic() < deadline, "it does not listen"
                assert self.process.poll() is None, "it ended"
                time.sleep(0.1)
            finally:
                connection.close()


@pytest.fixture
def application(jar: Path, tmp_path: Path) -> t.Iterator[t.Callable[..., Application]]:
    begun: list[Application] = []

    def begin(**environment: str) -> Application:
        begun.append(Application(jar, environment, tmp_path / "application.log"))
        return begun[-1]

    yield begin
    for one in begun:
        one.process.terminate()
        assert one.process.wait(20) == 143  # as SuccessExitStatus of its unit has it


@pytest.fixture
def keys(cloud: LocalCloud) -> dict[str, str]:
    cloud.reset()
    return {name: value for name, value in cloud.env(REGION).items() if name.startswith("AWS_")}


def keep_secret(cloud: LocalCloud, keys: dict[str, str], port: int) -> None:
    found = {"endpoint_url": cloud.endpoint, "aws_access_key_id": keys["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": keys["AWS_SECRET_ACCESS_KEY"]}
    text = json.dumps({"username": "ädmin", "password": PASSWORD, "host": "127.0.0.1", "port": port, "odd": [{}, [], None, 1.5e3]})
    boto3.client("secretsmanager", region_name=REGION, **found).create_secret(Name=SECRET, SecretString=text)


def test_it_is_well_once_the_database_greets_and_keeps_the_secret_to_itself(application, cloud, keys):
    port = free_port()
    running = application(**keys)
    assert running.ask() == Answer(503, {"status": "DOWN", "reason": "Secrets Manager says ResourceNotFoundException"})
    keep_secret(cloud, keys, port)
    down = running.ask()
    assert (down.status, down.said["status"]) == (503, "DOWN")
    assert "the database at 127.0.0.1" in down.said["reason"]
    with database(GREETING, port):
        assert running.ask() == Answer(200, {"status": "UP"})
        assert running.ask() == Answer(200, {"status": "UP"})
    assert running.ask().status == 503
    assert running.ask("/elsewhere").status == 404
    log = [json.loads(line) for line in running.log.read_text().splitlines()]
    assert [one["status"] for one in log if "status" in one] == ["DOWN", "DOWN", "UP", "DOWN"], "each change is said once"
    assert "not-to-be" not in running.log.read_text()


@pytest.mark.parametrize("greeting", [b"\x17\x00\x00\x00\xff\x69\x04Too many connections", b"HTTP/1.1 200 OK\r\n"])
def test_what_refuses_or_is_no_database_is_down(application, cloud, keys, greeting: bytes):
    with database(greeting) as port:
        keep_secret(cloud, keys, port)
        down = application(**keys).ask()
    assert down.status == 503
    assert "it refuses, or is none" in down.said["reason"]


def test_it_signs_as_the_sdk_does(application, cloud, keys):
    """By what was signed: botocore signs the same request with the same key, and finds the same signature."""
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials

    heard: dict[str, t.Any] = {}
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            caller, _address = listening.accept()
            with caller, caller.makefile("rb") as stream:
                lines = iter(lambda: stream.readline().decode().rstrip("\r\n"), "")
                heard["first"] = next(lines)
                heard["headers"] = {name.lower(): value for name, _colon, value in (line.partition(": ") for line in lines)}
                heard["body"] = stream.read(int(heard["headers"]["content-length"]))
                caller.sendall(b"HTTP/1.1 400 no\r\nContent-Length: 19\r\n\r\n" + b'{"__type":"a#Other"}'[:19])

        serving = threading.Thread(target=serve)
        serving.start()
        endpoint = f"http://127.0.0.1:{listening.getsockname()[1]}"
        own = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "AWS_SESSION_TOKEN": "a/token=="}
        assert application(**own, AWS_ENDPOINT_URL=endpoint).ask().status == 503
        serving.join()
    headers = heard["headers"]
    names = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    request = botocore.awsrequest.AWSRequest("POST", endpoint + "/", {name: headers[name] for name in names}, heard["body"])
    request.context["timestamp"] = headers["x-amz-date"]
    signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(own["AWS_ACCESS_KEY_ID"], own["AWS_SECRET_ACCESS_KEY"]), "secretsmanager", REGION)
    expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert headers["authorization"].endswith(f"Signature={expected}")
    assert headers["x-amz-security-token"] == own["AWS_SESSION_TOKEN"]
