# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RDS: what was due has happened before a call is looked at. Additions run in the order of their files: this is RDS's first."""
from __future__ import annotations


from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.rds.models import DBInstance, Event, RDSBackend, rds_backends

from ..call import Call
from ..clock import CLOCK
from . import ANY, before

# "Storage below the threshold has 3000 IOPS that cannot be set", https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
GP3_THRESHOLD = 400
# What waits for the maintenance window unless it is applied at once: moto's name, its name among PendingModifiedValues
# (API_PendingModifiedValues), and moto's attribute.
DEFERRED = {
    "db_instance_class": ("DBInstanceClass", "db_instance_class"),
    "allocated_storage": ("AllocatedStorage", "allocated_storage"),
    "storage_type": ("StorageType", "storage_type"),
    "iops": ("Iops", "iops"),
    "backup_retention_period": ("BackupRetentionPeriod", "backup_retention_period"),
    "multi_az": ("MultiAZ", "multi_az"),
    "engine_version": ("EngineVersion", "engine_version"),
    "ca_certificate_identifier": ("CACertificateIdentifier", "ca_certificate_identifier"),
    "enable_iam_database_authentication": ("IAMDatabaseAuthenticationEnabled", "enable_iam_database_authentication"),
    "db_port_number": ("Port", "port"),
}
_ATTRIBUTES = dict(DEFERRED.values())


def rds_of(call: Call) -> RDSBackend:
    """moto's RDS of the call's account and region."""
    return rds_backends[call.account][call.region]


def fail(instance: DBInstance, status: str, message: str) -> None:
    """Let an instance break, as RDS tells of it: by its status, and by an event that says why."""
    instance.status = status
    tell(instance, "failure", message)


def tell(instance: DBInstance, category: str, message: str) -> None:
    """Add to what RDS tells of an instance."""
    event = Event("DB_INSTANCE_CREATE", instance)
    event.message, event.event_categories, event.date = message, [category], utcnow()
    instance.backend.events.append(event)


def _has_arrived(instance: DBInstance) -> bool:
    return all(CLOCK.monotonic() >= until for until, _state in instance.__dict__["_way"])


@before("rds", ANY, adds="changes are made, and deleted instances gone, once they have settled", source="RDS user guide, accessing-monitoring")
@before(ANY, "DeleteSecurityGroup", "DeleteSubnet", "DescribeNetworkInterfaces", adds="an RDS instance's interface goes with it",
        source="RDS user guide, USER_VPC.WorkingWithRDSInstanceinaVPC")  # fmt: skip
def settle_instances(call: Call) -> None:
    backend = rds_of(call)
    for name, instance in list(backend.databases.items()):
        if instance.status == "deleting" and CLOCK.monotonic() >= instance.gone_at:
            interface = getattr(instance, "interface", None)
            if interface:
                ec2_backends[call.account][call.region].enis.pop(interface.id, None)
            del backend.databases[name]
        elif getattr(instance, "applies", False) and _has_arrived(instance):
            _apply(instance)


def _apply(instance: DBInstance) -> None:
    for name, value in instance.pending_modified_values.items():
        setattr(instance, _ATTRIBUTES[name], value)
    provision(instance)
    instance.pending_modified_values, instance.applies = {}, False
    tell(instance, "configuration change", "Finished updating DB instance")


def provision(instance: DBInstance) -> None:
    """gp3 below the threshold has a rate and a throughput of its own, and says so (CHAP_Storage: gp3)."""
    if instance.storage_type == "gp3" and (instance.allocated_storage < GP3_THRESHOLD or not instance.iops):
        instance.iops = 3000 if instance.allocated_storage < GP3_THRESHOLD else 12000
    if instance.storage_type == "gp3" and (instance.allocated_storage < GP3_THRESHOLD or not instance.storage_throughput):
        instance.storage_throughput = 125 if instance.allocated_storage < GP3_THRESHOLD else 500
    if instance.storage_type in ("gp2", "standard"):
        instance.iops = None
