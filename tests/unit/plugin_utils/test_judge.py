# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each thing that verify promises to find is found by name, told with the rule or the thing that stops it, most dangerous first."""

from __future__ import annotations

import copy
import typing as t
from collections.abc import Callable

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils.findings import Finding
from ansible_collections.groundwork.aws.plugins.plugin_utils.findings import SEVERITIES
from ansible_collections.groundwork.aws.plugins.plugin_utils.judge import Judge
from tests.facts.networks import library
from tests.facts.networks import Model
from tests.facts.networks import three_tier

Change = Callable[[Model], None]
Part = dict[str, t.Any]
EVERYTHING = {"protocol": "all", "from_port": None, "to_port": None}


def judged(*changes: Change, of: Callable[[], Model] = three_tier) -> list[Finding]:
    """The findings of the declared network, so changed."""
    model = of()
    actual = copy.deepcopy(model)
    for change in changes:
        change(actual)
    return Judge(model).judge(actual)


def part(model: Model, kind: str, id_: str) -> Part:
    return next(one for one in model[kind] if one["id"] == id_)


def admit(component: str, peer: str, port: int | None) -> Change:
    """Let somebody call, by a rule that nobody declared."""
    ports = {"protocol": "tcp", "from_port": port, "to_port": port} if port else EVERYTHING
    return lambda model: part(model, "security_groups", f"sg-{component}-group")["ingress"].append({"id": "sgr-by-hand", "peer": peer, **ports})


def expel(component: str, port: int) -> Change:
    """Take away the rules of a port."""

    def change(model: Model) -> None:
        group = part(model, "security_groups", f"sg-{component}-group")
        group["ingress"] = [one for one in group["ingress"] if one["from_port"] != port]

    return change


def deny(acl: str, direction: str, cidr: str) -> Change:
    entry = {"number": 1, "direction": direction, "action": "deny", "cidr": cidr, **EVERYTHING}
    return lambda model: part(model, "acls", f"acl-vpc-{acl}")["entries"].append(entry)


def lead(table: str, destination: str, target: str) -> Change:
    """A route to there, in the place of the one that there is."""

    def change(model: Model) -> None:
        found = part(model, "route_tables", f"rtb-vpc-{table}")
        kept = [one for one in found["routes"] if one["destination"] != destination]
        found["routes"] = [*kept, {"destination": destination, "target": target, "state": "active"}]

    return change


def opened(component: str) -> Change:
    """Give its hosts public addresses."""
    return lambda model: [one.update(public=True) for one in model["places"] if one["component"] == component] and None


def set_in(kind: str, component: str, **values: t.Any) -> Change:
    return lambda model: next(one for one in model[kind] if one["component"] == component).update(values)


def peered(model: Model) -> None:
    model["gateways"].append(
        {"id": "pcx-1", "name": "", "component": "", "kind": "peering", "vpcs": ["vpc-vpc-vpc"], "subnet": "", "public": False, "service": ""}
        | {"cidrs": ["10.9.0.0/16"]}
    )
    lead("app-a", "10.9.0.0/16", "pcx-1")(model)


def another_acl(model: Model) -> None:
    """One without entries lets nothing pass."""
    model["acls"].append({**part(model, "acls", "acl-vpc-data"), "id": "acl-1", "name": "", "component": "", "entries": []})
    part(model, "subnets", "subnet-vpc-data-b").update(acl="acl-1")


def stranger(model: Model) -> None:
    """An interface that nobody declared, in the database's subnet, which its group lets in."""
    place = {"id": "eni-1", "role": "instance", "component": "", "name": "", "vpc": "vpc-vpc-vpc", "subnet": "subnet-vpc-data-a"}
    model["places"].append({**place, "groups": ["sg-app-group"], "addresses": ["10.0.5.9"], "public": False, "stands": True})


#: What was done; then of the finding: severity, check, whose it is, and words of its line.
CASES: dict[str, tuple[list[Change], str, str, str, str]] = {
    "a way to port 22": (
        [admit("web", "sg-app-group", 22)],
        "high",
        "port 22",
        "web",
        "app can call port 22 of web, by shop-web (sg-web-group) lets tcp 22 in from",
    ),
    "a way to port 22 from everywhere": (
        [admit("public_alb", "0.0.0.0/0", 22), lambda model: part(model, "acls", "acl-vpc-public")["entries"].clear()]
        + [lambda model: part(model, "acls", "acl-vpc-public")["entries"].extend({**EVERYTHING, **one} for one in OPEN)],
        "critical",
        "port 22",
        "public_alb",
        "the internet can call port 22 of public_alb, by shop-public_alb (sg-public_alb-group) lets tcp 22 in from 0.0.0.0/0 by sgr-by-hand",
    ),
    "an open way that nobody declared": (
        [admit("db", "sg-internal_alb-group", 3306)],
        "high",
        "open way that nobody declared",
        "db",
        "the way from internal_alb to db at tcp 3306 is open, and nobody declared it, by shop-db (sg-db-group) lets tcp 3306 in from",
    ),
    "an open way that a stranger has": ([stranger], "high", "open way that nobody declared", "db", "the way from eni-1 to db at tcp 3306 is open"),
    "an open way to a peer": ([peered], "medium", "way out that nobody declared", "app", "the way from app, internal_alb, web to pcx-1 at tcp 80, tcp 443"),
    "a declared arrow that its firewall blocks": (
        [expel("internal_alb", 80)],
        "high",
        "declared arrow that is blocked",
        "internal_alb",
        "the way from web to internal_alb at tcp 80 is declared, and shut: no rule of shop-internal_alb (sg-internal_alb-group) lets",
    ),
    "a database with a subnet that an ACL cuts off": (
        [another_acl],
        "high",
        "database with a subnet that is cut off",
        "db",
        "between shop-vpc-app-a and shop-vpc-data-b; shop-vpc-app-b and shop-vpc-data-b is declared, and shut",
    ),
    "a target group whose health checks cannot arrive": (
        [expel("web", 8080)],
        "high",
        "target group out of reach",
        "web",
        "public_alb cannot call web at 8080, where target group shop-web is asked for its health",
    ),
    "a target group that is asked at another port": (
        [set_in("target_groups", "app", health_port=9001)],
        "high",
        "target group out of reach",
        "app",
        "internal_alb cannot call app at 9001",
    ),
    "a target group whose health checks arrive in one zone": (
        [deny("app", "ingress", "10.0.1.0/24")],
        "high",
        "target group out of reach",
        "web",
        "public_alb can only in part call web at 8080",
    ),
    "a target group behind nobody": (
        [set_in("target_groups", "web", load_balancers=[])],
        "high",
        "target group out of reach",
        "web",
        "target group shop-web stands behind no load balancer",
    ),
    "a listener that is gone": (
        [set_in("load_balancers", "public_alb", listeners=[])],
        "high",
        "port without a listener",
        "public_alb",
        "nothing listens on 80",
    ),
    "a private subnet with a route to the internet": (
        [lead("data-a", "0.0.0.0/0", "igw-vpc-igw")],
        "high",
        "route that should not be",
        "vpc",
        "subnet shop-vpc-data-a has a route of 0.0.0.0/0 to igw-vpc-igw (internet), which its tier has not",
    ),
    "a tier without its way out": (
        [lambda model: part(model, "route_tables", "rtb-vpc-app-b")["routes"].pop()],
        "medium",
        "way out that is shut",
        "app",
        "the way from app, internal_alb, web to the internet at tcp 80, tcp 443 in part between shop-vpc-app-b and outside is declared, and shut: route table",
    ),
    "a component of which nothing stands": (
        [lambda model: model.update(places=[one for one in model["places"] if one["component"] != "db"])],
        "high",
        "component that does not stand",
        "db",
        "nothing of it stands, so its arrows are not judged",
    ),
}
OPEN = [
    {"number": 1, "direction": "ingress", "action": "allow", "cidr": "0.0.0.0/0"},
    {"number": 1, "direction": "egress", "action": "allow", "cidr": "0.0.0.0/0"},
]


@pytest.mark.parametrize(("changes", "severity", "check", "component", "words"), CASES.values(), ids=CASES)
def test_it_is_found_by_name(changes: list[Change], severity: str, check: str, component: str, words: str) -> None:
    found = judged(*changes)
    assert any((one.severity, one.check, one.component) == (severity, check, component) and words in one.line for one in found), "\n".join(
        f"{one.check}: {one.line}" for one in found
    )


def test_the_declared_network_has_no_finding() -> None:
    assert judged() == judged(of=library) == []


def test_the_most_dangerous_comes_first_and_each_is_one_line() -> None:
    found = judged(peered, expel("web", 8080), opened("db"), admit("db", "0.0.0.0/0", None), deny("data", "egress", "10.0.3.0/24"))
    ranks = [SEVERITIES.index(one.severity) for one in found]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) > 1
    assert all("\n" not in one.line for one in found)


def test_a_private_component_that_the_internet_can_reach_is_the_first_finding() -> None:
    tables = [lead(f"private-{zone}", "0.0.0.0/0", "igw-vpc-igw") for zone in "ab"]
    first = judged(opened("app"), admit("app", "0.0.0.0/0", 8081), *tables, admit("db", "10.0.0.0/16", 3306), of=library)[0]
    assert (first.severity, first.check, first.component) == ("critical", "private and open to the internet", "app")
    words = (
        "the way from the internet to app at tcp 8081 is open, and nobody declared it, by library-ecs-task-sg (sg-app-group) lets tcp 8081 in from 0.0.0.0/0"
    )
    assert words in first.cause


def test_what_one_rule_opens_is_one_finding() -> None:
    """The ACLs let but 3306 into the subnets, and stop nothing within one."""
    found = judged(admit("db", "10.0.0.0/16", None))
    assert [one.check for one in found] == ["open way that nobody declared", "port 22"]
    assert "the way from db, internal_alb, web to db at" in found[0].line


def test_containers_that_no_deploy_made_yet_are_no_failure() -> None:
    def before_the_first_deploy(model: Model) -> None:
        model["places"] = [one for one in model["places"] if one["component"] != "app"]

    [found] = judged(before_the_first_deploy, of=library)
    assert (found.severity, found.check, found.component) == ("informational", "component that does not stand", "app")


def test_a_listener_that_waits_for_its_certificate_is_no_failure() -> None:
    """Until it is issued the load balancer forwards by HTTP."""
    model = three_tier()
    actual = copy.deepcopy(model)
    part(model, "load_balancers", "arn:loadbalancer-public_alb")["listeners"].append({"port": 443, "protocol": "HTTPS", "target_groups": []})
    [found] = Judge(model).judge(actual)
    assert (found.severity, found.component) == ("informational", "public_alb")
    assert "nothing listens on 443 yet: its certificate is not issued" in found.line
