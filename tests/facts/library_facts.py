# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hold what stands to every fact of the library system, one line a fact; exit status 1 where one does not hold.

    python tests/facts/library_facts.py      # as a client: endpoint and keys are in the environment

The facts are the design's paragraph `inventories/library`, written out again: nothing is taken from the inventory, nor from the
collection. They are for a system that has its first image, and in which no traffic is being moved.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import network_facts
from door_facts import balancer, listeners, protocols
from identity_facts import allowed, refused
from operations_facts import is_watched, watches
from policies import listed
from system_view import ANYWHERE, REGION, Fact, Named, System, held, told, trusted
from vpc_view import View

VPC, ALB, DATABASE = "library-vpc", "library-management-alb", "library-db"
CLUSTER = FAMILY = REPOSITORY = "library-app"
SECRET, LOGS = "library/db/credentials", "/library/app"
EXECUTION, TASK = "library-app-execution", "library-app-task"
SERVICES = {"library-blue": "library-blue-tg", "library-green": "library-green-tg"}
PORT, TASKS = 8081, 2
GROUPS = {
    "library-alb-sg": {f"tcp 80 from {ANYWHERE}"},
    "library-ecs-task-sg": {f"tcp {PORT} from library-alb-sg"},
    "library-rds-sg": {"tcp 3306 from library-ecs-task-sg"},
}


class Library(System):
    def __init__(self) -> None:
        super().__init__(VPC)

    @cached_property
    def services(self) -> dict[str, View]:
        asked = {"cluster": CLUSTER, "services": self.all("ecs", "list_services", "serviceArns", cluster=CLUSTER)}
        return Named("service", self.client("ecs").describe_services(**asked)["services"], "serviceName")

    @cached_property
    def revision(self) -> View:
        """The newest revision of the task definition."""
        return self.client("ecs").describe_task_definition(taskDefinition=FAMILY)["taskDefinition"]

    @cached_property
    def weights(self) -> dict[str, int]:
        """What share each target group, by its name, has of what comes in."""
        (action,) = listeners(self, ALB)[80]["DefaultActions"]
        names = {one["TargetGroupArn"]: name for name, one in self.target_groups.items()}
        return {names[one["TargetGroupArn"]]: one["Weight"] for one in action["ForwardConfig"]["TargetGroups"]}

    @cached_property
    def live(self) -> str:
        """The service that gets the most."""
        return max(SERVICES, key=lambda name: self.weights[SERVICES[name]])


def facts(library: Library) -> Iterator[Fact]:
    yield from network_facts.network(library)
    yield from network_facts.firewall(library, GROUPS)
    yield from held(f"{ALB} stands", balancer(library, ALB, "internet-facing", library.public, "library-alb-sg"))
    yield from held(f"{ALB} forwards", door(library))
    for name in SERVICES.values():
        yield from held(f"{name} stands", target_group(library, name))
    yield from held("the cluster stands", cluster(library))
    yield from held("the repository stands", repository(library))
    yield from held("the task definition stands", definition(library))
    for name in SERVICES:
        yield from held(f"the service {name} stands", service(library, name))
    yield from held("tasks serve", tasks(library))
    yield from held("the roles stand", roles(library))
    yield from held(f"the database {DATABASE} stands", database(library))
    yield from held(f"the log group {LOGS} stands", logs(library))
    yield from held("the library is watched", alarms(library))


def door(library: Library) -> Iterator[Fact]:
    yield Fact(f"{ALB} listens on 80 by HTTP, and on nothing else", {80: "HTTP"}, protocols(listeners(library, ALB)))
    wanted = dict.fromkeys(SERVICES.values(), 0) | {SERVICES[library.live]: 100}
    yield Fact(f"{ALB} forwards to blue and to green, all of it to one", wanted, library.weights)


def target_group(library: Library, name: str) -> Iterator[Fact]:
    found = library.target_groups[name]
    wanted = ("HTTP", PORT, "ip", library.vpc.vpc["VpcId"])
    yield Fact(f"{name} is HTTP on {PORT}, to addresses of the VPC", wanted, tuple(found[field] for field in ("Protocol", "Port", "TargetType", "VpcId")))
    yield Fact(f"{name} is asked for its health", True, found["HealthCheckEnabled"])
    yield Fact(f"{name} stands behind {ALB} alone", [library.balancers[ALB]["LoadBalancerArn"]], found["LoadBalancerArns"])


def cluster(library: Library) -> Iterator[Fact]:
    (found,) = library.client("ecs").describe_clusters(clusters=[CLUSTER], include=["SETTINGS"])["clusters"]
    yield Fact(f"{CLUSTER} is active", "ACTIVE", found["status"])
    insights = [one["value"] for one in found["settings"] if one["name"] == "containerInsights"]
    yield Fact(f"{CLUSTER} has Container Insights", True, bool(set(insights) & {"enabled", "enhanced"}))


def repository(library: Library) -> Iterator[Fact]:
    (found,) = library.client("ecr").describe_repositories(repositoryNames=[REPOSITORY])["repositories"]
    yield Fact(f"{REPOSITORY} lets no tag be moved", "IMMUTABLE", found["imageTagMutability"])
    yield Fact(f"{REPOSITORY} scans what is pushed", True, found["imageScanningConfiguration"]["scanOnPush"])


def definition(library: Library) -> Iterator[Fact]:
    found = library.revision
    kind = (found["requiresCompatibilities"], found["networkMode"])
    yield Fact("the task definition is for Fargate, with an interface a task", (["FARGATE"], "awsvpc"), kind)
    arns = {key: library.client("iam").get_role(RoleName=name)["Role"]["Arn"] for key, name in (("executionRoleArn", EXECUTION), ("taskRoleArn", TASK))}
    yield Fact("ECS and the containers have a role each", arns, {key: found[key] for key in arns})
    (container,) = found["containerDefinitions"]
    yield Fact(f"the container listens on {PORT}", [PORT], [one["containerPort"] for one in container["portMappings"]])
    yield Fact("the container cannot write to its root", True, container["readonlyRootFilesystem"])
    log = container["logConfiguration"]
    wanted = ("awslogs", LOGS, REGION)
    yield Fact(f"the container logs to {LOGS}", wanted, (log["logDriver"], log["options"]["awslogs-group"], log["options"]["awslogs-region"]))
    secret = library.client("secretsmanager").describe_secret(SecretId=SECRET)["ARN"]
    handed = {one["name"]: one["valueFrom"] for one in container["secrets"]}
    yield Fact("the container is handed where the database is, and who it is there, out of its secret", {
        f"DB_{name}": f"{secret}:{field}::" for name, field in (("HOST", "host"), ("USERNAME", "username"), ("PASSWORD", "password"))}, handed)  # fmt: skip
    shown = [one["name"] for one in container["environment"] if any(word in one["name"] for word in ("PASSWORD", "SECRET", "TOKEN"))]
    yield Fact("no secret stands in its environment", [], shown)


def service(library: Library, name: str) -> Iterator[Fact]:
    found = library.services[name]
    yield Fact(f"{name} is active, on Fargate", ("ACTIVE", "FARGATE"), (found["status"], found["launchType"]))
    place = found["networkConfiguration"]["awsvpcConfiguration"]
    yield Fact(f"{name} lies in both private subnets", sorted(library.private), library.names(place["subnets"]))
    yield Fact(f"{name} has the group library-ecs-task-sg alone", ["library-ecs-task-sg"], library.names(place["securityGroups"]))
    yield Fact(f"the tasks of {name} have no public address", "DISABLED", place["assignPublicIp"])
    behind = [(one["targetGroupArn"], one["containerPort"]) for one in found["loadBalancers"]]
    yield Fact(f"{name} registers with {SERVICES[name]} alone", [(library.target_groups[SERVICES[name]]["TargetGroupArn"], PORT)], behind)
    wanted = TASKS if name == library.live else 0
    yield Fact(f"{name} wants {wanted} tasks, and has them", (wanted, wanted), (found["desiredCount"], found["runningCount"]))
    yield Fact(f"nobody executes commands in {name}", False, found.get("enableExecuteCommand", False))


def tasks(library: Library) -> Iterator[Fact]:
    """Of the live service, as ECS, EC2 and the load balancer tell them."""
    asked = {"cluster": CLUSTER, "serviceName": library.live}
    arns = library.all("ecs", "list_tasks", "taskArns", **asked)
    found = library.client("ecs").describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]
    details = [{one["name"]: one["value"] for one in task["attachments"][0]["details"]} for task in found]
    yield Fact("the tasks run in both private subnets", sorted(library.private), library.names(one["subnetId"] for one in details))
    group = library.target_groups[SERVICES[library.live]]["TargetGroupArn"]
    health = library.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    wanted = sorted((one["privateIPv4Address"], PORT, "healthy") for one in details)
    yield Fact(f"they are the targets of {SERVICES[library.live]}, each healthy", wanted,
               sorted((one["Target"]["Id"], one["Target"]["Port"], one["TargetHealth"]["State"]) for one in health))  # fmt: skip


def roles(library: Library) -> Iterator[Fact]:
    here = f"{REGION}:{library.account}"
    for name in (EXECUTION, TASK):
        document = library.client("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        yield Fact(f"{name} is assumed by tasks alone", [("Service", "ecs-tasks.amazonaws.com")], trusted(document))
        accounts = [account for one in document["Statement"] for account in listed(one["Condition"]["StringEquals"]["aws:SourceAccount"])]
        yield Fact(f"{name} is assumed for this account alone", [library.account], accounts)
    secret = library.client("secretsmanager").describe_secret(SecretId=SECRET)["ARN"]
    ecs, containers = library.reach(EXECUTION), library.reach(TASK)
    pull = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
    yield Fact("ECS may pull from the repository", [], refused(ecs, pull, f"arn:aws:ecr:{here}:repository/{REPOSITORY}"))
    yield Fact("ECS may pull from no other", [], allowed(ecs, pull, f"arn:aws:ecr:{here}:repository/another"))
    write = ["logs:CreateLogStream", "logs:PutLogEvents"]
    yield Fact("ECS may write the log", [], refused(ecs, write, f"arn:aws:logs:{here}:log-group:{LOGS}:log-stream:app/app/0"))
    yield Fact("ECS may write no other log", [], allowed(ecs, write, f"arn:aws:logs:{here}:log-group:another:log-stream:app/app/0"))
    for name, reach in (("ECS", ecs), ("a container", containers)):
        read, other = ["secretsmanager:GetSecretValue"], f"arn:aws:secretsmanager:{here}:secret:another-AbCdEf"
        yield Fact(f"{name} may read the database's secret, and no other", ([], []), (refused(reach, read, secret), allowed(reach, read, other)))
    yield Fact("ECS may do nothing else", {"ecr", "logs", "secretsmanager"}, services_of(ecs.actions()))
    yield Fact("a container may do nothing else", {"secretsmanager"}, services_of(containers.actions()))


def services_of(actions: Any) -> set[str]:
    return {one.partition(":")[0] for one in actions}


def database(library: Library) -> Iterator[Fact]:
    found = library.client("rds").describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"][0]
    yield Fact(f"{DATABASE} is available", "available", found["DBInstanceStatus"])
    yield Fact(f"{DATABASE} is MySQL", "mysql", found["Engine"])
    yield Fact(f"{DATABASE} is encrypted, and not public", (True, False), (found["StorageEncrypted"], found["PubliclyAccessible"]))
    subnets = library.names(one["SubnetIdentifier"] for one in found["DBSubnetGroup"]["Subnets"])
    yield Fact(f"{DATABASE} lies in both private subnets", sorted(library.private), subnets)
    groups = library.names(one["VpcSecurityGroupId"] for one in found["VpcSecurityGroups"])
    yield Fact(f"{DATABASE} has the group library-rds-sg alone", ["library-rds-sg"], groups)


def logs(library: Library) -> Iterator[Fact]:
    found = Named("log group", library.all("logs", "describe_log_groups", "logGroups"), "logGroupName")[LOGS]
    yield Fact(f"{LOGS} does not keep what it gets for ever", True, "retentionInDays" in found)
    yield Fact(f"{LOGS} is encrypted by a key that is enabled", "Enabled", library.key(found["kmsKeyId"])["KeyState"])


def alarms(library: Library) -> Iterator[Fact]:
    """By any name: what is watched is told by the metric and its dimensions."""
    found = {watch for alarm in library.all("cloudwatch", "describe_alarms", "MetricAlarms", AlarmTypes=["MetricAlarm"]) for watch in watches(alarm)}
    for name, group in SERVICES.items():
        behind = {"TargetGroup": library.target_groups[group]["TargetGroupArn"].rpartition(":")[2]}
        for what, metric in (("unhealthy tasks", "UnHealthyHostCount"), ("answers 5xx", "HTTPCode_Target_5XX_Count")):
            yield Fact(f"an alarm tells of {what} of {name}", True, is_watched(found, "AWS/ApplicationELB", [metric], behind))
        for metric in ("CPUUtilization", "MemoryUtilization"):
            used = {"ClusterName": CLUSTER, "ServiceName": name}
            yield Fact(f"an alarm tells of the {metric} of {name}", True, is_watched(found, "AWS/ECS", [metric], used))


def main() -> int:
    try:
        return told(facts(Library()))
    except LookupError as missing:
        print(f"FAILS  in {REGION}: {missing}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
