# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every module through its real main(), against the local cloud."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import signal
import time
import types
import typing as t

import boto3
import botocore.endpoint
import botocore.session
import pytest
from ansible.module_utils.common.warnings import _global_warnings
from ansible.module_utils.testing import patch_module_args
from localcloud import LocalCloud

REGION = "ap-northeast-2"
WHO = {"stack": "shop", "component": "vpc"}


@pytest.fixture(scope="session", autouse=True)
def shared_models() -> t.Iterator[None]:
    """botocore parses its models anew in each session; here hundreds of runs share one loader."""
    loader = botocore.session.Session().get_component("data_loader")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", lambda *_: loader)
        yield


@pytest.fixture(scope="module")
def one_cloud() -> t.Iterator[LocalCloud]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # no test here needs an image, and a reset loads them anew
        with LocalCloud() as cloud:
            yield cloud


@pytest.fixture
def cloud(one_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    """An empty account; its environment is that of the test."""
    one_cloud.reset()
    for name, value in one_cloud.env(REGION).items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    return one_cloud


class Clients:
    """A boto3 client for each service, by its name: clients.ec2."""

    def __getattr__(self, service: str) -> t.Any:
        setattr(self, service, boto3.client(service))
        return getattr(self, service)


@pytest.fixture
def brief_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's pauses before it sends again, which grow to 20 s, are a fiftieth: they need to be there, and nobody needs to sit through them."""
    monkeypatch.setattr(botocore.endpoint, "time", types.SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / 50)))


@pytest.fixture
def aws(cloud: LocalCloud) -> Clients:
    return Clients()


@pytest.fixture
def ec2(aws: Clients) -> t.Any:
    return aws.ec2


class Runner:
    """Runs modules in this process, as Ansible would: arguments in, JSON out."""

    def __init__(self, cloud: LocalCloud):
        self.cloud = cloud

    def __call__(self, name: str, /, *, check: bool = False, **params: t.Any) -> dict[str, t.Any]:
        main = importlib.import_module(f"ansible_collections.groundwork.aws.plugins.modules.{name}").main
        arguments = {**WHO, **params} if not name.endswith("_info") else params
        _global_warnings.clear()  # Ansible keeps them for a process, and a process runs one module
        out = io.StringIO()
        with patch_module_args({**arguments, "_ansible_check_mode": check, "_ansible_diff": True}):
            with contextlib.redirect_stdout(out), pytest.raises(SystemExit):
                main()
        return json.loads(out.getvalue())

    def ok(self, name: str, /, **params: t.Any) -> dict[str, t.Any]:
        result = self(name, **params)
        assert not result.get("failed"), result["msg"]
        return result

    def killed_at(self, nth: int, name: str, /, **params: t.Any) -> bool:
        """Run a module in a process of its own that is killed when its nth write was carried out; whether it was."""
        seen: list[str] = []

        def hook(record: dict[str, t.Any], phase: str) -> None:
            if phase == "after" and record["mutating"] and child:
                seen.append(record["operation"])
                if len(seen) == nth:
                    os.kill(child, signal.SIGKILL)

        child = 0
        self.cloud.on_call(hook)
        child = os.fork()
        if not child:
            with contextlib.suppress(BaseException):
                self(name, **params)
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
        child = 0
        return os.WIFSIGNALED(status)

    def writes(self) -> list[dict[str, t.Any]]:
        """The mutating requests so far."""
        return [record for record in self.cloud.records() if record["mutating"]]


@pytest.fixture
def run(cloud: LocalCloud) -> Runner:
    return Runner(cloud)
