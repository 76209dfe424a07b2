# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The burst that reads a stack."""

from __future__ import annotations

from .cases.table import BY_NAME


def test_it_reads_the_account_and_what_the_stack_owns_and_nothing_else(run, ec2):
    ec2.create_vpc(CidrBlock="10.9.0.0/16")
    made = run.ok("ec2_vpc", **BY_NAME["ec2_vpc"].create({}))["vpc"]
    writes = len(run.writes())
    found = run.ok("stack_info", stack="shop")
    assert found["account"] == "123456789012"
    assert found["region"] == "ap-northeast-2"
    assert "ap-northeast-2a" in found["zones"]
    assert found["endpoint"] == run.cloud.endpoint
    assert found["resources"] == [{"component": "vpc", "type": "ec2_vpc", "name": "shop-vpc", "key": "shop-vpc", "id": made["id"]}]
    assert not found["protected"]
    assert len(run.writes()) == writes


def test_a_deleted_nat_gateway_is_a_tombstone(run, aws):
    case = BY_NAME["ec2_nat_gateway"]
    ids = case.given(aws)
    made = run.ok("ec2_nat_gateway", **case.create(ids))["nat_gateways"][0]
    run.ok("ec2_nat_gateway", **case.create(ids), state="absent")
    found = run.ok("stack_info", stack="shop")
    assert found["resources"] == []
    assert [one["id"] for one in found["tombstones"]] == [made["id"]]


def test_protection_is_read_from_aws(run):
    run.ok("ec2_vpc", **BY_NAME["ec2_vpc"].create({}), tags={"groundwork:protected": "true"})
    assert run.ok("stack_info", stack="shop")["protected"]


def test_an_endpoint_that_does_not_answer_is_named(run, monkeypatch):
    run.cloud.dials.faults = []
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_URL", "http://127.0.0.1:9")
    found = run("stack_info", stack="shop")
    assert found["failed"]
    assert "127.0.0.1:9" in found["msg"]
