# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Task definitions: whose images a revision has, and which revisions stay. The rest stands in the table of cases."""

from __future__ import annotations

import typing as t

import pytest

from .cases.ecs import a_place_for_services, another_family, container, family, NAME, PROXY, roles, SECRET

IMAGE = "public.ecr.aws/shop/app:"


@pytest.fixture
def ids(run, aws) -> dict[str, str]:
    return roles(aws)


def app(image: str | None = f"{IMAGE}1", **more: t.Any) -> dict[str, t.Any]:
    return {"name": "app", "image": image, **more}


def moved(ids: dict[str, str], image: str, **more: t.Any) -> dict[str, t.Any]:
    return family(ids, app(image), volumes=[], **more)


def kept(ids: dict[str, str], image: str | None, **more: t.Any) -> dict[str, t.Any]:
    return family(ids, app(image), volumes=[], **{"image_moves": False, **more})


def keys(result: dict[str, t.Any]) -> list[str]:
    return result["planned"][0]["keys"] if result["changed"] else []


def active(aws: t.Any) -> list[int]:
    found = aws.ecs.list_task_definitions(familyPrefix=NAME, status="ACTIVE")["taskDefinitionArns"]
    return [int(arn.rpartition(":")[2]) for arn in found]


# -- images ----------------------------------------------------------------------------------------------------


def test_another_image_is_no_change_unless_it_moves(run, aws, ids):
    run.ok("ecs_task_definition", **kept(ids, f"{IMAGE}1"))
    assert not run.ok("ecs_task_definition", **kept(ids, f"{IMAGE}2"))["changed"]
    assert not run.ok("ecs_task_definition", **kept(ids, None))["changed"]
    checked = run.ok("ecs_task_definition", check=True, **moved(ids, f"{IMAGE}2"))
    assert keys(checked) == ["images"]
    assert (checked["task_definition"]["arn"], checked["task_definition"]["revision"]) == ("(known after apply)",) * 2
    real = run.ok("ecs_task_definition", **moved(ids, f"{IMAGE}2"))["task_definition"]
    assert (real["revision"], real["images"]) == (2, {"app": f"{IMAGE}2"})
    assert real["arn"] == f"{real['id']}:2"


def test_a_template_that_changes_keeps_the_image_that_stands(run, aws, ids):
    run.ok("ecs_task_definition", **moved(ids, f"{IMAGE}1"))
    run.ok("ecs_task_definition", **moved(ids, f"{IMAGE}2"))
    made = run.ok("ecs_task_definition", **kept(ids, f"{IMAGE}1", cpu=1024, memory=2048))
    assert keys(made) == ["cpu", "memory"]
    assert made["task_definition"]["images"] == {"app": f"{IMAGE}2"}


def test_a_template_that_changes_has_the_image_of_the_revision_that_serves(run, aws, ids):
    serving = run.ok("ecs_task_definition", **moved(ids, f"{IMAGE}1"))["task_definition"]["arn"]
    run.ok("ecs_task_definition", **moved(ids, f"{IMAGE}broken"))
    assert not run.ok("ecs_task_definition", **kept(ids, None, images_of=serving))["changed"]
    params = kept(ids, None, images_of=serving, cpu=1024, memory=2048)
    checked = run.ok("ecs_task_definition", check=True, **params)
    assert keys(checked) == ["cpu", "images", "memory"]
    real = run.ok("ecs_task_definition", **params)
    assert real["diff"] == checked["diff"]
    assert real["task_definition"]["images"] == {"app": f"{IMAGE}1"}
    assert not run.ok("ecs_task_definition", **params)["changed"]


def test_the_id_of_a_family_stays(run, ids):
    first = run.ok("ecs_task_definition", **moved(ids, f"{IMAGE}1"))["planned"][0]["id"]
    checked = run.ok("ecs_task_definition", check=True, **moved(ids, f"{IMAGE}2"))["planned"][0]["id"]
    real = run.ok("ecs_task_definition", **moved(ids, f"{IMAGE}2"))["planned"][0]["id"]
    assert {first, checked, real} == {f"arn:aws:ecs:ap-northeast-2:123456789012:task-definition/{NAME}"}


# -- revisions -------------------------------------------------------------------------------------------------


def test_old_revisions_go_but_not_those_that_a_service_runs(run, aws):
    ids = a_place_for_services(aws)
    for number in range(1, 3):
        run.ok("ecs_task_definition", **moved(ids, f"{IMAGE}{number}"))
    place = {"subnets": [ids["one"]], "securityGroups": [ids["group"]]}
    aws.ecs.create_service(
        cluster=ids["cluster"], serviceName="by-hand", taskDefinition=f"{NAME}:2", desiredCount=0, launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": place},
    )  # fmt: skip
    for number in range(3, 7):
        run.ok("ecs_task_definition", keep=2, **moved(ids, f"{IMAGE}{number}"))
    assert active(aws) == [2, 5, 6]


def test_tags_of_other_tools_go_with_the_next_revision(run, aws, ids):
    arn = run.ok("ecs_task_definition", **moved(ids, f"{IMAGE}1"))["task_definition"]["arn"]
    aws.ecs.tag_resource(resourceArn=arn, tags=[{"key": "cost", "value": "shop"}])
    run.ok("ecs_task_definition", **moved(ids, f"{IMAGE}2"))
    found = aws.ecs.describe_task_definition(taskDefinition=NAME, include=["TAGS"])["tags"]
    assert {"key": "cost", "value": "shop"} in found


def test_a_revision_that_was_registered_by_hand_is_drift_and_no_stranger(run, aws, ids):
    run.ok("ecs_task_definition", **kept(ids, f"{IMAGE}1"))
    by_hand = {"networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512"}
    aws.ecs.register_task_definition(family=NAME, containerDefinitions=[{"name": "app", "image": f"{IMAGE}2"}], **by_hand)
    assert run.ok("stack_info", stack="shop")["resources"][0]["name"] == NAME
    assert {"cpu", "tags"} <= set(keys(run.ok("ecs_task_definition", check=True, **kept(ids, None))))
    assert run.ok("ecs_task_definition", **kept(ids, None))["task_definition"]["revision"] == 3
    assert not run.ok("ecs_task_definition", **kept(ids, None))["changed"]


def test_a_family_of_others_is_refused(run, aws, ids):
    run.ok("ecs_task_definition", **kept(ids, f"{IMAGE}1"))
    assert "belongs to component vpc of stack shop" in run("ecs_task_definition", **{**kept(ids, f"{IMAGE}1"), "stack": "bank"})["msg"]


def test_a_removal_leaves_inactive_revisions_and_a_family_can_begin_again(run, aws, ids):
    run.ok("ecs_task_definition", **moved(ids, f"{IMAGE}1"))
    run.ok("ecs_task_definition", **moved(ids, f"{IMAGE}2"))
    run.ok("ecs_task_definition", state="absent", **moved(ids, f"{IMAGE}2"))
    assert active(aws) == []
    assert aws.ecs.describe_task_definition(taskDefinition=f"{NAME}:2")["taskDefinition"]["status"] == "INACTIVE"
    assert run.ok("stack_info", stack="shop")["resources"] == []
    assert run.ok("ecs_task_definition", **moved(ids, f"{IMAGE}1"))["task_definition"]["revision"] == 3


def test_a_family_of_another_name_is_found_by_the_tagging_index(run, ids):
    run.ok("ecs_task_definition", **{**moved(ids, f"{IMAGE}1"), "name": "till"})
    found = run.ok("stack_info", stack="shop")["resources"]
    assert [(one["type"], one["name"]) for one in found] == [("ecs_task_definition", "till")]


# -- what is refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"cpu": 300}, "Fargate has no tasks of 300 CPU units; choose one of 256, 512"),
        ({"cpu": 256, "memory": 4096}, "with 256 units memory is 512, 1024, 2048"),
        ({"cpu": 512, "memory": 1500}, "with 512 units memory is 1024 to 4096 in steps of 1024"),
        ({"storage": 10}, "storage is 20 to 200 GiB, not 10"),
        ({"keep": 0}, "keep is 1 or more"),
        ({"execution_role_arn": ""}, "ECS needs an execution role; give execution_role_arn"),
        ({"containers": [container(), PROXY, PROXY]}, "two containers are named proxy"),
        ({"containers": [PROXY]}, "none of the containers is essential"),
        ({"containers": [container()]}, "container app depends on proxy, which is no other container of the task"),
        ({"containers": [container(mounts=[{"volume": "none", "path": "/x"}]), PROXY]}, "container app mounts none, which is no volume"),
        ({"containers": [container(image=None), PROXY]}, "container app has no image"),
        ({"containers": [container(stop_timeout=300), PROXY]}, "Fargate leaves a container 120 seconds at most"),
        ({"containers": [container(environment={"DB_PASSWORD": "x"}), PROXY]}, "has DB_PASSWORD in its environment and among its secrets"),
        ({"containers": [container(health_check={"command": ["curl", "localhost"]}), PROXY]}, "the health check of container app begins with CMD"),
    ],
)
def test_what_fargate_does_not_take_is_refused_before_anything_is_registered(run, aws, ids, change: dict[str, t.Any], text: str):
    writes = len(run.writes())
    assert text in run("ecs_task_definition", check=True, **family(ids, **change))["msg"]
    assert text in run("ecs_task_definition", **family(ids, **change))["msg"]
    assert len(run.writes()) == writes


def test_the_value_of_a_secret_in_the_place_of_its_arn_is_refused_and_not_told(run, ids):
    failed = run("ecs_task_definition", **family(ids, container(secrets={"DB_PASSWORD": "hunter2"}), PROXY))
    assert "container app has a secret that is no ARN" in failed["msg"]
    assert "hunter2" not in failed["msg"]


def test_a_secret_that_is_yet_to_be_made_plans_a_revision(run, ids):
    planned = run.ok("ecs_task_definition", check=True, **family(ids, container(secrets={"DB_PASSWORD": "(known after apply)"}), PROXY))["planned"]
    assert [one["action"] for one in planned] == ["create"]


# -- what ECS fills in -----------------------------------------------------------------------------------------


def test_what_ecs_says_of_a_container_by_itself_is_no_change(run, aws, ids):
    """As a revision reads that was registered with the least that there can be: with ECS's defaults in it."""
    least = family(ids, {"name": "app", "image": f"{IMAGE}1", "read_only_root": False}, volumes=[], storage=20, platform={})
    run.ok("ecs_task_definition", **least)
    told = aws.ecs.describe_task_definition(taskDefinition=NAME)["taskDefinition"]["containerDefinitions"][0]
    assert told["environment"] == []  # which was not sent
    assert not run.ok("ecs_task_definition", **least)["changed"]


def test_all_that_can_be_said_reaches_ecs_as_it_is(run, aws, ids):
    run.ok("ecs_task_definition", **family(ids))
    found = aws.ecs.describe_task_definition(taskDefinition=NAME)["taskDefinition"]
    told = next(one for one in found["containerDefinitions"] if one["name"] == "app")
    assert (found["networkMode"], found["requiresCompatibilities"], found["ephemeralStorage"]) == ("awsvpc", ["FARGATE"], {"sizeInGiB": 30})
    assert told["secrets"] == [{"name": "DB_PASSWORD", "valueFrom": SECRET}]
    assert told["logConfiguration"]["options"] == {
        "awslogs-group": "/shop/app", "awslogs-region": "ap-northeast-2", "awslogs-stream-prefix": "app", "mode": "non-blocking",
    }  # fmt: skip
    assert (told["readonlyRootFilesystem"], told["linuxParameters"], told["stopTimeout"]) == (True, {"initProcessEnabled": True}, 60)
    assert {"name": "WORKERS", "value": "4"} in told["environment"]
    files = next(one for one in found["volumes"] if one["name"] == "files")["efsVolumeConfiguration"]
    assert (files["transitEncryption"], files["authorizationConfig"]["iam"]) == ("ENABLED", "ENABLED")


def test_a_change_of_everything_names_everything(run, ids):
    run.ok("ecs_task_definition", **family(ids))
    named = keys(run.ok("ecs_task_definition", check=True, **another_family(ids)))
    assert named == sorted(["cpu", "memory", "platform", "execution_role_arn", "task_role_arn", "storage", "volumes", "containers", "images", "tags"])
