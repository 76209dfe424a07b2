# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clusters: what holds one, and what is refused. The rest stands in the table of cases."""

from __future__ import annotations

import pytest

from .cases.ecs import a_place_for_services, cluster, NAME, service


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"default_strategy": [{"provider": "FARGATE_SPOT", "weight": 1}]}, "FARGATE_SPOT, which is not among the capacity_providers"),
        ({"default_strategy": [{"provider": "FARGATE"}]}, "needs one of a weight above 0"),
        ({"default_strategy": [{"provider": "FARGATE", "weight": 1}] * 2}, "FARGATE stands twice"),
        (
            {
                "capacity_providers": ["FARGATE", "FARGATE_SPOT"],
                "default_strategy": [{"provider": name, "weight": 1, "base": 1} for name in ("FARGATE", "FARGATE_SPOT")],
            },
            "one capacity provider of a strategy alone can have a base",
        ),
        ({"execute_command_configuration": {"logging": "override"}}, "a log_group with logging: override"),
        ({"execute_command_configuration": {"log_group": "/shop/exec"}}, "a log_group with logging: override"),
    ],
)
def test_what_ecs_does_not_take_is_refused(run, aws, change: dict, text: str):
    assert text in run("ecs_cluster", check=True, **cluster({}, **change))["msg"]
    assert text in run("ecs_cluster", **cluster({}, **change))["msg"]
    assert run.writes() == []


def test_a_service_of_others_in_it_is_named_at_once(run, aws):
    ids = a_place_for_services(aws)
    made = run.ok("ecs_cluster", **cluster(ids))["cluster"]["id"]
    place = {"subnets": [ids["one"]], "securityGroups": [ids["group"]]}
    aws.ecs.create_service(
        cluster=made,
        serviceName="by-hand",
        taskDefinition=ids["first"],
        desiredCount=0,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": place},
    )
    failed = run("ecs_cluster", state="absent", **cluster(ids))
    assert f"cluster {NAME}: its services by-hand are not of this stack; remove them first" in failed["msg"]


def test_a_removal_takes_services_first_and_waits_for_what_drains(run, aws):
    ids = a_place_for_services(aws)
    ids["cluster"] = run.ok("ecs_cluster", **cluster(ids))["cluster"]["id"]
    run.ok("ecs_service", **service(ids))
    run.cloud.dials.settle = 1
    removed = run.ok("stack_removal")
    assert {(one["type"], one["action"]) for one in removed["planned"]} == {("ecs_service", "delete"), ("ecs_cluster", "delete")}
    assert run.ok("stack_info", stack="shop")["resources"] == []
    assert aws.ecs.describe_clusters(clusters=[NAME])["clusters"][0]["status"] == "INACTIVE"


def test_a_cluster_that_drains_of_an_earlier_removal_is_waited_for(run, aws):
    ids = a_place_for_services(aws)
    ids["cluster"] = run.ok("ecs_cluster", **cluster(ids))["cluster"]["id"]
    run.ok("ecs_service", **service(ids))
    run.cloud.dials.settle = 2
    run.ok("ecs_service", state="absent", wait=False, **service(ids))
    run.ok("ecs_cluster", state="absent", **cluster(ids))
    assert aws.ecs.describe_clusters(clusters=[NAME])["clusters"][0]["status"] == "INACTIVE"


def test_a_cluster_of_another_stack_is_refused(run, aws):
    run.ok("ecs_cluster", **cluster({}))
    assert "belongs to component vpc of stack shop" in run("ecs_cluster", **{**cluster({}), "stack": "bank"})["msg"]


def test_a_cluster_made_by_hand_is_adopted_on_request_alone(run, aws):
    aws.ecs.create_cluster(clusterName=NAME)
    assert "adopt it with stack_adopt: true" in run("ecs_cluster", **cluster({}))["msg"]
    assert run.ok("ecs_cluster", adopt=True, **cluster({}))["planned"][0]["action"] == "update"
    assert not run.ok("ecs_cluster", **cluster({}))["changed"]
