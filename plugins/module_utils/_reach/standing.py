# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where components stand, and where they may come to stand: interfaces, and the subnets of fleets, load balancers, databases and containers. Pure.

What AWS manages is placed by its subnets and groups, for its interfaces come and go, and bear no tags of ours. An interface that is
nobody's of the stack is a place of its own: it may be anybody's who reaches ours.
"""

from __future__ import annotations

import typing as t

from .._core.resource import Raw
from .heard import Heard

Place = dict[str, t.Any]


def places_of(heard: Heard) -> list[Place]:
    wanted = [*_fleets(heard), *_load_balancers(heard), *_databases(heard), *_containers(heard), *_endpoints(heard)]
    vpcs = {raw["SubnetId"]: raw["VpcId"] for raw in heard.all("subnets")}
    wanted = [{**place, "vpc": vpcs[place["subnet"]]} for place in wanted if place["subnet"] in vpcs]
    return wanted + _interfaces(heard, wanted)


# -- where it may come to stand ------------------------------------------------------------------------------------


def _placed(one: t.Any, role: str, subnets: t.Iterable[str], groups: list[str] | None, public: t.Callable[[str], bool]) -> t.Iterator[Place]:
    """One place in each subnet of what the stack owns."""
    for subnet in subnets:
        yield {
            "id": one.identity.name,
            "name": one.identity.name,
            "component": one.identity.component,
            "role": role,
            "subnet": subnet,
            "groups": None if groups is None else sorted(groups),
            "addresses": [],
            "public": public(subnet),
            "stands": False,
        }


def _fleets(heard: Heard) -> t.Iterator[Place]:
    """By the launch template: the groups of its first interface, or its own, and the VPC's default one where it names none.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html
    """
    handing = {raw["SubnetId"] for raw in heard.all("subnets") if raw.get("MapPublicIpOnLaunch")}
    default = {raw["VpcId"]: raw["GroupId"] for raw in heard.all("groups") if raw["GroupName"] == "default"}
    vpcs = {raw["SubnetId"]: raw["VpcId"] for raw in heard.all("subnets")}
    for one in heard.standing["autoscaling_group"]:
        versions = heard.answers.get(("template", one.identity.name), ())
        data = versions[0]["LaunchTemplateData"] if versions else {}
        first = next(iter(data.get("NetworkInterfaces", ())), {})
        subnets = [subnet for subnet in one.raw.get("VPCZoneIdentifier", "").split(",") if subnet]
        groups = first.get("Groups") or data.get("SecurityGroupIds") or [default[vpcs[subnet]] for subnet in subnets[:1] if subnet in vpcs]
        given = first.get("AssociatePublicIpAddress")
        yield from _placed(one, "fleet", subnets, groups, lambda subnet, given=given: subnet in handing if given is None else given)


def _load_balancers(heard: Heard) -> t.Iterator[Place]:
    """A network load balancer may have been made without security groups, and then never gets any.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
    """
    for one in heard.standing["elbv2_load_balancer"]:
        groups = one.raw.get("SecurityGroups") or (None if one.raw.get("Type") in ("network", "gateway") else [])
        subnets = [zone["SubnetId"] for zone in one.raw["AvailabilityZones"]]
        yield from _placed(one, "load_balancer", subnets, groups, lambda _subnet, raw=one.raw: raw.get("Scheme") == "internet-facing")


def _databases(heard: Heard) -> t.Iterator[Place]:
    """In all subnets of its subnet group: a failover, or a restore, takes it to any of them.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
    """
    for one in heard.standing["rds_instance"]:
        subnets = [subnet["SubnetIdentifier"] for subnet in one.raw.get("DBSubnetGroup", {}).get("Subnets", ())]
        groups = [group["VpcSecurityGroupId"] for group in one.raw.get("VpcSecurityGroups", ())]
        yield from _placed(one, "database", subnets, groups, lambda _subnet, raw=one.raw: bool(raw.get("PubliclyAccessible")))


def _containers(heard: Heard) -> t.Iterator[Place]:
    for one in heard.standing["ecs_service"]:
        settings = one.raw.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
        groups, public = settings.get("securityGroups", []), settings.get("assignPublicIp") == "ENABLED"
        yield from _placed(one, "task", settings.get("subnets", ()), groups, lambda _subnet, public=public: public)


def _endpoints(heard: Heard) -> t.Iterator[Place]:
    """Interface endpoints; those of the gateway type are routes' targets."""
    for raw in heard.all("endpoints"):
        for subnet in raw.get("SubnetIds", ()) if raw["VpcEndpointType"] != "Gateway" else ():
            about = {**heard.about(raw), "id": raw["VpcEndpointId"], "role": "endpoint", "subnet": subnet}
            groups = sorted(group["GroupId"] for group in raw.get("Groups", ()))
            yield {**about, "groups": groups, "addresses": [], "public": False, "stands": False}


# -- where it stands -----------------------------------------------------------------------------------------------


def _interfaces(heard: Heard, wanted: list[Place]) -> list[Place]:
    """Every interface in the VPCs but those of NAT gateways, which routes tell of."""
    instances = {one["InstanceId"]: one for reservation in heard.all("reservations") for one in reservation["Instances"]}
    translating = {each.get("NetworkInterfaceId") for raw in heard.all("nats") for each in raw["NatGatewayAddresses"]}
    found = [_interface(heard, raw, instances, wanted) for raw in heard.all("interfaces") if raw["NetworkInterfaceId"] not in translating]
    return [place for place in found if place]


def _interface(heard: Heard, raw: Raw, instances: dict[str, Raw], wanted: list[Place]) -> Place | None:
    addresses = raw.get("PrivateIpAddresses", [])
    place = {
        "id": raw["NetworkInterfaceId"],
        "vpc": raw["VpcId"],
        "subnet": raw["SubnetId"],
        "groups": sorted(group["GroupId"] for group in raw["Groups"]),
        "addresses": [one["PrivateIpAddress"] for one in addresses] + [one["Ipv6Address"] for one in raw.get("Ipv6Addresses", ())],
        "public": any(one.get("Association", {}).get("PublicIp") for one in addresses),
        "stands": True,
    }
    instance = instances.get((raw.get("Attachment") or {}).get("InstanceId", ""))
    if instance:
        return {**place, **heard.about(instance), "role": "instance"}
    owner = _owner(heard, raw, place, wanted)
    if owner == []:
        about = heard.about(raw, "TagSet")
        return {**place, **about, "name": about["name"] or raw.get("Description", ""), "role": "other"}
    # Of several that share groups and subnets any may be meant; each has a place of its own there in any case.
    alike = {key: owner[0][key] for key in ("component", "name", "role", "groups", "public")}
    return {**place, **alike} if len({one["component"] for one in owner}) == 1 else None


def _owner(heard: Heard, raw: Raw, place: Place, wanted: list[Place]) -> list[Place]:
    """What AWS made an interface for: an endpoint that lists it, a load balancer by its description, else what is placed in the subnet with
    the very groups.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html: "ELB app/name/id".
    """
    here = [one for one in wanted if one["subnet"] == place["subnet"] and one["role"] != "fleet"]
    endpoints = [one["VpcEndpointId"] for one in heard.all("endpoints") if raw["NetworkInterfaceId"] in one.get("NetworkInterfaceIds", ())]
    if endpoints:
        return [one for one in here if one["id"] in endpoints]
    description = raw.get("Description") or ""
    if description.startswith("ELB "):
        return [one for one in here if one["role"] == "load_balancer" and one["name"] == description.split("/")[1]]
    return [one for one in here if one["groups"] == place["groups"]]
