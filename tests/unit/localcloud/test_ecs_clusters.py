# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clusters and task definitions of ECS, their tags, and the role by which ECS acts."""
from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud

from .conftest import client_of
from .ecs_world import ACCOUNT, World

INSIGHTS = [{"name": "containerInsights", "value": "enabled"}]
TAGS = [{"key": "from", "value": "test"}]


@pytest.fixture
def world(cloud: LocalCloud) -> World:
    return World(cloud)


def _cluster(world: World, *include: str) -> dict[str, Any]:
    return dict(world.ecs.describe_clusters(clusters=["shop"], include=list(include))["clusters"][0])


# -- clusters ------------------------------------------------------------------------------------------------------


def test_a_cluster_tells_what_is_asked_for(world: World) -> None:
    assert not {"settings", "tags", "statistics", "configuration"} & set(_cluster(world))
    assert _cluster(world, "SETTINGS")["settings"] == [{"name": "containerInsights", "value": "disabled"}]
    world.ecs.update_cluster(cluster="shop", settings=INSIGHTS)
    assert _cluster(world, "SETTINGS")["settings"] == INSIGHTS
    enhanced = [{"name": "containerInsights", "value": "enhanced"}]
    assert world.ecs.update_cluster_settings(cluster="shop", settings=enhanced)["cluster"]["settings"] == enhanced
    assert {one["name"] for one in _cluster(world, "STATISTICS")["statistics"]} >= {"runningFargateTasksCount", "pendingFargateTasksCount"}


def test_the_same_request_makes_one_cluster_and_a_deleted_one_can_be_made_again(world: World) -> None:
    world.ecs.update_cluster(cluster="shop", settings=INSIGHTS)
    world.ecs.create_cluster(clusterName="shop")
    assert _cluster(world, "SETTINGS")["settings"] == INSIGHTS
    assert world.ecs.delete_cluster(cluster="shop")["cluster"]["status"] == "INACTIVE"
    assert _cluster(world)["status"] == "INACTIVE"
    assert world.ecs.list_clusters()["clusterArns"] == []
    world.ecs.create_cluster(clusterName="shop", settings=INSIGHTS)
    assert _cluster(world)["status"] == "ACTIVE"
    missing = world.ecs.describe_clusters(clusters=["none"])["failures"]
    assert missing == [{"arn": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/none", "reason": "MISSING"}]


def test_the_clusters_strategy_is_that_of_services_which_name_none(world: World) -> None:
    spot = [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]
    world.ecs.put_cluster_capacity_providers(cluster="shop", capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=spot)
    world.define()
    asked = {"cluster": "shop", "serviceName": "web", "desiredCount": 1, "taskDefinition": "web", "networkConfiguration": world.network()}
    world.ecs.create_service(**asked)
    assert world.service["capacityProviderStrategy"] == spot
    assert "launchType" not in world.service
    assert world.tasks()[0]["capacityProviderName"] == "FARGATE_SPOT"


def test_the_service_linked_role_is_made_with_the_first_cluster_and_known_a_little_later(cloud: LocalCloud) -> None:
    cloud.dials.settle = 60
    world = World(cloud)
    assert world.iam.get_role(RoleName="AWSServiceRoleForECS")["Role"]["Path"] == "/aws-service-role/ecs.amazonaws.com/"
    world.define()
    with pytest.raises(ClientError, match="Unable to assume the service linked role"):
        world.make()
    cloud.dials.settle = 0
    world.make()
    assert world.service["runningCount"] == 2


# -- task definitions ----------------------------------------------------------------------------------------------


def test_a_definition_is_told_with_its_defaults(world: World) -> None:
    check = {"command": ["CMD-SHELL", "true"], "startPeriod": 10}
    told = world.define(container=world.container(healthCheck=check), cpu=".5 vCPU", memory="1 GB", tags=TAGS)
    assert (told["cpu"], told["memory"], told["revision"], told["status"]) == ("512", "1024", 1, "ACTIVE")
    container = told["containerDefinitions"][0]
    assert container["portMappings"] == [{"containerPort": 8081, "hostPort": 8081, "protocol": "tcp"}]
    assert container["healthCheck"] == {"command": ["CMD-SHELL", "true"], "interval": 30, "timeout": 5, "retries": 3, "startPeriod": 10}
    assert {name: container[name] for name in ("cpu", "essential", "environment", "mountPoints", "volumesFrom", "systemControls")} == {
        "cpu": 0, "essential": True, "environment": [], "mountPoints": [], "volumesFrom": [], "systemControls": []}  # fmt: skip
    assert told["registeredBy"].endswith(":root")
    assert world.ecs.describe_task_definition(taskDefinition="web", include=["TAGS"])["tags"] == TAGS
    assert "tags" not in world.ecs.describe_task_definition(taskDefinition="web")


def test_a_family_means_its_newest_active_revision(world: World) -> None:
    arns = [world.define()["taskDefinitionArn"] for _time in range(3)]
    world.ecs.deregister_task_definition(taskDefinition="web:3")
    assert world.ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]["revision"] == 2
    assert world.ecs.describe_task_definition(taskDefinition=arns[2])["taskDefinition"]["status"] == "INACTIVE"
    assert world.ecs.list_task_definitions(familyPrefix="web")["taskDefinitionArns"] == arns[:2]
    assert world.ecs.list_task_definitions(familyPrefix="web", sort="DESC", maxResults=1)["taskDefinitionArns"] == [arns[1]]
    assert world.ecs.list_task_definitions(familyPrefix="web", status="INACTIVE")["taskDefinitionArns"] == [arns[2]]
    assert world.define()["revision"] == 4


def test_revisions_sort_by_number(world: World) -> None:
    for _time in range(11):
        world.define()
    pages = world.ecs.get_paginator("list_task_definitions").paginate(familyPrefix="web", sort="DESC", PaginationConfig={"PageSize": 4})
    numbers = [int(arn.rpartition(":")[2]) for page in pages for arn in page["taskDefinitionArns"]]
    assert numbers == list(range(11, 0, -1))


def test_a_deleted_revision_goes_once_nothing_uses_it_and_its_number_is_not_given_again(world: World) -> None:
    world.define()
    world.make(desiredCount=1)
    world.service  # noqa: B018 - a look, after which it runs
    for number in (1, 2):
        assert world.define()["revision"] == number + 1
    failures = world.ecs.delete_task_definitions(taskDefinitions=["web:3", "web", "web:9"])["failures"]
    for failure, text in zip(failures, ("still in ACTIVE status", "identifier is invalid", "does not exist"), strict=True):
        assert text in failure["reason"]
    for number in (1, 3):
        world.ecs.deregister_task_definition(taskDefinition=f"web:{number}")
    deleted = world.ecs.delete_task_definitions(taskDefinitions=["web:1", "web:3"])["taskDefinitions"]
    assert {one["status"] for one in deleted} == {"DELETE_IN_PROGRESS"}
    assert world.ecs.describe_task_definition(taskDefinition="web:1")["taskDefinition"]["status"] == "DELETE_IN_PROGRESS"
    with pytest.raises(ClientError, match="Unable to describe"):
        world.ecs.describe_task_definition(taskDefinition="web:3")
    assert world.define()["revision"] == 4
    world.delete(force=True)
    world.service  # noqa: B018 - a look, after which it is gone
    with pytest.raises(ClientError, match="Unable to describe"):
        world.ecs.describe_task_definition(taskDefinition="web:1")


def test_families_are_listed_by_whether_they_have_an_active_revision(world: World) -> None:
    for family in ("web", "web-old", "api"):
        world.define(family)
    world.ecs.deregister_task_definition(taskDefinition="web-old:1")

    def listed(**asked: str) -> list[str]:
        return list(world.ecs.list_task_definition_families(**asked)["families"])

    assert listed() == ["api", "web", "web-old"]
    assert listed(familyPrefix="web", status="ACTIVE") == ["web"]
    assert listed(status="INACTIVE") == ["web-old"]


# -- tags ----------------------------------------------------------------------------------------------------------


def test_tags_are_set_and_taken_away_and_found_by_what_still_stands(world: World) -> None:
    world.define(tags=TAGS)
    service = world.make(tags=TAGS, desiredCount=1)["serviceArn"]
    world.ecs.tag_resource(resourceArn=service, tags=[{"key": "from", "value": "us"}, {"key": "more", "value": "x"}])
    world.ecs.untag_resource(resourceArn=service, tagKeys=["more"])
    assert world.ecs.list_tags_for_resource(resourceArn=service)["tags"] == world.service["tags"] == [{"key": "from", "value": "us"}]
    tagging = client_of(world.cloud.endpoint, "resourcegroupstaggingapi")

    def found() -> set[str]:
        listed = tagging.get_resources(TagFilters=[{"Key": "from"}])["ResourceTagMappingList"]
        return {one["ResourceARN"].split(":")[5].partition("/")[0] for one in listed}

    assert found() == {"service", "task-definition"}
    world.delete(force=True)
    world.service  # noqa: B018 - a look, after which it is gone
    assert found() == {"task-definition"}


def test_services_come_in_pages_of_ten(world: World) -> None:
    world.define()
    for number in range(11):
        world.make(f"web-{number}", desiredCount=0)
    assert len(world.ecs.list_services(cluster="shop")["serviceArns"]) == 10
    pages = world.ecs.get_paginator("list_services").paginate(cluster="shop")
    assert len({arn for page in pages for arn in page["serviceArns"]}) == 11
