# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The flow tables of the documents that the inventories are made after, row by row, and nothing else is open.

Each document's table is here in its own order. "Anywhere" as a source is anybody: the network's own components too.
"""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._reach.matrix import Matrix
from ansible_collections.groundwork.aws.plugins.module_utils._reach.model import Network
from ansible_collections.groundwork.aws.plugins.plugin_utils.ways import Ways
from tests.facts.networks import library
from tests.facts.networks import Model
from tests.facts.networks import read_library
from tests.facts.networks import read_tio
from tests.facts.networks import three_tier
from tests.facts.networks import tio
from tests.facts.networks import with_acl
from tests.facts.three_tier import APP
from tests.facts.three_tier import each
from tests.facts.three_tier import entries

EVERY_PORT = (0, 65535)
S3 = "vpc com.amazonaws.ap-northeast-2.s3"
Way = tuple[str, str, str, tuple[int, int]]


def open_ways(model: Model) -> set[Way]:
    """Everything that can be opened: from, to, protocol, ports. All of it is open from and to every subnet."""
    spans = Ways(model).spans(Matrix(Network.of(model)))
    found = {(who.source, who.destination, who.protocol, span.ports, span.extent) for who, them in spans.items() for span in them}
    assert {extent for *_way, extent in found} == {"all"}
    assert {who.family for who in spans} == {"ipv4"}
    return {(source, destination, protocol, ports) for source, destination, protocol, ports, _extent in found}


def tcp(source: str, destination: str, *ports: int) -> set[Way]:
    return {(source, destination, "tcp", (port, port)) for port in ports}


def out(*sources: str, to: str) -> set[Way]:
    """The default outgoing rule: all traffic."""
    return {(source, to, protocol, EVERY_PORT) for source in sources for protocol in ("tcp", "udp")}


TIO_INSIDE = ("spring", "node", "python", "internal_alb", "db")
TIO = {
    # Firewalls, as the document makes them one by one.
    *tcp("internet", "public_alb", 80, 443),
    *(way for one in (*TIO_INSIDE, "public_alb") for way in tcp(one, "public_alb", 80, 443)),
    *tcp("public_alb", "spring", 8080),
    *tcp("spring", "node", 3000),
    *tcp("spring", "python", 8000),
    *(way for one in ("spring", "node", "python") for way in tcp(one, "db", 3306)),
    # The second door, without which Node's and Python's target groups would be out of reach.
    *tcp("spring", "internal_alb", 80),
    *tcp("internal_alb", "node", 3000),
    *tcp("internal_alb", "python", 8000),
    # The one-way exit, and past it the gateway endpoint of S3.
    *out(*TIO_INSIDE, "public_alb", to="internet"),
    *out(*TIO_INSIDE, to=S3),
}
LIBRARY_INSIDE = ("app", "db")
LIBRARY = {
    *tcp("internet", "alb", 80),  # 443 is opened with a certificate alone
    *(way for one in (*LIBRARY_INSIDE, "alb") for way in tcp(one, "alb", 80)),
    *tcp("alb", "app", 8081),
    *tcp("app", "db", 3306),
    *out(*LIBRARY_INSIDE, "alb", to="internet"),
    *out(*LIBRARY_INSIDE, to=S3),
}


@pytest.mark.parametrize("model", [tio, read_tio], ids=["declared", "read"])
def test_of_tio_this_is_open_and_nothing_else(model: t.Callable[[], Model]) -> None:
    assert open_ways(model()) == TIO


@pytest.mark.parametrize("model", [library, read_library], ids=["declared", "read"])
def test_of_library_this_is_open_and_nothing_else(model: t.Callable[[], Model]) -> None:
    assert open_ways(model()) == LIBRARY


@pytest.mark.parametrize(("source", "skipped"), [("internet", "app"), ("internet", "db"), ("alb", "db"), ("app", "app"), ("db", "app")])
def test_no_layer_of_library_can_be_skipped(source: str, skipped: str) -> None:
    matrix = Matrix(Network.of(read_library()))
    assert not any(way[:2] == (source, skipped) for way in open_ways(read_library()))
    assert matrix.extent(source, skipped, 3306 if skipped == "db" else 8081) == "none"


#: Question 3 of TIO's document: a request of a client that Spring answers with what Python makes of an image in S3. By row: from, to,
#: port, and whose firewall lets it in.
QUESTION_3 = [
    ("internet", "public_alb", 443, "TIO-ALB-SG", "0.0.0.0/0"),
    ("public_alb", "spring", 8080, "TIO-Spring-EC2-SG", "TIO-ALB-SG"),
    ("spring", "python", 8000, "TIO-Python-EC2-SG", "TIO-Spring-EC2-SG"),
    ("python", S3, 443, "TIO-Python-EC2-SG", "0.0.0.0/0"),
]


@pytest.mark.parametrize(("source", "destination", "port", "group", "peer"), QUESTION_3, ids=[f"row {row + 1}" for row in range(4)])
def test_a_row_of_question_3_is_let_pass_by_the_rule_that_it_names(source: str, destination: str, port: int, group: str, peer: str) -> None:
    model = read_tio()
    names = {one["id"]: one["name"] for one in model["security_groups"]}
    hop = next(hop for hop in path(model, source, destination, port) if names.get(hop["id"]) == group)
    rules = next(one for one in model["security_groups"] if one["id"] == hop["id"])[hop["at"]]
    assert any(one["id"] == hop["rule"] and names.get(one["peer"], one["peer"]) == peer for one in rules)


@pytest.mark.parametrize(("source", "destination"), [("python", "spring"), ("spring", "public_alb"), ("public_alb", "internet")])
def test_rows_5_to_7_of_question_3_are_answers_and_need_no_rule(source: str, destination: str) -> None:
    """What answers opens no connection: no rule of the caller's own lets it in, and the call is open all the same."""
    model = read_tio()
    ports = {"spring": 8000, "public_alb": 8080, "internet": 443}[destination]
    groups = {one["component"]: one for one in model["security_groups"]}
    assert Matrix(Network.of(model)).extent(destination, source, ports) == "all"
    if destination != "internet":
        assert groups[source]["id"] not in [rule["peer"] for rule in groups[destination]["ingress"]]


def path(model: Model, source: str, destination: str, port: int) -> list[dict[str, t.Any]]:
    ids = Ways(model).ids
    cell = Matrix(Network.of(model)).cell(ids.get(source, source), ids.get(destination, destination))
    return next(one["path"] for one in cell["open"] if one["ports"][0] <= port <= one["ports"][1])


#: Groups and ACLs, by the order in which a request to a database and its answer meet them. The document's rows name neither routes nor the
#: caller's own group, which lets all out; its answer on 3306 is what systems have to do otherwise.
ROWS = ["acl_out", "acl_in", "ingress", "reply_acl_out", "reply_acl_in"]


def test_request_and_answer_meet_groups_and_acls_in_the_documents_order() -> None:
    hops = [hop["at"] for hop in path(three_tier(), "app", "db", 3306)]
    assert [one for one in hops if one in ROWS] == ROWS
    assert hops[0] == "egress"


def test_an_answer_on_the_databases_own_port_is_dropped_where_the_document_lets_it_out() -> None:
    model = with_acl("data", "egress", entries(*each(3306, APP)))
    matrix = Matrix(Network.of(model))
    assert matrix.extent("app", "db", 3306) == "some", "a caller that calls from port 3306 alone"
    stops = [stop for opened in matrix.cell("app", "db")["open"] for pair in opened["pairs"] for stop in pair["stops"]]
    assert {stop["at"] for stop in stops} == {"reply_acl_out"}


def test_a_database_of_which_one_subnet_is_named_is_cut_off_in_the_other() -> None:
    model = with_acl("data", "ingress", entries((3306, APP[0])))
    pairs = [pair for opened in Matrix(Network.of(model)).cell("app", "db")["open"] for pair in opened["pairs"]]
    assert {(pair["source_subnet"][-1], pair["extent"]) for pair in pairs} == {("a", "all"), ("b", "none")}
