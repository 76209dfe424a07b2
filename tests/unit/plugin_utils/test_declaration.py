# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every slip in a declaration is told, with whose it is, the key, why, and what to do; and a sound one has none."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import Declaration
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import examine
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import outline
from ansible_collections.groundwork.aws.plugins.plugin_utils.declaration import Setting

Told = list[tuple[str, str, str]]

GROUPS = {
    "networks": ["vpc"],
    "identities": ["role"],
    "load_balancers": ["door"],
    "services": ["web", "job"],
    "databases": ["db"],
    "buckets": ["files"],
}
VALUES = {
    "vpc": {"network_cidr": "10.0.0.0/16"},
    "door": {"load_balancer_scheme": "internet-facing", "load_balancer_ports": [80, 443], "load_balancer_clients": ["internet"]},
    "web": {"service_port": 8080, "service_clients": ["door"]},
    "job": {},
    "db": {"database_port": 3306, "database_clients": ["web", "job"]},
    "role": {},
    "files": {},
}
STACK = {"stack_name": "shop", "stack_extra_vars": ["team"]}


def told(groups: dict | None = None, values: dict | None = None, settings: tuple = (), **more: t.Any) -> Told:
    """The problems of the sound declaration, with these groups and variables changed (None takes one away)."""
    everything, merged = copy.deepcopy(VALUES), {**GROUPS, **(groups or {})}
    for name, changed in (values or {}).items():
        everything[name] = {key: value for key, value in {**everything.get(name, {}), **changed}.items() if value is not None}
    hosts = sorted({name for group in merged.values() for name in group})
    declaration = Declaration(
        groups={"all": hosts, "components": hosts, **merged},
        values=everything,
        settings=settings,
        stack={**STACK, **more.pop("stack", {})},
        account_id="123456789012",
        region="eu-west-1",
        zones=["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        **more,
    )
    return [(one.component, one.key, one.text) for one in examine(declaration)[0]]


def vpc(**inputs: t.Any) -> dict[str, t.Any]:
    return {"values": {"vpc": {f"network_{key}": value for key, value in inputs.items()}}}


def tier(**wanted: t.Any) -> dict[str, t.Any]:
    return vpc(tiers={"public": {"egress": "internet"}, "data": {"egress": "none", **wanted}})


def endpoint(**wanted: t.Any) -> dict[str, t.Any]:
    return vpc(endpoints=[{"service": "s3", "type": "gateway", "tiers": ["private"], **wanted}])


def entry(**wanted: t.Any) -> dict[str, t.Any]:
    return vpc(acls={"public": {"ingress": [{"number": 1, "cidr": "0.0.0.0/0", **wanted}]}})


def web(**inputs: t.Any) -> dict[str, t.Any]:
    return {"values": {"web": {f"service_{key}": value for key, value in inputs.items()}}}


def rule(**wanted: t.Any) -> dict[str, t.Any]:
    return web(ingress=[{"from_port": 9000, "source": "10.0.0.0/8", **wanted}])


def host(name: str, key: str) -> dict[str, t.Any]:
    return {"settings": (Setting(name, key, is_group=False),)}


def group(name: str, key: str, **more: t.Any) -> dict[str, t.Any]:
    return {"settings": (Setting(name, key, is_group=True),), **more}


def inner_door(**inputs: t.Any) -> dict[str, t.Any]:
    return {
        "values": {
            "door": {"load_balancer_scheme": "internal", "load_balancer_clients": None, **{f"load_balancer_{key}": value for key, value in inputs.items()}}
        }
    }


def closed(**wanted: t.Any) -> dict[str, t.Any]:
    """A network without a way to the internet but this."""
    return {"values": {**inner_door()["values"], "vpc": {"network_tiers": {"data": wanted}}}}


TWO_NETWORKS = {"groups": {"networks": ["vpc", "far"]}}
FAR = {"far": {"network_cidr": "10.9.0.0/16"}}
HOMES = {name: {f"{prefix}_network": "vpc"} for name, prefix in (("job", "service"), ("door", "load_balancer"), ("db", "database"))}

#: What is changed; whose problem it is, its key, and words that must be told of it. There must be no other problem.
CASES: dict[str, tuple[dict[str, t.Any], str, str, str]] = {
    # keys
    "a slip in a key": (host("web", "service_prot"), "web", "service_prot", "services know no such key: the nearest is service_port, write that, or"),
    "a slip in a prefix": (host("web", "servce_port"), "web", "servce_port", "the nearest is service_port"),
    "another kind's key": (host("web", "database_port"), "web", "database_port", "services know no such key"),
    "a word of one's own": (host("db", "favourite_colour"), "db", "favourite_colour", "if it is meant, list it in stack_extra_vars"),
    "what plays hand in": (host("vpc", "network_region"), "vpc", "network_region", "networks know no such key"),
    "a slip in a kind's group": (group("services", "service_prot"), "services", "service_prot", "the nearest is service_port"),
    "a slip in a group within a kind": (group("blue", "prot", groups={"blue": ["web"]}), "blue", "prot", "services know no such key"),
    "a slip for all components": (group("components", "servce_port"), "components", "servce_port", "the nearest is service_port"),
    "a slip of the stack's": (group("all", "stack_nam"), "all", "stack_nam", "the nearest is stack_name"),
    "the stack's key for one": (host("web", "stack_tags"), "web", "stack_tags", "the whole stack's: set it for components"),
    # places
    "no kind": ({"groups": {"things": ["stray"]}}, "stray", "", "of no kind: put it in one of networks,"),
    "two kinds": ({"groups": {"buckets": ["role", "files"]}}, "role", "", "in identities and buckets"),
    "a network of two kinds": ({"groups": {"buckets": ["vpc", "files"]}}, "vpc", "", "in networks and buckets"),
    "a group's name": ({"groups": {"files": ["web"]}}, "files", "", "a group has that name too"),
    "a reserved word": ({"groups": {"buckets": ["files", "internet"]}}, "internet", "", "the word has a meaning of its own"),
    "the other reserved word": ({"groups": {"buckets": ["files", "stack"]}}, "stack", "", "the word has a meaning of its own"),
    "a slash in a name": ({"groups": {"buckets": ["a/b"]}}, "a/b", "", "AWS refuses 'a/b'"),
    # types
    "a port that is a word": (web(port="http"), "web", "service_port", "unable to convert to int"),
    "clients that are a dictionary": (web(clients={"door": 1}), "web", "service_clients", "unable to convert to list"),
    "a template that fails": ({"unread": {"web": {"service_port": "its template fails"}}}, "web", "service_port", "its template fails"),
    "a template that fails where there must be a value": (
        {"unread": {"vpc": {"network_cidr": "its template fails"}}, **vpc(cidr=None)},
        "vpc",
        "network_cidr",
        "its template fails",
    ),
    "no range": (vpc(cidr=None), "vpc", "network_cidr", "missing required arguments: network_cidr"),
    "a word that NAT knows not": (vpc(nat="singel"), "vpc", "network_nat", "must be one of: single, per_zone, none"),
    # networks
    "no network address": (vpc(cidr="10.0.100.0/18"), "vpc", "network_cidr", "10.0.100.0/18 is no network address: it lies in 10.0.64.0/18, write that"),
    "no range at all": (vpc(cidr="10.0.0.0"), "vpc", "network_cidr", "10.0.0.0 is no range"),
    "an address that is none": (vpc(cidr="10.0.0.300/16"), "vpc", "network_cidr", "is no range"),
    "an IPv6 range": (vpc(cidr="fd00::/16"), "vpc", "network_cidr", "is no IPv4 range"),
    "too large a VPC": (vpc(cidr="10.0.0.0/15"), "vpc", "network_cidr", "choose one from /16 to /28"),
    "too small a VPC": (vpc(cidr="10.0.0.0/29"), "vpc", "network_cidr", "choose one from /16 to /28"),
    "a zone that is not there": (vpc(zones=["a", "f"]), "vpc", "network_zones", "eu-west-1 has no zone eu-west-1f for this account: choose from eu-west-1a,"),
    "a zone twice": (vpc(zones=["a", "eu-west-1a"]), "vpc", "network_zones", "eu-west-1a is named twice"),
    "no zone": (vpc(zones=[]), "vpc", "network_zones", "name one"),
    "no tier": (vpc(tiers={}), "vpc", "network_tiers", "name one"),
    "a tier that is a word": (vpc(tiers={"data": "none"}), "vpc", "network_tiers.data", "is no dictionary"),
    "a tier that says nothing": (vpc(tiers={"data": None}), "vpc", "network_tiers.data", "missing required arguments: egress"),
    "a word that egress knows not": (tier(egress="outside"), "vpc", "network_tiers.data", "must be one of: internet, nat, none"),
    "a slip in a tier": (tier(cidr=["10.0.1.0/24"]), "vpc", "network_tiers.data", "there is no cidr. Supported"),
    "a subnet outside": (tier(cidrs=["10.0.128.0/24", "10.1.1.0/24"]), "vpc", "network_tiers.data.cidrs", "10.1.1.0/24 lies outside of 10.0.0.0/16"),
    "a subnet's slip": (tier(cidrs=["10.0.128.0/24", "10.0.129.1/24"]), "vpc", "network_tiers.data.cidrs", "it lies in 10.0.129.0/24"),
    "too small a subnet": (tier(cidrs=["10.0.128.0/24", "10.0.129.0/29"]), "vpc", "network_tiers.data.cidrs", "from /16 to /28"),
    "too few subnets": (tier(cidrs=["10.0.128.0/24"]), "vpc", "network_tiers", "tier data has 1 ranges for 2 zones"),
    "overlapping subnets": (
        tier(cidrs=["10.0.128.0/24", "10.0.16.0/24"]),
        "vpc",
        "network_tiers",
        "public-b (10.0.16.0/20) and data-b (10.0.16.0/24) overlap",
    ),
    "no room": (tier(prefix_length=18), "vpc", "network_tiers", "give it cidrs"),
    "NAT with no door": (closed(egress="nat"), "vpc", "network_tiers", "and there is none: add one"),
    "NAT that is not to be": (vpc(nat="none"), "vpc", "network_nat", "private would have no way out"),
    "an endpoint of no tier": (endpoint(tiers=["privat"]), "vpc", "network_endpoints[0]", "there is no tier privat: the nearest is private"),
    "an endpoint of no type": (endpoint(type="gate"), "vpc", "network_endpoints[0]", "must be one of: gateway, interface"),
    "an endpoint twice": (vpc(endpoints=[{"service": "s3", "type": "gateway", "tiers": ["private"]}] * 2), "vpc", "network_endpoints[1]", "another gateway"),
    "a gateway that is none": (endpoint(service="ssm"), "vpc", "network_endpoints[0]", "ssm has no gateway endpoint"),
    "a gateway with a name": (endpoint(private_dns=True), "vpc", "network_endpoints[0]", "a gateway endpoint has no private_dns"),
    "interfaces side by side": (endpoint(type="interface", tiers=["public", "private"]), "vpc", "network_endpoints[0]", "exactly one tier"),
    "a filter of no tier": (vpc(acls={"pubic": {}}), "vpc", "network_acls.pubic", "the nearest is public"),
    "a filter that is a list": (vpc(acls={"public": []}), "vpc", "network_acls.public", "is no dictionary"),
    "a filter's slip": (vpc(acls={"public": {"ingres": []}}), "vpc", "network_acls.public", "there is no ingres. Supported"),
    "a filter's last number": (entry(number=32767), "vpc", "network_acls.public.ingress", "choose one from 1 to 32766"),
    "a filter's port": (entry(protocol="tcp", from_port=65536), "vpc", "network_acls.public.ingress", "port 65536 of number 1 is out of range"),
    "a filter without a port": (entry(protocol="tcp"), "vpc", "network_acls.public.ingress", "number 1 for tcp says no port: set from_port"),
    "a filter's ports the wrong way": (
        entry(protocol="tcp", from_port=65535, to_port=1024),
        "vpc",
        "network_acls.public.ingress",
        "number 1 has from_port 65535 above to_port 1024",
    ),
    "a filter's range": (entry(cidr="10.0.0.1/8"), "vpc", "network_acls.public.ingress", "it lies in 10.0.0.0/8"),
    "a filter's number twice": (
        vpc(acls={"public": {"egress": [{"number": 7, "cidr": "0.0.0.0/0"}] * 2}}),
        "vpc",
        "network_acls.public.egress",
        "the number 7 is given twice",
    ),
    "a name for no part": (vpc(names={"ec2_subnet/public-d": "x"}), "vpc", "network_names.ec2_subnet/public-d", "the nearest is ec2_subnet/public-"),
    # arrows
    "a client that is not there": (web(clients=["dor"]), "web", "service_clients", "there is no component dor: the nearest is door"),
    "a client with no address": (web(clients=["role"]), "web", "service_clients", "role is one of the identities, which have no address to call from"),
    "a client that is no range": (web(clients=["10.0.0.0/8", "10.0.100.0/18"]), "web", "service_clients", "it lies in 10.0.64.0/18"),
    "clients and no port": (web(port=None), "web", "service_clients", "set the port too"),
    "port zero": (web(port=0), "web", "service_port", "0 is no port: choose one from 1 to 65535"),
    "a port too high": (web(ports=[65536]), "web", "service_ports", "65536 is no port"),
    "a rule from nobody": (rule(source="dor"), "web", "service_ingress[0]", "there is no component dor"),
    "a rule without a source": (web(ingress=[{"from_port": 9000}]), "web", "service_ingress", "missing required arguments: source"),
    "a rule with no port": (rule(from_port=None), "web", "service_ingress[0]", "a rule for tcp says no port: set from_port"),
    "a rule's port": (rule(to_port=65536), "web", "service_ingress[0]", "65536 is no port"),
    "a rule's ports the wrong way": (rule(to_port=21), "web", "service_ingress[0]", "from_port 9000 is above to_port 21"),
    "a network that is not there": (web(network="vcp"), "web", "service_network", "there is no network vcp: the nearest is vpc"),
    "a network to be chosen": ({**TWO_NETWORKS, "values": {**FAR, **HOMES}}, "web", "service_network", "it could lie in far or vpc: say in which"),
    "a client in another network": (
        {**TWO_NETWORKS, "values": {**FAR, **HOMES, "job": {"service_network": "far"}, "web": {"service_network": "vpc"}}},
        "db",
        "database_clients",
        "job lies in far, and this in vpc",
    ),
    # names
    "a group's name that AWS refuses": (web(security_group="sg-web"), "web", "service_security_group", "AWS refuses 'sg-web': it may hold"),
    "a description that AWS refuses": (web(security_group_description="it's"), "web", "service_security_group_description", "AWS refuses"),
    "a rule's description that AWS refuses": (rule(description="it's"), "web", "service_ingress", "AWS refuses"),
    "a name that is too long": (vpc(name="a" * 257), "vpc", "network_name", "has 257 characters"),
    "a stack's name": ({"stack": {"stack_name": "my shop"}}, "stack", "stack_name", "AWS refuses 'my shop'"),
    "no stack's name": ({"stack": {"stack_name": ""}}, "stack", "stack_name", "has 0 characters"),
    "a lock's name": ({"stack": {"stack_lock_table": "ab"}}, "stack", "stack_lock_table", "AWS takes 3 to 255"),
    # what inputs name, and what AWS would refuse halfway
    "a load balancer that is none": (web(routes=[{"load_balancer": "dor", "paths": ["/a"]}]), "web", "service_routes[0]", "the nearest is door"),
    "a load balancer of another kind": (web(routes=[{"load_balancer": "db", "paths": ["/a"]}]), "web", "service_routes[0]", "is one of the databases"),
    "a route that catches nothing": (web(routes=[{"load_balancer": "door"}]), "web", "service_routes[0]", "neither paths nor hosts"),
    "a slip in a route": (web(routes=[{"load_balancer": "door", "path": "/a", "paths": ["/a"]}]), "web", "service_routes[0]", "there is no path:"),
    "a priority": (web(routes=[{"load_balancer": "door", "paths": ["/a"], "priority": 0}]), "web", "service_routes[0]", "choose one from 1 to 50000"),
    "an identity that is none": (web(identity="rol"), "web", "service_identity", "the nearest is role"),
    "a fleet out of order": (web(capacity={"min": 2, "desired": 1, "max": 4}), "web", "service_capacity", "are not in order"),
    "a fleet without a most": (web(capacity={"min": 1, "desired": 1}), "web", "service_capacity", "it wants min, desired and max"),
    "a slip in a fleet": (web(capacity={"min": 1, "desire": 1, "max": 1}), "web", "service_capacity", "there is no desire"),
    "a metric": (web(scaling=[{"metric": "memory", "target": 1}]), "web", "service_scaling[0]", "choose from cpu, requests"),
    "a metric without a target": (web(scaling=[{"metric": "cpu"}]), "web", "service_scaling[0]", "it wants a target"),
    "requests that nobody counts": (web(scaling=[{"metric": "requests", "target": 1}]), "web", "service_scaling[0]", "it stands behind none"),
    "a tier that is none": (web(tier="privat"), "web", "service_tier", "the nearest is private"),
    "a database where all can reach it": ({"values": {"db": {"database_tier": "public"}}}, "db", "database_tier", "nat or none is wanted"),
    "a database without a port": ({"values": {"db": {"database_port": None, "database_clients": None}}}, "db", "database_port", "is not set"),
    "storage that shrinks": ({"values": {"db": {"database_storage": 200}}}, "db", "database_max_storage", "raise it"),
    "an inner door that is open": (inner_door(tier="public"), "door", "load_balancer_tier", "nat or none is wanted"),
    "a zone without a domain": ({"values": {"door": {"load_balancer_zone_id": "Z1"}}}, "door", "load_balancer_zone_id", "set that too"),
    "a default that is none": ({"values": {"door": {"load_balancer_default": "wep"}}}, "door", "load_balancer_default", "the nearest is web"),
    "a client without an identity": ({"values": {"files": {"bucket_clients": ["web"]}}}, "files", "bucket_clients", "set its service_identity"),
    "a prefix of nobody": ({"values": {"files": {"bucket_prefixes": {"web": ""}}}}, "files", "bucket_prefixes", "is not among bucket_clients"),
    "a bucket's name": ({"values": {"files": {"bucket_name": "Files"}}}, "files", "bucket_name", "AWS refuses 'Files'"),
    "too long a name": ({"values": {"door": {"load_balancer_name": "a" * 33}}}, "door", "load_balancer_name", "AWS takes 1 to 32"),
    # the stack
    "another account": ({"stack": {"stack_account_id": "210987654321"}}, "stack", "stack_account_id", "use those of 210987654321"),
    "no account": ({"stack": {"stack_account_id": 1402433619}}, "stack", "stack_account_id", "write its twelve digits, in quotes"),
    "a tag of ours": ({"stack": {"stack_tags": {"groundwork:stack": "x"}}}, "stack", "stack_tags", "finds its own"),
    "a tag of AWS's": ({"stack": {"stack_tags": {"aws:x": "y"}}}, "stack", "stack_tags", "may not begin with aws:"),
    "a tag's value": ({"stack": {"stack_tags": {"x": "y;"}}}, "stack", "stack_tags", "AWS refuses 'y;'"),
    "tags in a list": ({"stack": {"stack_tags": ["x"]}}, "stack", "stack_tags", "tags are a dictionary"),
}


@pytest.mark.parametrize(("changes", "component", "key", "words"), CASES.values(), ids=CASES)
def test_a_slip_is_told(changes: dict, component: str, key: str, words: str) -> None:
    problems = told(**changes)
    assert any((component, key) == one[:2] and words in one[2] for one in problems), problems
    assert len(problems) == 1, "one slip is one problem"


def test_a_priority_is_one_services_alone() -> None:
    route = {"load_balancer": "door", "paths": ["/a"], "priority": 5}
    problems = told(values={"web": {"service_routes": [route]}, "job": {"service_port": 1, "service_routes": [dict(route)]}})
    assert [(component, key) for component, key, _text in problems] == [("job", "service_routes[0]"), ("web", "service_routes[0]")]
    assert "job has priority 5 in door too" in problems[1][2]


def test_zones_for_what_wants_two() -> None:
    problems = told(**vpc(zones=["a"]))
    assert {one[:2] for one in problems} == {("db", "database_network"), ("door", "load_balancer_network")}


def test_a_sound_declaration_has_no_problem() -> None:
    assert told() == []


SOUND = {
    "variables of Ansible's own": host("web", "ansible_host"),
    "variables that are declared": host("web", "team"),
    "a kind's own variables": host("web", "service_port"),
    "other kinds' variables for all": group("components", "database_port"),
    "anything else for all": group("all", "slack_webhook"),
    "a group of nobody": group("nobody", "database_port", groups={"nobody": []}),
    "the stack's variables for all": group("components", "stack_tags"),
    "the account, as a number": {"stack": {"stack_account_id": 123456789012}},
    "the account, in quotes": {"stack": {"stack_account_id": "123456789012"}},
    "a port written as text": web(port="8080"),
    "oneself among the clients": web(clients=["web"]),
    "a group of others": rule(source="sg-0123456789abcdef0"),
    "a prefix list": rule(source="pl-63a5400a"),
    "a range of IPv6": rule(source="2001:db8::/32"),
    "ICMP, whose numbers are no ports": rule(protocol="icmp", from_port=-1, to_port=-1),
    "a network that is named": web(network="vpc"),
    "a tier written as text": endpoint(tiers="private"),
    "a filter that denies everything, where nobody lies": vpc(
        tiers={"public": {"egress": "internet"}, "private": {"egress": "nat"}, "data": {"egress": "none"}}, acls={"data": None}
    ),
    "an interface endpoint": endpoint(service="ssm", type="interface", private_dns=True, security_group_ids=["sg-1"]),
}


@pytest.mark.parametrize("changes", SOUND.values(), ids=SOUND)
def test_there_is_nothing_wrong_with(changes: dict) -> None:
    assert told(**changes) == []


def test_names_of_one_type_are_told_apart() -> None:
    problems = told(values={"web": {"service_security_group": "Apps"}, "job": {"service_security_group": "apps"}})
    assert [one[:2] for one in problems] == [("job", "service_security_group"), ("web", "service_security_group")]
    assert "another ec2_security_group is named 'Apps' too (job)" in problems[1][2]


def test_two_parts_of_a_network_have_not_one_name() -> None:
    problems = told(**vpc(names={"ec2_subnet": "same"}))
    assert problems == [("vpc", "network_names", "another ec2_subnet is named 'same' too (another of its own): give each a name of its own")]


def test_all_is_told_at_once_and_in_order() -> None:
    problems = told(values={"web": {"service_port": 0, "service_clients": ["nobody"]}, "vpc": {"network_cidr": "10.0.100.0/18"}, "db": {"database_port": "x"}})
    assert [one[:2] for one in problems] == [("db", "database_port"), ("vpc", "network_cidr"), ("web", "service_clients"), ("web", "service_port")]


def test_a_component_of_no_sound_kind_is_still_known_to_others() -> None:
    problems = told(groups={"buckets": ["door", "files"]})
    assert [one[:2] for one in problems] == [("door", "")]


def test_what_has_an_address_needs_a_network() -> None:
    declaration = Declaration({"components": ["job"], "services": ["job"]}, {}, stack=STACK, region="eu-west-1")
    (problem,) = examine(declaration)[0]
    assert (problem.component, problem.key) == ("job", "service_network")
    assert "declare one in the group networks" in problem.text


def test_other_kinds_variables_are_sound_for_all_though_there_is_one_kind() -> None:
    settings = [Setting("components", "database_port", is_group=True)]
    place = {"account_id": "123456789012", "region": "eu-west-1"}
    assert examine(Declaration({"components": ["files"], "buckets": ["files"]}, {}, settings=settings, stack=STACK, **place))[0] == []


def test_a_component_outside_of_the_common_parent_is_told() -> None:
    declaration = Declaration({"components": [], "buckets": ["files"]}, {}, stack=STACK, region="eu-west-1")
    assert "not in components: make buckets a child of components" in examine(declaration)[0][0].text


def test_without_zones_none_is_checked() -> None:
    declaration = Declaration(
        {"components": ["vpc"], "networks": ["vpc"]}, {"vpc": {"network_cidr": "10.0.0.0/16", "network_zones": ["z"]}}, stack=STACK, region="eu-west-1"
    )
    assert examine(declaration)[0] == []


def test_an_outline_says_what_a_play_needs_to_know() -> None:
    declaration = Declaration({"components": [], **GROUPS}, VALUES, stack=STACK, region="eu-west-1")
    found = outline(examine(declaration)[1], declaration)
    assert found["vpc"] == {
        "kind": "network",
        "group": "networks",
        "prefix": "network",
        "layer": "network",
        "role": "network",
        "network": None,
        "needs": [],
        "firewall": None,
        "wiring": {},
    }
    assert {key: found["web"][key] for key in ("layer", "role", "network", "needs")} == {
        "layer": "services",
        "role": "service",
        "network": "vpc",
        "needs": ["db", "door", "vpc"],
    }
    assert found["web"]["firewall"]["name"] == "shop-web"
