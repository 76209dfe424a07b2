# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RDS: what is refused when an instance is made, changed or deleted. Aurora's members are left to moto."""
from __future__ import annotations

import json
import re
from typing import Any

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.rds.exceptions import KMSKeyNotAccessibleFault
from moto.rds.models import DBInstance

from ..call import Call
from ..dials import DIALS, within
from ..replies import AwsError
from . import before
from .ec2_vpc import all_groups, internet_gateway_of
from .rds_arrivals import GP3_THRESHOLD, rds_of
from .rds_groups import VERSIONS, family_of, wrong

# "First character must be a letter. Can't end with a hyphen or contain two consecutive hyphens", API_CreateDBInstance
_IDENTIFIER = re.compile(r"(?!.*--)[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_PASSWORD = re.compile(r"[!-~]*")
_LONGEST = {"mysql": 41, "mariadb": 41, "postgres": 128}
_LOGS = {
    "mysql": {"audit", "error", "general", "slowquery", "iam-db-auth-error"},
    "mariadb": {"audit", "error", "general", "slowquery", "iam-db-auth-error"},
    "postgres": {"postgresql", "upgrade", "iam-db-auth-error"},
}
_CERTIFICATES = {"rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"}
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.Overview.Engines.html
_TOO_SMALL_TO_WATCH = re.compile(r"db\.t\d\w*\.(micro|small)")
_PROVISIONED = {"io1", "io2"}
_CREATE = "API_CreateDBInstance"


def combination(text: str) -> AwsError:
    """Parameters that RDS does not take together."""
    return AwsError("InvalidParameterCombination", text)


def newest(engine: str, asked: str | None) -> str:
    """The version that an engine runs: the one that is asked for, or the newest minor of a major."""
    versions = VERSIONS[engine]
    found = [each for each in versions if not asked or each == asked or each.startswith(f"{asked}.")]
    if not found:
        raise combination(f"Cannot find version {asked} for {engine}")
    return found[-1]


@before("rds", "CreateDBInstance", adds="the newest minor of a major version; storage gp3, a certificate, no public access and the VPC's "
        "default group where nothing else is asked for", source=f"{_CREATE}: defaults")  # fmt: skip
def instance_defaults(call: Call) -> None:
    asked = call.params
    if not _checked(asked):
        return
    storage = "io1" if "Iops" in asked else "gp3"
    defaults = {"StorageType": storage, "CACertificateIdentifier": "rds-ca-rsa2048-g1", "PubliclyAccessible": "false"}
    changes = {key: value for key, value in defaults.items() if key not in asked}
    changes["EngineVersion"] = newest(asked["Engine"], asked.get("EngineVersion"))
    group = rds_of(call).subnet_groups.get(asked.get("DBSubnetGroupName", ""))
    if group and not asked.get("VpcSecurityGroupIds"):
        default = next(each for each in all_groups(_ec2(call)) if each.vpc_id == group.vpc_id and each.is_default)
        changes["VpcSecurityGroupIds.VpcSecurityGroupId.1"] = default.id
    call.rewrite(changes)


@before("rds", "CreateDBInstance", adds="rules of identifier, user, database and password; InstanceQuotaExceeded", source=_CREATE)
def create_instance(call: Call) -> None:
    asked, backend = call.params, rds_of(call)
    name = asked["DBInstanceIdentifier"]
    if not _IDENTIFIER.fullmatch(name):
        text = "The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin with a letter; must contain only "
        raise wrong(f"{text}ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.")
    if not _checked(asked):
        return
    if name in backend.databases:
        raise AwsError("DBInstanceAlreadyExists", "DB instance already exists")
    for key in ("MasterUsername", "AllocatedStorage", *(() if asked.get("ManageMasterUserPassword") else ("MasterUserPassword",))):
        if not asked.get(key):
            raise wrong(f"The parameter {key} must be provided and must not be blank.")
    _check_words(asked)
    within("db_instances", len(backend.databases), "InstanceQuotaExceeded", "DB instances")
    _check_group_names(call, None, asked["EngineVersion"])
    _check_storage(call, asked["AllocatedStorage"], asked["StorageType"], asked.get("Iops"), None)
    _check_key(call)
    _check_network(call, rds_of(call).subnet_groups.get(asked.get("DBSubnetGroupName", "")), asked.get("VpcSecurityGroupIds", []))
    _check_common(call, asked["Engine"], asked["DBInstanceClass"])
    if asked.get("MultiAZ") and asked.get("AvailabilityZone"):
        raise combination("Requesting a specific availability zone is not valid for Multi-AZ instances.")


@before("rds", "ModifyDBInstance", adds="InvalidDBInstanceState unless it is available; storage only grows; a new major version is allowed "
        "first, and has a parameter group of its family", source="API_ModifyDBInstance")  # fmt: skip
def modify_instance(call: Call) -> None:
    instance, asked = standing(call), call.params
    if instance is None or instance.db_cluster_identifier:
        return
    if instance.status not in ("available", "storage-full", "incompatible-parameters", "storage-optimization"):
        raise AwsError("InvalidDBInstanceState", "Database instance is not in available state.")
    version = newest(instance.engine, asked["EngineVersion"]) if "EngineVersion" in asked else instance.engine_version
    _check_upgrade(asked, instance, version)
    _check_group_names(call, instance, version)
    grows = asked.get("AllocatedStorage", instance.allocated_storage)
    if {"AllocatedStorage", "StorageType", "Iops"} & set(asked):
        _check_storage(call, grows, asked.get("StorageType", instance.storage_type), asked.get("Iops"), instance)
    _check_network(call, getattr(instance, "db_subnet_group", None), asked.get("VpcSecurityGroupIds", []))
    _check_common(call, instance.engine, asked.get("DBInstanceClass", instance.db_instance_class))


@before("rds", "DeleteDBInstance", adds="a name for the final snapshot unless it is skipped; InvalidDBInstanceState while it is deleted, and for a "
        "snapshot of what has failed or is being made; at most 100 snapshots", source="API_DeleteDBInstance")  # fmt: skip
def delete_instance(call: Call) -> None:
    instance, snapshot = standing(call), call.params.get("FinalDBSnapshotIdentifier")
    if instance is None or instance.db_cluster_identifier:
        return
    name, skips = instance.db_instance_identifier, call.params.get("SkipFinalSnapshot", False)
    if instance.status == "deleting":
        raise AwsError("InvalidDBInstanceState", f"Instance {name} is already being deleted.")
    if instance.deletion_protection:
        raise combination("Cannot delete protected DB Instance, please disable deletion protection and try again.")
    if skips and snapshot:
        raise combination("FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is enabled.")
    if not skips and not snapshot:
        raise combination("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
    if snapshot and instance.status in ("creating", "failed", "incompatible-restore", "incompatible-network"):
        raise AwsError("InvalidDBInstanceState", f"Instance {name} is currently {instance.status} - a final snapshot cannot be taken.")
    if snapshot:
        own = [each for each in rds_of(call).database_snapshots.values() if each.snapshot_type == "manual"]
        within("db_snapshots", len(own), "SnapshotQuotaExceeded", "manual DB snapshots")


# -- what they check -------------------------------------------------------------------------------------------


def standing(call: Call) -> DBInstance | None:
    """moto's instance of the call's identifier, or None: moto has the words for that."""
    return rds_of(call).databases.get(call.params["DBInstanceIdentifier"])


def _checked(asked: dict[str, Any]) -> bool:
    return asked["Engine"] in VERSIONS and "DBClusterIdentifier" not in asked


def _ec2(call: Call) -> Any:
    return ec2_backends[call.account][call.region]


def _check_words(asked: dict[str, Any]) -> None:
    engine, user = asked["Engine"], asked["MasterUsername"]
    if not re.fullmatch(r"[A-Za-z]\w*", user) or len(user) > (63 if engine == "postgres" else 16):
        raise wrong("The parameter MasterUsername is not a valid name: letters, numbers or underscores, and a letter first.")
    if user.lower() in ("rdsadmin", "rdsrepladmin"):
        raise wrong(f"MasterUsername {user} cannot be used as it is a reserved word used by the engine")
    database = asked.get("DBName", "name")
    if not re.fullmatch(r"[A-Za-z]\w{0,63}", database):
        raise wrong("DBName must begin with a letter and contain only alphanumeric characters.")
    password = asked.get("MasterUserPassword")
    if password is None:
        return
    if not _PASSWORD.fullmatch(password) or set(password) & set("/@\""):
        text = "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides "
        raise wrong(f"{text}'/', '@', '\"', ' ' may be used.")
    if not 8 <= len(password) <= _LONGEST[engine]:
        fault = "shorter than 8" if len(password) < 8 else f"longer than {_LONGEST[engine]}"
        raise wrong(f"The parameter MasterUserPassword is not a valid password because it is {fault} characters.")


def _check_group_names(call: Call, instance: DBInstance | None, version: str) -> None:
    asked, backend = call.params, rds_of(call)
    group = asked.get("DBSubnetGroupName")
    if group and group not in backend.subnet_groups:
        raise AwsError("DBSubnetGroupNotFoundFault", f"DBSubnetGroup {group} not found.", 404)
    name = asked.get("DBParameterGroupName", instance.db_parameter_group_name if instance else None)
    if not name or name.startswith("default."):
        return
    if name not in backend.db_parameter_groups:
        raise AwsError("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}", 404)
    needed, has = family_of(instance.engine if instance else asked["Engine"], version), backend.db_parameter_groups[name].family
    if has != needed:
        text = f"The Parameter Group {name} with DBParameterGroupFamily {has} can't be used for this instance. Please use a Parameter Group with "
        raise combination(f"{text}DBParameterGroupFamily {needed}")


def _check_storage(call: Call, gib: int, kind: str, iops: int | None, instance: DBInstance | None) -> None:
    if instance and gib < instance.allocated_storage:
        raise combination(f"Requested storage size ({gib}) cannot be less than the current storage size ({instance.allocated_storage})")
    least = 100 if kind in _PROVISIONED else 5 if kind == "standard" else 20
    if not least <= gib <= 65536:
        raise wrong(f"Invalid storage size for engine name {call.params.get('Engine', '')} and storage type {kind}: {gib}")
    if kind in _PROVISIONED and iops is None:
        raise combination(f"The DB instance must have the Iops parameter for storage type {kind}.")
    if kind == "gp3" and iops and gib < GP3_THRESHOLD:
        raise combination(f"You can't specify IOPS or storage throughput for engine and a storage size less than {GP3_THRESHOLD}.")
    used = sum(each.allocated_storage for each in rds_of(call).databases.values() if each is not instance)
    if used + gib > DIALS.quotas["db_storage_gib"]:
        raise AwsError("StorageQuotaExceeded", "The maximum amount of storage has been reached.")


def _check_key(call: Call) -> None:
    asked = call.params
    if asked.get("KmsKeyId") and not asked.get("StorageEncrypted"):
        raise combination("A KMS key can only be specified with StorageEncrypted.")
    try:
        if asked.get("KmsKeyId"):
            rds_of(call)._validate_kms_key(asked["KmsKeyId"])
    except KMSKeyNotAccessibleFault as unknown:
        raise AwsError(unknown.code, unknown.message) from None


def _check_network(call: Call, group: Any, groups: list[str]) -> None:
    """Security groups exist and lie in the VPC of the subnet group; what is public has a way out."""
    known = {each.id: each for each in all_groups(_ec2(call))}
    for group_id in groups:
        if group_id not in known:
            raise wrong(f"Invalid security group , groupId= {group_id}, groupName=.")
        if group and known[group_id].vpc_id != group.vpc_id:
            raise combination("The DB instance and EC2 security group are in different VPCs. "
                              f"The DB instance is in {group.vpc_id} and the EC2 security group is in {known[group_id].vpc_id}")  # fmt: skip
    if group and call.params.get("PubliclyAccessible") and not internet_gateway_of(_ec2(call), group.vpc_id):
        text = "Cannot create a publicly accessible DBInstance. The specified VPC has no internet gateway attached. Update the VPC and "
        raise AwsError("InvalidVPCNetworkStateFault", f"{text}then try again")


def _check_upgrade(asked: dict[str, Any], instance: DBInstance, version: str) -> None:
    old, new = family_of(instance.engine, instance.engine_version), family_of(instance.engine, version)
    versions = VERSIONS[instance.engine]
    if versions.index(version) < versions.index(instance.engine_version):
        raise combination(f"Cannot upgrade {instance.engine} from {instance.engine_version} to {version}")
    if new != old and not asked.get("AllowMajorVersionUpgrade"):
        raise combination("The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.")


def _check_common(call: Call, engine: str, size: str) -> None:
    """What a create and a change check alike."""
    asked = call.params
    if not re.fullmatch(r"db\.[a-z0-9-]+\.[a-z0-9]+", size):
        raise wrong(f"Invalid DB Instance class: {size}")
    if not 0 <= asked.get("BackupRetentionPeriod", 0) <= 35:
        raise wrong("Invalid backup retention period: must be a value from 0 to 35.")
    if not 1150 <= asked.get("DBPortNumber", asked.get("Port", 3306)) <= 65535:
        raise wrong("The port must be a value from 1150 to 65535.")
    if asked.get("CACertificateIdentifier", "rds-ca-rsa2048-g1") not in _CERTIFICATES:
        raise AwsError("CertificateNotFound", f"Certificate not found: {asked['CACertificateIdentifier']}", 404)
    exports = asked.get("CloudwatchLogsExportConfiguration", {})
    if unknown := {*asked.get("EnableCloudwatchLogsExports", []), *exports.get("EnableLogTypes", [])} - _LOGS[engine]:
        raise combination(f"You cannot use the log types '{', '.join(sorted(unknown))}' with engine version {engine}. "
                          "For supported log types, see the documentation.")  # fmt: skip
    if asked.get("EnablePerformanceInsights") and engine != "postgres" and _TOO_SMALL_TO_WATCH.fullmatch(size):
        raise combination("Performance Insights not supported for this configuration.")
    if asked.get("MonitoringInterval", 0) not in (0, 1, 5, 10, 15, 30, 60):
        raise wrong(f"Invalid MonitoringInterval: {asked['MonitoringInterval']}. Valid values are 0, 1, 5, 10, 15, 30, 60.")
    if arn := asked.get("MonitoringRoleArn"):
        _check_monitor(call, arn)


def _check_monitor(call: Call, arn: str) -> None:
    roles = iam_backends[call.account]["aws"].roles.values()
    role = next((each for each in roles if each.arn == arn), None)
    if role is None or "monitoring.rds.amazonaws.com" not in json.dumps(role.assume_role_policy_document):
        raise wrong("IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING")
