# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests move by one call, to what is healthy alone; a step is watched by virtual time, and taken back with its cause."""

from __future__ import annotations

import functools
import typing as t
from collections.abc import Callable
from datetime import datetime
from datetime import UTC

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils import _aws
from ansible_collections.groundwork.aws.plugins.module_utils._core.wait import Waiter
from localcloud import additions

from .cases.elbv2 import a_door
from .test_elbv2 import standing_weights
from .test_elbv2 import weighted

MODULE = "elbv2_listener_weights"
LINUX = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
#: The first second of a minute.
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC).timestamp()


class Time:
    """It goes on by pauses alone; what is due by then is done on the way."""

    def __init__(self) -> None:
        self.now, self.due = NOON, []

    def after(self, seconds: float, act: Callable[[], t.Any]) -> None:
        self.due.append((self.now + seconds, act))

    def pause(self, seconds: float) -> None:
        end = self.now + seconds
        for moment, act in [one for one in self.due if one[0] <= end]:
            self.due.remove((moment, act))
            self.now = moment
            act()
        self.now = end


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    virtual = functools.partial(Waiter, clock=lambda: time.now, epoch=lambda: time.now, pause=time.pause)
    monkeypatch.setattr(_aws, "Waiter", virtual)
    return time


@pytest.fixture
def ids(aws) -> dict[str, str]:
    """A listener that forwards all to blue, and a healthy host in each target group."""
    additions.load()
    ids = a_door(aws)
    spec = {"LoadBalancerArn": ids["balancer"], "Protocol": "HTTP", "Port": 80, "DefaultActions": weighted(ids, 100, 0)}
    ids["listener"] = aws.elbv2.create_listener(**spec)["Listeners"][0]["ListenerArn"]
    image = aws.ssm.get_parameter(Name=LINUX)["Parameter"]["Value"]
    hosts = aws.ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=2, MaxCount=2, SubnetId=ids["one"])["Instances"]
    for colour, host in zip(("blue", "green"), hosts, strict=True):
        aws.elbv2.register_targets(TargetGroupArn=ids[colour], Targets=[{"Id": host["InstanceId"]}])
    return ids


def step(ids: dict[str, str], green: int, **more: t.Any) -> dict[str, t.Any]:
    given = {"fallback": {ids["blue"]: 100, ids["green"]: 0}, "weights": {ids["green"]: green, ids["blue"]: 100 - green}}
    return {"name": "shop-app", "forward_id": ids["listener"], **given, **more}


def sicken(aws: t.Any, ids: dict[str, str], colour: str = "green") -> None:
    aws.elbv2.add_tags(ResourceArns=[ids[colour]], Tags=[{"Key": "localcloud:health", "Value": "unhealthy"}])


def measure(aws: t.Any, ids: dict[str, str], at: float, requests: int, failed: int, latency: float) -> None:
    """What the load balancer reports of green for the minute that begins at a moment."""
    dimensions = [
        {"Name": "LoadBalancer", "Value": ids["balancer"].partition(":loadbalancer/")[2]},
        {"Name": "TargetGroup", "Value": ids["green"].rpartition(":")[2]},
    ]
    found = {"RequestCount": requests, "HTTPCode_Target_5XX_Count": failed, "TargetResponseTime": latency}
    moment = datetime.fromtimestamp(at, UTC)
    data = [{"MetricName": name, "Dimensions": dimensions, "Timestamp": moment, "Value": value} for name, value in found.items()]
    aws.cloudwatch.put_metric_data(Namespace="AWS/ApplicationELB", MetricData=data)


def moves(run) -> list[dict[str, int]]:
    """The weights of each call that moved some, by colour."""
    found = [one["params"]["DefaultActions"][-1]["ForwardConfig"]["TargetGroups"] for one in run.writes() if one["operation"] == "ModifyListener"]
    return [{one["TargetGroupArn"].split("/")[1]: int(one["Weight"]) for one in groups} for groups in found]


def test_a_step_is_one_call_that_check_mode_foresees(run, aws, ids, time):
    checked = run.ok(MODULE, check=True, **step(ids, 10))
    assert moves(run) == []
    real = run.ok(MODULE, **step(ids, 10))
    assert (real["planned"], real["diff"]) == (checked["planned"], checked["diff"])
    assert [(one["before"], one["after"]) for one in real["diff"]] == [
        ({"weights": {"blue": 100, "green": 0}}, {"weights": {"blue": 90, "green": 10}}),
    ]
    assert moves(run) == [{"blue": 90, "green": 10}]
    assert not run.ok(MODULE, **step(ids, 10))["changed"]
    assert len(moves(run)) == 1
    assert real["listener_weights"]["told"] == "green 10 %, blue 90 %: 1/1 healthy, no requests seen, 0 s"


def test_a_rule_is_moved_as_a_listener_is_and_what_else_it_says_stays(run, aws, ids, time):
    sticky = weighted(ids, 100, 0)
    sticky[0]["ForwardConfig"]["TargetGroupStickinessConfig"] = {"Enabled": True, "DurationSeconds": 60}
    conditions = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/*"]}}]
    rule = aws.elbv2.create_rule(ListenerArn=ids["listener"], Priority=1, Conditions=conditions, Actions=sticky)["Rules"][0]["RuleArn"]
    run.ok(MODULE, **step(ids, 50, forward_id=rule))
    forward = aws.elbv2.describe_rules(RuleArns=[rule])["Rules"][0]["Actions"][0]["ForwardConfig"]
    assert {one["TargetGroupArn"]: one["Weight"] for one in forward["TargetGroups"]} == {ids["green"]: 50, ids["blue"]: 50}
    assert forward["TargetGroupStickinessConfig"]["Enabled"]
    assert standing_weights(aws, ids["listener"]) == {ids["blue"]: 100, ids["green"]: 0}


def test_what_has_no_healthy_target_gets_no_requests(run, aws, ids, time):
    sicken(aws, ids)
    refused = run(MODULE, **step(ids, 10))
    assert "green has no healthy target, and gets no requests before it has one" in refused["msg"]
    assert moves(run) == []


def test_a_version_that_sickens_is_taken_back_by_one_call_within_one_interval(run, aws, ids, time):
    time.after(40, lambda: sicken(aws, ids))
    failed = run(MODULE, **step(ids, 50, bake=300, interval=15))
    assert "health: green has no healthy target; the weights are back at blue 100 %, green 0 %" in failed["msg"]
    assert moves(run) == [{"green": 50, "blue": 50}, {"blue": 100, "green": 0}]
    assert time.now - NOON <= 40 + 15


def test_answers_5xx_over_the_limit_are_taken_back_with_figure_and_limit(run, aws, ids, time):
    time.after(61, lambda: measure(aws, ids, NOON, 1000, 20, 0.2))
    failed = run(MODULE, **step(ids, 50, bake=300, max_5xx=1))
    assert "5xx share: 2.00 % of 1000 requests to green, over 1 %; the weights are back" in failed["msg"]
    assert standing_weights(aws, ids["listener"]) == {ids["blue"]: 100, ids["green"]: 0}
    assert time.now - NOON < 61 + 15


def test_few_answers_5xx_pass_and_are_told(run, aws, ids, time):
    time.after(61, lambda: measure(aws, ids, NOON, 1000, 5, 0.2))
    passed = run.ok(MODULE, **step(ids, 50, bake=300, max_5xx=1, max_latency=0.5, min_requests=100))
    assert passed["listener_weights"]["told"] == "green 50 %, blue 50 %: 1/1 healthy, 0.50 % 5xx of 1000 requests, p99 0.200 s, 300 s"
    assert not passed.get("warnings")


def test_latency_over_the_limit_is_taken_back(run, aws, ids, time):
    time.after(125, lambda: measure(aws, ids, NOON + 60, 100, 0, 0.9))
    assert "latency: p99 of green is 0.900 s, over 0.5 s" in run(MODULE, **step(ids, 50, bake=300, max_latency=0.5))["msg"]


def test_a_version_that_nobody_asks_proves_nothing(run, aws, ids, time):
    failed = run(MODULE, **step(ids, 10, bake=300, min_requests=50))
    assert "no requests seen by green, under 50" in failed["msg"]
    assert moves(run)[-1] == {"blue": 100, "green": 0}


def test_a_step_too_short_for_figures_is_warned_of(run, aws, ids, time):
    assert "may end before CloudWatch has its figures" in str(run.ok(MODULE, **step(ids, 10, bake=60, max_5xx=1))["warnings"])


def test_an_alarm_takes_it_back_and_before_the_step_lets_it_not_begin(run, aws, ids, time):
    spec = {"MetricName": "Errors", "Namespace": "Shop", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1, "Statistic": "Sum"}
    aws.cloudwatch.put_metric_alarm(AlarmName="errors", ComparisonOperator="GreaterThanThreshold", **spec)
    time.after(100, lambda: aws.cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="tried"))
    watched = step(ids, 50, bake=300, alarms=["errors"])
    assert "alarm: errors in ALARM; the weights are back" in run(MODULE, **watched)["msg"]
    before = moves(run)
    assert "alarm: errors in ALARM; the weights are blue 100 %" in run(MODULE, **watched)["msg"]
    assert moves(run) == before
    assert "there is no alarm mistyped" in run(MODULE, check=True, **step(ids, 50, alarms=["mistyped"]))["msg"]


def test_a_step_that_a_run_before_left_is_watched_and_not_moved_again(run, aws, ids, time):
    aws.elbv2.modify_listener(ListenerArn=ids["listener"], DefaultActions=weighted(ids, 50, 50))
    before = moves(run)
    kept = run.ok(MODULE, **step(ids, 50, bake=120))
    assert (kept["changed"], time.now, moves(run)) == (False, NOON + 120, before)
    time.after(30, lambda: sicken(aws, ids))
    assert "back at blue 100 %" in run(MODULE, **step(ids, 50, bake=120))["msg"]


def test_a_next_step_of_what_is_sick_goes_back_instead(run, aws, ids, time):
    run.ok(MODULE, **step(ids, 10))
    sicken(aws, ids)
    assert "the weights are back at blue 100 %" in run(MODULE, **step(ids, 50))["msg"]
    assert moves(run)[1:] == [{"blue": 100, "green": 0}]


def test_nothing_goes_back_to_what_cannot_answer(run, aws, ids, time):
    run.ok(MODULE, **step(ids, 100))
    time.after(30, lambda: [sicken(aws, ids, colour) for colour in ("blue", "green")])
    failed = run(MODULE, **step(ids, 100, bake=60))
    assert "the weights stay green 100 %, blue 0 %, since blue has no healthy target to go back to" in failed["msg"]
    assert len(moves(run)) == 1


def test_weights_that_another_hand_moves_are_left(run, aws, ids, time):
    time.after(30, lambda: aws.elbv2.modify_listener(ListenerArn=ids["listener"], DefaultActions=weighted(ids, 5, 95)))
    assert "moved to blue 5 %, green 95 % by another hand" in run(MODULE, **step(ids, 50, bake=60))["msg"]
    assert standing_weights(aws, ids["listener"]) == {ids["blue"]: 5, ids["green"]: 95}


def test_who_lost_the_lock_neither_moves_nor_takes_back(run, aws, ids, time):
    lock = run.ok("stack_lock", owner="me@here:1:1")["lock"]
    run.ok(MODULE, **step(ids, 10, lock=lock))

    def lose() -> None:
        sicken(aws, ids)
        item = {"stack": {"S": "shop"}, "owner": {"S": "you@there:2:2"}, "token": {"N": "9"}, "expires": {"N": "9999999999"}}
        aws.dynamodb.put_item(TableName=lock["table"], Item=item)

    time.after(40, lose)
    lost = run(MODULE, **step(ids, 50, bake=300, lock=lock))
    assert "lost the lock of stack shop" in lost["msg"]
    assert moves(run) == [{"green": 10, "blue": 90}, {"green": 50, "blue": 50}]
    assert "lost the lock" in run(MODULE, **step(ids, 0, lock=lock))["msg"]
    assert len(moves(run)) == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"weights": {}}, "not all 0"),
        ({"weights": {"green": 10}}, "by the ARN of a target group"),
        ({"interval": 0}, "interval 1 to 60 s"),
        ({"percentile": 100}, "parts of a hundred"),
        ({"forward_id": "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:listener/app/none/1/2"}, "run site.yml first"),
    ],
)
def test_bad_input_is_refused_before_anything_moves(run, ids, time, given, said):
    assert said in run(MODULE, check=True, **{**step(ids, 10), **given})["msg"]
    assert said in run(MODULE, **{**step(ids, 10), **given})["msg"]
    assert moves(run) == []


def test_a_target_group_with_requests_must_be_named(run, ids, time):
    assert "requests go to blue too" in run(MODULE, **step(ids, 10, weights={ids["green"]: 10}))["msg"]


@pytest.mark.parametrize("fault", [{"kind": "lose_reply", "operation": "ModifyListener", "nth": 1}, {"kind": "throttle", "share": 0.3, "seed": 7}])
def test_lost_replies_and_throttling_end_in_the_same_weights(run, aws, ids, time, fault):
    run.cloud.dials.faults = [fault]
    run.ok(MODULE, **step(ids, 10, bake=60))
    run.cloud.dials.faults = []
    assert standing_weights(aws, ids["listener"]) == {ids["green"]: 10, ids["blue"]: 90}
