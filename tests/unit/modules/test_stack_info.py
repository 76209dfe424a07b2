# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The burst that reads a stack."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from .cases.table import BY_NAME

REGION = "ap-northeast-2"


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


def test_it_reads_the_types_that_are_named_and_no_others(run):
    run.ok("ec2_vpc", **BY_NAME["ec2_vpc"].create({}))
    before = len(run.cloud.records())
    assert run.ok("stack_info", stack="shop", types=["ec2_vpc"])["resources"][0]["type"] == "ec2_vpc"
    assert {record["service"] for record in run.cloud.records()[before:]} <= {"ec2", "sts"}
    assert run.ok("stack_info", stack="shop", types=["ec2_subnet"])["resources"] == []


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


class Answering:
    """Runs modules as one run of a playbook does: what stack_info was answered, the others know."""

    def __init__(self, run: t.Any, folder: Path):
        self.run, self.folder = run, folder

    def __call__(self, name: str, /, **params: t.Any) -> dict[str, t.Any]:
        return self.run.ok(name, **params, region=REGION, dispatched={"module": name, "answers": str(self.folder)})

    def asked(self) -> list[tuple[str, str]]:
        return [(record["operation"], json.dumps(record["params"])) for record in self.run.cloud.records()]


@pytest.fixture
def answering(run, tmp_path) -> Answering:
    return Answering(run, tmp_path / "answers")


@pytest.mark.parametrize("name", sorted(set(BY_NAME) - {"stack_lock", "iam_service_linked_role"}))
def test_what_the_burst_asked_no_module_asks_again(name, answering, aws):
    case = BY_NAME[name]
    wanted = case.create(case.given(aws))
    answering(name, **wanted)
    before = len(answering.asked())
    answering("stack_info", stack="shop", ask_ahead=True)
    burst = set(answering.asked()[before:])
    between = len(answering.asked())
    assert not answering(name, **wanted)["changed"]
    assert not burst & set(answering.asked()[between:])


@pytest.mark.parametrize("name", sorted({"ec2_vpc", "ec2_security_group", "iam_role", "elbv2_load_balancer", "s3_bucket", "kms_key", "logs_log_group"}))
def test_the_burst_asks_all_that_some_modules_ask(name, answering, aws):
    case = BY_NAME[name]
    wanted = case.create(case.given(aws))
    answering(name, **wanted)
    answering("stack_info", stack="shop", ask_ahead=True)
    before = len(answering.asked())
    assert not answering(name, **wanted)["changed"]
    assert answering.asked()[before:] == []


def test_what_is_to_be_written_is_planned_again_from_what_aws_says_then(answering, run, ec2):
    wanted = BY_NAME["ec2_vpc"].create({})
    made = answering("ec2_vpc", **wanted)["vpc"]
    answering("stack_info", stack="shop", ask_ahead=True)
    ec2.create_tags(Resources=[made["id"]], Tags=[{"Key": "team", "Value": "web"}])
    tagged = {**wanted, "tags": {"team": "web"}}
    assert answering("ec2_vpc", **tagged, check=True)["changed"]
    writes = len(run.writes())
    assert not answering("ec2_vpc", **tagged)["changed"]
    assert len(run.writes()) == writes


def test_the_first_write_drops_the_answers_for_the_whole_run(answering):
    wanted = BY_NAME["ec2_vpc"].create({})
    answering("ec2_vpc", **wanted)
    answering("stack_info", stack="shop", ask_ahead=True)
    assert answering.folder.is_dir()
    assert answering("ec2_vpc", **wanted, tags={"team": "web"})["changed"]
    assert not answering.folder.exists()


def test_a_second_burst_asks_anew(answering, run):
    wanted = BY_NAME["ec2_vpc"].create({})
    run.ok("ec2_vpc", **wanted)
    assert len(answering("stack_info", stack="shop")["resources"]) == 1
    run.ok("ec2_vpc", **wanted, state="absent")
    assert answering("stack_info", stack="shop", ask_ahead=True)["resources"] == []


def test_no_answer_holds_the_value_of_a_secret(answering, aws):
    case = BY_NAME["secretsmanager_secret"]
    answering("secretsmanager_secret", **case.create(case.given(aws)))
    answering("stack_info", stack="shop", ask_ahead=True)
    name = aws.secretsmanager.list_secrets()["SecretList"][0]["Name"]
    value = json.loads(aws.secretsmanager.get_secret_value(SecretId=name)["SecretString"])
    known = "".join(file.read_text() for file in answering.folder.iterdir())
    assert name in known
    assert not [one for one in value.values() if len(str(one)) > 8 and str(one) in known]
    assert len(value["password"]) > 8


def test_what_is_wrong_with_the_region_is_said_once(run, monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    found = run("stack_info", stack="shop")  # one answer, in JSON
    assert found["failed"]
    assert "region" in found["msg"]


def test_what_is_removed_after_its_tags_were_tampered_with_is_what_the_burst_listed(answering, ec2):
    made = answering("ec2_vpc", **BY_NAME["ec2_vpc"].create({}))["vpc"]
    for tag in ("groundwork:key", "Name"):
        ec2.delete_tags(Resources=[made["id"]], Tags=[{"Key": tag}])
    answering("stack_info", stack="shop")
    assert [one["action"] for one in answering("stack_removal")["planned"]] == ["delete"]
    assert made["id"] not in [one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"]]
