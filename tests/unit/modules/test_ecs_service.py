# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Services: what only they do - deploys, waiting, and saying why. The rest stands in the table of cases."""

from __future__ import annotations

import json
import time
import typing as t

import boto3
import pytest

from .cases.ecs import a_place_for_services, a_revision, GROUP, service

BLUE = "shop-app-blue"
IMAGE = "public.ecr.aws/shop/app:"
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": {}, "layers": []})
MISSING = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/shop-app:9"


@pytest.fixture
def ids(run, aws) -> dict[str, str]:
    return a_place_for_services(aws)


def standing(aws: t.Any, ids: dict[str, str]) -> dict[str, t.Any]:
    return aws.ecs.describe_services(cluster=ids["cluster"], services=[BLUE])["services"][0]


def deploy(ids: dict[str, str], revision: str, **more: t.Any) -> dict[str, t.Any]:
    return service(ids, deploy=True, task_definition=revision, **more)


def keys(result: dict[str, t.Any]) -> list[str]:
    return result["planned"][0]["keys"] if result["changed"] else []


# -- what belongs to deploys -----------------------------------------------------------------------------------


def test_another_revision_or_count_is_no_drift_without_a_deploy(run, aws, ids):
    run.ok("ecs_service", **service(ids))
    aws.ecs.update_service(cluster=ids["cluster"], service=BLUE, taskDefinition=ids["second"], desiredCount=3)
    assert not run.ok("ecs_service", **service(ids))["changed"]
    assert (standing(aws, ids)["taskDefinition"], standing(aws, ids)["desiredCount"]) == (ids["second"], 3)


def test_a_deploy_moves_both_and_waits_until_the_targets_are_healthy(run, aws, ids):
    run.ok("ecs_service", **service(ids))
    run.cloud.dials.settle = 0.4
    params = deploy(ids, ids["second"], desired_count=3)
    checked = run.ok("ecs_service", check=True, **params)
    assert keys(checked) == ["desired_count", "task_definition"]
    real = run.ok("ecs_service", **params)
    assert real["diff"] == checked["diff"]
    made = real["service"]
    assert (made["task_definition"], made["running_count"], made["rollout_state"]) == (ids["second"], 3, "COMPLETED")
    assert len(standing(aws, ids)["deployments"]) == 1
    health = aws.elbv2.describe_target_health(TargetGroupArn=ids["blue"])["TargetHealthDescriptions"]
    assert sum(one["TargetHealth"]["State"] == "healthy" for one in health) == 3
    assert not run.ok("ecs_service", **params)["changed"]


def test_a_deploy_without_a_revision_keeps_what_runs(run, aws, ids):
    run.ok("ecs_service", **service(ids))
    aws.ecs.update_service(cluster=ids["cluster"], service=BLUE, taskDefinition=ids["second"])
    params = service(ids, deploy=True, desired_count=0)
    del params["task_definition"]
    assert keys(run.ok("ecs_service", **params)) == ["desired_count"]
    assert (standing(aws, ids)["taskDefinition"], standing(aws, ids)["runningCount"]) == (ids["second"], 0)


def test_a_revision_that_was_deregistered_can_be_scaled_in_but_not_deployed(run, aws, ids):
    run.ok("ecs_service", **service(ids))
    for revision in (ids["first"], ids["second"]):
        aws.ecs.deregister_task_definition(taskDefinition=revision)
    assert keys(run.ok("ecs_service", **deploy(ids, ids["first"], desired_count=0))) == ["desired_count"]
    assert "there is no active task definition app:2" in run("ecs_service", **deploy(ids, ids["second"]))["msg"]


def test_a_family_stands_for_its_newest_active_revision(run, aws, ids):
    made = run.ok("ecs_service", **service(ids, task_definition=ids["first"].rpartition(":")[0]))["service"]
    assert made["task_definition"] == ids["second"]


def test_a_deploy_that_was_cut_off_is_waited_for_by_the_next_run(run, aws, ids):
    run.ok("ecs_service", **service(ids))
    run.cloud.dials.settle = 1
    run.ok("ecs_service", wait=False, **deploy(ids, ids["second"]))
    writes = len(run.writes())
    again = run.ok("ecs_service", **deploy(ids, ids["second"]))
    assert not again["changed"]
    assert again["service"]["rollout_state"] == "COMPLETED"
    assert len(run.writes()) == writes


def test_a_rollout_that_ecs_gave_up_is_started_anew_by_a_deploy_and_let_be_by_another_run(run, aws, ids):
    run.ok("ecs_service", **service(ids))
    broken = a_revision(aws, ids, MISSING)
    assert run("ecs_service", **deploy(ids, broken))["failed"]
    assert not run.ok("ecs_service", **service(ids))["changed"]
    aws.ecr.create_repository(repositoryName="shop-app")
    aws.ecr.put_image(repositoryName="shop-app", imageManifest=MANIFEST, imageTag="9")
    assert keys(run.ok("ecs_service", **deploy(ids, broken))) in (["rollout"], [])
    assert standing(aws, ids)["deployments"][0]["rolloutState"] == "COMPLETED"


# -- saying why ------------------------------------------------------------------------------------------------


def test_tasks_that_keep_stopping_fail_it_before_its_deadline_with_the_reason(run, aws, ids):
    failed = run("ecs_service", wait_timeout=60, **service(ids, task_definition=a_revision(aws, ids, MISSING)))
    assert "CannotPullContainerError" in failed["msg"]
    assert f"{MISSING}: not found" in failed["msg"]
    assert "TaskFailedToStart" in failed["msg"]
    assert failed["msg"].endswith("Mend what it names and run again")


def test_a_program_that_ends_is_told_with_its_exit_code_and_its_last_lines(run, aws, ids):
    run.cloud.dials.settle = 1
    run.cloud.dials.versions = {f"{IMAGE}broken": {"exit_after": 0.05, "exit_code": 3}}
    run.cloud.on_call(writer(25))
    failed = run("ecs_service", wait_timeout=60, **service(ids, task_definition=a_revision(aws, ids, f"{IMAGE}broken")))
    assert "Essential container in task exited (EssentialContainerExited)" in failed["msg"]
    assert "app: exit code 3" in failed["msg"]
    lines = [line.removeprefix("  | ") for line in failed["msg"].splitlines() if line.startswith("  | ")]
    assert lines == [*(f"line {number}" for number in range(6, 25)), f"{IMAGE}broken ends with exit code 3"]


def test_a_log_that_cannot_be_read_does_not_hide_the_reason(run, aws, ids):
    run.cloud.dials.settle = 1
    run.cloud.dials.versions = {f"{IMAGE}broken": {"exit_after": 0.05}}
    run.cloud.on_call(lambda record, phase: record["operation"] == "GetLogEvents" and phase == "before" and aws.logs.delete_log_stream(**place(record)))
    failed = run("ecs_service", wait_timeout=60, **service(ids, task_definition=a_revision(aws, ids, f"{IMAGE}broken")))
    assert "app: exit code 1" in failed["msg"]
    assert f"the log of app in {GROUP} has no line, or cannot be read" in failed["msg"]


def test_a_deadline_that_passes_says_how_far_it_came(run, aws, ids):
    run.cloud.dials.settle = 5
    failed = run("ecs_service", wait_timeout=1, **service(ids))
    assert "waited 1 s for service shop-app-blue to be steady, which is still at 0 of 2 tasks" in failed["msg"]
    assert " is PROVISIONING" in failed["msg"]


def test_a_program_whose_health_check_fails_is_told_as_such(run, aws, ids):
    run.cloud.dials.versions = {f"{IMAGE}ill": {"healthy": False}}
    check = {"command": ["CMD-SHELL", "curl -f http://localhost:8080/"]}
    definition = aws.ecs.describe_task_definition(taskDefinition=ids["second"])["taskDefinition"]
    containers = [{**definition["containerDefinitions"][0], "image": f"{IMAGE}ill", "healthCheck": check}]
    size = {name: definition[name] for name in ("family", "cpu", "memory", "networkMode", "requiresCompatibilities", "executionRoleArn")}
    made = aws.ecs.register_task_definition(**size, containerDefinitions=containers)["taskDefinition"]["taskDefinitionArn"]
    failed = run("ecs_service", wait_timeout=30, **service(ids, task_definition=made))
    assert "ealth check" in failed["msg"]


def test_a_quota_of_fargate_is_told_by_ecs_own_word(run, aws, ids):
    run.cloud.dials.quotas = {"fargate_vcpus": 0}
    failed = run("ecs_service", wait_timeout=20, **service(ids))
    assert "You've reached the limit on the number of vCPUs" in failed["msg"]


def place(record: dict[str, t.Any]) -> dict[str, str]:
    return {name: record["params"][name] for name in ("logGroupName", "logStreamName")}


def writer(count: int) -> t.Callable[[dict[str, t.Any], str], None]:
    """Lets the stream that somebody is about to read hold so many lines."""
    logs, written = boto3.client("logs"), set()

    def write(record: dict[str, t.Any], phase: str) -> None:
        stream = record["params"].get("logStreamName")
        if (record["operation"], phase) == ("GetLogEvents", "before") and stream not in written:
            written.add(stream)
            before = int(time.time() - 60) * 1000
            events = [{"timestamp": before + number, "message": f"line {number}"} for number in range(count)]
            logs.put_log_events(**place(record), logEvents=events)

    return write


# -- what is refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"task_definition": None}, "needs a task_definition and a desired_count"),
        ({"desired_count": None}, "needs a task_definition and a desired_count"),
        ({"task_definition": "nothing"}, "there is no active task definition nothing"),
        ({"desired_count": -1}, "desired_count is 0 or more"),
        ({"desired_count": 0, "max_percent": 100}, "leave no room to replace a task"),
        ({"desired_count": 1, "min_healthy_percent": 50, "max_percent": 150}, "min_healthy_percent (50) and max_percent (150) of 1 tasks leave no room"),
        ({"max_percent": 250}, "max_percent (250) 100 to 200"),
        ({"load_balancer": {"container": "app"}}, "load_balancer lacks port, target_group_id"),
        ({"capacity_strategy": [{"provider": "FARGATE"}]}, "needs one of a weight above 0"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(run, aws, ids, change: dict[str, t.Any], text: str):
    writes = len(run.writes())
    params = {key: value for key, value in service(ids, **change).items() if value is not None}
    assert text in run("ecs_service", check=True, **params)["msg"]
    assert text in run("ecs_service", **params)["msg"]
    assert len(run.writes()) == writes


def test_targets_of_another_kind_are_refused(run, aws, ids):
    made = aws.elbv2.create_target_group(Name="hosts", Protocol="HTTP", Port=8080, VpcId=ids["vpc"], TargetType="instance")["TargetGroups"][0]
    balancer = {"target_group_id": made["TargetGroupArn"], "container": "app", "port": 8080}
    assert "give one of target_type: ip" in run("ecs_service", check=True, **service(ids, load_balancer=balancer))["msg"]


def test_what_ecs_refuses_is_told_at_once(run, aws, ids):
    balancer = {"target_group_id": ids["blue"], "container": "nobody", "port": 8080}
    failed = run("ecs_service", **service(ids, load_balancer=balancer))
    assert "nobody" in failed["msg"]
    assert failed["waited"] == []


def test_a_cluster_that_is_yet_to_be_made_plans_a_service_and_calls_nothing_with_it(run, aws, ids):
    unknown = "(known after apply)"
    params = service(ids, cluster=unknown, task_definition=unknown, load_balancer={"target_group_id": unknown, "container": "app", "port": 8080})
    planned = run.ok("ecs_service", check=True, **params)["planned"]
    assert [one["action"] for one in planned] == ["create"]
    assert not [record for record in run.cloud.records() if unknown in str(record["params"])]


def test_a_service_of_another_stack_is_refused(run, aws, ids):
    run.ok("ecs_service", **service(ids))
    assert "belongs to component vpc of stack shop" in run("ecs_service", **{**service(ids), "stack": "bank"})["msg"]


# -- removal ---------------------------------------------------------------------------------------------------


def test_a_removal_is_waited_for_and_the_name_is_free_again(run, aws, ids):
    run.ok("ecs_service", **service(ids))
    run.cloud.dials.settle = 1
    run.ok("ecs_service", state="absent", **service(ids))
    assert standing(aws, ids)["status"] == "INACTIVE"
    assert run.ok("stack_info", stack="shop")["resources"] == []
    run.ok("ecs_service", **service(ids))
    assert standing(aws, ids)["status"] == "ACTIVE"


def test_a_service_that_still_drains_is_waited_out_before_its_name_is_taken(run, aws, ids):
    run.ok("ecs_service", **service(ids))
    run.cloud.dials.settle = 8
    run.ok("ecs_service", state="absent", wait=False, **service(ids))
    assert standing(aws, ids)["status"] == "DRAINING"
    assert run.ok("stack_info", stack="shop")["tombstones"][0]["name"] == BLUE
    run.cloud.dials.settle = 0
    made = run.ok("ecs_service", **service(ids))["service"]
    assert (made["status"], made["running_count"]) == ("ACTIVE", 2)
