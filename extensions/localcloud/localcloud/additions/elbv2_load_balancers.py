# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elastic Load Balancing: load balancers take their time, have interfaces, and are refused what AWS refuses."""
from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer, elbv2_backends
from moto.s3.models import s3_backends

from ..call import Call
from ..clock import CLOCK
from ..dials import DIALS, within
from ..replies import AwsError, Reply
from . import ANY, after, before, patch
from .ec2_groups import all_groups
from .ec2_vpc import all_subnets
from .settling import settle

_ATTRIBUTES = {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "deletion_protection.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
_LOGS_PAGE = "User guide of application load balancers, enable-access-logging"


def elbv2_of(call: Call) -> ELBv2Backend:
    """moto's load balancing of the call's account and region."""
    return elbv2_backends[call.account][call.region]


def invalid(text: str) -> AwsError:
    """A parameter that load balancing does not take."""
    return AwsError("ValidationError", text)


def _ec2(call: Call) -> Any:
    return ec2_backends[call.account][call.region]


@patch("elbv2", "CreateLoadBalancer", adds="`settle`: provisioning before active; all attributes of an application load balancer",
       source="API_LoadBalancerState; API_LoadBalancerAttribute")  # fmt: skip
def load_balancers_settle() -> None:
    settle(FakeLoadBalancer, "state", {"active": "provisioning"})
    first = FakeLoadBalancer.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        first(self, *args, **kwargs)
        self.state = "active"
        if self.type == "application":
            self.attrs = dict(_ATTRIBUTES)

    FakeLoadBalancer.__init__ = init


@patch("elbv2", "CreateLoadBalancer", adds="of one name there is one: the same settings, the first one again; other ones, "
       "DuplicateLoadBalancerName; without groups it has the VPC's default one", source="API_CreateLoadBalancer")  # fmt: skip
def one_of_a_name() -> None:
    first = ELBv2Backend.create_load_balancer

    def create(self: Any, name: str, **asked: Any) -> Any:
        for standing in self.load_balancers.values():
            if standing.name == name and standing.asked == asked:
                return standing
            if standing.name == name:
                text = f"A load balancer with the same name '{name}' exists, but with different settings"
                raise AwsError("DuplicateLoadBalancerName", text)
        within("load_balancers", len(self.load_balancers), "TooManyLoadBalancers", "load balancers")
        made = first(self, name=name, **copy.deepcopy(asked))
        made.asked = asked
        if made.type == "application" and not made.security_groups:
            made.security_groups = [g.id for g in all_groups(self.ec2_backend) if g.is_default and g.vpc_id == made.vpc_id]
        return made

    ELBv2Backend.create_load_balancer = create


@before("elbv2", "CreateLoadBalancer", adds="rules of the name: at most 32 letters, digits, hyphens, none at an edge, no `internal-` first",
        source="API_CreateLoadBalancer: Name")  # fmt: skip
def name_load_balancers(call: Call) -> None:
    name = call.params["Name"]
    if len(name) > 32:
        raise invalid(f"The load balancer name '{name}' cannot be longer than '32' characters")
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        raise invalid(f"The load balancer name '{name}' can only contain characters that are alphanumeric characters and hyphens(-)")
    if name.startswith("-") or name.endswith("-"):
        raise invalid(f"The load balancer name '{name}' cannot begin or end with a hyphen(-)")
    if name.startswith("internal-"):
        raise invalid(f"The load balancer name '{name}' cannot begin with 'internal-'")


@before("elbv2", "CreateLoadBalancer", "SetSubnets", adds="subnets exist, in two zones or more of one VPC, one a zone, with eight free addresses "
        "each, and a way out of the VPC where it is internet-facing", source="API_CreateLoadBalancer: Subnets; Errors")  # fmt: skip
def span_two_zones(call: Call) -> None:
    asked = [*call.params.get("Subnets", []), *(one["SubnetId"] for one in call.params.get("SubnetMappings", []))]
    known = {subnet.id: subnet for subnet in all_subnets(_ec2(call))}
    if unknown := [each for each in asked if each not in known]:
        raise AwsError("SubnetNotFound", f"The subnet ID '{unknown[0]}' does not exist")
    subnets = [known[each] for each in asked]
    zones = [subnet.availability_zone for subnet in subnets]
    if len(set(zones)) < len(zones):
        text = "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
        raise AwsError("InvalidConfigurationRequest", text)
    if len(zones) < 2:
        raise invalid("At least two subnets in two different Availability Zones must be specified")
    standing = elbv2_of(call).load_balancers.get(call.params.get("LoadBalancerArn", ""))
    if len({subnet.vpc_id for subnet in subnets} | ({standing.vpc_id} if standing else set())) > 1:
        raise AwsError("InvalidConfigurationRequest", "The subnets must belong to the same VPC")
    _have_room([subnet for subnet in subnets if not standing or subnet not in standing.subnets])
    scheme = standing.scheme if standing else call.params.get("Scheme", "internet-facing")
    _have_a_way_out(call, subnets[0].vpc_id, scheme)


def _have_room(subnets: list[Any]) -> None:
    for subnet in subnets:
        if subnet.available_ip_address_count < 8:
            text = f"Not enough IP space available in {subnet.id}. ELB requires at least 8 free IP addresses in each subnet."
            raise AwsError("InvalidSubnet", text)


def _have_a_way_out(call: Call, vpc_id: str, scheme: str) -> None:
    gateways = _ec2(call).internet_gateways.values()
    if scheme == "internet-facing" and not any(each.vpc and each.vpc.id == vpc_id for each in gateways):
        raise AwsError("InvalidSubnet", f"VPC {vpc_id} has no internet gateway")


@before("elbv2", "CreateLoadBalancer", "SetSecurityGroups", adds="groups exist, and lie in the VPC", source="API_SetSecurityGroups: Errors")
def groups_of_the_vpc(call: Call) -> None:
    known = {group.id: group.vpc_id for group in all_groups(_ec2(call))}
    asked = call.params.get("SecurityGroups", [])
    if unknown := [each for each in asked if each not in known]:
        raise AwsError("InvalidSecurityGroup", f"The security group '{unknown[0]}' does not exist")
    standing = elbv2_of(call).load_balancers.get(call.params.get("LoadBalancerArn", ""))
    inside = {subnet.vpc_id for subnet in all_subnets(_ec2(call)) if subnet.id in call.params.get("Subnets", [])}
    if {known[each] for each in asked} - (inside or {standing.vpc_id if standing else None}):
        raise AwsError("InvalidConfigurationRequest", "One or more security groups are invalid")


@before("elbv2", "ModifyLoadBalancerAttributes", adds="logs go to a bucket that exists and whose policy lets somebody write", source=_LOGS_PAGE)
def log_where_it_may(call: Call) -> None:
    asked = {each["Key"]: each.get("Value", "") for each in call.params["Attributes"]}
    if asked.get("access_logs.s3.enabled") == "true":
        name = asked.get("access_logs.s3.bucket", "")
        bucket = s3_backends[call.account]["aws"].buckets.get(name)
        if bucket is None or b"s3:PutObject" not in (bucket.policy or b""):
            text = f"Access Denied for bucket: {name}. Please check S3bucket permission"
            raise AwsError("InvalidConfigurationRequest", text)


@before("elbv2", "DeleteLoadBalancer", adds="OperationNotPermitted while it is protected", source="API_DeleteLoadBalancer")
def keep_what_is_protected(call: Call) -> None:
    arn = call.params["LoadBalancerArn"]
    standing = elbv2_of(call).load_balancers.get(arn)
    if standing and standing.attrs.get("deletion_protection.enabled") == "true":
        text = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        raise AwsError("OperationNotPermitted", text)


# -- interfaces ------------------------------------------------------------------------------------------------


@after("elbv2", "CreateLoadBalancer", "SetSubnets", "SetSecurityGroups", "DeleteLoadBalancer", adds="an interface in each subnet, with the groups; "
       "it goes `settle` seconds after its load balancer", source="User guide of application load balancers, load-balancer-delete")  # fmt: skip
def interfaces_follow(call: Call, reply: Reply) -> None:
    backend, ec2 = elbv2_of(call), _ec2(call)
    wanted = {(balancer.arn, subnet.id): balancer for balancer in backend.load_balancers.values() for subnet in balancer.subnets}
    for interface in _interfaces(ec2):
        balancer = wanted.pop((interface.balancer, interface.subnet.id), None)
        if balancer is None:
            interface.due = getattr(interface, "due", None) or CLOCK.monotonic() + DIALS.settle
        else:
            _group(ec2, interface, balancer)
    for (arn, subnet_id), balancer in wanted.items():
        description = "ELB " + arn.partition(":loadbalancer/")[2]
        interface = ec2.create_network_interface(subnet_id, [], description=description, group_ids=balancer.security_groups)
        interface.balancer, interface.requester_managed, interface.status = arn, True, "in-use"


def _interfaces(ec2: Any) -> Iterable[Any]:
    return [each for each in ec2.enis.values() if hasattr(each, "balancer")]


def _group(ec2: Any, interface: Any, balancer: Any) -> None:
    interface._group_set = [group for group in all_groups(ec2) if group.id in balancer.security_groups]


# For every service, so that it runs before the checks of EC2's own additions.
@before(ANY, "DescribeNetworkInterfaces", "DeleteSecurityGroup", "DeleteSubnet", "DeleteVpc", "CreateLoadBalancer", "SetSubnets",
        adds="the interfaces of a load balancer that was deleted are gone once it has settled", source="API_DeleteLoadBalancer")  # fmt: skip
def interfaces_go(call: Call) -> None:
    ec2 = _ec2(call)
    for interface in _interfaces(ec2):
        if getattr(interface, "due", None) and CLOCK.monotonic() >= interface.due:
            ec2.enis.pop(interface.id, None)
