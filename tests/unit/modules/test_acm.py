# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the case does not show of certificates: waiting, failing, who else needs a record, and replacing one that is in use."""

from __future__ import annotations

import typing as t

from .cases.acm import a_zone
from .cases.acm import certificate
from .cases.acm import change_records
from .cases.acm import issued
from .cases.elbv2 import a_door
from .test_elbv2 import listener

ANSWER = {"type": "fixed_response", "status_code": "404"}
PLAIN = {"name": "shop", "domain": "shop.example.com"}


def cnames(aws: t.Any, zone: str) -> set[str]:
    """The names that are proved in a zone."""
    found = aws.route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {one["Name"].partition(".")[2].rstrip(".") for one in found if one["Type"] == "CNAME"}


def standing(aws: t.Any) -> set[str]:
    """The certificates of the account, of whatever kind."""
    kinds = {"keyTypes": ["RSA_2048", "EC_prime256v1"]}
    return {one["CertificateArn"] for one in aws.acm.list_certificates(Includes=kinds)["CertificateSummaryList"]}


def test_it_is_waited_for_until_it_is_issued(run, aws):
    zone = a_zone(aws)
    run.cloud.dials.settle = 1.2
    made = run.ok("acm_certificate", **certificate({"zone": zone}, "zone"))
    run.cloud.dials.settle = 0
    assert made["certificate"]["status"] == "ISSUED"
    assert "acm_certificate shop-certificate to be ISSUED" in [one["for"] for one in made["waited"]]
    assert cnames(aws, zone) == {"shop.example.com", "www.example.com"}


def test_without_a_zone_it_says_what_somebody_must_write(run, aws):
    run.cloud.dials.settle = 0.8
    made = run.ok("acm_certificate", **PLAIN)["certificate"]
    run.cloud.dials.settle = 0
    assert made["status"] == "PENDING_VALIDATION"
    assert [one["type"] for one in made["validation_records"]] == ["CNAME"]
    assert made["validation_records"][0]["name"].endswith(".shop.example.com.")
    assert not run.ok("acm_certificate", **PLAIN)["changed"]


def test_a_wait_that_was_interrupted_is_taken_up(run, aws):
    params, slow = {**PLAIN, "zone_id": a_zone(aws)}, [60]

    def slow_down(record: dict[str, t.Any], phase: str) -> None:
        if phase == "after" and record["operation"] == "ChangeResourceRecordSets" and slow:
            run.cloud.dials.settle = slow.pop()

    run.cloud.on_call(slow_down)
    assert "still PENDING_VALIDATION" in run("acm_certificate", **params, wait_timeout=1)["msg"]
    run.cloud.dials.settle = 4
    again = run.ok("acm_certificate", **params)
    assert [(entry["action"], entry["keys"]) for entry in again["planned"]] == [("update", ["zone_id"])]
    assert again["certificate"]["status"] == "ISSUED"


def test_a_wait_in_vain_names_what_acm_looks_for(run, aws):
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    private = {"HostedZoneConfig": {"PrivateZone": True}, "VPC": {"VPCRegion": aws.ec2.meta.region_name, "VPCId": vpc}}
    zone = aws.route53.create_hosted_zone(Name="example.com", CallerReference="private", **private)["HostedZone"]["Id"]
    late = run("acm_certificate", **PLAIN, zone_id=zone, wait_timeout=1)
    assert "still PENDING_VALIDATION" in late["msg"]
    assert ".shop.example.com. CNAME " in late["msg"]


def test_what_is_not_to_be_waited_for_is_no_change_while_it_is_pending(run, aws):
    params = {**PLAIN, "zone_id": a_zone(aws), "wait": False}
    run.cloud.dials.settle = 0.5
    assert run.ok("acm_certificate", **params)["certificate"]["status"] == "PENDING_VALIDATION"
    assert not run.ok("acm_certificate", **params)["changed"]
    run.cloud.dials.settle = 0


def test_it_fails_at_once_with_awss_reason_and_a_rerun_asks_anew(run, aws):
    zone = a_zone(aws)
    caa = {"Name": "example.com", "Type": "CAA", "TTL": 300, "ResourceRecords": [{"Value": '0 issue "letsencrypt.org"'}]}
    change_records(aws, zone, "CREATE", [caa])
    refused = run("acm_certificate", **PLAIN, zone_id=zone)
    assert "shop is FAILED: CAA_ERROR" in refused["msg"]
    change_records(aws, zone, "DELETE", [caa])
    again = run.ok("acm_certificate", **PLAIN, zone_id=zone)
    assert sorted(entry["action"] for entry in again["planned"]) == ["create", "delete"]
    assert again["certificate"]["status"] == "ISSUED"
    assert cnames(aws, zone) == {"shop.example.com"}
    assert not run.ok("acm_certificate", **PLAIN, zone_id=zone)["changed"]


def test_its_removal_leaves_a_record_that_another_certificate_needs(run, aws):
    zone = a_zone(aws)
    other = issued(aws, zone, "*.shop.example.com")
    params = {**PLAIN, "alternative_names": ["www.example.com"], "zone_id": zone}
    run.ok("acm_certificate", **params)
    assert cnames(aws, zone) == {"shop.example.com", "www.example.com"}
    run.ok("acm_certificate", **params, state="absent")
    assert cnames(aws, zone) == {"shop.example.com"}
    assert standing(aws) == {other}


def test_one_that_is_used_is_not_deleted_and_its_user_is_named(run, aws):
    ids = a_door(aws)
    made = run.ok("acm_certificate", **PLAIN, zone_id=ids["zone"])["certificate"]["id"]
    run.ok("elbv2_listener", **listener(ids, ANSWER, protocol="HTTPS", certificate_arn=made))
    refused = run("acm_certificate", **PLAIN, zone_id=ids["zone"], state="absent", wait_timeout=1)
    assert f"It is used by {ids['balancer']}" in refused["msg"]


def test_a_replaced_one_stays_while_it_is_used(run, aws):
    ids = a_door(aws)
    params = {**PLAIN, "zone_id": ids["zone"]}
    old = run.ok("acm_certificate", **params)["certificate"]["id"]
    run.ok("elbv2_listener", **listener(ids, ANSWER, protocol="HTTPS", certificate_arn=old))
    params["key_algorithm"] = "EC_prime256v1"
    assert "AWS cannot change key_algorithm" in run("acm_certificate", **params)["msg"]

    new = run.ok("acm_certificate", **params, replace=True)["certificate"]["id"]
    assert new != old
    assert not run.ok("acm_certificate", **params)["changed"]
    assert cnames(aws, ids["zone"]) >= {"shop.example.com"}
    run.ok("elbv2_listener", **listener(ids, ANSWER, protocol="HTTPS", certificate_arn=new))
    swept = run.ok("acm_certificate", **params)["planned"]
    assert [entry["action"] for entry in swept] == ["none", "delete"]
    assert old not in standing(aws)
    assert not run.ok("acm_certificate", **params)["changed"]
    assert "shop.example.com" in cnames(aws, ids["zone"])


def test_one_of_somebody_elses_of_the_same_domain_is_left_alone(run, aws):
    zone = a_zone(aws)
    other = issued(aws, zone, PLAIN["domain"])
    assert run.ok("acm_certificate", **PLAIN, zone_id=zone)["certificate"]["id"] != other
