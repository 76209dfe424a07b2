# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An alarm, of one metric or of several. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from .._aws import Aws
from .._aws import tag_dict
from .._aws import tag_list
from .._core.plan import Plan
from .._core.plan import Shape
from .._core.resource import NamedResource
from .._core.resource import Raw
from .._core.resource import Tags

MISSING = ("ResourceNotFound", "ResourceNotFoundException")
#: Our key, and AWS's, of what one metric is watched by. An alarm of several metrics has none of these.
ONE_METRIC = {
    "namespace": "Namespace",
    "metric": "MetricName",
    "dimensions": "Dimensions",
    "statistic": "Statistic",
    "extended_statistic": "ExtendedStatistic",
    "period": "Period",
    "unit": "Unit",
}
EVERY = {
    "description": "AlarmDescription",
    "comparison": "ComparisonOperator",
    "threshold": "Threshold",
    "evaluation_periods": "EvaluationPeriods",
    "datapoints_to_alarm": "DatapointsToAlarm",
    "treat_missing_data": "TreatMissingData",
    "actions_enabled": "ActionsEnabled",
}
ACTIONS = {"actions": "AlarmActions", "ok_actions": "OKActions", "insufficient_data_actions": "InsufficientDataActions"}
#: What AWS takes where it is not told.
DEFAULTS = {"treat_missing_data": "missing", "actions_enabled": True}
#: What is not ours to say, and stays as it stands.
KEPT = ("EvaluateLowSampleCountPercentile",)
#: Alarms whose tags are asked for at a time.
WIDTH = 8


class Alarm(NamedResource):
    TYPE, ID, NAME = "cloudwatch_alarm", "AlarmArn", "AlarmName"
    MANAGED = (*ONE_METRIC, "metrics", *EVERY, *ACTIONS)

    def read(self) -> Raw | None:
        found = self.aws.read("cloudwatch", "describe_alarms", "MetricAlarms", AlarmNames=[self.identity.name])
        return next((one for one in map(self._with_tags, found) if one), None)

    def _with_tags(self, raw: Raw) -> Raw | None:
        tags = _tags(self.aws, raw["AlarmArn"])
        return {**raw, "Tags": tags} if tags is not None else None

    @classmethod
    def listed(cls, aws: Aws, stack: str) -> t.Iterable[tuple[Raw, Tags]]:
        """Alarms are listed without their tags: those whose names begin with the stack's are asked for theirs."""
        found = aws.read("cloudwatch", "describe_alarms", "MetricAlarms", AlarmNamePrefix=f"{stack}-")
        with ThreadPoolExecutor(WIDTH) as pool:
            for raw in found:
                aws.tell("cloudwatch", "describe_alarms", "MetricAlarms", None, [raw], AlarmNames=[raw["AlarmName"]])
            tags = list(pool.map(lambda raw: _tags(aws, raw["AlarmArn"]), found))
        return [(raw, tag_dict(one)) for raw, one in zip(found, tags, strict=True) if one is not None]

    def tags_of(self, raw: Raw) -> Tags:
        return tag_dict(raw["Tags"])

    def to_shape(self, raw: Raw) -> dict[str, t.Any]:
        return {
            **{key: raw.get(field) for key, field in ONE_METRIC.items()},
            "dimensions": from_dimensions(raw.get("Dimensions")),
            "metrics": sorted(map(_from_query, raw.get("Metrics") or []), key=lambda one: one["id"]),
            **{key: raw.get(field, DEFAULTS.get(key)) for key, field in EVERY.items()},
            **{key: sorted(raw.get(field, [])) for key, field in ACTIONS.items()},
        }

    def desired(self, before: Shape | None) -> Shape:
        """One metric or several, one statistic or another: what is chosen empties what it excludes."""
        wanted = super().desired(before)
        if wanted["metrics"]:
            wanted |= dict.fromkeys(ONE_METRIC, "") | {"metrics": sorted(map(_whole_query, wanted["metrics"]), key=lambda one: one["id"])}
        elif wanted["metric"]:
            wanted["metrics"] = []
            wanted["dimensions"] = {key: str(value) for key, value in sorted((wanted["dimensions"] or {}).items())}
        if wanted["statistic"]:
            wanted["extended_statistic"] = ""
        elif wanted["extended_statistic"]:
            wanted["statistic"] = ""
        return wanted | {key: None if wanted[key] is None else sorted(wanted[key]) for key in ACTIONS}

    def create(self, after: Shape) -> None:
        self._put(after, Tags=tag_list(after["tags"]))

    def update(self, plan: Plan) -> None:
        if set(plan.keys) - {"tags"}:
            self._put(plan.after)

    def _put(self, after: Shape, **tags: t.Any) -> None:
        """The whole alarm: what is not said is forgotten."""
        spec = {field: after[key] for key, field in {**ONE_METRIC, **EVERY, **ACTIONS}.items() if after.get(key) not in (None, "")}
        if after.get("metrics"):
            spec = {field: value for field, value in spec.items() if field not in ONE_METRIC.values()}
            spec["Metrics"] = list(map(_to_query, after["metrics"]))
        if "Dimensions" in spec:
            spec["Dimensions"] = to_dimensions(spec["Dimensions"])
        spec |= {field: self.raw[field] for field in KEPT if field in self.raw}
        self.aws.call("cloudwatch", "put_metric_alarm", AlarmName=self.identity.name, **spec, **tags)

    def delete(self) -> None:
        self.aws.call("cloudwatch", "delete_alarms", settled=MISSING, AlarmNames=[self.identity.name])

    def set_tags(self, tags: dict[str, str]) -> None:
        self.aws.call("cloudwatch", "tag_resource", ResourceARN=self.id, Tags=tag_list(tags))

    def drop_tags(self, keys: list[str]) -> None:
        self.aws.call("cloudwatch", "untag_resource", ResourceARN=self.id, TagKeys=keys)

    def facts(self) -> dict[str, t.Any]:
        return {"arn": self.id, "state": self.raw.get("StateValue")}


def _tags(aws: Aws, arn: str) -> list[dict[str, str]] | None:
    """The tags of an alarm, or None where there is none of that ARN."""
    return aws.find("cloudwatch", "list_tags_for_resource", "Tags", *MISSING, ResourceARN=arn)


def from_dimensions(given: t.Iterable[Raw] | None) -> dict[str, str]:
    return {one["Name"]: one["Value"] for one in sorted(given or [], key=lambda one: one["Name"])}


def to_dimensions(given: t.Mapping[str, str]) -> list[Raw]:
    return [{"Name": name, "Value": value} for name, value in given.items()]


# -- several metrics: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html


def _whole_query(given: Shape) -> Shape:
    """A query as it is read back: what is empty is left out."""
    query = {key: value for key, value in given.items() if value is not None and value != "" and value != {}}
    if "dimensions" in query:
        query["dimensions"] = {key: str(value) for key, value in sorted(query["dimensions"].items())}
    return {**query, "return_data": given.get("return_data") is not False}


def _from_query(raw: Raw) -> Shape:
    stat = raw.get("MetricStat", {})
    metric = stat.get("Metric", {})
    return _whole_query(
        {
            "id": raw["Id"],
            "expression": raw.get("Expression"),
            "label": raw.get("Label"),
            "account_id": raw.get("AccountId"),
            "return_data": raw.get("ReturnData", True),
            "namespace": metric.get("Namespace"),
            "metric": metric.get("MetricName"),
            "dimensions": from_dimensions(metric.get("Dimensions")),
            "statistic": stat.get("Stat"),
            "unit": stat.get("Unit"),
            "period": stat.get("Period", raw.get("Period")),
        }
    )


def _to_query(query: Shape) -> Raw:
    spec: Raw = {"Id": query["id"], "ReturnData": query["return_data"]}
    spec |= {field: query[key] for key, field in {"label": "Label", "account_id": "AccountId"}.items() if key in query}
    if "expression" in query:
        period = {"Period": query["period"]} if "period" in query else {}
        return {**spec, "Expression": query["expression"], **period}
    metric = {"Namespace": query["namespace"], "MetricName": query["metric"], "Dimensions": to_dimensions(query.get("dimensions", {}))}
    unit = {"Unit": query["unit"]} if "unit" in query else {}
    return {**spec, "MetricStat": {"Metric": metric, "Period": query["period"], "Stat": query["statistic"], **unit}}
