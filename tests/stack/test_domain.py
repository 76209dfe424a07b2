# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A door with a domain: HTTPS with a certificate that is proven in a zone of ours, or by records that somebody else adds."""

from __future__ import annotations

import json
import typing as t

from .conftest import Runs
from .conftest import write_inventory

DOMAIN = "api.example.com"
DOOR = {"load_balancer_scheme": "internet-facing", "load_balancer_ports": [80, 443], "load_balancer_clients": ["internet"], "load_balancer_domain": DOMAIN}
WEB = {"service_runtime": "node", "service_port": 8080, "service_clients": ["door"], "service_tier": "public"}
TO_HTTPS = ("redirect", "HTTPS", "443", "HTTP_301")


def zone(plot: Runs) -> str:
    return plot.account.client("route53").create_hosted_zone(Name="example.com", CallerReference="one")["HostedZone"]["Id"].rpartition("/")[2]


def records(plot: Runs, zone_id: str) -> dict[tuple[str, str], dict[str, t.Any]]:
    found = plot.account.client("route53").list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]
    return {(one["Name"], one["Type"]): one for one in found if one["Type"] not in ("NS", "SOA")}


def balancer(plot: Runs) -> dict[str, t.Any]:
    return plot.account.client("elbv2").describe_load_balancers(Names=["plot-door"])["LoadBalancers"][0]


def listeners(plot: Runs) -> dict[int, dict[str, t.Any]]:
    found = plot.account.client("elbv2").describe_listeners(LoadBalancerArn=balancer(plot)["LoadBalancerArn"])["Listeners"]
    return {one["Port"]: one for one in found}


def rules(plot: Runs, listener: dict[str, t.Any]) -> list[tuple[str, list[str], str]]:
    """Priority, paths and target of each rule but the default one."""
    found = plot.account.client("elbv2").describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    return [
        (one["Priority"], one["Conditions"][0]["PathPatternConfig"]["Values"], one["Actions"][0]["TargetGroupArn"]) for one in found if not one["IsDefault"]
    ]


def assert_https(plot: Runs) -> None:
    found = listeners(plot)
    assert {port: one["Protocol"] for port, one in found.items()} == {443: "HTTPS", 80: "HTTP"}
    action = found[80]["DefaultActions"][0]
    redirect = action["RedirectConfig"]
    assert (action["Type"], redirect["Protocol"], redirect["Port"], redirect["StatusCode"]) == TO_HTTPS
    certificate = plot.account.client("acm").describe_certificate(CertificateArn=found[443]["Certificates"][0]["CertificateArn"])["Certificate"]
    assert (certificate["DomainName"], certificate["Status"]) == (DOMAIN, "ISSUED")


def test_in_a_zone_of_ours_the_first_run_speaks_https(plot: Runs):
    zone_id = zone(plot)
    write_inventory(plot, "more", {"load_balancers": {"door": {**DOOR, "load_balancer_zone_id": zone_id}}})
    planned = plot.ok("site", "--check", "--diff")
    assert planned.writes == []
    real = plot.ok("site")
    assert real.changes == planned.changes
    assert_https(plot)
    made = records(plot, zone_id)
    assert made[f"{DOMAIN}.", "A"]["AliasTarget"]["DNSName"].rstrip(".").endswith(balancer(plot)["DNSName"])
    assert "https://api.example.com" in real.screen
    again = plot.ok("site")
    assert (again.changes, again.writes) == (set(), [])
    plot.ok("destroy", "-e", "destroy_stack=plot")
    assert (f"{DOMAIN}.", "A") not in records(plot, zone_id)


def test_without_a_zone_the_records_to_add_are_told_and_https_comes_once_they_are_seen(plot: Runs):
    route = {"load_balancer": "door", "paths": ["/api/*"], "priority": 10}
    write_inventory(plot, "more", {"load_balancers": {"door": DOOR}, "services": {"web": {**WEB, "service_routes": [route]}}})
    outputs = plot.folder / "outputs.json"
    first = plot.ok("site", "-e", f"stack_outputs_file={outputs}")
    assert {port: one["Protocol"] for port, one in listeners(plot).items()} == {80: "HTTP"}
    before = rules(plot, listeners(plot)[80])
    assert [rule[:2] for rule in before] == [("10", ["/api/*"])]
    told = json.loads(outputs.read_text())["door"]["records_to_add"]
    assert {"name": DOMAIN, "type": "CNAME", "value": balancer(plot)["DNSName"]} in told
    assert len(told) == 2
    for one in told:
        assert f"add CNAME {one['name']} -> {one['value']} to the domain's zone, and run again" in first.screen

    sets = [{"Name": one["name"], "Type": one["type"], "TTL": 300, "ResourceRecords": [{"Value": one["value"]}]} for one in told]
    changes = [{"Action": "CREATE", "ResourceRecordSet": one} for one in sets]
    plot.account.client("route53").change_resource_record_sets(HostedZoneId=zone(plot), ChangeBatch={"Changes": changes})
    turned = plot.ok("site")
    assert_https(plot)
    assert {(kind, action) for _component, kind, _name, action, _keys in turned.changes} == {("elbv2_listener", "create"), ("elbv2_listener", "update")}
    assert rules(plot, listeners(plot)[443]) == before
    assert plot.ok("site", "--check", "--diff").changes == set()

    write_inventory(plot, "more", {"load_balancers": {"door": {**DOOR, "load_balancer_domain": ""}}, "services": {"web": {**WEB, "service_routes": [route]}}})
    planned = plot.ok("site", "--check", "--diff")
    back = plot.ok("site")
    assert back.changes == planned.changes
    assert {(kind, name, action) for _component, kind, name, action, _keys in back.changes} == {
        ("elbv2_listener", "plot-door-entry", "update"),
        ("elbv2_listener", "plot-door-redirect", "delete"),
        ("acm_certificate", DOMAIN, "orphaned"),
    }
    assert {port: one["Protocol"] for port, one in listeners(plot).items()} == {80: "HTTP"}
    assert rules(plot, listeners(plot)[80]) == before
