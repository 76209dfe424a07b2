# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which IAM actions an operation of an AWS API asks for. Pure.

Most are named as the operation is; where not, the tables below say so. Source of each: the Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
(the pages of each service: "Actions", and there the column "Dependent actions").
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator

#: botocore's name of a service -> the prefix of its actions, where they differ.
PREFIXES = {
    "apigatewayv2": "apigateway",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "resourcegroupstaggingapi": "tag",
    "service-quotas": "servicequotas",
    "sesv2": "ses",
    "stepfunctions": "states",
}
#: Operations whose action has another name.
NAMES = {
    "s3:CreateMultipartUpload": ("s3:PutObject",),
    "s3:DeleteBucketCors": ("s3:PutBucketCORS",),
    "s3:DeleteBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:DeleteBucketLifecycle": ("s3:PutLifecycleConfiguration",),
    "s3:DeleteBucketOwnershipControls": ("s3:PutBucketOwnershipControls",),
    "s3:DeleteBucketReplication": ("s3:PutReplicationConfiguration",),
    "s3:DeleteBucketTagging": ("s3:PutBucketTagging",),
    "s3:DeleteObjects": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "s3:DeletePublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "s3:GetBucketCors": ("s3:GetBucketCORS",),
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "s3:GetBucketReplication": ("s3:GetReplicationConfiguration",),
    "s3:GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:ListBuckets": ("s3:ListAllMyBuckets",),
    "s3:ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:ListObjects": ("s3:ListBucket",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:PutBucketCors": ("s3:PutBucketCORS",),
    "s3:PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:PutBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "s3:PutBucketNotificationConfiguration": ("s3:PutBucketNotification",),
    "s3:PutBucketReplication": ("s3:PutReplicationConfiguration",),
    "s3:PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
}  # fmt: skip
#: What a create that brings its tags along asks for beside its own action, by prefix; of IAM by operation.
TAGGING = {
    "acm": "acm:AddTagsToCertificate",
    "autoscaling": "autoscaling:CreateOrUpdateTags",
    "cloudwatch": "cloudwatch:TagResource",
    "codedeploy": "codedeploy:TagResource",
    "dynamodb": "dynamodb:TagResource",
    "ec2": "ec2:CreateTags",
    "ecr": "ecr:TagResource",
    "ecs": "ecs:TagResource",
    "elasticloadbalancing": "elasticloadbalancing:AddTags",
    "iam:CreateInstanceProfile": "iam:TagInstanceProfile",
    "iam:CreateOpenIDConnectProvider": "iam:TagOpenIDConnectProvider",
    "iam:CreatePolicy": "iam:TagPolicy",
    "iam:CreateRole": "iam:TagRole",
    "kms": "kms:TagResource",
    "lambda": "lambda:TagResource",
    "logs": "logs:TagResource",
    "rds": "rds:AddTagsToResource",
    "secretsmanager": "secretsmanager:TagResource",
    "ssm": "ssm:AddTagsToResource",
}
TAG_FIELDS = ("Tags", "tags", "TagSpecifications")
#: What else AWS asks of the caller, for what it does in his name.
DEPENDENT = {
    # With a launch template.
    "autoscaling:CreateAutoScalingGroup": ("ec2:RunInstances", "ec2:CreateTags"),
    "autoscaling:StartInstanceRefresh": ("ec2:RunInstances", "ec2:CreateTags"),
    "autoscaling:UpdateAutoScalingGroup": ("ec2:RunInstances", "ec2:CreateTags"),
    # With private DNS names.
    "ec2:CreateVpcEndpoint": ("route53:AssociateVPCWithHostedZone",),
    # Where RDS keeps the master user's password, and with a key of the customer's.
    "rds:CreateDBInstance": ("kms:CreateGrant", "kms:DescribeKey", "secretsmanager:CreateSecret", "secretsmanager:TagResource"),
    "rds:ModifyDBInstance": ("kms:CreateGrant", "kms:DescribeKey", "secretsmanager:CreateSecret", "secretsmanager:RotateSecret", "secretsmanager:TagResource"),
    # With a key of the customer's.
    "secretsmanager:CreateSecret": ("kms:Decrypt", "kms:GenerateDataKey"),
    "secretsmanager:GetSecretValue": ("kms:Decrypt",),
    "secretsmanager:PutSecretValue": ("kms:Decrypt", "kms:GenerateDataKey"),
    "secretsmanager:UpdateSecret": ("kms:Decrypt", "kms:GenerateDataKey"),
}
#: Operations that hand a role on, and the service that gets it: they ask for iam:PassRole.
PASSES = {
    "autoscaling:CreateAutoScalingGroup": "ec2.amazonaws.com",
    "autoscaling:StartInstanceRefresh": "ec2.amazonaws.com",
    "autoscaling:UpdateAutoScalingGroup": "ec2.amazonaws.com",
    "codebuild:CreateProject": "codebuild.amazonaws.com",
    "codebuild:UpdateProject": "codebuild.amazonaws.com",
    "codedeploy:CreateDeploymentGroup": "codedeploy.amazonaws.com",
    "codedeploy:UpdateDeploymentGroup": "codedeploy.amazonaws.com",
    "codepipeline:CreatePipeline": "codepipeline.amazonaws.com",
    "codepipeline:UpdatePipeline": "codepipeline.amazonaws.com",
    "ec2:AssociateIamInstanceProfile": "ec2.amazonaws.com",
    "ec2:CreateFlowLogs": "vpc-flow-logs.amazonaws.com",
    "ec2:RunInstances": "ec2.amazonaws.com",
    "ecs:RegisterTaskDefinition": "ecs-tasks.amazonaws.com",
    "iam:AddRoleToInstanceProfile": "ec2.amazonaws.com",
    "lambda:CreateFunction": "lambda.amazonaws.com",
    "lambda:UpdateFunctionConfiguration": "lambda.amazonaws.com",
    "rds:CreateDBInstance": "monitoring.rds.amazonaws.com",
    "rds:ModifyDBInstance": "monitoring.rds.amazonaws.com",
}
PASS_ROLE = "iam:PassRole"


def own_actions(service: str, operation: str) -> tuple[str, ...]:
    """The actions that an operation of botocore's service is."""
    name = f"{PREFIXES.get(service, service)}:{operation}"
    return NAMES.get(name, (name,))


def tag_action(action: str) -> str | None:
    """The action that a create asks for when it brings tags along."""
    return TAGGING.get(action) or TAGGING.get(action.partition(":")[0])


def all_actions(service: str, operation: str, fields: Iterable[str]) -> Iterator[str]:
    """Every action that an operation may ask for: its own, its tags', and those in its wake. ``fields`` are its parameters' names."""
    for action in own_actions(service, operation):
        yield action
        if (tagging := tag_action(action)) and any(field in TAG_FIELDS for field in fields):
            yield tagging
        yield from DEPENDENT.get(action, ())
        if action in PASSES:
            yield PASS_ROLE
