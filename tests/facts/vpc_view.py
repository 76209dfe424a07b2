# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Say what stands in a VPC, in words: names for ids, rules as sentences.

    python tests/facts/vpc_view.py shop-vpc      # as a client: endpoint, region and keys are in the environment

An independent reader: boto3 alone, and nothing of the collection's. As a script it prints the view as JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import boto3

View = dict[str, Any]


class VpcView:
    """All that stands in the one VPC of a name. Raises LookupError where there is none, or more than one."""

    def __init__(self, ec2: Any, name: str) -> None:
        self.ec2 = ec2
        found = self._read("describe_vpcs", "Vpcs", "tag:Name", name)
        if len(found) != 1:
            raise LookupError(f"{len(found)} VPCs are named {name}")
        self.vpc = found[0]
        self.names: dict[str, str] = {}
        self.subnets = self._of_vpc("describe_subnets", "Subnets", "SubnetId")
        self.gateways = self._of_vpc("describe_internet_gateways", "InternetGateways", "InternetGatewayId", "attachment.vpc-id")
        self.nats = [nat for nat in self._of_vpc("describe_nat_gateways", "NatGateways", "NatGatewayId") if nat["State"] != "deleted"]
        self.tables = self._of_vpc("describe_route_tables", "RouteTables", "RouteTableId")
        self.endpoints = self._of_vpc("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId")
        self.groups = self._of_vpc("describe_security_groups", "SecurityGroups", "GroupId")
        self.acls = self._of_vpc("describe_network_acls", "NetworkAcls", "NetworkAclId")

    def _read(self, operation: str, field: str, filter_name: str, value: str) -> list[View]:
        pages = self.ec2.get_paginator(operation).paginate(Filters=[{"Name": filter_name, "Values": [value]}])
        return [one for page in pages for one in page[field]]

    def _of_vpc(self, operation: str, field: str, id_field: str, filter_name: str = "vpc-id") -> list[View]:
        found = self._read(operation, field, filter_name, self.vpc["VpcId"])
        for one in found:
            tags = {tag["Key"]: tag["Value"] for tag in one.get("Tags", [])}
            self.names[one[id_field]] = one.get("GroupName") or tags.get("Name", one[id_field])
        return found

    def name(self, identifier: str) -> str:
        return self.names.get(identifier, identifier)

    def named(self, found: list[View], id_field: str, describe: Any) -> dict[str, Any]:
        """What is said of each, by its name. What shares a name with another one goes by its id."""
        names = [self.name(one[id_field]) for one in found]
        return {name if names.count(name) == 1 else one[id_field]: describe(one) for name, one in zip(names, found, strict=True)}

    def view(self) -> View:
        return {
            "cidr": self.vpc["CidrBlock"],
            "dns_support": self._attribute("enableDnsSupport", "EnableDnsSupport"),
            "dns_hostnames": self._attribute("enableDnsHostnames", "EnableDnsHostnames"),
            "subnets": self.named(self.subnets, "SubnetId", self._subnet),
            "internet_gateways": sorted(self.name(one["InternetGatewayId"]) for one in self.gateways),
            "nat_gateways": self.named(self.nats, "NatGatewayId", self._nat),
            "route_tables": self.named([one for one in self.tables if not _is_main(one)], "RouteTableId", self._table),
            "endpoints": self.named(self.endpoints, "VpcEndpointId", self._endpoint),
            "security_groups": self.named(self.groups, "GroupId", self._group),
            "network_acls": self.named([one for one in self.acls if not one["IsDefault"]], "NetworkAclId", self._acl),
        }

    def _attribute(self, asked: str, answered: str) -> bool:
        return self.ec2.describe_vpc_attribute(VpcId=self.vpc["VpcId"], Attribute=asked)[answered]["Value"]

    def _subnet(self, raw: View) -> View:
        return {"cidr": raw["CidrBlock"], "zone": raw["AvailabilityZone"], "public_ips": raw["MapPublicIpOnLaunch"]}

    def _nat(self, raw: View) -> View:
        return {"subnet": self.name(raw["SubnetId"]), "state": raw["State"], "addresses": len(raw["NatGatewayAddresses"])}

    def _table(self, raw: View) -> View:
        """Routes by destination; those of a gateway endpoint bear a prefix list, and are told of the endpoint."""
        routes = {route["DestinationCidrBlock"]: route for route in raw["Routes"] if "DestinationCidrBlock" in route}
        subnets = [self.name(one["SubnetId"]) for one in raw["Associations"] if "SubnetId" in one]
        return {"subnets": sorted(subnets), "routes": {to: self._target(route) for to, route in routes.items()}}

    def _target(self, route: View) -> str:
        if route["State"] != "active":
            return route["State"]
        return self.name(route.get("NatGatewayId") or route.get("GatewayId") or "another kind of target")

    def _endpoint(self, raw: View) -> View:
        return {
            "service": raw["ServiceName"].rpartition(".")[2],
            "type": raw["VpcEndpointType"],
            "route_tables": sorted(map(self.name, raw.get("RouteTableIds", []))),
            "subnets": sorted(map(self.name, raw.get("SubnetIds", []))),
            "private_dns": raw.get("PrivateDnsEnabled", False),
        }

    def _group(self, raw: View) -> View:
        ingress = [f"{what} from {source}" for rule in raw["IpPermissions"] for what, source in self._rules(rule)]
        egress = [f"{what} to {target}" for rule in raw["IpPermissionsEgress"] for what, target in self._rules(rule)]
        return {"ingress": sorted(ingress), "egress": sorted(egress)}

    def _rules(self, raw: View) -> list[tuple[str, str]]:
        """A permission as (protocol and ports, other side), one a side."""
        sides = [one["CidrIp"] for one in raw["IpRanges"]] + [one["CidrIpv6"] for one in raw["Ipv6Ranges"]]
        sides += [one["PrefixListId"] for one in raw["PrefixListIds"]] + [self.name(one["GroupId"]) for one in raw["UserIdGroupPairs"]]
        what = "all" if raw["IpProtocol"] == "-1" else f"{raw['IpProtocol']} {_ports(raw['FromPort'], raw['ToPort'])}"
        return [(what, side) for side in sides]

    def _acl(self, raw: View) -> View:
        entries = sorted((entry["Egress"], entry["RuleNumber"], _entry(entry)) for entry in raw["Entries"] if entry["RuleNumber"] < 32767)
        return {
            "subnets": sorted(self.name(one["SubnetId"]) for one in raw["Associations"]),
            "ingress": [text for is_egress, _number, text in entries if not is_egress],
            "egress": [text for is_egress, _number, text in entries if is_egress],
        }


def _is_main(table: View) -> bool:
    return any(one["Main"] for one in table["Associations"])


def _ports(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _entry(raw: View) -> str:
    ports = f" {_ports(raw['PortRange']['From'], raw['PortRange']['To'])}" if raw.get("PortRange") else ""
    protocol = {"-1": "all", "6": "tcp", "17": "udp", "1": "icmp"}.get(raw["Protocol"], raw["Protocol"])
    return f"{raw['RuleNumber']} {raw['RuleAction']} {protocol}{ports} {raw['CidrBlock']}"


if __name__ == "__main__":
    print(json.dumps(VpcView(boto3.client("ec2"), sys.argv[1]).view(), indent=2))
