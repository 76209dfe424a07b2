# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A deployment group and those that it depends on: the role that is seen late, or went before, and names that are taken."""

from __future__ import annotations

from .cases.codedeploy import an_application_too, changed, group

MODULE = "codedeploy_deployment_group"


def test_a_role_that_cannot_be_assumed_yet_is_waited_for(run, aws):
    run.cloud.dials.settle = 1.5
    ids = an_application_too(aws)
    made = run.ok(MODULE, **group(ids))
    assert "create deployment group to be accepted" in made["waited"][0]["for"]
    assert made["deployment_groups"][0]["service_role_arn"] == ids["deploy"]


def test_switches_follow_the_names_and_orders_mean_nothing(run, aws):
    ids = an_application_too(aws)
    one = {"name": "shop-web", "service_role_arn": ids["deploy"], "autoscaling_groups": ["green", "blue"], "target_groups": ["b", "a"], "alarms": ["down"]}
    made = run.ok(MODULE, application="shop", deployment_groups=[one])["deployment_groups"][0]
    assert (made["traffic_control"], made["alarms_enabled"], made["deployment_config"]) == (True, True, "CodeDeployDefault.OneAtATime")
    turned = one | {"autoscaling_groups": ["blue", "green", "blue"], "target_groups": ["a", "b"]}
    assert not run.ok(MODULE, application="shop", deployment_groups=[turned])["changed"]
    assert not run.ok(MODULE, application="shop", deployment_groups=[{"name": "shop-web", "service_role_arn": ids["deploy"]}])["changed"]


def test_what_is_said_of_alarms_that_cannot_be_read_is_left_alone(run, aws):
    ids = an_application_too(aws)
    run.ok(MODULE, **group(ids))
    names = {"applicationName": "shop", "deploymentGroupName": "shop-web"}
    loose = {"enabled": True, "ignorePollAlarmFailure": True, "alarms": [{"name": "down"}]}
    aws.codedeploy.update_deployment_group(applicationName="shop", currentDeploymentGroupName="shop-web", alarmConfiguration=loose)
    run.ok(MODULE, **changed(ids))
    said = aws.codedeploy.get_deployment_group(**names)["deploymentGroupInfo"]["alarmConfiguration"]
    assert said == {**loose, "alarms": [{"name": "down"}, {"name": "slow"}]}


def test_hooks_that_stay_in_a_fleet_are_told(run, aws):
    ids = an_application_too(aws)
    run.ok(MODULE, **group(ids))
    aws.iam.delete_role(RoleName="deploy")
    told = run(MODULE, **group(ids), state="absent")
    assert "CodeDeploy could not take its lifecycle hooks out of blue" in told["msg"]
    assert not run.ok(MODULE, **group(ids), state="absent")["changed"]


def test_a_group_of_others_is_refused_by_name_and_adopted_by_choice(run, aws):
    ids = an_application_too(aws)
    theirs = {"applicationName": "shop", "deploymentGroupName": "shop-web", "serviceRoleArn": ids["deploy"]}
    aws.codedeploy.create_deployment_group(**theirs)
    assert "deploymentgroup:shop/shop-web exists and is not ours" in run(MODULE, **group(ids))["msg"]
    adopted = run.ok(MODULE, **group(ids), adopt=True)
    assert adopted["planned"][0]["action"] == "update"
    assert not run.ok(MODULE, **group(ids))["changed"]
