# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Services whose tasks run and are not well: their load balancer's word is what counts, and is told. Time is virtual."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils import _aws
from localcloud import LocalCloud
from localcloud.clock import CLOCK

from .deploying import PORT
from .deploying import virtual_waiter
from .deploying import World


@pytest.fixture(scope="module")
def one_cloud() -> t.Iterator[LocalCloud]:
    with LocalCloud(traffic=True) as cloud:
        yield cloud


@pytest.fixture
def world(cloud: LocalCloud, aws: t.Any, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[World]:
    with CLOCK.virtual():
        monkeypatch.setattr(_aws, "Waiter", virtual_waiter(CLOCK.advance))
        yield World(cloud, aws)


def service(world: World, **more: t.Any) -> dict[str, t.Any]:
    """A service of image 2 in blue, which is behind a listener that gives it everything."""
    app = {"name": "app", "image": world.images[2], "portMappings": [{"containerPort": PORT}]}
    size = {"cpu": "256", "memory": "512", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"]}
    world.aws.ecs.register_task_definition(family="app", executionRoleArn=world.role, containerDefinitions=[app], **size)
    return {
        "name": "app-blue",
        "cluster": "library",
        "task_definition": "app",
        "desired_count": 2,
        "subnet_ids": world.subnets,
        "security_group_ids": [world.group],
        "load_balancer": {"target_group_id": world.targets["blue"], "container": "app", "port": PORT},
        **more,
    }


def healthy(world: World) -> int:
    found = world.aws.elbv2.describe_target_health(TargetGroupArn=world.targets["blue"])["TargetHealthDescriptions"]
    return sum(one["TargetHealth"]["State"] == "healthy" for one in found)


def test_a_service_is_waited_for_until_its_load_balancer_calls_each_task_healthy(run, world):
    """Also where ECS itself has nothing to roll out: a service that grows."""
    world.behave(2, start_seconds=60)
    params = service(world, health_check_grace_period=120, deploy=True)
    for count in (2, 4):
        began = CLOCK.monotonic()
        run.ok("ecs_service", **{**params, "desired_count": count})
        assert CLOCK.monotonic() - began > 60
        assert healthy(world) == count


def test_tasks_that_are_not_well_at_the_deadline_are_told_with_the_load_balancers_reason(run, world):
    world.behave(2, healthy=False)
    failed = run("ecs_service", wait_timeout=120, **service(world, health_check_grace_period=600))
    assert "service app-blue to be steady, which is still at 2 of 2 tasks" in failed["msg"]
    assert f":{PORT} is unhealthy: Target.ResponseCodeMismatch: Health checks failed with these codes: [503]" in failed["msg"]


@pytest.mark.parametrize(("breaker", "text"), [("stop", "the rollout of service app-blue failed: "), ("none", "the tasks of service app-blue keep stopping: ")])
def test_tasks_that_ecs_ends_for_being_ill_fail_it_long_before_its_deadline(run, world, breaker: str, text: str):
    world.behave(2, healthy=False)
    began = CLOCK.monotonic()
    failed = run("ecs_service", wait_timeout=36_000, **service(world, circuit_breaker=breaker))
    assert text in failed["msg"]
    assert "failed ELB health checks" in failed["msg"]
    assert CLOCK.monotonic() - began < 3600
