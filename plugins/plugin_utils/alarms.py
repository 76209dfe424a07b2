# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The alarms that each kind of component has. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence

Alarm = dict[str, t.Any]

#: CloudWatch's names of a load balancer and a target group are the ends of their ARNs.
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
_ENDS = {"LoadBalancer": ":loadbalancer/", "TargetGroup": ":"}
GIB = 1024**3


def dimension(name: str, arn: str) -> str:
    """The dimension's value of a load balancer or a target group; what is unknown stays so."""
    return arn.rpartition(_ENDS[name])[2]


def alarm(prefix: str, key: str, says: str, metric: str, actions: Sequence[str], **more: t.Any) -> Alarm:
    """An alarm above a threshold, over three periods of five minutes, unless ``more`` says otherwise."""
    usual = {"statistic": "Maximum", "comparison": "GreaterThanThreshold", "period": 300, "evaluation_periods": 3, "treat_missing_data": "missing"}
    namespace, _slash, name = metric.rpartition("/")
    told = {"key": key, "name": f"{prefix}-{key}", "description": says, "namespace": namespace, "metric": name}
    return {**told, **usual, **more, "actions": list(actions), "ok_actions": list(actions)}


def of_load_balancer(prefix: str, name: str, arn: str, actions: Sequence[str]) -> list[Alarm]:
    says = f"{name} itself answers 5xx more than ten times in five minutes"
    counted = {"statistic": "Sum", "threshold": 10, "evaluation_periods": 1, "treat_missing_data": "notBreaching"}
    where = {"LoadBalancer": dimension("LoadBalancer", arn)}
    return [alarm(prefix, "5xx", says, "AWS/ApplicationELB/HTTPCode_ELB_5XX_Count", actions, dimensions=where, **counted)]


def of_targets(prefix: str, component: str, target_group: str, load_balancer: str, actions: Sequence[str], what: str = "host") -> list[Alarm]:
    """What a load balancer sees of a service. ``what``: what its targets are."""
    where = {"TargetGroup": dimension("TargetGroup", target_group), "LoadBalancer": dimension("LoadBalancer", load_balancer)}
    quiet = {"dimensions": where, "treat_missing_data": "notBreaching"}
    unhealthy = {"threshold": 0, "period": 60, "evaluation_periods": 5}
    counted = {"statistic": "Sum", "threshold": 10, "evaluation_periods": 1}
    return [
        alarm(prefix, "unhealthy-hosts", f"A {what} of {component} is unhealthy for five minutes", _elb("UnHealthyHostCount"), actions, **quiet, **unhealthy),
        alarm(prefix, "5xx", f"{component} answers 5xx more than ten times in five minutes", _elb("HTTPCode_Target_5XX_Count"), actions, **quiet, **counted),
    ]


def of_hosts(prefix: str, component: str, group: str, actions: Sequence[str]) -> list[Alarm]:
    """What the CloudWatch agent of a fleet's hosts says, over the whole fleet."""
    where = {"AutoScalingGroupName": group}
    watched = (("memory", "mem_used_percent", 90, "their memory"), ("disk", "disk_used_percent", 85, "a disk"))
    says = "The hosts of {} use more than {} % of {} for 15 minutes".format
    return [
        alarm(prefix, key, says(component, most, what), f"CWAgent/{metric}", actions, dimensions=where, threshold=most) for key, metric, most, what in watched
    ]


def of_ecs_service(prefix: str, component: str, cluster: str, service: str, actions: Sequence[str]) -> list[Alarm]:
    """What ECS says of a service's tasks together. One without tasks has no figures, and is well."""
    where = {"dimensions": {"ClusterName": cluster, "ServiceName": service}, "statistic": "Average", "treat_missing_data": "notBreaching"}
    watched = (("cpu", "CPUUtilization", 85, "processor"), ("memory", "MemoryUtilization", 90, "memory"))
    says = "The tasks of {} use more than {} % of their {} for 15 minutes".format
    return [alarm(prefix, key, says(component, most, what), f"AWS/ECS/{metric}", actions, threshold=most, **where) for key, metric, most, what in watched]


def of_database(prefix: str, identifier: str, storage: int, actions: Sequence[str]) -> list[Alarm]:
    """``storage``: in GiB, what it was made with."""
    where = {"DBInstanceIdentifier": identifier}
    busy = {"dimensions": where, "statistic": "Average", "threshold": 80}
    full = {"dimensions": where, "statistic": "Minimum", "comparison": "LessThanThreshold", "threshold": storage * GIB // 10}
    return [
        alarm(prefix, "cpu", f"The processor of {identifier} is above 80 % for 15 minutes", "AWS/RDS/CPUUtilization", actions, **busy),
        alarm(prefix, "storage", f"Less than a tenth of the first storage of {identifier} is free", "AWS/RDS/FreeStorageSpace", actions, **full),
    ]


def _elb(metric: str) -> str:
    return f"AWS/ApplicationELB/{metric}"
