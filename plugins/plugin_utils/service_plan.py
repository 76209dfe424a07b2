# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the inputs of a service to each of its parts, as the modules take them. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable
from collections.abc import Mapping

from ansible_collections.groundwork.aws.plugins.module_utils._core.plan import UNKNOWN

from .alarms import of_hosts
from .alarms import of_targets
from .kinds import default_name

#: Images by runtime, as public parameters of AWS and Canonical; the GPU's is Ubuntu 22.04 with NVIDIA's driver.
#: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-ami.html
#: https://docs.aws.amazon.com/dlami/latest/devguide/aws-deep-learning-x86-base-gpu-ami-ubuntu-22-04.html
AMAZON_LINUX = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
IMAGES = {"gpu": "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id"}
#: GiB: libraries and models of a GPU host do not fit into an image's own root.
ROOTS = {"gpu": {"size": 100}}
METRICS = {"cpu": "ASGAverageCPUUtilization", "requests": "ALBRequestCountPerTarget"}

Part = dict[str, t.Any]


def service_plan(component: str, inputs: Mapping[str, t.Any], stack: str, target_group: str = UNKNOWN) -> dict[str, t.Any]:
    """Every part of a service; the inputs are those of the role ``service``, and ``target_group`` is the ARN of its own, once known."""
    return _Service(component, inputs, stack, target_group).plan()


class _Service:
    def __init__(self, component: str, inputs: Mapping[str, t.Any], stack: str, target_group: str):
        self.component, self.stack, self.target_group = component, stack, target_group
        self.label = default_name(stack, component)
        self.wiring = inputs["service_wiring"]
        self.input = lambda name: inputs[f"service_{name}"]

    def plan(self) -> dict[str, t.Any]:
        runtime = self.input("runtime")
        return {
            "image": self.input("image") or IMAGES.get(runtime, AMAZON_LINUX),
            "root_volume": {**ROOTS.get(runtime, {}), **self.input("root_volume")},
            "instance_tags": {"Name": self.input("instance_name"), "Service": self.label, **self.input("instance_tags")},
            "target_groups": self.target_groups(),
            "log_groups": self.log_groups(),
            "rules": rules_of(self.label, self.wiring.get("routes") or [], {"target_group_id": self.target_group}),
            "policies": [self.policy(rule) for rule in self.input("scaling")],
            "alarms": self.alarms() if self.input("alarms") else [],
        }

    def target_groups(self) -> list[Part]:
        """Whatever listens on a port has one, behind a load balancer or not yet."""
        if not self.wiring.get("port"):
            return []
        health = {"path": self.input("health_path")}
        part = {"key": "group", "name": self.input("target_group_name"), "protocol": "HTTP", "port": self.wiring["port"], "target_type": "instance"}
        return [{**part, "health_check": health, "deregistration_delay": self.input("deregistration_delay")}]

    def log_groups(self) -> list[Part]:
        key = {"kms_key_id": self.input("log_key_id")} if self.input("log_key_id") else {}
        return [{"name": name, "retention_days": self.input("log_retention"), **key} for name in self.input("log_groups")]

    def policy(self, rule: Mapping[str, t.Any]) -> Part:
        label = {"load_balancer_id": self.wiring.get("load_balancer_id"), "target_group_id": self.target_group} if rule["metric"] == "requests" else {}
        kind = {"type": "target_tracking", "metric": METRICS[rule["metric"]], "target_value": rule["target"]}
        return {"key": rule["metric"], "name": rule.get("name") or f"{self.label}-{rule['metric']}", **kind, **label}

    def alarms(self) -> list[Part]:
        actions = self.wiring.get("alarm_actions") or []
        door = self.wiring.get("load_balancer_id")
        seen = of_targets(self.label, self.component, self.target_group, door, actions) if door else []
        return seen + of_hosts(self.label, self.component, self.input("group_name"), actions)


def rules_of(label: str, routes: Iterable[Mapping[str, t.Any]], forward: Part) -> dict[str, list[Part]]:
    """The rules of a component's routes, by listener. ``forward``: where they lead."""
    found: dict[str, list[Part]] = {}
    for place, route in enumerate(routes):
        priority = {"priority": route["priority"]} if route.get("priority") is not None else {}
        key = f"{route['load_balancer']}-{place}"
        caught = {name: route[name] for name in ("paths", "hosts") if route.get(name)}
        found.setdefault(route["listener_id"], []).append({"key": key, "name": f"{label}-{key}", **caught, **priority, **forward})
    return found
