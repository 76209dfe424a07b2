# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Services of ECS behind a load balancer that serves: what clients are answered while tasks come, sicken, end and go."""
from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest
from localcloud import LocalCloud
from localcloud.clock import CLOCK

from .door import ask
from .ecs_world import address_of, BREAKER, World

CHECKS = {"HealthCheckIntervalSeconds": 10, "HealthCheckTimeoutSeconds": 2, "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 2}


@pytest.fixture
def world(serving_cloud: LocalCloud) -> Iterator[World]:
    """Two well tasks of `shop/web:1` behind a load balancer; time stands still, but where a test lets it go on."""
    serving_cloud.reset()
    with CLOCK.virtual():
        made = World(serving_cloud)
        made.targets = made.new_target_group(**CHECKS)
        delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "60"}]
        made.elb.modify_target_group_attributes(TargetGroupArn=made.targets, Attributes=delay)
        made.logs.create_log_group(logGroupName="/shop")
        made.define(container=made.container(**made.logging()), executionRoleArn=made.role)
        made.make(loadBalancers=[made.serving()], deploymentConfiguration=BREAKER)
        CLOCK.advance(30)
        yield made


def _answers(world: World, seconds: int) -> Counter[str]:
    """What a request each second is answered: by version, or by status where it fails."""
    seen: Counter[str] = Counter()
    port = world.elb.describe_listeners(LoadBalancerArn=world.balancer)["Listeners"][0]["Port"]
    with closing(http.client.HTTPConnection(*world.cloud.traffic.address(world.balancer, port), timeout=20)) as client:
        for _second in range(seconds):
            answered = ask(client)
            seen[answered.version or str(answered.status)] += 1
            CLOCK.advance(1)
    return seen


def _turn_to(world: World, image: str) -> None:
    world.define(container=world.container(image=image, **world.logging()), executionRoleArn=world.role)
    world.update(taskDefinition="web")


def test_tasks_answer_and_their_lines_go_to_their_log_streams(world: World) -> None:
    assert set(world.health.values()) == {"healthy"}
    assert world.rollouts == [("PRIMARY", "COMPLETED")]
    assert _answers(world, 4) == {"shop/web:1": 4}
    streams = [f"ecs/web/{one['taskArn'].rpartition('/')[2]}" for one in world.tasks()]
    for stream in streams:
        lines = world.logs.get_log_events(logGroupName="/shop", logStreamName=stream)["events"]
        assert [one["message"] for one in lines] == ["shop/web:1 listens"]


def test_a_rolling_update_loses_no_request(world: World) -> None:
    world.cloud.dials.settle = 20
    _turn_to(world, "shop/web:2")
    assert set(_answers(world, 120)) == {"shop/web:1", "shop/web:2"}
    assert _answers(world, 4) == {"shop/web:2": 4}
    assert world.rollouts == [("PRIMARY", "COMPLETED")]


def test_a_task_that_goes_is_drained_first(world: World) -> None:
    world.update(desiredCount=1)
    world.service  # noqa: B018 - a look, after which one goes
    gone = world.tasks("STOPPED")[0]
    assert gone["lastStatus"] == "DEACTIVATING"
    assert world.health[address_of(gone)] == "draining"
    CLOCK.advance(59)
    assert world.task(gone["taskArn"])["lastStatus"] == "DEACTIVATING"
    assert gone["taskArn"] in world.cloud.traffic.running()
    CLOCK.advance(2)
    assert world.task(gone["taskArn"])["lastStatus"] == "STOPPED"
    assert gone["taskArn"] not in world.cloud.traffic.running()
    assert address_of(gone) not in world.health


def test_a_version_that_never_gets_well_is_rolled_back_and_gets_no_request(world: World) -> None:
    world.cloud.dials.versions = {"shop/web:2": {"healthy": False}}
    _turn_to(world, "shop/web:2")
    assert set(_answers(world, 200)) == {"shop/web:1"}
    assert world.images() == ["shop/web:1"] * 2
    assert world.rollouts == [("PRIMARY", "COMPLETED")]
    reasons = {one["stoppedReason"] for one in world.tasks("STOPPED")}
    assert f"Task failed ELB health checks in (target-group {world.targets})" in reasons


def test_who_sickens_is_replaced_before_it_is_taken_away(world: World) -> None:
    first = {one["taskArn"] for one in world.tasks()}
    world.cloud.dials.settle = 4
    world.cloud.dials.versions = {"shop/web:1": {"sick_after": 60}}
    seen = []
    for _second in range(60):
        assert _answers(world, 1) == {"shop/web:1": 1}
        seen.append({one["taskArn"] for one in world.tasks()})
    assert max(map(len, seen)) == 4
    assert not first & seen[-1]
    assert any("is unhealthy in (target-group" in one for one in world.events)


def test_who_ends_by_itself_is_replaced(world: World) -> None:
    world.cloud.dials.versions = {"shop/web:2": {"exit_after": 90, "exit_code": 7}}
    _turn_to(world, "shop/web:2")
    CLOCK.advance(89)
    assert world.images() == ["shop/web:2"] * 2
    CLOCK.advance(11)
    ended = [one for one in world.tasks("STOPPED") if one["stopCode"] == "EssentialContainerExited"]
    assert [one["containers"][0]["exitCode"] for one in ended] == [7, 7]
    CLOCK.advance(30)
    assert world.service["runningCount"] == 2


def test_a_reset_leaves_nothing_that_serves(world: World) -> None:
    world.cloud.reset()
    CLOCK.advance(120)
    assert world.cloud.traffic.running() == []
    assert world.cloud.traffic.doors() == []
