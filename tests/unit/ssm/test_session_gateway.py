# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sessions to the local cloud's gateway: what is left behind, and what happens while its agent does not answer."""

from __future__ import annotations

import os
import threading
import time
import typing as t
from pathlib import Path

import boto3.session
import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_control import Control
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_control import SessionEnded
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_session import Session
from localcloud import LocalCloud

from .gateway import asked
from .gateway import gateway
from .gateway import QUICK
from .gateway import sessions
from .gateway import TARGET
from .gateway import until

ECHO = {"document": "AWS-StartInteractiveCommand", "parameters": {"command": ["stty raw -echo; printf READY; exec cat"]}}


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[LocalCloud]:
    with gateway(tmp_path_factory.mktemp("gateway") / "run") as cloud:
        yield cloud


@pytest.fixture
def cloud(standing: LocalCloud) -> t.Iterator[LocalCloud]:
    yield standing
    standing.dials.channel, standing.dials.faults = QUICK, []
    assert until(lambda: not sessions(), "the sessions to be over")


@pytest.fixture(scope="module")
def control(standing: LocalCloud) -> Control:
    return Control(boto3.session.Session())


@pytest.fixture
def opened(cloud: LocalCloud, control: Control) -> t.Callable[..., Session]:
    def begin(**options: t.Any) -> Session:
        session = Session.open(control, TARGET, **ECHO | options)
        assert heard(session, 5) == b"READY"
        return session

    return begin


def heard(session: Session, size: int) -> bytes:
    data = b""
    while len(data) < size:
        told = session.receive(20)
        assert told, f"nothing more after {len(data)} bytes"
        data += told[1]
    return data


def test_a_session_whose_beginning_was_not_heard_of_is_ended(cloud, opened):
    before = len(asked(cloud, "TerminateSession"))
    cloud.dials.faults = [{"kind": "lose_reply", "operation": "StartSession", "nth": 1}]
    session = opened()
    assert [one["SessionId"] for one in sessions()] == [session.id]
    session.close()
    assert len(asked(cloud, "TerminateSession")) == before + 2


def test_acknowledgements_that_are_held_hold_the_sender_and_nothing_is_lost(cloud, opened):
    session = opened(window=8)
    cloud.dials.channel = QUICK | {"hold_acks": True}
    data, sent = os.urandom(20_000).hex().encode(), threading.Event()
    threading.Thread(target=lambda: (session.send(data), sent.set()), daemon=True).start()
    assert not sent.wait(0.5)
    cloud.dials.channel = QUICK
    assert heard(session, len(data)) == data
    assert sent.wait(5)
    session.close()


def test_output_that_pauses_comes_later(cloud, opened):
    session = opened()
    cloud.dials.channel = QUICK | {"pause": True}
    session.send(b"x")
    assert session.receive(0.5) is None
    cloud.dials.channel = QUICK
    assert heard(session, 1) == b"x"
    session.close()


def test_a_session_that_another_ended_says_so(cloud, opened):
    session = opened()
    boto3.client("ssm").terminate_session(SessionId=session.id)
    with pytest.raises(SessionEnded, match=r"ended on the host's or AWS's side"):
        session.receive(10)
    session.close()


def test_many_sessions_leave_no_thread_and_no_descriptor(cloud, opened):
    def held() -> tuple[int, int]:
        threads = [one for one in threading.enumerate() if TARGET in one.name or "_listen" in one.name or "_mind" in one.name]
        return len(threads), len([path for path in Path("/proc/self/fd").iterdir() if path.exists()])

    opened().close()
    time.sleep(0.5)
    before = held()
    for _number in range(8):
        session = opened()
        session.send(b"x")
        assert heard(session, 1) == b"x"
        session.close()
    until(lambda: held() <= before, "threads and descriptors to be given back")
    assert before[0] == 0
