# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudWatch, as it is: what an alarm may be, and whose its tags are."""
from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud

from .conftest import client_of, REGION

ARN = f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:slow"
METRIC = {"Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60}
ALARM = {"AlarmName": "slow", "EvaluationPeriods": 2, "Threshold": 5, "ComparisonOperator": "GreaterThanThreshold"}
QUERY = {"Id": "m", "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "M"}, "Period": 60, "Stat": "Sum"}}
TAGS = [{"Key": "groundwork:stack", "Value": "tio"}]


@pytest.fixture(scope="module")
def _cloudwatch(standing_cloud: LocalCloud) -> Any:
    return client_of(standing_cloud.endpoint, "cloudwatch")


@pytest.fixture
def cloudwatch(cloud: LocalCloud, _cloudwatch: Any) -> Any:
    return _cloudwatch


BAD: list[tuple[str, dict[str, Any]]] = [
    ("InvalidParameterCombination", {**METRIC, "ExtendedStatistic": "p99"}),
    ("InvalidParameterCombination", {key: value for key, value in METRIC.items() if key != "Statistic"}),
    ("InvalidParameterCombination", {**METRIC, "Metrics": [QUERY]}),
    ("ValidationError", {"Metrics": [QUERY, {**QUERY, "Id": "n"}]}),
    ("ValidationError", {key: value for key, value in METRIC.items() if key != "Period"}),
    ("ValidationError", {**METRIC, "Period": 45}),
    ("ValidationError", {**METRIC, "EvaluationPeriods": 1441}),
    ("ValidationError", {**METRIC, "Period": 3600, "EvaluationPeriods": 169}),
    ("ValidationError", {**METRIC, "DatapointsToAlarm": 3}),
    ("ValidationError", {**METRIC, "TreatMissingData": "nonsense"}),
    ("ValidationError", {**METRIC, "AlarmActions": ["on-call"]}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "asked"), BAD, ids=[f"{row[0]}-{n}" for n, row in enumerate(BAD)])
def test_an_alarm_that_aws_refuses_is_refused(cloudwatch: Any, code: str, asked: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        cloudwatch.put_metric_alarm(**ALARM | asked)
    assert refused.value.response["Error"]["Code"] == code


def test_an_alarm_that_stands_keeps_its_tags_which_end_with_it(cloudwatch: Any) -> None:
    cloudwatch.put_metric_alarm(**ALARM, **METRIC, Tags=TAGS)
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["StateValue"] == "INSUFFICIENT_DATA"
    cloudwatch.put_metric_alarm(**ALARM | METRIC | {"Period": 3600, "EvaluationPeriods": 168, "Tags": [{"Key": "k", "Value": "v"}]})
    assert cloudwatch.list_tags_for_resource(ResourceARN=ARN)["Tags"] == TAGS
    cloudwatch.delete_alarms(AlarmNames=["slow"])
    cloudwatch.put_metric_alarm(**ALARM, **METRIC)
    assert cloudwatch.list_tags_for_resource(ResourceARN=ARN)["Tags"] == []


@pytest.mark.parametrize(
    ("code", "operation", "asked"),
    [
        ("ResourceNotFound", "delete_alarms", {"AlarmNames": ["slow"]}),
        ("ResourceNotFoundException", "list_tags_for_resource", {"ResourceARN": ARN}),
        ("ResourceNotFoundException", "tag_resource", {"ResourceARN": ARN, "Tags": TAGS}),
    ],
)
def test_an_alarm_that_is_not_there_is_not_found(cloudwatch: Any, code: str, operation: str, asked: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(cloudwatch, operation)(**asked)
    assert refused.value.response["Error"]["Code"] == code
