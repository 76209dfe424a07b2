# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A security group and its rules. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html"""

from __future__ import annotations

import typing as t

from .._aws import AwsFailure
from .._aws import tag_dict
from .._core.identity import STACK
from .._core.plan import compare_children
from .._core.plan import Plan
from .._core.plan import Shape
from .._core.plan import sort_children
from .._core.wait import WaitTimeout
from .base import Ec2Resource

#: What makes a rule the same rule; the description alone can be changed in place.
RULE_KEY = ("protocol", "from_port", "to_port", "source")
#: The kinds of source: the list in an IpPermission, the field in it, and how a value of it begins or looks.
SOURCES = (
    ("UserIdGroupPairs", "GroupId", "sg-"),
    ("PrefixListIds", "PrefixListId", "pl-"),
    ("Ipv6Ranges", "CidrIpv6", ":"),
    ("IpRanges", "CidrIp", ""),
)
#: Our key; the calls that add, remove, and describe anew.
DIRECTIONS = {
    "ingress": ("authorize_security_group_ingress", "revoke_security_group_ingress", "update_security_group_rule_descriptions_ingress"),
    "egress": ("authorize_security_group_egress", "revoke_security_group_egress", "update_security_group_rule_descriptions_egress"),
}
FIELDS = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}


class SecurityGroup(Ec2Resource):
    TYPE, KIND, ID = "ec2_security_group", "security-group", "GroupId"
    READ = ("describe_security_groups", "SecurityGroups")
    CREATE = ("create_security_group", "")
    MANAGED = ("group_name", "description", *DIRECTIONS)
    IMMUTABLE = ("group_name",)
    CREATE_ONLY = ("description",)  # AWS cannot change it, and a group that is taken over has words of its own

    def is_named(self, raw: dict[str, t.Any]) -> bool:
        return raw["GroupName"] == self.identity.name

    def to_shape(self, raw: dict[str, t.Any]) -> dict[str, t.Any]:
        rules = {direction: from_permissions(raw.get(field, [])) for direction, field in FIELDS.items()}
        return {"group_name": raw["GroupName"], "description": raw["Description"], **rules}

    def desired(self, before: Shape | None) -> Shape:
        wanted = super().desired(before)
        rules = {direction: None if wanted[direction] is None else sort_children(map(_whole, wanted[direction])) for direction in DIRECTIONS}
        return {**wanted, **rules, "group_name": self.identity.name}

    def create_spec(self, after: Shape) -> dict[str, t.Any]:
        return {"GroupName": after["group_name"], "Description": after["description"], "VpcId": self.parent}

    def fresh_shape(self) -> Shape:
        # EC2 gives each new group one rule: everything may leave
        # (https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html).
        everything = {"protocol": "-1", "from_port": None, "to_port": None, "source": "0.0.0.0/0", "description": ""}
        return {"ingress": [], "egress": [everything]}

    def update(self, plan: Plan) -> None:
        for direction in (one for one in DIRECTIONS if one in plan.keys):
            changes = compare_children(plan.before[direction], plan.after[direction], RULE_KEY)
            authorize, revoke, describe = DIRECTIONS[direction]
            # What is let in newly comes first: a rule that is only written otherwise never leaves a gap.
            self._rules(authorize, changes.add, settled=("InvalidPermission.Duplicate",))
            self._rules(describe, changes.change)
            self._rules(revoke, changes.remove, settled=("InvalidPermission.NotFound",))

    def _rules(self, operation: str, rules: list[Shape], settled: tuple[str, ...] = ()) -> None:
        """One call a rule where a repetition may meet some that stand: AWS refuses a whole list for one of them."""
        for rule in rules:
            self.aws.call("ec2", operation, GroupId=self.id, IpPermissions=[to_permission(rule)], settled=settled)

    def delete(self) -> None:
        """Groups refer to each other: what refers to this one within its stack lets go of it first."""
        self._revoke_references()
        try:
            self.aws.call(
                "ec2", "delete_security_group", GroupId=self.id, settled=("InvalidGroup.NotFound",), busy=("DependencyViolation",)
            )
        except WaitTimeout as error:
            raise AwsFailure(f"{error}. It is held by {', '.join(self._holders()) or 'nothing that EC2 lists'}") from error

    def _revoke_references(self) -> None:
        groups = self.aws.read("ec2", *self.READ, **self.scope)
        for raw in (raw for raw in groups if tag_dict(raw.get("Tags")).get(STACK) == self.identity.stack):
            for direction, field in FIELDS.items():
                rules = [rule for rule in from_permissions(raw.get(field, [])) if rule["source"] == self.id]
                for rule in rules:
                    self.aws.call(
                        "ec2",
                        DIRECTIONS[direction][1],
                        GroupId=raw["GroupId"],
                        IpPermissions=[to_permission(rule)],
                        settled=("InvalidPermission.NotFound", "InvalidGroup.NotFound"),
                    )

    def _holders(self) -> list[str]:
        """The interfaces that use the group, and whose they are (a load balancer's, a database's, an endpoint's)."""
        filters = [{"Name": "group-id", "Values": [self.id]}]
        found = self.aws.read("ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=filters)
        return [f"{one['NetworkInterfaceId']} ({one.get('Description') or one.get('InterfaceType')})" for one in found]

    def makes_first(self, plan: Plan) -> bool:
        return "group_name" in plan.keys


def _whole(rule: dict[str, t.Any]) -> dict[str, t.Any]:
    """A rule as AWS will read it back: every key, and no ports where the protocol is 'all'."""
    protocol = str(rule.get("protocol") or "tcp")
    ports = (None, None) if protocol == "-1" else (rule.get("from_port"), rule.get("to_port"))
    return {
        "protocol": protocol,
        "from_port": ports[0],
        "to_port": ports[1] if ports[1] is not None else ports[0],
        "source": rule["source"],
        "description": rule.get("description") or "",
    }


def from_permissions(permissions: list[dict[str, t.Any]]) -> list[Shape]:
    """EC2's nested permissions as flat rules, one for each source."""
    rules = []
    for permission in permissions:
        base = {"protocol": permission["IpProtocol"], "from_port": permission.get("FromPort"), "to_port": permission.get("ToPort")}
        for field, name, _look in SOURCES:
            for source in permission.get(field, []):
                rules.append(_whole({**base, "source": source[name], "description": source.get("Description", "")}))
    return sort_children(rules)


def to_permission(rule: Shape) -> dict[str, t.Any]:
    field, name, _look = next(one for one in SOURCES if one[2] in rule["source"])
    source = {name: rule["source"], **({"Description": rule["description"]} if rule["description"] else {})}
    ports = {"FromPort": rule["from_port"], "ToPort": rule["to_port"]} if rule["from_port"] is not None else {}
    return {"IpProtocol": rule["protocol"], **ports, field: [source]}
