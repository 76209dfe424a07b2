# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elastic Load Balancing, where the cloud has traffic: load balancers serve, targets are checked, and DescribeTargetHealth says what was found."""
from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeListener, FakeLoadBalancer, FakeTargetGroup, elbv2_backends

from ..call import Call
from ..hosts.registry import HOSTS
from ..replies import Reply
from ..traffic import TRAFFIC, Listener, Registered
from ..traffic.groups import Key, Settings
from ..traffic.health import Checks
from ..traffic.rules import LAST, Rule, read_action
from . import ANY, after, patch
from .autoscaling_targets import has_its_revision
from .elbv2_load_balancers import elbv2_of
from .elbv2_target_groups import actions_of

_PAGE = "Application Load Balancers user guide: "
_telling = threading.RLock()


@after("elbv2", ANY, adds="`--traffic`: each listener of an application load balancer is served on loopback, and what a call changes holds for "
       "the next request", source=_PAGE + "load-balancer-listeners, listener-rules")  # fmt: skip
def serve(call: Call, reply: Reply) -> None:
    if call.mutating:
        tell(elbv2_of(call))


@patch("elbv2", "RegisterTargets", "DeregisterTargets", adds="`--traffic`: who is new is checked, and gets requests once it is well; who left is "
       "drained for the deregistration delay", source=_PAGE + "target-group-register-targets, edit-target-group-attributes")  # fmt: skip
def tell_who_comes_and_goes() -> None:
    for name in ("register", "deregister", "deregister_terminated_instances"):
        setattr(FakeTargetGroup, name, _telling_afterwards(getattr(FakeTargetGroup, name)))


def _telling_afterwards(first: Any) -> Any:
    def change(self: FakeTargetGroup, targets: Any) -> None:
        first(self, targets)
        tell(elbv2_backends[self.account_id][self.region_name])

    return change


@patch("elbv2", "DescribeTargetHealth", adds="`--traffic`: what the health checks found, by interval, timeout, thresholds and matcher, and why; who "
       "is being drained is told too", source=_PAGE + "target-group-health-checks; API_TargetHealth")  # fmt: skip
def health_is_checked() -> None:
    first_health, first_describe = FakeTargetGroup.health_for, ELBv2Backend.describe_target_health

    def health_for(self: Any, target: dict[str, Any], ec2_backend: Any) -> FakeHealthStatus:
        found = first_health(self, target, ec2_backend)
        if TRAFFIC.on and found.reason != "Target.InvalidState":
            health = TRAFFIC.health_of(self.arn, _key(self, target))
            found.status, found.reason, found.description = health.state, health.reason, health.description
        return found

    def describe(self: Any, target_group_arn: str, targets: list[dict[str, Any]]) -> list[FakeHealthStatus]:
        told = first_describe(self, target_group_arn, targets)
        group = self.target_groups[target_group_arn]
        leaving = [] if targets else [key for key in TRAFFIC.leaving(target_group_arn) if key.id not in group.targets]
        return [*told, *(group.health_for({"Id": key.id, "Port": key.port}, self.ec2_backend) for key in leaving)]

    FakeTargetGroup.health_for, ELBv2Backend.describe_target_health = health_for, describe


# -- what the data plane is told -------------------------------------------------------------------------------


def tell(backend: ELBv2Backend) -> None:
    """Let the load balancers of an account's region serve as they stand."""
    if not TRAFFIC.on:
        return
    with _telling:
        scope = f"arn:{backend.partition}:elasticloadbalancing:{backend.region_name}:{backend.account_id}:"
        balancers = [each for each in backend.load_balancers.values() if each.type == "application"]
        listeners = [_listener(balancer, one) for balancer in balancers for one in balancer.listeners.values()]
        TRAFFIC.keep(scope, listeners, {group.arn: _registered(backend, group, balancers) for group in backend.target_groups.values()})
        _end_instances(backend)


def _listener(balancer: FakeLoadBalancer, listener: FakeListener) -> Listener:
    standing = TRAFFIC.listener(listener.arn)
    before = {rule.arn: rule for rule in standing.rules} if standing else {}
    rules = sorted((_rule(each, before) for each in listener.rules.values()), key=lambda rule: rule.priority)
    return Listener(listener.arn, balancer.arn, listener.protocol, int(listener.port), tuple(rules), dict(balancer.attrs))


def _rule(rule: Any, before: dict[str, Rule]) -> Rule:
    priority = LAST if rule.is_default else int(rule.priority)
    now = Rule(rule.arn, priority, tuple(rule.conditions), read_action([action.data for action in rule.actions]))
    # A rule that did not change goes on with whose turn it is.
    return before[rule.arn] if before.get(rule.arn) == now else now


def _registered(backend: ELBv2Backend, group: FakeTargetGroup, balancers: list[FakeLoadBalancer]) -> Registered:
    users = tuple(
        balancer.arn for balancer in balancers if any(group.arn in backend._get_target_group_arns_from(action.data) for action in actions_of(balancer))
    )
    return Registered(_settings(group), users, tuple(_targets(group)))


def _settings(group: FakeTargetGroup) -> Settings:
    attributes = group.attributes
    port = group.health_check_port
    checks = Checks(
        path=group.health_check_path or "/",
        port=None if port in (None, "traffic-port") else int(port),
        interval=float(group.health_check_interval_seconds),
        timeout=float(group.health_check_timeout_seconds),
        healthy=int(group.healthy_threshold_count),
        unhealthy=int(group.unhealthy_threshold_count),
        codes=(group.matcher or {}).get("HttpCode", "200") if hasattr(group, "matcher") else "200",
    )
    sticky = str(attributes.get("stickiness.enabled")).lower() == "true" and attributes.get("stickiness.type") == "lb_cookie"
    return Settings(
        checks,
        delay=float(attributes["deregistration_delay.timeout_seconds"]),
        sticky=int(attributes["stickiness.lb_cookie.duration_seconds"]) if sticky else 0,
        least_busy=attributes.get("load_balancing.algorithm.type") == "least_outstanding_requests",
    )


def _key(group: FakeTargetGroup, target: dict[str, Any]) -> Key:
    standing = group.targets.get(target["Id"]) or target
    return Key(target["Id"], int(standing.get("Port") or group.port))


def _targets(group: FakeTargetGroup) -> Iterator[tuple[Key, str]]:
    for target in list(group.targets.values()):
        key = _key(group, target)
        yield key, _address_of(group, key) if key.id.startswith("i-") else key.id


# -- instances -------------------------------------------------------------------------------------------------


def _address_of(group: FakeTargetGroup, key: Key) -> str:
    """An instance's address, where its program runs from now on: a host of this machine itself, or a small server of its version."""
    instance = group.ec2_backend.get_instance_by_id(key.id)
    host = HOSTS.get(key.id, group.region_name)
    if host and host.init:
        TRAFFIC.place(instance.private_ip, key.port, (host.ip, key.port))
    elif _server(key) not in TRAFFIC.running("i-") and instance.state == "running":
        ready = functools.partial(has_its_revision, group, group.ec2_backend, key.id)
        TRAFFIC.start(_server(key), instance.private_ip, key.port, _version(instance), lambda line: None, ready=ready)
    return str(instance.private_ip)


def _server(key: Key) -> str:
    return f"{key.id}:{key.port}"


def _version(instance: Any) -> str:
    """What an instance runs: its tag `Version`, or the version of the launch template that it was launched by."""
    tags = {tag["key"]: tag["value"] for tag in instance.get_tags()}
    return tags.get("Version") or tags.get("aws:ec2launchtemplate:version", "1")


def _end_instances(backend: ELBv2Backend) -> None:
    """What runs on an instance ends with it."""
    instances = ec2_backends[backend.account_id][backend.region_name]
    for server in TRAFFIC.running("i-"):
        instance = instances.get_instance_by_id(server.partition(":")[0])
        if instance and instance.state != "running":
            TRAFFIC.stop(server)
