# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each contradiction in who can reach whom is found by name, with whose it is and what to do, and a sound declaration has none."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import examine
from ansible_collections.groundwork.aws.plugins.plugin_utils.findings import Finding
from ansible_collections.groundwork.aws.plugins.plugin_utils.review import review
from tests.facts.networks import components_of
from tests.facts.networks import of_inventory
from tests.facts.three_tier import ANYWHERE
from tests.facts.three_tier import APP
from tests.facts.three_tier import DATA
from tests.facts.three_tier import declaration
from tests.facts.three_tier import each
from tests.facts.three_tier import entries
from tests.facts.three_tier import PUBLIC
from tests.facts.three_tier import REPLIES
from tests.facts.three_tier import ACLS


def reviewed(changed: dict[str, dict[str, t.Any]] | None = None, acls: dict[str, t.Any] | None = None) -> list[Finding]:
    """The findings of the three tiers, so changed; nothing else is wrong with them."""
    declared = declaration(changed, acls)
    problems, components = examine(declared)
    found = review(components, declared.place)
    refused = {(one.component, one.key, one.text) for one in found if one.severity in ("critical", "high")}
    assert {(one.component, one.key, one.text) for one in problems} == refused, "what is refused is a problem of the declaration, and nothing else is"
    return found


def acl(tier: str, direction: str, *rules: t.Any) -> dict[str, t.Any]:
    return {tier: {**ACLS[tier], direction: entries(*rules)}}


def denying(tier: str, direction: str, number: int, **wanted: t.Any) -> dict[str, t.Any]:
    entry = {"number": number, "action": "deny", "cidr": ANYWHERE, **wanted}
    return {tier: {**ACLS[tier], direction: [*ACLS[tier][direction], entry]}}


OUT_TO_DATA = [(443, ANYWHERE), (80, ANYWHERE), *each(9000, APP), *each(REPLIES, PUBLIC), *each(REPLIES, APP)]
NOT_SSH = "take the port out, hosts are reached over Session Manager"

#: What is declared; its severity, whose it is, the variable, and words that must be told of it. There is no other finding.
CASES: dict[str, tuple[dict[str, t.Any], str, str, str, str]] = {
    "a database that answers on its own port": (
        {"acls": acl("data", "egress", *each(3306, APP))},
        "high",
        "vpc",
        "network_acls.data.egress",
        "app cannot call db at 3306 from app-a to data-a, app-b to data-a, app-a to data-b, app-b to data-b: "
        "the reply is stopped, no entry lets it pass: let tcp 1024-65535 pass to 10.0.3.0/24, 10.0.4.0/24",
    ),
    "one of two data subnets": (
        {"acls": acl("app", "egress", *OUT_TO_DATA, (3306, DATA[0]))},
        "high",
        "vpc",
        "network_acls.app.egress",
        "app cannot call db at 3306 from app-a to data-b, app-b to data-b, while 2 of 4 ways are open: "
        "the request is stopped, no entry lets it pass: let tcp 3306 pass to 10.0.6.0/24",
    ),
    "one of two data subnets by name, and the other by luck": (
        {"acls": acl("app", "egress", *OUT_TO_DATA, (3306, DATA[0]), (REPLIES, ANYWHERE))},
        "medium",
        "vpc",
        "network_acls.app.egress",
        "app is let out to data-a at 3306 by name, and not to data-b, where db may lie too",
    ),
    "one of two app subnets": (
        {"acls": acl("data", "ingress", (3306, APP[0]))},
        "high",
        "vpc",
        "network_acls.data.ingress",
        "from app-b to data-a, app-b to data-b, while 2 of 4 ways are open: the request is stopped",
    ),
    "a denial before the permission": (
        {"acls": denying("data", "ingress", 50, cidr="10.0.4.0/24")},
        "high",
        "vpc",
        "network_acls.data.ingress",
        "the request is stopped, number 50 denies it",
    ),
    "replies to some ports alone": (
        {"acls": acl("data", "egress", *each((32768, 65535), APP))},
        "medium",
        "vpc",
        "network_acls.data.egress",
        "the reply passes for some of the ports 1024-65535 alone",
    ),
    "a door whose filter keeps the internet out": (
        {"acls": acl("public", "ingress", (443, ANYWHERE), (REPLIES, ANYWHERE))},
        "high",
        "vpc",
        "network_acls.public.ingress",
        "the internet cannot call public_alb at 80",
    ),
    "a tier whose filter keeps its hosts in": (
        {"acls": acl("app", "egress", (80, ANYWHERE), *each(9000, APP), *each(3306, DATA), *each(REPLIES, PUBLIC), *each(REPLIES, APP))},
        "medium",
        "vpc",
        "network_acls.app.egress",
        "tier app has no way out at 443 from app-a to the internet, app-b to the internet",
    ),
    "a target group that its load balancer cannot reach": (
        {"changed": {"app": {"service_clients": ["web"]}}},
        "high",
        "app",
        "service_clients",
        "internal_alb forwards to it on 9000, and may not call it there: its target group could never be healthy: add internal_alb to its clients",
    ),
    "a route whose target group its load balancer cannot reach": (
        {"changed": {"app": {"service_clients": ["internal_alb"], "service_routes": [{"load_balancer": "public_alb", "paths": ["/app"]}]}}},
        "high",
        "app",
        "service_clients",
        "public_alb forwards to it on 9000",
    ),
    "a target group without a port": (
        {"changed": {"app": {"service_port": None, "service_clients": []}}},
        "high",
        "app",
        "service_port",
        "internal_alb forwards to it, and it has no port",
    ),
    "443 without a certificate": (
        {"changed": {"public_alb": {"load_balancer_ports": [80, 443]}}},
        "informational",
        "public_alb",
        "load_balancer_ports",
        "port 443 is open and has no listener: none without a certificate: set load_balancer_domain, or take 443 out",
    ),
    "another port without a listener": (
        {"changed": {"internal_alb": {"load_balancer_ports": [80, 8081]}}, "acls": denying("app", "ingress", 99, protocol="icmp")},
        "medium",
        "internal_alb",
        "load_balancer_ports",
        "port 8081 is open and has no listener",
    ),
    "a listener that nobody may call": (
        {"changed": {"public_alb": {"load_balancer_domain": "shop.example"}}},
        "high",
        "public_alb",
        "load_balancer_ports",
        "it listens on 443, and nobody may call that: its ports are 80: add 443 to its ports",
    ),
    "SSH from everywhere": (
        {"changed": {"web": {"service_ingress": [{"from_port": 22, "source": "203.0.113.0/24"}]}}, "acls": denying("public", "egress", 1, protocol="icmp")},
        "high",
        "web",
        "service_ingress",
        f"203.0.113.0/24 may call port 22 (a rule for tcp 22): {NOT_SSH}",
    ),
    "SSH within a span of ports": (
        {"changed": {"app": {"service_ingress": [{"from_port": 20, "to_port": 25, "source": "app"}]}}},
        "high",
        "app",
        "service_ingress",
        "app may call port 22 (a rule for tcp 20-25)",
    ),
    "SSH within everything": (
        {"changed": {"app": {"service_ingress": [{"protocol": "-1", "source": "web"}]}}},
        "high",
        "app",
        "service_ingress",
        "web may call port 22 (a rule for everything)",
    ),
    "a private component that the internet may call": (
        {"changed": {"internal_alb": {"load_balancer_clients": ["internet"]}}},
        "critical",
        "internal_alb",
        "load_balancer_clients",
        "everybody (0.0.0.0/0) may call it, and it is private: tier app has no way in from the internet",
    ),
    "a private component with a rule for the whole of IPv6": (
        {"changed": {"db": {"database_ingress": [{"from_port": 3306, "source": "::/0"}]}}},
        "critical",
        "db",
        "database_ingress",
        "everybody (::/0) may call it",
    ),
}
#: What these change lets a second thing be wrong, which is told with the first.
ALSO = {
    "SSH from everywhere": "203.0.113.0/24 cannot call web at 22",
    "SSH within a span of ports": "app cannot call app at 20-25",
    "another port without a listener": "web cannot call internal_alb at 8081",
}


@pytest.mark.parametrize(("changes", "severity", "component", "key", "words"), CASES.values(), ids=CASES)
def test_a_contradiction_is_found_by_name(request: pytest.FixtureRequest, changes: dict, severity: str, component: str, key: str, words: str) -> None:
    found = reviewed(**changes)
    mine = [one for one in found if (one.severity, one.component, one.key) == (severity, component, key) and words in one.text]
    assert len(mine) == 1, found
    also = ALSO.get(request.node.callspec.id)
    rest = [one for one in found if one not in mine]
    assert all(also and also in one.text for one in rest), rest


def test_three_tiers_with_what_their_arrows_need_have_no_finding() -> None:
    assert reviewed() == []


SOUND: dict[str, dict[str, t.Any]] = {
    "unwanted addresses kept out of the door": {"acls": denying("public", "ingress", 10, cidr="198.51.100.0/24")},
    "a denial after the permission": {"acls": denying("data", "ingress", 500)},
    "a denial of another protocol": {"acls": denying("data", "ingress", 50, protocol="icmp")},
    "a denial by IPv6": {"acls": denying("data", "ingress", 50, cidr="::/0")},
    "a load balancer let in by its network's range": {"changed": {"app": {"service_clients": ["10.0.0.0/16"]}}},
    "HTTPS alone": {"changed": {"public_alb": {"load_balancer_domain": "shop.example", "load_balancer_ports": [443]}}},
    "a host in a tier that the internet reaches": {
        "changed": {"web": {"service_tier": "public", "service_clients": ["public_alb", "internet"]}},
        "acls": {
            "public": {"ingress": [{"number": 1, "cidr": ANYWHERE}], "egress": [{"number": 1, "cidr": ANYWHERE}]},
            "app": {"ingress": [{"number": 1, "cidr": ANYWHERE}], "egress": [{"number": 1, "cidr": ANYWHERE}]},
        },
    },
}


@pytest.mark.parametrize("changes", SOUND.values(), ids=SOUND)
def test_there_is_nothing_wrong_with(changes: dict) -> None:
    assert reviewed(**changes) == []


@pytest.mark.parametrize(("name", "expected"), [("tio", [("informational", "port without a listener", "public_alb")]), ("library", [])])
def test_the_inventories_say_nothing_that_they_do_not_mean(name: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(one.severity, one.check, one.component) for one in review(*components_of(of_inventory(name)))] == expected, (
        "TIO's document opens 443 before there is a certificate"
    )
