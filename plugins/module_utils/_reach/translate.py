# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's answers as the network that the engine judges: model.Network in plain data, its lists in order. Pure."""

from __future__ import annotations

import typing as t

from .._core.resource import Raw
from .._elbv2.actions import weights
from .heard import by_field
from .heard import Heard
from .model import PROTOCOLS
from .standing import places_of

#: The entry of an ACL that nobody can change, and that is implied; IPv6 has one of its own
#: (https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html).
LAST = 32767
#: Where a route's destination stands, and its target. Of an instance its interface is what the route leads to.
DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "NetworkInterfaceId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "InstanceId",
)
#: Gateways that routes alone tell of: a transit gateway, a virtual private gateway.
BEYOND = {"tgw-": "transit", "vgw-": "vpn"}
ATTACHED = ("available", "attached")
#: Ports of health checks that follow the target's
#: (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html).
SAME_PORT = "traffic-port"


def network_of(heard: Heard) -> dict[str, t.Any]:
    tables = [_table(heard, raw) for raw in heard.all("route_tables")]
    found = {
        "vpcs": [{"id": raw["VpcId"], **heard.about(raw), "cidrs": _vpc_cidrs(raw)} for raw in heard.all("vpcs")],
        "subnets": _subnets(heard),
        "security_groups": _groups(heard),
        "acls": [_acl(heard, raw) for raw in heard.all("acls")],
        "route_tables": tables,
        "prefix_lists": _prefix_lists(heard),
        "gateways": [*_gateways(heard), *_led_beyond(tables)],
        "places": places_of(heard),
        "load_balancers": [_load_balancer(heard, one) for one in heard.standing["elbv2_load_balancer"]],
        "target_groups": [_target_group(one) for one in heard.standing["elbv2_target_group"]],
    }
    return {name: sorted(parts, key=lambda one: (one["id"], str(one))) for name, parts in found.items()}


# -- the network itself --------------------------------------------------------------------------------------------


def _vpc_cidrs(raw: Raw) -> list[str]:
    first = [one["CidrBlock"] for one in raw.get("CidrBlockAssociationSet", ()) if _is_associated(one, "CidrBlockState")]
    return (first or [raw["CidrBlock"]]) + _cidrs_v6(raw)


def _cidrs_v6(raw: Raw) -> list[str]:
    return [one["Ipv6CidrBlock"] for one in raw.get("Ipv6CidrBlockAssociationSet", ()) if _is_associated(one, "Ipv6CidrBlockState")]


def _is_associated(one: Raw, field: str) -> bool:
    return one.get(field, {}).get("State", "associated") in ("associated", "associating")


def _subnets(heard: Heard) -> list[dict[str, t.Any]]:
    """With the ACL and the table in effect: a subnet without an association has its VPC's main table."""
    acls = {each["SubnetId"]: raw["NetworkAclId"] for raw in heard.all("acls") for each in raw["Associations"]}
    tables = [(each, raw) for raw in heard.all("route_tables") for each in raw["Associations"]]
    main = {raw["VpcId"]: raw["RouteTableId"] for each, raw in tables if each.get("Main")}
    chosen = {each["SubnetId"]: raw["RouteTableId"] for each, raw in tables if "SubnetId" in each}
    return [
        {
            "id": raw["SubnetId"],
            **heard.about(raw),
            "vpc": raw["VpcId"],
            "zone": raw["AvailabilityZone"],
            "cidrs": [*filter(None, [raw.get("CidrBlock")]), *_cidrs_v6(raw)],
            "acl": acls[raw["SubnetId"]],
            "route_table": chosen.get(raw["SubnetId"], main[raw["VpcId"]]),
        }
        for raw in heard.all("subnets")
    ]


def _groups(heard: Heard) -> list[dict[str, t.Any]]:
    rules = by_field(heard.all("group rules"), "GroupId")

    def of(group: str, *, egress: bool) -> list[dict[str, t.Any]]:
        return sorted((_rule(one) for one in rules[group] if one["IsEgress"] is egress), key=lambda rule: rule["id"])

    return [
        {
            "id": raw["GroupId"],
            **heard.about(raw),
            "name": raw["GroupName"],
            "vpc": raw["VpcId"],
            "ingress": of(raw["GroupId"], egress=False),
            "egress": of(raw["GroupId"], egress=True),
        }
        for raw in heard.all("groups")
    ]


def _rule(raw: Raw) -> dict[str, t.Any]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html: ports are -1 where they mean nothing."""
    ports = (raw.get("FromPort", -1), raw.get("ToPort", -1))
    first, last = (None, None) if -1 in ports and not raw["IpProtocol"].startswith("icmp") else ports
    peer = raw.get("CidrIpv4") or raw.get("CidrIpv6") or raw.get("PrefixListId") or raw.get("ReferencedGroupInfo", {}).get("GroupId", "")
    protocol = PROTOCOLS.get(raw["IpProtocol"], raw["IpProtocol"])
    return {"id": raw["SecurityGroupRuleId"], "protocol": protocol, "from_port": first, "to_port": last, "peer": peer}


def _acl(heard: Heard, raw: Raw) -> dict[str, t.Any]:
    entries = [_entry(one) for one in raw["Entries"] if int(one["RuleNumber"]) < LAST]
    order = sorted(entries, key=lambda one: (one["direction"], one["number"]))
    return {"id": raw["NetworkAclId"], **heard.about(raw), "vpc": raw["VpcId"], "entries": order}


def _entry(raw: Raw) -> dict[str, t.Any]:
    protocol, ports = PROTOCOLS.get(str(raw["Protocol"]), str(raw["Protocol"])), raw.get("PortRange", {})
    return {
        "number": int(raw["RuleNumber"]),
        "direction": "egress" if raw["Egress"] else "ingress",
        "action": raw["RuleAction"],
        "protocol": protocol,
        "from_port": ports.get("From") if protocol in ("tcp", "udp") else None,
        "to_port": ports.get("To") if protocol in ("tcp", "udp") else None,
        "cidr": raw.get("CidrBlock") or raw["Ipv6CidrBlock"],
    }


def _table(heard: Heard, raw: Raw) -> dict[str, t.Any]:
    routes = [_route(one) for one in raw["Routes"]]
    main = any(one.get("Main") for one in raw["Associations"])
    return {
        "id": raw["RouteTableId"],
        **heard.about(raw),
        "vpc": raw["VpcId"],
        "main": main,
        "routes": sorted(routes, key=lambda one: (one["destination"], one["target"])),
    }


def _route(raw: Raw) -> dict[str, str]:
    destination, target = (next((raw[field] for field in fields if raw.get(field)), "") for fields in (DESTINATIONS, TARGETS))
    return {"destination": destination, "target": target, "state": raw.get("State", "active")}


def _prefix_lists(heard: Heard) -> list[dict[str, t.Any]]:
    names = {one["PrefixListId"]: one["PrefixListName"] for one in heard.all("prefix lists")}
    asked = {key[1]: entries for key, entries in heard.answers.items() if key[0] == "prefix list"}
    return [{"id": id, "name": names.get(id, ""), "cidrs": sorted(one["Cidr"] for one in entries)} for id, entries in asked.items()]


# -- gateways ------------------------------------------------------------------------------------------------------


def _gateways(heard: Heard) -> t.Iterator[dict[str, t.Any]]:
    for kind, name, id in (("internet", "internet_gateways", "InternetGatewayId"), ("egress_only", "egress_only", "EgressOnlyInternetGatewayId")):
        for raw in heard.all(name):
            attached = [one["VpcId"] for one in raw["Attachments"] if one["State"] in ATTACHED]
            yield {"id": raw[id], **heard.about(raw), "kind": kind, "vpcs": attached}
    for raw in heard.all("nats"):
        if raw["State"] in ("available", "pending"):
            private = raw.get("ConnectivityType") == "private"
            about = {"id": raw["NatGatewayId"], **heard.about(raw), "kind": "nat", "vpcs": [raw["VpcId"]]}
            yield {**about, "subnet": raw.get("SubnetId") or "", "public": not private}
    for raw in heard.all("endpoints"):
        if raw["VpcEndpointType"] == "Gateway" and raw["State"].lower() in ("available", "pending"):
            about = {"id": raw["VpcEndpointId"], **heard.about(raw), "kind": "endpoint", "vpcs": [raw["VpcId"]]}
            yield {**about, "service": raw["ServiceName"]}
    ours = {raw["VpcId"] for raw in heard.all("vpcs")}
    for raw in heard.all("peerings"):
        sides = [raw["RequesterVpcInfo"], raw["AccepterVpcInfo"]]
        here = [one["VpcId"] for one in sides if one.get("VpcId") in ours]
        if here and raw["Status"]["Code"] == "active":
            cidrs = [cidr for one in sides if one.get("VpcId") not in ours for cidr in _peer_cidrs(one)]
            about = {"id": raw["VpcPeeringConnectionId"], **heard.about(raw), "kind": "peering"}
            yield {**about, "vpcs": here, "cidrs": cidrs}


def _peer_cidrs(side: Raw) -> list[str]:
    fourth = [one["CidrBlock"] for one in side.get("CidrBlockSet", ())] or list(filter(None, [side.get("CidrBlock")]))
    return fourth + [one["Ipv6CidrBlock"] for one in side.get("Ipv6CidrBlockSet", ())]


def _led_beyond(tables: list[dict[str, t.Any]]) -> t.Iterator[dict[str, t.Any]]:
    """Gateways that no VPC owns, by the routes that lead to them."""
    led = {(route["target"], table["vpc"]) for table in tables for route in table["routes"] if route["target"][:4] in BEYOND}
    for id in sorted({target for target, _vpc in led}):
        yield {"id": id, "name": "", "component": "", "kind": BEYOND[id[:4]], "vpcs": sorted(vpc for target, vpc in led if target == id)}


# -- load balancers ------------------------------------------------------------------------------------------------


def _load_balancer(heard: Heard, one: t.Any) -> dict[str, t.Any]:
    listeners = [
        {"port": raw["Port"], "protocol": raw["Protocol"], "target_groups": _forwarded(heard, raw)}
        for raw in heard.answers.get(("listeners", one.id), ())
        if "Port" in raw
    ]
    return {
        "id": one.id,
        "name": one.identity.name,
        "component": one.identity.component,
        "scheme": one.raw.get("Scheme", "internal"),
        "kind": one.raw.get("Type", "application"),
        "listeners": sorted(listeners, key=lambda each: each["port"]),
    }


def _forwarded(heard: Heard, listener: Raw) -> list[str]:
    """The target groups that a listener's default action and its rules forward to."""
    actions = [listener.get("DefaultActions", []), *(rule["Actions"] for rule in heard.answers.get(("rules", listener["ListenerArn"]), ()))]
    return sorted({arn for each in actions for arn in weights(each)})


def _target_group(one: t.Any) -> dict[str, t.Any]:
    raw = one.raw
    port, check = raw.get("Port", 0), raw.get("HealthCheckPort", SAME_PORT)
    return {
        "id": one.id,
        "name": one.identity.name,
        "component": one.identity.component,
        "protocol": raw.get("Protocol", ""),
        "port": port,
        "health_protocol": raw.get("HealthCheckProtocol", ""),
        "health_port": port if check == SAME_PORT else int(check),
        "load_balancers": sorted(raw.get("LoadBalancerArns", [])),
    }
