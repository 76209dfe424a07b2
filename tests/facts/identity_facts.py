# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who TIO's hosts are and what they may do, and above all what they may not; and whom operators reach."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from policies import Reach, Statement, listed
from system_view import REGION, STACK_TAG, Fact, held, trusted
from tio_view import FLEETS, ROLE, STACK, Tio

#: What AmazonSSMManagedInstanceCore allows, less the reading of parameters (AWS managed policy reference).
MANAGED_INSTANCE = {
    "ssm": ("DescribeAssociation", "DescribeDocument", "GetDeployablePatchSnapshotForInstance", "GetDocument", "GetManifest", "ListAssociations",
            "ListInstanceAssociations", "PutComplianceItems", "PutConfigurePackageResult", "PutInventory", "UpdateAssociationStatus",
            "UpdateInstanceAssociationStatus", "UpdateInstanceInformation"),
    "ssmmessages": ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"),
    "ec2messages": ("AcknowledgeMessage", "DeleteMessage", "FailMessage", "GetEndpoint", "GetMessages", "SendReply"),
}  # fmt: skip
#: The services that a host has anything to do with.
SERVICES = {*MANAGED_INSTANCE, "cloudwatch", "ec2", "kms", "logs", "s3", "secretsmanager"}
SPRING_LOGS = "/my-shop/ec2/spring-application"


def facts(tio: Tio) -> Iterator[Fact]:
    yield from held(f"the role {ROLE} stands", role(tio))
    yield from held(f"{ROLE} may do what a host needs", may(tio))
    yield from held(f"{ROLE} may do no more", may_not(tio))
    yield from held("a policy for operators stands", operators(tio))


def role(tio: Tio) -> Iterator[Fact]:
    iam = tio.client("iam")
    found = iam.get_role(RoleName=ROLE)["Role"]
    yield Fact(f"{ROLE} is assumed by EC2 alone", [("Service", "ec2.amazonaws.com")], trusted(found["AssumeRolePolicyDocument"]))
    profile = iam.get_instance_profile(InstanceProfileName=ROLE)["InstanceProfile"]
    yield Fact(f"the instance profile {ROLE} holds this role", [ROLE], [one["RoleName"] for one in profile["Roles"]])


def may(tio: Tio) -> Iterator[Fact]:
    reach, bucket = tio.role_reach, f"arn:aws:s3:::{tio.bucket}"
    missing = [f"{service}:{name}" for service, names in MANAGED_INSTANCE.items() for name in names if not reach.allows(f"{service}:{name}")]
    yield Fact("a host may be managed by Systems Manager", [], missing)
    yield Fact("a host may send figures, and read its own tags for them", [], refused(reach, ["cloudwatch:PutMetricData", "ec2:DescribeTags"]))
    log = f"arn:aws:logs:{REGION}:{tio.account}:log-group:{SPRING_LOGS}:log-stream:i-0123456789abcdef0"
    yield Fact("a host may write logs to Spring's group", [], refused(reach, ["logs:CreateLogStream", "logs:PutLogEvents"], log))
    yield Fact("a host may list the one bucket", [], refused(reach, ["s3:ListBucket"], bucket))
    for service in FLEETS:
        files = f"{bucket}/{service.lower()}/photo.jpg"
        yield Fact(f"a host may read and write {service}'s files in it", [], refused(reach, ["s3:GetObject", "s3:PutObject"], files))
    yield Fact("a host may use the bucket's key", [], refused(reach, ["kms:Decrypt", "kms:GenerateDataKey"], tio.bucket_key))
    yield Fact("a host may read the database's secret", [], refused(reach, ["secretsmanager:GetSecretValue"], tio.secret["ARN"]))
    if key := tio.secret.get("KmsKeyId"):
        yield Fact("a host may use the secret's key", [], refused(reach, ["kms:Decrypt"], tio.key(key)["Arn"]))


def may_not(tio: Tio) -> Iterator[Fact]:
    reach, bucket = tio.role_reach, f"arn:aws:s3:::{tio.bucket}"
    here = f"{REGION}:{tio.account}"
    yield Fact("a host may do nothing in a bucket that is not TIO's", [], allowed(reach, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
               "arn:aws:s3:::another-bucket/photo.jpg") + allowed(reach, ["s3:ListBucket", "s3:DeleteBucket"], "arn:aws:s3:::another-bucket"))  # fmt: skip
    change = ["s3:DeleteBucket", "s3:PutBucketPolicy", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration", "s3:PutEncryptionConfiguration"]
    yield Fact("a host may not change the bucket itself", [], allowed(reach, change, bucket))
    yield Fact("a host may not delete old versions for good", [], allowed(reach, ["s3:DeleteObjectVersion"], f"{bucket}/photo.jpg"))
    read = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "ssm:GetParameterHistory"]
    yield Fact("a host may not read parameters at large", [], allowed(reach, read, f"arn:aws:ssm:{here}:parameter/another/password"))
    other = f"arn:aws:secretsmanager:{here}:secret:another-AbCdEf"
    yield Fact("a host may read no other secret", [], allowed(reach, ["secretsmanager:GetSecretValue"], other))
    write = ["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret", "secretsmanager:DeleteSecret"]
    yield Fact("a host may not change the database's secret", [], allowed(reach, write, tio.secret["ARN"]))
    key = f"arn:aws:kms:{here}:key/00000000-0000-4000-8000-000000000000"
    yield Fact("a host may use no other key", [], allowed(reach, ["kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt"], key))
    log = f"arn:aws:logs:{here}:log-group:another:log-stream:i-0123456789abcdef0"
    yield Fact("a host may not write into other log groups", [], allowed(reach, ["logs:CreateLogStream", "logs:PutLogEvents"], log))
    yield Fact("a host may make or delete no log group", [], allowed(reach, ["logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy"]))
    beyond = [one for one in reach.actions() if one.partition(":")[0] not in SERVICES or re.match(r"ec2:(?!Describe)", one, re.IGNORECASE)]
    yield Fact("a host may do nothing else", [], sorted(beyond))


def refused(reach: Reach, actions: list[str], resource: str | None = None) -> list[str]:
    return [action for action in actions if not reach.allows(action, resource)]


def allowed(reach: Reach, actions: list[str], resource: str | None = None) -> list[str]:
    return [action for action in actions if reach.allows(action, resource)]


def operators(tio: Tio) -> Iterator[Fact]:
    """By any name: the account's own policies by which sessions on the stack's hosts are started. Who goes by another tag is not TIO's."""
    own = {one["PolicyName"]: Reach([tio.policy(one["Arn"])]) for one in tio.all("iam", "list_policies", "Policies", Scope="Local")}
    found = {name: reach for name, reach in own.items() if [STACK] in map(stack_of, reach.allowing("ssm:StartSession"))}
    yield Fact("one policy lets operators start sessions on the stack's hosts", 1, len(found))
    instance = f"arn:aws:ec2:{REGION}:{tio.account}:instance/i-0123456789abcdef0"
    for name, reach in found.items():
        yield Fact(f"{name} opens sessions on instances", True, reach.allows("ssm:StartSession", instance))
        opens = [stack_of(one) for one in reach.allowing("ssm:StartSession", instance)]
        yield Fact(f"{name} opens them on this stack's instances alone", [], [stacks for stacks in opens if stacks != [STACK]])
        others = f"arn:aws:ssm:{REGION}:{tio.account}:session/somebody-0123456789abcdef0"
        yield Fact(f"{name} does not end the sessions of others", [], allowed(reach, ["ssm:TerminateSession", "ssm:ResumeSession"], others))


def stack_of(statement: Statement) -> Any:
    """The stacks that a statement's condition on the resource's tag names; None where it has no such condition."""
    equal = {key.lower(): value for key, value in statement.get("Condition", {}).get("StringEquals", {}).items()}
    found = equal.get(f"ssm:resourcetag/{STACK_TAG}", equal.get(f"aws:resourcetag/{STACK_TAG}"))
    return found if found is None else listed(found)
