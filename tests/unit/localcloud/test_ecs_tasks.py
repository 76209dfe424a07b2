# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tasks of ECS: their way from PROVISIONING to STOPPED, and what they need to start."""
from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud
from localcloud.clock import CLOCK

from .ecs_world import ACCOUNT, address_of, World

REPOSITORY = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/web"
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": []})


@pytest.fixture
def world(cloud: LocalCloud) -> Iterator[World]:
    """Time stands still, but where a test lets it go on."""
    with CLOCK.virtual():
        yield World(cloud)


def _ended(world: World, **definition: Any) -> dict[str, Any]:
    """How a task ended, of a definition that cannot start."""
    world.define(**definition)
    task = world.task(world.run())
    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "TaskFailedToStart")
    assert "startedAt" not in task
    assert [one["lastStatus"] for one in task["containers"]] == ["STOPPED"]
    return task


def _runs(world: World, **definition: Any) -> dict[str, Any]:
    world.define(**definition)
    task = world.task(world.run())
    assert task["lastStatus"] == "RUNNING", task["stoppedReason"]
    return task


def test_a_task_takes_its_time_to_run_and_to_stop_and_is_told_for_an_hour(world: World) -> None:
    world.define()
    world.cloud.dials.settle = 40
    arn = world.run()
    seen = [world.task(arn)["lastStatus"]]
    for seconds in (9, 1, 19, 1, 9, 1):
        CLOCK.advance(seconds)
        seen.append(world.task(arn)["lastStatus"])
    assert seen == ["PROVISIONING", "PROVISIONING", "PENDING", "PENDING", "ACTIVATING", "ACTIVATING", "RUNNING"]
    running = world.task(arn)
    assert (running["startedAt"] - running["createdAt"]).total_seconds() == 40
    assert (running["pullStoppedAt"] - running["pullStartedAt"]).total_seconds() == 20
    stopping = world.ecs.stop_task(cluster="shop", task=arn.rpartition("/")[2], reason="enough")["task"]
    assert (stopping["desiredStatus"], stopping["lastStatus"]) == ("STOPPED", "STOPPING")
    CLOCK.advance(10)
    assert world.task(arn)["lastStatus"] == "DEPROVISIONING"
    CLOCK.advance(10)
    stopped = world.task(arn)
    assert [stopped[key] for key in ("lastStatus", "stopCode", "stoppedReason")] == ["STOPPED", "UserInitiated", "enough"]
    assert stopped["containers"][0]["exitCode"] == 143
    assert stopped["attachments"][0]["status"] == "DELETED"
    CLOCK.advance(3600)
    assert world.ecs.list_tasks(cluster="shop", desiredStatus="STOPPED")["taskArns"] == [arn]
    CLOCK.advance(1)
    assert world.ecs.list_tasks(cluster="shop", desiredStatus="STOPPED")["taskArns"] == []
    failure = world.ecs.describe_tasks(cluster="shop", tasks=[arn])["failures"]
    assert failure == [{"arn": arn, "reason": "MISSING"}]


def test_a_task_has_an_interface_of_its_own_until_it_has_stopped(world: World) -> None:
    world.define()
    arn = world.run(enableECSManagedTags=True)
    task = world.task(arn)
    interface = next(one["value"] for one in task["attachments"][0]["details"] if one["name"] == "networkInterfaceId")
    found = world.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]
    assert found["PrivateIpAddress"] == address_of(task) == task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]
    assert [one["GroupId"] for one in found["Groups"]] == [world.group]
    assert found["TagSet"] == [{"Key": "aws:ecs:clusterName", "Value": "shop"}]
    with pytest.raises(ClientError, match="DependencyViolation"):
        world.ec2.delete_security_group(GroupId=world.group)
    world.ecs.stop_task(cluster="shop", task=arn)
    world.ec2.delete_security_group(GroupId=world.group)


def test_a_task_stops_on_its_way_too(world: World) -> None:
    world.define()
    world.cloud.dials.settle = 40
    arn = world.run()
    CLOCK.advance(15)
    assert world.ecs.stop_task(cluster="shop", task=arn)["task"]["lastStatus"] == "DEPROVISIONING"
    CLOCK.advance(40)
    assert world.task(arn)["lastStatus"] == "STOPPED"
    assert "exitCode" not in world.task(arn)["containers"][0]


def test_lists_are_of_what_was_asked_for_and_of_running_tasks_otherwise(world: World) -> None:
    world.define()
    world.define("other")
    mine, other = world.run(startedBy="me"), world.run(taskDefinition="other")
    gone = world.run()
    world.ecs.stop_task(cluster="shop", task=gone)

    def listed(**asked: str) -> list[str]:
        return sorted(world.ecs.list_tasks(cluster="shop", **asked)["taskArns"])

    assert listed() == sorted([mine, other])
    assert listed(startedBy="me") == listed(family="web") == [mine]
    assert listed(desiredStatus="STOPPED") == [gone]
    assert len(world.ecs.list_tasks(cluster="shop", maxResults=1)["taskArns"]) == 1
    pages = world.ecs.get_paginator("list_tasks").paginate(cluster="shop", PaginationConfig={"PageSize": 1})
    assert sorted(arn for page in pages for arn in page["taskArns"]) == listed()


# -- images --------------------------------------------------------------------------------------------------------


def test_an_image_of_this_accounts_registry_must_be_there(world: World) -> None:
    asked = {"container": world.container(image=f"{REPOSITORY}:1"), "executionRoleArn": world.role}
    assert "CannotPullContainerError: pull image manifest has been retried" in _ended(world, **asked)["stoppedReason"]
    world.ecr.create_repository(repositoryName="web")
    assert _ended(world, **asked)["stoppedReason"].endswith(f"{REPOSITORY}:1: not found")
    digest = world.ecr.put_image(repositoryName="web", imageManifest=MANIFEST, imageTag="1")["image"]["imageId"]["imageDigest"]
    assert _runs(world, **asked)["containers"][0]["imageDigest"] == digest
    assert _runs(world, container=world.container(image=f"{REPOSITORY}@{digest}"), executionRoleArn=world.role)
    assert _ended(world, container=world.container(image=f"{REPOSITORY}@sha256:{'0' * 64}"), executionRoleArn=world.role)


def test_the_execution_role_must_be_allowed_to_pull(world: World) -> None:
    world.ecr.create_repository(repositoryName="web")
    world.ecr.put_image(repositoryName="web", imageManifest=MANIFEST, imageTag="1")
    asked = {"container": world.container(image=f"{REPOSITORY}:1"), "executionRoleArn": world.role}
    world.cloud.dials.enforce_iam = True
    assert "unable to retrieve ecr registry auth" in _ended(world, **asked)["stoppedReason"]
    _allow(world, "ecr:GetAuthorizationToken", "*")
    reason = _ended(world, **asked)["stoppedReason"]
    assert reason.startswith("CannotPullContainerError")
    assert "not authorized to perform: ecr:BatchGetImage" in reason
    _allow(world, "ecr:*", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/web")
    assert _runs(world, **asked)


def _allow(world: World, action: str, resource: str) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}
    name = "".join(letter for letter in action if letter.isalpha())
    world.iam.put_role_policy(RoleName="execution", PolicyName=name, PolicyDocument=json.dumps(document))


# -- secrets -------------------------------------------------------------------------------------------------------


def _with_secret(world: World, source: str) -> dict[str, Any]:
    return {"container": world.container(secrets=[{"name": "PASSWORD", "valueFrom": source}]), "executionRoleArn": world.role}


def test_secrets_must_be_there_with_their_field(world: World) -> None:
    missing = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:db-abcdef"
    reason = _ended(world, **_with_secret(world, missing))["stoppedReason"]
    assert reason.startswith("ResourceInitializationError: unable to pull secrets or registry auth")
    assert "can't find the specified secret" in reason
    arn = world.secrets.create_secret(Name="db", SecretString=json.dumps({"password": "not one"}))["ARN"]
    for source in (arn, f"{arn}:password::", f"{arn}:password:AWSCURRENT:"):
        assert _runs(world, **_with_secret(world, source))
    assert "did not contain json key user" in _ended(world, **_with_secret(world, f"{arn}:user::"))["stoppedReason"]
    assert "staging label: AWSPREVIOUS" in _ended(world, **_with_secret(world, f"{arn}::AWSPREVIOUS:"))["stoppedReason"]
    world.secrets.delete_secret(SecretId=arn)
    assert "can't find the specified secret" in _ended(world, **_with_secret(world, arn))["stoppedReason"]


def test_the_execution_role_must_be_allowed_to_read_the_secret(world: World) -> None:
    arn = world.secrets.create_secret(Name="db", SecretString="not one")["ARN"]
    world.cloud.dials.enforce_iam = True
    assert "not authorized to perform: secretsmanager:GetSecretValue" in _ended(world, **_with_secret(world, arn))["stoppedReason"]
    _allow(world, "secretsmanager:GetSecretValue", arn)
    assert _runs(world, **_with_secret(world, arn))


def test_parameters_must_be_there(world: World) -> None:
    assert "invalid parameters: /shop/key" in _ended(world, **_with_secret(world, "/shop/key"))["stoppedReason"]
    world.ssm.put_parameter(Name="/shop/key", Value="not one", Type="SecureString")
    assert _runs(world, **_with_secret(world, "/shop/key"))
    assert _runs(world, **_with_secret(world, f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/shop/key"))


# -- logs and ends -------------------------------------------------------------------------------------------------


def test_the_log_group_must_be_there_unless_the_task_makes_it(world: World) -> None:
    asked = {"container": world.container(**world.logging()), "executionRoleArn": world.role}
    assert "The specified log group does not exist" in _ended(world, **asked)["stoppedReason"]
    making = world.logging("/made")
    making["logConfiguration"]["options"]["awslogs-create-group"] = "true"
    task = _runs(world, container=world.container(**making), executionRoleArn=world.role)
    streams = world.logs.describe_log_streams(logGroupName="/made")["logStreams"]
    assert [one["logStreamName"] for one in streams] == [f"ecs/web/{task['taskArn'].rpartition('/')[2]}"]


def test_a_program_that_ends_by_itself_ends_its_task_and_says_so(world: World) -> None:
    world.logs.create_log_group(logGroupName="/shop")
    world.define(container=world.container(image="shop/web:2", **world.logging()), executionRoleArn=world.role)
    world.cloud.dials.versions = {"shop/web:2": {"exit_after": 5, "exit_code": 3}}
    arn = world.run()
    CLOCK.advance(4)
    assert world.task(arn)["lastStatus"] == "RUNNING"
    CLOCK.advance(1)
    task = world.task(arn)
    assert [task[key] for key in ("lastStatus", "stopCode")] == ["STOPPED", "EssentialContainerExited"]
    assert task["stoppedReason"] == "Essential container in task exited"
    assert task["containers"][0]["exitCode"] == 3
    stream = f"ecs/web/{arn.rpartition('/')[2]}"
    lines = world.logs.get_log_events(logGroupName="/shop", logStreamName=stream)["events"]
    assert [one["message"] for one in lines] == ["shop/web:2 ends with exit code 3"]


def test_an_emptied_account_has_no_task_left_on_its_way(world: World) -> None:
    world.define()
    world.cloud.dials.settle = 40
    world.run()
    world.cloud.reset()
    CLOCK.advance(60)
    assert world.ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert world.ecs.list_clusters()["clusterArns"] == []
