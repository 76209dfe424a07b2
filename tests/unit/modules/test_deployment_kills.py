# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A deploy that is killed, wherever it is: run again it goes on, or with the earlier image it goes back; and whoever gets requests answers."""

from __future__ import annotations

import contextlib
import functools
import itertools
import multiprocessing
import os
import signal
import typing as t
from multiprocessing.connection import Connection

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils import _aws
from ansible_collections.groundwork.aws.plugins.module_utils._core.wait import Waiter
from localcloud import LocalCloud
from localcloud.clock import CLOCK

from .deploying import Deploys
from .deploying import virtual_waiter
from .deploying import World

#: As short as each state can be and still be one: a look at its beginning, one within, and one at its end.
QUICK = {"bake_minutes": 1, "look_seconds": 30, "retain_minutes": 1, "share": 50}


@pytest.fixture(scope="module")
def one_cloud() -> t.Iterator[LocalCloud]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        with LocalCloud(traffic=True) as cloud:
            yield cloud


class Watch:
    """Looks, after each write and whenever time went on, whether a target group gets requests that no healthy target answers."""

    def __init__(self, world: World):
        self.world, self.looks, self.wrong = world, 0, []
        world.cloud.on_call(self._called)

    def _called(self, record: dict[str, t.Any], phase: str) -> None:
        if phase == "after" and record["mutating"]:
            self.look(record["operation"])

    def look(self, after: str) -> None:
        self.looks += 1
        self.wrong += [(after, colour) for colour, weight in self.world.weights().items() if weight and not self.world.healthy(colour)]

    def pass_time(self, seconds: float) -> None:
        CLOCK.advance(seconds)
        self.look(f"{seconds:.0f} s")


class Child:
    """A process that deploys and is killed. Its time is that of the cloud, which it asks its parent for."""

    def __init__(self, run: t.Any, world: World, watch: Watch, monkeypatch: pytest.MonkeyPatch):
        self.run, self.world, self.watch, self.monkeypatch = run, world, watch, monkeypatch
        self.pid = self.writes = self.fatal = 0
        world.cloud.on_call(self._wrote)

    def _wrote(self, record: dict[str, t.Any], phase: str) -> None:
        if phase == "after" and record["mutating"] and self.pid:
            self.writes += 1
            if self.writes == self.fatal:
                os.kill(self.pid, signal.SIGKILL)

    def deploy(self, tag: int, *, write: int = 0, call: int = 0) -> bool:
        """Deploy in a process that is killed once its n-th write was carried out, or when its n-th module begins; whether it was."""
        self.writes, self.fatal = 0, write
        ours, theirs = multiprocessing.Pipe()
        pid = os.fork()
        if not pid:
            ours.close()
            self._be_the_child(tag, call, theirs)
        self.pid = pid
        theirs.close()
        with contextlib.suppress(EOFError, ConnectionResetError):
            while True:
                self.watch.pass_time(ours.recv())
                ours.send((CLOCK.now(), CLOCK.monotonic()))
        _pid, status = os.waitpid(pid, 0)
        self.pid = 0
        assert os.WIFSIGNALED(status) or not os.WEXITSTATUS(status), "a deploy that nobody killed failed"
        return os.WIFSIGNALED(status)

    def _be_the_child(self, tag: int, call: int, pipe: Connection) -> t.NoReturn:
        times = [CLOCK.now(), CLOCK.monotonic()]

        def pause(seconds: float) -> None:
            pipe.send(seconds)
            times[:] = pipe.recv()

        waiter = functools.partial(Waiter, clock=lambda: times[1], epoch=lambda: times[0], pause=pause)
        self.monkeypatch.setattr(_aws, "Waiter", waiter)
        code = 1
        with contextlib.suppress(BaseException):
            KilledAt(self.run, self.world, call)(tag, **QUICK)
            code = 0
        os._exit(code)


class KilledAt(Deploys):
    """Dies when its n-th module is to begin."""

    def __init__(self, run: t.Any, world: World, nth: int):
        super().__init__(run, world)
        self.left = nth

    def call(self, module: str, **params: t.Any) -> dict[str, t.Any]:
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().call(module, **params)


@pytest.mark.parametrize("where", ["write", "call"])
def test_a_kill_anywhere_ends_in_one_of_the_two_right_states(run, cloud, aws, monkeypatch, where: str):
    with CLOCK.virtual():
        world = World(cloud, aws)
        monkeypatch.setattr(_aws, "Waiter", virtual_waiter(CLOCK.advance))
        Deploys(run, world)(1)
        watch = Watch(world)
        monkeypatch.setattr(_aws, "Waiter", virtual_waiter(watch.pass_time))
        child, tags = Child(run, world, watch, monkeypatch), itertools.cycle(range(1, 10))
        live, kills = next(tags), 0
        for nth in itertools.count(1):
            earlier, live = live, next(tags)
            if not child.deploy(live, **{where: nth}):
                break
            kills += 1
            # Every other time its user thinks better of it.
            live = live if nth % 2 else earlier
            Deploys(run, world)(live, **QUICK)
            assert world.live[0] == live, f"killed at {where} {nth}"
            (other,) = (tasks for colour, (_tag, tasks) in world.running().items() if colour != world.live[1])
            assert other == 0, "the old colour has gone"
        assert kills >= 5, "register, bring up, two steps, and scale in"
        assert world.live[0] == live
        assert watch.looks > 20
        assert watch.wrong == []
