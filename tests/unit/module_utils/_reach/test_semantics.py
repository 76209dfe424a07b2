# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS's documents say of each filter, one by one, on a network in which web calls db in another subnet."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._reach.matrix import Matrix
from ansible_collections.groundwork.aws.plugins.module_utils._reach.model import Network

Data = dict[str, t.Any]
ANYWHERE = {"protocol": "all", "peer": "0.0.0.0/0", "id": "sgr-out"}
ALLOW = {"action": "allow", "protocol": "all", "cidr": "0.0.0.0/0", "number": 100}
BASE: Data = {
    "vpcs": [{"id": "vpc-1", "cidrs": ["10.0.0.0/16", "2600:1::/56"]}],
    "subnets": [
        {"id": "subnet-web", "vpc": "vpc-1", "cidrs": ["10.0.1.0/24", "2600:1:0:1::/64"], "acl": "acl-web", "route_table": "rtb-web"},
        {"id": "subnet-db", "vpc": "vpc-1", "cidrs": ["10.0.2.0/24"], "acl": "acl-db", "route_table": "rtb-db"},
        {"id": "subnet-nat", "vpc": "vpc-1", "cidrs": ["10.0.3.0/24"], "acl": "acl-nat", "route_table": "rtb-nat"},
    ],
    "security_groups": [
        {"id": "sg-web", "vpc": "vpc-1", "ingress": [], "egress": [ANYWHERE]},
        {"id": "sg-db", "vpc": "vpc-1", "ingress": [{"id": "sgr-db", "protocol": "tcp", "from_port": 3306, "to_port": 3306, "peer": "sg-web"}], "egress": []},
    ],
    "acls": [
        {"id": f"acl-{name}", "vpc": "vpc-1", "entries": [{**ALLOW, "direction": "ingress"}, {**ALLOW, "direction": "egress"}]} for name in ("web", "db", "nat")
    ],
    "route_tables": [{"id": f"rtb-{name}", "vpc": "vpc-1", "routes": []} for name in ("web", "db", "nat")],
    "prefix_lists": [{"id": "pl-s3", "cidrs": ["52.219.0.0/16"]}],
    "gateways": [
        {"id": "igw-1", "kind": "internet", "vpcs": ["vpc-1"]},
        {"id": "eigw-1", "kind": "egress_only", "vpcs": ["vpc-1"]},
        {"id": "nat-1", "kind": "nat", "vpcs": ["vpc-1"], "subnet": "subnet-nat", "public": True},
        {"id": "vpce-s3", "kind": "endpoint", "vpcs": ["vpc-1"], "service": "s3"},
        {"id": "pcx-1", "kind": "peering", "vpcs": ["vpc-1"], "cidrs": ["10.9.0.0/16"]},
        {"id": "tgw-1", "kind": "transit", "vpcs": ["vpc-1"]},
    ],
    "places": [
        {"id": "web", "component": "web", "vpc": "vpc-1", "subnet": "subnet-web", "groups": ["sg-web"], "stands": False},
        {"id": "db", "component": "db", "vpc": "vpc-1", "subnet": "subnet-db", "groups": ["sg-db"], "stands": False},
    ],
}


def part(data: Data, id: str) -> Data:
    return next(one for parts in data.values() for one in parts if one["id"] == id)


def entry(data: Data, acl: str, direction: str, **said: t.Any) -> None:
    part(data, acl)["entries"].append({**ALLOW, "direction": direction, **said})


def only(data: Data, acl: str, direction: str, **said: t.Any) -> None:
    part(data, acl)["entries"] = [one for one in part(data, acl)["entries"] if one["direction"] != direction]
    entry(data, acl, direction, **said)


def route(data: Data, table: str, destination: str, target: str, state: str = "active") -> None:
    part(data, table)["routes"].append({"destination": destination, "target": target, "state": state})


def rule(data: Data, group: str, direction: str, peer: str, protocol: str = "tcp", ports: tuple[int, int] = (3306, 3306)) -> None:
    said = {"id": f"sgr-{peer}", "protocol": protocol, "from_port": ports[0], "to_port": ports[1], "peer": peer}
    part(data, group)[direction].append(said)


def as_it_is(data: Data) -> None:
    pass


def in_one_subnet(data: Data) -> None:
    part(data, "db")["subnet"] = "subnet-web"
    only(data, "acl-web", "ingress", action="deny")
    only(data, "acl-web", "egress", action="deny")


def a_lower_entry_denies(data: Data) -> None:
    entry(data, "acl-db", "ingress", number=90, action="deny", protocol="tcp", from_port=3306, to_port=3306, cidr="10.0.1.0/24")


def a_higher_entry_denies(data: Data) -> None:
    entry(data, "acl-db", "ingress", number=110, action="deny", protocol="tcp", from_port=3306, to_port=3306, cidr="10.0.1.0/24")


def the_answer_goes_to_3306(data: Data) -> None:
    only(data, "acl-db", "egress", protocol="tcp", from_port=3306, to_port=3306)


def the_answer_goes_to_linux_alone(data: Data) -> None:
    only(data, "acl-db", "egress", protocol="tcp", from_port=32768, to_port=60999)


def the_answer_comes_to_nobody(data: Data) -> None:
    only(data, "acl-web", "ingress", protocol="tcp", from_port=80, to_port=80)


def the_caller_may_not_leave(data: Data) -> None:
    part(data, "sg-web")["egress"] = []


def the_acl_lets_nothing_out(data: Data) -> None:
    only(data, "acl-web", "egress", protocol="tcp", from_port=443, to_port=443)


def a_more_specific_route_diverts(data: Data) -> None:
    route(data, "rtb-web", "10.0.2.0/24", "eni-firewall")


def a_more_specific_route_diverts_the_answer(data: Data) -> None:
    route(data, "rtb-db", "10.0.1.0/24", "eni-firewall")


def a_wider_route_does_not(data: Data) -> None:
    route(data, "rtb-web", "10.0.0.0/8", "tgw-1")


def half_a_subnet_is_admitted(data: Data) -> None:
    part(data, "sg-db")["ingress"] = []
    rule(data, "sg-db", "ingress", "10.0.1.0/25")


def the_group_is_reached_over_another(data: Data) -> None:
    part(data, "sg-db")["ingress"] = []
    rule(data, "sg-db", "ingress", "sg-middle")
    data["security_groups"].append({"id": "sg-middle", "vpc": "vpc-1", "ingress": [], "egress": []})
    rule(data, "sg-middle", "ingress", "sg-web")


def no_group_applies(data: Data) -> None:
    part(data, "db")["groups"] = None


def icmp_alone(data: Data) -> None:
    part(data, "sg-db")["ingress"] = []
    rule(data, "sg-db", "ingress", "0.0.0.0/0", protocol="icmp", ports=(-1, -1))


def everything_whatever_the_ports_say(data: Data) -> None:
    part(data, "sg-db")["ingress"] = []
    rule(data, "sg-db", "ingress", "0.0.0.0/0", protocol="all", ports=(1, 1))


def some_of_the_callers_bear_no_group(data: Data) -> None:
    data["places"].append({**part(data, "web"), "id": "other", "subnet": "subnet-nat", "groups": []})


WITHIN = [
    (as_it_is, "all", None),
    (in_one_subnet, "all", None),
    (a_lower_entry_denies, "none", ("acl_in", "acl-db", "90")),
    (a_higher_entry_denies, "all", None),
    (the_answer_goes_to_3306, "some", ("reply_acl_out", "acl-db", "*")),
    (the_answer_goes_to_linux_alone, "some", ("reply_acl_out", "acl-db", "*")),
    (the_answer_comes_to_nobody, "none", ("reply_acl_in", "acl-web", "*")),
    (the_caller_may_not_leave, "none", ("egress", "sg-web", "")),
    (the_acl_lets_nothing_out, "none", ("acl_out", "acl-web", "*")),
    (a_more_specific_route_diverts, "none", ("route", "rtb-web", "10.0.2.0/24")),
    (a_more_specific_route_diverts_the_answer, "none", ("reply_route", "rtb-db", "10.0.1.0/24")),
    (a_wider_route_does_not, "all", None),
    (half_a_subnet_is_admitted, "some", ("ingress", "sg-db", "")),
    (some_of_the_callers_bear_no_group, "some", ("egress", "", "")),
    (the_group_is_reached_over_another, "none", ("ingress", "sg-db", "")),
    (no_group_applies, "all", None),
    (icmp_alone, "none", ("ingress", "sg-db", "")),
    (everything_whatever_the_ports_say, "all", None),
]


def judged(change: t.Callable[[Data], None]) -> Matrix:
    data = copy.deepcopy(BASE)
    change(data)
    return Matrix(Network.of(data))


def stops(cell: Data, port: int) -> list[tuple[str, str, str]]:
    """What stops a port, or some of the ways to it."""
    shut = [one["stops"] for one in cell["shut"] for low, high in one["ports"] if low <= port <= high]
    part_of = [pair["stops"] for one in cell["open"] if one["ports"][0] <= port <= one["ports"][1] for pair in one.get("pairs", ())]
    return [(stop["at"], stop["id"], stop["rule"]) for each in shut + part_of for stop in each]


@pytest.mark.parametrize(("change", "extent", "stop"), WITHIN, ids=lambda one: getattr(one, "__name__", ""))
def test_within_a_vpc(change, extent, stop):
    matrix = judged(change)
    assert matrix.extent("web", "db", 3306) == extent
    assert stops(matrix.cell("web", "db"), 3306) == ([stop] if stop else [])


def test_the_other_way_round_nothing_is_open():
    assert not any(matrix_cell["open"] for matrix_cell in judged(as_it_is).cells() if matrix_cell["source"] == "db")


def test_the_path_names_each_filter_and_its_rule():
    path = judged(as_it_is).cell("web", "db")["open"][0]["path"]
    assert [(one["at"], one["id"], one["rule"]) for one in path] == [
        ("egress", "sg-web", "sgr-out"),
        ("acl_out", "acl-web", "100"),
        ("route", "rtb-web", "10.0.0.0/16"),
        ("acl_in", "acl-db", "100"),
        ("ingress", "sg-db", "sgr-db"),
        ("reply_acl_out", "acl-db", "100"),
        ("reply_route", "rtb-db", "10.0.0.0/16"),
        ("reply_acl_in", "acl-web", "100"),
    ]


# -- outside -------------------------------------------------------------------------------------------------------


def a_door(data: Data) -> None:
    part(data, "web")["public"] = True
    rule(data, "sg-web", "ingress", "0.0.0.0/0", ports=(80, 80))
    rule(data, "sg-web", "ingress", "::/0", ports=(80, 80))
    route(data, "rtb-web", "0.0.0.0/0", "igw-1")


def a_door_without_an_address(data: Data) -> None:
    a_door(data)
    part(data, "web")["public"] = False


def a_door_without_a_gateway(data: Data) -> None:
    a_door(data)
    part(data, "igw-1")["vpcs"] = []


def a_door_that_answers_by_a_nat_gateway(data: Data) -> None:
    a_door(data)
    part(data, "rtb-web")["routes"] = [{"destination": "0.0.0.0/0", "target": "nat-1", "state": "active"}]


def a_door_for_an_office(data: Data) -> None:
    a_door(data)
    part(data, "sg-web")["ingress"] = []
    rule(data, "sg-web", "ingress", "203.0.113.0/24", ports=(80, 80))


def a_door_for_private_addresses(data: Data) -> None:
    a_door(data)
    part(data, "sg-web")["ingress"] = []
    rule(data, "sg-web", "ingress", "10.0.0.0/8", ports=(80, 80))


COMING = [
    (as_it_is, "none", ("public_address", "subnet-web", "")),
    (a_door, "all", None),
    (a_door_without_an_address, "none", ("public_address", "subnet-web", "")),
    (a_door_without_a_gateway, "none", ("gateway", "vpc-1", "")),
    (a_door_that_answers_by_a_nat_gateway, "none", ("reply_route", "rtb-web", "0.0.0.0/0")),
    (a_door_for_an_office, "some", ("ingress", "sg-web", "")),
    (a_door_for_private_addresses, "none", ("ingress", "sg-web", "")),
]


@pytest.mark.parametrize(("change", "extent", "stop"), COMING, ids=lambda one: getattr(one, "__name__", ""))
def test_from_the_internet(change, extent, stop):
    matrix = judged(change)
    assert matrix.extent("internet", "web", 80) == extent
    assert stops(matrix.cell("internet", "web"), 80) == ([stop] if stop else [])
    assert matrix.extent("internet", "db", 3306) == "none"


def test_who_outside_is_told_by_addresses():
    assert judged(a_door_for_an_office).cell("internet", "web")["open"][0]["pairs"][0]["sources"] == ["203.0.113.0/24"]


def by_nat(data: Data) -> None:
    route(data, "rtb-web", "0.0.0.0/0", "nat-1")
    route(data, "rtb-nat", "0.0.0.0/0", "igw-1")


def by_a_nat_that_is_gone(data: Data) -> None:
    by_nat(data)
    part(data, "rtb-web")["routes"] = []
    route(data, "rtb-web", "0.0.0.0/0", "nat-1", state="blackhole")


def by_a_nat_in_a_private_subnet(data: Data) -> None:
    route(data, "rtb-web", "0.0.0.0/0", "nat-1")


def by_a_nat_whose_subnet_admits_no_answers(data: Data) -> None:
    by_nat(data)
    only(data, "acl-nat", "ingress", cidr="10.0.0.0/16")


def by_a_nat_whose_subnet_admits_nobody(data: Data) -> None:
    by_nat(data)
    entry(data, "acl-nat", "ingress", number=50, action="deny", cidr="10.0.1.0/24")


def by_an_internet_gateway_without_an_address(data: Data) -> None:
    route(data, "rtb-web", "0.0.0.0/0", "igw-1")


GOING = [
    (as_it_is, "none", ("route", "rtb-web", "")),
    (by_nat, "all", None),
    (by_a_nat_that_is_gone, "none", ("route", "rtb-web", "0.0.0.0/0")),
    (by_a_nat_in_a_private_subnet, "none", ("nat_route", "rtb-nat", "")),
    (by_a_nat_whose_subnet_admits_no_answers, "none", ("reply_nat_acl_in", "acl-nat", "*")),
    (by_a_nat_whose_subnet_admits_nobody, "none", ("nat_acl_in", "acl-nat", "50")),
    (by_an_internet_gateway_without_an_address, "none", ("public_address", "subnet-web", "")),
    (a_door, "all", None),
]


@pytest.mark.parametrize(("change", "extent", "stop"), GOING, ids=lambda one: getattr(one, "__name__", ""))
def test_to_the_internet(change, extent, stop):
    matrix = judged(change)
    assert matrix.extent("web", "internet", 443) == extent
    assert stops(matrix.cell("web", "internet"), 443) == ([stop] if stop else [])


def sixth(gateway: str) -> t.Callable[[Data], None]:
    def change(data: Data) -> None:
        a_door(data)
        part(data, "web")["public"] = False  # of IPv4, and of no matter here
        part(data, "sg-web")["egress"].append({"protocol": "all", "peer": "::/0"})
        for direction in ("ingress", "egress"):
            entry(data, "acl-web", direction, cidr="::/0", number=101)
        route(data, "rtb-web", "::/0", gateway)

    return change


@pytest.mark.parametrize(("gateway", "coming", "going"), [("igw-1", "all", "all"), ("eigw-1", "none", "all"), ("nat-1", "none", "none")])
def test_an_egress_only_gateway_lets_nothing_in(gateway, coming, going):
    matrix = judged(sixth(gateway))
    assert matrix.extent("internet", "web", 80, family="ipv6") == coming
    assert matrix.extent("web", "internet", 80, family="ipv6") == going


def by_an_endpoint(data: Data) -> None:
    by_nat(data)
    route(data, "rtb-web", "pl-s3", "vpce-s3")


def test_a_service_behind_an_endpoint_is_not_the_internet():
    matrix = judged(by_an_endpoint)
    assert matrix.extent("web", "vpce-s3", 443) == "all"
    assert matrix.extent("web", "internet", 443) == "all"
    assert matrix.extent("db", "vpce-s3", 443) == "none"
    assert matrix.cell("vpce-s3", "web") is None


def by_peering(data: Data) -> None:
    route(data, "rtb-web", "10.9.0.0/16", "pcx-1")
    rule(data, "sg-web", "ingress", "10.9.0.0/16", ports=(80, 80))
    rule(data, "sg-web", "ingress", "sg-of-another-vpc", ports=(443, 443))


def test_what_lies_beyond_a_peering():
    matrix = judged(by_peering)
    assert matrix.extent("pcx-1", "web", 80) == "all"
    assert matrix.extent("pcx-1", "web", 443) == "some"
    assert matrix.extent("web", "pcx-1", 80) == "all"
    assert stops(matrix.cell("pcx-1", "db"), 80) == [("ingress", "sg-db", "")]


def test_neighbouring_rules_are_told_apart_and_what_is_left_is_shut():
    def ranges(data: Data) -> None:
        rule(data, "sg-db", "ingress", "10.0.1.0/24", ports=(3300, 3310))

    cell = judged(ranges).cell("web", "db")
    assert [(one["ports"], one["path"][4]["rule"]) for one in cell["open"]] == [
        ([3300, 3305], "sgr-10.0.1.0/24"),
        ([3306, 3306], "sgr-db"),
        ([3307, 3310], "sgr-10.0.1.0/24"),
    ]
    assert [one["ports"] for one in cell["shut"]] == [[[0, 3299], [3311, 65535]]]


def test_members_of_a_group_that_names_itself_reach_each_other_and_nobody_themselves():
    def itself(data: Data) -> None:
        rule(data, "sg-web", "ingress", "sg-web", ports=(0, 65535))
        part(data, "db")["addresses"] = ["10.0.2.9"]

    matrix = judged(itself)
    assert matrix.extent("web", "web", 7946) == "all"
    assert matrix.cell("db", "db") is None


def test_a_model_that_lacks_something_is_refused():
    with pytest.raises(TypeError, match="route_table"):
        Network.of({"subnets": [{"id": "subnet-1", "vpc": "vpc-1", "cidrs": [], "acl": "acl-1"}]})
