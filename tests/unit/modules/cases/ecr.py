# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ECR: where images lie."""

from __future__ import annotations

import json
import typing as t

from .case import Case
from .case import Ids
from .case import TAGS

NAME = "shop-app"
RULE = {"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9}, "action": {"type": "expire"}}


def may_pull(account: str) -> dict[str, t.Any]:
    statement = {"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": account}, "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]}
    return {"Version": "2012-10-17", "Statement": [statement]}


def accounts(aws: t.Any) -> Ids:
    aws.kms.create_key()
    return {"own": "123456789012", "other": "210987654321"}


def repository(ids: Ids, **more: t.Any) -> dict[str, t.Any]:
    return {"name": NAME, "lifecycle": {"untagged_days": 14, "keep_images": 50}, "policy": may_pull(ids["own"]), **more}


def tagged(aws: t.Any, arn: str, ids: Ids) -> None:
    aws.ecr.tag_resource(resourceArn=arn, tags=[{"Key": "Name", "Value": "renamed"}, {"Key": "foreign", "Value": "kept"}])


CASES = [
    Case(
        "ecr_repository",
        accounts,
        repository,
        lambda ids: repository(ids, immutable_tags=False, scan_on_push=False, lifecycle={}, policy=may_pull(ids["other"]), removal="empty", tags=TAGS),
        ("CreateRepository", "PutLifecyclePolicy", "SetRepositoryPolicy"),
        {
            "immutable_tags": lambda aws, arn, ids: aws.ecr.put_image_tag_mutability(repositoryName=NAME, imageTagMutability="MUTABLE"),
            "scan_on_push": lambda aws, arn, ids: aws.ecr.put_image_scanning_configuration(
                repositoryName=NAME, imageScanningConfiguration={"scanOnPush": False}
            ),
            "lifecycle": lambda aws, arn, ids: aws.ecr.put_lifecycle_policy(repositoryName=NAME, lifecyclePolicyText=json.dumps({"rules": [RULE]})),
            "policy": lambda aws, arn, ids: aws.ecr.set_repository_policy(repositoryName=NAME, policyText=json.dumps(may_pull(ids["other"]))),
            "removal": lambda aws, arn, ids: aws.ecr.tag_resource(resourceArn=arn, tags=[{"Key": "groundwork:removal", "Value": "empty"}]),
            "tags": tagged,
        },
        {"encryption": "AWS cannot change it", "kms_key_id": "AWS cannot change it"},
    ),
]
