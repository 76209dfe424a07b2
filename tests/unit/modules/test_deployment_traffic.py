# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Deploys while requests come at a steady rate: none is lost, each step is seen exactly, and what is not well is taken back."""

from __future__ import annotations

import typing as t
from collections import Counter

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils import _aws
from localcloud import LocalCloud
from localcloud.clock import CLOCK

from .deploying import Deploys
from .deploying import Failed
from .deploying import Requests
from .deploying import virtual_waiter
from .deploying import World

MANY = 10_000


@pytest.fixture(scope="module")
def one_cloud() -> t.Iterator[LocalCloud]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        with LocalCloud(traffic=True) as cloud:
            yield cloud


@pytest.fixture
def world(cloud: LocalCloud, aws: t.Any, run: t.Any, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[World]:
    """Image 1 is live in green."""
    with CLOCK.virtual():
        monkeypatch.setattr(_aws, "Waiter", virtual_waiter(CLOCK.advance))
        world = World(cloud, aws)
        Deploys(run, world)(1)
        yield world


def asking(world: World, monkeypatch: pytest.MonkeyPatch, rate: float) -> Requests:
    """Requests that come at this rate from now on, whenever time goes on."""
    requests = Requests(world, rate)
    monkeypatch.setattr(_aws, "Waiter", virtual_waiter(requests.pass_time))
    return requests


def test_ten_thousand_requests_through_a_canary_and_a_linear_deploy_and_none_is_lost(run, world, monkeypatch):
    requests = asking(world, monkeypatch, 9)
    requests.pass_time(20)
    Deploys(run, world)(2, strategy="canary", share=10, retain_minutes=2)
    assert world.running() == {"blue": (2, 2), "green": (1, 0)}
    first = len(requests.answers)
    requests.pass_time(20)
    Deploys(run, world)(3, strategy="linear", step=25, retain_minutes=2)
    assert world.running() == {"blue": (2, 0), "green": (3, 2)}
    while len(requests.answers) < MANY:
        requests.pass_time(1)
    assert requests.statuses() == {}
    # Green had all of image 1, gave it to blue in two steps, and took it back in four.
    seen_exactly(requests.answers[:first], {100: (0, 100), 90: (10, 90), 0: (100, 0)}, world.images[2], world.images[1])
    seen_exactly(requests.answers[first:], {0: (0, 100), 25: (25, 75), 50: (50, 50), 75: (75, 25), 100: (100, 0)}, world.images[3], world.images[2])


def seen_exactly(answers: list[tuple[int, str]], steps: dict[int, tuple[int, int]], new: str, old: str) -> None:
    """Of each hundred requests at a weight of green, so many were answered by each version; and these were the weights, in their order."""
    assert list(dict.fromkeys(green for green, _answer in answers)) == list(steps)
    for green, shares in steps.items():
        seen = [answer for weight, answer in answers if weight == green]
        hundreds = len(seen) // 100
        assert hundreds, green
        found = Counter(seen[: 100 * hundreds])
        assert (found[new], found[old]) == tuple(share * hundreds for share in shares), green


def test_a_version_that_never_gets_healthy_gets_no_request_and_its_tasks_go(run, world, monkeypatch):
    world.behave(2, healthy=False)
    requests = asking(world, monkeypatch, 1)
    with pytest.raises(Failed, match="service library-blue"):
        Deploys(run, world)(2, timeout_minutes=3)
    assert requests.statuses() == {}
    assert {answer for _green, answer in requests.answers} == {world.images[1]}
    assert (world.live, world.running()["blue"]) == ((1, "green"), (2, 0))


def test_a_version_that_sickens_at_half_is_taken_back_within_a_look(run, world, monkeypatch):
    world.cloud.dials.settle = 20  # a task that ECS replaces takes its time
    world.behave(2, sick_after=150)
    requests = asking(world, monkeypatch, 2)
    with pytest.raises(Failed, match=r"health: .*library-blue.*; the weights are back at library-green 100 %, library-blue 0 %"):
        Deploys(run, world)(2, strategy="linear", step=50, interval_minutes=10)
    assert requests.statuses() == {}
    assert {100 - green for green, _answer in requests.answers} == {0, 50}
    assert (world.live, world.running()["blue"]) == ((1, "green"), (2, 0))


def test_two_percent_of_5xx_are_taken_back_and_the_way_back_loses_none(run, world, monkeypatch):
    world.behave(2, error_rate=0.02)
    requests = asking(world, monkeypatch, 5)
    with pytest.raises(Failed, match=r"5xx share: \d\.\d\d % of \d+ requests to library-blue, over 1 %; the weights are back") as failed:
        Deploys(run, world)(2, strategy="linear", step=50, interval_minutes=10)
    assert str(failed.value).count("\n") == 0
    assert set(requests.statuses()) == {"500"}, "but those of the version itself none failed"
    back = len(requests.answers)
    requests.pass_time(60)
    assert {answer for _green, answer in requests.answers[back:]} == {world.images[1]}
    assert (world.live, world.running()["blue"]) == ((1, "green"), (2, 0))


def test_an_alarm_of_the_users_takes_it_back(run, world, monkeypatch):
    door = world.balancer.partition(":loadbalancer/")[2]
    spec = {"MetricName": "HTTPCode_Target_5XX_Count", "Namespace": "AWS/ApplicationELB", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
    seen = {"Dimensions": [{"Name": "LoadBalancer", "Value": door}], "TreatMissingData": "notBreaching"}
    world.aws.cloudwatch.put_metric_alarm(AlarmName="errors", Threshold=0, ComparisonOperator="GreaterThanThreshold", **spec, **seen)
    world.behave(2, error_rate=0.02)
    requests = asking(world, monkeypatch, 5)
    with pytest.raises(Failed, match="alarm: errors in ALARM; the weights are back"):
        Deploys(run, world)(2, strategy="linear", step=50, interval_minutes=10, max_5xx="none", alarms="errors")
    assert set(requests.statuses()) <= {"500"}
    assert world.live == (1, "green")
