# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which statements shut out who writes them, and how a bucket's policy reads."""

from __future__ import annotations

import json

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._s3.policy import Caller
from ansible_collections.groundwork.aws.plugins.module_utils._s3.policy import may_lock_out
from ansible_collections.groundwork.aws.plugins.module_utils._s3.policy import Policies

ARN = "arn:aws:s3:::files"
POLICIES = Policies(ARN, "aws")
CALLER = Caller("arn:aws:sts::123456789012:assumed-role/operator/me", "AROAEXAMPLE:me", "123456789012")
OTHER_WAY = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
DENY = {"Sid": "Way", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": OTHER_WAY}


def complaint(**changed: object) -> str | None:
    statements = POLICIES.statements([{key: value for key, value in (DENY | changed).items() if value is not None}])
    return POLICIES.complaint(statements, CALLER) if may_lock_out(statements) else None


def spared(operator: str, key: str, *values: str) -> dict:
    return {**OTHER_WAY, operator: {key: list(values)}}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"Condition": {"NotIpAddress": {"aws:sourceip": "10.0.0.0/8"}}},
        {"Action": "s3:Put*"},
        {"Action": ["s3:GetObject", "s3:ListBucket"]},
        {"Action": None, "NotAction": "s3:GetObject"},
        {"Resource": ARN},
        {"Resource": "*"},
        {"NotResource": f"{ARN}/*"},
        {"Principal": {"AWS": "123456789012"}},
        {"Principal": {"AWS": "arn:aws:iam::123456789012:role/operator"}},
        {"Condition": spared("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::123456789012:role/another")},
        {"Condition": spared("ArnLike", "aws:PrincipalArn", "arn:aws:iam::123456789012:role/oper*")},
        {"Principal": None, "NotPrincipal": {"AWS": "arn:aws:iam::123456789012:role/another"}},
    ],
)
def test_a_statement_that_shuts_out_the_caller_is_told(changed):
    assert "Spare this run's role (arn:aws:iam::123456789012:role/operator)" in complaint(**changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"Effect": "Allow"},
        {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Resource": f"{ARN}/*"},
        {"Action": ["s3:GetObject", "s3:PutObject"]},
        {"Action": None, "NotAction": ["s3:List*", "s3:*BucketPolicy"]},
        {"Principal": {"AWS": "210987654321"}},
        {"Principal": {"Service": "logging.s3.amazonaws.com"}},
        {"Principal": None, "NotPrincipal": {"AWS": "arn:aws:iam::123456789012:role/operator"}},
        {"Condition": spared("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::123456789012:role/operator")},
        {"Condition": spared("ArnNotLike", "aws:principalarn", "arn:aws:iam::123456789012:role/team/op*")},
        {"Condition": spared("StringNotLike", "aws:userId", "AROAEXAMPLE:*")},
        {"Condition": spared("StringNotEquals", "aws:PrincipalAccount", "123456789012")},
        {"Condition": spared("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::123456789012:role/another")},
    ],
)
def test_a_statement_that_spares_the_caller_is_let_pass(changed):
    assert complaint(**changed) is None


def test_a_policy_reads_the_same_however_it_is_written():
    allow = {"Sid": "Read", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["s3:GetObject"]}
    again = {**allow, "Principal": "*", "Action": "s3:GetObject", "Resource": [f"{ARN}/*", ARN]}
    assert POLICIES.statements([allow]) == POLICIES.statements([again])
    statements, tls = POLICIES.read(POLICIES.write(POLICIES.statements([allow])))
    assert (statements, tls) == (POLICIES.statements([again]), True)
    assert POLICIES.read(None) == ([], False)


def test_the_tls_statement_is_known_by_what_it_says():
    text = json.loads(POLICIES.write([]))
    text["Statement"][0]["Sid"] = "AllowSSLRequestsOnly"
    assert POLICIES.read(json.dumps(text)) == ([], True)


def test_a_weakened_tls_statement_does_not_count():
    text = json.loads(POLICIES.write([]))
    text["Statement"][0]["Action"] = ["s3:GetObject"]
    assert POLICIES.read(json.dumps(text)) == ([], False)
