# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudWatch Logs: groups."""

from __future__ import annotations

import json
import typing as t

from .case import Case
from .case import Ids
from .case import TAGS

WHO = {"Service": "logs.ap-northeast-2.amazonaws.com"}
ROOT = {"AWS": "arn:aws:iam::123456789012:root"}


def given(aws: t.Any) -> Ids:
    """Two keys that CloudWatch Logs may use."""
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": who, "Action": "kms:*", "Resource": "*"} for who in (ROOT, WHO)]}
    return {name: aws.kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"] for name in ("key_arn", "other_key_arn")}


def groups(days: int, key: str) -> list[dict[str, t.Any]]:
    app = {"key": "app", "name": "/shop/web/app", "retention_days": days, "kms_key_id": key, "class": "STANDARD"}
    return [app, {"key": "function", "name": "/aws/lambda/thumbnails", "retention_days": 7, "class": "INFREQUENT_ACCESS"}]


CASES = [
    Case(
        "logs_log_group",
        given,
        lambda ids: {"log_groups": groups(30, ids["key_arn"])},
        lambda ids: {"log_groups": groups(0, ""), "tags": TAGS},
        ("CreateLogGroup", "PutRetentionPolicy"),
        {
            "retention_days": lambda aws, id, ids: aws.logs.delete_retention_policy(logGroupName="/shop/web/app"),
            "kms_key_id": lambda aws, id, ids: aws.logs.associate_kms_key(logGroupName="/shop/web/app", kmsKeyId=ids["other_key_arn"]),
            "tags": lambda aws, id, ids: aws.logs.tag_resource(resourceArn=id, tags={"Name": "renamed", "foreign": "kept"}),
        },
        {"class": "AWS cannot change it"},
    ),
]
