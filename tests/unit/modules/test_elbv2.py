# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the cases do not show of load balancers: what survives, what lets go, what is refused and in which words."""

from __future__ import annotations

import typing as t

import pytest

from .cases.table import BY_NAME
from .cases.acm import a_zone
from .cases.acm import change_records
from .cases.elbv2 import a_door
from .cases.elbv2 import a_listener
from .cases.elbv2 import a_street
from .cases.elbv2 import answer
from .cases.elbv2 import balancer
from .cases.elbv2 import groups
from .cases.elbv2 import rules

FORWARD, RULE = {"type": "forward"}, {"key": "a", "name": "shop a", "paths": ["/a"]}


def weighted(ids: dict[str, str], blue: int, green: int) -> list[dict[str, t.Any]]:
    return [{"Type": "forward", "ForwardConfig": {"TargetGroups": [group(ids["blue"], blue), group(ids["green"], green)]}}]


def group(arn: str, weight: int) -> dict[str, t.Any]:
    return {"TargetGroupArn": arn, "Weight": weight}


def standing_weights(aws: t.Any, listener_arn: str) -> dict[str, int]:
    action = aws.elbv2.describe_listeners(ListenerArns=[listener_arn])["Listeners"][0]["DefaultActions"][-1]
    return {one["TargetGroupArn"]: one["Weight"] for one in action["ForwardConfig"]["TargetGroups"]}


def listener(ids: dict[str, str], action: dict[str, t.Any], **more: t.Any) -> dict[str, t.Any]:
    one = {"key": "http", "name": "shop http", "port": 80, "protocol": "HTTP", "default_action": action}
    return {"load_balancer_id": ids["balancer"], "listeners": [{**one, **more}]}


def places(aws: t.Any, ids: dict[str, str]) -> dict[str, str]:
    """Each rule's paths, by its priority."""
    found = aws.elbv2.describe_rules(ListenerArn=ids["listener"])["Rules"]
    return {one["Priority"]: one["Conditions"][0]["PathPatternConfig"]["Values"][0] for one in found if not one["IsDefault"]}


# -- load balancers --------------------------------------------------------------------------------------------


def test_it_is_waited_for_until_it_is_active(run, aws):
    ids = a_street(aws)
    run.cloud.dials.settle = 1.5
    made = run.ok("elbv2_load_balancer", **balancer(ids, ["one", "two"], "group", []))
    run.cloud.dials.settle = 0
    assert made["load_balancer"]["status"] == "active"
    assert [one["for"] for one in made["waited"]] == ["elbv2_load_balancer shop-alb to be active or active_impaired"]
    assert made["load_balancer"]["full_name"].startswith("app/shop-alb/")


def test_a_record_of_somebody_elses_is_refused_or_taken_over(run, aws):
    ids = a_street(aws)
    change_records(aws, ids["zone"], "CREATE", [{"Name": "shop.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}])
    params = balancer(ids, ["one", "two"], "group", ["shop"])
    refused = run("elbv2_load_balancer", **params)
    assert "the record shop.example.com" in refused["msg"]
    assert "192.0.2.1" in refused["msg"]
    assert run.ok("elbv2_load_balancer", **params, adopt=True)["load_balancer"]["records"] == [{"zone_id": ids["zone"], "name": "shop.example.com"}]
    run.ok("elbv2_load_balancer", **params, state="absent")
    assert {one["Type"] for one in aws.route53.list_resource_record_sets(HostedZoneId=ids["zone"])["ResourceRecordSets"]} == {"NS", "SOA"}


def test_its_removal_leaves_a_record_that_points_elsewhere_by_now(run, aws):
    ids = a_street(aws)
    params = balancer(ids, ["one", "two"], "group", ["shop"])
    run.ok("elbv2_load_balancer", **params)
    moved = {"Name": "shop.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    change_records(aws, ids["zone"], "UPSERT", [moved])
    run.ok("elbv2_load_balancer", **params, state="absent")
    assert "A" in {one["Type"] for one in aws.route53.list_resource_record_sets(HostedZoneId=ids["zone"])["ResourceRecordSets"]}


def test_a_bad_name_and_too_few_zones_are_told_in_awss_words(run, aws):
    ids = a_street(aws)
    for params, said in (
        ({"name": "internal-shop"}, "cannot begin with 'internal-'"),
        ({"subnet_ids": [ids["one"]]}, "two different Availability Zones"),
    ):
        assert said in run("elbv2_load_balancer", **balancer(ids, ["one", "two"], "group", [], **params))["msg"]


# -- target groups ---------------------------------------------------------------------------------------------


def test_another_port_asks_for_another_name(run, aws):
    ids = a_street(aws)
    run.ok("elbv2_target_group", **groups(ids))
    refused = run("elbv2_target_group", **groups(ids, port=9090))
    assert "port (8080 to 9090)" in refused["msg"]
    assert "another name" in refused["msg"]
    assert run.ok("elbv2_target_group", **groups(ids, port=9090, name="shop-app-2", key="app-2"))["changed"]


def test_one_of_the_name_in_another_vpc_is_refused(run, aws):
    ids = a_street(aws)
    run.ok("elbv2_target_group", **groups(ids))
    other = aws.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    assert f"lies in {ids['vpc']}" in run("elbv2_target_group", **groups(ids | {"vpc": other}))["msg"]


def test_targets_are_never_touched(run, aws):
    ids = a_street(aws)
    arn = run.ok("elbv2_target_group", **groups(ids))["target_groups"][0]["id"]
    aws.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": "10.0.0.9", "Port": 8080}])
    run.ok("elbv2_target_group", **groups(ids, slow_start=60))
    assert [one["Target"]["Id"] for one in aws.elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]] == ["10.0.0.9"]


def test_what_forwards_to_it_lets_go_of_it(run, aws):
    ids = a_door(aws)
    shop = run.ok("elbv2_target_group", **groups(ids))["target_groups"][0]["id"]
    made = run.ok("elbv2_listener", **listener(ids, {**FORWARD, "target_group_id": shop}))["listeners"][0]["id"]
    two = [{**RULE, "target_group_id": shop}, {"key": "b", "name": "shop b", "paths": ["/b"], "target_group_id": shop}]
    _a, b = (one["id"] for one in run.ok("elbv2_listener_rule", listener_id=made, rules=two)["rules"])
    aws.elbv2.modify_rule(RuleArn=b, Actions=weighted({"blue": shop, "green": ids["green"]}, 90, 10))

    run.ok("elbv2_target_group", **groups(ids), state="absent")
    left = aws.elbv2.describe_rules(ListenerArn=made)["Rules"]
    assert [one["Actions"][0].get("TargetGroupArn") for one in left] == [ids["green"], None]
    assert left[1]["Actions"][0]["FixedResponseConfig"]["StatusCode"] == "503"


def test_what_another_stack_forwards_to_it_is_named_and_not_waited_for(run, aws):
    ids = a_door(aws)
    shop = run.ok("elbv2_target_group", **groups(ids))["target_groups"][0]["id"]
    other = run.ok("elbv2_listener", **listener(ids, {**FORWARD, "target_group_id": shop}), stack="other")["listeners"][0]["id"]
    refused = run("elbv2_target_group", **groups(ids), state="absent")
    assert other in refused["msg"]
    assert "not of this stack" in refused["msg"]


# -- listeners -------------------------------------------------------------------------------------------------


def test_weights_that_a_deployment_left_survive(run, aws):
    ids = a_door(aws)
    params = listener(ids, {**FORWARD, "target_group_id": ids["blue"]})
    made = run.ok("elbv2_listener", **params)["listeners"][0]["id"]
    aws.elbv2.modify_listener(ListenerArn=made, DefaultActions=weighted(ids, 0, 100))
    assert not run.ok("elbv2_listener", **params)["changed"]
    run.ok("elbv2_listener", **params, tags={"team": "shop"})
    standing = aws.elbv2.describe_listeners(ListenerArns=[made])["Listeners"][0]["DefaultActions"][0]["ForwardConfig"]["TargetGroups"]
    assert {one["TargetGroupArn"]: one["Weight"] for one in standing} == {ids["blue"]: 0, ids["green"]: 100}


def test_of_several_target_groups_the_first_gets_all_and_weights_then_stay(run, aws):
    ids = a_door(aws)
    several = {**FORWARD, "target_group_ids": [ids["blue"], ids["green"]]}
    params = listener(ids, several)
    made = run.ok("elbv2_listener", **params)["listeners"][0]["id"]
    assert standing_weights(aws, made) == {ids["blue"]: 100, ids["green"]: 0}
    assert not run.ok("elbv2_listener", **listener(ids, {**FORWARD, "target_group_ids": [ids["green"], ids["blue"]]}))["changed"], "order is nothing"

    aws.elbv2.modify_listener(ListenerArn=made, DefaultActions=weighted(ids, 30, 70))
    assert not run.ok("elbv2_listener", **params)["changed"]
    aws.elbv2.modify_listener(ListenerArn=made, DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": [group(ids["green"], 70)]}}])
    assert [one["keys"] for one in run.ok("elbv2_listener", **params)["planned"]] == [["default_action"]]
    assert standing_weights(aws, made) == {ids["blue"]: 0, ids["green"]: 70}, "one that was missing gets nothing"


def test_a_target_group_leaves_a_forward_only_without_weight(run, aws):
    ids = a_door(aws)
    third = aws.elbv2.create_target_group(Name="third", Protocol="HTTP", Port=80, VpcId=ids["vpc"])["TargetGroups"][0]["TargetGroupArn"]
    made = run.ok("elbv2_listener", **listener(ids, {**FORWARD, "target_group_ids": [ids["blue"], ids["green"]]}))["listeners"][0]["id"]
    others = listener(ids, {**FORWARD, "target_group_ids": [ids["green"], third]})
    before = len(run.writes())
    for check in (True, False):
        refused = run("elbv2_listener", **others, check=check)["msg"]
        assert f"requests go to {ids['blue']}" in refused
        assert "elbv2_listener_weights" in refused
    assert len(run.writes()) == before
    aws.elbv2.modify_listener(ListenerArn=made, DefaultActions=weighted(ids, 0, 100))
    run.ok("elbv2_listener", **others)
    assert standing_weights(aws, made) == {ids["green"]: 100, third: 0}


def test_a_forward_says_one_target_group_or_several(run, aws):
    ids = a_door(aws)
    both = {**FORWARD, "target_group_id": ids["blue"], "target_group_ids": [ids["green"]]}
    for action, said in ((both, "mutually exclusive"), (FORWARD, "any of the following")):
        assert said in run("elbv2_listener", **listener(ids, action))["msg"]


def test_who_asks_for_a_login_first_still_does(run, aws):
    ids = a_door(aws)
    made = run.ok("elbv2_listener", **listener(ids, {**FORWARD, "target_group_id": ids["blue"]}))["listeners"][0]["id"]
    login = dict.fromkeys(("Issuer", "AuthorizationEndpoint", "TokenEndpoint", "UserInfoEndpoint"), "https://id.example.com") | {"ClientId": "shop"}
    forward = {"Type": "forward", "Order": 2, "TargetGroupArn": ids["blue"]}
    actions = [{"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": login}, forward]
    aws.elbv2.modify_listener(ListenerArn=made, DefaultActions=actions)
    run.ok("elbv2_listener", **listener(ids, {**FORWARD, "target_group_id": ids["green"]}))
    first, last = aws.elbv2.describe_listeners(ListenerArns=[made])["Listeners"][0]["DefaultActions"]
    assert (first["Type"], last["TargetGroupArn"]) == ("authenticate-oidc", ids["green"])
    assert first["AuthenticateOidcConfig"]["UseExistingClientSecret"]


def test_a_protocol_changes_with_its_certificate(run, aws):
    ids = a_door(aws)
    action = {"type": "fixed_response", "status_code": "404"}
    for protocol, more in (("HTTP", {}), ("HTTPS", {"certificate_arn": ids["blue certificate"]}), ("HTTP", {})):
        params = listener(ids, action, protocol=protocol, **more)
        assert run.ok("elbv2_listener", **params)["changed"]
        assert not run.ok("elbv2_listener", **params)["changed"]


def test_a_port_passes_from_one_listener_to_another_of_the_same_run(run, aws):
    ids = a_door(aws)
    before = listener(ids, {"type": "fixed_response", "status_code": "404"})
    run.ok("elbv2_listener", **before)
    moved = {**before["listeners"][0], "port": 443, "protocol": "HTTPS", "certificate_arn": ids["blue certificate"]}
    leads = {"type": "redirect", "protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}
    added = {"key": "redirect", "name": "shop redirect", "port": 80, "protocol": "HTTP", "default_action": leads}
    params = {**before, "listeners": [moved, added]}
    planned = run.ok("elbv2_listener", **params, check=True)
    real = run.ok("elbv2_listener", **params)
    assert [(one["name"], one["action"]) for one in real["planned"]] == [("shop http", "update"), ("shop redirect", "create")]
    assert planned["diff"] == real["diff"]
    found = aws.elbv2.describe_listeners(LoadBalancerArn=ids["balancer"])["Listeners"]
    assert {(one["Port"], one["Protocol"]) for one in found} == {(443, "HTTPS"), (80, "HTTP")}
    assert not run.ok("elbv2_listener", **params)["changed"]

    planned = run.ok("elbv2_listener", **before, check=True)
    back = run.ok("elbv2_listener", **before)  # the redirect is kept no more, and makes way
    assert [(one["name"], one["action"]) for one in back["planned"]] == [("shop http", "update"), ("shop redirect", "delete")]
    assert planned["diff"] == back["diff"]
    (left,) = aws.elbv2.describe_listeners(LoadBalancerArn=ids["balancer"])["Listeners"]
    assert (left["ListenerArn"], left["Port"]) == (real["listeners"][0]["id"], 80)
    assert not run.ok("elbv2_listener", **before)["changed"]


def test_a_pending_certificate_is_refused_with_what_it_waits_for(run, aws):
    ids = a_door(aws)
    pending = aws.acm.request_certificate(DomainName="new.example.com", ValidationMethod="DNS")["CertificateArn"]
    params = listener(ids, {"type": "fixed_response", "status_code": "404"}, protocol="HTTPS", certificate_arn=pending)
    refused = run("elbv2_listener", **params)
    assert "PENDING_VALIDATION, not ISSUED" in refused["msg"]
    assert ".new.example.com. CNAME " in refused["msg"]


def test_a_port_of_another_components_is_refused_and_left(run, aws):
    ids = a_door(aws)
    params = listener(ids, {"type": "fixed_response", "status_code": "404"})
    run.ok("elbv2_listener", **params)
    assert "port 80 is taken" in run("elbv2_listener", **params, component="other", check=True)["msg"]
    assert not run.ok("elbv2_listener", **params, component="other", state="absent")["changed"]


# -- rules -----------------------------------------------------------------------------------------------------


def test_a_rule_without_a_priority_comes_last_and_keeps_its_place(run, aws):
    ids = a_listener(aws)
    aws.elbv2.create_rule(
        ListenerArn=ids["listener"], Priority=7, Actions=[answer("410")], Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/x"]}}]
    )
    params = {"listener_id": ids["listener"], "rules": [{**RULE, "target_group_id": ids["blue"]}]}
    made = run.ok("elbv2_listener_rule", **params)["rules"][0]
    assert made["priority"] == 8
    aws.elbv2.set_rule_priorities(RulePriorities=[{"RuleArn": made["id"], "Priority": 50000}])
    assert not run.ok("elbv2_listener_rule", **params)["changed"]
    another = {"listener_id": ids["listener"], "rules": [{"key": "b", "name": "shop b", "paths": ["/b"], "target_group_id": ids["blue"]}]}
    assert run.ok("elbv2_listener_rule", **another)["rules"][0]["priority"] == 49999


def test_three_rules_and_a_new_one_change_places(run, aws):
    ids = a_listener(aws)

    def placed(**priorities: int) -> dict[str, t.Any]:
        one = [{"key": key, "name": key, "paths": [f"/{key}"], "priority": at, "target_group_id": ids["blue"]} for key, at in priorities.items()]
        return {"listener_id": ids["listener"], "rules": one}

    run.ok("elbv2_listener_rule", **placed(a=1, b=2, c=3))
    run.ok("elbv2_listener_rule", **placed(d=1, a=2, b=3, c=4))
    assert places(aws, ids) == {"1": "/d", "2": "/a", "3": "/b", "4": "/c"}
    assert not run.ok("elbv2_listener_rule", **placed(d=1, a=2, b=3, c=4))["changed"]


@pytest.mark.parametrize("stands", [False, True])
def test_a_place_of_another_components_is_refused_by_name(run, aws, stands):
    ids = a_listener(aws)
    run.ok("elbv2_listener_rule", **rules(ids, 10, 20), component="other")
    params = {"listener_id": ids["listener"], "rules": [{**RULE, "target_group_id": ids["blue"]}]}
    if stands:
        run.ok("elbv2_listener_rule", **params)
    before = places(aws, ids)
    params["rules"][0]["priority"] = 10
    refused = run("elbv2_listener_rule", **params)
    assert "priority 10 is held by" in refused["msg"]
    assert "of other" in refused["msg"]
    assert places(aws, ids) == before


def test_a_place_that_is_taken_in_between_is_asked_for_again(run, aws):
    ids = a_listener(aws)
    taken = []

    def race(record: dict[str, t.Any], phase: str) -> None:
        if phase == "before" and record["operation"] == "CreateRule" and not taken:
            taken.append(True)
            conditions = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/first"]}}]
            aws.elbv2.create_rule(ListenerArn=ids["listener"], Priority=1, Actions=[answer("410")], Conditions=conditions)

    run.cloud.on_call(race)
    made = run.ok("elbv2_listener_rule", listener_id=ids["listener"], rules=[{**RULE, "target_group_id": ids["blue"]}])
    assert made["rules"][0]["priority"] == 2


def test_a_rule_of_nobody_with_the_same_conditions_is_refused_or_adopted(run, aws):
    ids = a_listener(aws)
    conditions = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a"]}}]
    narrow = [*conditions, {"Field": "source-ip", "SourceIpConfig": {"Values": ["192.0.2.0/24"]}}]
    made = [
        aws.elbv2.create_rule(ListenerArn=ids["listener"], Priority=place, Actions=[answer("410")], Conditions=one)["Rules"][0]["RuleArn"]
        for place, one in ((1, narrow), (2, conditions))
    ]
    params = {"listener_id": ids["listener"], "rules": [{**RULE, "priority": 10, "target_group_id": ids["blue"]}]}
    assert f"{made[1]} exists and is not ours" in run("elbv2_listener_rule", **params)["msg"]
    adopted = run.ok("elbv2_listener_rule", **params, adopt=True)
    assert [(one["id"], one["keys"]) for one in adopted["planned"]] == [(made[1], ["priority", "tags", "target_group_id"])]
    assert places(aws, ids) == {"1": "/a", "10": "/a"}
    assert not run.ok("elbv2_listener_rule", **params)["changed"]


def test_other_conditions_stay(run, aws):
    ids = a_listener(aws)
    params = {"listener_id": ids["listener"], "rules": [{**RULE, "target_group_id": ids["blue"]}]}
    made = run.ok("elbv2_listener_rule", **params)["rules"][0]["id"]
    source = {"Field": "source-ip", "SourceIpConfig": {"Values": ["192.0.2.0/24"]}}
    aws.elbv2.modify_rule(RuleArn=made, Conditions=[source, {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/other"]}}])
    assert [one["keys"] for one in run.ok("elbv2_listener_rule", **params)["planned"]] == [["paths"]]
    standing = aws.elbv2.describe_rules(RuleArns=[made])["Rules"][0]["Conditions"]
    assert {one["Field"] for one in standing} == {"source-ip", "path-pattern"}


def test_a_full_load_balancer_is_told(run, aws):
    ids = a_listener(aws)
    run.cloud.dials.quotas = {"rules_per_load_balancer": 1}
    refused = run("elbv2_listener_rule", **rules(ids, 10, 20))
    run.cloud.dials.quotas = {}
    assert "TooManyRules" in refused["msg"]


def test_tags_of_more_than_twenty_are_read_in_batches(run, aws):
    ids = a_listener(aws)
    many = [{"key": str(at), "name": f"shop {at}", "paths": [f"/{at}"], "target_group_id": ids["blue"]} for at in range(23)]
    run.ok("elbv2_listener_rule", listener_id=ids["listener"], rules=many)
    assert not run.ok("elbv2_listener_rule", listener_id=ids["listener"], rules=many)["changed"]
    owned = run.ok("stack_info", stack="shop")["resources"]
    assert len([one for one in owned if one["type"] == "elbv2_listener_rule"]) == 23


def test_all_of_a_stack_goes_in_its_order(run, aws):
    ids = a_street(aws)
    balancing = BY_NAME["elbv2_load_balancer"].create(ids)
    door = run.ok("elbv2_load_balancer", **balancing)["load_balancer"]["id"]
    shop = run.ok("elbv2_target_group", **groups(ids))["target_groups"][0]["id"]
    made = run.ok("elbv2_listener", **listener({"balancer": door}, {**FORWARD, "target_group_id": shop}))["listeners"][0]["id"]
    run.ok("elbv2_listener_rule", listener_id=made, rules=[{**RULE, "target_group_id": shop}])
    certificate = {"name": "shop", "domain": "shop.example.com", "zone_id": a_zone(aws, reference="two")}
    run.ok("acm_certificate", **certificate)
    run.ok("stack_removal", state="absent")
    assert run.ok("stack_info", stack="shop")["resources"] == []
    for zone in (ids["zone"], certificate["zone_id"]):
        assert {one["Type"] for one in aws.route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]} == {"NS", "SOA"}


def test_protection_is_read_from_tags_and_from_the_load_balancer(run, aws):
    ids = a_street(aws)
    params = balancer(ids, ["one", "two"], "group", [])
    run.ok("elbv2_load_balancer", **params)
    assert not run.ok("stack_info", stack="shop")["protected"]
    run.ok("elbv2_load_balancer", **params, deletion_protection=True)
    assert run.ok("stack_info", stack="shop")["protected"]
    run.ok("elbv2_load_balancer", **params, deletion_protection=False, tags={"groundwork:protected": "true"})
    assert run.ok("stack_info", stack="shop")["protected"]
