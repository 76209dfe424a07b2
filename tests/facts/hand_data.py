# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TIO by hand: roles, key, bucket, and the database with its secret."""

from __future__ import annotations

import json
from typing import Any

import boto3
from hand_network import REGION, Network
from hand_services import ROLE

SECRET = "tio/db/credentials"
DATABASE = "tio-db"
DEPLOYING = "TIO-CodeDeploy-Role"


def account() -> str:
    return boto3.client("sts", region_name=REGION).get_caller_identity()["Account"]


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trusts(service: str) -> str:
    return policy({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def make_key() -> str:
    """A key for bucket and log groups; returns its ARN."""
    kms = boto3.client("kms", region_name=REGION)
    owner = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account()}:root"}, "Action": "kms:*", "Resource": "*"}
    use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    logs = {"Effect": "Allow", "Principal": {"Service": f"logs.{REGION}.amazonaws.com"}, "Action": use, "Resource": "*"}
    made = kms.create_key(Description="TIO", Policy=policy(owner, logs))["KeyMetadata"]
    kms.create_alias(AliasName="alias/tio", TargetKeyId=made["KeyId"])
    return made["Arn"]


def make_bucket(key: str) -> str:
    """The bucket as the document has it, but without versions, and without an end of the logs; returns its name."""
    s3, name = boto3.client("s3", region_name=REGION), f"tio-files-{account()}-{REGION}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    blocked = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=blocked)
    s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    arn = f"arn:aws:s3:::{name}"
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    deny = {"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"], "Condition": plain}
    s3.put_bucket_policy(Bucket=name, Policy=policy(deny))
    colder = [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 90, "StorageClass": "GLACIER"}]
    logs = {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Transitions": colder}
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [logs]})
    return name


def make_database(network: Network) -> str:
    """The database, and its password in the secret and nowhere else. Returns the secret's ARN."""
    rds, secrets = (boto3.client(one, region_name=REGION) for one in ("rds", "secretsmanager"))
    rds.create_db_subnet_group(DBSubnetGroupName=DATABASE, DBSubnetGroupDescription="TIO", SubnetIds=network.private)
    password = secrets.get_random_password(PasswordLength=32, ExcludeCharacters="/@\"' ")["RandomPassword"]
    rds.create_db_instance(
        DBInstanceIdentifier=DATABASE,
        Engine="mysql",
        EngineVersion="8.0",
        DBInstanceClass="db.t3.micro",
        AllocatedStorage=20,
        StorageType="gp3",
        StorageEncrypted=True,
        DBName="tryiton",
        MasterUsername="admin",
        MasterUserPassword=password,
        DBSubnetGroupName=DATABASE,
        VpcSecurityGroupIds=[network.groups["TIO-DB-SG"]],
        PubliclyAccessible=False,
        BackupRetentionPeriod=7,
        CopyTagsToSnapshot=True,
    )
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=DATABASE)
    host = rds.describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"][0]["Endpoint"]["Address"]
    content = {"engine": "mysql", "host": host, "port": 3306, "dbname": "tryiton", "username": "admin", "password": password}
    return secrets.create_secret(Name=SECRET, SecretString=json.dumps(content))["ARN"]


def make_roles() -> None:
    """The hosts' role with the document's three policies of AWS's own, which reach further than the design wants, and CodeDeploy's."""
    iam = boto3.client("iam", region_name=REGION)
    hosts = ("AmazonSSMManagedInstanceCore", "AmazonS3FullAccess", "CloudWatchAgentServerPolicy")
    for role, service, policies in ((ROLE, "ec2", hosts), (DEPLOYING, "codedeploy", ("service-role/AWSCodeDeployRole",))):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=trusts(f"{service}.amazonaws.com"))
        for name in policies:
            iam.attach_role_policy(RoleName=role, PolicyArn=f"arn:aws:iam::aws:policy/{name}")
    iam.create_instance_profile(InstanceProfileName=ROLE)
    iam.add_role_to_instance_profile(InstanceProfileName=ROLE, RoleName=ROLE)


def let_hosts_read(secret: str, key: str) -> None:
    read = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret}
    use = {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": key}
    boto3.client("iam", region_name=REGION).put_role_policy(RoleName=ROLE, PolicyName="TIO-Secret", PolicyDocument=policy(read, use))
