# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Services of ECS: as many well tasks as are wanted, one deployment after another, and what is done about those that fail."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from localcloud import LocalCloud
from localcloud.clock import CLOCK

from .ecs_world import ACCOUNT, address_of, BREAKER, World

GONE = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/web:gone"


@pytest.fixture
def world(cloud: LocalCloud) -> Iterator[World]:
    """Time stands still, but where a test lets it go on."""
    with CLOCK.virtual():
        yield World(cloud)


def _serving(world: World, **changed: Any) -> World:
    world.define()
    world.make(**{"loadBalancers": [world.serving()]} | changed)
    return world


def _bad_revision(world: World) -> None:
    world.define(container=world.container(image=GONE), executionRoleArn=world.role)


# -- how many ------------------------------------------------------------------------------------------------------


def test_a_service_runs_as_many_tasks_as_are_wanted_across_its_subnets_and_registers_them(world: World) -> None:
    first = _serving(world).service
    assert (first["desiredCount"], first["runningCount"], first["pendingCount"]) == (2, 2, 0)
    tasks = world.tasks()
    assert {one["availabilityZone"] for one in tasks} == {"eu-west-1a", "eu-west-1b"}
    assert {one["group"] for one in tasks} == {"service:web"}
    assert {one["startedBy"] for one in tasks} == {first["deployments"][0]["id"]}
    assert world.health == {address_of(one): "healthy" for one in tasks}
    assert world.rollouts == [("PRIMARY", "COMPLETED")]
    assert world.events[:2] == ["has reached a steady state.", f"(deployment {first['deployments'][0]['id']}) deployment completed."]
    assert world.events[-1].startswith("has started 2 tasks: (task ")


def test_what_is_on_its_way_is_pending_and_nothing_is_done_before(world: World) -> None:
    world.define()
    world.service_made = world.make()
    world.cloud.dials.settle = 40
    assert (world.service_made["runningCount"], world.service_made["pendingCount"], world.service_made["events"]) == (0, 0, [])
    assert (world.service["runningCount"], world.service["pendingCount"]) == (0, 2)
    assert world.rollouts == [("PRIMARY", "IN_PROGRESS")]
    CLOCK.advance(40)
    assert (world.service["runningCount"], world.service["pendingCount"]) == (2, 0)
    assert world.rollouts == [("PRIMARY", "COMPLETED")]
    cluster = world.ecs.describe_clusters(clusters=["shop"])["clusters"][0]
    assert [cluster[f"{what}Count"] for what in ("runningTasks", "pendingTasks", "activeServices")] == [2, 0, 1]


def test_a_task_that_somebody_stops_is_followed_by_another(world: World) -> None:
    stopped = _serving(world).tasks()[0]
    world.ecs.stop_task(cluster="shop", task=stopped["taskArn"])
    assert world.service["runningCount"] == 2
    assert stopped["taskArn"] not in [one["taskArn"] for one in world.tasks()]
    assert address_of(stopped) not in world.health or world.health[address_of(stopped)] == "draining"
    assert [one["stoppedReason"] for one in world.tasks("STOPPED")] == ["Task stopped by user"]


def test_a_smaller_service_stops_tasks_where_most_are(world: World) -> None:
    world.define()
    world.make(desiredCount=3)
    assert Counter(one["availabilityZone"] for one in world.tasks()) == {"eu-west-1a": 2, "eu-west-1b": 1}
    world.update(desiredCount=2)
    assert {one["availabilityZone"] for one in world.tasks()} == {"eu-west-1a", "eu-west-1b"}
    stopped = world.tasks("STOPPED")[0]
    assert (stopped["stopCode"], stopped["stoppedReason"][:30]) == ("ServiceSchedulerInitiated", "Scaling activity initiated by ")
    assert world.rollouts == [("PRIMARY", "COMPLETED")]
    assert world.events[0] == "has reached a steady state."


def test_a_deleted_service_drains_is_told_for_an_hour_and_frees_its_name(world: World) -> None:
    _serving(world, loadBalancers=[])
    assert world.service["status"] == "ACTIVE"
    world.cloud.dials.settle = 40
    assert world.delete(force=True)["status"] == "DRAINING"
    assert (world.service["status"], world.service["desiredCount"]) == ("DRAINING", 0)
    assert len(world.ecs.list_services(cluster="shop")["serviceArns"]) == 1
    CLOCK.advance(20)
    assert world.service["status"] == "INACTIVE"
    world.cloud.dials.settle = 0
    assert world.ecs.list_services(cluster="shop")["serviceArns"] == []
    CLOCK.advance(3601)
    failures = world.ecs.describe_services(cluster="shop", services=["web"])["failures"]
    assert [one["reason"] for one in failures] == ["MISSING"]
    world.make()
    assert world.service["runningCount"] == 2
    world.delete(force=True)
    world.service  # noqa: B018 - a look, after which it is gone
    world.make()
    assert world.service["status"] == "ACTIVE"


def test_the_same_request_gives_the_same_service(world: World) -> None:
    world.define()
    assert world.make()["createdAt"] == world.make()["createdAt"]
    assert len(world.tasks()) == 2


def test_beyond_the_quota_of_vcpus_no_task_is_placed_until_there_is_room(world: World) -> None:
    world.cloud.dials.quotas = {"fargate_vcpus": 1}
    world.define(cpu="1024", memory="2048")
    world.make()
    assert world.service["runningCount"] == 1
    assert "was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can run concurrently." in world.events
    world.cloud.dials.quotas = {}
    CLOCK.advance(1)
    assert world.service["runningCount"] == 2


# -- deployments ---------------------------------------------------------------------------------------------------


def test_a_deployment_follows_another_without_a_task_too_few(world: World) -> None:
    _serving(world, loadBalancers=[])
    first = world.service["deployments"][0]["id"]
    world.define(container=world.container(image="shop/web:2"))
    world.cloud.dials.settle = 40
    world.update(taskDefinition="web:2")
    assert world.rollouts == [("PRIMARY", "IN_PROGRESS"), ("ACTIVE", "COMPLETED")]
    assert [(one["runningCount"], one["pendingCount"]) for one in world.service["deployments"]] == [(0, 2), (2, 0)]
    CLOCK.advance(39)
    assert sorted(world.images()) == ["shop/web:1"] * 2 + ["shop/web:2"] * 2
    CLOCK.advance(1)
    assert world.images() == ["shop/web:2"] * 2
    assert world.rollouts == [("PRIMARY", "COMPLETED")]
    assert world.service["deployments"][0]["id"] != first
    assert {(one["lastStatus"], one["stopCode"]) for one in world.tasks("STOPPED")} == {("STOPPING", "ServiceSchedulerInitiated")}


def test_only_what_runs_makes_a_deployment(world: World) -> None:
    arn = _serving(world).service["taskDefinition"]
    first = world.service["deployments"][0]["id"]
    world.update(taskDefinition=arn, desiredCount=3, healthCheckGracePeriodSeconds=30, deploymentConfiguration=BREAKER)
    assert world.service["deployments"][0]["id"] == first
    assert world.service["deploymentConfiguration"]["maximumPercent"] == 200
    for changed in ({"forceNewDeployment": True}, {"networkConfiguration": world.network(subnets=world.subnets[:1])}, {"platformVersion": "1.4.0"}):
        before = world.service["deployments"][0]["id"]
        world.update(**changed)
        assert world.service["deployments"][0]["id"] != before, changed
    assert world.service["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == world.subnets[:1]
    assert {one["availabilityZone"] for one in world.tasks()} == {"eu-west-1a"}


def test_by_percents_a_deployment_stops_before_it_starts(world: World) -> None:
    world.define()
    world.make(deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 100})
    assert len(world.images()) == 2
    world.define(container=world.container(image="shop/web:2"))
    world.cloud.dials.settle = 40
    world.update(taskDefinition="web:2")
    world.service  # noqa: B018 - a look, after which one has gone
    assert sorted(world.images()) == ["shop/web:1", "shop/web:2"]
    CLOCK.advance(39)
    assert sorted(world.images()) == ["shop/web:1", "shop/web:2"]
    CLOCK.advance(41)
    assert world.images() == ["shop/web:2"] * 2


def test_the_circuit_breaker_rolls_a_deployment_back_whose_tasks_do_not_start(world: World) -> None:
    _serving(world, deploymentConfiguration=BREAKER)
    assert world.rollouts == [("PRIMARY", "COMPLETED")]
    good = world.service["deployments"][0]["id"]
    _bad_revision(world)
    world.update(taskDefinition="web:2")
    CLOCK.advance(10)
    assert world.images() == ["shop/web:1"] * 2
    assert world.service["taskDefinition"].endswith("web:1")
    assert world.rollouts == [("PRIMARY", "COMPLETED")]
    assert f"rolling back to (deployment {good})." in world.events
    assert any(one.endswith("deployment failed: tasks failed to start.") for one in world.events)
    failed = [one for one in world.tasks("STOPPED") if one["containers"][0]["image"] == GONE]
    assert len(failed) == 4  # two, and two again: the third failure breaks the circuit
    assert "CannotPullContainerError" in failed[0]["stoppedReason"]


def test_without_rollback_a_failed_deployment_stays_and_starts_nothing_more(world: World) -> None:
    _serving(world, deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": False}})
    assert world.rollouts == [("PRIMARY", "COMPLETED")]
    _bad_revision(world)
    world.update(taskDefinition="web:2")
    CLOCK.advance(100)
    assert world.rollouts == [("PRIMARY", "FAILED"), ("ACTIVE", "COMPLETED")]
    failed = world.service["deployments"][0]
    assert failed["rolloutStateReason"] == "ECS deployment circuit breaker: task failed to start."
    assert (failed["failedTasks"], failed["desiredCount"]) == (3, 0)
    assert world.images() == ["shop/web:1"] * 2


def test_without_a_circuit_breaker_tasks_are_started_again_and_again_ever_more_slowly(world: World) -> None:
    world.make(taskDefinition=_bad(world))
    CLOCK.advance(1)
    early = len(world.tasks("STOPPED"))
    CLOCK.advance(10)
    late = len(world.tasks("STOPPED"))
    CLOCK.advance(10)
    assert early > late - early > len(world.tasks("STOPPED")) - late
    assert any(one.startswith("is unable to consistently start tasks successfully.") for one in world.events)
    assert world.rollouts == [("PRIMARY", "IN_PROGRESS")]


def _bad(world: World) -> str:
    _bad_revision(world)
    return "web"


def test_a_role_that_does_not_trust_ecs_starts_no_task(world: World) -> None:
    role = world.new_role("other", Principal={"Service": "ec2.amazonaws.com"})
    world.define(taskRoleArn=role)
    world.make()
    assert world.service["runningCount"] == 0
    assert world.events[0].startswith(f"failed to launch a task with (error ECS was unable to assume the role '{role}'")


def test_what_is_not_there_any_more_is_told_and_starts_no_task_until_it_is_mended(world: World) -> None:
    narrow = world.ec2.create_subnet(VpcId=world.vpc, CidrBlock="10.0.9.0/28", AvailabilityZone="eu-west-1a")["Subnet"]["SubnetId"]
    world.define()
    world.make(desiredCount=12, networkConfiguration=world.network(subnets=[narrow]))
    assert world.service["runningCount"] == 11  # of 16 addresses AWS keeps five
    assert any(one.startswith("failed to launch a task with (error The specified subnet does not have enough free addresses") for one in world.events)
    world.update(desiredCount=0)
    world.ec2.delete_security_group(GroupId=world.group)
    world.update(desiredCount=1, networkConfiguration=world.network(securityGroups=[]))
    CLOCK.advance(1)
    assert world.service["runningCount"] == 1


def test_services_on_instances_are_left_to_moto(world: World) -> None:
    world.define(requiresCompatibilities=["EC2"], networkMode="bridge")
    world.ecs.create_service(cluster="shop", serviceName="web", taskDefinition="web", desiredCount=1)
    assert (world.service["launchType"], world.service["runningCount"]) == ("EC2", 0)
    world.update(desiredCount=0)
    assert world.delete()["status"] == "INACTIVE"


# -- health --------------------------------------------------------------------------------------------------------


def test_a_task_that_its_load_balancer_finds_unhealthy_is_replaced_after_the_grace_period(world: World) -> None:
    _serving(world, healthCheckGracePeriodSeconds=30)
    assert world.rollouts == [("PRIMARY", "COMPLETED")]
    first = {one["taskArn"] for one in world.tasks()}
    world.fare("unhealthy")
    CLOCK.advance(29)
    assert {one["taskArn"] for one in world.tasks()} == first
    CLOCK.advance(1)
    world.service  # noqa: B018 - a look, after which others are started
    assert first < {one["taskArn"] for one in world.tasks()}
    assert f"(port 8081) is unhealthy in (target-group {world.targets}) due to (reason Health checks failed)." in world.events
    world.fare("healthy")
    assert not first & {one["taskArn"] for one in world.tasks()}
    reasons = {one["stoppedReason"] for one in world.tasks("STOPPED")}
    assert reasons == {f"Task failed ELB health checks in (target-group {world.targets})"}


def test_a_version_that_never_gets_well_fails_its_deployment(world: World) -> None:
    _serving(world, deploymentConfiguration=BREAKER, loadBalancers=[])
    assert world.rollouts == [("PRIMARY", "COMPLETED")]
    check = {"healthCheck": {"command": ["CMD-SHELL", "curl -f http://localhost:8081/"]}}
    world.define(container=world.container(image="shop/web:2", **check))
    world.cloud.dials.versions = {"shop/web:2": {"healthy": False}}
    world.update(taskDefinition="web:2")
    CLOCK.advance(10)
    assert world.images() == ["shop/web:1"] * 2
    sick = [one for one in world.tasks("STOPPED") if one["containers"][0]["image"] == "shop/web:2"]
    assert [one["stoppedReason"] for one in sick].count("Task failed container health checks") >= 3
    assert any(one.endswith("failed container health checks.") for one in world.events)


def test_containers_say_how_their_health_check_went(world: World) -> None:
    check = {"healthCheck": {"command": ["CMD-SHELL", "true"]}}
    world.define(container=world.container(**check))
    world.cloud.dials.versions = {"shop/web:1": {"sick_after": 60}}
    world.make(desiredCount=1)
    world.service  # noqa: B018 - a look, after which it runs
    task = world.tasks()[0]
    assert (task["healthStatus"], task["containers"][0]["healthStatus"]) == ("HEALTHY", "HEALTHY")
    CLOCK.advance(60)
    world.service  # noqa: B018 - a look, after which it is replaced
    assert world.tasks()[0]["taskArn"] != task["taskArn"]


# -- tags ----------------------------------------------------------------------------------------------------------


def test_tags_reach_tasks_as_the_service_says(world: World) -> None:
    own, templates = [{"key": "from", "value": "service"}], [{"key": "from", "value": "definition"}]
    world.define(tags=templates)
    managed = [{"key": "aws:ecs:clusterName", "value": "shop"}, {"key": "aws:ecs:serviceName", "value": "web"}]
    for name, wanted in (("SERVICE", own), ("TASK_DEFINITION", templates), ("NONE", [])):
        world.make(propagateTags=name, enableECSManagedTags=True, tags=own, desiredCount=1)
        assert world.service["tags"] == own
        assert world.tasks()[0]["tags"] == [*managed, *wanted], name
        assert "tags" not in world.ecs.describe_services(cluster="shop", services=["web"])["services"][0]
        world.delete(force=True)
        world.service  # noqa: B018 - a look, after which it is gone
