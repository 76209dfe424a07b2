# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudWatch: alarms."""

from __future__ import annotations

import typing as t

from .case import Case
from .case import Ids
from .case import nothing
from .case import TAGS

TOPIC = "arn:aws:sns:ap-northeast-2:123456789012:on-call"
METRIC = {"namespace": "AWS/ApplicationELB", "metric": "TargetResponseTime", "dimensions": {"TargetGroup": "tg/1", "LoadBalancer": "app/1"}}
SLOW = {
    **METRIC,
    "key": "slow",
    "name": "shop-slow",
    "description": "Answers are slow",
    "statistic": "Average",
    "period": 60,
    "unit": "Seconds",
    "comparison": "GreaterThanThreshold",
    "threshold": 1.5,
    "evaluation_periods": 5,
    "datapoints_to_alarm": 3,
    "treat_missing_data": "notBreaching",
    "actions_enabled": True,
    "actions": [TOPIC],
    "ok_actions": [TOPIC],
    "insufficient_data_actions": [TOPIC],
}
COUNT = {"return_data": False, "namespace": "AWS/ApplicationELB", "dimensions": {"LoadBalancer": "app/1"}, "statistic": "Sum", "period": 60}
ERRORS = {
    "key": "errors",
    "name": "shop-errors",
    "metrics": [
        {"id": "rate", "expression": "errors / requests", "label": "Errors"},
        {"id": "errors", "metric": "HTTPCode_Target_5XX_Count", **COUNT},
        {"id": "requests", "metric": "RequestCount", **COUNT},
    ],
    "comparison": "GreaterThanThreshold",
    "threshold": 0.05,
    "evaluation_periods": 5,
}


PERCENTILE = {key: value for key, value in SLOW.items() if key != "statistic"} | {"key": "percentile", "name": "shop-p99", "extended_statistic": "p99"}


def spec(aws: t.Any, name: str) -> dict[str, t.Any]:
    """What a standing alarm was made with."""
    stands = aws.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    made = {"AlarmArn", "AlarmConfigurationUpdatedTimestamp"}
    return {key: value for key, value in stands.items() if not key.startswith("State") and key not in made and value != []}


def put(name: str = "shop-slow", **changed: t.Any) -> t.Callable[[t.Any, str, Ids], None]:
    """Write an alarm again with some fields changed, as the console does."""
    return lambda aws, id, ids: aws.cloudwatch.put_metric_alarm(**spec(aws, name) | changed)


def relabel(aws: t.Any, id: str, ids: Ids) -> None:
    queries = [{**one, "Label": "Failures"} if "Expression" in one else one for one in spec(aws, "shop-errors")["Metrics"]]
    put("shop-errors", Metrics=queries)(aws, id, ids)


CASES = [
    Case(
        "cloudwatch_alarm",
        nothing,
        lambda ids: {"alarms": [SLOW, PERCENTILE, ERRORS]},
        lambda ids: {
            "alarms": [
                {**PERCENTILE, "key": "slow", "name": "shop-slow", "threshold": 2, "dimensions": {"LoadBalancer": "app/2"}, "actions": []},
                {**PERCENTILE, "treat_missing_data": "breaching"},
                {**SLOW, "key": "errors", "name": "shop-errors"},
            ],
            "tags": TAGS,
        },
        ("PutMetricAlarm",),
        {
            "namespace": put(Namespace="Custom"),
            "metric": put(MetricName="RequestCount"),
            "dimensions": put(Dimensions=[{"Name": "LoadBalancer", "Value": "app/1"}]),
            "statistic": put(Statistic="Maximum"),
            "extended_statistic": put("shop-p99", ExtendedStatistic="p90"),
            "period": put(Period=120),
            "unit": put(Unit="Milliseconds"),
            "metrics": relabel,
            "description": put(AlarmDescription="Changed"),
            "comparison": put(ComparisonOperator="GreaterThanOrEqualToThreshold"),
            "threshold": put(Threshold=9.5),
            "evaluation_periods": put(EvaluationPeriods=6),
            "datapoints_to_alarm": put(DatapointsToAlarm=5),
            "treat_missing_data": put(TreatMissingData="ignore"),
            "actions_enabled": lambda aws, id, ids: aws.cloudwatch.disable_alarm_actions(AlarmNames=["shop-slow"]),
            "actions": put(AlarmActions=[TOPIC, TOPIC + "-2"]),
            "ok_actions": put(OKActions=[]),
            "insufficient_data_actions": put(InsufficientDataActions=[]),
            "tags": lambda aws, id, ids: aws.cloudwatch.tag_resource(
                ResourceARN=id, Tags=[{"Key": "Name", "Value": "renamed"}, {"Key": "foreign", "Value": "kept"}]
            ),
        },
        {},
    ),
]
