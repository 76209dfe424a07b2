# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RDS: instances take their time to be made, changed and deleted, and lie in a network."""
from __future__ import annotations

import uuid
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.utils import random_private_ip
from moto.rds.models import DBInstance, RDSBackend

from ..clock import CLOCK
from ..dials import DIALS
from . import patch
from .rds_arrivals import DEFERRED, provision
from .rds_instances import newest


class _Status:
    """An instance's status: where it is on its way, or where it rests."""

    def __set__(self, instance: DBInstance, value: str) -> None:
        instance.__dict__.update(_way=[], _rest=value)

    def __get__(self, instance: DBInstance | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        now = CLOCK.monotonic()
        return next((state for until, state in instance.__dict__["_way"] if now < until), instance.__dict__["_rest"])


def _send(instance: DBInstance, *stops: tuple[float, str]) -> None:
    """Let an instance pass through states, each for its share of the `settle` dial, and be available then."""
    until, way = CLOCK.monotonic(), []
    for share, state in stops:
        until += share * DIALS.settle
        way.append((until, state))
    instance.status = "available"
    instance.__dict__["_way"] = way


@patch("rds", "CreateDBInstance", adds="`settle`: creating and backing-up before available; no endpoint until then; an id of its own; the key's "
       "ARN; an interface in a subnet of its group, with its security groups", source="API_DBInstance; RDS user guide, accessing-monitoring")  # fmt: skip
def instances_are_made() -> None:
    DBInstance.status = _Status()
    DBInstance.parameter_apply_status = "in-sync"
    first_create, first_endpoint = RDSBackend.create_db_instance, DBInstance.endpoint.fget

    def create(self: RDSBackend, db_kwargs: Any) -> DBInstance:
        instance = first_create(self, db_kwargs)
        if instance.db_cluster_identifier:
            return instance
        instance.dbi_resource_id = f"db-{uuid.uuid4().hex[:26].upper()}"
        instance.performance_insights_enabled = bool(db_kwargs.get("enable_performance_insights"))
        instance.pending_modified_values, instance.applies = {}, False
        if instance.storage_encrypted:
            instance.kms_key_id = self._validate_kms_key(db_kwargs.get("kms_key_id") or "alias/aws/rds")
        _place(instance)
        provision(instance)
        _send(instance, (0.5, "creating"), (0.5, "backing-up"))
        return instance

    def endpoint(self: DBInstance) -> dict[str, Any] | None:
        return None if self.status == "creating" else first_endpoint(self)

    RDSBackend.create_db_instance, DBInstance.endpoint = create, property(endpoint)
    DBInstance.db_parameter_group_status_list = property(_parameter_groups)


def _parameter_groups(instance: DBInstance) -> list[dict[str, str]]:
    return [{"DBParameterGroupName": each.name, "ParameterApplyStatus": instance.parameter_apply_status} for each in instance.db_parameter_groups()]


def _place(instance: DBInstance) -> None:
    """Put the instance into the first subnet of its group, where one sees it as an interface of RDS."""
    group = getattr(instance, "db_subnet_group", None)
    if group is None:
        return
    backend = ec2_backends[instance.account_id][instance.region]
    subnet = group._subnets[0]
    instance.availability_zone = subnet.availability_zone
    groups = list(instance.vpc_security_group_ids)
    instance.interface = backend.create_network_interface(
        subnet, random_private_ip(subnet.cidr_block), group_ids=groups, description="RDSNetworkInterface"
    )


@patch("rds", "ModifyDBInstance", adds="PendingModifiedValues; `settle`: at first still available, then modifying; storage grows by a tenth at "
       "least; port, log exports, Performance Insights and monitoring are set", source="API_ModifyDBInstance, API_PendingModifiedValues")  # fmt: skip
def changes_take_their_time() -> None:
    first = RDSBackend.modify_db_instance

    def modify(self: RDSBackend, db_instance_identifier: str, db_kwargs: Any) -> DBInstance:
        instance = self.describe_db_instances(db_instance_identifier)[0]
        if instance.db_cluster_identifier:
            return first(self, db_instance_identifier, db_kwargs)
        later = {key: db_kwargs.pop(key) for key in list(db_kwargs) if key in DEFERRED}
        at_once = db_kwargs.get("apply_immediately") or "db_port_number" in later
        _set_now(instance, db_kwargs)
        first(self, db_instance_identifier, db_kwargs)
        for key, value in later.items():
            _put_off(instance, key, value)
        if instance.pending_modified_values and at_once:
            instance.applies = True
            _send(instance, (0.25, "available"), (0.75, "modifying"))
        return instance

    RDSBackend.modify_db_instance = modify


def _put_off(instance: DBInstance, key: str, value: Any) -> None:
    """Let a value wait; what stands already is waited for no longer."""
    name, attribute = DEFERRED[key]
    current = getattr(instance, attribute)
    if key == "engine_version":
        value = newest(instance.engine, value)
    if key == "allocated_storage" and value > current:
        value = max(value, -(-current * 11 // 10))
    instance.pending_modified_values.pop(name, None)
    if value == current:
        return
    if key == "backup_retention_period" and value and current:
        instance.backup_retention_period = value
    else:
        instance.pending_modified_values[name] = value


def _set_now(instance: DBInstance, asked: Any) -> None:
    """What moto sets by halves, or not at all."""
    exports = asked.pop("cloudwatch_logs_export_configuration", None)
    if exports:
        standing = {*instance.enabled_cloudwatch_logs_exports, *exports.get("EnableLogTypes", [])}
        instance.enabled_cloudwatch_logs_exports = sorted(standing - set(exports.get("DisableLogTypes", [])))
    watched = asked.pop("enable_performance_insights", None)
    if watched is not None:
        instance.performance_insights_enabled = watched
    if asked.get("monitoring_interval") == 0:
        instance.monitoring_role_arn = None
    group = asked.get("db_parameter_group_name")
    if group and group.lower() != instance.db_parameter_group_name:
        instance.parameter_apply_status = "pending-reboot"
    interface = getattr(instance, "interface", None)
    if interface and asked.get("vpc_security_group_ids"):
        groups = ec2_backends[instance.account_id][instance.region]
        interface._group_set = [groups.get_security_group_from_id(each) for each in asked["vpc_security_group_ids"]]


@patch("rds", "RebootDBInstance", adds="`settle`: rebooting before available; parameters are in sync then", source="API_RebootDBInstance")
def reboots_take_their_time() -> None:
    first = RDSBackend.reboot_db_instance

    def reboot(self: RDSBackend, db_instance_identifier: str) -> DBInstance:
        instance = first(self, db_instance_identifier)
        instance.parameter_apply_status = "in-sync"
        _send(instance, (1.0, "rebooting"))
        return instance

    RDSBackend.reboot_db_instance = reboot


@patch("rds", "DeleteDBInstance", adds="`settle`: deleting before it is gone", source="API_DeleteDBInstance")
def deletions_take_their_time() -> None:
    first = RDSBackend.delete_db_instance

    def delete(self: RDSBackend, db_instance_identifier: str, **asked: Any) -> DBInstance:
        instance = first(self, db_instance_identifier, **asked)
        if not instance.db_cluster_identifier:
            self.databases[db_instance_identifier] = instance
            instance.gone_at = CLOCK.monotonic() + DIALS.settle
        return instance

    RDSBackend.delete_db_instance = delete
