#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: rds_instance
short_description: Keep the database instance of a component as described
version_added: 0.1.0
description:
  - The master user's name and password are read from a secret within the module, when the instance is made, and are in no task, result or log.
  - A change that AWS has accepted and not yet made counts as made. Nothing is changed but while the instance is available; a run waits for that.
  - Making an instance takes AWS five to thirty minutes, changing its class or its standby about as long; O(wait_timeout) must leave room.
author: Groundwork contributors (@groundwork)
options:
  name:
    description: Identifier of the instance, of which RDS keeps the small letters; 1 to 63 letters, digits and hyphens, a letter first.
    type: str
    required: true
  engine:
    description: Engine, in AWS's word, as V(mysql), V(mariadb) or V(postgres). AWS cannot change it.
    type: str
    required: true
  engine_version:
    description:
      - Version. A major one, as V(8.4), has AWS choose the minor one.
      - Another minor version of the same major is no drift, since AWS upgrades those by itself. A higher major is a change; a lower one is refused.
    type: str
  instance_class:
    description: Class of the instance.
    type: str
    required: true
  allocated_storage:
    description:
      - Storage in GiB, which AWS grows by a tenth at least and never shrinks.
      - Counts only when the instance is made, where O(max_allocated_storage) lets the storage grow by itself.
    type: int
  max_allocated_storage:
    description: Up to how many GiB the storage grows by itself. V(0) turns that off.
    type: int
  storage_type:
    description: Kind of storage.
    type: str
    choices: [gp2, gp3, io1, io2, standard]
  iops:
    description: Provisioned operations a second, for V(io1), V(io2), and for V(gp3) of 400 GiB or more.
    type: int
  kms_key_id:
    description: ARN, id or alias of the key that encrypts it; the account's own for RDS by default. AWS cannot change it.
    type: str
  storage_encrypted:
    description: Whether it is encrypted. AWS cannot change it.
    type: bool
  db_name:
    description: Database that is made with the instance. AWS cannot change it.
    type: str
  master_username:
    description: Name of the master user; the secret's by default, with which it must agree. AWS cannot change it.
    type: str
  secret_id:
    description:
      - ARN of the secret of Secrets Manager, a JSON object with C(username) and C(password). It is read only when the instance is made.
      - The password has printable ASCII characters other than slash, at sign, double quote and space; 8 to 41 of them for MySQL and MariaDB.
    type: str
  subnet_group:
    description: Name of the subnet group that it lies in. It is not changed in place, since that moves the instance to another VPC.
    type: str
  parameter_group:
    description: Name of its parameter group. A major upgrade wants one of the new family in the same task.
    type: str
  security_group_ids:
    description: Its security groups, and no others. V((known after apply)) under check mode, when they do not stand yet.
    type: list
    elements: str
  multi_az:
    description: Whether a standby in another zone takes over when it fails.
    type: bool
  publicly_accessible:
    description: Whether its name leads to a public address. Always managed.
    type: bool
    default: false
  backup_retention_days:
    description: Days for which automated backups are kept. V(0) turns them off.
    type: int
  backup_window:
    description: When backups are made, in UTC, as V(18:00-18:30).
    type: str
  maintenance_window:
    description: When AWS maintains it, in UTC, as V(sun:19:00-sun:19:30).
    type: str
  deletion_protection:
    description: Whether AWS refuses to delete it. A removal by this module takes the protection off first.
    type: bool
  auto_minor_version_upgrade:
    description: Whether AWS upgrades it to new minor versions in the maintenance window.
    type: bool
  performance_insights:
    description: Whether Performance Insights watches it; micro and small classes of MySQL and MariaDB cannot be watched.
    type: bool
  log_exports:
    description: Logs that go to CloudWatch, and no others, as V(error), V(slowquery) or V(postgresql).
    type: list
    elements: str
  monitoring_interval:
    description: Seconds between two measurements of the operating system. V(0) turns them off.
    type: int
    choices: [0, 1, 5, 10, 15, 30, 60]
  monitoring_role:
    description: ARN of the role by which C(monitoring.rds.amazonaws.com) writes the measurements.
    type: str
  port:
    description: Port that it listens on. A change restarts the engine at once.
    type: int
  ca_certificate:
    description: Certificate authority of its certificate.
    type: str
  copy_tags_to_snapshot:
    description: Whether snapshots get its tags.
    type: bool
  iam_authentication:
    description: Whether users of the database can log in with IAM's credentials.
    type: bool
  apply_immediately:
    description: Whether changes are made at once, pending ones included, rather than in the next maintenance window.
    type: bool
    default: true
  removal:
    description:
      - Whether a removal takes a last snapshot, under a name of its own, or discards the data. Automated backups go with the instance.
      - Kept as the tag C(groundwork:removal), so that a removal of the whole stack knows. Without either a snapshot is taken.
    type: str
    choices: [snapshot, discard]
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the shop's database
  groundwork.aws.rds_instance:
    stack: shop
    component: db
    name: shop-db
    engine: mysql
    engine_version: "8.4"
    instance_class: db.t4g.micro
    allocated_storage: 20
    max_allocated_storage: 100
    storage_type: gp3
    storage_encrypted: true
    secret_id: arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-db-a1b2c3
    subnet_group: shop-db
    parameter_group: shop-db
    security_group_ids: [sg-0123456789abcdef0]
    backup_retention_days: 7
    deletion_protection: true
    removal: snapshot
"""

RETURN = r"""
planned:
  description: The instance with its component, type, name, key, action (none, create, update, replace, delete), changed keys and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
db_instance:
  description:
    - What stands, or would under check mode; empty when it is absent.
    - Once it stands also C(identifier), C(resource_id), C(status), C(endpoint), C(running_version), C(availability_zone), C(pending), the names of
      changes that AWS has yet to make, and C(parameters_apply), which is C(pending-reboot) where static parameters wait for one.
  returned: success
  type: dict
  sample:
    id: arn:aws:rds:eu-west-1:123456789012:db:shop-db
    identifier: shop-db
    endpoint: {address: shop-db.abcdefghijkl.eu-west-1.rds.amazonaws.com, port: 3306}
    status: available
    running_version: 8.4.6
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.rds_instance import main

if __name__ == "__main__":
    main()
