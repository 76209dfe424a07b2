# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudWatch: what an alarm may be, and tags that are its own."""
from __future__ import annotations

from typing import Any

from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends

from ..call import Call
from ..replies import AwsError, Reply
from . import after, before, patch

_DAY, _WEEK = 86400, 604800
_OF_ONE_METRIC = ("MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")


def _backend(call: Call) -> CloudWatchBackend:
    return cloudwatch_backends[call.account][call.region]


@before("cloudwatch", "PutMetricAlarm", adds="one metric or several, one statistic, a period of 10, 20, 30 or whole minutes, a day or a week in all, "
        "datapoints within it, AWS's four words for missing data, targets that are ARNs", source="API_PutMetricAlarm")  # fmt: skip
def check_alarm(call: Call) -> None:
    asked = call.params
    if asked.get("Metrics"):
        if extra := [name for name in _OF_ONE_METRIC if asked.get(name)]:
            raise _bad("InvalidParameterCombination", f"You cannot specify {extra[0]} with Metrics")
        returned = [one for one in asked["Metrics"] if one.get("ReturnData", True)]
        if len(returned) != 1:
            raise _bad("ValidationError", "Exactly one element of the metrics list should return data.")
    else:
        _check_one_metric(asked)
    if asked.get("TreatMissingData", "missing") not in ("breaching", "notBreaching", "ignore", "missing"):
        raise _bad("ValidationError", f"Option {asked['TreatMissingData']} is not supported for TreatMissingData")
    if asked.get("DatapointsToAlarm", 1) > asked["EvaluationPeriods"]:
        raise _bad("ValidationError", "DatapointsToAlarm should be less than or equal to EvaluationPeriods")
    for target in (*asked.get("AlarmActions", []), *asked.get("OKActions", []), *asked.get("InsufficientDataActions", [])):
        if not target.startswith("arn:"):
            raise _bad("ValidationError", f"Invalid arn syntax: {target}")


def _check_one_metric(asked: dict[str, Any]) -> None:
    for name in ("MetricName", "Namespace", "Period"):
        if not asked.get(name):
            raise _bad("ValidationError", f"The parameter {name} is required")
    if bool(asked.get("Statistic")) == bool(asked.get("ExtendedStatistic")):
        raise _bad("InvalidParameterCombination", "Exactly one of Statistic and ExtendedStatistic must be specified")
    period = asked["Period"]
    if period not in (10, 20, 30) and period % 60:
        raise _bad("ValidationError", "Invalid Period, must be 10, 20, 30 or a multiple of 60")
    if period * asked["EvaluationPeriods"] > (_WEEK if period >= 3600 else _DAY):
        raise _bad("ValidationError", "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)")


def _bad(code: str, text: str) -> AwsError:
    return AwsError(code, text)


@before("cloudwatch", "DeleteAlarms", adds="ResourceNotFound for an alarm that does not exist", source="API_DeleteAlarms")
def delete_what_exists(call: Call) -> None:
    missing = [name for name in call.params["AlarmNames"] if name not in _backend(call).alarms]
    if missing:
        raise AwsError("ResourceNotFound", f"Alarms not found: {', '.join(missing)}", 404)


@before("cloudwatch", "ListTagsForResource", "TagResource", "UntagResource", adds="ResourceNotFoundException for an alarm that does not exist",
        source="API_ListTagsForResource")  # fmt: skip
def tags_of_what_exists(call: Call) -> None:
    _before, found, name = call.params["ResourceARN"].partition(":alarm:")
    if found and name not in _backend(call).alarms:
        raise AwsError("ResourceNotFoundException", f"Unknown: {call.params['ResourceARN']}", 404)


@after("cloudwatch", "DeleteAlarms", adds="tags end with their alarm", source="API_DeleteAlarms")
def end_of_alarms(call: Call, reply: Reply) -> None:
    for name in call.params["AlarmNames"]:
        arn = f"arn:aws:cloudwatch:{call.region}:{call.account}:alarm:{name}"
        _backend(call).tagger.delete_all_tags_for_resource(arn)


@patch("cloudwatch", "PutMetricAlarm", adds="an alarm that stands keeps its tags; a new one has no data yet", source="API_PutMetricAlarm: Tags; state")
def put_over_what_stands() -> None:
    first = CloudWatchBackend.put_metric_alarm

    def put(self: Any, name: str, *args: Any, tags: Any = None, **kwargs: Any) -> Any:
        stands = name in self.alarms
        alarm = first(self, name, *args, tags=None if stands else tags, **kwargs)
        if not stands:
            alarm.state_value = "INSUFFICIENT_DATA"
        return alarm

    CloudWatchBackend.put_metric_alarm = put
