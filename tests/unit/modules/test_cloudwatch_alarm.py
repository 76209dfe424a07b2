# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An alarm is written as a whole: what nobody asked to change stays."""

from __future__ import annotations

from .cases.cloudwatch import ERRORS, PERCENTILE, SLOW, spec


def test_a_muted_alarm_stays_muted_where_nobody_says_otherwise(run, aws):
    alarm = {key: value for key, value in SLOW.items() if key != "actions_enabled"}
    run.ok("cloudwatch_alarm", alarms=[alarm])
    aws.cloudwatch.disable_alarm_actions(AlarmNames=["shop-slow"])
    run.ok("cloudwatch_alarm", alarms=[{**alarm, "threshold": 3}])
    assert not spec(aws, "shop-slow")["ActionsEnabled"]
    assert spec(aws, "shop-slow")["Threshold"] == 3


def test_what_is_not_ours_to_say_stays(run, aws):
    run.ok("cloudwatch_alarm", alarms=[PERCENTILE])
    aws.cloudwatch.put_metric_alarm(**spec(aws, "shop-p99") | {"EvaluateLowSampleCountPercentile": "ignore"})
    run.ok("cloudwatch_alarm", alarms=[{**PERCENTILE, "threshold": 3}])
    assert spec(aws, "shop-p99")["EvaluateLowSampleCountPercentile"] == "ignore"


def test_one_metric_and_several_take_each_others_place(run, aws):
    run.ok("cloudwatch_alarm", alarms=[{**SLOW, "key": "errors", "name": "shop-errors"}])
    run.ok("cloudwatch_alarm", alarms=[ERRORS])
    assert sorted(one["Id"] for one in spec(aws, "shop-errors")["Metrics"]) == ["errors", "rate", "requests"]
    assert not spec(aws, "shop-errors").get("MetricName")
    assert not run.ok("cloudwatch_alarm", alarms=[ERRORS])["changed"]


def test_an_alarm_of_another_name_is_none_of_the_stacks(run, aws):
    run.ok("cloudwatch_alarm", alarms=[SLOW])
    one = spec(aws, "shop-slow")
    aws.cloudwatch.put_metric_alarm(**one | {"AlarmName": "shop-by-hand"})
    removed = run.ok("stack_removal")
    assert [entry["name"] for entry in removed["planned"]] == ["shop-slow"]
    assert [alarm["AlarmName"] for alarm in aws.cloudwatch.describe_alarms()["MetricAlarms"]] == ["shop-by-hand"]
