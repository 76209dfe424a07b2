# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""KMS: keys."""

from __future__ import annotations

import json
import typing as t

from .case import Case
from .case import Ids
from .case import nothing
from .case import TAGS

ROOT = {"AWS": "arn:aws:iam::123456789012:root"}
WIDE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": ROOT, "Action": "*", "Resource": "*"}]}
ROLE = "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"


def key(**params: t.Any) -> dict[str, t.Any]:
    return {"key": "key", "name": "shop-files", "description": "for the shop", "users": [ROLE], **params}


def take_alias(aws: t.Any, id: str, ids: Ids) -> None:
    aws.kms.delete_alias(AliasName="alias/shop-files")


def tag(**tags: str) -> t.Callable[[t.Any, str, Ids], t.Any]:
    listed = [{"TagKey": key.replace("_", ":", 1).replace("_", "-"), "TagValue": value} for key, value in tags.items()]
    return lambda aws, id, ids: aws.kms.tag_resource(KeyId=id, Tags=listed)


CASES = [
    Case(
        "kms_key",
        nothing,
        lambda ids: key(via_services=["logs.ap-northeast-2.amazonaws.com"]),
        lambda ids: key(description="for all", rotation_period_days=90, deletion_window_days=7, policy=WIDE, users=[], tags=TAGS),
        ("CreateKey", "CreateAlias"),
        {
            "alias": take_alias,
            "description": lambda aws, id, ids: aws.kms.update_key_description(KeyId=id, Description="another"),
            "enabled": lambda aws, id, ids: aws.kms.disable_key(KeyId=id),
            "policy": lambda aws, id, ids: aws.kms.put_key_policy(KeyId=id, PolicyName="default", Policy=json.dumps(WIDE)),
            "enable_rotation": lambda aws, id, ids: aws.kms.disable_key_rotation(KeyId=id),
            "deletion_window_days": tag(groundwork_removal_window="7"),
            "tags": tag(Name="renamed", foreign="kept"),
        },
        {"rotation_period_days": "AWS's own choice where none is given; test_kms_key.py changes it"},
    ),
]
