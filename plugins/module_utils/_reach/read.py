# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the network of a stack as it stands: AWS's answers, side by side, in three steps of which each needs the ids of the one before.

What the stack owns tells its VPCs; then all that lies in these VPCs is asked for, whosever it is, for anybody's interface may reach ours.
"""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from .._aws import Aws
from .._core.resource import AwsResource
from .._core.resource import Raw
from .._stack.burst import read_owned
from .._stack.burst import WIDTH
from .._stack.types import TYPES
from .heard import Heard
from .translate import network_of

#: What the stack owns that tells its VPCs, or that stands in subnets of them.
WANTED = "ec2_vpc ec2_security_group autoscaling_group elbv2_load_balancer elbv2_target_group rds_instance ecs_service".split()
KINDS = {kind.TYPE: kind for kind in TYPES if kind.TYPE in WANTED}
#: Values that one filter takes (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html).
FILTERED = 200
MISSING = ("LoadBalancerNotFound", "ListenerNotFound", "InvalidLaunchTemplateId.NotFound", "InvalidPrefixListID.NotFound", "InvalidPrefixListId.NotFound")

Question = t.Callable[[], t.Any]


def read_network(aws: Aws, stack: str) -> dict[str, t.Any]:
    """The network of a stack as plain data, in the shape of model.Network."""
    aws.forget()  # the proof is of what stands now, not of what a burst was answered before
    aws.client("ec2")  # what is wrong with region or credentials is said once, and not by every thread
    owned = read_owned(aws, stack, list(KINDS.values()))
    standing = {name: [one for one in owned[kind] if not one.is_gone] for name, kind in KINDS.items()}
    vpcs = sorted({one.raw["VpcId"] for name in ("ec2_vpc", "ec2_security_group", "elbv2_load_balancer") for one in standing[name]})
    with ThreadPoolExecutor(WIDTH) as pool:
        found = _side_by_side(pool, _within(aws, vpcs) if vpcs else {})
        found |= _side_by_side(pool, _of_fleets(aws, standing["autoscaling_group"]) | _of_doors(aws, standing["elbv2_load_balancer"]))
        found |= _side_by_side(pool, _named(aws, found))
    return network_of(Heard(stack, found, standing))


def _side_by_side(pool: ThreadPoolExecutor, questions: dict[t.Any, Question]) -> dict[t.Any, t.Any]:
    return dict(zip(questions, pool.map(lambda ask: ask(), questions.values()), strict=True))


def _within(aws: Aws, vpcs: list[str]) -> dict[str, Question]:
    """What lies in the VPCs. EC2 filters egress-only gateways and peerings by none, or by one side alone."""

    def ask(service: str, operation: str, result: str, by: str = "vpc-id") -> Question:
        return lambda: aws.read(service, operation, result, **({"Filters": [{"Name": by, "Values": vpcs}]} if by else {}))

    return {
        "vpcs": ask("ec2", "describe_vpcs", "Vpcs"),
        "subnets": ask("ec2", "describe_subnets", "Subnets"),
        "groups": ask("ec2", "describe_security_groups", "SecurityGroups"),
        "acls": ask("ec2", "describe_network_acls", "NetworkAcls"),
        "route_tables": ask("ec2", "describe_route_tables", "RouteTables"),
        "interfaces": ask("ec2", "describe_network_interfaces", "NetworkInterfaces"),
        "reservations": ask("ec2", "describe_instances", "Reservations"),
        "endpoints": ask("ec2", "describe_vpc_endpoints", "VpcEndpoints"),
        "nats": ask("ec2", "describe_nat_gateways", "NatGateways"),
        "internet_gateways": ask("ec2", "describe_internet_gateways", "InternetGateways", by="attachment.vpc-id"),
        "egress_only": ask("ec2", "describe_egress_only_internet_gateways", "EgressOnlyInternetGateways", by=""),
        "peerings": ask("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections", by=""),
    }


def _of_fleets(aws: Aws, fleets: list[AwsResource]) -> dict[tuple[str, str], Question]:
    """The template that each fleet launches from: by ("template", the fleet's name)."""

    def ask(template: Raw) -> Question:
        version = {"LaunchTemplateId": template["LaunchTemplateId"], "Versions": [template.get("Version", "$Default")]}
        return lambda: aws.find("ec2", "describe_launch_template_versions", "LaunchTemplateVersions", *MISSING, **version) or []

    return {("template", one.identity.name): ask(template) for one in fleets if (template := template_of(one.raw))}


def template_of(fleet: Raw) -> Raw | None:
    """The launch template of an Auto Scaling group, mixed or not; None where it has a launch configuration."""
    mixed = fleet.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification")
    found = fleet.get("LaunchTemplate") or mixed
    return found if found and "LaunchTemplateId" in found else None


def _of_doors(aws: Aws, doors: list[AwsResource]) -> dict[tuple[str, str], Question]:
    """The listeners of each load balancer: by ("listeners", its ARN)."""

    def ask(arn: str) -> Question:
        return lambda: aws.find("elbv2", "describe_listeners", "Listeners", *MISSING, LoadBalancerArn=arn) or []

    return {("listeners", one.id): ask(one.id) for one in doors}


def _named(aws: Aws, found: dict[t.Any, t.Any]) -> dict[tuple[str, str], Question]:
    """What the answers name: rules of security groups and of listeners, and prefix lists."""
    groups = sorted(one["GroupId"] for one in found.get("groups", ()))
    some = [groups[start : start + FILTERED] for start in range(0, len(groups), FILTERED)]

    def rules(ids: list[str]) -> Question:
        by_group = [{"Name": "group-id", "Values": ids}]
        return lambda: aws.read("ec2", "describe_security_group_rules", "SecurityGroupRules", Filters=by_group)

    def listener_rules(arn: str) -> Question:
        return lambda: aws.find("elbv2", "describe_rules", "Rules", *MISSING, ListenerArn=arn) or []

    def entries(id: str) -> Question:
        return lambda: aws.find("ec2", "get_managed_prefix_list_entries", "Entries", *MISSING, PrefixListId=id) or []

    listeners = [one["ListenerArn"] for key, each in found.items() if key[0] == "listeners" for one in each]
    return {
        **{("group rules", ids[0]): rules(ids) for ids in some},
        **{("rules", arn): listener_rules(arn) for arn in listeners},
        **{("prefix list", id): entries(id) for id in _prefix_lists(found)},
        ("prefix lists", ""): lambda: aws.read("ec2", "describe_managed_prefix_lists", "PrefixLists"),
    }


def _prefix_lists(found: dict[t.Any, t.Any]) -> list[str]:
    """The ids of those that rules and routes name."""
    permissions = [one for group in found.get("groups", ()) for field in ("IpPermissions", "IpPermissionsEgress") for one in group.get(field, ())]
    by_rules = {one["PrefixListId"] for permission in permissions for one in permission.get("PrefixListIds", ())}
    routes = (route for table in found.get("route_tables", ()) for route in table["Routes"])
    return sorted(by_rules | {route["DestinationPrefixListId"] for route in routes if "DestinationPrefixListId" in route})
