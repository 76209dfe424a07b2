# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RDS: what it refuses, how long it takes, and what is pending meanwhile."""
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localcloud import LocalCloud
from localcloud.clock import CLOCK
from .conftest import client_of
from .network import Network

MONITORS = {"Effect": "Allow", "Principal": {"Service": "monitoring.rds.amazonaws.com"}, "Action": "sts:AssumeRole"}
LONG = "x" * 42


class Databases:
    """A network with two subnets and a group, a subnet group and a parameter group in it, and calls with defaults."""

    def __init__(self, cloud: LocalCloud, ec2: Any) -> None:
        self.cloud, self.net = cloud, Network(ec2)
        self.rds, self.iam = client_of(cloud.endpoint, "rds"), client_of(cloud.endpoint, "iam")
        self.subnets = [self.net.subnet, self.net.new_subnet("10.0.8.0/24", "eu-west-1b")]

    def subnet_group(self, name: str = "place", *subnets: str, description: str = "place") -> Any:
        return self.rds.create_db_subnet_group(
            DBSubnetGroupName=name, DBSubnetGroupDescription=description, SubnetIds=list(subnets or self.subnets)
        )

    def parameter_group(self, name: str = "engine", family: str = "mysql8.0") -> Any:
        return self.rds.create_db_parameter_group(DBParameterGroupName=name, DBParameterGroupFamily=family, Description=name)

    def parameter(self, name: str, value: str, method: str = "immediate") -> Any:
        self.parameter_group()
        given = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
        return self.rds.modify_db_parameter_group(DBParameterGroupName="engine", Parameters=[given])

    def create(self, **params: Any) -> Any:
        usual = {
            "DBInstanceIdentifier": "Shop-DB", "Engine": "mysql", "EngineVersion": "8.0", "DBInstanceClass": "db.m6g.large",
            "AllocatedStorage": 20, "MasterUsername": "admin", "MasterUserPassword": "correct-horse", "DBSubnetGroupName": "place",
        }  # fmt: skip
        if usual["DBSubnetGroupName"] == params.get("DBSubnetGroupName", "place") and not self.rds.describe_db_subnet_groups()["DBSubnetGroups"]:
            self.subnet_group()
        return self.rds.create_db_instance(**{key: value for key, value in {**usual, **params}.items() if value is not None})["DBInstance"]

    def made(self, **params: Any) -> Any:
        self.create(**params)
        return self.now()

    def now(self) -> Any:
        return self.rds.describe_db_instances(DBInstanceIdentifier="shop-db")["DBInstances"][0]

    def modify(self, apply: bool = True, **params: Any) -> Any:
        return self.rds.modify_db_instance(DBInstanceIdentifier="shop-db", ApplyImmediately=apply, **params)["DBInstance"]

    def delete(self, **params: Any) -> Any:
        return self.rds.delete_db_instance(DBInstanceIdentifier="shop-db", **(params or {"SkipFinalSnapshot": True}))

    def role(self, trust: dict[str, Any]) -> str:
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        return self.iam.create_role(RoleName="monitor", AssumeRolePolicyDocument=document)["Role"]["Arn"]


@pytest.fixture
def db(cloud: LocalCloud, ec2: Any) -> Databases:
    return Databases(cloud, ec2)


def _busy(db: Databases) -> None:
    db.cloud.dials.settle = 5
    db.create()


def _break(db: Databases, status: str) -> None:
    from localcloud.additions.rds_arrivals import fail
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.rds.models import rds_backends

    db.create()
    fail(rds_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].databases["shop-db"], status, "it broke")


Case = Callable[[Databases], Any]
WRONG, TOGETHER = "InvalidParameterValue", "InvalidParameterCombination"
# addition, what AWS says, the last call of this
REFUSALS: list[tuple[str, str, Case]] = [
    ("create_subnet_group", "DBSubnetGroupDoesNotCoverEnoughAZs", lambda d: d.subnet_group("place", d.subnets[0])),
    ("create_subnet_group", "DBSubnetGroupAlreadyExists", lambda d: (d.subnet_group("place"), d.subnet_group("Place"))),
    ("create_subnet_group", WRONG, lambda d: d.subnet_group("default")),
    ("create_subnet_group", WRONG, lambda d: d.subnet_group("1place")),
    ("create_subnet_group", WRONG, lambda d: d.subnet_group(description=" ")),
    ("create_subnet_group", WRONG, lambda d: d.subnet_group("place", d.subnets[0], "subnet-0123456789abcdef0")),
    ("create_subnet_group", "InvalidSubnet", lambda d: d.subnet_group("place", d.subnets[0], _elsewhere(d))),
    ("modify_subnet_group", "DBSubnetGroupNotFoundFault",
     lambda d: d.rds.modify_db_subnet_group(DBSubnetGroupName="none", SubnetIds=d.subnets)),
    ("modify_subnet_group", "SubnetAlreadyInUse", lambda d: (d.create(), d.rds.modify_db_subnet_group(
        DBSubnetGroupName="place", SubnetIds=[d.subnets[1], d.net.new_subnet("10.0.9.0/24", "eu-west-1c")]))),
    ("delete_unused_subnet_group", "InvalidDBSubnetGroupStateFault",
     lambda d: (d.create(), d.rds.delete_db_subnet_group(DBSubnetGroupName="place"))),
    ("create_parameter_group", WRONG, lambda d: d.parameter_group("two--hyphens")),
    ("create_parameter_group", WRONG, lambda d: d.parameter_group(family="mysql9.9")),
    ("create_parameter_group", "DBParameterGroupAlreadyExists", lambda d: (d.parameter_group(), d.parameter_group())),
    ("describe_parameter_groups", "DBParameterGroupNotFound", lambda d: d.rds.describe_db_parameter_groups(DBParameterGroupName="none")),
    ("delete_unused_parameter_group", "InvalidDBParameterGroupState",
     lambda d: (d.parameter_group(), d.create(DBParameterGroupName="engine"), d.rds.delete_db_parameter_group(DBParameterGroupName="engine"))),
    ("delete_unused_parameter_group", "InvalidDBParameterGroupState",
     lambda d: (d.made(), d.rds.delete_db_parameter_group(DBParameterGroupName="default.mysql8.0"))),
    ("check_parameters", WRONG, lambda d: d.parameter("no_such", "1")),
    ("check_parameters", WRONG, lambda d: d.parameter("wait_timeout", "0")),
    ("check_parameters", WRONG, lambda d: d.parameter("wait_timeout", "soon")),
    ("check_parameters", WRONG, lambda d: d.parameter("log_output", "PAPER")),
    ("check_parameters", WRONG, lambda d: d.parameter("port", "3307", "pending-reboot")),
    ("check_parameters", TOGETHER, lambda d: d.parameter("performance_schema", "1")),
    ("check_parameters", WRONG, lambda d: (d.parameter_group(), d.rds.modify_db_parameter_group(
        DBParameterGroupName="engine", Parameters=[{"ParameterName": "wait_timeout", "ParameterValue": "9"}]))),
    ("check_parameters", WRONG, lambda d: (d.parameter_group(), d.rds.modify_db_parameter_group(
        DBParameterGroupName="engine", Parameters=21 * [{"ParameterName": "wait_timeout", "ParameterValue": "9", "ApplyMethod": "immediate"}]))),
    ("create_instance", WRONG, lambda d: d.create(DBInstanceIdentifier="1shop")),
    ("create_instance", WRONG, lambda d: d.create(DBInstanceIdentifier="shop-")),
    ("create_instance", "DBInstanceAlreadyExists", lambda d: (d.create(), d.create(DBInstanceIdentifier="shop-db"))),
    ("create_instance", WRONG, lambda d: d.create(MasterUserPassword=None)),
    ("create_instance", WRONG, lambda d: d.create(AllocatedStorage=None)),
    *(("create_instance", WRONG, lambda d, bad=bad: d.create(MasterUserPassword=bad))
      for bad in ("short", LONG, "with/slash", "with@at-sign", "with blank", 'with"quote', "umlautüüü")),
    ("create_instance", WRONG, lambda d: d.create(MasterUsername="rdsadmin")),
    ("create_instance", WRONG, lambda d: d.create(MasterUsername="a-hyphen")),
    ("create_instance", WRONG, lambda d: d.create(DBName="1st")),
    ("create_instance", WRONG, lambda d: d.create(DBInstanceClass="m6g.large")),
    ("create_instance", WRONG, lambda d: d.create(AllocatedStorage=19)),
    ("create_instance", WRONG, lambda d: d.create(BackupRetentionPeriod=36)),
    ("create_instance", WRONG, lambda d: d.create(Port=1149)),
    ("create_instance", WRONG, lambda d: d.create(VpcSecurityGroupIds=["sg-0123456789abcdef0"])),
    ("create_instance", TOGETHER, lambda d: d.create(VpcSecurityGroupIds=[_group_elsewhere(d)])),
    ("create_instance", TOGETHER, lambda d: d.create(StorageType="io1", AllocatedStorage=100)),
    ("create_instance", TOGETHER, lambda d: d.create(StorageType="gp3", Iops=4000)),
    ("create_instance", TOGETHER, lambda d: d.create(MultiAZ=True, AvailabilityZone="eu-west-1a")),
    ("create_instance", TOGETHER, lambda d: d.create(KmsKeyId="0123")),
    ("create_instance", "KMSKeyNotAccessibleFault", lambda d: d.create(KmsKeyId="0123", StorageEncrypted=True)),
    ("create_instance", "CertificateNotFound", lambda d: d.create(CACertificateIdentifier="rds-ca-2015")),
    ("create_instance", "DBSubnetGroupNotFoundFault", lambda d: d.create(DBSubnetGroupName="none")),
    ("create_instance", "DBParameterGroupNotFound", lambda d: d.create(DBParameterGroupName="none")),
    ("create_instance", TOGETHER, lambda d: (d.parameter_group(family="mysql8.4"), d.create(DBParameterGroupName="engine"))),
    ("create_instance", TOGETHER, lambda d: d.create(EnableCloudwatchLogsExports=["postgresql"])),
    ("create_instance", TOGETHER, lambda d: d.create(DBInstanceClass="db.t3.micro", EnablePerformanceInsights=True)),
    ("create_instance", WRONG, lambda d: d.create(MonitoringInterval=7, MonitoringRoleArn=d.role(MONITORS))),
    ("create_instance", WRONG, lambda d: d.create(MonitoringInterval=60, MonitoringRoleArn="arn:aws:iam::123456789012:role/none")),
    ("create_instance", WRONG,
     lambda d: d.create(MonitoringInterval=60, MonitoringRoleArn=d.role({**MONITORS, "Principal": {"Service": "rds.amazonaws.com"}}))),
    ("create_instance", "InvalidVPCNetworkStateFault", lambda d: d.create(PubliclyAccessible=True)),
    ("instance_defaults", TOGETHER, lambda d: d.create(EngineVersion="9.9")),
    ("modify_instance", "InvalidDBInstanceState", lambda d: (_busy(d), d.modify(MultiAZ=True))),
    ("modify_instance", TOGETHER, lambda d: (d.create(AllocatedStorage=30), d.modify(AllocatedStorage=20))),
    ("modify_instance", TOGETHER, lambda d: (d.create(), d.modify(EngineVersion="8.4"))),
    ("modify_instance", TOGETHER, lambda d: (d.create(EngineVersion="8.4"), d.modify(EngineVersion="8.0", AllowMajorVersionUpgrade=True))),
    ("modify_instance", TOGETHER, lambda d: (
        d.parameter_group(), d.create(DBParameterGroupName="engine"), d.modify(EngineVersion="8.4", AllowMajorVersionUpgrade=True))),
    ("delete_instance", TOGETHER, lambda d: (d.create(DeletionProtection=True), d.delete())),
    ("delete_instance", TOGETHER, lambda d: (d.create(), d.delete(SkipFinalSnapshot=False))),
    ("delete_instance", TOGETHER, lambda d: (d.create(), d.delete(SkipFinalSnapshot=True, FinalDBSnapshotIdentifier="last"))),
    ("delete_instance", "InvalidDBInstanceState", lambda d: (_busy(d), d.delete(FinalDBSnapshotIdentifier="last"))),
    ("delete_instance", "InvalidDBInstanceState", lambda d: (_break(d, "failed"), d.delete(FinalDBSnapshotIdentifier="last"))),
    ("delete_instance", "InvalidDBInstanceState", lambda d: (_busy(d), d.delete(), d.delete())),
    ("delete_instance", "DBSnapshotAlreadyExists", lambda d: (
        d.create(), d.rds.create_db_snapshot(DBInstanceIdentifier="shop-db", DBSnapshotIdentifier="last"),
        d.delete(FinalDBSnapshotIdentifier="last"))),
    ("settle_instances", "DBInstanceNotFound", lambda d: (d.create(), d.delete(), d.delete())),
]  # fmt: skip

# Quotas too large to fill: a smaller one says the same.
SMALL_QUOTAS: list[tuple[str, dict[str, int], Case]] = [
    ("DBSubnetGroupQuotaExceeded", {"db_subnet_groups": 0}, lambda d: d.subnet_group()),
    ("DBSubnetQuotaExceededFault", {"subnets_per_db_subnet_group": 1}, lambda d: d.subnet_group()),
    ("DBParameterGroupQuotaExceeded", {"db_parameter_groups": 0}, lambda d: d.parameter_group()),
    ("InstanceQuotaExceeded", {"db_instances": 0}, lambda d: d.create()),
    ("StorageQuotaExceeded", {"db_storage_gib": 19}, lambda d: d.create()),
    ("SnapshotQuotaExceeded", {"db_snapshots": 0}, lambda d: (d.create(), d.delete(FinalDBSnapshotIdentifier="last"))),
]


def _elsewhere(db: Databases) -> str:
    spec = {"VpcId": db.net.other_vpc, "CidrBlock": "10.1.0.0/24", "AvailabilityZone": "eu-west-1b"}
    return db.net.ec2.create_subnet(**spec)["Subnet"]["SubnetId"]


def _group_elsewhere(db: Databases) -> str:
    return db.net.ec2.create_security_group(GroupName="other", Description="other", VpcId=db.net.other_vpc)["GroupId"]


@pytest.mark.parametrize(
    ("code", "case"), [row[1:] for row in REFUSALS], ids=[f"{row[0]}-{row[1]}-{n}" for n, row in enumerate(REFUSALS)]
)
def test_what_rds_refuses_is_refused(db: Databases, code: str, case: Case) -> None:
    with pytest.raises(ClientError) as refused:
        case(db)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(("code", "quotas", "case"), SMALL_QUOTAS, ids=[row[0] for row in SMALL_QUOTAS])
def test_a_quota_is_kept(db: Databases, code: str, quotas: dict[str, int], case: Case) -> None:
    assert db.rds.describe_db_instances()["DBInstances"] == []  # the cloud knows RDS's quotas from its first call on
    db.cloud.dials.quotas = quotas
    with pytest.raises(ClientError) as refused:
        case(db)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.usefixtures("virtual_time")
def test_an_instance_is_made_in_its_time(db: Databases) -> None:
    db.cloud.dials.settle = 0.8
    made = db.create()
    assert (made["DBInstanceIdentifier"], made["DBInstanceStatus"], "Endpoint" in made) == ("shop-db", "creating", False)
    CLOCK.advance(0.45)
    assert db.now()["DBInstanceStatus"] == "backing-up"
    CLOCK.advance(0.45)
    now = db.now()
    assert (now["DBInstanceStatus"], now["Endpoint"]["Port"], now["EngineVersion"]) == ("available", 3306, "8.0.43")
    assert (now["StorageType"], now["Iops"], now["StorageThroughput"], now["PubliclyAccessible"]) == ("gp3", 3000, 125, False)
    assert now["DbiResourceId"].startswith("db-")


@pytest.mark.usefixtures("virtual_time")
def test_a_change_is_pending_at_first_then_made(db: Databases) -> None:
    db.create()
    db.cloud.dials.settle = 0.8
    said = db.modify(DBInstanceClass="db.m6g.xlarge", AllocatedStorage=21)
    assert (said["DBInstanceStatus"], said["DBInstanceClass"]) == ("available", "db.m6g.large")
    assert said["PendingModifiedValues"] == {"DBInstanceClass": "db.m6g.xlarge", "AllocatedStorage": 22}
    CLOCK.advance(0.3)
    assert db.now()["DBInstanceStatus"] == "modifying"
    CLOCK.advance(0.6)
    now = db.now()
    assert (now["DBInstanceStatus"], now["DBInstanceClass"], now["AllocatedStorage"]) == ("available", "db.m6g.xlarge", 22)
    assert not now.get("PendingModifiedValues")


def test_what_is_put_off_waits_and_can_be_taken_back(db: Databases) -> None:
    db.create(BackupRetentionPeriod=7)
    db.modify(apply=False, MultiAZ=True, BackupRetentionPeriod=3, CopyTagsToSnapshot=True)
    now = db.now()
    assert (now["MultiAZ"], now["PendingModifiedValues"]) == (False, {"MultiAZ": True})
    assert (now["BackupRetentionPeriod"], now["CopyTagsToSnapshot"]) == (3, True)
    assert not db.modify(apply=False, MultiAZ=False).get("PendingModifiedValues")
    db.modify(apply=False, MultiAZ=True)
    db.modify(DBPortNumber=3307)  # which applies the rest with it
    assert (db.now()["MultiAZ"], db.now()["Endpoint"]["Port"]) == (True, 3307)


@pytest.mark.usefixtures("virtual_time")
def test_an_instance_lies_in_the_network_until_it_is_gone(db: Databases) -> None:
    ec2, group = db.net.ec2, db.net.group
    db.create(VpcSecurityGroupIds=[group])
    for call, key, value in ((ec2.delete_security_group, "GroupId", group), (ec2.delete_subnet, "SubnetId", db.subnets[0])):
        with pytest.raises(ClientError) as refused:
            call(**{key: value})
        assert refused.value.response["Error"]["Code"] == "DependencyViolation"
    assert ec2.describe_network_interfaces()["NetworkInterfaces"][0]["Description"] == "RDSNetworkInterface"
    db.cloud.dials.settle = 0.3
    assert db.delete()["DBInstance"]["DBInstanceStatus"] == "deleting"
    assert db.now()["DBInstanceStatus"] == "deleting"
    CLOCK.advance(0.35)
    ec2.delete_security_group(GroupId=group)
    ec2.delete_subnet(SubnetId=db.subnets[0])
    assert db.rds.describe_db_instances()["DBInstances"] == []


def test_a_final_snapshot_outlives_the_instance(db: Databases) -> None:
    db.create()
    db.delete(FinalDBSnapshotIdentifier="shop-last")
    assert [one["DBSnapshotIdentifier"] for one in db.rds.describe_db_snapshots()["DBSnapshots"]] == ["shop-last"]


def test_parameters_are_listed_by_source_and_reset(db: Databases) -> None:
    def listed(**params: Any) -> dict[str, Any]:
        pages = db.rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName="engine", PaginationConfig={"PageSize": 20}, **params)
        return {one["ParameterName"]: one for one in pages.build_full_result()["Parameters"]}

    db.parameter("performance_schema", "1", "pending-reboot")
    assert {name: one["ParameterValue"] for name, one in listed(Source="user").items()} == {"performance_schema": "1"}
    assert (listed()["wait_timeout"]["ApplyType"], listed()["wait_timeout"]["Source"]) == ("dynamic", "engine-default")
    db.create(DBParameterGroupName="engine")
    assert db.now()["DBParameterGroups"][0]["ParameterApplyStatus"] == "in-sync"
    reset = [{"ParameterName": "performance_schema", "ApplyMethod": "pending-reboot"}]
    db.rds.reset_db_parameter_group(DBParameterGroupName="engine", Parameters=reset)
    assert listed(Source="user") == {}
    assert db.now()["DBParameterGroups"][0]["ParameterApplyStatus"] == "pending-reboot"
    db.rds.reboot_db_instance(DBInstanceIdentifier="shop-db")
    assert db.now()["DBParameterGroups"][0]["ParameterApplyStatus"] == "in-sync"


def test_a_modified_subnet_group_stays(db: Databases) -> None:
    db.subnet_group()
    db.rds.modify_db_subnet_group(DBSubnetGroupName="place", DBSubnetGroupDescription="new", SubnetIds=db.subnets)
    assert db.rds.describe_db_subnet_groups(DBSubnetGroupName="place")["DBSubnetGroups"][0]["DBSubnetGroupDescription"] == "new"


def test_what_breaks_tells_of_it_by_an_event(db: Databases) -> None:
    _break(db, "storage-full")
    told = db.rds.describe_events(SourceIdentifier="shop-db", SourceType="db-instance")["Events"]
    assert (db.now()["DBInstanceStatus"], told[-1]["Message"]) == ("storage-full", "it broke")


def test_logs_insights_and_monitoring_are_set(db: Databases) -> None:
    db.create(EnableCloudwatchLogsExports=["error", "audit"], MonitoringInterval=60, MonitoringRoleArn=db.role(MONITORS))
    db.modify(CloudwatchLogsExportConfiguration={"EnableLogTypes": ["general"], "DisableLogTypes": ["audit", "slowquery"]},
              EnablePerformanceInsights=True, MonitoringInterval=0)  # fmt: skip
    now = db.now()
    assert (now["EnabledCloudwatchLogsExports"], now["PerformanceInsightsEnabled"]) == (["error", "general"], True)
    assert (now["MonitoringInterval"], "MonitoringRoleArn" in now) == (0, False)
