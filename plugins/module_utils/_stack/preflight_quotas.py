# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The quotas that a stack can run into: their codes in Service Quotas, AWS's defaults, and what counts as used.

https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
"""

from __future__ import annotations

import re
import typing as t
from collections import Counter
from dataclasses import dataclass

from .._aws import Aws
from .._aws import AwsFailure
from .._aws import DENIED
from .._aws import error_code

#: Prefixes of IAM's actions that differ from botocore's names of the services.
PREFIXES = {"elbv2": "elasticloadbalancing", "service-quotas": "servicequotas"}
#: States in which a NAT gateway counts.
COUNTING = ["pending", "available", "deleting"]


class Unread(Exception):
    """AWS does not tell these credentials. The message says why, and what to do."""


class Account:
    """What there is in an account, as far as it tells."""

    def __init__(self, aws: Aws):
        self.aws = aws

    def read(self, service: str, operation: str, result: str, **params: t.Any) -> t.Any:
        """As aws.read(). Raise Unread where the call is denied, or Service Quotas knows no such quota."""
        try:
            return self.aws.read(service, operation, result, **params)
        except AwsFailure as error:
            action = f"{PREFIXES.get(service, service)}:{self.aws.client(service).meta.method_to_api_mapping[operation]}"
            if error_code(error) in DENIED:
                raise Unread(f"these credentials may not {action}: add that action to their policy") from error
            if error_code(error) == "NoSuchResourceException":
                raise Unread(f"{action} knows no such quota in {self.aws.region}: look it up in the service's own console") from error
            raise

    def value(self, quota: Quota) -> float:
        """The value that a quota has in this account and region."""
        return self.read("service-quotas", "get_service_quota", "Quota", ServiceCode=quota.service, QuotaCode=quota.code)["Value"]


Used = t.Callable[[Account], Counter]


@dataclass(frozen=True)
class Quota:
    """A quota, by its service and code in Service Quotas.

    ``default``: AWS's, for a new account. ``type``: the type of resource that it limits, of which the stack may have some already.
    ``used``: how many there are, by zone, or under "" for the region. Without these two, each thing has the quota to itself.
    """

    service: str
    code: str
    name: str
    default: int
    type: str = ""
    used: Used | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def more(self) -> str:
        """How to get more of it."""
        return f"request an increase in Service Quotas ({self.service}, {self.code})"


def _vpcs(account: Account) -> Counter:
    return Counter({"": len(account.read("ec2", "describe_vpcs", "Vpcs"))})


def _internet_gateways(account: Account) -> Counter:
    return Counter({"": len(account.read("ec2", "describe_internet_gateways", "InternetGateways"))})


def _addresses(account: Account) -> Counter:
    """Those from Amazon's pool: addresses that were brought along have a quota of their own."""
    found = account.read("ec2", "describe_addresses", "Addresses")
    return Counter({"": sum(one.get("PublicIpv4Pool", "amazon") == "amazon" for one in found)})


def _nat_gateways(account: Account) -> Counter:
    """By zone, which only their subnets tell. A gateway of all zones has no subnet, and counts in none."""
    found = account.read("ec2", "describe_nat_gateways", "NatGateways", Filter=[{"Name": "state", "Values": COUNTING}])
    homes = [one["SubnetId"] for one in found if one.get("SubnetId")]
    subnets = account.read("ec2", "describe_subnets", "Subnets", SubnetIds=sorted(set(homes))) if homes else []
    zones = {one["SubnetId"]: one["AvailabilityZone"] for one in subnets}
    return Counter(zones[home] for home in homes)


def _load_balancers(account: Account) -> Counter:
    found = account.read("elbv2", "describe_load_balancers", "LoadBalancers")
    return Counter({"": sum(one["Type"] == "application" for one in found)})


def _target_groups(account: Account) -> Counter:
    return Counter({"": len(account.read("elbv2", "describe_target_groups", "TargetGroups"))})


def _db_instances(account: Account) -> Counter:
    return Counter({"": len(account.read("rds", "describe_db_instances", "DBInstances"))})


#: By the names that plugin_utils/demands.py has for them.
QUOTAS = {
    "vpcs": Quota("vpc", "L-F678F1CE", "VPCs per Region", 5, "ec2_vpc", _vpcs),
    "internet_gateways": Quota("vpc", "L-A4707A72", "Internet gateways per Region", 5, "ec2_internet_gateway", _internet_gateways),
    "nat_gateways_per_zone": Quota("vpc", "L-FE5A380F", "NAT gateways per Availability Zone", 5, "ec2_nat_gateway", _nat_gateways),
    "addresses": Quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5, "ec2_address", _addresses),
    "load_balancers": Quota("elasticloadbalancing", "L-53DA6B97", "Application Load Balancers per Region", 50, "elbv2_load_balancer", _load_balancers),
    "target_groups": Quota("elasticloadbalancing", "L-B22855CB", "Target Groups per Region", 3000, "elbv2_target_group", _target_groups),
    "db_instances": Quota("rds", "L-7B6409FD", "DB instances", 40, "rds_instance", _db_instances),
    "rules_per_group": Quota("vpc", "L-0EA8095F", "Inbound or outbound rules per security group", 60),
    "groups_per_interface": Quota("vpc", "L-2AFB9258", "Security groups per network interface", 5),
    "fargate_vcpus": Quota("fargate", "L-3032A538", "Fargate On-Demand vCPU resource count", 6),
    "rules_per_load_balancer": Quota("elasticloadbalancing", "L-7EED9B64", "Rules per Application Load Balancer", 100),
}

_STANDARD = Quota("ec2", "L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 5)
_GRAPHICS = Quota("ec2", "L-DB2E81BA", "Running On-Demand G and VT instances", 0)
#: The quotas of vCPUs that run, by the letters that a type begins with. What is not here (mac) runs on dedicated hosts alone.
VCPUS = {
    **dict.fromkeys(("a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"), _STANDARD),
    **dict.fromkeys(("g", "gr", "vt"), _GRAPHICS),
    "dl": Quota("ec2", "L-6E869C2A", "Running On-Demand DL instances", 0),
    "f": Quota("ec2", "L-74FC7D96", "Running On-Demand F instances", 0),
    "hpc": Quota("ec2", "L-F7808C92", "Running On-Demand HPC instances", 0),
    "inf": Quota("ec2", "L-1945791B", "Running On-Demand Inf instances", 0),
    "p": Quota("ec2", "L-417A185B", "Running On-Demand P instances", 0),
    "trn": Quota("ec2", "L-2C3B7624", "Running On-Demand Trn instances", 0),
    "u": Quota("ec2", "L-43DA4232", "Running On-Demand High Memory instances", 0),
    "x": Quota("ec2", "L-7295265B", "Running On-Demand X instances", 0),
}


def vcpu_quota(instance_type: str) -> Quota | None:
    """The quota that an On-Demand instance of a type counts in; None where there is none of vCPUs."""
    return VCPUS.get(re.split(r"[^a-z]", instance_type, maxsplit=1)[0])
