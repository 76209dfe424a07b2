# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is special about a key: who may use it, and that it comes back rather than is made again."""

from __future__ import annotations

import json
import typing as t

from .cases.kms import key, ROLE, ROOT
from .conftest import Clients, Runner

MODULE, ALIAS = "kms_key", "alias/shop-files"
ABSENT = {"key": "key", "name": "shop-files", "state": "absent"}


def statements(aws: Clients) -> list[dict[str, t.Any]]:
    return json.loads(aws.kms.get_key_policy(KeyId=key_id(aws), PolicyName="default")["Policy"])["Statement"]


def key_id(aws: Clients) -> str:
    return aws.kms.describe_key(KeyId=ALIAS)["KeyMetadata"]["KeyId"]


def keys(aws: Clients) -> list[str]:
    return [one["KeyId"] for one in aws.kms.list_keys()["Keys"]]


# -- the policy ------------------------------------------------------------------------------------------------


def test_by_default_the_accounts_own_policies_decide_and_nobody_else(run: Runner, aws: Clients) -> None:
    made = run.ok(MODULE, **key(users=None))["kms_key"]
    assert made["key_id"] == key_id(aws)
    assert made["id"].endswith(f":key/{made['key_id']}")
    [only] = statements(aws)
    assert (only["Principal"], only["Action"]) == ({"AWS": [ROOT["AWS"]]}, ["kms:*"])


def test_users_use_it_and_grant_it_to_aws_alone(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **key())
    use, grant = (one for one in statements(aws) if one["Principal"] == {"AWS": [ROLE]})
    use, grant = (grant, use) if "Condition" in use else (use, grant)
    assert "kms:Decrypt" in use["Action"]
    assert "kms:CreateGrant" in grant["Action"]
    assert grant["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": ["true"]}}


def test_a_service_uses_it_for_this_account_alone(run: Runner, aws: Clients) -> None:
    services = ["logs.ap-northeast-2.amazonaws.com", "sns.amazonaws.com"]
    run.ok(MODULE, **key(users=[], via_services=services))
    told = {one["Principal"]["Service"][0]: one["Condition"] for one in statements(aws) if "Service" in one["Principal"]}
    assert told == {
        services[0]: {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": ["arn:aws:logs:ap-northeast-2:123456789012:*"]}},
        services[1]: {"StringEquals": {"aws:SourceAccount": ["123456789012"]}},
    }


def test_a_policy_that_is_written_otherwise_and_means_the_same_is_no_drift(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **key(users=None))
    same = {"Sid": "Enable IAM User Permissions", "Resource": ["*"], "Principal": {"AWS": ["123456789012"]}, "Effect": "Allow", "Action": "kms:*"}
    aws.kms.put_key_policy(KeyId=key_id(aws), PolicyName="default", Policy=json.dumps({"Statement": [same], "Version": "2012-10-17"}))
    assert not run.ok(MODULE, **key(users=None))["changed"]


def test_a_policy_that_locks_its_caller_out_is_aws_to_refuse(run: Runner) -> None:
    locked = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": ROOT, "Action": "kms:Encrypt", "Resource": "*"}]}
    assert "will not allow you to update the key policy" in run(MODULE, **key(policy=locked, users=None))["msg"]


# -- rotation --------------------------------------------------------------------------------------------------


def test_a_period_is_kept_and_means_nothing_without_rotation(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **key(rotation_period_days=180))
    aws.kms.enable_key_rotation(KeyId=key_id(aws), RotationPeriodInDays=90)
    mended = run.ok(MODULE, **key(rotation_period_days=180))
    assert mended["planned"][0]["keys"] == ["rotation_period_days"]
    assert aws.kms.get_key_rotation_status(KeyId=key_id(aws))["RotationPeriodInDays"] == 180
    off = key(rotation_period_days=180, enable_rotation=False)
    run.ok(MODULE, **off)
    assert not run.ok(MODULE, **off)["changed"]


def test_a_key_that_is_not_to_be_used_is_made_whole_first(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **key(enabled=False))
    assert aws.kms.describe_key(KeyId=ALIAS)["KeyMetadata"]["KeyState"] == "Disabled"
    assert aws.kms.get_key_rotation_status(KeyId=key_id(aws))["KeyRotationEnabled"]
    assert not run.ok(MODULE, **key(enabled=False))["changed"]


# -- one of a name ---------------------------------------------------------------------------------------------


def test_what_was_removed_is_taken_back_and_reads_what_it_encrypted(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **key())
    first, secret = key_id(aws), aws.kms.encrypt(KeyId=ALIAS, Plaintext=b"x")["CiphertextBlob"]
    run.ok(MODULE, **ABSENT)
    changed = key(description="again", tags={"team": "shop"})
    checked, real = run.ok(MODULE, check=True, **changed), run.ok(MODULE, **changed)
    assert checked["diff"] == real["diff"]
    assert keys(aws) == [first]
    assert aws.kms.decrypt(CiphertextBlob=secret)["Plaintext"] == b"x"
    assert not run.ok(MODULE, **changed)["changed"]


def test_an_alias_that_was_taken_off_is_put_on_the_same_key_again(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **key())
    first = key_id(aws)
    aws.kms.delete_alias(AliasName=ALIAS)
    assert [one["type"] for one in run.ok("stack_info", stack="shop")["resources"]] == [MODULE]
    assert run.ok(MODULE, **key())["planned"][0]["keys"] == ["alias"]
    assert key_id(aws) == first


def test_a_removed_key_without_its_alias_is_found_too(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **key())
    first = key_id(aws)
    run.ok(MODULE, **ABSENT)
    aws.kms.delete_alias(AliasName=ALIAS)
    run.ok(MODULE, **key())
    assert (key_id(aws), keys(aws)) == (first, [first])


def test_another_ones_alias_is_refused_removed_or_not(run: Runner, aws: Clients) -> None:
    other = aws.kms.create_key()["KeyMetadata"]["KeyId"]
    aws.kms.create_alias(AliasName=ALIAS, TargetKeyId=other)
    assert "is not ours" in run(MODULE, **key())["msg"]
    aws.kms.schedule_key_deletion(KeyId=other)
    assert "is not ours" in run(MODULE, check=True, **key())["msg"]


def test_the_window_is_the_one_that_was_asked_for(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **key(deletion_window_days=7))
    run.ok("stack_removal", component=None)  # it knows of the key what AWS says, and no options
    scheduled = [record["params"] for record in run.writes() if record["operation"] == "ScheduleKeyDeletion"]
    assert [one["PendingWindowInDays"] for one in scheduled] == [7]
    assert [one["type"] for one in run.ok("stack_info", stack="shop")["tombstones"]] == [MODULE]


def test_a_window_that_was_tampered_with_keeps_nobody_from_removing(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **key())
    aws.kms.tag_resource(KeyId=key_id(aws), Tags=[{"TagKey": "groundwork:removal-window", "TagValue": "for ever"}])
    run.ok("stack_removal", component=None)
    assert [record["params"]["PendingWindowInDays"] for record in run.writes() if record["operation"] == "ScheduleKeyDeletion"] == [30]


def test_a_lost_reply_of_a_removal_and_of_taking_back_is_no_failure(run: Runner, aws: Clients) -> None:
    run.ok(MODULE, **key())
    for operation, params in (("ScheduleKeyDeletion", ABSENT), ("CancelKeyDeletion", key())):
        run.cloud.dials.faults = [{"kind": "lose_reply", "operation": operation, "nth": 1}]
        run.ok(MODULE, **params)
        run.cloud.dials.faults = []
        assert not run.ok(MODULE, **params)["changed"]
    assert len(keys(aws)) == 1
