# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The load balancer's conformance list: which rule a request meets, what is done with it, and whose turn it is."""
from __future__ import annotations

import socket
from collections import Counter
from typing import Any

import pytest
from localcloud.clock import CLOCK

from .door import Door, answers, ask, forwards

MET, UNMET = 201, 404


def _path(*values: str) -> dict[str, Any]:
    return {"Field": "path-pattern", "PathPatternConfig": {"Values": list(values)}}


def test_a_healthy_target_answers(door: Door) -> None:
    door.serving("v1")
    answered = door.ask("/")
    assert (answered.status, answered.version, answered.body) == (200, "v1", b"v1\n")


def test_everything_listens_on_loopback_alone(door: Door) -> None:
    door.serving("v1")
    assert {door.cloud.traffic.address(door.balancer, 80)[0], *(one["url"].split(":")[1] for one in door.cloud.traffic.doors())} == {
        "127.0.0.1",
        "//127.0.0.1",
    }


# -- rules -----------------------------------------------------------------------------------------------------


def test_priorities_decide_and_not_the_order_of_making(door: Door) -> None:
    door.rule(20, [_path("/a*")], answers(201, "late"))
    door.rule(3, [_path("/ab*")], answers(201, "soon"))
    assert [door.ask(path).body for path in ("/abc", "/a", "/b")] == [b"soon", b"late", b""]


def test_places_that_are_swapped_hold_for_the_next_request(door: Door) -> None:
    one, other = (door.rule(place, [_path("/*")], answers(201, name)) for place, name in ((1, "one"), (2, "other")))
    with door.client() as client:
        assert ask(client).body == b"one"
        door.elbv2.set_rule_priorities(RulePriorities=[{"RuleArn": one, "Priority": 2}, {"RuleArn": other, "Priority": 1}])
        assert ask(client).body == b"other"
        door.elbv2.delete_rule(RuleArn=other)
        assert ask(client).body == b"one"


@pytest.mark.parametrize(
    ("pattern", "met", "unmet"),
    [
        ("/img/*", ["/img/", "/img/a/b.png", "/img/?x=1"], ["/img", "/IMG/a", "/x/img/a"]),
        ("/v?/users", ["/v1/users", "/vx/users?/v/"], ["/v/users", "/v12/users", "/v1/users/"]),
        ("*.jpg", ["/a.jpg", "/b/c.jpg?size=2"], ["/a.jpgx", "/a?x.jpg"]),
        ("/a.b", ["/a.b"], ["/axb"]),
    ],
)
def test_path_patterns(door: Door, pattern: str, met: list[str], unmet: list[str]) -> None:
    door.rule(1, [_path(pattern)], answers(MET))
    assert {path: door.ask(path).status for path in (*met, *unmet)} == dict.fromkeys(met, MET) | dict.fromkeys(unmet, UNMET)


@pytest.mark.parametrize(
    ("pattern", "met", "unmet"),
    [
        ("shop.example.com", ["shop.example.com", "SHOP.example.com:8080"], ["example.com", "shop.example.com.org"]),
        ("*.example.com", ["a.example.com", "a.b.example.com"], ["example.com"]),
        ("?.example.com", ["a.example.com"], ["aa.example.com"]),
    ],
)
def test_host_headers(door: Door, pattern: str, met: list[str], unmet: list[str]) -> None:
    door.rule(1, [{"Field": "host-header", "HostHeaderConfig": {"Values": [pattern]}}], answers(MET))
    assert {host: door.ask("/", Host=host).status for host in (*met, *unmet)} == dict.fromkeys(met, MET) | dict.fromkeys(unmet, UNMET)


@pytest.mark.parametrize(
    ("condition", "met", "unmet"),
    [
        ({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET", "PUT"]}}, {"method": "PUT"}, {"method": "POST"}),
        ({"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Kind", "Values": ["*blue?"]}},
         {"x_kind": "Sky-BLUE1"}, {"x_kind": "blue"}),
        ({"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "version", "Value": "v?"}]}},
         {"path": "/?a=1&VERSION=V2"}, {"path": "/?version=v10"}),
        ({"Field": "query-string", "QueryStringConfig": {"Values": [{"Value": "*green*"}]}}, {"path": "/?x=a-green-b"}, {"path": "/green?x=red"}),
        ({"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "q", "Value": "a\\*"}]}}, {"path": "/?q=a*"}, {"path": "/?q=ab"}),
        ({"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8", "127.0.0.0/8"]}}, {}, None),
        ({"Field": "source-ip", "SourceIpConfig": {"Values": ["192.0.2.0/24"]}}, None, {"x_forwarded_for": "192.0.2.1"}),
    ],
)  # fmt: skip
def test_other_conditions(door: Door, condition: dict[str, Any], met: dict[str, str] | None, unmet: dict[str, str] | None) -> None:
    door.rule(1, [condition], answers(MET))
    assert met is None or door.ask(**met).status == MET
    assert unmet is None or door.ask(**unmet).status == UNMET


def test_all_conditions_must_be_met_and_any_of_their_values(door: Door) -> None:
    door.rule(1, [_path("/a", "/b"), {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}}], answers(MET))
    assert [door.ask("/b").status, door.ask("/b", "POST").status, door.ask("/c").status] == [MET, UNMET, UNMET]


# -- actions ---------------------------------------------------------------------------------------------------


def test_a_fixed_response(door: Door) -> None:
    door.default(answers(418, '{"tea": true}', "application/json"))
    said, bare = door.ask(), door.ask(method="HEAD")
    assert (said.status, said.body, said.fields["Content-Type"]) == (418, b'{"tea": true}', "application/json")
    assert (bare.status, bare.body, bare.fields["Content-Length"]) == (418, b"", "13")


def test_a_redirect_keeps_what_it_is_not_told(door: Door) -> None:
    door.default({"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}})
    sent = door.ask("/a/b?c=d", Host="shop.example.com:80")
    assert (sent.status, sent.fields["Location"]) == (301, "https://shop.example.com:443/a/b?c=d")


def test_a_redirect_says_what_it_is_told(door: Door) -> None:
    config = {"Host": "new.#{host}", "Path": "/old/#{path}", "Query": "from=#{port}&#{query}", "StatusCode": "HTTP_302"}
    door.default({"Type": "redirect", "RedirectConfig": config})
    sent = door.ask("/a?b", Host="example.com")
    assert (sent.status, sent.fields["Location"]) == (302, "http://new.example.com:80/old/a?from=80&b")


def test_who_cannot_be_asked_to_log_in_is_refused(door: Door) -> None:
    group = door.serving("v1")
    where = dict.fromkeys(("Issuer", "AuthorizationEndpoint", "TokenEndpoint", "UserInfoEndpoint"), "https://id.example.com")
    login = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {**where, "ClientId": "id", "ClientSecret": "not one"}}
    door.rule(1, [_path("/private")], login, {**forwards(group), "Order": 2})
    assert [door.ask("/private").status, door.ask("/").status] == [561, 200]


def test_each_listener_has_a_door_of_its_own(door: Door) -> None:
    other = door.listen(8080, answers(202))
    assert [door.ask().status, door.ask(port=8080).status] == [404, 202]
    door.elbv2.modify_listener(ListenerArn=other, Port=9090)
    assert door.ask(port=9090).status == 202
    address = door.cloud.traffic.address(door.balancer, 9090)
    door.elbv2.delete_listener(ListenerArn=other)
    with pytest.raises(KeyError, match="does not listen on port 9090"):
        door.cloud.traffic.address(door.balancer, 9090)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


# -- weights ---------------------------------------------------------------------------------------------------


def _two(door: Door, *weights: int, sticky: int = 0) -> tuple[str, str]:
    blue, green = door.group("blue"), door.group("green")
    for group, version in ((blue, "blue"), (green, "green")):
        door.run(group, version)
    door.default(forwards(blue, green, weights=weights, sticky=sticky))
    CLOCK.advance(0)
    return blue, green


def test_shares_are_exact_in_any_run_of_as_many_requests_as_the_weights_sum_up_to(door: Door) -> None:
    _two(door, 7, 3)
    with door.client() as client:
        seen = [ask(client).version for _time in range(60)]
    assert {seen[at : at + 10].count("green") for at in range(51)} == {3}


def test_new_weights_hold_for_the_next_request_on_the_same_connection(door: Door) -> None:
    blue, green = _two(door, 100, 0)
    shares = []
    with door.client() as client:
        for weight in (0, 10, 50, 100):
            door.default(forwards(blue, green, weights=(100 - weight, weight)))
            shares.append(Counter(ask(client).version for _time in range(100))["green"])
    assert shares == [0, 10, 50, 100]


def test_what_does_not_change_goes_on_with_whose_turn_it_is(door: Door) -> None:
    _two(door, 1, 1)
    seen = []
    with door.client() as client:
        for number in range(6):
            seen.append(ask(client).version)
            door.rule(number + 1, [_path(f"/{number}")], answers(MET))
    assert seen == ["blue", "green"] * 3


def test_a_rule_forwards_by_weights_too(door: Door) -> None:
    blue, green = _two(door, 1, 0)
    rule = door.rule(1, [_path("/app/*")], forwards(blue, green, weights=(3, 1)))
    assert door.versions(8, "/app/x") == {"blue": 6, "green": 2}
    door.elbv2.modify_rule(RuleArn=rule, Actions=[forwards(blue, green, weights=(0, 1))])
    assert (door.versions(8, "/app/x"), door.versions(8)) == ({"green": 8}, {"blue": 8})


def test_no_weight_at_all_is_503(door: Door) -> None:
    _two(door, 0, 0)
    assert door.ask().status == 503


def test_a_group_with_weight_and_without_targets_loses_its_share(door: Door) -> None:
    blue = door.serving("blue")
    door.default(forwards(blue, door.group("green"), weights=(3, 1)))
    assert door.versions(8) == {"blue": 6, "503": 2}


def test_a_client_stays_with_its_group_for_as_long_as_it_was_told(door: Door) -> None:
    blue, green = _two(door, 1, 0, sticky=60)
    cookies = door.ask().cookies()
    assert "AWSALBTG=" in cookies
    assert "AWSALBTGCORS=" in cookies
    door.default(forwards(blue, green, weights=(0, 1), sticky=60))
    assert [door.ask().version, door.ask(Cookie=cookies).version, door.ask(Cookie="AWSALBTG=1.2").version] == ["green", "blue", "green"]
    CLOCK.advance(61)
    assert door.ask(Cookie=cookies).version == "green"


# -- targets ---------------------------------------------------------------------------------------------------


def test_targets_take_turns(door: Door) -> None:
    door.serving("v1", targets=3)
    with door.client() as client:
        seen = [ask(client).fields["Target"] for _time in range(9)]
    assert Counter(Counter(seen).values()) == {3: 3}
    assert seen[:3] == seen[3:6] == seen[6:]


def test_a_client_stays_with_its_target(door: Door) -> None:
    group = door.serving("v1", targets=3)
    door.attribute(group, "stickiness.enabled", "true")
    first = door.ask()
    assert {door.ask(Cookie=first.cookies()).fields["Target"] for _time in range(6)} == {first.fields["Target"]}
    assert len({door.ask().fields["Target"] for _time in range(6)}) == 3
    gone = first.fields["Target"].removeprefix("task/")
    door.deregister(group, gone)
    assert first.fields["Target"] not in {door.ask(Cookie=first.cookies()).fields["Target"] for _time in range(6)}


def test_an_unhealthy_target_gets_nothing(door: Door) -> None:
    group = door.serving("v1", targets=2)
    door.cloud.dials.versions = {"sick": {"healthy": False}}
    door.run(group, "sick")
    CLOCK.advance(30)
    assert sorted(door.states(group)) == ["healthy", "healthy", "unhealthy"]
    assert door.versions(12) == {"v1": 12}


def test_where_nobody_is_healthy_all_are_asked(door: Door) -> None:
    door.cloud.dials.versions = {"sick": {"healthy": False}}
    group = door.serving("sick", targets=2)
    CLOCK.advance(30)
    assert door.states(group) == ["unhealthy", "unhealthy"]
    assert door.versions(4) == {"sick": 4}


def test_a_version_fails_at_the_rate_that_it_is_told(door: Door) -> None:
    door.cloud.dials.versions = {"v1": {"error_rate": 0.02}}
    door.serving("v1", targets=2)
    assert [door.versions(100) for _time in range(3)] == [{"v1": 98, "500": 2}] * 3
    assert "v1 answers 500 to GET /" in door.logged


def test_ten_thousand_requests_pass_while_weights_move(door: Door) -> None:
    """More than 500 a second, through the load balancer to small servers in this same process: the test's own client has its share of it."""
    blue, green = _two(door, 100, 0)
    seen = []
    with door.client() as client:
        for weight in (0, 5, 25, 50, 100):
            door.default(forwards(blue, green, weights=(100 - weight, weight)))
            CLOCK.advance(60)
            seen.append(Counter(ask(client).version for _time in range(2000)))
    assert seen == [{name: n for name, n in (("blue", 2000 - n), ("green", n)) if n} for n in (0, 100, 500, 1000, 2000)]


# -- the cloud itself ------------------------------------------------------------------------------------------


def test_a_reset_closes_every_door(door: Door) -> None:
    door.serving("v1")
    address = door.cloud.traffic.address(door.balancer, 80)
    door.cloud.reset()
    assert door.cloud.traffic.doors() == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
