# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can be wrong with the inputs that name other components, or that AWS would refuse only once half is made. Pure."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping

from ansible_collections.groundwork.aws.plugins.module_utils._core.plan import Refusal
from ansible_collections.groundwork.aws.plugins.module_utils._ecs.task_data import refuse_size
from ansible_collections.groundwork.aws.plugins.module_utils._ecs.task_wanted import MOST_STOP

from .arrows import Component
from .arrows import Components
from .arrows import network_of
from .kinds import KINDS
from .kinds import SERVING
from .kinds import Spec
from .network_plan import TIER
from .problems import instead
from .problems import Problem
from .problems import validated

Found = Iterator[tuple[str, str]]
#: The first and last priority that a listener's rule may have.
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
PRIORITIES = range(1, 50001)
METRICS = ("cpu", "requests")
SECRET: Spec = {"component": {"type": "str"}, "arn": {"type": "str"}, "field": {"type": "str"}, "key_arn": {"type": "str"}}
#: Of Secrets Manager, whole: ECS takes no other (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html).
SECRET_ARN = re.compile(r"arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:[^:]+-[a-zA-Z0-9]{6}")
#: Who takes on the role of a task.
TASKS = "ecs-tasks.amazonaws.com"
#: What a task in a tier without a way out calls: its image's layers lie in S3, and its log in CloudWatch.
#: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
ENDPOINTS = ("ecr.api", "ecr.dkr", "logs", "s3")


def check_inputs(component: Component, components: Components, names: Collection[str]) -> Iterator[Problem]:
    """The problems of one component. ``names``: all that are declared, those included that are not sound enough to be compared."""
    check = CHECKS.get(component.kind.prefix)
    for key, text in check(_Look(component, components, names)) if check else ():
        yield Problem(component.name, f"{component.kind.prefix}_{key}", text)


class _Look:
    """One component among the others."""

    def __init__(self, component: Component, components: Components, names: Collection[str]):
        self.component, self.components, self.names = component, components, names
        self.arrow = component.arrow

    def named(self, key: str, name: str | None, *prefixes: str) -> Found:
        """Whether a name is that of a component of a kind, or of one of several."""
        found = self.components.get(name or "")
        groups = " or ".join(kind.group for kind in KINDS if kind.prefix in prefixes)
        if found and found.kind.prefix not in prefixes:
            yield key, f"{name} is one of the {found.kind.group}, and one of the {groups} is meant"
        elif name and not found and name not in self.names:
            known = [one.name for one in self.components.values() if one.kind.prefix in prefixes]
            yield key, f"there is no {name} among the {groups}: {instead(name, known)}"

    @property
    def doors(self) -> list[str]:
        """The load balancers whose default it is."""
        return [one.name for one in self.components.values() if one.kind.prefix == "load_balancer" and one.arrow("default") == self.component.name]

    @property
    def network(self) -> Component | None:
        """Its network, as far as zones and tiers of that can be read."""
        found = self.components.get(network_of(self.component, self.components) or "")
        sound = found and not found.unsound & {"zones", "tiers"} and all(_is_tier(tier) for tier in found.arrow("tiers").values())
        return found if sound else None

    def zones(self, key: str) -> Found:
        """A load balancer and a database lie in two zones at least."""
        if self.network and len(self.network.arrow("zones")) == 1:
            yield key, f"AWS wants two zones for it, and {self.network.name} has one: give network_zones another"

    def tier(self, *fitting: str) -> Found:
        """Its tier is one of its network's, and its traffic may leave by it as it must."""
        tiers, wanted = self.network.arrow("tiers") if self.network else {}, self.arrow("tier")
        able = [name for name, tier in tiers.items() if tier.get("egress") in fitting]
        if tiers and wanted and wanted not in tiers:
            yield "tier", f"{self.network.name} has no tier {wanted}: {instead(wanted, list(tiers))}"
        elif wanted in tiers and wanted not in able:
            yield "tier", f"tier {wanted} has egress {tiers[wanted].get('egress')}, and {' or '.join(fitting)} is wanted here: choose another"
        elif tiers and not wanted and not able:
            yield "tier", f"{self.network.name} has no tier with egress {' or '.join(fitting)}: give it one"


def _is_tier(tier: t.Any) -> bool:
    return isinstance(tier, Mapping) and tier.get("egress") in TIER["egress"]["choices"]


def _service(look: _Look) -> Found:
    yield from look.named("identity", look.arrow("identity"), "identity")
    yield from look.tier("nat", "none", *(["internet"] if look.arrow("tier") else []))
    yield from _capacity(look.arrow("capacity") or {})
    for place, route in enumerate(look.arrow("routes") or []):
        yield from _route(look, f"routes[{place}]", route)
    for place, rule in enumerate(look.arrow("scaling") or []):
        yield from _scaling(look, f"scaling[{place}]", rule)


def _capacity(capacity: dict[str, t.Any]) -> Found:
    least, wanted, most = (capacity.get(key) for key in ("min", "desired", "max"))
    if unknown := set(capacity) - {"min", "desired", "max"}:
        yield "capacity", f"there is no {', '.join(sorted(unknown))}: write min, desired and max"
    elif None in (least, wanted, most) or not all(str(one).isdigit() for one in (least, wanted, most)):
        yield "capacity", "it wants min, desired and max, each a number from 0 on"
    elif not int(least) <= int(wanted) <= int(most):
        yield "capacity", f"min {least}, desired {wanted} and max {most} are not in order: change them"


def _route(look: _Look, key: str, route: dict[str, t.Any]) -> Found:
    if unknown := set(route) - {"load_balancer", "paths", "hosts", "priority"}:
        yield key, f"there is no {', '.join(sorted(unknown))}: write load_balancer, paths, hosts and priority"
    if not route.get("load_balancer"):
        yield key, "it names no load_balancer: say whose rule it is"
    yield from look.named(key, route.get("load_balancer"), "load_balancer")
    if not (route.get("paths") or route.get("hosts")):
        yield key, "it says neither paths nor hosts: a rule must catch something"
    priority = route.get("priority")
    if priority is not None and (not str(priority).isdigit() or int(priority) not in PRIORITIES):
        yield key, f"{priority} is no priority: choose one from {PRIORITIES.start} to {PRIORITIES.stop - 1}"
    for other in look.components.values():
        for theirs in (other.arrow("routes") or []) if other.kind.prefix in SERVING else []:
            same = priority is not None and (theirs.get("load_balancer"), theirs.get("priority")) == (route.get("load_balancer"), priority)
            if same and theirs is not route:
                yield key, f"{other.name} has priority {priority} in {route['load_balancer']} too: give each its own"


def _scaling(look: _Look, key: str, rule: dict[str, t.Any]) -> Found:
    if rule.get("metric") not in METRICS:
        yield key, f"there is no metric {rule.get('metric')}: choose from {', '.join(METRICS)}"
    if not isinstance(rule.get("target"), int | float) or rule["target"] <= 0:
        yield key, "it wants a target, a number above 0"
    if rule.get("metric") == "requests" and not look.arrow("routes") and not look.doors:
        yield key, "requests are counted by a load balancer, and it stands behind none: give it a route"


def _container_service(look: _Look) -> Found:
    yield from look.named("identity", look.arrow("identity"), "identity")
    yield from _task_identity(look)
    yield from look.tier("nat", "none", *(["internet"] if look.arrow("tier") else []))
    yield from _way_out(look)
    yield from _fargate(look)
    yield from _place(look)
    for name, secret in (look.arrow("secrets") or {}).items():
        yield from _secret(look, f"secrets[{name}]", secret)
    for name, value in (look.arrow("environment") or {}).items():
        if name in (look.arrow("secrets") or {}):
            yield f"environment[{name}]", "it is among container_service_secrets too: give it one value"
        if not isinstance(value, str | int) or isinstance(value, bool):
            yield f"environment[{name}]", f"{value} is no text: write it in quotes"


def _task_identity(look: _Look) -> Found:
    identity = look.components.get(look.arrow("identity") or "")
    if identity and identity.kind.prefix == "identity" and TASKS not in (identity.arrow("services") or []):
        yield "identity", f"tasks cannot be {identity.name}: add {TASKS} to its identity_services"


def _way_out(look: _Look) -> Found:
    """A task fetches its image, and its secrets, before it runs."""
    tiers = look.network.arrow("tiers") if look.network else {}
    tier = look.arrow("tier") or next((name for name, one in tiers.items() if one["egress"] != "internet"), "")
    if tiers.get(tier, {}).get("egress") != "none":
        return
    wanted = {*ENDPOINTS, *(["secretsmanager"] if look.arrow("secrets") else [])}
    there = {one.get("service") for one in look.network.arrow("endpoints") or [] if isinstance(one, Mapping) and tier in (one.get("tiers") or [])}
    if wanted - there:
        yield "tier", f"tier {tier} has no way to {', '.join(sorted(wanted - there))}: give it egress nat, or network_endpoints for them"


def _fargate(look: _Look) -> Found:
    try:
        refuse_size(look.arrow("cpu"), look.arrow("memory"))
    except Refusal as error:
        yield "memory", str(error)
    if look.arrow("desired") < 1:
        yield "desired", f"{look.arrow('desired')} tasks serve nobody: choose 1 at least"
    if not 2 <= look.arrow("stop_timeout") <= MOST_STOP:
        yield "stop_timeout", f"Fargate takes 2 to {MOST_STOP} seconds, not {look.arrow('stop_timeout')}"
    if not 5 <= look.arrow("health_interval") <= 300:
        yield "health_interval", f"a target is checked every 5 to 300 seconds, not {look.arrow('health_interval')}"
    if any(not path.startswith("/") or path == "/" for path in look.arrow("writable")):
        yield "writable", "each is a path below /: write it in full"


def _place(look: _Look) -> Found:
    """It listens behind a load balancer, in one place: ECS refuses target groups that stand behind none, and a deploy moves traffic by one call."""
    routes = look.arrow("routes") or []
    for place, route in enumerate(routes):
        yield from _route(look, f"routes[{place}]", route)
    if not look.component.ports and not look.component.unsound & {"port", "ports"}:
        yield "port", "the port that it listens on is not set, as 8080"
    if len(look.component.ports) > 1:
        yield "ports", f"its target groups have one port, and {', '.join(map(str, look.component.ports))} are set: choose one"
    if "routes" not in look.component.unsound and len(routes) + len(look.doors) != 1:
        yield "routes", f"it has {len(routes) + len(look.doors)} places in load balancers: give it one, a route or load_balancer_default"


def _secret(look: _Look, key: str, wanted: t.Any) -> Found:
    secret, complaints = validated(SECRET, wanted)
    yield from ((key, text) for text in complaints)
    name, arn = secret.get("component"), secret.get("arn")
    if not complaints and bool(name) == bool(arn):
        yield key, "it says one of component, a database, and arn, a secret of Secrets Manager: set one"
    yield from look.named(key, name, "database")
    database = look.components.get(name or "")
    if database and database.kind.prefix == "database" and look.component.name not in database.clients:
        yield key, f"{look.component.name} is not among the clients of {name}: add it to database_clients"
    if arn and not SECRET_ARN.fullmatch(arn):
        yield key, f"{arn} is no secret's ARN: write it whole, with the six characters at its end"


def _load_balancer(look: _Look) -> Found:
    yield from look.named("default", look.arrow("default"), *SERVING)
    yield from look.zones("network")
    yield from look.tier(*(["internet"] if look.arrow("scheme") == "internet-facing" else ["nat", "none"]))
    for key in ("zone_id", "alternative_names"):
        if look.arrow(key) and not look.arrow("domain"):
            yield key, "it means nothing without load_balancer_domain: set that too"


def _database(look: _Look) -> Found:
    yield from look.zones("network")
    yield from look.tier("nat", "none")
    if not look.component.ports and not look.component.unsound & {"port", "ports"}:
        yield "port", "the port that it listens on is not set, as 3306 for MySQL"
    storage, most = look.arrow("storage") or 0, look.arrow("max_storage") or 0
    if most and most < storage:
        yield "max_storage", f"it is {most} GiB, and database_storage is {storage} already: raise it"


def _bucket(look: _Look) -> Found:
    """What is a client must be somebody: hosts by their identity, containers by it or by a role of their own."""
    for client in look.component.clients:
        yield from look.named("clients", client, *SERVING)
        service = look.components.get(client)
        if service and service.kind.prefix == "service" and not service.arrow("identity"):
            yield "clients", f"{client} has no identity that could be allowed in: set its service_identity"
    for client in look.arrow("prefixes") or {}:
        if client not in look.component.clients:
            yield "prefixes", f"{client} is not among bucket_clients: add it there, or take it out here"


def _delivery(look: _Look) -> Found:
    yield from look.named("bucket", look.arrow("bucket"), "bucket")
    if not look.arrow("bucket") and "bucket" not in look.component.unsound:
        yield "bucket", "it says nowhere to take revisions from: name a component of the group buckets"
    for service in look.arrow("services") or []:
        yield from look.named("services", service, "service")
    oidc = look.arrow("oidc") or {}
    if any(oidc.get(key) for key in ("url", "subjects", "provider_arn")) and not (oidc.get("url") and oidc.get("subjects")):
        yield "oidc", "it says a url, and whose tokens are taken as subjects: without them anybody there could release"


CHECKS: dict[str, t.Callable[[_Look], Found]] = {
    "service": _service,
    "container_service": _container_service,
    "load_balancer": _load_balancer,
    "database": _database,
    "bucket": _bucket,
    "delivery": _delivery,
}
