# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the account can give what a run adds to it, asked before anything is made. Reads only."""

from __future__ import annotations

import typing as t
from collections import Counter
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor

from .._aws import Aws
from .._core.plan import Refusal
from . import preflight_fleets as ec2
from .burst import WIDTH
from .preflight_quotas import Account
from .preflight_quotas import Quota
from .preflight_quotas import QUOTAS
from .preflight_quotas import Unread
from .preflight_quotas import vcpu_quota

Check = dict[str, t.Any]


def check(aws: Aws) -> dict[str, t.Any]:
    """Every check that was made. Raise Refusal with all that the account would not give."""
    preflight = _Preflight(aws)
    with ThreadPoolExecutor(WIDTH) as pool:
        preflight.ask(pool.submit)
    preflight.judge()
    for reason, what in preflight.unread.items():
        aws.module.warn(f"Not checked: {', '.join(what)}: {reason}")
    for warning in preflight.warnings:
        aws.module.warn(warning)
    if preflight.problems:
        count = f"{len(preflight.problems)} things" if len(preflight.problems) > 1 else "one thing"
        raise Refusal("\n".join([f"The account would not give {count} that {aws.module.params['stack']} wants; nothing was made:", *preflight.problems]))
    return {"checks": preflight.checks}


class _Preflight:
    """The questions are asked side by side, and judged together once all are answered."""

    def __init__(self, aws: Aws):
        params = aws.module.params
        self.account, self.stack, self.adopt = Account(aws), params["stack"], params["adopt"]
        self.standing = params["standing"]
        taking_part = params["components"]
        parts = {
            name: [one for one in found if taking_part is None or one["component"] in taking_part] for name, found in params["demands"].items()
        }
        self.fleets: list[ec2.Fleet] = parts["fleets"]
        self.own_limits = [one for one in parts["quotas"] if one.get("of") and one["count"] > QUOTAS[one["quota"]].default]
        #: What is to be added, by component; by quota and zone.
        self.added: dict[tuple[str, str], Counter] = {}
        for one in parts["quotas"]:
            if not one.get("of") and (missing := max(0, one["count"] - self._stands(one))):
                self.added.setdefault((one["quota"], one.get("zone") or ""), Counter())[one["component"]] += missing
        self.answers: dict[t.Any, Future] = {}
        self.checks: list[Check] = []
        self.problems: list[str] = []
        self.warnings: list[str] = []
        #: What could not be checked, by the reason.
        self.unread: dict[str, list[str]] = {}

    def _stands(self, demand: Check) -> int:
        """How much of it the component has. The key of a NAT gateway ends its zone's name."""
        type_, zone = QUOTAS[demand["quota"]].type, demand.get("zone") or ""
        own = [one for one in self.standing if (one["component"], one["type"]) == (demand["component"], type_)]
        return sum(zone.endswith(one["key"]) for one in own) if zone else len(own)

    # -- questions -----------------------------------------------------------------------------------------------

    def ask(self, submit: t.Callable[..., Future]) -> None:
        """Ask all that the declaration gives reason for, and nothing else."""
        account, kinds = self.account, {fleet["type"] for fleet in self.fleets}
        wanted = {QUOTAS[name] for name, _zone in self.added}
        asked = {*wanted, *(QUOTAS[one["quota"]] for one in self.own_limits), *filter(None, map(vcpu_quota, kinds))}
        for quota in asked:
            self.answers[quota] = submit(account.value, quota)
        for quota in wanted:
            self.answers["used", quota] = submit(quota.used, account)
        if self.fleets:
            ours = {fleet["component"] for fleet in self.fleets}
            groups = {one["component"]: one["name"] for one in self.standing if one["type"] == "autoscaling_group" and one["component"] in ours}
            self.answers["offers"] = submit(ec2.offers, account, kinds)
            self.answers["vcpus"] = submit(ec2.vcpus, account, kinds)
            self.answers["running"] = submit(ec2.running, account, self.stack)
            self.answers["desired"] = submit(ec2.desired, account, groups)

    def answer(self, what: str, *questions: t.Any) -> list[t.Any] | None:
        """The answers to the questions; None, and it is noted what cannot be checked, where one has none."""
        try:
            return [self.answers[question].result() for question in questions]
        except Unread as error:
            self.unread.setdefault(str(error), []).append(what)
            return None

    # -- judgement -----------------------------------------------------------------------------------------------

    def judge(self) -> None:
        for one in self.own_limits:
            self._judge_own(one)
        for (name, zone), added in sorted(self.added.items()):
            self._judge_added(QUOTAS[name], zone, added)
        if self.fleets:
            self._judge_types()
            self._judge_vcpus()

    def _judge_own(self, demand: Check) -> None:
        quota, count, component = QUOTAS[demand["quota"]], demand["count"], demand["component"]
        found = self.answer(f"{quota} for {component} ({demand['of']} wants {count}, and AWS's default is {quota.default})", quota)
        if found and not self._fits(quota, [component], found[0], 0, count):
            self.problems.append(f"{component}: {quota}: the quota is {found[0]:g}, and {demand['of']} wants {count}: {quota.more}, or use less")

    def _judge_added(self, quota: Quota, zone: str, added: Counter) -> None:
        found = self.answer(f"{quota} for {', '.join(sorted(added))}", quota, ("used", quota))
        if not found:
            return
        value, used = found[0], found[1][zone]
        if not self._fits(quota, sorted(added), value, used, added.total(), zone):
            text = _shortage(quota, sorted(added), value, used, added.total(), zone)
            if self.adopt:
                self.warnings.append(f"{text}. It goes on, since some of it may stand already, and be adopted")
            else:
                self.problems.append(text)

    def _judge_types(self) -> None:
        found = self.answer(f"whether zones offer {', '.join(sorted({one['type'] for one in self.fleets}))}", "offers")
        if found:
            try:
                self.problems += ec2.refused(self.account, self.fleets, found[0])
            except Unread as error:
                self.unread.setdefault(str(error), []).append("which types there are instead")

    def _judge_vcpus(self) -> None:
        found = self.answer(f"vCPUs for {', '.join(sorted(one['component'] for one in self.fleets))}", "vcpus", "running", "desired")
        if not found:
            return
        sizes, (used, ours), wanted = found
        now: dict[Quota, Counter] = {}
        most: dict[Quota, Counter] = {}
        for fleet in (one for one in self.fleets if one["type"] in sizes):
            quota = vcpu_quota(fleet["type"])
            if quota is None:
                self.warnings.append(f"{fleet['component']}: {fleet['type']} runs on dedicated hosts, whose quotas were not checked")
                continue
            hosts = min(max(wanted.get(fleet["component"], fleet["desired"]), fleet["min"]), fleet["max"])
            for counts, number in ((now, hosts), (most, fleet["max"])):
                counts.setdefault(quota, Counter())[fleet["component"]] += ec2.missing(fleet, number, sizes[fleet["type"]], ours, quota)
        for quota in sorted(now, key=str):
            self._judge_class(quota, used[quota], +now[quota], +most[quota])

    def _judge_class(self, quota: Quota, used: int, now: Counter, most: Counter) -> None:
        found = self.answer(f"{quota} for {', '.join(sorted(most))}", quota) if most else None
        if not found:
            return
        if now and not self._fits(quota, sorted(now), found[0], used, now.total()):
            self.problems.append(_shortage(quota, sorted(now), found[0], used, now.total(), unit=" vCPUs"))
        elif used + most.total() > found[0]:
            text = f"the quota is {found[0]:g} vCPUs, {used} are in use, and scaled out to the most they take {most.total()} more"
            self.warnings.append(f"{', '.join(sorted(most))}: {quota}: {text}: {quota.more}, or lower max")

    def _fits(self, quota: Quota, components: list[str], value: float, use: int, need: int, zone: str = "") -> bool:
        told = {"quota": quota.name, "service": quota.service, "code": quota.code, "zone": zone or None}
        self.checks.append({**told, "components": components, "value": value, "use": use, "need": need})
        return use + need <= value


def _shortage(quota: Quota, components: list[str], value: float, use: int, need: int, zone: str = "", unit: str = "") -> str:
    where = f" ({zone})" if zone else ""
    return f"{', '.join(components)}: {quota}{where}: the quota is {value:g}{unit}, {use} are in use, and this run adds {need}: {quota.more}, or use less"
