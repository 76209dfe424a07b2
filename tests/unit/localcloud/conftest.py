# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A local cloud in this process, and plain boto3 clients of it."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from localcloud import LocalCloud
from localcloud.clock import CLOCK

from .daemon import run
from .door import Door
from .session_client import COMMAND, ECHO

REGION = "eu-west-1"
#: This machine, as a host of the cloud's.
HOST = "i-0123456789abcdef0"
#: An agent that needs no time for anything.
FAST = {"pty_start_ms": 0, "attach_ms": 0}


def client_of(endpoint: str, service: str, **config: Any) -> Any:
    """A boto3 client that sends once, so that a test sees what the cloud said."""
    options: dict[str, Any] = {"retries": {"total_max_attempts": 1}} | config
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(**options),
    )


def signed(cloud: LocalCloud, service: str = "ssm", region: str = REGION, **keys: str) -> Any:
    """A boto3 client that sends once, with the run's key or another."""
    own = {"aws_access_key_id": cloud.key.id, "aws_secret_access_key": cloud.key.secret} | keys
    return boto3.client(service, endpoint_url=cloud.endpoint, region_name=region, config=Config(retries={"total_max_attempts": 1}), **own)


@pytest.fixture(scope="module")
def standing_cloud() -> Iterator[LocalCloud]:
    with pytest.MonkeyPatch.context() as patched:
        # No test here starts an instance, and moto loads its thousand images anew at each reset.
        patched.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        with LocalCloud() as cloud:
            yield cloud


@pytest.fixture(scope="module")
def serving_cloud() -> Iterator[LocalCloud]:
    """A cloud with traffic."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        with LocalCloud(traffic=True) as cloud:
            yield cloud


@pytest.fixture
def door(serving_cloud: LocalCloud) -> Iterator[Door]:
    """A load balancer of its own, in virtual time."""
    serving_cloud.reset()
    with CLOCK.virtual():
        yield Door(serving_cloud)


@pytest.fixture
def cloud(standing_cloud: LocalCloud) -> LocalCloud:
    standing_cloud.reset()
    return standing_cloud


@pytest.fixture(scope="module")
def _clients(standing_cloud: LocalCloud) -> dict[str, Any]:
    return {}


def _client(cloud: LocalCloud, clients: dict[str, Any], name: str, service: str, **config: Any) -> Any:
    if name not in clients:
        clients[name] = client_of(cloud.endpoint, service, **config)
    return clients[name]


@pytest.fixture
def ec2(cloud: LocalCloud, _clients: dict[str, Any]) -> Any:
    return _client(cloud, _clients, "ec2", "ec2")


@pytest.fixture
def raw_ec2(cloud: LocalCloud, _clients: dict[str, Any]) -> Any:
    """A client that sends what botocore would refuse."""
    return _client(cloud, _clients, "raw_ec2", "ec2", parameter_validation=False)


@pytest.fixture
def dynamodb(cloud: LocalCloud, _clients: dict[str, Any]) -> Any:
    return _client(cloud, _clients, "dynamodb", "dynamodb")


@pytest.fixture
def gateway(cloud: LocalCloud) -> LocalCloud:
    """A cloud with a host."""
    cloud.hosts.add(HOST)
    cloud.dials.channel = FAST
    return cloud


@pytest.fixture
def ssm(gateway: LocalCloud) -> Any:
    return signed(gateway)


@pytest.fixture
def begin(ssm: Any) -> Callable[..., dict[str, Any]]:
    """Start a session: what lets a client in to it."""

    def begin(command: str = ECHO, document: str = COMMAND, **parameters: str) -> dict[str, Any]:
        given = {name: [value] for name, value in {"command": command, **parameters}.items()}
        return dict(ssm.start_session(Target=HOST, DocumentName=document, Parameters=given))

    return begin


@pytest.fixture
def virtual_time() -> Iterator[None]:
    """What settles does so when the test says so, by `CLOCK.advance`, however slow the machine is."""
    with CLOCK.virtual():
        yield


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """Where a daemon keeps its state; it is stopped at the end."""
    yield tmp_path / "cloud"
    run("stop", "--state-dir", str(tmp_path / "cloud"))
