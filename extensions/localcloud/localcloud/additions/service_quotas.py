# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Service Quotas: it tells the very numbers that this cloud keeps to. And EC2's vCPUs, which RunInstances keeps to as fleets do."""
from __future__ import annotations

import re
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.models import ServiceQuotasBackend

from ..call import Call
from ..dials import DIALS, QUOTAS
from ..ec2_kinds import backend_of
from ..replies import AwsError
from . import last, patch
from .ec2_launch_templates import version_of

GPU, STANDARD = "gpu_vcpus", "vcpus"
_PAGES = "VPC user guide, amazon-vpc-limits; EC2 user guide, ec2-on-demand-instances; ELB user guide, load-balancer-limits; RDS user guide, CHAP_Limits"
#: The dials that have a code: (service, code) -> dial, name. What is not here, this cloud's Service Quotas does not know.
KNOWN = {
    ("vpc", "L-F678F1CE"): ("vpcs", "VPCs per Region"),
    ("vpc", "L-A4707A72"): ("internet_gateways", "Internet gateways per Region"),
    ("vpc", "L-FE5A380F"): ("nat_gateways_per_zone", "NAT gateways per Availability Zone"),
    ("vpc", "L-0EA8095F"): ("rules_per_group", "Inbound or outbound rules per security group"),
    ("vpc", "L-2AFB9258"): ("groups_per_interface", "Security groups per network interface"),
    ("ec2", "L-0263D0A3"): ("addresses", "EC2-VPC Elastic IPs"),
    ("ec2", "L-1216C47A"): (STANDARD, "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances"),
    ("ec2", "L-DB2E81BA"): (GPU, "Running On-Demand G and VT instances"),
    ("elasticloadbalancing", "L-53DA6B97"): ("load_balancers", "Application Load Balancers per Region"),
    ("elasticloadbalancing", "L-B22855CB"): ("target_groups", "Target Groups per Region"),
    ("elasticloadbalancing", "L-7EED9B64"): ("rules_per_load_balancer", "Rules per Application Load Balancer"),
    ("rds", "L-7B6409FD"): ("db_instances", "DB instances"),
    ("fargate", "L-3032A538"): ("fargate_vcpus", "Fargate On-Demand vCPU resource count"),
}
#: The classes of instances whose vCPUs are counted together, by the letters that a type begins with.
_CLASSES = {GPU: {"g", "gr", "vt"}, STANDARD: {"a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"}}


@patch("service-quotas", "GetServiceQuota", adds="the quotas that the dial `quotas` sets, by their codes", source=_PAGES)
def one_number_rules_both() -> None:
    def get_service_quota(self: Any, service_code: str, quota_code: str) -> dict[str, Any]:
        if (service_code, quota_code) not in KNOWN:
            raise NoSuchResource
        dial, name = KNOWN[service_code, quota_code]
        arn = f"arn:aws:servicequotas:{self.region_name}:{self.account_id}:{service_code}/{quota_code}"
        quota = {"ServiceCode": service_code, "QuotaArn": arn, "QuotaCode": quota_code, "QuotaName": name}
        return {**quota, "Value": float(_limit(dial)), "Unit": "None", "Adjustable": True, "GlobalQuota": False}

    ServiceQuotasBackend.get_service_quota = get_service_quota


@last("ec2", "RunInstances", adds="VcpuLimitExceeded by the quotas `vcpus` and `gpu_vcpus`", source="EC2 error codes; EC2 user guide, ec2-on-demand-instances")
def launch_within_the_vcpus(call: Call) -> None:
    template = call.params.get("LaunchTemplate")
    asked = {**(version_of(call, template).data if template else {}), **call.params}
    within_vcpus(backend_of(call), asked.get("InstanceType", "m1.small"), int(asked["MinCount"]))


def within_vcpus(backend: Any, kind: str, count: int) -> None:
    """Refuse so many more instances of a type where all that run of its class would have too many vCPUs."""
    dial = _class(kind)
    running = [one.instance_type for one in backend.all_instances() if one.state in ("pending", "running")]
    used = sum(_vcpus(one) for one in running if _class(one) == dial)
    if dial and used + _vcpus(kind) * count > _limit(dial):
        text = f"You have requested more vCPU capacity than your current vCPU limit of {_limit(dial)} allows for the instance bucket that the "
        raise AwsError("VcpuLimitExceeded", f"{text}specified instance type belongs to.")


def _limit(dial: str) -> int:
    return DIALS.quotas.get(dial, QUOTAS[dial])


def _class(kind: str) -> str | None:
    letters = re.split(r"[^a-z]", kind, maxsplit=1)[0]
    return next((dial for dial, families in _CLASSES.items() if letters in families), None)


def _vcpus(kind: str) -> int:
    return INSTANCE_TYPES.get(kind, {}).get("VCpuInfo", {}).get("DefaultVCpus", 1)
