# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A group may come back by itself, be closed to a key for a moment, or be of another class."""

from __future__ import annotations

import json
import typing as t

from .cases.logs import ROOT, WHO

NAME = "/shop/web"


def key_for(aws: t.Any, *who: dict[str, str]) -> str:
    return aws.kms.create_key(Policy=policy(*who))["KeyMetadata"]["Arn"]


def policy(*who: dict[str, str]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": one, "Action": "kms:*", "Resource": "*"} for one in who]})


def test_a_group_that_an_agent_made_anew_is_not_ours(run, aws):
    run.ok("logs_log_group", log_groups=[{"name": NAME}])
    aws.logs.delete_log_group(logGroupName=NAME)
    aws.logs.create_log_group(logGroupName=NAME)
    assert run.ok("stack_info", stack="shop")["resources"] == []
    assert "is not ours" in run("logs_log_group", log_groups=[{"name": NAME}])["msg"]
    adopted = run.ok("logs_log_group", adopt=True, log_groups=[{"name": NAME, "retention_days": 7}])
    assert adopted["planned"][0]["keys"] == ["retention_days", "tags"]


def test_a_key_whose_policy_is_not_known_yet_is_waited_for(run, aws):
    key = key_for(aws, ROOT)

    def known_now(record: dict[str, t.Any], phase: str) -> None:
        if record["operation"] == "CreateLogGroup" and phase == "after":
            aws.kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(ROOT, WHO))

    run.cloud.on_call(known_now)
    made = run.ok("logs_log_group", log_groups=[{"name": NAME, "kms_key_id": key}])
    assert made["log_groups"][0]["kms_key_id"] == key


def test_another_class_needs_another_group(run, aws):
    run.ok("logs_log_group", log_groups=[{"name": NAME, "class": "STANDARD"}])
    other = [{"name": NAME, "class": "INFREQUENT_ACCESS"}]
    assert "class ('STANDARD' to 'INFREQUENT_ACCESS')" in run("logs_log_group", log_groups=other)["msg"]
    assert run.ok("logs_log_group", replace=True, log_groups=other)["planned"][0]["action"] == "replace"
    assert aws.logs.describe_log_groups()["logGroups"][0]["logGroupClass"] == "INFREQUENT_ACCESS"


def test_a_group_that_begins_alike_is_another(run, aws):
    aws.logs.create_log_group(logGroupName=NAME + "-more")
    assert run.ok("logs_log_group", log_groups=[{"name": NAME}])["planned"][0]["action"] == "create"
