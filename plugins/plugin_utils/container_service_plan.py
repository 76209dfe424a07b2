# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the inputs of a container service to each of its parts, as the modules take them. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.groundwork.aws.plugins.module_utils._core.plan import UNKNOWN

from .alarms import of_ecs_service
from .alarms import of_targets
from .arrows import TARGET_GROUPS
from .kinds import default_name
from .service_plan import rules_of

#: The two halves of a service, of which one is live. They begin in this order: the first with all traffic.
COLOURS = TARGET_GROUPS["container_service"]
#: What a container is called within its task.
CONTAINER = "app"
#: Successes in a row that make a target healthy: AWS's five would be waited for in every deploy.
HEALTHY_THRESHOLD = 2
#: Seconds after which a target that has not answered has failed, as AWS has it.
TIMEOUT = 5

Part = dict[str, t.Any]


def container_service_plan(component: str, inputs: Mapping[str, t.Any], stack: str, standing: Mapping[str, str] | None = None) -> dict[str, t.Any]:
    """Every part of a container service; the inputs are those of the role ``container_service``.

    ``standing``: ARNs, as far as they are known: of the target groups by their colours, of the roles (``execution``, ``task``), and of the
    key of its ``logs``.
    """
    return _ContainerService(component, inputs, stack, standing or {}).plan()


class _ContainerService:
    def __init__(self, component: str, inputs: Mapping[str, t.Any], stack: str, standing: Mapping[str, str]):
        self.component, self.stack, self.standing = component, stack, standing
        self.label = default_name(stack, component)
        self.wiring = inputs["container_service_wiring"]
        self.input = lambda name: inputs[f"container_service_{name}"]

    def plan(self) -> dict[str, t.Any]:
        return {
            "target_groups": [self.target_group(colour) for colour in COLOURS],
            "log_groups": [self.log_group()],
            "roles": self.roles(),
            "rules": rules_of(self.label, self.wiring.get("routes") or [], {"target_group_ids": [self.known(colour) for colour in COLOURS]}),
            "containers": [self.container()],
            "volumes": [{"name": one["volume"]} for one in self.mounts()],
            "execution_role_arn": self.known("execution"),
            "task_role_arn": self.wiring.get("task_role_arn") or self.known("task"),
            "services": [self.service(colour) for colour in COLOURS],
            "colours": {colour: self.names(colour) for colour in COLOURS},
            "alarms": self.alarms() if self.input("alarms") else [],
        }

    def known(self, name: str) -> str:
        return self.standing.get(name) or UNKNOWN

    def target_group(self, colour: str) -> Part:
        interval = self.input("health_interval")
        # A check has to end before the next one begins.
        pace = {"interval": interval, "timeout": min(TIMEOUT, interval - 1), "healthy_threshold": HEALTHY_THRESHOLD}
        part = {"key": colour, "name": self.names(colour)["target_group"], "protocol": "HTTP", "port": self.wiring["port"], "target_type": "ip"}
        return {**part, "health_check": {"path": self.input("health_path"), **pace}, "deregistration_delay": self.input("deregistration_delay")}

    def log_group(self) -> Part:
        key = self.input("log_key_id") or (self.known("logs") if self.input("log_encrypted") else "")
        return {"name": self.input("log_group"), "retention_days": self.input("log_retention"), **({"kms_key_id": key} if key else {})}

    # -- who it is -------------------------------------------------------------------------------------------------

    def roles(self) -> list[Part]:
        """ECS's own for its tasks, and that of the containers, unless an identity is theirs."""
        wanted = {"execution": self.wiring.get("execution_statements", []) + self.input("execution_statements")}
        if not self.input("identity"):
            wanted["task"] = self.wiring.get("task_statements", []) + self.input("statements")
        return [{"key": key, "name": self.input(f"{key}_role_name"), "trust": self.trust(), "policies": _inline(found)} for key, found in wanted.items()]

    def trust(self) -> Part:
        """Tasks of this account and region alone.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html#create_task_iam_policy_and_role
        """
        source = f"arn:{self.wiring['partition']}:ecs:{self.wiring['region']}:{self.wiring['account']}:*"
        condition = {"ArnLike": {"aws:SourceArn": source}, "StringEquals": {"aws:SourceAccount": self.wiring["account"]}}
        principal = {"Service": "ecs-tasks.amazonaws.com"}
        return {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}],
        }

    # -- what it runs ----------------------------------------------------------------------------------------------

    def container(self) -> Part:
        image = {"image": self.input("image")} if self.input("image") else {}
        command = {"command": self.input("command")} if self.input("command") else {}
        health = {"health_check": {"command": ["CMD-SHELL", self.input("health_command")]}} if self.input("health_command") else {}
        return {
            "name": CONTAINER,
            **image,
            **command,
            **health,
            "essential": True,
            "port": self.wiring["port"],
            "environment": {name: str(value) for name, value in self.input("environment").items()},
            "secrets": {name: _value_from(secret) for name, secret in (self.wiring.get("secrets") or {}).items()},
            "log": {"group": self.input("log_group"), "prefix": self.component},
            "init": True,  # so that a request to stop reaches what the image runs
            "read_only_root": self.input("read_only_root"),
            "mounts": self.mounts(),
            "stop_timeout": self.input("stop_timeout"),
        }

    def mounts(self) -> list[Part]:
        """Where it may write, beside a root that it may not write to: volumes of the task's own."""
        return [{"volume": path.strip("/").replace("/", "-"), "path": path} for path in self.input("writable")]

    def names(self, colour: str) -> dict[str, str]:
        """By what AWS knows a colour."""
        return {"service": f"{self.input('name')}-{colour}", "target_group": self.input(f"{colour}_target_group_name")}

    def service(self, colour: str) -> Part:
        """The first colour begins live, and the other with nothing; from then on deploys say who is."""
        return {
            "key": colour,
            "name": self.names(colour)["service"],
            "desired_count": self.input("desired") if colour == COLOURS[0] else 0,
            "load_balancer": {"target_group_id": self.known(colour), "container": CONTAINER, "port": self.wiring["port"]},
        }

    # -- who watches it --------------------------------------------------------------------------------------------

    def alarms(self) -> list[Part]:
        return [one for colour in COLOURS for one in self.alarms_of(colour)]

    def alarms_of(self, colour: str) -> list[Part]:
        actions, door = self.wiring.get("alarm_actions") or [], self.wiring.get("load_balancer_id") or UNKNOWN
        label, told = f"{self.label}-{colour}", f"{self.component} ({colour})"
        used = of_ecs_service(label, told, self.input("cluster_name"), self.names(colour)["service"], actions)
        found = of_targets(label, told, self.known(colour), door, actions, "task") + used
        return [{**one, "key": f"{colour}-{one['key']}"} for one in found]


def _inline(statements: list[Part]) -> dict[str, Part]:
    """The inline policies of a role: one, or none where it may do nothing."""
    return {"groundwork": {"Version": "2012-10-17", "Statement": statements}} if statements else {}


def _value_from(secret: Mapping[str, str]) -> str:
    """How ECS is told of a secret, or of one field of its JSON.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    """
    if secret["arn"] == UNKNOWN or not secret["field"]:
        return secret["arn"]
    return f"{secret['arn']}:{secret['field']}::"
