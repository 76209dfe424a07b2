# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every single thing of a network that lets pass or stops, removed, widened or misdirected in turn.

A network is a model of module_utils/_reach/model.py, as data.
"""

from __future__ import annotations

import copy
import typing as t
from collections.abc import Callable
from collections.abc import Iterator

ANYWHERE = "0.0.0.0/0"
#: A range that none of the networks here knows.
ELSEWHERE = "10.9.0.0/16"

Part = dict[str, t.Any]
Model = dict[str, list[Part]]
Change = Callable[[Part], None]


def mutants(model: Model) -> Iterator[tuple[str, Model]]:
    """Each with what was done to it, in words; whether it lets pass what the first does is another's to say."""
    for words, at, change in _changes(model):
        mutant = copy.copy(model)
        part: t.Any = mutant
        for step in at:  # what lies beside the way there stays the first's
            part[step] = copy.copy(part[step])
            part = part[step]
        change(part)
        yield words, mutant


def _changes(model: Model) -> Iterator[tuple[str, tuple[t.Any, ...], Change]]:
    for where, group in enumerate(model["security_groups"]):
        for direction in ("ingress", "egress"):
            for place, rule in enumerate(group[direction]):
                at = ("security_groups", where, direction)
                label = f"{group['name']} {direction} {place}"
                yield f"{label}: removed", at, _without(place)
                yield from ((f"{label}: {words}", (*at, place), change) for words, change in _rule(rule, model, group["id"]))
    for where, acl in enumerate(model["acls"]):
        for place, entry in enumerate(acl["entries"]):
            label = f"{acl['name'] or acl['id']} {entry['direction']} {entry['number']}"
            yield f"{label}: removed", ("acls", where, "entries"), _without(place)
            yield from ((f"{label}: {words}", ("acls", where, "entries", place), change) for words, change in _entry(entry))
    for where, table in enumerate(model["route_tables"]):
        for place, route in enumerate(table["routes"]):
            label = f"{table['name']} {route['destination']}"
            yield f"{label}: removed", ("route_tables", where, "routes"), _without(place)
            yield from ((f"{label}: {words}", ("route_tables", where, "routes", place), change) for words, change in _route(route, model))
    yield from _attributes(model)


def _without(place: int) -> Change:
    return lambda parts: parts.pop(place)


def _rule(rule: Part, model: Model, own: str) -> Iterator[tuple[str, Change]]:
    yield "widened to everybody", _with(peer=ANYWHERE)
    yield "widened to every port", _with(from_port=None, to_port=None)
    yield "widened to everything", _with(protocol="all", from_port=None, to_port=None)
    yield "misdirected to a range", _with(peer=ELSEWHERE)
    others = [group["id"] for group in model["security_groups"] if group["id"] not in (rule["peer"], own)]
    yield from ((f"misdirected to {other}", _with(peer=other)) for other in others)
    yield "misdirected to itself", _with(peer=own)
    yield "misdirected to UDP", _with(protocol="udp")
    if rule["from_port"] is not None:
        yield "misdirected to the next port", _with(from_port=rule["from_port"] + 1, to_port=rule["to_port"] + 1)
        yield "widened by SSH", _with(from_port=22)


def _entry(entry: Part) -> Iterator[tuple[str, Change]]:
    yield "turned round", _with(action="deny" if entry["action"] == "allow" else "allow")
    yield "widened to everybody", _with(cidr=ANYWHERE)
    yield "widened to everything", _with(protocol="all", from_port=None, to_port=None)
    yield "misdirected to a range", _with(cidr=ELSEWHERE)
    yield "misdirected to UDP", _with(protocol="udp")
    yield "in the other direction", _with(direction="egress" if entry["direction"] == "ingress" else "ingress", number=entry["number"] + 1)
    if entry["from_port"] is not None:
        yield "misdirected to the next port", _with(from_port=min(entry["from_port"] + 1, 65535), to_port=min(entry["to_port"] + 1, 65535))
        yield "narrowed to one port", _with(to_port=entry["from_port"])


def _route(route: Part, model: Model) -> Iterator[tuple[str, Change]]:
    yield "misdirected to a range", _with(destination=ELSEWHERE)
    yield "into a black hole", _with(state="blackhole")
    if route["target"] != "local":
        yield "misdirected to local", _with(target="local")
    for gateway in model["gateways"]:
        if gateway["id"] != route["target"]:
            yield f"misdirected to {gateway['id']}", _with(target=gateway["id"])


def _attributes(model: Model) -> Iterator[tuple[str, tuple[t.Any, ...], Change]]:
    for where, subnet in enumerate(model["subnets"]):
        for field, others in (("acl", "acls"), ("route_table", "route_tables")):
            for other in model[others]:
                if other["id"] != subnet[field]:
                    yield f"{subnet['name']}: {field} {other['id']}", ("subnets", where), _with(**{field: other["id"]})
    for where, gateway in enumerate(model["gateways"]):
        yield f"{gateway['name']}: detached", ("gateways", where), _with(vpcs=[])
        if gateway["kind"] == "nat":
            yield f"{gateway['name']}: without a public address", ("gateways", where), _with(public=False)
            for subnet in model["subnets"]:
                if subnet["id"] != gateway["subnet"]:
                    yield f"{gateway['name']}: in {subnet['name']}", ("gateways", where), _with(subnet=subnet["id"])
    for where, place in enumerate(model["places"]):
        label = f"{place['name']} in {place['subnet']}"
        yield f"{label}: a public address turned round", ("places", where), _with(public=not place["public"])
        yield f"{label}: without groups", ("places", where), _with(groups=[])
        for group in model["security_groups"]:
            if group["id"] not in place["groups"]:
                yield f"{label}: with {group['id']} instead", ("places", where), _with(groups=[group["id"]])
        for subnet in model["subnets"]:
            if subnet["id"] != place["subnet"]:
                yield f"{label}: moved to {subnet['id']}", ("places", where), _with(subnet=subnet["id"], addresses=[])
    for where, door in enumerate(model["load_balancers"]):
        for place in range(len(door["listeners"])):
            yield f"{door['name']}: without listener {place}", ("load_balancers", where, "listeners"), _without(place)
    for where, group in enumerate(model["target_groups"]):
        yield f"{group['name']}: asked at the next port", ("target_groups", where), _with(health_port=group["health_port"] + 1)
        yield f"{group['name']}: behind nobody", ("target_groups", where), _with(load_balancers=[])
        for door in model["load_balancers"]:
            if door["id"] not in group["load_balancers"]:
                yield f"{group['name']}: behind {door['name']}", ("target_groups", where), _with(load_balancers=[door["id"]])


def _with(**values: t.Any) -> Change:
    return lambda part: part.update(values)
