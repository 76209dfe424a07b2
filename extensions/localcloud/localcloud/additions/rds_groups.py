# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RDS: subnet groups and parameter groups."""
from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.rds.models import DBInstance, DBParameterGroup, DBSubnetGroup, RDSBackend
from moto.rds.responses import RDSResponse

from ..call import Call
from ..dials import within
from ..replies import AwsError
from . import before, patch
from .ec2_vpc import all_subnets
from .rds_arrivals import rds_of
from .rds_parameters import catalogue, problem_with

_GROUP_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._ -]{0,254}")
# "Must be 1 to 255 letters, numbers, or hyphens. First character must be a letter. Can't end with a hyphen or contain
# two consecutive hyphens", API_CreateDBParameterGroup
_PLAIN_NAME = re.compile(r"(?!.*--)[A-Za-z]([A-Za-z0-9-]{0,253}[A-Za-z0-9])?")
#: The versions that this cloud's RDS runs, oldest first; the last is the default.
VERSIONS = {
    "mysql": ("8.0.40", "8.0.42", "8.0.43", "8.4.5", "8.4.6"),
    "mariadb": ("10.11.13", "10.11.14", "11.4.7", "11.4.8"),
    "postgres": ("15.13", "16.9", "16.10", "17.5", "17.6"),
}
_FAULTS = "API_CreateDBSubnetGroup, API_ModifyDBSubnetGroup: Errors"


def family_of(engine: str, version: str) -> str:
    """The parameter group family of an engine's version: mysql8.0, postgres16."""
    parts = version.split(".")
    return engine + ".".join(parts[:1] if engine == "postgres" else parts[:2])


def wrong(text: str) -> AwsError:
    """A parameter that RDS does not take."""
    return AwsError("InvalidParameterValue", text)


# -- subnet groups ---------------------------------------------------------------------------------------------


def _subnets(call: Call) -> list[Any]:
    """moto's subnets that a group shall have: they exist, lie in one VPC, and in two zones at least."""
    asked = call.params["SubnetIds"]
    known = {subnet.id: subnet for subnet in all_subnets(ec2_backends[call.account][call.region])}
    if unknown := [each for each in asked if each not in known]:
        raise wrong(f"Some input subnets in :[{', '.join(unknown)}] are invalid.")
    found = [known[each] for each in asked]
    if len({subnet.vpc_id for subnet in found}) > 1:
        raise AwsError("InvalidSubnet", "Subnet IDs must belong to one VPC.")
    zones = sorted({subnet.availability_zone for subnet in found})
    if len(zones) < 2:
        text = "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: "
        raise AwsError("DBSubnetGroupDoesNotCoverEnoughAZs", f"{text}{', '.join(zones)}. Add subnets to cover at least 2 AZs.")
    within("subnets_per_db_subnet_group", len(found) - 1, "DBSubnetQuotaExceededFault", "subnets in a DB subnet group")
    return found


def _users(backend: RDSBackend, group: DBSubnetGroup) -> list[DBInstance]:
    return [each for each in backend.databases.values() if getattr(each, "db_subnet_group", None) is group]


@before("rds", "CreateDBSubnetGroup", adds="rules of the name; DBSubnetGroupAlreadyExists; subnets exist, in one VPC and two zones "
        "(DBSubnetGroupDoesNotCoverEnoughAZs); quotas", source=_FAULTS)  # fmt: skip
def create_subnet_group(call: Call) -> None:
    name, backend = call.params["DBSubnetGroupName"], rds_of(call)
    if not _GROUP_NAME.fullmatch(name) or name.lower() == "default":
        raise wrong(f"The parameter DBSubnetGroupName is not a valid identifier: {name}")
    if not call.params["DBSubnetGroupDescription"].strip():
        raise wrong("The parameter DBSubnetGroupDescription must be provided and must not be blank.")
    if name in backend.subnet_groups:
        raise AwsError("DBSubnetGroupAlreadyExists", f"The DB subnet group '{name}' already exists.")
    within("db_subnet_groups", len(backend.subnet_groups), "DBSubnetGroupQuotaExceeded", "DB subnet groups")
    _subnets(call)


@before("rds", "ModifyDBSubnetGroup", adds="as for a new one; SubnetAlreadyInUse for a subnet that an instance is in", source=_FAULTS)
def modify_subnet_group(call: Call) -> None:
    group = rds_of(call).subnet_groups.get(call.params["DBSubnetGroupName"])
    if group is None:
        raise AwsError("DBSubnetGroupNotFoundFault", f"Subnet Group {call.params['DBSubnetGroupName']} not found.", 404)
    kept = _subnets(call)
    if kept[0].vpc_id != group.vpc_id:
        raise AwsError("InvalidSubnet", "The new Subnets are not in the same Vpc as the existing subnet group")
    for instance in _users(rds_of(call), group):
        if instance.interface.subnet.id not in {subnet.id for subnet in kept}:
            raise AwsError("SubnetAlreadyInUse", f"Subnet {instance.interface.subnet.id} is already in use by DB instance.")


@before("rds", "DeleteDBSubnetGroup", adds="InvalidDBSubnetGroupStateFault while an instance is in it", source="API_DeleteDBSubnetGroup")
def delete_unused_subnet_group(call: Call) -> None:
    backend = rds_of(call)
    group = backend.subnet_groups.get(call.params["DBSubnetGroupName"])
    if group and (users := _users(backend, group)):
        text = f"Cannot delete the subnet group '{group.name}' because at least one database instance: "
        raise AwsError("InvalidDBSubnetGroupStateFault", f"{text}{users[0].db_instance_identifier} is still using it.")


@patch("rds", "ModifyDBSubnetGroup", adds="the group stays", source="API_ModifyDBSubnetGroup")
def modified_groups_stay() -> None:
    first = RDSBackend.modify_db_subnet_group

    def modify(self: RDSBackend, subnet_name: str, description: str, subnets: list[Any]) -> DBSubnetGroup:
        self.subnet_groups[subnet_name] = first(self, subnet_name, description, subnets)
        return self.subnet_groups[subnet_name]

    RDSBackend.modify_db_subnet_group = modify


# -- parameter groups ------------------------------------------------------------------------------------------


def _group(call: Call) -> DBParameterGroup:
    name = call.params["DBParameterGroupName"]
    if group := rds_of(call).db_parameter_groups.get(name):
        return group
    raise AwsError("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}", 404)


@before("rds", "CreateDBParameterGroup", adds="rules of the name; a family of this cloud; DBParameterGroupQuotaExceeded",
        source="API_CreateDBParameterGroup")  # fmt: skip
def create_parameter_group(call: Call) -> None:
    name, family = call.params["DBParameterGroupName"], call.params["DBParameterGroupFamily"]
    if not _PLAIN_NAME.fullmatch(name):
        text = "The parameter DBParameterGroupName is not a valid identifier. Identifiers must begin with a letter; must contain "
        raise wrong(f"{text}only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.")
    families = {family_of(engine, version) for engine, versions in VERSIONS.items() for version in versions}
    if family.startswith(tuple(VERSIONS)) and family not in families:
        raise wrong(f"ParameterGroupFamily {family} is not a valid parameter group family")
    own = [each for each in rds_of(call).db_parameter_groups.values() if not each.name.startswith("default.")]
    within("db_parameter_groups", len(own), "DBParameterGroupQuotaExceeded", "DB parameter groups")


@before("rds", "DescribeDBParameterGroups", adds="DBParameterGroupNotFound for an unknown name", source="API_DescribeDBParameterGroups")
def describe_parameter_groups(call: Call) -> None:
    if call.params.get("DBParameterGroupName"):
        _group(call)


@before("rds", "DeleteDBParameterGroup", adds="InvalidDBParameterGroupState while an instance has it; a default one stays",
        source="API_DeleteDBParameterGroup")  # fmt: skip
def delete_unused_parameter_group(call: Call) -> None:
    group = _group(call)
    if group.name.startswith("default."):
        raise AwsError("InvalidDBParameterGroupState", f"The parameter group {group.name} cannot be deleted.")
    if any(instance.db_parameter_group_name == group.name for instance in rds_of(call).databases.values()):
        raise AwsError("InvalidDBParameterGroupState", "One or more database instances are still members of this parameter group "
                       f"{group.name}, so the group cannot be deleted")  # fmt: skip


@before("rds", "ModifyDBParameterGroup", "ResetDBParameterGroup", adds="at most 20 parameters a call, which the family has and lets one "
        "set; values in their range; `immediate` for dynamic ones alone", source="API_ModifyDBParameterGroup, API_Parameter")  # fmt: skip
def check_parameters(call: Call) -> None:
    group, asked = _group(call), call.params.get("Parameters", [])
    if group.name.startswith("default."):
        raise wrong(f"The parameter group {group.name} is a default one and cannot be modified.")
    if len(asked) > 20:
        raise wrong("No more than 20 parameters can be modified in a single request.")
    for parameter in asked:
        if problem := problem_with(parameter, catalogue(str(group.family)), resets=call.operation == "ResetDBParameterGroup"):
            raise AwsError(*problem)


@patch("rds", "DescribeDBParameters", "ResetDBParameterGroup", "ModifyDBParameterGroup", adds="all parameters of the family, paged, by "
       "their source; a reset; instances are pending-reboot after a static change", source="API_DescribeDBParameters, API_Parameter, "
       "API_ResetDBParameterGroup, API_DBParameterGroupStatus")  # fmt: skip
def parameters_are_known() -> None:
    first_modify = RDSBackend.modify_db_parameter_group

    def describe(self: RDSResponse) -> ActionResult:
        group = self.backend.describe_db_parameter_groups({"db_parameter_group_name": self.params["DBParameterGroupName"].lower()})[0]
        found = _listed(group)
        if source := self.params.get("Source"):
            found = [each for each in found if each["Source"] == source]
        start, most = int(self.params.get("Marker") or 0), self.params.get("MaxRecords") or 100
        more = {"Marker": str(start + most)} if start + most < len(found) else {}
        return ActionResult({"Parameters": found[start : start + most], **more})

    def modify(self: RDSBackend, db_parameter_group_name: str, db_parameter_group_parameters: list[dict[str, Any]]) -> DBParameterGroup:
        group = first_modify(self, db_parameter_group_name, db_parameter_group_parameters)
        _note_reboots(self, group, [each["ParameterName"] for each in db_parameter_group_parameters])
        return group

    def reset(self: RDSResponse) -> ActionResult:
        group = self.backend.db_parameter_groups[self.params["DBParameterGroupName"]]
        asked = [each["ParameterName"] for each in self.params.get("Parameters", [])] or list(group.parameters)
        for name in asked:
            group.parameters.pop(name, None)
        _note_reboots(self.backend, group, asked)
        return ActionResult({"DBParameterGroupName": group.name})

    RDSResponse.describe_db_parameters, RDSResponse.reset_db_parameter_group = describe, reset
    RDSBackend.modify_db_parameter_group = modify


def _listed(group: DBParameterGroup) -> list[dict[str, Any]]:
    said = []
    for name, known in sorted(catalogue(str(group.family)).items()):
        own = group.parameters.get(name)
        given = {"ParameterValue": own["ParameterValue"], "ApplyMethod": own["ApplyMethod"]} if own else {"ApplyMethod": "pending-reboot"}
        said.append({**known, "ParameterName": name, "Source": "user" if own else known["Source"], **given})
    return said


def _note_reboots(backend: RDSBackend, group: DBParameterGroup, names: list[str]) -> None:
    static = any(catalogue(str(group.family))[name]["ApplyType"] == "static" for name in names)
    for instance in backend.databases.values():
        if static and instance.db_parameter_group_name == group.name:
            instance.parameter_apply_status = "pending-reboot"
