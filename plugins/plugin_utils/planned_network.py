# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The network as it will be, once what a plan lists is done: the declared one laid over what stands. Pure.

What the plan creates, updates or replaces will be as it is declared, and what it does not touch stays as it was read: what somebody added
by hand to a part that the plan finds unchanged, and all that is nobody's.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable
from collections.abc import Mapping

from .declared_network import Model
from .declared_network import Part

#: The types of resources, as modules report them, by the model's list that they are in: each is a part there, by its name.
TYPES = {
    "vpcs": ("ec2_vpc",),
    "subnets": ("ec2_subnet",),
    "security_groups": ("ec2_security_group",),
    "acls": ("ec2_network_acl",),
    "route_tables": ("ec2_route_table",),
    "gateways": ("ec2_internet_gateway", "ec2_nat_gateway", "ec2_vpc_endpoint"),
    "load_balancers": ("elbv2_load_balancer",),
    "target_groups": ("elbv2_target_group",),
}
#: And those that change parts of their component's which are not they: an endpoint its routes, a listener where it forwards to.
BESIDE = {
    "route_tables": ("ec2_vpc_endpoint",),
    "load_balancers": ("elbv2_listener", "elbv2_listener_rule"),
    "target_groups": ("elbv2_listener", "elbv2_listener_rule"),
}
#: An association is its ACL's or its table's, and shows in the subnet.
ASSOCIATED = {"ec2_network_acl": "acl", "ec2_route_table": "route_table"}
#: What decides where a component stands, and with which groups.
PLACED = ("elbv2_load_balancer", "autoscaling_group", "ec2_launch_template", "rds_instance", "rds_subnet_group", "ecs_service", "ec2_vpc_endpoint")
CHANGING = ("create", "update", "replace")
GONE = ("delete",)


def planned_network(read: Model, declared: Model, changes: Iterable[Mapping[str, t.Any]]) -> Model:
    """The model. ``changes``: entries of a plan, each with ``component``, ``type``, ``name`` and ``action``; without any, as it was read."""
    entries = [one for one in changes if one.get("action") in (*CHANGING, *GONE)]
    return _Overlay(read, declared, entries).model() if entries else read


class _Overlay:
    def __init__(self, read: Model, declared: Model, changes: list[Mapping[str, t.Any]]):
        self.read, self.declared = read, declared
        self.changed = {(one["component"], one["type"], one["name"]) for one in changes if one["action"] in CHANGING}
        self.kinds = {(component, type_) for component, type_, _name in self.changed}
        self.gone = {(one["component"], one["type"], one["name"]) for one in changes if one["action"] in GONE}
        pairs = {kind: {self._who(kind, one): one["id"] for one in read[kind] if one.get("name")} for kind in (*TYPES, "prefix_lists")}
        #: The ids of what stands, by the declaration's own.
        self.ids = {
            one["id"]: pairs[kind][self._who(kind, one)] for kind in pairs for one in declared[kind] if one["name"] and self._who(kind, one) in pairs[kind]
        }
        for one in declared["vpcs"]:
            self._know_defaults(one["id"])

    def model(self) -> Model:
        kinds: Model = {kind: self._parts(kind) for kind in TYPES}
        return {**kinds, "prefix_lists": self._added("prefix_lists", self.read["prefix_lists"]), "places": self._places()}

    def _who(self, kind: str, part: Part) -> tuple[str, str]:
        return ("" if kind == "prefix_lists" else part["component"], part["name"])

    def _know_defaults(self, vpc: str) -> None:
        """A VPC's default ACL and group bear no component. The group is known by its name, the ACL by letting everything pass."""
        stands = self.ids.get(vpc)
        for kind in ("acls", "security_groups"):
            [own] = [one for one in self.declared[kind] if one["vpc"] == vpc and one["id"].endswith("-default")]
            there = [one for one in self.read[kind] if one["vpc"] == stands and not one["component"]]
            likely = [one["id"] for one in there if one["name"] == "default" or _entries(one) == _entries(own)]
            self.ids |= dict(zip([own["id"]], likely, strict=False))

    def _parts(self, kind: str) -> list[Part]:
        """What stands, with what the plan changes as it is declared, and what it makes; without what it removes."""
        declared = {self.ids.get(one["id"], one["id"]): one for one in self.declared[kind]}
        kept = []
        for one in self.read[kind]:
            if any((one["component"], type_, one["name"]) in self.gone for type_ in TYPES[kind]):
                continue
            wanted = declared.get(one["id"])
            touched = wanted and self._is_touched(kind, wanted)
            kept.append(self._renamed(wanted) if touched else self._associated(one, wanted) if kind == "subnets" else one)
        return self._added(kind, kept)

    def _associated(self, subnet: Part, wanted: Part | None) -> Part:
        changed = {key: wanted[key] for type_, key in ASSOCIATED.items() if wanted and (wanted["component"], type_) in self.kinds}
        return {**subnet, **self._renamed(changed)}

    def _added(self, kind: str, kept: list[Part]) -> list[Part]:
        """And what it makes; with a VPC come a default ACL and group, and what AWS has by itself is there."""
        standing = {one["id"] for one in kept}
        missing = [one for one in self.declared[kind] if self.ids.get(one["id"], one["id"]) not in standing]
        return [*kept, *(self._renamed(one) for one in missing if self._is_made(kind, one))]

    def _is_made(self, kind: str, part: Part) -> bool:
        if kind not in TYPES:
            return True
        if part["id"].endswith("-default"):
            return part["vpc"] not in self.ids
        return self._is_touched(kind, part)

    def _is_touched(self, kind: str, part: Part) -> bool:
        named = any((part["component"], type_, part["name"]) in self.changed for type_ in TYPES[kind])
        return named or any((part["component"], type_) in self.kinds for type_ in BESIDE.get(kind, ()))

    def _places(self) -> list[Part]:
        """A component of which the plan makes or changes what places it is where it is declared."""
        moved = {component for component, type_ in self.kinds if type_ in PLACED}
        gone = {component for component, type_, _name in self.gone if type_ in PLACED}
        kept = [one for one in self.read["places"] if not one["component"] or one["component"] not in moved | gone]
        return kept + [self._renamed(one) for one in self.declared["places"] if one["component"] in moved]

    def _renamed(self, value: t.Any) -> t.Any:
        """With the ids of what stands in the place of the declaration's own."""
        if isinstance(value, Mapping):
            return {key: self._renamed(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self._renamed(one) for one in value]
        return self.ids.get(value, value) if isinstance(value, str) else value


def _entries(acl: Part) -> list[str]:
    return sorted(str(sorted(entry.items(), key=str)) for entry in acl.get("entries", ()))
