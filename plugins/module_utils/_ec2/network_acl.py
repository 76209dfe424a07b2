# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A network ACL: its numbered entries in both directions, and the subnets that it guards.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
"""

from __future__ import annotations

import typing as t

from .._core.plan import compare_children
from .._core.plan import Plan
from .._core.plan import Shape
from .._core.plan import sort_children
from .base import Ec2Resource

#: The entry that AWS adds at the end of each direction, and that nobody can change.
LAST = 32767
PROTOCOLS = {"all": "-1", "icmp": "1", "tcp": "6", "udp": "17", "icmpv6": "58"}
DIRECTIONS = {"ingress": False, "egress": True}


class NetworkAcl(Ec2Resource):
    TYPE, KIND, ID = "ec2_network_acl", "network-acl", "NetworkAclId"
    READ = ("describe_network_acls", "NetworkAcls")
    CREATE = ("create_network_acl", "NetworkAcl")
    MANAGED = (*DIRECTIONS, "subnet_ids")
    HAS_TOKEN = True

    def to_shape(self, raw: dict[str, t.Any]) -> dict[str, t.Any]:
        subnets = sorted(one["SubnetId"] for one in raw.get("Associations", []))
        return {**{key: _entries(raw, egress) for key, egress in DIRECTIONS.items()}, "subnet_ids": subnets}

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        entries = {key: None if wanted[key] is None else sort_children(map(_whole, wanted[key])) for key in DIRECTIONS}
        subnets = wanted["subnet_ids"]
        return {**wanted, **entries, "subnet_ids": None if subnets is None else sorted(subnets)}

    def create_spec(self, after: Shape) -> dict[str, t.Any]:
        return {"VpcId": self.parent}

    def update(self, plan: Plan) -> None:
        for key in (key for key in DIRECTIONS if key in plan.keys):
            changes = compare_children(plan.before[key], plan.after[key], ["number"])
            for entry in changes.add:
                self._put(entry, DIRECTIONS[key], "create_network_acl_entry")
            for entry in changes.change:
                self._put(entry, DIRECTIONS[key], "replace_network_acl_entry")
            for entry in changes.remove:
                self._remove(entry, DIRECTIONS[key])
        # The subnets come last: an ACL that lacks its entries denies everything.
        if "subnet_ids" in plan.keys:
            self._guard(set(plan.after["subnet_ids"]) - set(plan.before["subnet_ids"]), self.id)
            self._guard(set(plan.before["subnet_ids"]) - set(plan.after["subnet_ids"]), None)

    def _put(self, entry: Shape, egress: bool, operation: str) -> None:
        spec = {"NetworkAclId": self.id, "Egress": egress, **_to_entry(entry)}
        answer = self.aws.call("ec2", operation, settled=("NetworkAclEntryAlreadyExists",), **spec)
        if not answer:
            self.aws.call("ec2", "replace_network_acl_entry", **spec)

    def _remove(self, entry: Shape, egress: bool) -> None:
        self.aws.call(
            "ec2",
            "delete_network_acl_entry",
            NetworkAclId=self.id,
            RuleNumber=entry["number"],
            Egress=egress,
            settled=("InvalidNetworkAclEntry.NotFound",),
        )

    def _guard(self, subnets: set[str], acl: str | None) -> None:
        """Move the subnets to this ACL, or back to the VPC's default one: a subnet always has exactly one."""
        if not subnets:
            return
        acls = self.aws.read("ec2", *self.READ, **self.scope)
        target = acl or next(one[self.ID] for one in acls if one["IsDefault"])
        standing = {one["SubnetId"]: one for raw in acls for one in raw.get("Associations", [])}
        for subnet in sorted(subnets):
            if standing[subnet]["NetworkAclId"] != target:
                association = standing[subnet]["NetworkAclAssociationId"]
                self._associate(subnet, association, target)

    def _associate(self, subnet: str, association: str, target: str) -> None:
        # Each move gives the association a new id: after a reply that was lost the old id is gone, and the move is done.
        self.aws.call(
            "ec2",
            "replace_network_acl_association",
            AssociationId=association,
            NetworkAclId=target,
            settled=("InvalidAssociationID.NotFound",),
        )

    def delete(self) -> None:
        self._guard({one["SubnetId"] for one in self.raw.get("Associations", [])}, None)
        self.aws.call("ec2", "delete_network_acl", NetworkAclId=self.id, settled=("InvalidNetworkAclID.NotFound",), busy=("DependencyViolation",))


def _entries(raw: dict[str, t.Any], egress: bool) -> list[Shape]:
    found = [entry for entry in raw.get("Entries", []) if entry["Egress"] is egress and int(entry["RuleNumber"]) < LAST]
    return sort_children(
        _whole(
            {
                "number": entry["RuleNumber"],
                "action": entry["RuleAction"],
                "protocol": entry["Protocol"],
                "cidr": entry.get("CidrBlock") or entry.get("Ipv6CidrBlock"),
                "from_port": entry.get("PortRange", {}).get("From"),
                "to_port": entry.get("PortRange", {}).get("To"),
                "icmp_type": entry.get("IcmpTypeCode", {}).get("Type"),
                "icmp_code": entry.get("IcmpTypeCode", {}).get("Code"),
            }
        )
        for entry in found
    )


def _whole(entry: dict[str, t.Any]) -> dict[str, t.Any]:
    """An entry as AWS will read it back: numbers for protocols, and ports and ICMP types only where they mean something."""
    protocol = str(entry.get("protocol") or "all")
    protocol = PROTOCOLS.get(protocol, protocol)
    ported, icmp = protocol in ("6", "17"), protocol in ("1", "58")
    start = entry.get("from_port") if ported else None
    return {
        "number": int(entry["number"]),
        "action": entry.get("action") or "allow",
        "protocol": protocol,
        "cidr": entry["cidr"],
        "from_port": start,
        "to_port": (entry.get("to_port") if entry.get("to_port") is not None else start) if ported else None,
        "icmp_type": (entry["icmp_type"] if entry.get("icmp_type") is not None else -1) if icmp else None,
        "icmp_code": (entry["icmp_code"] if entry.get("icmp_code") is not None else -1) if icmp else None,
    }


def _to_entry(entry: Shape) -> dict[str, t.Any]:
    spec = {"RuleNumber": entry["number"], "RuleAction": entry["action"], "Protocol": entry["protocol"]}
    spec["Ipv6CidrBlock" if ":" in entry["cidr"] else "CidrBlock"] = entry["cidr"]
    if entry["from_port"] is not None:
        spec["PortRange"] = {"From": entry["from_port"], "To": entry["to_port"]}
    if entry["icmp_type"] is not None:
        spec["IcmpTypeCode"] = {"Type": entry["icmp_type"], "Code": entry["icmp_code"]}
    return spec
