# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets Manager: secrets. The rotation of their passwords has a test file of its own."""

from __future__ import annotations

import json
import typing as t

from .case import Case
from .case import Ids
from .case import TAGS

READER = {"AWS": "arn:aws:iam::123456789012:role/reader"}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": READER, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}
FIELDS = {"username": "admin", "engine": "mysql", "port": 3306}


def keys(aws: t.Any) -> Ids:
    return {name: aws.kms.create_key()["KeyMetadata"]["Arn"] for name in ("one", "two")}


def secret(**params: t.Any) -> dict[str, t.Any]:
    return {"key": "credentials", "name": "shop/db/credentials", "generate": {"length": 32}, "fields": FIELDS, **params}


def refield(aws: t.Any, id: str, ids: Ids) -> None:
    value = json.loads(aws.secretsmanager.get_secret_value(SecretId=id)["SecretString"])
    aws.secretsmanager.put_secret_value(SecretId=id, SecretString=json.dumps({**value, "port": 3307}))


def tag(**tags: str) -> t.Callable[[t.Any, str, Ids], t.Any]:
    listed = [{"Key": key.replace("_", ":", 1).replace("_", "-"), "Value": value} for key, value in tags.items()]
    return lambda aws, id, ids: aws.secretsmanager.tag_resource(SecretId=id, Tags=listed)


CASES = [
    Case(
        "secretsmanager_secret",
        keys,
        lambda ids: secret(description="for the shop", kms_key_id=ids["one"], resource_policy=POLICY),
        lambda ids: secret(
            description="", kms_key_id=ids["two"], fields={**FIELDS, "host": "db"}, resource_policy={}, recovery_window_days=7, removal="force", tags=TAGS
        ),
        ("CreateSecret",),
        {
            "description": lambda aws, id, ids: aws.secretsmanager.update_secret(SecretId=id, Description="another"),
            "kms_key_id": lambda aws, id, ids: aws.secretsmanager.update_secret(SecretId=id, KmsKeyId=ids["two"]),
            "fields": refield,
            "resource_policy": lambda aws, id, ids: aws.secretsmanager.delete_resource_policy(SecretId=id),
            "removal": tag(groundwork_removal="force"),
            "recovery_window_days": tag(groundwork_removal_window="7"),
            "tags": tag(Name="renamed", foreign="kept"),
        },
        {"generate": "a password is made once, and never compared"},
    ),
]
