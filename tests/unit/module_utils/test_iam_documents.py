# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy documents that mean the same have one form, and others have not."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.aws.plugins.module_utils._iam.documents import canonical


def of(*statements: dict[str, t.Any], **parts: t.Any) -> dict[str, t.Any]:
    return {"Version": "2012-10-17", "Statement": list(statements), **parts}


ALLOW = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}
DENY = {"Effect": "Deny", "Action": ["s3:Put*", "s3:Delete*"], "Resource": ["b", "a"]}
ROOT = "arn:aws-cn:iam::123456789012:root"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (of(ALLOW), {"Version": "2012-10-17", "Statement": ALLOW}),
        (of(ALLOW, DENY), of(DENY, ALLOW)),
        (of(ALLOW), of({**ALLOW, "Action": ["s3:Get*"], "Resource": ["*"]})),
        (of(DENY), of({**DENY, "Action": ["s3:Delete*", "s3:Put*", "s3:Put*"], "Resource": ["a", "b"]})),
        (of(ALLOW), of({**ALLOW, "Sid": ""})),
        (of({"Principal": "*"}), of({"Principal": {"AWS": "*"}})),
        (of({"Principal": {"AWS": "123456789012"}}), of({"Principal": {"AWS": [ROOT]}})),
        (of({"Principal": {"Service": ["b", "a"]}}), of({"Principal": {"Service": ["a", "b"]}})),
        (of({"Condition": {"Bool": {"aws:SecureTransport": False}}}), of({"Condition": {"Bool": {"aws:SecureTransport": ["false"]}}})),
        (of({"Condition": {"NumericLessThan": {"s3:max-keys": 10}}}), of({"Condition": {"NumericLessThan": {"s3:max-keys": "10"}}})),
    ],
)
def test_what_means_the_same_is_the_same(one, other):
    assert canonical(one, "aws-cn") == canonical(other, "aws-cn")
    assert canonical(canonical(one, "aws-cn"), "aws-cn") == canonical(one, "aws-cn")


@pytest.mark.parametrize(
    "other",
    [
        of({**ALLOW, "Effect": "Deny"}),
        of({**ALLOW, "Action": "s3:get*"}),
        of({**ALLOW, "Sid": "Named"}),
        of({**ALLOW, "Condition": {"Bool": {"aws:SecureTransport": True}}}),
        of(ALLOW, ALLOW),
        of(ALLOW, Id="named"),
        of(ALLOW, Version="2008-10-17"),
    ],
)
def test_what_means_something_else_is_not(other):
    assert canonical(of(ALLOW)) != canonical(other)


def test_a_document_is_left_as_it_was():
    given = of({"Principal": {"AWS": "123456789012"}})
    canonical(given)
    assert given == of({"Principal": {"AWS": "123456789012"}})
