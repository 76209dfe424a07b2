# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can be wrong with the inputs that name other components, or that AWS would refuse only once half is made. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping

from .arrows import Component
from .arrows import Components
from .arrows import network_of
from .kinds import KINDS
from .network_plan import TIER
from .problems import instead
from .problems import Problem

Found = Iterator[tuple[str, str]]
#: The first and last priority that a listener's rule may have.
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
PRIORITIES = range(1, 50001)
METRICS = ("cpu", "requests")


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

    def named(self, key: str, name: str | None, prefix: str) -> Found:
        """Whether a name is that of a component of a kind."""
        found = self.components.get(name or "")
        (group,) = [kind.group for kind in KINDS if kind.prefix == prefix]
        if found and found.kind.prefix != prefix:
            yield key, f"{name} is one of the {found.kind.group}, and one of the {group} is meant"
        elif name and not found and name not in self.names:
            known = [one.name for one in self.components.values() if one.kind.prefix == prefix]
            yield key, f"there is no {name} among the {group}: {instead(name, known)}"

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
        for theirs in (other.arrow("routes") or []) if other.kind.prefix == "service" else []:
            same = priority is not None and (theirs.get("load_balancer"), theirs.get("priority")) == (route.get("load_balancer"), priority)
            if same and theirs is not route:
                yield key, f"{other.name} has priority {priority} in {route['load_balancer']} too: give each its own"


def _scaling(look: _Look, key: str, rule: dict[str, t.Any]) -> Found:
    if rule.get("metric") not in METRICS:
        yield key, f"there is no metric {rule.get('metric')}: choose from {', '.join(METRICS)}"
    if not isinstance(rule.get("target"), int | float) or rule["target"] <= 0:
        yield key, "it wants a target, a number above 0"
    defaults = [one for one in look.components.values() if one.kind.prefix == "load_balancer" and one.arrow("default") == look.component.name]
    if rule.get("metric") == "requests" and not look.arrow("routes") and not defaults:
        yield key, "requests are counted by a load balancer, and it stands behind none: give it a route"


def _load_balancer(look: _Look) -> Found:
    yield from look.named("default", look.arrow("default"), "service")
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
    for client in look.component.clients:
        yield from look.named("clients", client, "service")
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
    "load_balancer": _load_balancer,
    "database": _database,
    "bucket": _bucket,
    "delivery": _delivery,
}
