# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policy of a key, from who may use it. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"""

from __future__ import annotations

import typing as t

from .._aws import Aws

Document = dict[str, t.Any]

USES = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
GRANTS = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]


def key_policy(aws: Aws, policy: t.Mapping[str, t.Any] | None, users: t.Sequence[str], services: t.Sequence[str]) -> Document:
    """``policy``, or by default one by which the account's IAM policies decide, and the statements of users and services."""
    document = dict(policy or {"Version": "2012-10-17", "Statement": [_account(aws)]})
    given = document.get("Statement", [])
    statements = [*given] if isinstance(given, (list, tuple)) else [given]
    return {**document, "Statement": [*statements, *(_users(users) if users else []), *(_service(aws, one) for one in services)]}


def _account(aws: Aws) -> Document:
    """IAM policies of the account decide; without this statement nobody could but those whom the key policy names."""
    root = f"arn:{aws.partition}:iam::{aws.account}:root"
    return {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}


def _users(users: t.Sequence[str]) -> list[Document]:
    """Use of the key, and grants of it to AWS's own services alone, as autoscaling's service-linked role needs for encrypted volumes
    (https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html)."""
    who = {"Effect": "Allow", "Principal": {"AWS": list(users)}, "Resource": "*"}
    for_aws = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [
        {"Sid": "Allow use of the key", **who, "Action": USES},
        {"Sid": "Allow attachment of persistent resources", **who, "Action": GRANTS, "Condition": for_aws},
    ]


def _service(aws: Aws, service: str) -> Document:
    """Use of the key by a service, for this account alone. CloudWatch Logs says in the encryption context for whom it acts
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html), others by aws:SourceAccount
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html)."""
    logs = f"arn:{aws.partition}:logs:{aws.region}:{aws.account}:*"
    for_logs = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": logs}}
    for_others = {"StringEquals": {"aws:SourceAccount": aws.account}}
    condition = for_logs if service.startswith("logs.") else for_others
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": USES, "Resource": "*", "Condition": condition}
