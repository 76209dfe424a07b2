# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is special about a database instance: its password, its time, what only grows, and its data."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._rds.fields import major
from moto.core import DEFAULT_ACCOUNT_ID
from moto.rds.models import DBInstance, rds_backends

from .cases.case import Ids
from .cases.rds import a_place_for_a_database, instance, modify, PASSWORD
from .conftest import Clients, REGION, Runner

UNKNOWN = "(known after apply)"


@pytest.fixture
def ids(aws: Clients) -> Ids:
    return a_place_for_a_database(aws)


def kept(run: Runner, ids: Ids, **other: t.Any) -> dict[str, t.Any]:
    return run.ok("rds_instance", **instance(ids, **other))


def standing() -> DBInstance:
    """The local cloud's own."""
    return rds_backends[DEFAULT_ACCOUNT_ID][REGION].databases["shop-db"]


def broken(status: str, message: str) -> None:
    from localcloud.additions.rds_arrivals import fail  # the local cloud loads its additions itself, all of them, when it is first called

    fail(standing(), status, message)


def described(aws: Clients) -> dict[str, t.Any]:
    return aws.rds.describe_db_instances(DBInstanceIdentifier="shop-db")["DBInstances"][0]


def changed(result: dict[str, t.Any]) -> list[str]:
    return result["planned"][0]["keys"] if result["planned"][0]["action"] == "update" else []


# -- the password ----------------------------------------------------------------------------------------------


def test_the_password_reaches_aws_and_nothing_else(run, aws, ids):
    made = kept(run, ids)
    assert standing()._master_user_password == PASSWORD
    assert PASSWORD not in json.dumps([made, kept(run, ids), run.cloud.records()])
    reads = [record for record in run.cloud.records() if record["operation"] == "GetSecretValue"]
    assert len(reads) == 1, "it is read when the instance is made, and never again"


@pytest.mark.parametrize("secret", ["tr0ub4dor&3", '{"username": "admin", "password": 9876598765}', '{"username": "admin"}', "[]"])
def test_a_secret_of_another_form_is_refused_and_not_told(run, aws, ids, secret):
    aws.secretsmanager.put_secret_value(SecretId=ids["secret"], SecretString=secret)
    failed = run("rds_instance", **instance(ids))
    assert "JSON object with the texts username and password" in failed["msg"]
    assert "tr0ub4dor" not in json.dumps(failed)
    assert "9876598765" not in json.dumps(failed)


def test_a_secret_of_another_user_is_refused(run, ids):
    assert "another user than master_username: root" in run("rds_instance", **instance(ids, master_username="root"))["msg"]


def test_aws_refusal_of_a_password_does_not_tell_it(run, aws, ids):
    aws.secretsmanager.put_secret_value(SecretId=ids["secret"], SecretString=json.dumps({"username": "admin", "password": "with/slash@home"}))
    failed = run("rds_instance", **instance(ids))
    assert "not a valid password" in failed["msg"]
    assert "with/slash" not in json.dumps(failed)


def test_the_user_is_the_secrets_where_none_is_given(run, aws, ids):
    kept(run, ids, master_username=None)
    assert described(aws)["MasterUsername"] == "admin"


# -- nothing stands yet ----------------------------------------------------------------------------------------


def test_unknown_inputs_plan_a_create_and_ask_nothing_of_the_secret(run, ids):
    given = instance(ids, secret_id=UNKNOWN, security_group_ids=[UNKNOWN], kms_key_id=UNKNOWN, monitoring_role=UNKNOWN)
    planned = run.ok("rds_instance", check=True, **given)
    assert planned["planned"][0]["action"] == "create"
    assert "GetSecretValue" not in [record["operation"] for record in run.cloud.records()]
    assert "was not made" in run("rds_instance", **given)["msg"]
    assert "secret_id names no secret" in run("rds_instance", **instance(ids, secret_id=UNKNOWN))["msg"]


def test_the_name_is_in_small_letters_as_aws_keeps_it(run, ids):
    made = kept(run, ids)["db_instance"]
    assert (made["name"], made["identifier"]) == ("shop-db", "shop-db")
    assert made["endpoint"] == {"address": standing().address, "port": 3306}
    assert made["id"].endswith(":db:shop-db")


def test_a_role_that_is_not_known_yet_is_waited_for(run, aws, ids):
    late = []

    def hook(record: dict[str, t.Any], phase: str) -> None:
        if record["operation"] == "CreateDBInstance" and phase == "after":
            late.append(record)
            if len(late) == 1:
                aws.iam.create_role(RoleName="late", AssumeRolePolicyDocument=trust)

    trust = json.dumps(aws.iam.get_role(RoleName="monitor")["Role"]["AssumeRolePolicyDocument"])
    run.cloud.on_call(hook)
    kept(run, ids, monitoring_role=ids["monitor"].replace("monitor", "late"))
    assert len(late) == 2


@pytest.mark.parametrize("name", ["key", "id", "alias"])
def test_a_key_is_one_key_under_each_of_its_names(run, aws, ids, name):
    aws.kms.create_alias(AliasName="alias/shop", TargetKeyId=ids["key"])
    key = {"key": ids["key"], "id": ids["key"].rpartition("/")[2], "alias": "alias/shop"}[name]
    assert kept(run, ids, kms_key_id=key)["db_instance"]["kms_key_id"] == key
    assert not kept(run, ids)["changed"]
    other = aws.kms.create_key()["KeyMetadata"]["Arn"]
    assert "AWS cannot change kms_key_id" in run("rds_instance", **instance(ids, kms_key_id=other))["msg"]


def test_what_aws_cannot_change_is_refused_by_name_with_the_way_out(run, aws, ids):
    kept(run, ids)
    for key, wanted, out in (("storage_encrypted", False, "a copy that is encrypted"), ("db_name", "other", "restore a snapshot")):
        refused = run("rds_instance", **instance(ids, **{key: wanted}), check=True)["msg"]
        assert f"AWS cannot change {key} (" in refused
        assert out in refused
        assert "makes an empty one" in refused


# -- its time --------------------------------------------------------------------------------------------------


def test_an_instance_is_awaited_when_it_is_made_changed_and_removed(run, aws, ids):
    run.cloud.dials.settle = 1.5
    made = kept(run, ids)
    assert made["db_instance"]["status"] == "available"
    assert made["waited"][-1]["for"] == "rds_instance shop-db to be available or storage-optimization"
    larger = kept(run, ids, instance_class="db.m6g.xlarge")
    assert not larger.get("warnings")
    assert (larger["db_instance"]["pending"], described(aws)["DBInstanceClass"]) == ([], "db.m6g.xlarge")
    gone = run.ok("rds_instance", **instance(ids, state="absent"))
    assert "rds_instance shop-db to be gone" in [one["for"] for one in gone["waited"]]
    assert aws.rds.describe_db_instances()["DBInstances"] == []


def test_a_change_waits_until_the_instance_is_available(run, aws, ids):
    kept(run, ids)
    run.cloud.dials.settle = 1.0
    aws.rds.reboot_db_instance(DBInstanceIdentifier="shop-db")
    assert changed(kept(run, ids, port=3307)) == ["port"]


def test_a_pending_change_is_not_asked_for_again(run, aws, ids):
    kept(run, ids)
    later = {"apply_immediately": False, "instance_class": "db.m6g.xlarge", "multi_az": True, "iam_authentication": False}
    first = kept(run, ids, **later)
    assert first["db_instance"]["pending"] == ["DBInstanceClass", "IAMDatabaseAuthenticationEnabled", "MultiAZ"]
    assert described(aws)["DBInstanceClass"] == "db.m6g.large"
    writes = len(run.writes())
    assert not kept(run, ids, **later)["changed"]
    assert not kept(run, ids, **{**later, "apply_immediately": True})["changed"]
    assert len(run.writes()) == writes
    # And going back is a change, which takes it off the list.
    assert changed(kept(run, ids, apply_immediately=False)) == ["iam_authentication", "instance_class", "multi_az"]
    assert "PendingModifiedValues" not in described(aws) or not described(aws)["PendingModifiedValues"]


def test_a_name_that_is_being_given_up_is_waited_for(run, aws, ids):
    kept(run, ids, deletion_protection=False)
    run.cloud.dials.settle = 1.0
    aws.rds.delete_db_instance(DBInstanceIdentifier="shop-db", SkipFinalSnapshot=True)
    made = kept(run, ids)
    assert made["planned"][0]["action"] == "create"
    assert described(aws)["DBInstanceStatus"] == "available"


def test_a_broken_instance_fails_at_once_with_aws_reason(run, aws, ids):
    kept(run, ids)
    broken("storage-full", "The free storage capacity for DB Instance: shop-db is low at 0%")
    failed = run("rds_instance", **instance(ids, instance_class="db.m6g.xlarge"))
    assert "shop-db is storage-full: The free storage capacity" in failed["msg"]


# -- what only grows -------------------------------------------------------------------------------------------


def test_minor_versions_are_no_drift(run, aws, ids):
    made = kept(run, ids, engine_version="8.0.40")
    assert made["db_instance"]["running_version"] == "8.0.40"
    for version in ("8.0", "8.0.42", "8.0.40"):
        assert not kept(run, ids, engine_version=version)["changed"]
    aws.rds.modify_db_instance(DBInstanceIdentifier="shop-db", EngineVersion="8.0.43", ApplyImmediately=True)
    assert not kept(run, ids, engine_version="8.0.40")["changed"]


def test_a_major_version_is_led_up_with_its_parameter_group_and_never_down(run, aws, ids):
    aws.rds.create_db_parameter_group(DBParameterGroupName="engine84", DBParameterGroupFamily="mysql8.4", Description="new")
    kept(run, ids)
    new = {"engine_version": "8.4", "parameter_group": "engine84"}
    led = kept(run, ids, **new)
    assert changed(led) == ["engine_version", "parameter_group"]
    assert not led.get("warnings")
    assert described(aws)["EngineVersion"].startswith("8.4.")
    assert not kept(run, ids, **new)["changed"]
    assert "does not lead mysql back" in run("rds_instance", **instance(ids))["msg"]


def test_majors_are_ordered_by_number():
    assert major("mariadb", "10.11.13") > major("mariadb", "10.6")
    assert major("postgres", "16.9") == major("postgres", "16")
    assert major("mysql", "8.4.6") > major("mysql", "8.0.43")


def test_storage_grows_by_a_tenth_at_least_and_never_shrinks(run, aws, ids):
    alone: dict[str, t.Any] = {"max_allocated_storage": None}
    kept(run, ids, **alone)
    larger = kept(run, ids, **alone, allocated_storage=21)
    assert (changed(larger), larger["db_instance"]["allocated_storage"]) == (["allocated_storage"], 22)
    assert not kept(run, ids, **alone, allocated_storage=21)["changed"]
    kept(run, ids, **alone, allocated_storage=100)
    assert "cannot shrink storage from 100 to 50 GiB" in run("rds_instance", **instance(ids, **alone, allocated_storage=50))["msg"]


def test_storage_that_grew_by_itself_is_no_drift(run, aws, ids):
    kept(run, ids)
    modify(AllocatedStorage=60)(aws, "", ids)
    for params in ({}, {"allocated_storage": 40}, {"max_allocated_storage": None}):
        assert not kept(run, ids, **params)["changed"]
    assert changed(kept(run, ids, max_allocated_storage=0, allocated_storage=60)) == ["max_allocated_storage"]
    assert not kept(run, ids, max_allocated_storage=0, allocated_storage=60)["changed"]


def test_a_provisioned_rate_is_changed_with_its_storage(run, aws, ids):
    fast: dict[str, t.Any] = {"storage_type": "io1", "allocated_storage": 100, "max_allocated_storage": None, "iops": 1000}
    kept(run, ids, **fast)
    assert changed(kept(run, ids, **{**fast, "iops": 2000})) == ["iops"]
    assert described(aws)["Iops"] == 2000
    assert changed(kept(run, ids, **{**fast, "iops": None, "allocated_storage": 200})) == ["allocated_storage"]
    assert described(aws)["Iops"] == 2000
    modify(Iops=3000, AllocatedStorage=200)(aws, "", ids)
    assert changed(kept(run, ids, **{**fast, "iops": 2000, "allocated_storage": 200})) == ["iops"]


# -- its data --------------------------------------------------------------------------------------------------


def snapshots(aws: Clients) -> list[str]:
    return [one["DBSnapshotIdentifier"] for one in aws.rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]]


def test_each_removal_leaves_a_snapshot_of_its_own(run, aws, ids):
    for _time in range(2):
        kept(run, ids)
        run.ok("rds_instance", **instance(ids, state="absent"))
    assert len(snapshots(aws)) == 2
    assert all(name.startswith("shop-db-final-") for name in snapshots(aws))


@pytest.mark.parametrize(("removal", "left"), [("snapshot", 1), ("discard", 0), (None, 1)])
def test_a_removal_of_the_stack_knows_what_becomes_of_the_data(run, aws, ids, removal, left):
    made = kept(run, ids, removal=removal or "discard")
    if removal is None:
        aws.rds.remove_tags_from_resource(ResourceName=made["db_instance"]["id"], TagKeys=["groundwork:removal"])
    assert standing().deletion_protection
    assert run.ok("stack_removal", wait_timeout=5)["planned"][0]["action"] == "delete"
    assert len(snapshots(aws)) == left


def test_what_has_failed_is_only_discarded_on_request(run, aws, ids):
    kept(run, ids)
    broken("failed", "The instance has failed")
    refused = run("rds_instance", **instance(ids, state="absent"))
    assert "it is failed (The instance has failed), and AWS takes no snapshot of it" in refused["msg"]
    run.cloud.dials.settle = 0.2
    standing().deletion_protection = False  # AWS does not change what has failed
    run.ok("rds_instance", **instance(ids, state="absent", removal="discard"))
    assert snapshots(aws) == []


def test_groups_are_removed_after_the_instance_that_has_them(run, aws, ids):
    subnets = [ids["one"], ids["two"]]
    run.ok("rds_subnet_group", name="Other-Name", description="of the shop", subnet_ids=subnets)
    run.ok("rds_parameter_group", name="Shop-Engine", family="mysql8.0", description="of the shop")
    kept(run, ids, subnet_group="Other-Name", parameter_group="Shop-Engine", removal="discard")
    run.cloud.dials.settle = 0.3
    removed = run.ok("stack_removal", wait_timeout=10)["planned"]
    assert [one["type"] for one in removed] == ["rds_instance", "rds_subnet_group", "rds_parameter_group"]
    assert run.ok("stack_info", stack="shop")["resources"] == []


def test_an_instance_of_another_stack_is_left_alone(run, ids):
    kept(run, ids)
    assert "belongs to component vpc of stack shop" in run("rds_instance", **instance(ids, stack="other"))["msg"]
