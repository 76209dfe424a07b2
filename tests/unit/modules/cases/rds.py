# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RDS: instances and their groups."""

from __future__ import annotations

import json
import typing as t

from .case import Case
from .case import Ids
from .case import TAGS
from .ec2 import tables_and_groups

PASSWORD = "Correct-horse.battery~staple"  # of the local cloud alone
MONITORS = {"Effect": "Allow", "Principal": {"Service": "monitoring.rds.amazonaws.com"}, "Action": "sts:AssumeRole"}
#: How an instance is changed behind the back: our key, and arguments of ModifyDBInstance.
CHANGES: dict[str, dict[str, t.Any]] = {
    "instance_class": {"DBInstanceClass": "db.m6g.xlarge"},
    "max_allocated_storage": {"MaxAllocatedStorage": 200},
    "storage_type": {"StorageType": "gp2"},
    "multi_az": {"MultiAZ": True},
    "backup_retention_days": {"BackupRetentionPeriod": 1},
    "backup_window": {"PreferredBackupWindow": "02:00-02:30"},
    "maintenance_window": {"PreferredMaintenanceWindow": "Mon:05:00-Mon:05:30"},
    "deletion_protection": {"DeletionProtection": False},
    "auto_minor_version_upgrade": {"AutoMinorVersionUpgrade": False},
    "performance_insights": {"EnablePerformanceInsights": False},
    "log_exports": {"CloudwatchLogsExportConfiguration": {"EnableLogTypes": ["general"], "DisableLogTypes": ["error"]}},
    "monitoring_interval": {"MonitoringInterval": 30},
    "port": {"DBPortNumber": 3406},
    "ca_certificate": {"CACertificateIdentifier": "rds-ca-ecc384-g1"},
    "copy_tags_to_snapshot": {"CopyTagsToSnapshot": False},
    "iam_authentication": {"EnableIAMDatabaseAuthentication": False},
}
FIXED = "AWS cannot change it"


def a_place_for_a_database(aws: t.Any) -> Ids:
    """A network, and in it all that an instance refers to; the groups are nobody's."""
    ids = tables_and_groups(aws)
    ids["key"] = aws.kms.create_key()["KeyMetadata"]["Arn"]
    ids["secret"] = aws.secretsmanager.create_secret(Name="shop-db", SecretString=json.dumps({"username": "admin", "password": PASSWORD}))["ARN"]
    trust = json.dumps({"Version": "2012-10-17", "Statement": [MONITORS]})
    for name in ("monitor", "monitor2"):
        ids[name] = aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    aws.rds.create_db_subnet_group(DBSubnetGroupName="place", DBSubnetGroupDescription="place", SubnetIds=[ids["one"], ids["two"]])
    for name in ("engine", "engine2"):
        aws.rds.create_db_parameter_group(DBParameterGroupName=name, DBParameterGroupFamily="mysql8.0", Description=name)
    return ids


def subnets(ids: Ids, description: str, *names: str) -> dict[str, t.Any]:
    return {"name": "Shop-DB", "description": description, "subnet_ids": [ids[name] for name in names]}


def parameters(ids: Ids, **given: t.Any) -> dict[str, t.Any]:
    return {"name": "Shop-DB", "family": "mysql8.0", "description": "Of the shop", "parameters": given}


def instance(ids: Ids, **other: t.Any) -> dict[str, t.Any]:
    """An instance with every option that suits one of gp3 below its threshold."""
    return {
        "name": "Shop-DB",
        "engine": "mysql",
        "engine_version": "8.0",
        "instance_class": "db.m6g.large",
        "allocated_storage": 20,
        "max_allocated_storage": 100,
        "storage_type": "gp3",
        "kms_key_id": ids["key"],
        "storage_encrypted": True,
        "db_name": "shop",
        "master_username": "admin",
        "secret_id": ids["secret"],
        "subnet_group": "place",
        "parameter_group": "engine",
        "security_group_ids": [ids["group"]],
        "multi_az": False,
        "backup_retention_days": 7,
        "backup_window": "18:00-18:30",
        "maintenance_window": "Sun:19:00-Sun:19:30",
        "deletion_protection": True,
        "auto_minor_version_upgrade": True,
        "performance_insights": True,
        "log_exports": ["slowquery", "error"],
        "monitoring_interval": 60,
        "monitoring_role": ids["monitor"],
        "port": 3306,
        "ca_certificate": "rds-ca-rsa2048-g1",
        "copy_tags_to_snapshot": True,
        "iam_authentication": True,
        "removal": "snapshot",
        **other,
    }


def modify(**changes: t.Any) -> t.Callable[[t.Any, str, Ids], t.Any]:
    return lambda aws, id, ids: aws.rds.modify_db_instance(DBInstanceIdentifier="shop-db", ApplyImmediately=True, **changes)


def tag(aws: t.Any, arn: str, **tags: str) -> None:
    aws.rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])


def renamed(aws: t.Any, arn: str, ids: Ids) -> None:
    tag(aws, arn, Name="renamed", foreign="kept")


def set_parameter(aws: t.Any, arn: str, ids: Ids) -> None:
    given = {"ParameterName": "wait_timeout", "ParameterValue": "600", "ApplyMethod": "immediate"}
    aws.rds.modify_db_parameter_group(DBParameterGroupName="shop-db", Parameters=[given])


def shrink(aws: t.Any, arn: str, ids: Ids) -> None:
    aws.ec2.create_subnet(VpcId=ids["vpc"], CidrBlock="10.0.7.0/24", AvailabilityZone="ap-northeast-2c")
    found = aws.ec2.describe_subnets(Filters=[{"Name": "cidr-block", "Values": ["10.0.7.0/24"]}])["Subnets"][0]["SubnetId"]
    aws.rds.modify_db_subnet_group(DBSubnetGroupName="shop-db", SubnetIds=[ids["one"], found])


def describe_anew(aws: t.Any, arn: str, ids: Ids) -> None:
    aws.rds.modify_db_subnet_group(DBSubnetGroupName="shop-db", DBSubnetGroupDescription="another", SubnetIds=[ids["one"], ids["two"]])


def a_third_subnet(aws: t.Any) -> Ids:
    ids = tables_and_groups(aws)
    spec = {"VpcId": ids["vpc"], "CidrBlock": "10.0.8.0/24", "AvailabilityZone": "ap-northeast-2c"}
    return {**ids, "three": aws.ec2.create_subnet(**spec)["Subnet"]["SubnetId"]}


CASES = [
    Case(
        "rds_subnet_group",
        a_third_subnet,
        lambda ids: subnets(ids, "Of the shop", "two", "one"),
        lambda ids: {**subnets(ids, "Of all shops", "two", "three"), "tags": TAGS},
        ("CreateDBSubnetGroup",),
        {"description": describe_anew, "subnet_ids": shrink, "tags": renamed},
        {},
    ),
    Case(
        "rds_parameter_group",
        tables_and_groups,
        lambda ids: parameters(ids, max_connections="200", performance_schema=True),
        lambda ids: {**parameters(ids, max_connections=300, time_zone="Asia/Seoul"), "tags": TAGS},
        ("CreateDBParameterGroup", "ModifyDBParameterGroup"),
        {"parameters": set_parameter, "tags": renamed},
        {"family": FIXED, "description": FIXED},
    ),
    Case(
        "rds_instance",
        a_place_for_a_database,
        instance,
        lambda ids: instance(
            ids,
            instance_class="db.m6g.xlarge",
            multi_az=True,
            parameter_group="engine2",
            security_group_ids=[ids["group2"], ids["group"]],
            log_exports=["audit", "error"],
            monitoring_interval=30,
            monitoring_role=ids["monitor2"],
            removal="discard",
            tags=TAGS,
        ),
        ("CreateDBInstance",),
        {
            **{key: modify(**changes) for key, changes in CHANGES.items()},
            "parameter_group": modify(DBParameterGroupName="engine2"),
            "security_group_ids": lambda aws, id, ids: modify(VpcSecurityGroupIds=[ids["group2"]])(aws, id, ids),
            "monitoring_role": lambda aws, id, ids: modify(MonitoringInterval=60, MonitoringRoleArn=ids["monitor2"])(aws, id, ids),
            "publicly_accessible": modify(PubliclyAccessible=True),
            "removal": lambda aws, id, ids: tag(aws, id, **{"groundwork:removal": "discard"}),
            "tags": renamed,
        },
        {
            **dict.fromkeys(("engine", "kms_key_id", "storage_encrypted", "db_name", "master_username", "subnet_group"), FIXED),
            "engine_version": "AWS leads it up alone: test_rds_instance.py",
            "allocated_storage": "AWS lets it grow alone: test_rds_instance.py",
            "iops": "it is provisioned for large storage alone: test_rds_instance.py",
        },
    ),
]
