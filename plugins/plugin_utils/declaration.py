# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check of a whole declaration: every problem at once, before the first write. Pure."""

from __future__ import annotations

import difflib
import typing as t
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field

from .arrow_checks import check_arrows
from .input_checks import check_inputs
from .arrows import Component
from .arrows import Components
from .arrows import firewall
from .arrows import INTERNET
from .arrows import needs
from .arrows import network_of
from .findings import Finding
from .findings import REFUSED
from .kinds import BY_GROUP
from .kinds import Kind
from .kinds import KINDS
from .kinds import STACK
from .names import RULES
from .network_checks import examine_network
from .network_plan import parts
from .problems import nearest
from .problems import Problem
from .problems import validated
from .review import review
from .wiring import Place
from .wiring import wiring

#: The parent of all kinds.
COMPONENTS = "components"
#: Words that stand for something else than a component.
RESERVED = (INTERNET, "stack")
#: How alike a beginning must be to one of ours to be taken for a slip of it.
ALIKE = 0.82


@dataclass(frozen=True)
class Setting:
    """A variable that the inventory itself sets, for a host or a group of that name."""

    owner: str
    key: str
    is_group: bool


@dataclass(frozen=True)
class Declaration:
    """What an inventory says, and what AWS says of itself.

    ``groups``: hosts by group. ``values``: the variables of each component, templated. ``unread``: why a template failed, by
    component and key. ``stack``: the variables of the stack as a whole. ``zones``: of the region; empty where nobody asked.
    """

    groups: Mapping[str, t.Sequence[str]]
    values: Mapping[str, Mapping[str, t.Any]]
    unread: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    settings: t.Sequence[Setting] = ()
    stack: Mapping[str, t.Any] = field(default_factory=dict)
    account_id: str | None = None
    partition: str = "aws"
    region: str = ""
    zones: t.Sequence[str] = ()

    @property
    def stack_name(self) -> str:
        return str(self.stack.get("stack_name") or "")

    @property
    def place(self) -> Place:
        return Place(self.stack_name, self.partition, self.account_id or "", self.region)

    @property
    def names(self) -> set[str]:
        """All that are declared, in whatever way."""
        return {name for group in (COMPONENTS, *BY_GROUP) for name in self.groups.get(group, [])}

    def kinds(self, name: str) -> list[Kind]:
        return [kind for kind in KINDS if name in self.groups.get(kind.group, [])]


def examine(declaration: Declaration) -> tuple[list[Problem], dict[str, Component]]:
    """Every problem, sorted, and the components as far as they are sound."""
    problems, components, _findings = survey(declaration)
    return problems, components


def survey(declaration: Declaration) -> tuple[list[Problem], dict[str, Component], list[Finding]]:
    """As examine(), with what is found wrong with who can reach whom: of a declaration that is sound otherwise."""
    problems = [*_check_places(declaration), *_check_keys(declaration), *_check_stack(declaration)]
    components: dict[str, Component] = {}
    for name in sorted(declaration.names):
        kinds = declaration.kinds(name)
        if len(kinds) == 1:
            components[name], found = _read(declaration, name, kinds[0])
            problems += found
    named = _Names(declaration.stack_name)
    for component in components.values():
        problems += check_arrows(component, components, declaration.names)
        problems += check_inputs(component, components, declaration.names)
        if component.kind.prefix == "network":
            found, plan = examine_network(component, declaration.region, list(declaration.zones))
            problems += found
            named.add_network(component, plan)
        named.add_own(component)
        named.add_firewall(component, components, declaration.stack_name)
    found = {*problems, *named.problems()}
    findings = [] if found else review(components, declaration.place)
    found |= {Problem(one.component, one.key, one.text) for one in findings if one.severity in REFUSED}
    return sorted(found), components, findings


def outline(components: Components, declaration: Declaration) -> dict[str, dict[str, t.Any]]:
    """What a play needs to know of each component."""
    return {name: _outline(one, components, declaration) for name, one in components.items()}


def _outline(one: Component, components: Components, declaration: Declaration) -> dict[str, t.Any]:
    wall = firewall(one, components, declaration.stack_name)
    wires = wiring(one, components, declaration.place, declaration.stack)
    return {
        "kind": one.kind.prefix,
        "group": one.kind.group,
        "prefix": one.kind.prefix,
        "layer": one.kind.layer,
        "role": one.kind.role,
        "network": network_of(one, components) if one.kind.callable else None,
        "needs": needs(one, components, wall, wires),
        "firewall": wall,
        "wiring": wires,
    }


def _check_places(declaration: Declaration) -> Iterator[Problem]:
    """Each component is in one kind, below the common parent, under a name of its own."""
    for name in declaration.names:
        kinds = [kind.group for kind in declaration.kinds(name)]
        if not kinds:
            yield Problem(name, "", f"it is of no kind: put it in one of {', '.join(BY_GROUP)}")
        elif len(kinds) > 1:
            yield Problem(name, "", f"it is in {' and '.join(kinds)}: a component is of one kind, Ansible would mix their variables in silence")
        if name not in declaration.groups.get(COMPONENTS, []):
            yield Problem(name, "", f"it is in {kinds[0]}, and not in {COMPONENTS}: make {kinds[0]} a child of {COMPONENTS}")
        if name in declaration.groups:
            yield Problem(name, "", "a group has that name too: choose another, Ansible cannot tell them apart")
        if name in RESERVED:
            yield Problem(name, "", f"the word has a meaning of its own ({', '.join(RESERVED)}): choose another name")
        for text in _complaints("component", name):
            yield Problem(name, "", text)


def _check_keys(declaration: Declaration) -> Iterator[Problem]:
    extra = set(declaration.stack.get("stack_extra_vars") or [])
    for setting in declaration.settings:
        key, kind = setting.key, _sole_kind(declaration, setting)
        if key.startswith("ansible_") or key in extra:
            continue
        if key in STACK:
            if kind:
                yield Problem(setting.owner, key, f"it is the whole stack's: set it for {COMPONENTS}")
            continue
        own = kind.options if kind else {name for one in KINDS for name in one.options}
        if key not in own and (kind or _begins_like_ours(key)):
            near = nearest(key, {*own, *STACK})
            advice = f"the nearest is {near}, write that, or" if near else "if it is meant,"
            yield Problem(setting.owner, key, f"{kind.group if kind else 'components'} know no such key: {advice} list it in stack_extra_vars")


def _sole_kind(declaration: Declaration, setting: Setting) -> Kind | None:
    """The kind that all are of for whom this is set; None for what is set for several, as for all components."""
    if not setting.is_group:
        kinds = declaration.kinds(setting.owner)
        return kinds[0] if len(kinds) == 1 else None
    hosts = set(declaration.groups.get(setting.owner, []))
    if setting.owner in (COMPONENTS, "all") or not hosts:
        return None
    return next((kind for kind in KINDS if hosts <= set(declaration.groups.get(kind.group, []))), None)


def _begins_like_ours(key: str) -> bool:
    words = key.split("_")
    beginnings = ["_".join(words[:count]) for count in range(1, len(words))]
    prefixes = ["stack", *(kind.prefix for kind in KINDS)]
    return any(difflib.get_close_matches(beginning, prefixes, n=1, cutoff=ALIKE) for beginning in beginnings)


def _check_stack(declaration: Declaration) -> Iterator[Problem]:
    stack = declaration.stack
    wanted = str(stack.get("stack_account_id") or "")
    if wanted and not (len(wanted) == 12 and wanted.isdigit()):
        yield Problem("stack", "stack_account_id", f"{wanted} is no account: write its twelve digits, in quotes")
    elif wanted and declaration.account_id and wanted != declaration.account_id:
        text = f"the stack belongs to account {wanted}, and these are the credentials of {declaration.account_id}: use those of {wanted}"
        yield Problem("stack", "stack_account_id", text)
    yield from (Problem("stack", "stack_name", text) for text in _complaints("component", declaration.stack_name))
    if stack.get("stack_lock_table"):
        yield from (Problem("stack", "stack_lock_table", text) for text in _complaints("dynamodb_table", stack["stack_lock_table"]))
    yield from (Problem("stack", "stack_tags", text) for text in _tag_complaints(stack.get("stack_tags") or {}))


def _tag_complaints(tags: t.Any) -> Iterator[str]:
    if not isinstance(tags, Mapping):
        yield "tags are a dictionary: write {KEY: VALUE}"
        return
    for key, value in tags.items():
        if str(key).startswith("groundwork:"):
            yield f"{key} is one of the tags by which the collection finds its own: choose another key"
        yield from [*_complaints("tag_key", str(key)), *_complaints("tag_value", str(value))]


def _complaints(rule: str, name: str) -> list[str]:
    complaint = RULES[rule].complaint(name)
    return [f"{complaint}: choose another ({RULES[rule].source})"] if complaint else []


def _read(declaration: Declaration, name: str, kind: Kind) -> tuple[Component, list[Problem]]:
    """A component with its inputs as their spec has them; one that cannot be read, or is of the wrong type, counts as unset."""
    inputs, wrong = dict(kind.defaults), dict(declaration.unread.get(name, {}))
    values = declaration.values.get(name, {})
    for key, spec in kind.options.items():
        if key in wrong:
            continue
        given = {key: values[key]} if values.get(key) is not None else {}
        found, complaints = validated({key: spec}, given)
        if complaints:
            wrong[key] = "; ".join(complaints)
        elif given:
            inputs[key] = found[key]
    place = declaration.place
    for suffix, _rule, pattern in kind.names:
        if not inputs.get(f"{kind.prefix}_{suffix}"):
            named = pattern.format(stack=place.stack, component=name, hyphened=name.replace("_", "-"), account=place.account, region=place.region)
            inputs[f"{kind.prefix}_{suffix}"] = named
    unsound = frozenset(key.removeprefix(f"{kind.prefix}_") for key in wrong)
    return Component(name, kind, inputs, unsound), [Problem(name, key, text) for key, text in wrong.items()]


class _Names:
    """The names of all that will be made: what AWS would refuse, and what would have the name of something else."""

    def __init__(self, stack: str) -> None:
        self.stack = stack
        #: (component, key, type, where the name must be the only one, name)
        self.found: list[tuple[str, str, str, str, str]] = []
        self.refused: list[Problem] = []

    def add_network(self, component: Component, plan: Mapping[str, t.Any] | None) -> None:
        for type_, part in parts(plan) if plan else ():
            key = "network_name" if type_ == "ec2_vpc" else "network_names"
            refused = self._add(component.name, key, type_, "" if type_ == "ec2_vpc" else component.name, part["name"], "name_tag")
            if refused and type_ == "ec2_vpc":
                return  # the others begin with that name

    def add_own(self, component: Component) -> None:
        """What its inputs name. A name that follows from the stack's and its own is as good as these are, and is told with them."""
        sound = not _complaints("component", component.name) and not _complaints("component", self.stack)
        for suffix, rule, _pattern in component.kind.names if sound else ():
            if rule in RULES:
                self._add(component.name, f"{component.kind.prefix}_{suffix}", rule, "", component.arrow(suffix), rule)

    def add_firewall(self, component: Component, components: Components, stack: str) -> None:
        wall = firewall(component, components, stack)
        if not wall:
            return
        key = f"{component.kind.prefix}_security_group"
        # EC2 does not tell capitals and small letters apart in a group's name.
        self._add(component.name, key, "ec2_security_group", str(wall["network"]), wall["name"], "ec2_security_group")
        texts = [(f"{key}_description", "ec2_security_group.description", wall["description"])]
        texts += [(f"{component.kind.prefix}_ingress", "ec2_security_group.rule", rule["description"]) for rule in wall["ingress"]]
        for where, rule, text in texts:
            self.refused += [Problem(component.name, where, complaint) for complaint in _complaints(rule, text)]

    def _add(self, component: str, key: str, type_: str, space: str, name: str, rule: str) -> bool:
        self.found.append((component, key, type_, space, name))
        complaints = _complaints(rule, name)
        self.refused += [Problem(component, key, text) for text in complaints]
        return bool(complaints)

    def problems(self) -> Iterator[Problem]:
        yield from self.refused
        owners: dict[tuple[str, str, str], list[str]] = {}
        for component, _key, type_, space, name in self.found:
            owners.setdefault((type_, space, name.casefold()), []).append(component)
        for component, key, type_, space, name in self.found:
            same = owners[type_, space, name.casefold()]
            if len(same) > 1:
                others = sorted({*same} - {component}) or ["another of its own"]
                yield Problem(component, key, f"another {type_} is named '{name}' too ({', '.join(others)}): give each a name of its own")
