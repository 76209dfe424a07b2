# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A database's password is made anew, wherever a run is interrupted: AWSCURRENT always says one that works."""

from __future__ import annotations

import json
import typing as t
from datetime import datetime
from datetime import timedelta
from datetime import UTC

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.rds.models import rds_backends

from .conftest import Clients, REGION, Runner

MODULE = "secretsmanager_rotation"
OLD = "Old-horse.battery~staple"  # of the local cloud alone
WRITES = ("PutSecretValue", "ModifyDBInstance", "UpdateSecretVersionStage")
ASKED: dict[str, t.Any] = {"secret_id": "shop-db", "db_instance": "shop-db", "max_age_days": 30}
LONG_AGO = "2025-01-01T00:00:00+00:00"


@pytest.fixture
def database(aws: Clients) -> None:
    """An instance, and a secret that has kept its password for long."""
    spec = {"Engine": "mysql", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20, "MasterUsername": "admin"}
    aws.rds.create_db_instance(DBInstanceIdentifier="shop-db", MasterUserPassword=OLD, **spec)
    document = {"username": "admin", "password": OLD, "password_since": LONG_AGO}
    aws.secretsmanager.create_secret(Name="shop-db", SecretString=json.dumps(document))


def works() -> str:
    """The password that the instance itself has, as the local cloud keeps it."""
    return rds_backends[DEFAULT_ACCOUNT_ID][REGION].databases["shop-db"]._master_user_password


def value(aws: Clients, stage: str = "AWSCURRENT") -> dict[str, t.Any]:
    return json.loads(aws.secretsmanager.get_secret_value(SecretId="shop-db", VersionStage=stage)["SecretString"])


def labels(aws: Clients) -> list[list[str]]:
    return sorted(sorted(stages) for stages in aws.secretsmanager.describe_secret(SecretId="shop-db")["VersionIdsToStages"].values())


def writes(run: Runner) -> list[str]:
    """What was written in the steps of a rotation."""
    return [record["operation"] for record in run.writes() if record["operation"] in WRITES and record["error_code"] is None]


def settled(run: Runner, aws: Clients) -> None:
    """The rotation is done, the current password works, the one before is kept, and nothing is left to do."""
    assert value(aws)["password"] == works() != OLD
    assert value(aws)["username"] == "admin"
    # AWSPENDING may stay with the current version: a run was killed before it took it off, and nothing reads it.
    assert labels(aws) in ([["AWSCURRENT"], ["AWSPREVIOUS"]], [["AWSCURRENT", "AWSPENDING"], ["AWSPREVIOUS"]])
    assert not run.ok(MODULE, **ASKED)["changed"]


# -- what it does ----------------------------------------------------------------------------------------------


def test_a_password_that_is_too_old_is_changed_and_one_that_is_new_is_let_be(run: Runner, aws: Clients, database: None) -> None:
    checked = run.ok(MODULE, check=True, **ASKED)
    assert writes(run) == []
    real = run.ok(MODULE, **ASKED)
    assert checked["diff"] == real["diff"]
    assert [(entry["action"], entry["keys"]) for entry in real["planned"]] == [("update", ["rotated"])]
    assert not real.get("warnings"), real["warnings"]
    assert real["rotation"]["password_since"] == value(aws)["password_since"]
    assert value(aws, "AWSPREVIOUS")["password"] == OLD
    settled(run, aws)


def test_the_current_version_never_says_a_password_that_does_not_work_yet(run: Runner, aws: Clients, database: None) -> None:
    instance, asked, seen = rds_backends[DEFAULT_ACCOUNT_ID][REGION].databases["shop-db"], [], []

    def change_slowly(record: dict[str, t.Any], phase: str) -> None:
        if (record["operation"], phase) == ("ModifyDBInstance", "after"):
            instance.pending_modified_values = {"MasterUserPassword": "****"}
        elif (record["operation"], phase) == ("DescribeDBInstances", "before"):
            asked.append(record["n"])
            if len(asked) == 5:
                instance.pending_modified_values = {}
        elif (record["operation"], phase) == ("UpdateSecretVersionStage", "before"):
            seen.append((len(asked), dict(instance.pending_modified_values), works() == value(aws, "AWSPENDING")["password"]))

    run.cloud.on_call(change_slowly)
    run.ok(MODULE, **ASKED)
    assert seen[0] == (5, {}, True)
    settled(run, aws)


def test_newer_than_a_moment_is_newer_than_that_moment(run: Runner, aws: Clients, database: None) -> None:
    moment = datetime.now(UTC)
    before = {**ASKED, "newer_than": "2024-12-31T00:00:00Z"}
    assert not run.ok(MODULE, **before)["changed"]
    run.ok(MODULE, **{**ASKED, "newer_than": moment.isoformat()})
    assert datetime.fromisoformat(value(aws)["password_since"]) > moment
    settled(run, aws)


def test_what_no_field_says_is_told_by_the_version(run: Runner, aws: Clients, database: None) -> None:
    aws.secretsmanager.put_secret_value(SecretId="shop-db", SecretString=json.dumps({"username": "admin", "password": OLD}))
    assert not run.ok(MODULE, **ASKED)["changed"]


def test_a_change_of_fields_makes_no_password_younger(run: Runner, aws: Clients, database: None) -> None:
    aws.secretsmanager.put_secret_value(SecretId="shop-db", SecretString=json.dumps({**value(aws), "host": "db"}))
    assert run.ok(MODULE, **ASKED)["changed"]
    assert value(aws)["host"] == "db"
    settled(run, aws)


def test_no_password_is_in_a_result_a_diff_an_error_or_a_record(run: Runner, aws: Clients, database: None) -> None:
    told = [run(MODULE, check=True, **ASKED), run(MODULE, **ASKED), run(MODULE, **ASKED)]
    aws.rds.stop_db_instance(DBInstanceIdentifier="shop-db")
    told.append(run(MODULE, **{**ASKED, "max_age_days": 0}))
    assert "is stopped" in told[-1]["msg"]
    text = json.dumps([told, run.cloud.records()])
    assert OLD not in text
    assert value(aws)["password"] not in text


# -- what interrupts it ----------------------------------------------------------------------------------------


def test_a_kill_at_each_write_is_resumed(run: Runner, aws: Clients, database: None) -> None:
    kills = 0
    for nth in range(1, 9):
        moment = {**ASKED, "newer_than": datetime.now(UTC).isoformat()}
        before = value(aws)["password"]
        if not run.killed_at(nth, MODULE, **moment):
            break
        kills += 1
        begun = value(aws, "AWSPENDING")["password"] if ["AWSPENDING"] in labels(aws) else None
        current = value(aws)["password"]
        assert current == before or current == works(), "an application was told what does not work"
        run.ok(MODULE, **moment)
        if begun:
            assert value(aws)["password"] == begun, "the instance may have it already"
        assert value(aws)["password"] not in (before, None)
        settled(run, aws)
    assert kills == 4  # pending, the instance, current, and pending off again


@pytest.mark.parametrize("operation", WRITES)
def test_a_lost_reply_is_no_failure(run: Runner, aws: Clients, database: None, operation: str) -> None:
    run.cloud.dials.faults = [{"kind": "lose_reply", "operation": operation, "nth": 1}]
    run.ok(MODULE, **ASKED)
    run.cloud.dials.faults = []
    settled(run, aws)


@pytest.mark.usefixtures("brief_retries")
def test_throttling_of_a_third_ends_well(run: Runner, aws: Clients, database: None) -> None:
    run.cloud.dials.faults = [{"kind": "throttle", "share": 0.3, "seed": 7}]
    run.ok(MODULE, **ASKED)
    run.cloud.dials.faults = []
    settled(run, aws)


def test_an_interrupted_run_goes_on_with_its_password_and_the_fields_of_today(run: Runner, aws: Clients, database: None) -> None:
    assert run.killed_at(2, MODULE, **ASKED)
    begun = works()
    aws.secretsmanager.put_secret_value(SecretId="shop-db", SecretString=json.dumps({**value(aws), "host": "db"}))
    run.ok(MODULE, **ASKED)
    assert (works(), value(aws)["host"]) == (begun, "db")
    settled(run, aws)


def test_an_interrupted_run_of_before_a_leak_is_not_good_enough(run: Runner, aws: Clients, database: None) -> None:
    assert run.killed_at(2, MODULE, **ASKED)
    leaked = works()
    run.ok(MODULE, **{**ASKED, "newer_than": datetime.now(UTC).isoformat()})
    assert works() != leaked
    settled(run, aws)


def test_a_label_that_was_left_behind_begins_nothing(run: Runner, aws: Clients, database: None) -> None:
    assert run.killed_at(3, MODULE, **ASKED)
    for host in ("one", "two"):  # the version with AWSPENDING is the current one no more, and has the same password
        aws.secretsmanager.put_secret_value(SecretId="shop-db", SecretString=json.dumps({**value(aws), "host": host}))
    assert not run.ok(MODULE, **ASKED)["changed"]


def test_another_version_that_became_the_current_one_meanwhile_is_not_passed_over(run: Runner, aws: Clients, database: None) -> None:
    meddled: list[int] = []

    def meddle(record: dict[str, t.Any], phase: str) -> None:
        if (record["operation"], phase) == ("ModifyDBInstance", "after") and not meddled:
            meddled.append(record["n"])
            aws.secretsmanager.put_secret_value(SecretId="shop-db", SecretString=json.dumps({**value(aws), "host": "db"}))

    run.cloud.on_call(meddle)
    assert "InvalidParameterException" in run(MODULE, **ASKED)["msg"]
    begun = works()
    run.ok(MODULE, **ASKED)
    assert (works(), value(aws)["host"]) == (begun, "db")
    settled(run, aws)


# -- what it refuses -------------------------------------------------------------------------------------------


def test_what_is_not_its_to_change_is_refused(run: Runner, aws: Clients, database: None) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for params, said in (
        ({"db_instance": "none"}, "there is no database instance none"),
        ({"secret_id": "none"}, "ResourceNotFoundException"),
        ({"newer_than": tomorrow}, "yet to come"),
        ({"newer_than": "soon"}, "no time in ISO 8601"),
    ):
        assert said in run(MODULE, **{**ASKED, **params})["msg"]
    aws.secretsmanager.put_secret_value(SecretId="shop-db", SecretString="no object")
    assert "no JSON object with a password" in run(MODULE, **ASKED)["msg"]
    assert works() == OLD


def test_a_password_that_rds_itself_keeps_is_refused(run: Runner, aws: Clients, database: None) -> None:
    aws.rds.modify_db_instance(DBInstanceIdentifier="shop-db", ManageMasterUserPassword=True, ApplyImmediately=True)
    assert "RDS itself keeps the password" in run(MODULE, **ASKED)["msg"]


def test_what_does_not_stand_yet_is_planned(run: Runner) -> None:
    unknown = {**ASKED, "secret_id": "(known after apply)"}
    assert [entry["action"] for entry in run.ok(MODULE, check=True, **unknown)["planned"]] == ["create"]
    assert "was not made" in run(MODULE, **unknown)["msg"]
