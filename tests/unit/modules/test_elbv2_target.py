# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host is out of service while it is changed, and in again when it is well: planned, awaited, resumed."""

from __future__ import annotations

import typing as t

import pytest
from localcloud import additions

from .cases.elbv2 import a_door

MODULE = "elbv2_target"
LINUX = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


@pytest.fixture
def ids(aws) -> dict[str, str]:
    """Two hosts behind a door: `first` and `second`."""
    additions.load()
    ids = a_door(aws)
    action = {"Type": "forward", "TargetGroupArn": ids["blue"]}
    aws.elbv2.create_listener(LoadBalancerArn=ids["balancer"], Protocol="HTTP", Port=80, DefaultActions=[action])
    image = aws.ssm.get_parameter(Name=LINUX)["Parameter"]["Value"]
    hosts = aws.ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=2, MaxCount=2, SubnetId=ids["one"])["Instances"]
    ids |= {"first": hosts[0]["InstanceId"], "second": hosts[1]["InstanceId"]}
    aws.elbv2.register_targets(TargetGroupArn=ids["blue"], Targets=[{"Id": ids["first"]}, {"Id": ids["second"]}])
    return ids


def host(ids: dict[str, str], in_service: bool, which: str = "first", **more: t.Any) -> dict[str, t.Any]:
    return {"name": ids[which], "target_group_id": ids["blue"], "in_service": in_service, **more}


def registered(aws: t.Any, ids: dict[str, str]) -> set[str]:
    return {one["Target"]["Id"] for one in aws.elbv2.describe_target_health(TargetGroupArn=ids["blue"])["TargetHealthDescriptions"]}


def test_it_goes_out_and_comes_back_as_check_mode_says(run, aws, ids):
    assert not run.ok(MODULE, **host(ids, True))["changed"]
    for in_service, standing in ((False, {ids["second"]}), (True, {ids["first"], ids["second"]})):
        before = len(run.writes())
        checked = run.ok(MODULE, check=True, **host(ids, in_service))
        assert len(run.writes()) == before
        real = run.ok(MODULE, **host(ids, in_service))
        assert (real["planned"], real["diff"]) == (checked["planned"], checked["diff"])
        assert (real["planned"][0]["action"], real["planned"][0]["keys"]) == ("update", ["in_service"])
        assert real["target"]["in_service"] is in_service
        assert registered(aws, ids) == standing
        assert not run.ok(MODULE, **host(ids, in_service))["changed"]


def test_its_last_requests_and_its_health_are_awaited(run, aws, ids):
    run.cloud.dials.settle = 1.5
    out = run.ok(MODULE, **host(ids, False))
    assert [one["for"] for one in out["waited"]] == [f"{ids['first']} to have no request left"]
    assert out["target"]["state"] == "unused"
    back = run.ok(MODULE, **host(ids, True))
    assert [one["for"] for one in back["waited"]] == [f"{ids['first']} to be healthy"]
    assert {name: back["target"][name] for name in ("id", "in_service", "state", "healthy_others")} == {
        "id": ids["first"],
        "in_service": True,
        "state": "healthy",
        "healthy_others": 1,
    }


def test_a_run_that_died_is_gone_on_with(run, aws, ids):
    run.cloud.dials.settle = 1.5
    begun = run.ok(MODULE, **host(ids, False, wait=False))
    assert begun["target"]["state"] == "draining"
    assert run.ok(MODULE, **host(ids, False))["target"]["state"] == "unused"
    run.ok(MODULE, **host(ids, True, wait=False))
    assert run.ok(MODULE, **host(ids, True))["target"]["state"] == "healthy"
    run.ok(MODULE, **host(ids, False, wait=False))
    assert run.ok(MODULE, **host(ids, True))["target"]["state"] == "healthy", "what drains is registered anew"


def test_the_last_one_that_serves_stays_in_unless_it_is_told_to_go(run, aws, ids):
    run.ok(MODULE, **host(ids, False))
    kept = run.ok(MODULE, **host(ids, False, "second"))
    assert (kept["changed"], kept["target"]["in_service"], kept["target"]["healthy_others"]) == (False, True, 0)
    run.ok(MODULE, **host(ids, False, "second", keep_last=False))
    assert registered(aws, ids) == set()


def test_one_that_is_not_well_is_waited_for_and_said_to_be_so(run, aws, ids):
    aws.elbv2.add_tags(ResourceArns=[ids["blue"]], Tags=[{"Key": "localcloud:health", "Value": "unhealthy"}])
    assert not run.ok(MODULE, **host(ids, False))["changed"], "no request reaches it"
    failed = run(MODULE, **host(ids, True, wait_timeout=1))
    assert failed["failed"]
    assert "to be healthy, which is still unhealthy: Health checks failed" in failed["msg"]


def test_a_target_group_that_is_not_there_is_said(run, ids):
    refused = run(MODULE, **{**host(ids, False), "target_group_id": ids["blue"] + "0"})
    assert "there is no target group" in refused["msg"]
