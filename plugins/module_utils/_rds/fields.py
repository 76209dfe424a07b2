# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The keys of a database instance, as RDS lists, takes and changes them. Pure.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
"""

from __future__ import annotations

import typing as t

from .._core.plan import Plan
from .._core.plan import Refusal
from .._core.plan import Shape
from .._core.resource import Raw

#: Our key, and the argument of CreateDBInstance.
CREATE = {
    "engine": "Engine",
    "engine_version": "EngineVersion",
    "instance_class": "DBInstanceClass",
    "allocated_storage": "AllocatedStorage",
    "max_allocated_storage": "MaxAllocatedStorage",
    "storage_type": "StorageType",
    "iops": "Iops",
    "kms_key_id": "KmsKeyId",
    "storage_encrypted": "StorageEncrypted",
    "db_name": "DBName",
    "master_username": "MasterUsername",
    "subnet_group": "DBSubnetGroupName",
    "parameter_group": "DBParameterGroupName",
    "security_group_ids": "VpcSecurityGroupIds",
    "multi_az": "MultiAZ",
    "publicly_accessible": "PubliclyAccessible",
    "backup_retention_days": "BackupRetentionPeriod",
    "backup_window": "PreferredBackupWindow",
    "maintenance_window": "PreferredMaintenanceWindow",
    "deletion_protection": "DeletionProtection",
    "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
    "performance_insights": "EnablePerformanceInsights",
    "log_exports": "EnableCloudwatchLogsExports",
    "monitoring_interval": "MonitoringInterval",
    "monitoring_role": "MonitoringRoleArn",
    "port": "Port",
    "ca_certificate": "CACertificateIdentifier",
    "copy_tags_to_snapshot": "CopyTagsToSnapshot",
    "iam_authentication": "EnableIAMDatabaseAuthentication",
}
#: The arguments of ModifyDBInstance that have another name, or are made of several keys.
MODIFY = {**CREATE, "port": "DBPortNumber"}
#: How an instance lists what has another name there.
LISTED = {
    **CREATE,
    "performance_insights": "PerformanceInsightsEnabled",
    "iam_authentication": "IAMDatabaseAuthenticationEnabled",
    "log_exports": "EnabledCloudwatchLogsExports",
}
#: The keys that RDS leaves out of its answer where they are off, and what that means.
OFF = {"performance_insights": False, "monitoring_interval": 0, "monitoring_role": "", "max_allocated_storage": 0, "kms_key_id": "", "db_name": ""}
STORAGE = ("storage_type", "allocated_storage", "iops")
#: Below this size the rate of gp3 is fixed (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html).
GP3_THRESHOLD = {"oracle": 200}
#: Engines whose major version has one part: 16 of 16.9, where others have 8.4 of 8.4.6.
ONE_PART = ("postgres", "oracle")


def to_shape(raw: Raw) -> dict[str, t.Any]:
    """What stands, and over it what is pending: AWS has accepted it."""
    pending = raw.get("PendingModifiedValues", {})
    logs = pending.get("PendingCloudwatchLogsExports", {})
    whole = {**raw, **pending}
    shape = {key: whole.get(field, OFF.get(key)) for key, field in LISTED.items()}
    exports = {*(shape["log_exports"] or []), *logs.get("LogTypesToEnable", [])} - set(logs.get("LogTypesToDisable", []))
    return {
        **shape,
        "subnet_group": pending.get("DBSubnetGroupName") or raw.get("DBSubnetGroup", {}).get("DBSubnetGroupName"),
        "parameter_group": next((one["DBParameterGroupName"] for one in raw.get("DBParameterGroups", [])), None),
        "security_group_ids": sorted(one["VpcSecurityGroupId"] for one in raw.get("VpcSecurityGroups", []) if one.get("Status") != "removing"),
        "log_exports": sorted(exports),
        # The port on which it listens; DbInstancePort is of another time.
        "port": pending.get("Port") or raw.get("Endpoint", {}).get("Port"),
    }


def as_wanted(shape: dict[str, t.Any], wanted: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """In the words of the wanted one: a version of the same major (minor ones are AWS's to keep fresh), and a port not yet told."""
    version, standing, port = wanted.get("engine_version"), shape["engine_version"], shape["port"] or wanted.get("port")
    if version and standing and major(shape["engine"], version) == major(shape["engine"], standing):
        return {**shape, "engine_version": version, "port": port}
    return {**shape, "port": port}


def major(engine: str, version: str) -> tuple[int, ...]:
    """The numbers of the major version, which order versions."""
    parts = version.split(".")[: 1 if engine.startswith(ONE_PART) else 2]
    return tuple(int(part) if part.isdigit() else 0 for part in parts)


def growth(wanted: dict[str, t.Any], before: Shape) -> dict[str, t.Any]:
    """The wanted shape of what stands, in which storage and versions only grow. Raise Refusal where they would not."""
    version, standing = wanted["engine_version"], before["engine_version"]
    if version and major(before["engine"], version) < major(before["engine"], standing):
        raise Refusal(f"AWS does not lead {before['engine']} back from {standing} to {version}; set engine_version: \"{standing}\", or restore a snapshot")
    size, has = wanted["allocated_storage"], before["allocated_storage"]
    if size is None or wanted["max_allocated_storage"] or (wanted["max_allocated_storage"] is None and before["max_allocated_storage"]):
        return {**wanted, "allocated_storage": None}  # RDS itself lets it grow
    # RDS grows storage by a tenth at least (API_ModifyDBInstance), so that what stands may be that much more.
    if size <= has <= a_tenth_more(size):
        return {**wanted, "allocated_storage": None}
    if size < has:
        raise Refusal(f"AWS cannot shrink storage from {has} to {size} GiB; set allocated_storage: {has}, or restore the data into a new instance")
    return {**wanted, "allocated_storage": max(size, a_tenth_more(has))}


def a_tenth_more(size: int) -> int:
    return -(-size * 11 // 10)


def modification(plan: Plan) -> dict[str, t.Any]:
    """The arguments of ModifyDBInstance for what differs; empty where nothing does."""
    before, after = plan.before, plan.after
    keys = [key for key in plan.keys if key in CREATE]
    changes = {MODIFY[key]: after[key] for key in keys if key not in ("log_exports", "monitoring_role")}
    if "engine_version" in keys:
        changes["AllowMajorVersionUpgrade"] = True
    if "log_exports" in keys:
        old, new = set(before["log_exports"]), set(after["log_exports"])
        changes["CloudwatchLogsExportConfiguration"] = {"EnableLogTypes": sorted(new - old), "DisableLogTypes": sorted(old - new)}
    if {"monitoring_interval", "monitoring_role"} & set(keys):
        changes["MonitoringInterval"] = after["monitoring_interval"]
        changes |= {"MonitoringRoleArn": after["monitoring_role"]} if after["monitoring_interval"] and after.get("monitoring_role") else {}
    if set(STORAGE) & set(keys) and _has_own_rate(after):
        changes |= {MODIFY[key]: after[key] for key in ("allocated_storage", "iops") if after.get(key)}
    if "max_allocated_storage" in keys and not after["max_allocated_storage"]:
        changes["MaxAllocatedStorage"] = after["allocated_storage"]  # which turns its growth off
    return changes


def _has_own_rate(shape: Shape) -> bool:
    """Whether size and rate are changed together: for provisioned storage both are asked for (API_ModifyDBInstance)."""
    if shape["storage_type"] != "gp3":
        return shape["storage_type"] in ("io1", "io2")
    threshold = next((least for name, least in GP3_THRESHOLD.items() if shape["engine"].startswith(name)), 400)
    return not shape["engine"].startswith("sqlserver") and shape["allocated_storage"] >= threshold
