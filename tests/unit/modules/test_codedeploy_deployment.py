# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A deployment as a wanted state: made once, resumed, never over somebody else's, and told why it failed."""

from __future__ import annotations

import io
import threading
import typing as t
import zipfile

import pytest

from .cases.codedeploy import roles_and_fleets

NAMES = {"applicationName": "shop", "deploymentGroupName": "web"}
SPEC = "version: 0.0\nos: linux\nhooks:\n  ApplicationStart:\n    - {location: scripts/start.sh}\n"
BAD = "#!/bin/sh\necho 'port 80 is taken' >&2\nexit 3\n"
MODULE = "codedeploy_deployment"


def put(aws: t.Any, key: str, script: str = "echo started\n") -> str | None:
    """A bundle whose one script is this; the version of the object."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        bundle.writestr("appspec.yml", SPEC)
        bundle.writestr("scripts/start.sh", script)
    return aws.s3.put_object(Bucket="revisions", Key=key, Body=out.getvalue()).get("VersionId")


def make_group(aws: t.Any, **more: t.Any) -> None:
    ids = roles_and_fleets(aws)
    aws.codedeploy.create_application(applicationName="shop", computePlatform="Server")
    aws.codedeploy.create_deployment_group(**NAMES, **{"serviceRoleArn": ids["deploy"], "autoScalingGroups": ["blue"]} | more)
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="blue", DesiredCapacity=2)
    aws.s3.create_bucket(Bucket="revisions", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    put(aws, "one.zip")
    put(aws, "two.zip")


@pytest.fixture
def web(aws: t.Any) -> t.Any:
    """A group over two instances, and two good revisions."""
    make_group(aws)
    return aws


def wanted(key: str = "one.zip", **more: t.Any) -> dict[str, t.Any]:
    where = {name: more.pop(name) for name in ("version", "etag", "bundle_type") if name in more}
    revision = {"bucket": "revisions", "key": key, **where}
    return {"application": "shop", "deployment_group": "web", "revision": revision, **more}


def start(aws: t.Any, key: str) -> str:
    """A deployment of somebody else's."""
    where = {"bucket": "revisions", "key": key, "bundleType": "zip"}
    return aws.codedeploy.create_deployment(**NAMES, revision={"revisionType": "S3", "s3Location": where})["deploymentId"]


def deployments(aws: t.Any) -> list[str]:
    return aws.codedeploy.list_deployments(**NAMES)["deployments"]


def test_check_mode_predicts_the_very_diff_and_a_second_run_does_nothing(run, web):
    for action, keys, params in (("create", ["application", "deployment_group", "revision"], wanted()), ("update", ["revision"], wanted("two.zip"))):
        before = len(run.writes())
        checked = run.ok(MODULE, check=True, **params)
        assert len(run.writes()) == before
        real = run.ok(MODULE, **params)
        assert checked["diff"] == real["diff"]
        assert [(entry["action"], entry["keys"]) for entry in real["planned"]] == [(action, keys)]
        assert checked["planned"][0]["id"] == "(known after apply)"
        assert real["deployment"]["id"] == real["planned"][0]["id"] == deployments(web)[0]
        assert real["deployment"]["status"] == "Succeeded"
        assert real["deployment"]["instances"]["succeeded"] == 2
        assert not real.get("warnings"), real["warnings"]
        before = len(run.writes())
        assert not run.ok(MODULE, **params)["changed"]
        assert len(run.writes()) == before


def test_a_group_that_does_not_stand_yet_is_a_plan_and_no_error(run, aws):
    checked = run.ok(MODULE, check=True, **wanted())
    assert [(entry["action"], entry["id"]) for entry in checked["planned"]] == [("create", "(known after apply)")]
    refused = run(MODULE, **wanted())
    assert "ApplicationDoesNotExistException" in refused["msg"]


def test_a_version_that_is_given_is_told_from_another_of_the_same_key(run, web):
    web.s3.put_bucket_versioning(Bucket="revisions", VersioningConfiguration={"Status": "Enabled"})
    first, second = put(web, "app.zip"), put(web, "app.zip", "echo anew\n")
    run.ok(MODULE, **wanted("app.zip", version=first))
    assert not run.ok(MODULE, **wanted("app.zip"))["changed"]
    assert run.ok(MODULE, **wanted("app.zip", version=second))["changed"]
    assert run.ok(MODULE, **wanted("app.zip", version=second))["deployment"]["revision"]["version"] == second


def test_force_deploys_again_what_runs_already(run, web):
    run.ok(MODULE, **wanted())
    checked = run.ok(MODULE, check=True, **wanted(force=True))
    forced = run.ok(MODULE, **wanted(force=True, description="once more"))
    assert [entry["keys"] for entry in forced["planned"]] == [["force"]]
    assert checked["diff"] == forced["diff"]
    assert not forced.get("warnings"), forced["warnings"]
    assert len(deployments(web)) == 2
    assert forced["deployment"]["description"].startswith("once more (run ")


def test_a_lost_reply_starts_one(run, web):
    run.cloud.dials.faults = [{"kind": "lose_reply", "operation": "CreateDeployment", "nth": 1}]
    run.cloud.dials.settle = 0.5
    made = run.ok(MODULE, **wanted(description="x" * 300))
    assert [made["deployment"]["id"]] == deployments(web)
    assert len(made["deployment"]["description"]) == 256


def test_a_kill_is_resumed_and_starts_no_second_one(run, web):
    run.cloud.dials.settle = 2
    assert run.killed_at(1, MODULE, **wanted())
    resumed = run.ok(MODULE, **wanted())
    assert resumed["changed"]
    assert [resumed["deployment"]["id"]] == deployments(web)
    assert "to succeed" in resumed["waited"][-1]["for"]


def test_without_waiting_it_is_only_started_and_the_next_run_awaits_it(run, web):
    run.cloud.dials.settle = 1.5
    started = run.ok(MODULE, **wanted(wait=False))
    assert started["deployment"]["status"] == "Created"
    assert not started.get("warnings"), started["warnings"]
    ended = run.ok(MODULE, **wanted())
    assert (ended["changed"], ended["deployment"]["status"]) == (True, "Succeeded")
    assert deployments(web) == [started["deployment"]["id"]]


def test_what_somebody_else_deploys_is_refused_by_name_or_awaited_by_choice(run, web):
    run.cloud.dials.settle = 1.5
    other = start(web, "two.zip")
    refused = run(MODULE, **wanted())
    assert f"deployment {other} of revisions/two.zip is running there" in refused["msg"]
    assert deployments(web) == [other]
    queued = run.ok(MODULE, **wanted(queue=True))
    assert len(deployments(web)) == 2
    assert queued["deployment"]["revision"]["key"] == "one.zip"


def test_who_was_faster_with_the_same_revision_is_joined(run, web):
    first = threading.Event()

    def hook(record: dict[str, t.Any], phase: str) -> None:
        if record["operation"] == "CreateDeployment" and phase == "before" and not first.is_set():
            first.set()
            start(web, "one.zip")

    run.cloud.dials.settle = 1
    run.cloud.on_call(hook)
    made = run.ok(MODULE, **wanted())
    assert first.is_set()
    assert deployments(web) == [made["deployment"]["id"]]


def test_a_failure_names_the_hook_its_script_and_its_log(run, web):
    put(web, "bad.zip", BAD)
    failed = run(MODULE, **wanted("bad.zip"))
    assert failed["failed"]
    assert "too many individual instances failed deployment" in failed["msg"]
    assert "ApplicationStart in scripts/start.sh: Script at specified location: scripts/start.sh failed with exit code 3" in failed["msg"]
    assert "  | [stderr]port 80 is taken" in failed["msg"]
    again = run(MODULE, **wanted("bad.zip"))  # what failed is not what the group runs: it is tried anew
    assert again["failed"]
    assert len(deployments(web)) == 2


def test_a_revision_that_is_not_there_fails_by_its_key(run, web):
    failed = run(MODULE, **wanted("nothing.zip"))
    assert "DownloadBundle: The specified key does not exist." in failed["msg"]


def test_an_empty_fleet_says_so(run, web):
    web.autoscaling.set_desired_capacity(AutoScalingGroupName="blue", DesiredCapacity=0)
    assert "no instances were found for your deployment group" in run(MODULE, **wanted())["msg"]


def test_a_way_back_that_aws_began_is_named_and_then_awaited(run, aws):
    make_group(aws, autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]})
    put(aws, "bad.zip", BAD)
    run.ok(MODULE, **wanted())
    run.cloud.dials.settle = 1
    failed = run(MODULE, **wanted("bad.zip"))
    back = deployments(aws)[0]
    assert f"goes back to the last good revision by deployment {back}" in failed["msg"]
    mended = run.ok(MODULE, **wanted("two.zip"))
    assert aws.codedeploy.get_deployment(deploymentId=back)["deploymentInfo"]["status"] == "Succeeded"
    assert mended["deployment"]["id"] == deployments(aws)[0]


def test_a_deployment_that_is_stopped_says_who(run, web):
    run.cloud.dials.settle = 30
    started = run.ok(MODULE, **wanted(wait=False))["deployment"]["id"]
    threading.Timer(0.7, lambda: web.codedeploy.stop_deployment(deploymentId=started)).start()
    assert f"deployment {started} Stopped: The deployment was stopped by a user. (MANUAL_STOP)" in run(MODULE, **wanted())["msg"]


def test_a_wait_that_ends_says_how_far_it_is(run, web):
    run.cloud.dials.settle = 30
    late = run(MODULE, **wanted(wait_timeout=1))
    assert "to succeed, which is still Created (0 of 2 instances done)" in late["msg"]


def test_a_bundle_of_unknown_type_is_refused(run, web):
    assert "does not end as a bundle does" in run(MODULE, **wanted("app.bin"))["msg"]
    assert run.ok(MODULE, check=True, **wanted("app.bin", bundle_type="zip"))["changed"]


@pytest.mark.usefixtures("brief_retries")
def test_throttling_of_a_third_ends_well(run, web):
    run.cloud.dials.faults = [{"kind": "throttle", "share": 0.3, "seed": 7}]
    run.ok(MODULE, **wanted())
    run.cloud.dials.faults = []
    assert len(deployments(web)) == 1
