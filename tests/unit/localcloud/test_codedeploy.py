# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CodeDeploy: applications and groups that change and go, and deployments that run, fail, stop and roll back."""
from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud
from localcloud.clock import CLOCK
from .conftest import client_of

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "codedeploy.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
SPEC = "version: 0.0\nos: linux\nhooks:\n  ApplicationStart:\n    - {location: scripts/start.sh, timeout: 60}\n"
NAMES = {"applicationName": "shop", "deploymentGroupName": "web"}
TAGS = [{"Key": "groundwork:stack", "Value": "tio"}]
BALANCED = {"deploymentStyle": {"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"}}


def zipped(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        for name, text in files.items():
            bundle.writestr(name, text)
    return out.getvalue()


def tarred(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as bundle:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            bundle.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


class Delivery:
    """An application, a role, a fleet of two and a bucket with revisions; groups and deployments as a test asks."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        for service in ("codedeploy", "iam", "autoscaling", "ec2", "s3", "cloudwatch"):
            setattr(self, service, client_of(cloud.endpoint, service))
        self.role = self.iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        self.codedeploy.create_application(applicationName="shop", computePlatform="Server", tags=TAGS)
        self.s3.create_bucket(Bucket="revisions", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def fleet(self, size: int = 2) -> str:
        image = self.ec2.register_image(Name="image", RootDeviceName="/dev/xvda")["ImageId"]
        self.autoscaling.create_launch_configuration(LaunchConfigurationName="lc", ImageId=image, InstanceType="t3.micro")
        spec = {"MinSize": size, "MaxSize": size, "AvailabilityZones": ["eu-west-1a"], "LaunchConfigurationName": "lc"}
        self.autoscaling.create_auto_scaling_group(AutoScalingGroupName="web", **spec)
        return "web"

    def group(self, **params: Any) -> Any:
        return self.codedeploy.create_deployment_group(**NAMES, **{"serviceRoleArn": self.role, "tags": TAGS} | params)

    def update(self, **params: Any) -> Any:
        return self.codedeploy.update_deployment_group(applicationName="shop", currentDeploymentGroupName="web", **params)

    def put(self, key: str, script: str = "echo started\n", kind: str = "zip", spec: str = SPEC) -> dict[str, Any]:
        files = {"appspec.yml": spec, "scripts/start.sh": script}
        self.s3.put_object(Bucket="revisions", Key=key, Body=zipped(files) if kind == "zip" else tarred(files))
        return revision(key, bundleType=kind)

    def deploy(self, wanted: dict[str, Any], **params: Any) -> str:
        return self.codedeploy.create_deployment(**NAMES, revision=wanted, **params)["deploymentId"]

    def info(self, deployment: str) -> dict[str, Any]:
        return self.codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]

    def targets(self, deployment: str) -> list[dict[str, Any]]:
        ids = self.codedeploy.list_deployment_targets(deploymentId=deployment)["targetIds"]
        found = self.codedeploy.batch_get_deployment_targets(deploymentId=deployment, targetIds=ids)["deploymentTargets"]
        return [one["instanceTarget"] for one in found]

    def group_info(self) -> dict[str, Any]:
        return self.codedeploy.get_deployment_group(**NAMES)["deploymentGroupInfo"]


def revision(key: str, **where: Any) -> dict[str, Any]:
    return {"revisionType": "S3", "s3Location": {"bucket": "revisions", "key": key, "bundleType": "zip"} | where}


@pytest.fixture
def made(cloud: LocalCloud) -> Delivery:
    return Delivery(cloud)


def slow(made: Delivery, seconds: float = 30) -> Delivery:
    made.cloud.dials.settle = seconds
    return made


def alarms(*names: str) -> dict[str, Any]:
    return {"enabled": True, "alarms": [{"name": name} for name in names]}


def young_role(made: Delivery) -> Any:
    made.cloud.dials.settle = 60
    return made.group()


def other_role(made: Delivery) -> str:
    trust = json.dumps(TRUST).replace("codedeploy", "ec2")
    return made.iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust)["Role"]["Arn"]


def tag(made: Delivery, resource: str) -> Any:
    return made.codedeploy.tag_resource(ResourceArn=f"arn:aws:codedeploy:eu-west-1:123456789012:{resource}", Tags=TAGS)


# addition, what AWS says, the last call of this
REFUSALS: list[tuple[str, str, Callable[[Delivery], Any]]] = [
    ("tag_what_exists", "ApplicationDoesNotExistException", lambda m: tag(m, "application:nothing")),
    ("tag_what_exists", "DeploymentGroupDoesNotExistException", lambda m: tag(m, "deploymentgroup:shop/nothing")),
    ("tag_what_exists", "InvalidArnException", lambda m: tag(m, "deployment:d-123456789")),
    ("assume_the_role", "InvalidRoleException", lambda m: m.group(serviceRoleArn="arn:aws:iam::123456789012:role/nobody")),
    ("assume_the_role", "InvalidRoleException", lambda m: m.group(serviceRoleArn=other_role(m))),
    ("assume_the_role", "InvalidRoleException", young_role),
    ("check_group", "InvalidAutoScalingGroupException", lambda m: m.group(autoScalingGroups=["nothing"])),
    ("check_group", "InvalidAutoScalingGroupException", lambda m: m.group(autoScalingGroups=[m.fleet(), "web"])),
    ("check_group", "DeploymentConfigDoesNotExistException", lambda m: m.group(deploymentConfigName="Mine")),
    ("check_group", "InvalidAlarmConfigException", lambda m: m.group(alarmConfiguration=alarms())),
    ("check_group", "InvalidAlarmConfigException", lambda m: m.group(alarmConfiguration=alarms("a", "a"))),
    ("check_group", "InvalidAutoRollbackConfigException", lambda m: m.group(autoRollbackConfiguration={"enabled": True})),
    ("balance_what_is_named", "InvalidLoadBalancerInfoException", lambda m: m.group(**BALANCED)),
    ("balance_what_is_named", "InvalidLoadBalancerInfoException", lambda m: (m.group(), m.update(**BALANCED))),
    ("one_deployment_a_group", "DeploymentLimitExceededException",
     lambda m: (m.group(), m.group_info(), slow(m), m.deploy(revision("a.zip")), m.deploy(revision("b.zip")))),
    ("one_deployment_a_group", "RevisionRequiredException", lambda m: (m.group(), m.codedeploy.create_deployment(**NAMES))),
    ("one_deployment_a_group", "InvalidRevisionException", lambda m: (m.group(), m.deploy({"revisionType": "S3"}))),
    ("one_deployment_a_group", "DescriptionTooLongException",
     lambda m: (m.group(), m.deploy(revision("a.zip"), description="x" * 257))),
    ("few_deployments_at_once", "BatchLimitExceededException",
     lambda m: m.codedeploy.batch_get_deployments(deploymentIds=["d-123456789"] * 26)),
    ("page", "InvalidNextTokenException", lambda m: m.codedeploy.list_applications(nextToken="later")),
    ("change_and_remove", "ApplicationAlreadyExistsException", lambda m: (
        m.codedeploy.create_application(applicationName="taken"),
        m.codedeploy.update_application(applicationName="shop", newApplicationName="taken"))),
    ("change_and_remove", "DeploymentGroupAlreadyExistsException", lambda m: (
        m.group(), m.codedeploy.create_deployment_group(applicationName="shop", deploymentGroupName="taken", serviceRoleArn=m.role),
        m.update(newDeploymentGroupName="taken"))),
    ("change_and_remove", "DeploymentGroupDoesNotExistException", lambda m: m.update(deploymentConfigName="CodeDeployDefault.AllAtOnce")),
    ("stop_and_look_inside", "DeploymentAlreadyCompletedException",
     lambda m: (m.group(), m.codedeploy.stop_deployment(deploymentId=m.deploy(revision("a.zip"))))),
    ("stop_and_look_inside", "DeploymentNotStartedException",
     lambda m: (m.group(), slow(m), m.targets(m.deploy(revision("a.zip"))))),
    ("stop_and_look_inside", "DeploymentTargetDoesNotExistException", lambda m: (
        m.group(), m.codedeploy.batch_get_deployment_targets(deploymentId=m.deploy(revision("a.zip")), targetIds=["i-1"]))),
    ("stop_and_look_inside", "DeploymentTargetListSizeExceededException", lambda m: (
        m.group(), m.codedeploy.batch_get_deployment_targets(deploymentId=m.deploy(revision("a.zip")), targetIds=["i-1"] * 26))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "case"), [row[1:] for row in REFUSALS], ids=[f"{row[0]}-{row[1]}-{n}" for n, row in enumerate(REFUSALS)])
def test_what_aws_refuses_is_refused(made: Delivery, code: str, case: Callable[[Delivery], Any]) -> None:
    with pytest.raises(ClientError) as refused:
        case(made)
    assert refused.value.response["Error"]["Code"] == code


def test_a_group_says_all_that_it_was_given_and_changes_only_what_is_given(made: Delivery) -> None:
    made.group(autoScalingGroups=[made.fleet()], alarmConfiguration=alarms("down"), terminationHookEnabled=True)
    said = made.group_info()
    assert [fleet["name"] for fleet in said["autoScalingGroups"]] == ["web"]
    assert said["autoScalingGroups"][0]["hook"].startswith("CodeDeploy-managed-automatic-launch-deployment-hook-web-")
    assert (said["alarmConfiguration"], said["terminationHookEnabled"]) == (alarms("down"), True)
    assert said["deploymentStyle"] == {"deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"}
    made.update(autoScalingGroups=[], newDeploymentGroupName="site")
    changed = made.codedeploy.batch_get_deployment_groups(applicationName="shop", deploymentGroupNames=["site", "gone"])["deploymentGroupsInfo"]
    assert [(one["autoScalingGroups"], one["alarmConfiguration"]) for one in changed] == [([], alarms("down"))]
    arn = "arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/site"
    assert made.codedeploy.list_tags_for_resource(ResourceArn=arn)["Tags"] == TAGS


def test_an_application_takes_its_groups_along_and_can_go_twice(made: Delivery) -> None:
    made.group()
    made.codedeploy.update_application(applicationName="shop", newApplicationName="store")
    assert made.codedeploy.list_deployment_groups(applicationName="store")["deploymentGroups"] == ["web"]
    for _time in range(2):
        made.codedeploy.delete_deployment_group(applicationName="store", deploymentGroupName="web")
        made.codedeploy.delete_application(applicationName="store")
    assert made.codedeploy.list_applications()["applications"] == []


@pytest.mark.parametrize("role", ["standing", "gone"])
def test_hooks_stay_in_the_fleet_when_the_role_went_before(made: Delivery, role: str) -> None:
    made.group(autoScalingGroups=[made.fleet()])
    if role == "gone":
        made.iam.delete_role(RoleName="deploy")
    left = made.codedeploy.delete_deployment_group(**NAMES)["hooksNotCleanedUp"]
    assert [one["name"] for one in left] == (["web"] if role == "gone" else [])


def test_applications_are_listed_by_pages(made: Delivery) -> None:
    for number in range(100):
        made.codedeploy.create_application(applicationName=f"app{number:03}")
    first = made.codedeploy.list_applications()
    second = made.codedeploy.list_applications(nextToken=first["nextToken"])
    assert (len(first["applications"]), second["applications"], "nextToken" in second) == (100, ["shop"], False)


@pytest.mark.usefixtures("virtual_time")
@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_a_deployment_goes_over_the_fleet_one_by_one_and_is_the_last_success(made: Delivery, kind: str) -> None:
    made.group(autoScalingGroups=[made.fleet()], loadBalancerInfo={"targetGroupInfoList": [{"name": "web"}]}, **BALANCED)
    wanted = made.put("app", kind=kind)
    made.cloud.dials.settle = 1.0
    deployment = made.deploy(wanted)
    assert made.info(deployment)["status"] == "Created"
    assert "lastSuccessfulDeployment" not in made.group_info()
    CLOCK.advance(0.3)
    assert [target["status"] for target in made.targets(deployment)] == ["InProgress", "Pending"]
    assert made.info(deployment)["deploymentOverview"] == {"Pending": 1, "InProgress": 1, "Succeeded": 0, "Failed": 0, "Skipped": 0, "Ready": 0}
    CLOCK.advance(0.8)
    info, group = made.info(deployment), made.group_info()
    assert (info["status"], info["deploymentOverview"]["Succeeded"], "completeTime" in info) == ("Succeeded", 2, True)
    assert group["lastSuccessfulDeployment"]["deploymentId"] == group["lastAttemptedDeployment"]["deploymentId"] == deployment
    assert group["targetRevision"] == wanted
    hooks = [event["lifecycleEventName"] for event in made.targets(deployment)[0]["lifecycleEvents"]]
    assert (hooks[0], hooks[3], hooks[-1]) == ("BeforeBlockTraffic", "ApplicationStop", "AfterAllowTraffic")
    assert made.codedeploy.list_deployments(**NAMES, includeOnlyStatuses=["Succeeded"])["deployments"] == [deployment]


def failed_event(made: Delivery, deployment: str) -> dict[str, Any]:
    first, second = made.targets(deployment)
    assert (first["status"], second["status"]) == ("Failed", "Skipped")
    return next(event for event in first["lifecycleEvents"] if event["status"] == "Failed")


def test_a_script_that_fails_says_which_and_shows_its_log(made: Delivery) -> None:
    made.group(autoScalingGroups=[made.fleet()])
    deployment = made.deploy(made.put("app", "#!/bin/sh\necho 'port 80 is taken' >&2\nexit 3\n"))
    info, event = made.info(deployment), failed_event(made, deployment)
    assert (info["status"], info["errorInformation"]["code"]) == ("Failed", "HEALTH_CONSTRAINTS")
    assert event == {
        "lifecycleEventName": "ApplicationStart",
        "status": "Failed",
        "diagnostics": {
            "errorCode": "ScriptFailed",
            "scriptName": "scripts/start.sh",
            "message": "Script at specified location: scripts/start.sh failed with exit code 3",
            "logTail": "LifecycleEvent - ApplicationStart\nScript - scripts/start.sh\n[stderr]port 80 is taken",
        },
    }


@pytest.mark.parametrize(
    ("wanted", "event", "message"),
    [
        (lambda made: revision("nothing.zip"), "DownloadBundle", "The specified key does not exist."),
        (lambda made: revision("a", bucket="nobody's"), "DownloadBundle", "The specified bucket does not exist"),
        (lambda made: {**made.put("app"), **revision("app", eTag="0")}, "DownloadBundle", "Expected deployment bundle to have etag 0"),
        (lambda made: made.put("app", kind="tgz") and revision("app"), "DownloadBundle", "Error extracting zip archive"),
        (lambda made: made.put("app", spec="not: [a, hook"), "BeforeInstall", "not a valid YAML document"),
        (lambda made: made.put("app", spec=SPEC.replace("start.sh", "none.sh")), "ApplicationStart", "Script does not exist"),
    ],
    ids=["key", "bucket", "etag", "archive", "appspec", "script"],
)  # fmt: skip
def test_what_the_agent_cannot_read_fails_where_the_agent_would(made: Delivery, wanted: Any, event: str, message: str) -> None:
    made.group(autoScalingGroups=[made.fleet()])
    failed = failed_event(made, made.deploy(wanted(made)))
    assert failed["lifecycleEventName"] == event
    assert message in failed["diagnostics"]["message"]


def test_no_instances_is_a_failure(made: Delivery) -> None:
    made.group()
    assert made.info(made.deploy(made.put("app")))["errorInformation"]["code"] == "NO_INSTANCES"


def test_a_failure_is_rolled_back_where_that_is_wanted(made: Delivery) -> None:
    rollback = {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]}
    made.group(autoScalingGroups=[made.fleet()], autoRollbackConfiguration=rollback)
    good = made.put("good")
    made.deploy(good)
    bad = made.info(made.deploy(made.put("bad", "exit 1")))
    back = made.info(bad["rollbackInfo"]["rollbackDeploymentId"])
    assert (back["creator"], back["revision"], back["status"]) == ("codeDeployRollback", good, "Succeeded")
    assert made.group_info()["lastSuccessfulDeployment"]["deploymentId"] == back["deploymentId"]


@pytest.mark.usefixtures("virtual_time")
@pytest.mark.parametrize("stop", ["user", "alarm"])
def test_a_deployment_is_stopped_by_a_user_or_an_alarm(made: Delivery, stop: str) -> None:
    made.group(autoScalingGroups=[made.fleet()], alarmConfiguration=alarms("down"))
    wanted = made.put("app")
    deployment = slow(made, 15) and made.deploy(wanted)
    CLOCK.advance(2)
    if stop == "user":
        assert made.codedeploy.stop_deployment(deploymentId=deployment)["status"] == "Succeeded"
    else:
        spec = {"EvaluationPeriods": 1, "ComparisonOperator": "LessThanThreshold", "MetricName": "up", "Namespace": "shop", "Threshold": 1}
        made.cloudwatch.put_metric_alarm(AlarmName="down", Period=60, Statistic="Sum", **spec)
        made.cloudwatch.set_alarm_state(AlarmName="down", StateValue="ALARM", StateReason="test")
    info = made.info(deployment)
    code = {"user": "MANUAL_STOP", "alarm": "ALARM_ACTIVE"}[stop]
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", code)
    assert made.targets(deployment)[0]["status"] == "Skipped"


@pytest.mark.usefixtures("virtual_time")
def test_the_instances_of_a_stopped_deployment_are_not_deployed_to_later(made: Delivery) -> None:
    made.group(autoScalingGroups=[made.fleet()])
    wanted = made.put("app")
    made.cloud.dials.settle = 3
    deployment = made.deploy(wanted)
    made.codedeploy.stop_deployment(deploymentId=deployment)
    CLOCK.advance(3.1)
    assert made.info(deployment)["deploymentOverview"]["Skipped"] == 2
    with pytest.raises(ClientError) as refused:
        made.targets(deployment)
    assert refused.value.response["Error"]["Code"] == "DeploymentNotStartedException"
