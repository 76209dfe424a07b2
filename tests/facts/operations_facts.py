# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How TIO is delivered and watched: CodeDeploy, log groups, alarms."""

from __future__ import annotations

from collections.abc import Iterator

from system_view import Fact, held, trusted
from tio_view import DATABASE, FLEETS, Tio
from vpc_view import View

SPRING_LOGS = "/my-shop/ec2/spring-application"
LOAD_BALANCING, HOSTS, DATABASES = "AWS/ApplicationELB", "CWAgent", "AWS/RDS"


def facts(tio: Tio) -> Iterator[Fact]:
    yield from held("TIO is delivered by CodeDeploy", delivery(tio))
    yield from held("TIO's log groups stand", logs(tio))
    yield from held("TIO is watched", alarms(tio))


def delivery(tio: Tio) -> Iterator[Fact]:
    """By any name: what deploys to the fleets."""
    groups = [group for application in tio.all("codedeploy", "list_applications", "applications") for group in deployment_groups(tio, application)]
    ours = [group for group in groups if fleets_of(group) & set(FLEETS.values())]
    yield Fact("one CodeDeploy application deploys to the fleets", 1, len({group["applicationName"] for group in ours}))
    yield Fact("each fleet has a deployment group of its own", sorted([fleet] for fleet in FLEETS.values()), sorted(sorted(fleets_of(group)) for group in ours))
    yield Fact("they deploy to servers", {"Server"}, {group["computePlatform"] for group in ours})
    roles = {group["serviceRoleArn"].rpartition("/")[2] for group in ours}
    trust = [trusted(tio.client("iam").get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]) for role in roles]
    yield Fact("their role is assumed by CodeDeploy alone", [[("Service", "codedeploy.amazonaws.com")]], trust)


def deployment_groups(tio: Tio, application: str) -> list[View]:
    names = tio.all("codedeploy", "list_deployment_groups", "deploymentGroups", applicationName=application)
    asked = [tio.client("codedeploy").get_deployment_group(applicationName=application, deploymentGroupName=name) for name in names]
    return [one["deploymentGroupInfo"] for one in asked]


def fleets_of(group: View) -> set[str]:
    return {one["name"] for one in group.get("autoScalingGroups", [])}


def logs(tio: Tio) -> Iterator[Fact]:
    found = tio.log_groups
    yield Fact(f"the log group {SPRING_LOGS} stands", True, SPRING_LOGS in found)
    yield Fact("no log group keeps what it gets for ever", [], [name for name, group in found.items() if "retentionInDays" not in group])
    yield Fact("each log group is encrypted by a key", [], [name for name, group in found.items() if "kmsKeyId" not in group])
    states = {tio.key(key)["KeyState"] for key in {group["kmsKeyId"] for group in found.values() if "kmsKeyId" in group}}
    yield Fact("and each such key is enabled", {"Enabled"}, states)


Watch = tuple[str, str, frozenset[tuple[str, str]]]


def alarms(tio: Tio) -> Iterator[Fact]:
    """By any name: what is watched is told by the metric and its dimensions."""
    found = {watch for alarm in tio.all("cloudwatch", "describe_alarms", "MetricAlarms", AlarmTypes=["MetricAlarm"]) for watch in watches(alarm)}
    for service in FLEETS:
        behind = {"TargetGroup": tio.target_groups[f"TargetGroup-{service}-App"]["TargetGroupArn"].rpartition(":")[2]}
        yield Fact(f"an alarm tells of unhealthy hosts of {service}", True, is_watched(found, LOAD_BALANCING, ["UnHealthyHostCount"], behind))
    for name in ("TIO-ALB", "TIO-Internal-ALB"):
        door = {"LoadBalancer": tio.balancers[name]["LoadBalancerArn"].rpartition("loadbalancer/")[2]}
        errors = ["HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count"]
        yield Fact(f"an alarm tells of 5xx answers at {name}", True, is_watched(found, LOAD_BALANCING, errors, door))
    for what, metric in (("storage", "FreeStorageSpace"), ("CPU", "CPUUtilization")):
        yield Fact(f"an alarm tells of the database's {what}", True, is_watched(found, DATABASES, [metric], {"DBInstanceIdentifier": DATABASE}))
    for fleet in FLEETS.values():
        for what, metric in (("memory", "mem_used_percent"), ("disk", "disk_used_percent")):
            yield Fact(f"an alarm tells of the {what} of {fleet}", True, is_watched(found, HOSTS, [metric], {"AutoScalingGroupName": fleet}))


def watches(alarm: View) -> Iterator[Watch]:
    """The metrics that an alarm looks at: its own, or those that it computes with."""
    metrics = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one] or [alarm]
    for one in metrics:
        if "MetricName" in one:
            yield one["Namespace"], one["MetricName"], frozenset((each["Name"], each["Value"]) for each in one["Dimensions"])


def is_watched(found: set[Watch], namespace: str, metrics: list[str], dimensions: dict[str, str]) -> bool:
    """Whether an alarm looks at one of these metrics of just this, whatever dimensions it names beside."""
    return any(space == namespace and metric in metrics and dimensions.items() <= its for space, metric, its in found)
