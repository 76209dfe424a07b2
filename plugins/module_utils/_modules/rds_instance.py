# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module rds_instance: keep the database instance of a component as described."""

from __future__ import annotations

from .._aws import Aws
from .._core.run import run_one
from .._core.spec import frame_module
from .._core.spec import items
from .._core.spec import one
from .._rds.instance import Instance

OPTIONS = one(
    engine=dict(required=True),
    engine_version=dict(),
    instance_class=dict(required=True),
    allocated_storage=dict(type="int"),
    max_allocated_storage=dict(type="int"),
    storage_type=dict(choices=["gp2", "gp3", "io1", "io2", "standard"]),
    iops=dict(type="int"),
    kms_key_id=dict(),
    storage_encrypted=dict(type="bool"),
    db_name=dict(),
    master_username=dict(),
    secret_id=dict(no_log=False),
    subnet_group=dict(),
    parameter_group=dict(),
    security_group_ids=dict(type="list", elements="str"),
    multi_az=dict(type="bool"),
    publicly_accessible=dict(type="bool", default=False),
    backup_retention_days=dict(type="int"),
    backup_window=dict(),
    maintenance_window=dict(),
    deletion_protection=dict(type="bool"),
    auto_minor_version_upgrade=dict(type="bool"),
    performance_insights=dict(type="bool"),
    log_exports=dict(type="list", elements="str"),
    monitoring_interval=dict(type="int", choices=[0, 1, 5, 10, 15, 30, 60]),
    monitoring_role=dict(),
    port=dict(type="int"),
    ca_certificate=dict(),
    copy_tags_to_snapshot=dict(type="bool"),
    iam_authentication=dict(type="bool"),
    apply_immediately=dict(type="bool", default=True),
    removal=dict(choices=["snapshot", "discard"]),
)


def main() -> None:
    module = frame_module(**OPTIONS)
    aws = Aws(module)
    run_one(aws, Instance(aws, items(module)[0]), "db_instance")
