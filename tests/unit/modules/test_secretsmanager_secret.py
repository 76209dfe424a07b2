# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is special about a secret: nobody sees its password, nothing loses it, and what was removed comes back."""

from __future__ import annotations

import json
import typing as t

import pytest

from .cases.secretsmanager import FIELDS, secret
from .conftest import Clients, Runner

MODULE, NAME = "secretsmanager_secret", "shop/db/credentials"
OPEN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}]}
ABSENT = {"key": "credentials", "name": NAME, "state": "absent"}


def value(aws: Clients, stage: str = "AWSCURRENT") -> dict[str, t.Any]:
    return json.loads(aws.secretsmanager.get_secret_value(SecretId=NAME, VersionStage=stage)["SecretString"])


def described(aws: Clients) -> dict[str, t.Any]:
    return aws.secretsmanager.describe_secret(SecretId=NAME)


def actions(result: dict[str, t.Any]) -> list[tuple[str, list[str]]]:
    return [(entry["action"], entry["keys"]) for entry in result["planned"]]


# -- the password ----------------------------------------------------------------------------------------------


def test_the_password_is_made_by_the_rules_and_stands_beside_the_fields(run: Runner, aws: Clients) -> None:
    made = run.ok(MODULE, **secret(generate={"length": 30, "exclude_punctuation": True}))["secret"]
    standing = value(aws)
    assert {key: standing[key] for key in FIELDS} == FIELDS
    assert len(standing["password"]) == 30
    assert standing["password"].isalnum()
    assert made["id"] == described(aws)["ARN"]
    assert made["name"] == NAME


def test_the_password_is_in_no_result_no_diff_no_error_and_no_record(run: Runner, aws: Clients) -> None:
    told = [run(MODULE, **secret()), run(MODULE, check=True, **secret(fields={"host": "db"})), run(MODULE, **secret(fields={"host": "db"}))]
    password = value(aws)["password"]
    told += [run(MODULE, **secret(resource_policy=OPEN)), run(MODULE, **ABSENT), run(MODULE, **secret())]
    assert told[3]["failed"]
    assert value(aws)["password"] == password
    assert password not in json.dumps([told, run.cloud.records()])


def test_default_passwords_have_nothing_that_rds_refuses(run: Runner, aws: Clients) -> None:
    for number in range(20):
        run.ok(MODULE, **{**secret(), "key": str(number), "name": f"s{number}"})
        password = json.loads(aws.secretsmanager.get_secret_value(SecretId=f"s{number}")["SecretString"])["password"]
        assert len(password) == 32
        assert not set(password) & set("/@\"'\\ ")


def test_a_change_of_fields_keeps_the_password_and_what_is_not_named(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **secret())
    before = value(aws)
    changed = run.ok(MODULE, **secret(fields={"host": "db.internal", "port": 3307}))
    assert actions(changed) == [("update", ["fields"])]
    assert value(aws) == {**before, "host": "db.internal", "port": 3307}
    assert value(aws, "AWSPREVIOUS") == before


def test_other_rules_make_no_other_password(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **secret())
    before = value(aws)
    assert not run.ok(MODULE, **secret(generate={"length": 12}))["changed"]
    assert value(aws) == before


def test_a_secret_of_ours_without_a_value_gets_one(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **secret(generate=None, fields=None))
    assert "VersionIdsToStages" not in described(aws)
    checked = run.ok(MODULE, check=True, **secret())
    real = run.ok(MODULE, **secret())
    assert actions(real) == actions(checked) == [("update", ["fields", "generate"])]
    assert len(value(aws)["password"]) == 32


def test_a_value_without_a_password_gets_one_and_keeps_the_rest(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **secret(generate=None))
    assert "password" not in value(aws)
    assert actions(run.ok(MODULE, **secret())) == [("update", ["generate"])]
    assert value(aws)["password"]
    assert value(aws)["username"] == "admin"


def test_a_number_and_its_digits_are_the_same_field(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **secret(fields={"port": 3306}))
    assert not run.ok(MODULE, **secret(fields={"port": "3306"}))["changed"]
    assert actions(run.ok(MODULE, **secret(fields={"port": "3307"}))) == [("update", ["fields"])]


def test_a_value_that_is_no_json_object_is_let_be_and_has_no_fields(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **secret(generate=None, fields=None))
    aws.secretsmanager.put_secret_value(SecretId=NAME, SecretString="somebody's own")
    assert not run.ok(MODULE, **secret(fields=None))["changed"]
    refused = run(MODULE, **secret())
    assert "no JSON object" in refused["msg"]
    assert "somebody's own" not in json.dumps(refused)


@pytest.mark.parametrize("name", ["password", "password_since"])
def test_the_password_is_no_field(run: Runner, name: str) -> None:
    assert f"{name} cannot be among the fields" in run(MODULE, **secret(fields={name: "x"}))["msg"]


def test_fields_that_are_not_known_yet_are_planned(run: Runner, aws: Clients) -> None:
    unknown = secret(fields={**FIELDS, "host": "(known after apply)"})
    assert actions(run.ok(MODULE, check=True, **unknown))[0][0] == "create"
    run.ok(MODULE, **secret())
    assert actions(run.ok(MODULE, check=True, **unknown)) == [("update", ["fields"])]
    assert "was not made" in run(MODULE, **unknown)["msg"]


# -- removal ---------------------------------------------------------------------------------------------------


def test_what_was_removed_comes_back_with_its_password_and_as_described(run: Runner, aws: Clients) -> None:
    first = run.ok(MODULE, **secret())["secret"]["id"]
    before = value(aws)
    run.ok(MODULE, **ABSENT)
    assert described(aws)["DeletedDate"]
    changed = secret(description="again", fields={"host": "db"}, tags={"team": "shop"})
    checked, real = run.ok(MODULE, check=True, **changed), run.ok(MODULE, **changed)
    assert checked["diff"] == real["diff"]
    assert actions(real)[0][0] == "create"
    assert real["secret"]["id"] == first
    assert value(aws) == {**before, "host": "db"}
    assert {"Key": "team", "Value": "shop"} in described(aws)["Tags"]
    assert not run.ok(MODULE, **changed)["changed"]


def test_the_window_is_the_one_that_was_asked_for(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **secret(recovery_window_days=7))
    run.ok("stack_removal", component=None)  # it knows of the secret what AWS says, and no options
    deletes = [record["params"] for record in run.writes() if record["operation"] == "DeleteSecret"]
    assert [one["RecoveryWindowInDays"] for one in deletes] == [7]
    assert "7 to 30, not 6" in run(MODULE, **secret(recovery_window_days=6))["msg"]


def test_by_force_it_is_gone_for_ever_and_its_name_is_waited_for(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **secret(removal="force"))
    password = value(aws)["password"]
    run.cloud.dials.settle = 0.6
    run.ok("stack_removal", component=None)
    run.ok(MODULE, **secret())
    run.cloud.dials.settle = 0
    assert value(aws)["password"] != password


def test_another_ones_removed_secret_is_refused_before_anything_is_planned(run: Runner, aws: Clients) -> None:
    aws.secretsmanager.create_secret(Name=NAME, SecretString="theirs")
    aws.secretsmanager.delete_secret(SecretId=NAME)
    assert "is not ours" in run(MODULE, check=True, **secret())["msg"]
    assert "DeletedDate" in described(aws)


def test_a_lost_reply_of_a_removal_and_of_a_restore_is_no_failure(run: Runner) -> None:
    run.ok(MODULE, **secret())
    for operation, params in (("DeleteSecret", ABSENT), ("RestoreSecret", secret()), ("PutSecretValue", secret(fields={"host": "db"}))):
        run.cloud.dials.faults = [{"kind": "lose_reply", "operation": operation, "nth": 1}]
        run.ok(MODULE, **params)
        run.cloud.dials.faults = []
        assert not run.ok(MODULE, **params)["changed"]
