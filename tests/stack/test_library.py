# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The library system as a whole: it stands as planned, moves no traffic, goes, and comes again."""

from __future__ import annotations

import json
import typing as t

import pytest

from .conftest import ROOT
from .conftest import Runs
from .reach import as_read
from .reach import kept
from .reach import verified
from .record import made

BEGUN = ("-e", "container_service_image=public.ecr.aws/nginx/nginx:1.29")
NAME, LATER = "library-app", "public.ecr.aws/nginx/nginx:1.30"
#: The least that ECR takes for an image.
KIND = "application/vnd.docker.distribution.manifest.v2+json"
MANIFEST = {"schemaVersion": 2, "mediaType": KIND, "config": {"digest": f"sha256:{'0' * 64}", "size": 1}, "layers": []}
CONTAINERS = {("ecs_task_definition", NAME), ("ecs_service", "library-blue"), ("ecs_service", "library-green")}


@pytest.fixture
def library(runs: Runs) -> Runs:
    runs.inventory = ROOT / "inventories" / "library"
    return runs


def stands(library: Runs) -> set[tuple[str, str]]:
    return set(library.account.standing())


def forward(library: Runs) -> tuple[str, list[dict[str, t.Any]]]:
    """The listener, and the target groups that it forwards to."""
    elbv2 = library.account.client("elbv2")
    (door,) = elbv2.describe_load_balancers(Names=["library-management-alb"])["LoadBalancers"]
    (listener,) = elbv2.describe_listeners(LoadBalancerArn=door["LoadBalancerArn"])["Listeners"]
    return listener["ListenerArn"], listener["DefaultActions"][0]["ForwardConfig"]["TargetGroups"]


def register(library: Runs, image: str) -> str:
    """A revision like the newest, with another image, as a deploy registers it."""
    ecs = library.account.client("ecs")
    found = ecs.describe_task_definition(taskDefinition=NAME, include=["TAGS"])
    kept = ("family", "taskRoleArn", "executionRoleArn", "networkMode", "volumes", "requiresCompatibilities", "cpu", "memory", "runtimePlatform")
    (container,) = found["taskDefinition"]["containerDefinitions"]
    spec = {field: found["taskDefinition"][field] for field in kept}
    return ecs.register_task_definition(**spec, containerDefinitions=[{**container, "image": image}], tags=found["tags"])["taskDefinition"]["taskDefinitionArn"]


def newest_image(library: Runs) -> str:
    return library.account.client("ecs").describe_task_definition(taskDefinition=NAME)["taskDefinition"]["containerDefinitions"][0]["image"]


def test_the_library_stands_as_planned_stays_goes_and_comes_again(library: Runs):
    planned = library.ok("site", "--check", "--diff", *BEGUN)
    assert [record for record in library.cloud.records() if record["mutating"]] == []
    real = library.ok("site", *BEGUN)
    assert real.changes == planned.changes
    assert made(real.writes) == sorted((component, kind, name) for component, kind, name, _action, _keys in planned.changes)
    stood = stands(library)
    assert stood == {(kind, name) for _component, kind, name, _action, _keys in planned.changes}

    found = verified(library)
    assert (as_read(found["network"]), found["findings"]) == (kept("library"), [])

    again = library.ok("site", "--check", "--diff")  # the image that it began with was for the beginning
    assert (again.changes, again.writes) == (set(), [])

    gone = library.ok("destroy", "-e", "destroy_stack=library")
    assert {action for *_who, action, _keys in gone.changes} == {"delete"}
    assert {kind for kind, _name in stands(library)} == {"iam_service_linked_role"}
    library.ok("site", *BEGUN)
    assert stands(library) == stood


def test_without_an_image_all_but_the_containers_stands_and_the_first_deploy_is_named(library: Runs):
    planned = library.ok("site", "--check", "--diff")
    real = library.ok("site")
    assert real.changes == planned.changes
    assert "the first deploy of app makes its task definition and its services" in real.screen
    assert not stands(library) & CONTAINERS
    assert [(one["severity"], one["component"]) for one in verified(library)["findings"]] == [("informational", "app")]
    assert {("ecs_cluster", NAME), ("ecr_repository", NAME), ("elbv2_target_group", "library-green-tg")} <= stands(library)
    assert {one["Weight"] for one in forward(library)[1]} == {100, 0}
    assert library.ok("site", "--check", "--diff").changes == set()


def test_a_run_moves_neither_traffic_nor_tasks_nor_what_runs(library: Runs):
    """As a deploy leaves it in the middle of a shift: both colours run, the new one the newer revision, with a part of what comes in."""
    library.ok("site", *BEGUN)
    elbv2, ecs = library.account.client("elbv2"), library.account.client("ecs")
    ecs.update_service(cluster=NAME, service="library-green", taskDefinition=register(library, LATER), desiredCount=5)
    listener, groups = forward(library)
    shares = {one["TargetGroupArn"]: {100: 70, 0: 30}[one["Weight"]] for one in groups}
    weighted = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in shares.items()]
    elbv2.modify_listener(ListenerArn=listener, DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weighted}}])

    checked = library.ok("site", "--check", "--diff")
    assert (checked.changes, checked.writes) == (set(), [])
    real = library.ok("site")
    assert (real.changes, real.writes) == (set(), [])

    # What the inventory says of the containers is a revision more, of the image that is live, and runs nowhere yet.
    running = {one["serviceName"]: one["taskDefinition"] for one in services(library)}
    changed = library.ok("site", "-e", "container_service_memory=2048")
    assert changed.changes == {("app", "ecs_task_definition", NAME, "update", ("images", "memory"))}
    assert newest_image(library) == BEGUN[1].partition("=")[2]
    assert {one["serviceName"]: one["taskDefinition"] for one in services(library)} == running
    assert {one["TargetGroupArn"]: one["Weight"] for one in forward(library)[1]} == shares


def services(library: Runs) -> list[dict[str, t.Any]]:
    return library.account.client("ecs").describe_services(cluster=NAME, services=["library-blue", "library-green"])["services"]


def test_a_repository_with_images_is_refused_and_emptied_when_that_is_said(library: Runs):
    library.ok("site")
    ecr = library.account.client("ecr")
    ecr.put_image(repositoryName=NAME, imageManifest=json.dumps(MANIFEST), imageTag="1.0.0")
    refused = library("destroy", "-e", "destroy_stack=library")
    assert refused.rc != 0
    assert f"repository {NAME} holds" in refused.screen
    assert len(ecr.list_images(repositoryName=NAME)["imageIds"]) == 1
    library.ok("site", "-e", "container_service_repository_removal=empty")
    library.ok("destroy", "-e", "destroy_stack=library")
    assert {kind for kind, _name in stands(library)} == {"iam_service_linked_role"}
