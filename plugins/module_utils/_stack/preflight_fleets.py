# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What fleets want of EC2: types that their zones offer, and vCPUs."""

from __future__ import annotations

import difflib
import typing as t
from collections import Counter
from collections.abc import Iterator

from .._aws import tag_dict
from .._core.identity import COMPONENT
from .._core.identity import STACK
from .preflight_quotas import Account
from .preflight_quotas import Quota
from .preflight_quotas import vcpu_quota

Fleet = dict[str, t.Any]
#: How many names a filter of EC2's takes. https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-pagination.html
FILTER = 200
#: How many types that are named alike are looked at for one of the same architecture.
LIKELY = 8


def offers(account: Account, types: t.Collection[str] = ()) -> dict[str, set[str]]:
    """The zones in which each of these types, or any at all, is offered."""
    filters = {"Filters": [{"Name": "instance-type", "Values": sorted(types)}]} if types else {}
    found: dict[str, set[str]] = {}
    for one in account.read("ec2", "describe_instance_type_offerings", "InstanceTypeOfferings", LocationType="availability-zone", **filters):
        found.setdefault(one["InstanceType"], set()).add(one["Location"])
    return found


def described(account: Account, types: t.Iterable[str]) -> dict[str, dict[str, t.Any]]:
    """Those of these types that there are in the region. By a filter: asked by name, EC2 refuses all where it does not know one."""
    names, found = sorted(set(types)), {}
    for start in range(0, len(names), FILTER):
        filters = [{"Name": "instance-type", "Values": names[start : start + FILTER]}]
        found |= {one["InstanceType"]: one for one in account.read("ec2", "describe_instance_types", "InstanceTypes", Filters=filters)}
    return found


def vcpus(account: Account, types: t.Iterable[str]) -> dict[str, int]:
    return {name: one["VCpuInfo"]["DefaultVCpus"] for name, one in described(account, types).items()}


def running(account: Account, stack: str) -> tuple[Counter, Counter]:
    """The vCPUs of On-Demand instances that run, by quota: of all, and of the stack by component too.

    Spot instances and those on dedicated hosts have quotas of their own.
    """
    states = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    found = [one for group in account.read("ec2", "describe_instances", "Reservations", Filters=states) for one in group["Instances"]]
    counting = [one for one in found if "InstanceLifecycle" not in one and one.get("Placement", {}).get("Tenancy") != "host"]
    sizes = vcpus(account, (one["InstanceType"] for one in counting)) if counting else {}
    every: Counter = Counter()
    ours: Counter = Counter()
    for one in counting:
        quota, size, tags = vcpu_quota(one["InstanceType"]), sizes.get(one["InstanceType"], 0), tag_dict(one.get("Tags", []))
        every[quota] += size
        if tags.get(STACK) == stack:
            ours[tags.get(COMPONENT), quota] += size
    return every, ours


def desired(account: Account, names: t.Mapping[str, str]) -> dict[str, int]:
    """How many hosts the fleets that stand want by now, by component: scaling moves that. ``names``: of the groups, by component."""
    if not names:
        return {}
    found = account.read("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", AutoScalingGroupNames=sorted(names.values()))
    counts = {one["AutoScalingGroupName"]: one["DesiredCapacity"] for one in found}
    return {component: counts[name] for component, name in names.items() if name in counts}


def refused(account: Account, fleets: t.Iterable[Fleet], offered: t.Mapping[str, set[str]]) -> Iterator[str]:
    """The fleets whose zones do not all offer their type, each with what to choose instead."""
    region = account.aws.region
    for fleet in fleets:
        kind, homes = fleet["type"], offered.get(fleet["type"], set())
        missing = sorted(set(fleet["zones"]) - homes)
        if missing and not homes:
            near = difflib.get_close_matches(kind, sorted(offers(account)), n=1)
            advice = f"the nearest is {near[0]}, write that or another" if near else "choose another type"
            yield f"{fleet['component']}: there is no {kind} in {region}: {advice}"
        elif missing:
            letters = ", ".join(zone.removeprefix(region) for zone in sorted(homes))
            near = alternative(account, kind, fleet["zones"])
            advice = f" ({near} is offered in all)" if near else ""
            yield f"{fleet['component']}: {kind} is not offered in {', '.join(missing)} (offered in {letters}): choose another type{advice}"


def alternative(account: Account, kind: str, zones: t.Collection[str]) -> str | None:
    """A type of the same size, class and architecture that all of the zones offer, with the name that is most alike."""

    def likeness(name: str) -> tuple[str, Quota | None]:
        return name.partition(".")[2], vcpu_quota(name)

    able = [name for name, homes in sorted(offers(account).items()) if likeness(name) == likeness(kind) and homes >= set(zones)]
    likely = difflib.get_close_matches(kind, able, n=LIKELY, cutoff=0)
    built_for = {name: set(one["ProcessorInfo"]["SupportedArchitectures"]) for name, one in described(account, [kind, *likely]).items()}
    return next((name for name in likely if built_for.get(name, set()) & built_for.get(kind, set())), None)


def missing(fleet: Fleet, hosts: int, size: int, ours: Counter, quota: Quota) -> int:
    """The vCPUs that so many hosts of a fleet take beyond what it runs already."""
    return max(0, hosts * size - ours[fleet["component"], quota])
